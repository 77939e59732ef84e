"""What `clacky doctor` says of the collector."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from support.collector import Collector

from clacky_tui.config.settings import Settings
from clacky_tui.doctor import telemetry
from clacky_tui.doctor.telemetry import examine_telemetry

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
DEAD = "http://127.0.0.1:9"


def findings(url: str = "", **environ: str) -> list[tuple[str, str, str]]:
    settings = Settings(metrics_endpoint=SecretStr(url))
    return [(each.level, each.check, each.text) for each in examine_telemetry(settings, environ)]


def test_no_collector_is_no_fault() -> None:
    ((level, check, text),) = findings()
    assert (level, check) == ("ok", "collector")
    assert "settings.telemetry.otlp" in text


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_collector_that_answers_is_found_without_sending_it_anything(by_variable: bool) -> None:
    pytest.importorskip("opentelemetry.sdk")
    with Collector() as collector:
        found = (
            findings(**{ENDPOINT: collector.url})
            if by_variable
            else findings(collector.url.replace("//", "//me:secret-word@"))
        )
        (request,) = collector.requests
    assert [(level, check) for level, check, _ in found] == [("ok", "extra"), ("ok", "collector")]
    assert "answers" in found[1][2]
    assert "secret-word" not in str(found)
    assert not request.resource_metrics


def test_one_that_is_dead_or_refuses_fails_with_the_reason() -> None:
    pytest.importorskip("opentelemetry.sdk")
    level, check, text = findings(DEAD)[1]
    assert (level, check) == ("fail", "collector")
    assert "Connection refused" in text
    with Collector(status=401) as collector:
        level, _, text = findings(collector.url)[1]
    assert level == "fail"
    assert "401" in text


def test_what_is_no_address_fails() -> None:
    assert findings(**{ENDPOINT: "nowhere"})[0][0] == "fail"


def test_a_missing_extra_fails_where_a_person_asked_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telemetry, "is_installed", lambda: False)
    assert findings(DEAD) == [
        (
            "fail",
            "extra",
            "settings.telemetry.otlp names a collector, and the OpenTelemetry SDK is missing.",
        )
    ]
    assert findings(**{ENDPOINT: DEAD})[0][:2] == ("ok", "extra")
