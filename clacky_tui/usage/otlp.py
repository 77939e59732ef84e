"""The index as OpenTelemetry metrics, for a team's own Prometheus, ClickHouse or Grafana.

Cumulative sums over all that is known, made out of the index each time: exact, and the same however
often they are sent. `gen_ai.client.token.usage` follows the GenAI conventions of OpenTelemetry; what
these have no name for is under ``clacky.usage``. Needs the extra ``clacky-tui[otlp]``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from clacky_tui import __version__
from clacky_tui.domain.redact import redact
from clacky_tui.domain.telemetry import endpoint_of, shown_address
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import phrase
from clacky_tui.usage.entry import to_usd
from clacky_tui.usage.exchange import IMPORTED, machine_name
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.records import WHOLE_INPUT, select_records
from clacky_tui.usage.report import By, Query, ReportRow, Sums, make_report
from clacky_tui.usage.schema import CLASSES

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import Metric, MetricsData

BUCKETS = (
    1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    67_108_864,
)  # fmt: skip
"""Upper bounds, in tokens, that the conventions give for `gen_ai.client.token.usage`."""
CHECK_SECONDS = 3.0
_BY = (By.AGENT, By.PROVIDER, By.MODEL, By.PROJECT)
_MILLI_TO_NANO = 10**6
_CAUSE = re.compile(r"\[Errno -?\d+\] ([^'\")\]]+)")


def is_installed() -> bool:
    """Whether the extra with OpenTelemetry's SDK is there; that it is not imported for."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def send(index: UsageIndex, query: Query, url: str, now: datetime) -> int:
    """Send what `query` lets through to the collector at `url`; returns how many points that were.

    What was imported from other machines is left out: they send it themselves. Headers, certificates and
    patience (10 seconds) are those of the SDK's ``OTEL_EXPORTER_OTLP_*`` variables. Blocks on the disk
    and on the network.

    Raises:
        ClackyError: the extra is not installed, or the collector did not take it.
    """
    _need_installed()
    own = replace(query, without_kinds=query.without_kinds | {IMPORTED})
    data = metrics_data(index, own, now)
    _export(data, endpoint_of(url))
    return sum(
        len(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    )


def check(endpoint: str) -> None:
    """Ask the collector to take no metrics at all. Blocks for at most `CHECK_SECONDS`.

    Raises:
        ClackyError: the extra is not installed, or the collector refused or is not there.
    """
    _need_installed()
    from opentelemetry.sdk.metrics.export import MetricsData

    _export(MetricsData([]), endpoint, CHECK_SECONDS)


def _need_installed() -> None:
    if not is_installed():
        raise ClackyError(
            phrase("Sending metrics needs the OpenTelemetry SDK."),
            hint=phrase("Install it: pip install 'clacky-tui[otlp]'."),
        )


def _export(data: MetricsData, endpoint: str, timeout_seconds: float | None = None) -> None:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import MetricExportResult

    said = _Heard()
    logger = logging.getLogger("opentelemetry.exporter.otlp.proto.http.metric_exporter")
    logger.addHandler(said)
    logger.propagate = False
    exporter = OTLPMetricExporter(endpoint=endpoint, timeout=timeout_seconds)
    try:
        result = exporter.export(data)
    finally:
        exporter.shutdown()
        logger.removeHandler(said)
        logger.propagate = True
    if result is not MetricExportResult.SUCCESS:
        raise ClackyError(
            phrase(
                "{address} did not take the metrics: {reason}.",
                address=shown_address(endpoint),
                reason=_reason(said.first),
            ),
            hint=phrase("Check that a collector with an OTLP/HTTP receiver listens there."),
        )


def _reason(said: str) -> str:
    """The cause in what the SDK said, without its layers and without secrets."""
    if cause := _CAUSE.search(said):
        return cause[1]
    return redact(said) or "it gave no reason"


class _Heard(logging.Handler):
    """Keeps what the SDK complained of first, the cause: it has no other way to say why."""

    first = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.first = self.first or record.getMessage().strip().rstrip(".")


def metrics_data(index: UsageIndex, query: Query, now: datetime) -> MetricsData:
    """The metrics as the SDK's exporters take them. Blocks on the disk."""
    from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    machine = machine_name()
    resource = Resource.create(
        {
            "service.name": "clacky",
            "service.version": __version__,
            "service.instance.id": machine,
        }
    )
    rows = make_report(index, replace(query, by=_BY)).rows
    at = round(now.timestamp() * 1000) * _MILLI_TO_NANO
    metrics = [_token_usage(index, query, at), *_sums(rows, at)]
    scope = InstrumentationScope("clacky_tui.usage", __version__)
    return MetricsData(
        [ResourceMetrics(resource, [ScopeMetrics(scope, metrics, schema_url="")], schema_url="")]
    )


def _attributes(key: Sequence[Any]) -> dict[str, str]:
    """What tells points apart; what is not known has no attribute, but the required ones."""
    agent, provider, model, project = key
    found = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider or "unknown",
        "gen_ai.agent.name": agent,
        "gen_ai.request.model": model,
        "clacky.project": project,
    }
    return {name: value for name, value in found.items() if value}


def _token_usage(index: UsageIndex, query: Query, at: int) -> Metric:
    """The histogram of the conventions: tokens of each request, by type."""
    from opentelemetry.sdk.metrics.export import (
        AggregationTemporality,
        Histogram,
        HistogramDataPoint,
        Metric,
    )

    points = []
    for kind, tokens, known in (
        ("input", f"({WHOLE_INPUT})", "hourly.input IS NOT NULL"),
        ("output", "hourly.output", "hourly.output IS NOT NULL"),
    ):
        for key, first, counts, total, least, most in _histogram(index, query, tokens, known):
            points.append(
                HistogramDataPoint(
                    attributes={**_attributes(key), "gen_ai.token.type": kind},
                    start_time_unix_nano=first * _MILLI_TO_NANO,
                    time_unix_nano=at,
                    count=sum(counts),
                    sum=total,
                    bucket_counts=counts,
                    explicit_bounds=BUCKETS,
                    min=least,
                    max=most,
                )
            )
    return Metric(
        name="gen_ai.client.token.usage",
        description="Number of input and output tokens used.",
        unit="{token}",
        data=Histogram(points, AggregationTemporality.CUMULATIVE),
    )


def _histogram(
    index: UsageIndex, query: Query, tokens: str, known: str
) -> Iterator[tuple[tuple[Any, ...], int, tuple[int, ...], int, int, int]]:
    """For each set of names: first time in ms, requests by bucket, sum, least and most tokens."""
    below = [f"sum({tokens} <= {bound})" for bound in BUCKETS]
    columns = (
        "source.agent, provider.text, model.text, project.text, min(hourly.at), count(*),"
        f" sum({tokens}), min({tokens}), max({tokens}), {', '.join(below)}"
    )
    for row in select_records(index, query, columns, f"AND {known} GROUP BY 1, 2, 3, 4"):
        first, many, total, least, most, *cumulative = row[4:]
        edges = [0, *cumulative, many]
        counts = tuple(after - before for before, after in pairwise(edges))
        yield row[:4], first, counts, total, least, most


def _sums(rows: Sequence[ReportRow], at: int) -> Iterator[Metric]:
    yield _counter(
        rows,
        at,
        "clacky.usage.tokens",
        "{token}",
        "Tokens by class; reasoning is part of output.",
        lambda sums: [
            ({"clacky.token.class": name}, sums.tokens[name])
            for name in CLASSES
            if sums.tokens[name]
        ],
    )
    yield _counter(
        rows,
        at,
        "clacky.usage.requests",
        "{request}",
        "Model requests, by whether their price is known.",
        lambda sums: [
            ({"clacky.priced": "true"}, sums.priced_requests + sums.included_requests),
            ({"clacky.priced": "false"}, sums.unpriced_requests),
        ],
    )
    yield _counter(
        rows,
        at,
        "clacky.usage.cost",
        "USD",
        "Cost by its kind; included is what a subscription paid for, at list prices.",
        lambda sums: [
            ({"clacky.cost.kind": kind}, float(to_usd(pico) or 0))
            for kind, pico in (
                ("recorded", sums.recorded_pico),
                ("estimated", sums.estimated_pico),
                ("included", sums.included_pico),
            )
            if pico
        ],
    )


def _counter(
    rows: Sequence[ReportRow],
    at: int,
    name: str,
    unit: str,
    description: str,
    values: Callable[[Sums], list[tuple[dict[str, str], int | float]]],
) -> Metric:
    from opentelemetry.sdk.metrics.export import (
        AggregationTemporality,
        Metric,
        NumberDataPoint,
        Sum,
    )

    points = [
        NumberDataPoint(
            attributes={**_attributes(row.key), **more},
            start_time_unix_nano=(row.sums.first_at or 0) * _MILLI_TO_NANO,
            time_unix_nano=at,
            value=value,
        )
        for row in rows
        for more, value in values(row.sums)
    ]
    data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
    return Metric(name=name, description=description, unit=unit, data=data)
