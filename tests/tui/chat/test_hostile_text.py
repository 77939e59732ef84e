"""Whatever a model or a tool writes: nothing is obeyed, no row is wider or narrower than the screen."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from support.chat import ChatApp
from support.hostile import TEXTS, is_obeyed

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.diff import read_diff
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.find import compile_query
from clacky_tui.tui.chat.marking import FOUND, SELECTED, found_in, paint
from clacky_tui.tui.chat.story import Story
from clacky_tui.tui.full_screen.ansi import AnsiReader
from clacky_tui.tui.full_screen.diff_rows import lay_out

WIDTH = 44


@pytest.fixture
async def canvas() -> Canvas:
    app = ChatApp()
    async with app.run_test(size=(WIDTH, 10)) as pilot:
        await pilot.pause()
        return Canvas.of_app(app, WIDTH)


def told(text: str) -> list[Entry]:
    """`text` in every place it can come from."""
    story = Story([])
    story.add_user(text)
    story.add_reply(text)
    story.add_reply(f"```{text}\n{text}\n```\n")
    story.add_tool("1", text, text)
    story.set_tool_preview("1", text, f"@@ -1 +1 @@\n-{text}\n+{text}\n", 1, 1)
    story.add_tool("2", text, text)
    story.set_tool_running("2")
    story.tools["2"].append_output(text)
    story.add_tool("3", text, text)
    story.finish_tool("3", False, text, 1, text)
    card = {"type": "todo", "todos": [{"id": text, "task": text, "status": text}]}
    story.add_tool("4", text, text)
    story.finish_tool("4", True, text, 1, text, card)
    story.tools["4"].toggle()
    story.add_notice("error", text, text)
    story.add_question(text, text, [text])
    return story.entries


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None
)
@given(text=TEXTS)
def test_every_row_is_as_wide_as_the_screen_and_holds_no_control(canvas: Canvas, text: str) -> None:
    for entry in told(text):
        for strip in entry.strips(canvas):
            assert strip.cell_length == WIDTH
            assert not any(map(is_obeyed, strip.text))
            assert sum(cell_len(segment.text) for segment in strip) == WIDTH
            for link in (s.style.link for s in strip if s.style is not None and s.style.link):
                assert link.startswith(("https://", "http://", "file://", "mailto:"))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None
)
@given(text=TEXTS, start=st.integers(0, WIDTH), length=st.integers(1, WIDTH))
def test_marks_change_no_character_and_no_width(
    canvas: Canvas, text: str, start: int, length: int
) -> None:
    pattern = compile_query("w")
    assert pattern is not None
    for entry in told(text):
        for strip in entry.strips(canvas):
            painted = paint(strip, [(start, start + length)], SELECTED)
            painted = paint(painted, found_in(painted, pattern), FOUND)
            assert painted.text == strip.text
            assert painted.cell_length == WIDTH


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(TEXTS, max_size=4))
def test_output_keeps_no_escape_however_it_is_cut(pieces: list[str]) -> None:
    reader = AnsiReader()
    for piece in pieces:
        reader.feed(piece)
    for line in reader.lines:
        text = "".join(part for part, _ in line)
        assert not any(map(is_obeyed, text))
        assert not any(style and (style.link or style.conceal) for _, style in line)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None
)
@given(text=TEXTS)
@example(text="\u200d" + "x" * 50)
@example(text="a\u200db \u200d\u200d" + "x" * 50)
def test_a_hostile_diff_keeps_its_columns(canvas: Canvas, text: str) -> None:
    lines = [f"{sign}{part}" for part in text.split("\n") for sign in "-+ "]
    count = len(lines) * 2 // 3
    diff = read_diff(f"@@ -1,{count} +1,{count} @@\n" + "\n".join(lines))
    for row in lay_out(diff, "", canvas).rows:
        assert sum(cell_len(segment.text) for segment in canvas.strip(row)) == WIDTH


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(words=st.lists(st.text(alphabet="ab 日本語한é", max_size=30), max_size=8))
def test_an_emulator_puts_every_character_where_the_row_has_it(
    canvas: Canvas, words: list[str]
) -> None:
    for entry in told("\n".join(words)):
        for strip in entry.strips(canvas):
            screen = pyte.Screen(WIDTH, 1)
            pyte.Stream(screen).feed(strip.text)
            assert screen.display[0] == strip.text
