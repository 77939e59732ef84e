"""Where metrics go over OTLP: what a person set, else what OpenTelemetry's own variables say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from clacky_tui.errors import ConfigError
from clacky_tui.i18n import phrase

SETTING = "settings.telemetry.otlp"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
METRICS_ENDPOINT = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL"
DEFAULT_INTERVAL_SECONDS = 60.0
"""OpenTelemetry's own."""
_PATH = "/v1/metrics"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN = "http/protobuf"


@dataclass(frozen=True, slots=True)
class MetricsTarget:
    """A collector. `endpoint` may hold credentials: show `shown_address` of it."""

    endpoint: str
    origin: str
    """Which setting or variable named it."""
    interval_seconds: float


def metrics_target(configured: str, environ: Mapping[str, str]) -> MetricsTarget | None:
    """Where metrics are to go while the app runs; None when nowhere.

    Args:
        configured: the person's own setting; it goes before the environment.
        environ: variables as the specification of OpenTelemetry's exporters has them. Those that ask
            for another exporter or protocol than OTLP over HTTP are meant for other programs.

    Raises:
        ConfigError: what is named is no address.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    interval = _interval(environ)
    if configured.strip():
        return MetricsTarget(endpoint_of(configured.strip(), SETTING), SETTING, interval)
    exporters = environ.get("OTEL_METRICS_EXPORTER", "").strip() or "otlp"
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), _SPOKEN)
    if "otlp" not in exporters.split(",") or protocol.strip() != _SPOKEN:
        return None
    if own := environ.get(METRICS_ENDPOINT, "").strip():
        return MetricsTarget(endpoint_of(own, METRICS_ENDPOINT), METRICS_ENDPOINT, interval)
    if shared := environ.get(ENDPOINT, "").strip():
        endpoint_of(shared, ENDPOINT)
        return MetricsTarget(shared.rstrip("/") + _PATH, ENDPOINT, interval)
    return None


def endpoint_of(url: str, origin: str = "") -> str:
    """`url` with the path of OTLP metrics where it names none.

    Args:
        url: as a person wrote it.
        origin: which setting or variable it stands in, for the message.

    Raises:
        ConfigError: it is no address.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        told = phrase("That is no address of a collector.")
        if origin:
            told = phrase("{origin} holds no address of a collector.", origin=origin)
        raise ConfigError(told, hint=phrase("Write it like http://localhost:4318."))
    return url if parts.path.strip("/") else url.rstrip("/") + _PATH


def shown_address(endpoint: str) -> str:
    """`endpoint` without what may be secret in it: user, password and query."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _interval(environ: Mapping[str, str]) -> float:
    text = environ.get(INTERVAL, "").strip()
    return int(text) / 1000 if text.isdecimal() and int(text) else DEFAULT_INTERVAL_SECONDS
