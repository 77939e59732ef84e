"""Budgets at work: warned about on the way, and no request is sent that would go over one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from support.worker import Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.agent.budget_watch import BudgetWatch, limits_of
from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.settings import Settings, load_settings
from clacky_tui.domain.budgets import BudgetGate, BudgetWarning, Limits, ShareLimits, Spent
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import BudgetError
from clacky_tui.files import make_private_dir, write_atomic
from clacky_tui.providers.demo.script import Step

pytestmark = pytest.mark.usefixtures("clacky_home", "noon_here")

ZERO = Decimal(0)
ANSWERS = [Step(text=f"Answer {number}.") for number in range(6)]


def spend(usd: str, at: datetime | None = None) -> None:
    """A request of some other session, in the ledger."""
    record = UsageRecord(
        session_id="elsewhere",
        timestamp=at or datetime.now(UTC),
        model="m",
        usage=Usage(1),
        cost=Decimal(usd),
        cost_source="price",
    )
    default_ledger().append(record)


async def first_cost(folder: Path) -> Decimal:
    """What one of the requests below comes to."""
    async with running_worker(ANSWERS, folder) as harness:
        ended = await harness.ask("hi")
    return ended.cost


def warned(harness: Harness) -> list[tuple[str, str]]:
    return [(event.scope, event.unit) for event in harness.all(events.BudgetWarned)]


async def test_the_settings_name_four_budgets_and_the_turns(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(
        "settings: {max_turns: 7, max_cost_usd: 0.1, max_task_cost_usd: 0.2,"
        " max_day_cost_usd: 0.3, max_month_cost_usd: 0}\n"
    )
    usd = Decimal("0.1")
    assert limits_of(load_settings(file, {})) == Limits(7, 2 * usd, usd, 3 * usd, None)
    file.write_text("settings: {max_day_cost_usd: much}\n")
    broken = load_settings(file, {})
    assert broken.max_day_cost is None
    assert "max_day_cost_usd" in broken.problems[0]


async def test_other_sessions_of_the_day_count_and_the_request_is_never_sent(
    tmp_path: Path,
) -> None:
    spend("2")
    async with running_worker(ANSWERS, tmp_path, settings=Settings(max_day_cost=Decimal(2))) as h:
        assert (await h.ask("hi")).outcome == "budget"
    assert not h.server.requests
    (failed,) = h.all(events.Failed)
    assert "$2.0000 of the day budget of $2.0000" in failed.message
    assert "max_day_cost_usd" in failed.hint


async def test_the_month_adds_up_earlier_days_and_the_day_does_not(tmp_path: Path) -> None:
    now = datetime(2026, 5, 20, 12, tzinfo=UTC)
    ledger = Ledger(tmp_path)
    for at in (datetime(2026, 4, 15, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC), now):
        ledger.append(UsageRecord("s", at, "m", Usage(1), Decimal(1), "price"))

    async def check(limits: Limits) -> None:
        watch = BudgetWatch(limits)
        await watch.check(task=1, turns_done=0, session_cost=Decimal(0), ledger=ledger, now=now)

    await check(Limits(day_usd=Decimal("1.01"), month_usd=Decimal("2.01")))
    with pytest.raises(BudgetError, match="of the day budget"):
        await check(Limits(day_usd=Decimal(1)))
    with pytest.raises(BudgetError, match="of the month budget"):
        await check(Limits(month_usd=Decimal(2)))


async def test_a_request_as_dear_as_the_last_one_must_still_fit(tmp_path: Path) -> None:
    cost = await first_cost(tmp_path)
    limit = Settings(max_cost=cost * Decimal("1.5"))
    async with running_worker(ANSWERS, tmp_path, settings=limit) as harness:
        assert (await harness.ask("hi")).outcome == "done"
        assert (await harness.ask("again")).outcome == "budget"
    assert len(harness.server.requests) == 1
    assert "would go over it" in harness.all(events.Failed)[0].message


async def test_a_task_budget_starts_anew_with_the_next_task(tmp_path: Path) -> None:
    cost = await first_cost(tmp_path)
    limit = Settings(max_task_cost=cost * Decimal("1.9"))
    async with running_worker(ANSWERS, tmp_path, settings=limit) as harness:
        for text in ("hi", "again", "and again"):
            assert (await harness.ask(text)).outcome == "done"


async def test_half_and_four_fifths_of_a_budget_are_told_once(tmp_path: Path) -> None:
    spend("6")
    settings = Settings(max_day_cost=Decimal(10))
    async with running_worker(ANSWERS, tmp_path, settings=settings) as harness:
        await harness.ask("one")
        await harness.ask("two")
        assert warned(harness) == [("day", "usd")]
        spend("2.5")
        await harness.ask("three")
        assert warned(harness) == [("day", "usd")] * 2
    told = harness.all(events.BudgetWarned)[0]
    assert (told.limit, told.spent >= 6) == (10, True)


async def test_a_budget_that_cannot_be_checked_stops_rather_than_guesses(
    tmp_path: Path, clacky_home: Path
) -> None:
    month = datetime.now().astimezone().strftime("%Y-%m")
    (clacky_home / "billing" / f"{month}.jsonl").mkdir(parents=True)
    settings = Settings(max_month_cost=Decimal(10))
    async with running_worker(ANSWERS, tmp_path, settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "budget"
    assert not harness.server.requests
    assert "cannot be checked" in harness.all(events.Failed)[0].message


async def test_the_users_own_price_reaches_the_record_and_its_problems_the_person(
    tmp_path: Path, clacky_home: Path
) -> None:
    own = "claude-sonnet-4-5: {input: 0, output: 0}\nbad: {input: 1}\n"
    write_atomic(make_private_dir(clacky_home) / "pricing.yml", own.encode())
    async with running_worker(ANSWERS, tmp_path) as harness:
        await harness.ask("hi")
    (recorded,) = harness.all(events.UsageRecorded)
    assert (recorded.cost, recorded.price_source) == (0, "override:pricing.yml")
    assert any("output is missing" in notice.text for notice in harness.all(events.Notice))


async def test_a_list_price_has_no_say_over_a_server_on_this_machine(tmp_path: Path) -> None:
    async with running_worker(ANSWERS, tmp_path, model="claude-opus-4-1") as harness:
        await harness.ask("hi")
    (recorded,) = harness.all(events.UsageRecorded)
    assert (recorded.cost, recorded.cost_source) == (None, "unknown")


async def test_a_models_budget_stops_it_and_another_model_goes_on(tmp_path: Path) -> None:
    spend("2")  # by model "m"
    mine = Settings(budgets=(ShareLimits("model", "m", day_usd=Decimal(2)),))
    async with running_worker(ANSWERS, tmp_path, settings=mine, model="m") as harness:
        assert (await harness.ask("hi")).outcome == "budget"
    (failed,) = harness.all(events.Failed)
    assert "day budget of $2.0000 for model m" in failed.message
    async with running_worker(ANSWERS, tmp_path, settings=mine) as harness:
        assert (await harness.ask("hi")).outcome == "done"


async def test_a_projects_budget_counts_its_own_requests_only(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    cost = await first_cost(tmp_path / "a")
    limit = ShareLimits("project", str(tmp_path / "a"), month_usd=cost)
    settings = Settings(budgets=(limit,))
    async with running_worker(ANSWERS, tmp_path / "a", settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "budget"
    async with running_worker(ANSWERS, tmp_path / "b", settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "done"


async def test_a_person_may_go_over_a_budget_in_this_session_knowingly(tmp_path: Path) -> None:
    spend("2")
    settings = Settings(max_day_cost=Decimal(2))
    async with running_worker(ANSWERS, tmp_path, settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "budget"
        harness.send(commands.LiftBudgets())
        assert (await harness.ask("hi")).outcome == "done"
        assert warned(harness) == [("day", "usd")]
        harness.send(commands.NewSession())
        assert (await harness.ask("hi")).outcome == "budget"


async def test_over_budget_from_the_start_still_warns_and_leaves_the_turns(tmp_path: Path) -> None:
    spend("2")
    settings = Settings(max_turns=1, max_day_cost=Decimal(2), over_budget=True)
    async with running_worker(ANSWERS, tmp_path, settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "done"
    assert warned(harness) == [("day", "usd")]
    with pytest.raises(BudgetError, match="1 of 1 model requests"):
        BudgetGate(limits_of(settings)).check(
            Spent(1, 1, ZERO, ZERO, "2026-11-20", ZERO, "2026-11", ZERO), None
        )


async def test_where_a_budget_stops_nothing_a_ledger_that_cannot_be_read_does_not_either(
    tmp_path: Path,
) -> None:
    now = datetime.now().astimezone()
    (tmp_path / f"{now:%Y-%m}.jsonl").mkdir()

    async def check(limits: Limits) -> list[BudgetWarning]:
        ledger = Ledger(tmp_path)
        return await BudgetWatch(limits).check(
            task=1, turns_done=0, session_cost=ZERO, ledger=ledger, now=now
        )

    with pytest.raises(BudgetError, match="cannot be checked"):
        await check(Limits(day_usd=Decimal(1)))
    assert await check(Limits(day_usd=Decimal(1), only_warn=True)) == []


def test_budgets_of_models_and_projects_are_read_and_bad_ones_said(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(
        "settings:\n"
        "  budgets:\n"
        "    - {model: opus, day_usd: 0.1}\n"
        f"    - {{project: {tmp_path}, day_usd: 1, month_usd: 2}}\n"
        "    - {model: opus}\n"
        "    - {model: opus, project: x, day_usd: 1}\n"
        "    - {model: opus, day_usd: much}\n"
        "    - {modle: opus, day_usd: 1}\n"
        "    - 7\n"
    )
    loaded = load_settings(file, {})
    assert loaded.budgets == (
        ShareLimits("model", "opus", Decimal("0.1")),
        ShareLimits("project", str(tmp_path), Decimal(1), Decimal(2)),
    )
    assert [problem.split(" was left")[0][-7:] for problem in loaded.problems] == [
        f"entry {number}" for number in range(3, 8)
    ]
    file.write_text("settings: {budgets: 7}\n")
    assert "must be a list" in load_settings(file, {}).problems[0]
