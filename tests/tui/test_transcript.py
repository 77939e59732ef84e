"""The transcript on a screen: what is drawn, what stays put, what never gets through."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from clacky_tui.tui.chat.transcript import Transcript
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes

DIFF = """--- a/shop/orders.py
+++ b/shop/orders.py
@@ -41,2 +41,2 @@
 def total(self):
-    return 1
+    return 2
"""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class ChatApp(App[None]):
    CSS = "Screen { background: transparent; } Transcript { margin: 0; }"

    def __init__(self, theme: str = DEFAULT_THEME) -> None:
        super().__init__()
        for shipped in load_themes().values():
            self.register_theme(shipped)
        self.theme = theme
        self.clock = Clock()
        self.transcript = Transcript(clock=self.clock)

    def compose(self) -> ComposeResult:
        yield self.transcript


def rows(app: ChatApp) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def filled_rows(app: ChatApp) -> list[str]:
    return [row for row in rows(app) if row]


async def add_numbered(pilot: Pilot[None], transcript: Transcript, count: int) -> None:
    for number in range(count):
        transcript.add_notice("info", f"line {number}")
    await pilot.pause()


# --- drawing -------------------------------------------------------------------------------------


async def test_a_conversation_reads_as_designed() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        chat = app.transcript
        chat.add_user("fix the test")
        chat.append_text("I'll read the code.")
        chat.end_text()
        chat.add_tool("1", "Read", "shop/orders.py")
        chat.set_tool_running("1")
        chat.finish_tool("1", True, "118 lines", 0.04, "secret body")
        chat.add_tool("2", "$", "pytest -q")
        chat.finish_tool("2", False, "exit 1", 1.8, "\n".join(f"out {n}" for n in range(9)))
        chat.add_completion("done in 48s")
        await pilot.pause()
        assert filled_rows(app) == [
            "› fix the test",
            "  I'll read the code.",
            "  ▸ Read shop/orders.py                                        118 lines   0.0s",
            "  ▾ $ pytest -q                                                 ✗ exit 1   1.8s",
            "    … 3 more lines, press ctrl+o",
            "    out 3",
            "    out 4",
            "    out 5",
            "    out 6",
            "    out 7",
            "    out 8",
            "  ✓ done in 48s",
        ]


async def test_a_preview_shows_numbered_changed_lines() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add_tool("1", "Edit", "shop/orders.py")
        app.transcript.set_tool_preview("1", "shop/orders.py", DIFF, 1, 1)
        await pilot.pause()
        assert filled_rows(app) == [
            "  ▾ Edit shop/orders.py                                            +1 −1",
            "    41   def total(self):",
            "    42 −     return 1",
            "    42 +     return 2",
        ]


async def test_a_big_preview_is_cut_and_opens_whole() -> None:
    app = ChatApp()
    diff = "@@ -0,0 +1,60 @@\n" + "".join(f"+line {n}\n" for n in range(60))
    async with app.run_test(size=(80, 70)) as pilot:
        app.transcript.add_tool("1", "Write", "big.py")
        app.transcript.set_tool_preview("1", "big.py", diff, 60, 0, True)
        await pilot.pause()
        assert filled_rows(app)[-1] == "    … 40 more lines, press o"
        app.transcript.toggle_last()
        await pilot.pause()
        assert filled_rows(app)[-1] == "    60 + line 59"


async def test_a_removed_line_that_looks_like_a_header_is_shown() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add_tool("1", "Edit", "a.sql")
        app.transcript.set_tool_preview("1", "a.sql", "@@ -1 +1 @@\n--- drop\n+++ keep\n", 1, 1)
        await pilot.pause()
        assert filled_rows(app)[1:] == ["    1 − -- drop", "    1 + ++ keep"]


async def test_a_successful_tool_opens_and_closes_by_key() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add_tool("1", "$", "ls")
        app.transcript.finish_tool("1", True, "2 lines", 0.1, "a.py\nb.py")
        await pilot.pause()
        assert len(filled_rows(app)) == 1
        app.transcript.toggle_last()
        await pilot.pause()
        assert filled_rows(app)[1:] == ["    a.py", "    b.py"]
        app.transcript.toggle_last()
        await pilot.pause()
        assert len(filled_rows(app)) == 1


async def test_a_running_tool_shows_its_newest_output() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add_tool("1", "$", "make")
        app.transcript.set_tool_running("1")
        app.transcript.append_tool_output("1", "one\ntwo\nth")
        app.transcript.append_tool_output("1", "ree\nfour\n")
        await pilot.pause()
        assert filled_rows(app)[1:] == ["    two", "    three", "    four"]


async def test_reasoning_shows_three_lines_and_folds_to_its_time() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.append_reasoning("first\nsecond\nthird\nfourth")
        await pilot.pause()
        assert filled_rows(app) == ["  second", "  third", "  fourth"]
        app.clock.now += 3.2
        app.transcript.append_text("Now I know.")
        await pilot.pause()
        assert filled_rows(app) == ["  ▸ thought for 3.2s", "  Now I know."]


async def test_reasoning_alone_folds_when_the_reply_ends() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.append_reasoning("hm")
        await pilot.pause()
        app.transcript.append_reasoning("m")
        app.clock.now += 1
        app.transcript.end_text()
        await pilot.pause()
        assert filled_rows(app) == ["  ▸ thought for 1.0s"]


async def test_what_is_added_before_the_first_frame_is_in_it() -> None:
    app = ChatApp()
    app.transcript.add_notice("info", "early")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.transcript.add_notice("info", "later")
        await pilot.pause()
        assert filled_rows(app) == ["  · early", "  · later"]


async def test_what_comes_while_hidden_is_there_when_shown_again() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add_notice("info", "before")
        await pilot.pause()
        app.transcript.display = False
        await pilot.pause()
        app.transcript.add_notice("info", "meanwhile")
        await pilot.pause()
        app.transcript.display = True
        await pilot.pause()
        assert filled_rows(app) == ["  · before", "  · meanwhile"]


async def test_a_cut_reply_keeps_its_text() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.append_text("half a sen")
        app.transcript.cut_text("cut off here, again in 2 s")
        await pilot.pause()
        assert filled_rows(app) == ["  half a sen", "  ! cut off here, again in 2 s"]
        app.transcript.cut_text("nothing was open")
        await pilot.pause()
        assert len(filled_rows(app)) == 2


async def test_a_question_lists_its_options_once_they_are_no_longer_on_offer() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add_question("Which one?", "There are two.", ["this", "that"])
        await pilot.pause()
        assert filled_rows(app) == ["  There are two.", "  Which one?"]
        app.transcript.settle_question()
        await pilot.pause()
        assert filled_rows(app) == ["  There are two.", "  Which one?", "  1. this", "  2. that"]


async def test_the_text_column_is_at_most_a_hundred_cells() -> None:
    app = ChatApp()
    async with app.run_test(size=(200, 24)) as pilot:
        app.transcript.append_text("word " * 100)
        app.transcript.end_text()
        app.transcript.add_tool("1", "Read", "x")
        app.transcript.finish_tool("1", True, "1 line", 0, "")
        await pilot.pause()
        assert max(cell_len(row) for row in rows(app)) == 100


async def test_clear_forgets_everything() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.append_text("open reply")
        app.transcript.clear()
        await pilot.pause()
        assert filled_rows(app) == []
        assert app.transcript.entry_count == 0
        app.transcript.append_text("new")
        await pilot.pause()
        assert filled_rows(app) == ["  new"]


# --- speed ---------------------------------------------------------------------------------------


async def test_a_thousand_messages_draw_only_what_is_on_screen() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        for number in range(1000):
            app.transcript.add_user(f"message {number} " + "text " * 200)
        await pilot.pause()
        assert app.transcript.drawn_count <= 24
        await pilot.press("x")
        await pilot.pause()
        assert app.transcript.drawn_count <= 24
        assert app.transcript.entry_count == 1000


async def test_a_finished_block_is_drawn_once_while_the_reply_grows() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        chat = app.transcript
        chat.append_text("first block\n\nsecond ")
        await pilot.pause()
        first_strips = app.screen._compositor.render_strips()[:1]
        entry = chat._view.entries[0]
        drawn = entry.strips(chat._canvas)  # type: ignore[arg-type]
        for _ in range(20):
            chat.append_text("more words ")
            chat._flush()
        assert entry.strips(chat._canvas) is drawn  # type: ignore[arg-type]
        assert app.screen._compositor.render_strips()[:1] == first_strips


async def test_a_partial_repaint_in_between_loses_no_row() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await add_numbered(pilot, app.transcript, 20)
        app.transcript.add_notice("info", "newest")
        app.transcript.render_lines(Region(0, 0, 80, 1))
        await pilot.pause()
        assert rows(app)[-3:] == ["  · line 19", "", "  · newest"]


async def test_a_piece_of_text_only_waits_in_a_list() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.append_text("shown at once")
        await pilot.pause()
        assert filled_rows(app) == ["  shown at once"]
        before = app.transcript.drawn_count
        for _ in range(1000):
            app.transcript.append_text(" x")
        assert app.transcript.drawn_count == before
        assert "x" not in app.transcript.text()
        app.transcript.end_text()
        assert app.transcript.text().count(" x") == 1000


async def test_nothing_is_timed_while_nothing_arrives() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        chat = app.transcript
        chat.append_text("x")
        chat.add_tool("1", "$", "ls")
        chat.append_tool_output("1", "x")
        await pilot.pause()
        assert not chat._is_flush_coming
        assert not chat._timers


async def test_a_slow_flush_makes_the_next_one_wait() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        chat = app.transcript
        chat.append_text("one")
        await pilot.pause()
        chat._flush_due = app.clock.now + 1000
        chat.append_text(" two")
        await pilot.pause()
        assert "two" not in chat.text()
        assert len(chat._timers) == 1
        chat._flush()
        chat._flush_due = app.clock.now
        chat.append_text(" three")
        await pilot.pause()
        assert "two three" in chat.text()


# --- scrolling -----------------------------------------------------------------------------------


async def test_text_below_is_told_although_its_reply_began_in_view() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await add_numbered(pilot, app.transcript, 50)
        app.transcript.append_text("begun\n\n")
        await pilot.pause()
        app.transcript.scroll_lines(-7)
        app.transcript.append_text("and going on\n\n")
        app.transcript._flush_due = 0
        app.transcript._flush()
        await pilot.pause()
        assert rows(app)[-1] == "  ↓ 1 new"


async def test_the_tail_is_followed_until_the_person_scrolls_up() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await add_numbered(pilot, app.transcript, 50)
        assert rows(app)[-1] == "  · line 49"
        app.transcript.scroll_lines(-7)
        await pilot.pause()
        before = rows(app)
        app.transcript.append_text("streamed\n\n")
        for number in range(30):
            app.transcript.append_text(f"paragraph {number}\n\n")
            app.transcript._flush()
        await pilot.pause()
        assert rows(app)[:-1] == before[:-1]
        assert rows(app)[-1] == "  ↓ 1 new"
        app.transcript.add_notice("info", "later")
        await pilot.pause()
        assert rows(app)[-1] == "  ↓ 2 new"
        app.transcript.scroll_end()
        await pilot.pause()
        assert rows(app)[-1] == "  · later"
        assert app.transcript.is_at_end


async def test_the_open_reply_itself_stays_put_when_scrolled_into() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        chat = app.transcript
        chat.append_text("\n".join(f"row {n} -" for n in range(30)))
        await pilot.pause()
        chat.scroll_lines(-5)
        await pilot.pause()
        before = rows(app)[:-1]
        chat.append_text("\n\nnext\n\n- item\n\n```\ncode\n```\nand more")
        chat._flush()
        await pilot.pause()
        assert rows(app)[:-1] == before


async def test_scrolling_back_down_follows_again() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await add_numbered(pilot, app.transcript, 50)
        app.transcript.scroll_page(-1)
        await pilot.pause()
        assert not app.transcript.is_at_end
        app.transcript.scroll_page(1)
        await add_numbered(pilot, app.transcript, 1)
        assert app.transcript.is_at_end
        assert rows(app)[-1] == "  · line 0"


async def test_home_shows_the_first_row_and_a_short_chat_does_not_scroll() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.transcript.add_notice("info", "only")
        app.transcript.scroll_page(-1)
        app.transcript.scroll_home()
        await pilot.pause()
        assert app.transcript.is_at_end
        await add_numbered(pilot, app.transcript, 50)
        app.transcript.scroll_home()
        await pilot.pause()
        assert rows(app)[0] == "  · only"
        assert not app.transcript.is_at_end


async def test_the_wheel_scrolls_and_a_click_opens_a_tool() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await add_numbered(pilot, app.transcript, 50)
        app.transcript.add_tool("1", "$", "ls")
        app.transcript.finish_tool("1", True, "", 0, "body")
        await pilot.pause()
        await pilot.click(Transcript, offset=(5, 9))
        assert rows(app)[-1] == "    body"
        await pilot._post_mouse_events([_scroll_up()], Transcript, offset=(5, 5))
        await pilot.pause()
        assert not app.transcript.is_at_end


def _scroll_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


async def test_scrolling_through_everything_shows_every_line_once() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await add_numbered(pilot, app.transcript, 40)
        seen: list[str] = []
        app.transcript.scroll_home()
        await pilot.pause()
        while not app.transcript.is_at_end:
            seen.append(rows(app)[0])
            app.transcript.scroll_lines(1)
            await pilot.pause()
        seen += rows(app)
        assert [row for row in seen if row] == [f"  · line {n}" for n in range(40)]


# --- width, theme, hostile text ------------------------------------------------------------------


async def test_a_resize_wraps_anew() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.append_text("word " * 20)
        app.transcript.end_text()
        await pilot.pause()
        assert len(filled_rows(app)) == 2
        await pilot.resize_terminal(30, 24)
        await pilot.pause()
        assert len(filled_rows(app)) == 4
        assert all(cell_len(row) < 30 for row in rows(app))


@pytest.mark.parametrize("width", [3, 8, 20, 61, 120])
async def test_every_strip_is_exactly_as_wide_as_the_screen(width: int) -> None:
    app = ChatApp()
    wide = "日本語テキスト 👩‍👩‍👧‍👦 ❤️ é café — naïve 한국어 " * 5
    async with app.run_test(size=(width, 30)) as pilot:
        chat = app.transcript
        chat.show_welcome([wide])
        chat.add_user(wide)
        chat.append_text(f"{wide}\n\n- {wide}\n\n| {wide} | b |\n|---|---|\n| x | {wide} |\n\n")
        chat.append_text(f"```\n{wide}\n```\n")
        chat.end_text()
        chat.add_tool("1", "Edit", wide)
        chat.set_tool_preview("1", wide, f"@@ -1 +1 @@\n-{wide}\n+{wide}\n", 1, 1)
        chat.add_tool("2", "$", wide)
        chat.finish_tool("2", False, wide, 700, wide)
        chat.add_notice("error", wide, wide)
        chat.add_question(wide, wide, [wide])
        await pilot.pause()
        chat.scroll_home()
        await pilot.pause()
        while True:
            for strip in chat._shown_strips:
                assert strip.cell_length == width == sum(cell_len(s.text) for s in strip)
            if chat.is_at_end:
                break
            chat.scroll_page(1)
            await pilot.pause()


async def test_hostile_text_never_reaches_the_screen() -> None:
    app = ChatApp()
    hostile = "a\x1b[2Jb\x1b]52;c;aGk=\x07c\x9b31md\u202ee\x07f [bold]g[/] \ud800 &#x202e; \x00"
    async with app.run_test(size=(80, 50)) as pilot:
        chat = app.transcript
        chat.show_welcome([hostile])
        chat.add_user(hostile)
        chat.append_reasoning(hostile)
        await pilot.pause()
        chat.append_text(f"{hostile}\n\n```{hostile}\n{hostile}\n```\n[x]({hostile}) **{hostile}**")
        chat.end_text()
        chat.add_tool("1", hostile, hostile)
        chat.set_tool_preview("1", hostile, f"@@ -1 +1 @@\n-{hostile}\n+{hostile}\n", 1, 1)
        chat.add_tool("2", hostile, hostile)
        chat.append_tool_output("2", hostile)
        chat.finish_tool("2", False, hostile, 1, hostile)
        chat.add_notice("error", hostile, hostile)
        chat.add_completion(hostile)
        chat.add_question(hostile, hostile, [hostile])
        await pilot.pause()
        text = "".join(rows(app)) + chat.text()
        assert not [c for c in text if c != "\n" and not c.isprintable()]
        assert "[bold]g[/]" in text
        for strip in chat._shown_strips:
            assert all(s.style is None or not s.style.link for s in strip)


async def test_a_theme_change_draws_in_the_new_colours() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 5)) as pilot:
        app.transcript.add_notice("error", "broken")
        await pilot.pause()
        before = app.transcript._shown_strips[0]
        assert all(segment.style.bgcolor is None for segment in before if segment.style)
        app.theme = "light"
        await pilot.pause()
        after = app.transcript._shown_strips[0]
        assert all(segment.style and segment.style.bgcolor for segment in after)
        assert before.text == after.text


async def test_no_color_leaves_no_colour_in_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChatApp()
    async with app.run_test(size=(80, 5)) as pilot:
        app.transcript.add_notice("error", "broken")
        await pilot.pause()
        colors = {s.style.color for s in app.transcript._shown_strips[0] if s.style}
        assert all(color is None or color.is_default for color in colors)


async def test_ascii_terminals_get_ascii_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLACKY_ASCII", "1")
    app = ChatApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.transcript.add_user("hi")
        app.transcript.add_tool("1", "$", "ls " * 40)
        app.transcript.finish_tool("1", False, "exit 1", 1, "x")
        app.transcript.add_completion("done")
        await pilot.pause()
        assert "".join(rows(app)).isascii()
