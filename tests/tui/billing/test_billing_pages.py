"""The pages of the billing tab: other models, the price of one, and what one agent alone has used."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.billing_screen import NOW, Host, add, lines_of, on_screen, press, settle, text_of
from support.histories import claude
from textual.app import App
from textual.pilot import Pilot

from clacky_tui import events
from clacky_tui.billing.prices import user_price_book
from clacky_tui.cli.pricing import pricing
from clacky_tui.cli.usage import usage
from clacky_tui.domain.idle_choice import compression_costs
from clacky_tui.domain.money import format_usd
from clacky_tui.domain.pricing import price_for
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.countdown import local_now
from clacky_tui.usage.index import UsageIndex, default_index_path
from clacky_tui.usage.report import Query
from clacky_tui.usage.what_if import compare_with_all

WIDE = (120, 40)
SONNET, FLASH, OWN = "claude-sonnet-4-6", "deepseek-v4-flash", "local/qwen3"


@pytest.fixture
def ledger(clacky_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own ledger: two sessions, three models, one of them without a price."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = clacky_home / "billing"
    add(folder, project="/src/shop")
    add(folder, 2, model=FLASH, cost=Decimal("0.5"), session_id="t")
    add(folder, 3, model=OWN, cost=None, cost_source="unknown")
    return folder


@asynccontextmanager
async def today(size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    """The tab on all time, with the prices of today, which are those of the command line."""
    app = Host(None, clock=local_now)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        yield app, pilot


def page_rows(app: App[None], name: str) -> list[str]:
    """The figures in the row of the page that begins with `name`."""
    (row,) = [line for line in lines_of(app) if line.startswith(f" {name} ")]
    return row.removeprefix(f" {name}").split()


def compared(*models: str) -> Any:
    """What `clacky usage whatif` tells of `models`."""
    arguments = ["whatif", "--model", ",".join(models), "--json", "--no-refresh"]
    return json.loads(CliRunner().invoke(usage, arguments).stdout, parse_float=Decimal)


# --- other models --------------------------------------------------------------------------------


async def test_i_compares_the_period_with_the_figures_of_the_command_line(ledger: Path) -> None:
    async with today((120, 90)) as (app, pilot):
        await press(pilot, "i")
        assert "What if: All time (esc goes back)" in text_of(app)
        told = compared(SONNET, FLASH, OWN)
        actual = told["actual_cost_usd"]
        assert page_rows(app, "As it was") == [format_usd(actual)]
        for each in told["alternatives"][:2]:
            cost, plain = each["cost_usd"], each["cost_without_cache_usd"]
            sign = "+" if cost > actual else ""
            assert page_rows(app, each["model"]) == [
                format_usd(cost),
                f"{sign}{format_usd(cost - actual)}",
                f"{(cost - actual) / actual * 100:+.0f}",
                "%",
                format_usd(plain),
            ]
        assert page_rows(app, OWN) == ["?", "?"]
        assert "1 request without a price is not in what it was" in text_of(app)
        await press(pilot, "escape")
        assert "USD per month" in text_of(app)


async def test_every_digit_is_that_of_the_command_line(ledger: Path) -> None:
    async with today():
        pass  # fills the index
    with closing(UsageIndex(default_index_path())) as index:
        found = compare_with_all(index, Query(), ["o3"], user_price_book(), local_now())
    names = [each.model for each in found.alternatives]
    told = compared(*names)
    assert "o3" in names and SONNET in names
    assert [(each.model, each.cost, each.cost_without_cache) for each in found.alternatives] == [
        (each["model"], each["cost_usd"], each["cost_without_cache_usd"])
        for each in told["alternatives"]
    ]
    known = [each.cost for each in found.alternatives if each.cost is not None]
    assert known == sorted(known)
    assert found.alternatives[-1].model == OWN and found.alternatives[-1].cost is None
    assert "claude-sonnet-4.6" not in names  # the same model by the table's name


async def test_i_on_a_session_compares_that_session_alone(ledger: Path) -> None:
    async with on_screen(None, WIDE) as (app, pilot):
        await press(pilot, *["tab"] * 4, "down", "down", "i")
        assert "What if: session t, May 2026" in text_of(app)
        assert page_rows(app, "As it was") == ["$0.5000"]
        await press(pilot, "escape", "i")
        assert "What if: session t, May 2026" in text_of(app)


async def test_without_requests_there_is_nothing_to_compare(ledger: Path) -> None:
    async with on_screen(None, WIDE) as (app, pilot):
        await press(pilot, "left_square_bracket", "i")
        assert "nothing to compare" in text_of(app)


def open_session(*, warm: bool) -> ContextFigures:
    return ContextFigures(
        model=SONNET,
        gauge=events.ContextGauged(
            categories={"chat": 90_000, "tools": 1_000},
            window_tokens=200_000,
            compressed_tokens=9_000,
        ),
        expires_at=NOW + timedelta(minutes=3 if warm else -3),
    )


@pytest.mark.parametrize("warm", [True, False])
async def test_what_compressing_the_open_session_would_change_is_told(
    ledger: Path, warm: bool
) -> None:
    app = Host(None)
    app.pane._session = lambda: open_session(warm=warm)
    price = price_for(SONNET, NOW)
    assert price is not None
    costs = compression_costs(price.base, 91_000, 9_000, is_warm=warm)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        text = " ".join(text_of(app).split())
    assert "91,000 tokens would be 9,000" in text
    assert f"compressing costs ~{format_usd(costs.compression)}" in text
    after, before = format_usd(costs.next_compressed), format_usd(costs.next_as_it_is)
    assert f"next request ~{after}, not ~{before}" in text
    assert f"10 requests later ~{format_usd(costs.as_it_is - costs.compressed)} saved" in text


async def test_a_page_is_folded_anew_when_the_screen_is(ledger: Path) -> None:
    async with on_screen(None, WIDE) as (app, pilot):
        await press(pilot, "i")
        assert "Without cache" in text_of(app)
        await pilot.resize_terminal(40, 14)
        await settle(pilot)
        assert "Without cache" not in text_of(app)
        assert page_rows(app, "As it was")[0] == "$1.73"


async def test_a_page_that_is_closed_before_it_is_read_stays_closed(ledger: Path) -> None:
    async with on_screen(None, WIDE) as (app, pilot):
        app.simulate_key("v")
        app.simulate_key("escape")
        await settle(pilot)
        assert "USD per day" in text_of(app)


# --- the price of a model ------------------------------------------------------------------------


async def test_p_says_of_the_chosen_model_what_the_command_line_says(ledger: Path) -> None:
    (ledger.parent / "pricing.yml").write_text(f"{SONNET}: {{input: 3.25, output: 16}}\n")
    async with today() as (app, pilot):
        await press(pilot, "p")
        assert "Choose a model in the table of models first" in text_of(app)
        for name in (SONNET, FLASH, OWN):
            await press(pilot, "down", "p")
            assert f"The price of {name}" in text_of(app)
            page = text_of(app).split()
            said = CliRunner().invoke(pricing, ["show", name]).stdout.split()
            rest = iter(page)
            assert all(word in rest for word in said), said
            await press(pilot, "escape")


# --- one agent -----------------------------------------------------------------------------------


async def test_f_shows_one_agent_alone_and_esc_all_again(ledger: Path, tmp_path: Path) -> None:
    truth = claude.write(tmp_path / "home", 1)
    calls = sum(call.requests for call in truth.calls)
    async with on_screen(None, (120, 60)) as (app, pilot):
        await press(pilot, "a", "f")
        await settle(pilot)
        assert "Choose an agent with ↑↓; f shows it alone." in text_of(app)
        assert page_rows(app, "claude")[3].replace(",", "") == str(calls)
        while "claude" not in chosen_row(app):
            await press(pilot, "down")
        await press(pilot, "f")
        assert "only claude (esc all)  ‹ All time ›" in lines_of(app)[0]
        assert str(calls) in lines_of(app)[3].split()
        assert not [line for line in lines_of(app) if line.startswith(" clacky ")]
        await press(pilot, "escape")
        assert "all agents  ‹ All time ›" in lines_of(app)[0]
        await press(pilot, "o")
        assert "all agents" not in lines_of(app)[0]


async def test_whose_figures_they_are_is_said_on_the_narrowest_screen_too(ledger: Path) -> None:
    async with on_screen(None, (40, 12)) as (app, pilot):
        await press(pilot, "f", "f")
        assert "only clacky (esc all)" in text_of(app)
        assert "USD" in lines_of(app)[0]


def chosen_row(app: App[None]) -> str:
    """What is written in reverse."""
    strips = app.screen._compositor.render_strips()
    return "".join(
        segment.text
        for strip in strips
        for segment in strip
        if segment.style and segment.style.reverse and len(segment.text) > 40
    )
