"""Metrics over OTLP/HTTP, as a real receiver decodes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.collector import Collector
from support.usage_home import HAIKU, SONNET, UsageHome

from clacky_tui.errors import ClackyError
from clacky_tui.usage.otlp import BUCKETS, send
from clacky_tui.usage.report import Query, make_report
from clacky_tui.usage.schema import CLASSES

pytest.importorskip("opentelemetry.sdk")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as receiving:
        yield receiving


def test_the_histogram_follows_the_conventions(person: UsageHome, collector: Collector) -> None:
    person.reply(NOON, given=100, read=156, generated=1)
    person.reply(NOON, given=257, generated=5)
    person.reply(NOON, model=HAIKU, given=3, generated=200_000_000)
    send(person.index(), Query(), collector.url, LATER)
    assert collector.paths == ["/v1/metrics"]
    assert collector.resource["service.name"] == "clacky"
    assert collector.resource["service.instance.id"]
    found = {
        (names["gen_ai.request.model"], names["gen_ai.token.type"]): (names, point)
        for names, point in collector.points("gen_ai.client.token.usage")
    }
    names, given = found[SONNET, "input"]
    assert names["gen_ai.operation.name"] == "chat"
    assert names["gen_ai.provider.name"] == "anthropic"
    assert names["gen_ai.agent.name"] == "claude"
    assert names["clacky.project"] == "/src/alpha"
    assert (given.count, given.sum, given.min, given.max) == (2, 513, 256, 257)
    assert list(given.explicit_bounds) == list(BUCKETS)
    at_256, at_1024 = BUCKETS.index(256), BUCKETS.index(1024)
    assert {n: c for n, c in enumerate(given.bucket_counts) if c} == {at_256: 1, at_1024: 1}
    assert given.start_time_unix_nano == round(NOON.timestamp()) * 10**9
    assert given.time_unix_nano == round(LATER.timestamp()) * 10**9
    _, endless = found[HAIKU, "output"]
    assert list(endless.bucket_counts)[-1] == 1, "above the last bound"


def test_sums_are_those_of_the_report(person: UsageHome, collector: Collector) -> None:
    for number in range(7):
        person.reply(NOON, given=number, read=11, wrote=5, generated=number, session=f"s{number}")
    person.reply(NOON, model="nobody-knows", project="/src/beta")
    index = person.index()
    totals = make_report(index, Query()).totals
    send(index, Query(), collector.url, LATER)
    by_class = dict.fromkeys(CLASSES, 0)
    for names, point in collector.points("clacky.usage.tokens"):
        by_class[names["clacky.token.class"]] += point.as_int
    assert by_class == totals.tokens
    requests = {
        (names["gen_ai.request.model"], names["clacky.priced"]): point.as_int
        for names, point in collector.points("clacky.usage.requests")
        if point.as_int
    }
    assert requests == {(SONNET, "true"): 7, ("nobody-knows", "false"): 1}
    ((names, cost),) = collector.points("clacky.usage.cost")
    assert names["clacky.cost.kind"] == "estimated"
    assert Decimal(repr(cost.as_double)) == totals.cost


def test_sent_again_it_is_the_same_and_grows_with_what_is_new(
    person: UsageHome, collector: Collector
) -> None:
    def sent() -> int:
        send(person.index(), Query(), collector.url, LATER)
        points = collector.points("gen_ai.client.token.usage")
        return round(sum(point.sum for names, point in points))

    person.reply(NOON, given=100, generated=10)
    assert (sent(), sent()) == (110, 110)
    person.reply(NOON, given=5, generated=5)
    assert sent() == 120


def test_a_collector_that_refuses_is_an_error_with_its_status(person: UsageHome) -> None:
    person.reply(NOON)
    with Collector(status=400) as refusing, pytest.raises(ClackyError, match="400"):
        send(person.index(), Query(), refusing.url, LATER)
