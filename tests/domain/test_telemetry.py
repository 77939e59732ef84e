"""Which collector is meant, by the setting and by OpenTelemetry's variables."""

from __future__ import annotations

import pytest

from clacky_tui.domain.telemetry import (
    DEFAULT_INTERVAL_SECONDS,
    ENDPOINT,
    METRICS_ENDPOINT,
    SETTING,
    endpoint_of,
    metrics_target,
    shown_address,
)
from clacky_tui.errors import ConfigError

HERE = "http://localhost:4318"


def test_nothing_is_sent_unless_somebody_said_where_to() -> None:
    assert metrics_target("", {}) is None
    assert metrics_target(" ", {ENDPOINT: ""}) is None


def test_the_setting_goes_before_the_variables_and_the_one_for_metrics_before_the_shared_one() -> (
    None
):
    shared = {ENDPOINT: "http://shared:4318/otlp/"}
    both = shared | {METRICS_ENDPOINT: "http://own:4318/push"}
    found = [metrics_target(HERE, both), metrics_target("", both), metrics_target("", shared)]
    assert [(each.endpoint, each.origin) for each in found if each] == [
        (f"{HERE}/v1/metrics", SETTING),
        ("http://own:4318/push", METRICS_ENDPOINT),
        ("http://shared:4318/otlp/v1/metrics", ENDPOINT),
    ]


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "grpc"},
        {"OTEL_METRICS_EXPORTER": "none"},
        {"OTEL_METRICS_EXPORTER": "prometheus,console"},
        {"OTEL_SDK_DISABLED": "True"},
    ],
)
def test_variables_that_want_another_exporter_are_for_other_programs(
    variables: dict[str, str],
) -> None:
    assert metrics_target("", {ENDPOINT: HERE, **variables}) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1500", 1.5), ("0", DEFAULT_INTERVAL_SECONDS), ("soon", DEFAULT_INTERVAL_SECONDS)],
)
def test_the_interval_is_in_milliseconds(text: str, seconds: float) -> None:
    target = metrics_target(HERE, {"OTEL_METRIC_EXPORT_INTERVAL": text})
    assert target is not None
    assert target.interval_seconds == seconds


@pytest.mark.parametrize("url", ["localhost:4318", "ftp://x", "http://", "http://h:99999"])
def test_what_is_no_address_is_said_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="no address") as caught:
        endpoint_of(url)
    assert url not in caught.value.message
    with pytest.raises(ConfigError, match=ENDPOINT):
        metrics_target("", {ENDPOINT: url})


def test_a_path_that_was_named_is_kept() -> None:
    assert endpoint_of("http://h:4318/") == "http://h:4318/v1/metrics"
    assert endpoint_of("https://h/otlp/v1/metrics") == "https://h/otlp/v1/metrics"


def test_what_is_shown_holds_no_secret() -> None:
    shown = shown_address("https://me:pass@h:4318/v1/metrics?token=abc")
    assert shown == "https://h:4318/v1/metrics"
