"""Editing by whole characters as a person sees them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes
from textual import events
from textual.app import App, ComposeResult

from clacky_tui.tui.chat.composer import Composer

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
CLUSTERS = ["a", "b ", "é", "e\u0301", "中", "文", FAMILY, "👍🏽", "🇩🇪", "ｱ"]
KEYS = [
    "left",
    "right",
    "home",
    "end",
    "backspace",
    "delete",
    "up",
    "down",
    "ctrl+w",
    "alt+b",
    "alt+f",
]


class EditApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.composer = Composer()

    def compose(self) -> ComposeResult:
        yield self.composer


def boundaries(line: str) -> set[int]:
    return {start for start, _, _ in split_graphemes(line)[0]} | {0, len(line)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([*CLUSTERS, "\n"]), max_size=25).map("".join),
    st.lists(st.sampled_from(KEYS), max_size=25),
)
async def test_the_cursor_stands_between_clusters_and_where_it_is_drawn(
    text: str, keys: list[str]
) -> None:
    app = EditApp()
    async with app.run_test(size=(14, 20)) as pilot:
        app.composer.load_draft(text)
        await pilot.pause()
        clusters_before = len(split_graphemes(text)[0])
        for key in keys:
            app.composer.edit_by_key(key)
            row, column = app.composer.cursor_location
            line = app.composer.document.get_line(row)
            assert column in boundaries(line)
            offsets = app.composer.wrapped_document.get_offsets(row)
            row_start = max((at for at in offsets if at <= column), default=0)
            drawn = app.composer.wrapped_document.location_to_offset((row, column)).x
            assert drawn == cell_len(line[row_start:column])
        assert len(split_graphemes(app.composer.text)[0]) <= clusters_before


async def test_home_and_end_take_the_row_first_then_the_line() -> None:
    app = EditApp()
    async with app.run_test(size=(14, 20)) as pilot:
        app.composer.load_draft("one two three four five")
        await pilot.pause()
        columns = []
        for key in ("home", "home", "end", "end"):
            await pilot.press(key)
            columns.append(app.composer.cursor_location[1])
        row_start, line_start, row_end, line_end = columns
        assert 0 == line_start < row_start < line_end == 23
        assert 0 < row_end < line_end


async def test_the_cursor_stays_in_sight_when_the_terminal_shrinks() -> None:
    app = EditApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.composer.load_draft("\n".join(f"row {number}" for number in range(12)))
        await pilot.pause()
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        shown = [strip.text.strip() for strip in app.screen._compositor.render_strips()]
        assert "row 11" in shown


async def test_keys_act_in_the_order_they_were_pressed() -> None:
    app = EditApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "backspace", "b", "left", "c", "end", "ctrl+j", "d")
        assert app.composer.text == "cb\nd"


@pytest.mark.parametrize(
    ("character", "text"),
    [
        ("\u200d", "a\u200d"),
        ("\u3000", "a\u3000"),
        ("\u00a0", "a\u00a0"),
        ("\u202e", "a"),
        ("\x07", "a"),
    ],
)
async def test_joiners_and_wide_spaces_are_text_and_controls_are_not(
    character: str, text: str
) -> None:
    app = EditApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        app.post_message(events.Key("unnamed", character))
        await pilot.pause()
        assert app.composer.text == text


async def test_a_suggestion_is_shown_taken_and_dropped() -> None:
    app = EditApp()
    async with app.run_test(size=(30, 5)) as pilot:
        app.composer.ghost = "run [b]the[/b] tests\nnow"
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert any("run [b]the[/b] tests now" in strip.text for strip in strips)
        await pilot.press("tab")
        await pilot.pause()
        assert app.composer.text == "run [b]the[/b] tests now"
        assert app.composer.ghost == ""
        await pilot.press("ctrl+u")
        app.composer.ghost = "again"
        await pilot.press("x", "backspace")
        await pilot.pause()
        assert (app.composer.text, app.composer.ghost) == ("", "")


async def test_a_line_of_the_persons_own_has_a_sign_of_its_own() -> None:
    app = EditApp()
    async with app.run_test(size=(30, 5)) as pilot:
        await pilot.press("!", "l", "s")
        await pilot.pause()
        assert app.screen._compositor.render_strips()[0].text.startswith("! !ls")
        await pilot.press("home", "delete")
        await pilot.pause()
        assert not app.screen._compositor.render_strips()[0].text.startswith("!")


async def test_a_full_width_slash_opens_the_menu_also_with_letters_behind_it() -> None:
    app = EditApp()
    async with app.run_test() as pilot:
        app.post_message(events.Key("ideographic_comma", "、"))
        app.post_message(events.Key("h", "h"))
        await pilot.pause()
        assert app.composer.text == "/h"
        assert app.composer.cursor_location == (0, 2)


async def test_ctrl_v_asks_the_tools_of_a_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, answer in (("xclip", "exit 1"), ("xsel", "printf 'one\\ntwo'")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{answer}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for display, text in (("", ""), (":0", "one\ntwo")):
        monkeypatch.setenv("DISPLAY", display)
        app = EditApp()
        async with app.run_test() as pilot:
            await pilot.press("ctrl+v")
            await app.workers.wait_for_complete()
            assert app.composer.expanded_text() == text


async def test_copy_without_a_selection_is_nobodys_key() -> None:
    app = EditApp()
    async with app.run_test():
        assert app.composer.edit_by_key("ctrl+insert") is False
        assert app.composer.edit_by_key("f9") is False
