"""The currency on the screen: at the start, changed while the app runs, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from support.scene import OPENED, SceneApp, cached_session, finished_answer, money
from support.screens import screen_text, settle, until

from clacky_tui import events
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.preferences import Preferences, load_preferences
from clacky_tui.domain.money import USD, show_amounts_in
from clacky_tui.domain.usage import Usage

pytestmark = pytest.mark.usefixtures("home")


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
