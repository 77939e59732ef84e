"""What the billing tab tells beyond its first page: other days, tables, records, sources, files."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.billing_screen import NOW, Host, add, lines_of, on_screen, press, settle, text_of
from support.histories import claude
from textual.pilot import Pilot

from clacky_tui.domain.money import USD, show_amounts_in
from clacky_tui.tui.billing.heat_map import HeatMap
from clacky_tui.tui.lists.line_input import LineInput

TALL = (120, 60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three models, two projects, two sessions; one request without a price, one of last month."""
    folder = tmp_path / "billing"
    add(folder, project="/src/shop", provider="anthropic")
    add(
        folder,
        2,
        model="deepseek-v4-flash",
        cost=Decimal("0.5"),
        project="/src/cli",
        session_id="t",
    )
    add(folder, 3, model="local/qwen3", cost=None, cost_source="unknown")
    add(folder, 32, cost=Decimal("2.469"))
    return folder


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Write `text` in the line that is open, in place of what stands there."""
    field = pilot.app.query_one(LineInput).query_one("Input")
    field.value = text  # type: ignore[attr-defined]
    await press(pilot, "enter")


def table_of(app: Host) -> list[list[str]]:
    """The lines of the table, from the names it can be by to the gap below."""
    lines = lines_of(app)
    first = next(i for i, line in enumerate(lines) if line.startswith(" model"))
    last = next(i for i in range(first, len(lines)) if not lines[i].strip())
    return [line.split() for line in lines[first:last]]


# --- tables ---------------------------------------------------------------------------------------


async def test_tab_goes_through_the_tables_and_back_to_the_first(folder: Path) -> None:
    expected = [
        ("Model", ["claude-sonnet-4-6", "deepseek-v4-flash", "local/qwen3"]),
        ("Agent", ["clacky"]),
        ("Provider", ["anthropic", "(unknown)"]),
        ("Project", ["shop", "cli", "(unknown)"]),
        ("Session", ["s", "t"]),
        ("Model", ["claude-sonnet-4-6", "deepseek-v4-flash", "local/qwen3"]),
    ]
    async with on_screen(folder, TALL) as (app, pilot):
        for title, names in expected:
            choices, heading, *rows = table_of(app)
            assert heading[0] == title
            assert choices[choices.index("▾") - 1] == title.lower()
            assert [row[0] for row in rows] == names
            await press(pilot, "tab")


async def test_s_sorts_by_what_it_underlines(folder: Path) -> None:
    add(folder, 1, model="local/qwen3", cost=None, cost_source="unknown")
    async with on_screen(folder, TALL) as (app, pilot):
        assert table_of(app)[2][0] == "claude-sonnet-4-6"
        await press(pilot, "s")
        assert table_of(app)[2][0] == "local/qwen3"  # two requests
        await press(pilot, "s", "s", "s")
        assert table_of(app)[2][0] == "claude-sonnet-4-6"


# --- other days -----------------------------------------------------------------------------------


async def test_brackets_go_to_the_period_before_and_no_further_than_the_present(
    folder: Path,
) -> None:
    async with on_screen(folder) as (app, pilot):
        await press(pilot, "right_square_bracket")
        assert "‹ May 2026 ›" in lines_of(app)[0]
        await press(pilot, "left_square_bracket")
        assert "‹ April 2026 ›" in lines_of(app)[0] or "‹ Apr 2026 ›" in lines_of(app)[0]
        assert lines_of(app)[2].split()[0] == "$2.47"
        assert "Thu 30 Apr" in text_of(app)
        assert "Projected" not in text_of(app)
        await press(pilot, "right_square_bracket")
        assert lines_of(app)[2].split()[0] == "$1.73"


async def test_c_asks_for_the_days_and_keeps_the_old_ones_when_they_are_wrong(
    folder: Path,
) -> None:
    async with on_screen(folder, (100, 30)) as (app, pilot):
        await press(pilot, "c")
        assert "From and to: 2026-05-01 2026-05-22" in text_of(app)
        await type_text(pilot, "soon")
        assert "'soon' is no stretch of days" in text_of(app)
        assert "‹ May 2026 ›" in lines_of(app)[0]
        await press(pilot, "c")
        await type_text(pilot, "2026-04-20 2026-05-19")
        assert "‹ 20 Apr – 19 May 2026 ›" in lines_of(app)[0]
        assert "is no stretch" not in text_of(app)
        assert "$2.47" in text_of(app)
        await press(pilot, "c", "escape")
        assert "From and to" not in text_of(app)
        assert app.focused is app.pane


async def test_the_change_is_against_as_many_days_of_the_period_before(folder: Path) -> None:
    async with on_screen(folder, (120, 40)) as (app, _):
        assert "-30 % on 1–22 Apr" in text_of(app)  # 1.7345 against 2.469


# --- the month --------------------------------------------------------------------------------------


async def test_the_budget_of_the_month_has_a_bar(clacky_home: Path) -> None:
    clacky_home.mkdir()  # noqa: ASYNC240
    (clacky_home / "config.yml").write_text("settings: {max_month_cost_usd: 5}\n")
    add(clacky_home / "billing", cost=Decimal("2.5"))
    async with on_screen(None, (120, 40)) as (app, pilot):
        assert "budget $5.00 month ▇▇▇▇▇▇▁▁▁▁▁▁ 50 %" in text_of(app)
        (clacky_home / "config.yml").write_text("settings: {max_month_cost_usd: [nonsense\n")
        await press(pilot, "r")
        assert "Projected for May 2026: ~$3.52" in text_of(app)
        assert "budget" not in text_of(app)


async def test_the_heat_map_has_a_sign_for_every_hour(folder: Path) -> None:
    async with on_screen(folder, TALL) as (app, _):
        lines = [line.strip() for line in lines_of(app)]
        assert app.query_one(HeatMap).size.height == 9
    friday = next(line for line in lines if line.startswith("Fri  "))
    assert friday == "Fri  " + "·" * 14 + "█" + "·" * 9
    wednesday = next(line for line in lines if line.startswith("Wed  "))
    assert wednesday[5 + 14] == "▒"
    assert "the most Fri 14:00 with $1.23" in "\n".join(lines)


# --- records ----------------------------------------------------------------------------------------


async def test_enter_lists_the_requests_of_the_day_and_esc_goes_back(folder: Path) -> None:
    async with on_screen(folder, (120, 30)) as (app, pilot):
        await press(pilot, "left", "left", "enter")
        assert "Wed 20 May   1 request" in text_of(app)
        assert "2026-05-20 14:30" in text_of(app)
        assert "$0.5000" in text_of(app)
        assert "USD per day" not in text_of(app)
        await press(pilot, "escape")
        assert "USD per day" in text_of(app)
        assert "Wed 20 May   $0.5000" in text_of(app)


async def test_enter_on_a_row_lists_its_requests_of_the_whole_period(folder: Path) -> None:
    async with on_screen(folder, (120, 30)) as (app, pilot):
        await press(pilot, "down", "down", "down", "enter")
        text = text_of(app)
        assert "model local/qwen3, May 2026   1 request" in text
        assert "2026-05-19 14:30" in text
        assert "session s" in text
        await press(pilot, "escape", "up", "up", "up", "enter")  # the cursor has left the table
        assert "Fri 22 May   1 request" in text_of(app)


async def test_older_records_come_as_the_cursor_comes_near(tmp_path: Path) -> None:
    for number in range(450):
        add(tmp_path, timestamp=NOW - timedelta(seconds=number), id=f"{number}")
    async with on_screen(tmp_path, (100, 30)) as (app, pilot):
        await press(pilot, "enter")
        assert "Fri 22 May   200 requests and more" in text_of(app)
        await press(pilot, *["pagedown"] * 9)
        await press(pilot, *["pagedown"] * 14)
        assert "Fri 22 May   450 requests" in text_of(app)


# --- all agents, sources, indexing --------------------------------------------------------------------


async def test_o_shows_all_agents_after_their_histories_were_read_elsewhere(
    clacky_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    add(clacky_home / "billing")
    truth = claude.write(tmp_path / "home", 1)
    async with on_screen(None, TALL) as (app, pilot):
        await press(pilot, "a", "tab")
        assert [row[0] for row in table_of(app)[2:]] == ["clacky"]
        await press(pilot, "o")
        await settle(pilot)
        assert "all agents" in lines_of(app)[0]
        rows = {row[0]: row for row in table_of(app)[2:]}
        assert set(rows) == {"clacky", "claude"}
        assert int(rows["claude"][4].replace(",", "")) == sum(c.requests for c in truth.calls)
        assert "indexing" not in text_of(app)
        await press(pilot, "o")
        assert [row[0] for row in table_of(app)[2:]] == ["clacky"]


async def test_v_says_what_is_known_of_every_agent(
    clacky_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    add(clacky_home / "billing")
    async with on_screen(None, (120, 50)) as (app, pilot):
        await press(pilot, "v")
        lines = lines_of(app)
        own = next(i for i, line in enumerate(lines) if line.startswith(" clacky "))
        assert "supported" in lines[own]
        assert lines[own + 1].strip() == "1 file, 1 record"
        assert any("Claude Code" in line and "nothing found here" in line for line in lines)
        await press(pilot, "escape")
        assert "USD per day" in text_of(app)


async def test_a_ledger_too_long_to_read_here_is_read_in_another_process(
    clacky_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.tui.billing.desk._MOST_BYTES_HERE", 100)
    add(clacky_home / "billing")
    async with on_screen(None) as (app, pilot):
        await settle(pilot)
        assert lines_of(app)[2].split()[0] == "$1.23"
        assert "indexing" not in text_of(app)


async def test_when_filling_fails_the_reason_is_told_and_a_key_tries_again(
    clacky_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.tui.billing.desk._MOST_BYTES_HERE", 100)
    monkeypatch.setattr("sys.executable", "/bin/false")
    add(clacky_home / "billing")
    async with on_screen(None, (100, 24)) as (app, pilot):
        await settle(pilot)
        assert "cannot be read: the process that fills it ended with 1 (r tries again)" in text_of(
            app
        )
        monkeypatch.undo()
        monkeypatch.setenv("CLACKY_HOME", str(clacky_home))
        await press(pilot, "r")
        assert "$1.23" in text_of(app)
        assert "cannot be read" not in text_of(app)


async def test_an_index_that_cannot_be_opened_says_so(clacky_home: Path) -> None:
    add(clacky_home / "billing")
    (clacky_home / "cache" / "usage.sqlite").mkdir(parents=True)
    async with on_screen(None, (100, 24)) as (app, pilot):
        assert "The index of usage cannot be read" in text_of(app)
        (clacky_home / "cache" / "usage.sqlite").rmdir()
        await press(pilot, "r")
        assert "$1.23" in text_of(app)


async def test_the_demo_model_has_no_other_agents(tmp_path: Path) -> None:
    add(tmp_path, cost=Decimal("0.5"))
    async with on_screen(tmp_path, simulated=True) as (app, pilot):
        await press(pilot, "o")
        assert "The demo model is on its own" in text_of(app)
        assert "all agents  ‹" not in text_of(app)


# --- files and currencies -----------------------------------------------------------------------------


async def test_x_writes_what_is_on_show(folder: Path, tmp_path: Path) -> None:
    async with on_screen(folder, (100, 24)) as (app, pilot):
        await press(pilot, "x")
        assert "~/clacky-may-2026.csv" in text_of(app)
        await type_text(pilot, str(tmp_path / "out.csv"))
        assert "Written to" in text_of(app)
        await press(pilot, "x")
        await type_text(pilot, str(tmp_path / "out.json"))
        await press(pilot, "x")
        await type_text(pilot, str(tmp_path / "no" / "such" / "out.csv"))
        assert "Nothing was written to" in text_of(app)
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert sum(Decimal(row["cost_usd"] or 0) for row in rows) == Decimal("1.7345")
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["schema"] == 1
    assert document["totals"]["requests"] == 3


@pytest.mark.parametrize(
    ("name", "said"), [("~zq/a.csv", "Nothing was written to ~zq/a.csv"), ("a\x00.csv", "control")]
)
async def test_a_name_that_no_file_can_have_is_told(folder: Path, name: str, said: str) -> None:
    async with on_screen(folder, (100, 24)) as (app, pilot):
        await press(pilot, "x")
        await type_text(pilot, name)
        assert said in text_of(app)


async def test_amounts_are_shown_in_the_chosen_currency(folder: Path) -> None:
    from clacky_tui.domain.money import currency_of

    try:
        show_amounts_in(currency_of("CNY"))
        async with on_screen(folder, (120, 40)) as (app, pilot):
            text = text_of(app)
            assert "‹ May 2026 ›  CNY" in lines_of(app)[0]
            assert "CNY per day" in text
            assert "¥11.78" in text  # 1.7345 x 6.7944
            await press(pilot, "dollar_sign")
            await type_text(pilot, "nonsense")
            assert "is no currency" in text_of(app)
    finally:
        show_amounts_in(USD)


async def test_a_narrow_list_of_records_names_the_models_beside_the_time(folder: Path) -> None:
    async with on_screen(folder, (58, 20)) as (app, pilot):
        await press(pilot, "enter")
        (row,) = [line for line in lines_of(app) if line.startswith(" 05-22 14:30")]
        assert row.split() == ["05-22", "14:30", "claude-sonnet-4-6", "12k", "9.1k", "$1.23"]
        await pilot.resize_terminal(40, 14)
        await settle(pilot)
        (row,) = [line for line in lines_of(app) if line.startswith(" 05-22 14:30")]
        assert row.split()[2].startswith("claude")
