"""The currency on the screen: at the start, changed while the app runs, and kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from support.scene import (
    MODEL_SWITCH_MISS,
    OPENED,
    TOKENS,
    SceneApp,
    cached_session,
    finished_answer,
    money,
)
from support.screens import screen_text, settle, until

import clacky_tui
from clacky_tui import events
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.preferences import Preferences, load_preferences
from clacky_tui.config.settings import Settings
from clacky_tui.domain.budgets import BudgetGate, Limits, Spent
from clacky_tui.domain.money import USD, currency_of, format_price, show_amounts_in
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import BudgetError
from clacky_tui.tui.settings.fields import advanced_rows

pytestmark = pytest.mark.usefixtures("home")

PACKAGE = Path(clacky_tui.__file__).parent
CENTS = Decimal("0.25")
TOLD: tuple[events.Event, ...] = (
    OPENED.model_copy(update={"cost": CENTS}),
    money("0.25"),
    MODEL_SWITCH_MISS,
    events.BudgetWarned(scope="day", unit="usd", spent=CENTS, limit=Decimal("0.4")),
    events.CompressionFinished(
        outcome="done", before_tokens=9000, after_tokens=900, cost=CENTS, cache_hit_rate=0.9
    ),
    events.CompressionUndone(before_tokens=900, after_tokens=9000, messages=4, cold_cost=CENTS),
    events.ModelTested(model="m", ok=True, duration_seconds=1, cost=CENTS),
    events.TaskEnded(
        outcome="done", iterations=1, requests=1, duration_seconds=1, usage=TOKENS, cost=CENTS
    ),
)
"""Every event that tells an amount."""


@pytest.fixture(autouse=True)
def usd_again() -> Iterator[None]:
    yield
    show_amounts_in(USD)


async def test_changing_it_shows_everything_anew_and_keeps_it(clacky_home: Path) -> None:
    app = SceneApp([*finished_answer(), money("0.5")])
    async with app.run_test(size=(110, 40)) as pilot:
        await settle(pilot)
        before = screen_text(app)
        assert "$0.5000" in before
        assert before.count("$") >= 2, "the bar, and the line under the task"
        await app.action_set_currency("EUR 0.5")
        await settle(pilot)
        shown = screen_text(app)
        assert "€0.2500" in shown
        assert "$" not in shown
        assert "1 USD = 0.5 EUR" in shown
    kept = load_preferences()
    assert (kept.currency, kept.exchange_rate) == ("EUR", "0.5")


def has_amount(event: type[events.Event]) -> bool:
    return any("Decimal" in str(field.annotation) for field in event.model_fields.values())


def test_every_event_with_an_amount_is_in_the_next_test() -> None:
    union = get_args(get_args(events.Event)[0])
    assert {each for each in union if has_amount(each)} == {type(each) for each in TOLD}


@pytest.mark.parametrize("told", TOLD, ids=lambda each: each.kind)
async def test_every_event_tells_its_amounts_in_the_chosen_currency(told: events.Event) -> None:
    scene = [OPENED, events.TaskStarted(text="fix it"), money("0.25")]
    app = SceneApp([*[each for each in scene if each.kind != told.kind], told])
    app.preferences = Preferences(currency="EUR", exchange_rate="0.5")
    app.start_currency()
    async with app.run_test(size=(140, 50)) as pilot:
        await settle(pilot)
        shown = screen_text(app)
    assert "€0." in shown
    assert "$" not in shown


def test_a_budget_that_stops_says_its_amounts_in_the_chosen_currency() -> None:
    show_amounts_in(currency_of("EUR", "0.5"))
    gate = BudgetGate(Limits(session_usd=Decimal(2)))
    spent = Spent(1, 0, Decimal(0), Decimal("1.5"), "2026-11-20", Decimal(0), "2026-11", Decimal(0))
    with pytest.raises(BudgetError, match=r"€0\.7500 of the session budget of €1\.0000") as caught:
        gate.check(spent, Decimal(1))
    assert "about €0.5000" in caught.value.message
    assert "$" not in str(caught.value)


def test_budgets_are_set_in_usd_and_shown_in_both() -> None:
    def budget() -> str:
        rows = advanced_rows(Settings(max_cost=Decimal("2.50")))
        return next(row.shown for row in rows if row.field.name == "max_cost_usd")

    assert budget() == "$2.50"
    show_amounts_in(currency_of("EUR", "0.5"))
    assert budget() == "2.50 USD (€1.25)"


def test_prices_follow() -> None:
    prices = [Decimal("3.00"), Decimal("0.27"), Decimal("0.00001")]
    assert [format_price(each) for each in prices] == ["$3", "$0.27", "$0.00001"]
    show_amounts_in(currency_of("JPY", "150"))
    assert [format_price(each) for each in prices] == ["JP¥450", "JP¥40.5", "JP¥0.0015"]


def dollars_written_by_hand(source: str) -> Iterator[int]:
    """Lines of formatted texts in which a value follows a dollar sign."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for before, value in pairwise(node.values):
                is_dollar = isinstance(before, ast.Constant) and str(before.value).endswith("$")
                if is_dollar and isinstance(value, ast.FormattedValue):
                    yield node.lineno


def test_no_amount_of_the_app_is_written_past_the_currency() -> None:
    assert list(dollars_written_by_hand('f"for ${cost:.2f}"')) == [1]
    files = [PACKAGE / "wording.py"]
    for folder in ("tui", "agent", "domain", "plain"):
        files += (PACKAGE / folder).rglob("*.py")
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in files
        for line in dollars_written_by_hand(path.read_text("utf-8"))
    ]
    allowed = ("tui/settings/fields.py", "domain/permissions/")
    assert [each for each in found if not each.startswith(allowed)] == []


async def test_it_begins_with_what_was_kept() -> None:
    app = SceneApp([OPENED, money("0.5")])
    app.preferences = Preferences(currency="CNY")
    app.start_currency()
    async with app.run_test(size=(110, 30)) as pilot:
        await settle(pilot)
        assert "¥3.40" in screen_text(app)


def shown_signs(app: SceneApp) -> set[str]:
    return set("$€") & set(screen_text(app))


async def test_every_tab_follows(clacky_home: Path) -> None:
    now = datetime.now().astimezone()
    default_ledger().append(UsageRecord("s", now, "m", Usage(1), Decimal(3), "price"))
    app = SceneApp(cached_session(), clock=lambda: now)
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("f3", "f4"):
            await pilot.press(key)
            await until(pilot, lambda: shown_signs(app) == {"$"})
        await app.action_set_currency("EUR 0.5")
        for key in ("f3", "f4"):
            await pilot.press(key)
            await until(pilot, lambda: shown_signs(app) == {"€"})


@pytest.mark.parametrize("line", ["SEK", "EUR 0", "EUROS"])
async def test_what_cannot_be_shown_is_said_and_nothing_changes(line: str) -> None:
    app = SceneApp([OPENED, money("0.5")])
    async with app.run_test(size=(110, 30)) as pilot:
        await settle(pilot)
        await app.action_set_currency(line)
        await settle(pilot)
        assert "$0.5000" in screen_text(app)
        assert "/currency CODE" in screen_text(app)
    assert load_preferences() == Preferences()


async def test_an_unknown_cost_stays_unknown() -> None:
    unknown = money("0").model_copy(update={"session_unpriced_requests": 6})
    app = SceneApp([OPENED, unknown])
    async with app.run_test(size=(110, 30)) as pilot:
        await settle(pilot)
        await app.action_set_currency("EUR 0.5")
        await settle(pilot)
        bar = [row for row in screen_text(app).splitlines() if "claude" in row][-1]
        assert bar.rstrip().endswith("?")
    assert isinstance(unknown, events.UsageRecorded)
