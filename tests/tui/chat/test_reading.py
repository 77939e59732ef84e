"""Reading mode in the whole app: the keyboard moves through the chat, and text goes to the composer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.scene import OPENED, SceneApp, edit_waits_for_approval, finished_answer, tool
from support.screens import press, screen_text, settle
from textual.events import Key

from clacky_tui import events
from clacky_tui.tui.full_screen.code_screen import CodeScreen
from clacky_tui.tui.full_screen.diff_screen import DiffScreen


class ReaderApp(SceneApp):
    """Keeps what is copied instead of copying it."""

    def __init__(self, scene: list[events.Event]) -> None:
        super().__init__(scene)
        self.copied: list[str] = []

    def _copy(self, text: str) -> None:
        self.copied.append(text)


def marked(screen: str) -> list[str]:
    return [row[2:] for row in screen.split("\n") if row.startswith("▌")]


async def test_the_cursor_moves_by_whole_entries_and_escape_gives_the_keyboard_back() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot)
        assert marked(await press(pilot, "alt+k"))[0].startswith("✓ done in 48s")
        assert marked(await press(pilot, "k"))[0].strip() == "case  before  after"
        assert marked(await press(pilot, "k")) == ["  return self.subtotal * TAX - self.discount"]
        assert marked(await press(pilot, "up")) == [
            "• one line in Order.total",
            "• no other caller",
        ]
        assert marked(await press(pilot, "g"))[0].startswith("clacky 0.1.0")
        assert marked(await press(pilot, "escape")) == []
        assert app._composer.has_focus
        assert not app._reading.display


@pytest.mark.parametrize("size", [(40, 10), (200, 50)])
async def test_the_keys_are_named_at_every_size(size: tuple[int, int]) -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        rows = (await press(pilot, "ctrl+up")).split("\n")
        key_row = next(row for row in rows if "k j move" in row)
        assert key_row.endswith("esc back")
        assert any(row.startswith("▌") for row in rows)


async def test_y_copies_the_source_and_c_the_code() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "alt+k", "k", "k", "y", "k", "c", "k", "y")
        code = "return self.subtotal * TAX - self.discount"
        paragraph = "The total takes the *discount* off **after** tax, see `orders.py:42`:"
        assert app.copied == [f"```python\n{code}\n```", code, paragraph]


async def test_what_is_typed_in_reading_mode_goes_to_the_composer() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "alt+k")
        await pilot.press(*"Who?")
        await settle(pilot)
        assert app._composer.text == "Who?"
        assert app._composer.has_focus
        assert marked(screen_text(app)) == []


async def test_enter_opens_and_closes_what_is_marked() -> None:
    app = ReaderApp([OPENED, *tool("1", "$", "ls", "exit 0", output="a.py\nb.py")])
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot)
        assert "a.py" not in await press(pilot, "alt+k")
        assert len(marked(await press(pilot, "enter"))) == 3
        assert len(marked(await press(pilot, "space"))) == 1


async def test_o_shows_code_whole_and_comes_back_to_the_same_place() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot)
        before = await press(pilot, "alt+k", "k", "k")
        shown = await press(pilot, "o")
        assert isinstance(app.screen, CodeScreen)
        assert "return self.subtotal * TAX - self.discount" in shown
        assert await press(pilot, "escape") == before


async def test_reading_while_an_approval_waits_gives_it_the_keyboard_back() -> None:
    app = ReaderApp(edit_waits_for_approval())
    async with app.run_test(size=(80, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "alt+k", "o")
        assert isinstance(app.screen, DiffScreen)
        await press(pilot, "q", "escape")
        assert app._approval.is_open
        assert app._approval.has_focus


async def test_selecting_by_keyboard_copies_whole_characters_and_no_gutter() -> None:
    app = ReaderApp([OPENED, events.TaskStarted(text="zwei 優惠 Wörter\nnext line")])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "alt+k", "v", *["l"] * 5, "y")
        assert app.copied == ["zwei 優"]
        await press(pilot, "v", "end", "o", "l", "l", "y")
        assert app.copied[-1] == "ei 優惠 Wörter"
        await press(pilot, "v", "j", "end", "y")
        assert app.copied[-1] == "zwei 優惠 Wörter\nnext line"
        screen = await press(pilot, "v", "escape")
        assert "k j move" in screen


async def test_a_drag_selects_and_a_click_does_not() -> None:
    app = ReaderApp([OPENED, events.TaskStarted(text="one two three")])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows = screen_text(app).split("\n")
        y = next(n for n, row in enumerate(rows) if "one two" in row)
        await pilot.mouse_down(offset=(6, y))
        await pilot.hover(offset=(8, y))
        await pilot.mouse_up(offset=(8, y))
        await settle(pilot)
        assert app.copied == ["two"]
        await pilot.click(offset=(6, y))
        await settle(pilot)
        assert app.copied == ["two"]
        assert app._transcript.selected_text() == ""


async def test_without_copying_on_release_the_selection_waits_for_y() -> None:
    app = ReaderApp([OPENED, events.TaskStarted(text="one two three")])
    app.preferences = replace(app.preferences, copy_on_select=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows = screen_text(app).split("\n")
        y = next(n for n, row in enumerate(rows) if "one two" in row)
        await pilot.mouse_down(offset=(6, y))
        await pilot.hover(offset=(7, y))
        await pilot.mouse_up(offset=(7, y))
        await settle(pilot)
        assert app.copied == []
        assert "hjkl move" in screen_text(app)
        await press(pilot, "l", "y", "escape")
        assert app.copied == ["two"]
        assert app._composer.has_focus


async def test_copy_takes_the_last_answer_or_its_code() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(*"/copy code", "enter")
        await settle(pilot)
        await app.run_action("copy")
        code, answer = app.copied
        assert code == "return self.subtotal * TAX - self.discount"
        assert answer.startswith("## What changed\n\nThe total")
        assert answer.endswith("| 优惠 | 1.00 | 2.00 |")


async def test_search_counts_marks_and_opens_what_is_folded() -> None:
    output = "\n".join(f"line {n} {'needle' if n == 40 else ''}" for n in range(60))
    app = ReaderApp(
        [
            OPENED,
            events.TaskStarted(text="find the Needle"),
            *tool("1", "$", "make", "exit 0", output=output),
            events.TaskStarted(text="and on"),
        ]
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = await press(pilot, "alt+s", *"needle")
        assert "2/2" in screen
        assert "line 40 needle" in screen
        screen = await press(pilot, "up")
        assert "1/2" in screen
        assert "find the Needle" in screen
        screen = await press(pilot, "enter")
        assert marked(screen) == ["find the Needle"]
        assert "line 40 needle" in await press(pilot, "n")
        await press(pilot, "escape")
        assert app._transcript.marks.pattern is None


async def test_keys_that_come_together_with_the_search_key_are_searched_for() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key, character in [("alt+s", None), ("t", "t"), ("a", "a"), ("x", "x")]:
            app.post_message(Key(key, character))
        await settle(pilot)
        assert "find tax" in screen_text(app)
        assert app._composer.text == ""


async def test_a_search_without_a_match_says_so_and_escape_ends_it() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "not found" in await press(pilot, "alt+s", *"xyzzy")
        assert "not found" not in await press(pilot, "escape")
        assert app._composer.has_focus


async def test_paging_works_while_the_composer_has_the_keyboard() -> None:
    app = ReaderApp([OPENED, *(events.TaskStarted(text=f"message {n}") for n in range(40))])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "message 39" in screen_text(app)
        assert "message 39" not in await press(pilot, "pageup")
        assert "message 0" in await press(pilot, "ctrl+home")
        assert "message 39" in await press(pilot, "ctrl+end")
        assert app._composer.has_focus


async def test_the_newest_output_opens_with_a_key_from_the_composer() -> None:
    app = ReaderApp([OPENED, *tool("1", "$", "ls", "exit 0", output="\x1b[31mred\x1b[0m \x1b[2Jx")])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = await press(pilot, "ctrl+o")
        assert "red x" in screen
        assert "1-1 of 1" in screen
        assert app.screen_stack[1:]
        await press(pilot, "ctrl+o")
        assert not app.screen_stack[1:]


async def test_nothing_of_the_session_before_can_be_selected() -> None:
    app = ReaderApp(finished_answer())
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot)
        assert marked(await press(pilot, "alt+k"))
        app._welcome(OPENED)
        await press(pilot, "v", "right")
        assert app._transcript.marks.selection is None
