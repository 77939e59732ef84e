"""What is selected is what was said: without gutter, folds joined, wide characters whole."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from support.chat import ChatApp
from textual.pilot import Pilot

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.entries import Entry, UserEntry
from clacky_tui.tui.chat.marking import SELECTED, paint
from clacky_tui.tui.chat.selection import Point, Selection
from clacky_tui.tui.chat.story import Story

WORDS = st.lists(
    st.text(alphabet="abcdef日本語é한-", min_size=1, max_size=30), min_size=1, max_size=20
)
PARAGRAPHS = st.lists(WORDS.map(" ".join), min_size=1, max_size=5)


def everything(entries: list[Entry], canvas: Canvas) -> Selection:
    last = entries[-1]
    end = Point.at_row(last, len(last.strips(canvas)) - 1, canvas.width - 1)
    return Selection(end, Point(entries[0], 0, 0))


@pytest.fixture
async def canvas() -> Canvas:
    app = ChatApp()
    async with app.run_test(size=(34, 10)) as pilot:
        await pilot.pause()
        return Canvas.of_app(app, 34)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(paragraphs=PARAGRAPHS)
def test_selecting_all_of_a_message_gives_its_text_back(
    canvas: Canvas, paragraphs: list[str]
) -> None:
    text = "\n".join(paragraphs)
    entries: list[Entry] = [UserEntry(text, is_first=True)]
    assert everything(entries, canvas).text(entries, canvas) == text


def test_the_air_between_entries_is_selected_too(canvas: Canvas) -> None:
    story = Story([])
    story.add_user("one")
    story.add_user("two " + "word " * 20 + "end")
    selected = everything(story.entries, canvas).text(story.entries, canvas)
    assert selected == "one\n\ntwo " + "word " * 20 + "end"


def test_the_hanging_indent_of_a_list_is_no_part_of_a_folded_line(canvas: Canvas) -> None:
    story = Story([])
    story.add_reply("- " + "word " * 12 + "end\n- second\n")
    selected = everything(story.entries, canvas).text(story.entries, canvas)
    assert selected == "• " + "word " * 12 + "end\n• second"


def test_half_of_a_wide_character_selects_all_of_it(canvas: Canvas) -> None:
    entry = UserEntry("日本語", is_first=True)
    entries: list[Entry] = [entry]
    selection = Selection(Point(entry, 0, 3), Point(entry, 0, 4))
    assert selection.text(entries, canvas) == "日本"
    strip = paint(entry.strips(canvas)[0], [(3, 5)], SELECTED)
    painted = "".join(s.text for s in strip if s.style and s.style.reverse)
    assert painted == "日本"
    assert cell_len(strip.text) == strip.cell_length == 34


async def test_a_selection_stays_while_text_comes_and_earlier_chat_is_put_before() -> None:
    app = ChatApp()
    async with app.run_test(size=(40, 12)) as pilot:
        chat = app.transcript
        chat.add_user("keep this")
        await pilot.pause()
        entry = chat.entries[0]
        chat.mark(selection=Selection(Point(entry, 0, 2), Point(entry, 0, 5)))
        chat.append_text("and more comes\n\n")
        earlier = Story([])
        earlier.add_user("said before")
        chat.put_before(earlier.entries, has_earlier=False)
        await pilot.pause()
        assert chat.selected_text() == "keep"
        assert _reversed(pilot) == "keep"
        chat.clear()
        await pilot.pause()
        assert chat.selected_text() == ""


def _reversed(pilot: Pilot[None]) -> str:
    return "".join(
        segment.text
        for strip in pilot.app.screen._compositor.render_strips()
        for segment in strip
        if segment.style and segment.style.reverse
    )
