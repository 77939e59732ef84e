"""One scripted session, and every place that tells what it used: equal to the last digit."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.collector import Collector
from support.scene import SceneApp
from support.screens import screen_text, settle, until
from support.usage_home import UsageHome
from support.worker import running_worker

from clacky_tui import events
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.providers.demo.script import Step
from clacky_tui.tui.countdown import local_now

STEPS = [Step(text=f"Answer {number}, {'with more words ' * number}.") for number in range(5)]
QUESTIONS = ("first", "second", "a third and longer question " * 40)


async def scripted_session(folder: Path) -> list[events.Event]:
    async with running_worker(STEPS, folder) as harness:
        for question in QUESTIONS:
            await harness.ask(question)
    return list(harness.events)


def of_kind(session: Iterable[events.Event], kind: type[Any]) -> list[Any]:
    return [event for event in session if isinstance(event, kind)]


async def test_every_place_tells_the_same(person: UsageHome, tmp_path: Path) -> None:
    session = await scripted_session(tmp_path)
    last = of_kind(session, events.UsageRecorded)[-1]
    cost, tokens = last.session_cost, last.session_tokens
    assert cost > 0 and last.session_unpriced_requests == 0
    assert last.session_requests == len(QUESTIONS)

    # The ledger, the records told one by one, and the tasks.
    records = default_ledger().read().records
    assert [record.cost for record in records] == [
        told.cost for told in of_kind(session, events.UsageRecorded)
    ]
    tasks = of_kind(session, events.TaskEnded)
    assert sum((task.cost for task in tasks), Decimal(0)) == cost
    assert sum(record.cost or 0 for record in records) == cost

    # The command line: text, JSON with every shape, CSV.
    (row,) = [line for line in person.run("--by", "agent").stdout.splitlines() if "clacky" in line]
    assert row.split() == [
        "clacky",
        format_tokens(len(QUESTIONS)),
        format_tokens(tokens.input_tokens),
        format_tokens(tokens.cache_read_tokens),
        format_tokens(tokens.cache_creation_tokens),
        format_tokens(tokens.output_tokens),
        format_usd(cost),
    ]
    totals = json.loads(person.run("--json").stdout, parse_float=Decimal)["totals"]
    assert (totals["cost_usd"], totals["recorded_cost_usd"]) == (cost, cost)
    assert totals["input"] == tokens.input_tokens
    assert totals["cache_read"] == tokens.cache_read_tokens
    assert totals["cache_write"] == tokens.cache_creation_tokens
    assert totals["output"] == tokens.output_tokens
    daily = json.loads(person.run("daily", "--json").stdout, parse_float=Decimal)["totals"]
    assert (daily["totalCost"], daily["outputTokens"]) == (cost, tokens.output_tokens)
    (line,) = csv.DictReader(io.StringIO(person.run("--by", "session", "--csv").stdout))
    assert Decimal(line["cost_usd"]) == cost
    assert int(line["cache_read"]) == tokens.cache_read_tokens

    # Metrics.
    pytest.importorskip("opentelemetry.sdk")
    with Collector() as collector:
        person.run("export", "--otlp", collector.url)
        ((_, spent),) = collector.points("clacky.usage.cost")
        assert Decimal(repr(spent.as_double)) == cost
        sums = {
            names["gen_ai.token.type"]: point.sum
            for names, point in collector.points("gen_ai.client.token.usage")
        }
        by_class = {
            names["clacky.token.class"]: point.as_int
            for names, point in collector.points("clacky.usage.tokens")
        }
    assert sums["output"] == by_class["output"] == tokens.output_tokens
    given = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_creation_tokens
    assert sums["input"] == given
    assert by_class.get("cache_read", 0) == tokens.cache_read_tokens

    # The screen: session bar, the lines under the tasks, the billing tab.
    scene = [event for event in session if not isinstance(event, events.SessionClosed)]
    app = SceneApp(scene, clock=local_now)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        bar = [row for row in screen_text(app).splitlines() if "confirm" in row][-1]
        assert bar.rstrip().endswith(format_usd(cost))
        lines = [row for row in app._transcript.text().splitlines() if " · 1 request · " in row]
        assert [re.findall(r"\S+$", row)[0] for row in lines] == [
            format_usd(task.cost) for task in tasks
        ]
        told = [format_usd(cost), *map(format_tokens, (tokens.input_tokens, tokens.output_tokens))]
        await pilot.press("f3")
        await until(pilot, lambda: all(words in screen_text(app) for words in told))
