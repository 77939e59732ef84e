"""Whether usage arrives at the collector of metrics that a person named, if they named one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clacky_tui.config.settings import Settings
from clacky_tui.doctor.finding import Finding
from clacky_tui.domain.telemetry import SETTING, metrics_target, shown_address
from clacky_tui.errors import ClackyError, ConfigError
from clacky_tui.i18n import phrase
from clacky_tui.usage.otlp import check, is_installed

AREA = "telemetry"
_EXTRA = phrase("install it: pip install 'clacky-tui[otlp]'")


def examine_telemetry(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The extra that sends, and the collector, which is asked to take nothing. Blocks for seconds."""
    try:
        target = metrics_target(settings.metrics_endpoint.get_secret_value(), environ)
    except ConfigError as error:
        yield Finding("fail", AREA, "collector", error.message, error.hint)
        return
    if target is None:
        yield Finding(
            "ok",
            AREA,
            "collector",
            phrase("none is named ({setting}), so nothing is sent.", setting=SETTING),
        )
        return
    if not is_installed():
        text = phrase(
            "{origin} names a collector, and the OpenTelemetry SDK is missing.",
            origin=target.origin,
        )
        is_meant = target.origin == SETTING  # variables may be for other programs
        yield Finding("fail" if is_meant else "ok", AREA, "extra", text, _EXTRA)
        return
    yield Finding("ok", AREA, "extra", phrase("the OpenTelemetry SDK is installed."))
    try:
        check(target.endpoint)
    except ClackyError as error:
        yield Finding("fail", AREA, "collector", f"{target.origin}: {error.message}", error.hint)
    else:
        text = phrase(
            "{address} ({origin}) answers.",
            address=shown_address(target.endpoint),
            origin=target.origin,
        )
        yield Finding("ok", AREA, "collector", text)
