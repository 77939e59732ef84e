"""The billing tab as it stands on the screen."""

from __future__ import annotations

import asyncio
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from support.billing_screen import Host, add, lines_of, on_screen, press, settle, text_of

from clacky_tui.domain.usage import Usage
from clacky_tui.tui.billing.daily_chart import DailyChart
from clacky_tui.tui.billing.pane import SIMULATED_TEXT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger of this month: three models over three days, one of them without a price."""
    folder = tmp_path / "billing"
    add(folder)
    add(folder, model="local/qwen3", cost=None, cost_source="unknown", usage=Usage(500))
    add(folder, 2, model="deepseek-v4-flash", cost=Decimal("0.1"))
    add(folder, 5, cost=Decimal("11"))
    return folder


async def test_all_that_matters_fits_a_small_terminal(folder: Path) -> None:
    async with on_screen(folder) as (app, _):
        lines = lines_of(app)
    text = "\n".join(lines)
    assert lines[0].endswith("‹ May 2026 ›  USD")
    assert lines[2].split() == ["$12.33", "~$2.21", "1,295,180", "4", "95.2", "%"]
    assert "1 without a price" in text
    assert "USD per day" in text
    assert "Fri 22 May   $1.23   2 requests · 1 without a price" in text
    assert "in 12,810 · read 402,118 (95.1 %) · wrote 8,012 · out 9,120" in text
    table = next(i for i, line in enumerate(lines) if line.startswith(" Model"))
    assert [line.split()[:2] for line in lines[table + 1 : table + 3]] == [
        ["claude-sonnet-4-6", "$12.23"],
        ["deepseek-v4-flash", "$0.1000"],
    ]
    assert lines[-2] == " Projected for May 2026: ~$17.38 (burn $0.5607 a day)"
    assert lines[-1] == " Known 3 of 4 requests. 1 has no price and is not in the sums."


async def test_a_large_terminal_shows_the_table_of_days_too(folder: Path) -> None:
    async with on_screen(folder, (120, 60)) as (app, _):
        lines = lines_of(app)
    heading = next(i for i, line in enumerate(lines) if line.startswith(" Day"))
    assert lines[heading].split() == [
        *("Day", "Cost", "Requests", "Input", "Read", "Wrote", "Output", "Hit")
    ]
    assert lines[heading + 1].split()[:4] == ["Fri", "22", "May", "$1.23"]
    assert lines[heading + 2].split()[:4] == ["Thu", "21", "May", "–"]


@pytest.mark.parametrize("size", [(50, 22), (80, 14)])
async def test_without_room_for_a_chart_the_numbers_stand_alone(
    folder: Path, size: tuple[int, int]
) -> None:
    async with on_screen(folder, size) as (app, pilot):
        assert not app.query_one(DailyChart).display
        assert "$12.33" in text_of(app)
        await press(pilot, *["pagedown"] * 3)
        assert "Fri 1 May" in text_of(app)


@pytest.mark.parametrize("size", [(20, 5), (8, 3), (40, 8), (200, 60)])
async def test_any_size_is_drawn_without_a_line_too_long(
    folder: Path, size: tuple[int, int]
) -> None:
    async with on_screen(folder, size) as (app, _):
        assert all(strip.cell_length == size[0] for strip in app.screen._compositor.render_strips())


async def test_resizing_draws_anew(folder: Path) -> None:
    async with on_screen(folder, (120, 40)) as (app, pilot):
        await pilot.resize_terminal(50, 20)
        await settle(pilot)
        assert lines_of(app)[0].split() == [
            *(
                "d",
                "w",
                "m",
                "month",
                "y",
                "a",
                "c",
                "·",
                "?",
                "keys",
                "‹",
                "May",
                "2026",
                "›",
                "USD",
            )
        ]
        await pilot.resize_terminal(80, 22)
        await settle(pilot)
        assert app.query_one(DailyChart).display
        assert "USD per day" in text_of(app)


async def test_keys_choose_the_period(folder: Path) -> None:
    add(folder, 60, cost=Decimal(3))
    add(folder, 400, cost=Decimal(5))
    expected = {
        "d": ("‹ 22 May 2026 ›  USD", "$1.23", "USD per hour"),
        "w": ("‹ Week of 18 May 2026 ›  USD", "$1.33", "USD per day"),
        "m": ("‹ May 2026 ›  USD", "$12.33", "USD per day"),
        "y": ("‹ 2026 ›  USD", "$15.33", "USD per month"),
        "a": ("‹ All time ›  USD", "$20.33", "USD per month"),
    }
    async with on_screen(folder) as (app, pilot):
        for key, (title, spent, chart) in expected.items():
            await press(pilot, key)
            lines = lines_of(app)
            assert lines[0].endswith(title)
            assert lines[2].split()[0] == spent
            assert any(line.startswith(f" {chart}") for line in lines)


async def test_arrows_move_the_day_and_stop_at_the_ends(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):
        await press(pilot, "left")
        assert "Thu 21 May   no requests" in text_of(app)
        await press(pilot, "left")
        assert "Wed 20 May   $0.1000   1 request · deepseek-v4-flash $0.1000" in text_of(app)
        await press(pilot, *["left"] * 30)
        assert "Fri 1 May   no requests" in text_of(app)
        await press(pilot, *["right"] * 40)
        assert "Fri 22 May   $1.23" in text_of(app)


async def test_a_click_on_a_bar_chooses_its_day(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):
        chart = app.query_one(DailyChart)
        labels = next(line for line in lines_of(app) if " 19 20 " in line)
        await pilot.click(DailyChart, offset=(labels.index("20"), chart.size.height - 2))
        await settle(pilot)
        assert "Wed 20 May   $0.1000" in text_of(app)


async def test_the_chosen_day_stays_when_a_request_comes_in(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):
        await press(pilot, "left", "left")
        add(folder, cost=Decimal(2))
        app.pane.reload()
        await settle(pilot)
        assert lines_of(app)[2].split()[0] == "$14.33"
        assert "Wed 20 May   $0.1000" in text_of(app)


async def test_r_reads_the_ledger_again(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):
        add(folder, cost=Decimal(2))
        await press(pilot, "r")
        assert lines_of(app)[2].split()[0] == "$14.33"


async def test_a_hidden_pane_reads_only_when_it_is_shown(folder: Path) -> None:
    async with on_screen(folder, hidden=True) as (app, pilot):
        app.pane.reload()
        await settle(pilot)
        assert "$" not in text_of(app)
        app.pane.display = True
        await settle(pilot)
        assert lines_of(app)[2].split()[0] == "$12.33"
        app.pane.display = False
        await settle(pilot)
        add(folder, cost=Decimal(2))
        app.pane.reload()
        app.pane.display = True
        await settle(pilot)
        assert lines_of(app)[2].split()[0] == "$14.33"


async def test_a_burst_of_reloads_ends_with_the_latest_figures(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):
        for _ in range(20):
            await asyncio.to_thread(add, folder, cost=Decimal(1))
            app.pane.reload()
        await settle(pilot)
        assert lines_of(app)[2].split()[0] == "$32.33"


async def test_simulated_costs_say_so_and_never_mix_with_real_ones(
    folder: Path, tmp_path: Path
) -> None:
    async with on_screen(folder) as (app, pilot):
        assert SIMULATED_TEXT not in text_of(app)
        demo = tmp_path / "demo"
        add(demo, cost=Decimal("0.5"))
        app.pane.show_ledger(demo, simulated=True)
        await settle(pilot)
        assert lines_of(app)[1].strip() == SIMULATED_TEXT
        assert lines_of(app)[3].split()[0] == "$0.5000"
        app.pane.show_ledger(folder, simulated=False)
        await settle(pilot)
        assert SIMULATED_TEXT not in text_of(app)
        assert lines_of(app)[2].split()[0] == "$12.33"


async def test_another_ledger_while_one_is_read_is_shown_and_nothing_fails(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    add(other, cost=Decimal("0.5"))
    held = threading.Event()
    async with on_screen(folder) as (app, pilot):
        for ledger in (other, folder, other):
            app.pane._desk._thread.submit(held.wait)
            app.pane.reload()
            await pilot.pause()
            app.pane.show_ledger(ledger, simulated=ledger == other)
        held.set()
        await settle(pilot)
        assert lines_of(app)[3].split()[0] == "$0.5000"
        assert "cannot" not in text_of(app)
    with pytest.raises(OSError, match="closed"):
        await app.pane._desk.read(lambda index: index)


async def test_the_same_ledger_again_interrupts_nothing(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):
        desk = app.pane._desk
        await press(pilot, "left", "left", "enter")
        app.pane.show_ledger(folder, simulated=False)
        await settle(pilot)
        assert app.pane._desk is desk
        assert "Wed 20 May   1 request" in text_of(app)


async def test_without_a_folder_the_ledger_is_the_users_own(clacky_home: Path) -> None:
    add(clacky_home / "billing", cost=Decimal("0.25"))
    add(clacky_home / "demo" / "billing", cost=Decimal("0.75"))
    async with on_screen(clacky_home / "none") as (app, pilot):
        app.pane.show_ledger(simulated=False)
        await settle(pilot)
        assert lines_of(app)[2].split()[0] == "$0.2500"
        app.pane.show_ledger(simulated=True)
        await settle(pilot)
        assert lines_of(app)[3].split()[0] == "$0.7500"


async def test_an_empty_ledger_says_what_will_appear(tmp_path: Path) -> None:
    async with on_screen(tmp_path / "none") as (app, pilot):
        words = " ".join(text_of(app).split())
        assert "What each one costs appears here as soon as it is made" in words
        await press(pilot, "a", "left", "right")
        assert "No requests yet." in text_of(app)


async def test_only_unknown_prices_are_a_question_mark_not_zero(tmp_path: Path) -> None:
    add(tmp_path, cost=None, cost_source="unknown")
    async with on_screen(tmp_path) as (app, _):
        lines = lines_of(app)
        assert lines[2].split()[0] == "?"
        assert "Fri 22 May   ?   1 request · 1 without a price" in "\n".join(lines)
        chart = next(i for i, line in enumerate(lines) if line.startswith(" USD per day"))
        assert lines[chart + 6].endswith("?")  # the mark in place of today's bar


def foot(app: Host) -> str:
    """What the last two lines say."""
    return " ".join(" ".join(lines_of(app)[-2:]).split())


async def test_damage_is_counted_at_the_foot(folder: Path) -> None:
    with (folder / "2026-05.jsonl").open("ab") as file:
        file.write(b'{"torn\n')
    (folder / "2026-04.jsonl").symlink_to("/proc/self/mem")  # reads fail, whoever asks
    async with on_screen(folder, (120, 22)) as (app, pilot):
        assert "Skipped 1 damaged line." in foot(app)
        await press(pilot, "y")
        assert "Cannot read" in foot(app)
        assert lines_of(app)[2].split()[0] == "$12.33"


async def test_names_of_models_are_neither_markup_nor_control(tmp_path: Path) -> None:
    add(tmp_path, model="[bold]x[/bold]\x1b]0;t\x07\n")
    async with on_screen(tmp_path, (120, 30)) as (app, _):
        text = text_of(app)
    assert "[bold]x[/bold]\ufffd]0;t\ufffd\ufffd" in text
    assert "\x1b" not in text


async def test_where_plotext_does_not_load_the_table_stands_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(folder, cost=Decimal("0.0771"))  # a chart no other test has drawn
    monkeypatch.setitem(sys.modules, "plotext", None)
    async with on_screen(folder) as (app, _):
        assert not app.query_one(DailyChart).display
        assert "$12.41" in text_of(app)
        assert "Wed 20 May" in text_of(app)


async def test_a_change_of_theme_recolours_without_reading(folder: Path) -> None:
    async with on_screen(folder) as (app, pilot):

        def bar_colours() -> set[str]:
            strips = app.screen._compositor.render_strips()
            return {
                str(s.style.color) for strip in strips for s in strip if "█" in s.text and s.style
            }

        app.theme = "textual-dark"
        await settle(pilot)
        before = bar_colours()
        app.theme = "textual-light"
        await settle(pilot)
        assert before
        assert bar_colours().isdisjoint(before)


async def test_every_key_of_the_pane_is_described(folder: Path) -> None:
    async with on_screen(folder) as (app, _):
        bindings = [
            active for active in app.screen.active_bindings.values() if active.node is app.pane
        ]
        assert {active.binding.key for active in bindings} >= {*"dwmyar", "left", "right"}
        assert all(active.binding.description for active in bindings)


async def test_the_foot_is_whole_on_a_narrow_screen(folder: Path) -> None:
    add(folder, model="local/qwen3", cost=None, cost_source="unknown", usage=Usage(500))
    async with on_screen(folder, (60, 20)) as (app, pilot):
        assert foot(app) == "Known 3 of 5 requests. 2 have no price and are not in the sums."
        await pilot.resize_terminal(40, 12)
        await settle(pilot)
        assert lines_of(app)[-1] == " Known 3 of 5 requests."
