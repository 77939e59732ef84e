"""The session bar: fields by priority, one spinning cell, nothing while idle."""

from __future__ import annotations

import asyncio

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from clacky_tui.tui.session_bar import SessionBar
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes


class BarApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        self.bar = SessionBar()

    def compose(self) -> ComposeResult:
        yield self.bar

    def fill(self) -> None:
        self.bar.set_working_dir("~/src/shop")
        self.bar.set_mode("confirm")
        self.bar.set_model("sonnet-4.5")
        self.bar.set_cache("cache 97%")
        self.bar.set_tasks(3)
        self.bar.set_cost("$0.0412")


def row(app: BarApp) -> str:
    return app.screen._compositor.render_strips()[0].text.rstrip()


async def test_the_row_reads_as_designed() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        app.fill()
        await pilot.pause()
        assert row(app) == (
            " ● idle │ ~/src/shop │ confirm │ sonnet-4.5 │ cache 97% │ 3 tasks │ $0.0412"
        )


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (70, " ● idle │ ~/src/shop │ confirm │ sonnet-4.5 │ cache 97% │ $0.0412"),
        (58, " ● idle │ ~/src/shop │ confirm │ sonnet-4.5 │ $0.0412"),
        (51, " ● idle │ …/shop │ confirm │ sonnet-4.5 │ $0.0412"),
        (44, " ● idle │ confirm │ sonnet-4.5 │ $0.0412"),
        (34, " ● idle │ sonnet-4.5 │ $0.0412"),
        (22, " ● idle │ $0.0412"),
        (14, " ● idle │ $0…"),
    ],
)
async def test_a_narrow_bar_drops_fields_by_priority(width: int, expected: str) -> None:
    app = BarApp()
    async with app.run_test(size=(width, 5)) as pilot:
        app.fill()
        await pilot.pause()
        assert row(app) == expected


@pytest.mark.parametrize("width", range(1, 100, 7))
async def test_it_never_wraps_whatever_is_in_it(width: int) -> None:
    app = BarApp()
    async with app.run_test(size=(width, 5)) as pilot:
        app.fill()
        app.bar.set_working_dir("~/日本語/" + "テキスト" * 20)
        app.bar.set_model("模型\x1b[2J 👩‍👩‍👧‍👦 [b]x")
        app.bar.set_status("working")
        await pilot.pause()
        strip = app.screen._compositor.render_strips()[0]
        assert strip.cell_length == width == sum(cell_len(segment.text) for segment in strip)
        assert app.bar.size.height == 1


async def test_the_spinner_turns_only_while_working() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        assert app.bar._spinner is None
        app.bar.set_status("working")
        await pilot.pause()
        first = row(app)
        for _ in range(100):
            if row(app) != first:
                break
            await asyncio.sleep(0.01)
        assert row(app) != first
        assert row(app)[2:] == first[2:]
        app.bar.set_status("waiting")
        await pilot.pause()
        assert app.bar._spinner is None
        assert row(app).startswith(" ┃ waiting")


async def test_a_hint_stands_in_for_the_fields_for_a_moment() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        app.fill()
        app.bar.set_hint("press ctrl+c again to leave", 0.05)
        await pilot.pause()
        assert row(app) == " ● idle │ press ctrl+c again to leave"
        for _ in range(100):
            if "$0.0412" in row(app):
                break
            await asyncio.sleep(0.01)
        assert "$0.0412" in row(app)


async def test_a_long_directory_keeps_its_end() -> None:
    app = BarApp()
    async with app.run_test(size=(120, 5)) as pilot:
        app.bar.set_working_dir("~/projects/customers/north/webshop/backend/orders")
        await pilot.pause()
        assert row(app) == " ● idle │ .../webshop/backend/orders"


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="no such status"):
        SessionBar().set_status("asleep")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.812, "▂▄▆█ 812ms"),
        (1.24, "▂▄▆█ 1.2s"),
        (2.5, "▂▄▆ 2.5s"),
        (61.0, "▂▄ 61.0s"),
        (200.0, "▂ 200.0s"),
    ],
)
async def test_the_latency_has_bars_and_figures(
    seconds: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    app = BarApp()
    async with app.run_test(size=(100, 5)) as pilot:
        app.fill()
        app.bar.set_latency(seconds)
        await pilot.pause()
        assert f" │ {words} │ " in row(app)
        app.bar.set_latency(None)
        await pilot.pause()
        assert words not in row(app)


async def test_session_latency_and_thinking_leave_a_narrow_bar_in_this_order() -> None:
    app = BarApp()
    async with app.run_test(size=(120, 5)) as pilot:
        app.fill()
        app.bar.set_session_id("e3181361")
        app.bar.set_latency(0.5)
        app.bar.set_reasoning_level("high")
        await pilot.pause()
        gone = []
        for width in range(120, 30, -1):
            await pilot.resize_terminal(width, 5)
            await pilot.pause()
            for word in ("e3181361", "500ms", "3 tasks", "confirm", "thinks high", "sonnet"):
                if word not in row(app) and word not in gone:
                    gone.append(word)
        assert (
            gone
            == ["e3181361", "500ms", "3 tasks", "confirm", "thinks high", "sonnet"][: len(gone)]
        )
        assert len(gone) >= 5


async def test_every_field_that_leads_somewhere_is_where_it_is_drawn() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        app.fill()
        await pilot.pause()
        text = row(app)
        parts = {spot.call: text[spot.x : spot.x + spot.cells] for spot in app.bar.jump_spots()}
        assert parts == {
            "pick_directory": "~/src/shop",
            "pick_mode": "confirm",
            "pick_model": "sonnet-4.5",
            "show_tab('context')": "cache 97%",
            "open_time_machine": "3 tasks",
            "show_cost": "$0.0412",
        }
