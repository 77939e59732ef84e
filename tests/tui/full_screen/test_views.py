"""Output, diffs and code on the whole screen: scrolled, followed, searched, and harmless."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from support.screens import press, screen_text, settle
from textual.app import App
from textual.screen import Screen

from clacky_tui.tui.chat.diff import read_diff
from clacky_tui.tui.chat.output_tail import OutputTail
from clacky_tui.tui.full_screen.code_screen import CodeScreen, TextScreen
from clacky_tui.tui.full_screen.diff_screen import DiffScreen
from clacky_tui.tui.full_screen.output_screen import OutputScreen
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes

DIFF = """@@ -1,4 +1,4 @@
 import os
-def old(a):
-    return "x"
+def new(a, b):
+    return "y"
 # end
@@ -40,3 +40,4 @@
 one
+two
 three
 four
"""


class ViewApp(App[None]):
    """Shows one view over an empty screen; keeps what is copied."""

    CSS = "Screen { background: transparent; }"

    def __init__(self, view: Screen[None]) -> None:
        super().__init__()
        for shipped in load_themes().values():
            self.register_theme(shipped)
        self.theme = DEFAULT_THEME
        self.view = view
        self.copied: list[str] = []

    def on_mount(self) -> None:
        self.push_screen(self.view)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)


def body(screen: str) -> list[str]:
    """The rows of the page, without title and keys."""
    return [row for row in screen.split("\n")[1:-1] if row]


class RunningCall:
    """A call whose output a test writes."""

    def __init__(self) -> None:
        self.live = OutputTail()
        self.is_running = True
        self.output = ""

    def view(self) -> OutputScreen:
        return OutputScreen(
            "$ make",
            lambda: self.output or self.live.last(self.live.total_chars),
            self.live,
            lambda: self.is_running,
        )


async def test_running_output_is_followed_until_one_scrolls_up() -> None:
    call = RunningCall()
    call.live.append("".join(f"line {n}\n" for n in range(100)))
    app = ViewApp(call.view())
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot)
        assert body(screen_text(app))[-1] == "line 99"
        assert "91-100 of 100 following" in screen_text(app)
        call.live.append("line 100\nhalf")
        await call_look(app)
        assert body(screen_text(app))[-2:] == ["line 100", "half"]
        await press(pilot, "k")
        call.live.append(" a line\nline 102\n")
        await call_look(app)
        assert body(screen_text(app))[-1] == "line 100"
        assert body(await press(pilot, "G"))[-2:] == ["half a line", "line 102"]
        call.is_running, call.output = False, "all that is left"
        await call_look(app)
        assert body(screen_text(app)) == ["all that is left"]
        await press(pilot, "ctrl+o")
        assert app.screen is not app.view


async def call_look(app: ViewApp) -> None:
    """What its clock would do now."""
    assert isinstance(app.view, OutputScreen)
    await app.view._look()
    app.view.refresh()


async def test_colours_stay_and_everything_else_is_gone() -> None:
    output = (
        "\x1b[31mred\x1b[0m plain\x1b[2J\x1b]52;c;aGk=\x07\x1b[8m hidden\x1b[0m\n"
        "10%\r20%\r100%\r\n\x1b]8;;https://evil.example\x1b\\text\x1b]8;;\x1b\\\u202e\n"
        "\x1b[1mstays\nbold\x1b[0m"
    )
    app = ViewApp(OutputScreen("$ x\x1b[2J", lambda: output))
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot)
        screen = screen_text(app)
        assert body(screen) == ["red plain hidden", "100%", "text\ufffd", "stays", "bold"]
        assert screen.startswith(" $ x ")
        segments = [s for strip in app.screen._compositor.render_strips() for s in strip]
        styles = {s.text.strip(): s.style for s in segments if s.style is not None}
        assert styles["red"].color is not None
        assert styles["red"].color.number == 1
        assert styles["bold"].bold
        assert not any(style.link or style.conceal for style in styles.values())


async def test_search_finds_goes_round_and_ends() -> None:
    output = "\n".join(f"row {n}{' 優needle' if n % 50 == 7 else ''}" for n in range(200))
    app = ViewApp(OutputScreen("$ x", lambda: output))
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot)
        assert "1/4 found" in await press(pilot, "slash", *"NEEDLE")
        screen = await press(pilot, "enter", "n")
        assert "2/4 found" in screen
        assert "row 57 優needle" in screen
        assert "1/4 found" in await press(pilot, "N")
        assert "4/4 found" in await press(pilot, "p")
        assert "found" not in await press(pilot, "escape")
        assert app.screen is app.view
        await press(pilot, "q")
        assert app.screen is not app.view


async def test_wide_lines_are_reached_sideways() -> None:
    code = "short\n" + "".join(f"{n:03}優" for n in range(100))
    app = ViewApp(CodeScreen("python", code, "python"))
    async with app.run_test(size=(40, 8)) as pilot:
        await settle(pilot)
        assert isinstance(app.view, CodeScreen)
        first = body(screen_text(app))[-1]
        assert first.startswith("000優001優")
        assert first.endswith("…")
        assert cell_len(first) == 40
        assert body(await press(pilot, "l"))[-1].startswith("優002優")
        app.view.page.scroll_sideways(100)
        await settle(pilot)
        assert body(screen_text(app))[-1].endswith("099優")
        app.view.page.scroll_sideways(-100)
        await press(pilot, "y")
        assert body(screen_text(app))[-1] == first
        assert app.copied == [code]


async def test_a_narrow_diff_is_one_column_and_n_goes_to_the_next_change() -> None:
    app = ViewApp(DiffScreen("Edit a.py", "src/a.py", read_diff(DIFF)))
    async with app.run_test(size=(60, 5)) as pilot:
        await settle(pilot)
        assert body(await press(pilot, "n")) == [
            "  2 − def old(a):",
            '  3 −     return "x"',
            "  2 + def new(a, b):",
        ]
        assert body(await press(pilot, "n"))[0] == " 41 + two"
        assert body(await press(pilot, "p"))[0] == "  2 − def old(a):"


async def test_a_wide_diff_stands_side_by_side_in_the_colours_of_its_code() -> None:
    app = ViewApp(DiffScreen("Edit a.py", "src/a.py", read_diff(DIFF)))
    async with app.run_test(size=(140, 20)) as pilot:
        await settle(pilot)
        rows = body(screen_text(app))
        halves = [[half.strip() for half in row.split("│")] for row in rows]
        assert halves[0] == ["1   import os", "1   import os"]
        assert halves[1] == ["2 − def old(a):", "2 + def new(a, b):"]
        assert halves[6] == ["", "41 + two"]
        assert halves[7] == ["41   three", "42   three"]
        assert len({cell_len(row.split("│")[0]) for row in rows}) == 1
        segments = [s for strip in app.screen._compositor.render_strips() for s in strip]
        keyword = next(s.style for s in segments if s.text == "def")
        plain = next(s.style for s in segments if s.text.startswith("(a)"))
        assert keyword != plain
        await pilot.resize_terminal(80, 20)
        await settle(pilot)
        assert "│" not in screen_text(app)


async def test_a_long_text_is_folded_to_the_screen() -> None:
    app = ViewApp(TextScreen("summary", "word " * 40))
    async with app.run_test(size=(30, 20)) as pilot:
        await settle(pilot)
        assert len(body(screen_text(app))) == 7


@pytest.mark.parametrize("size", [(40, 10), (200, 50)])
async def test_title_place_and_keys_fit_at_every_size(size: tuple[int, int]) -> None:
    app = ViewApp(OutputScreen("$ " + "優" * 200, lambda: "x\n" * 5000))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        title, *_, keys = screen_text(app).split("\n")
        assert "of 5,00" in title
        assert cell_len(title) <= size[0]
        assert keys.endswith("q back")


def test_the_tail_is_bounded_and_says_when_something_is_gone() -> None:
    tail = OutputTail()
    for number in range(3000):
        tail.append(f"{number:>999}\n")
    assert tail.total_chars == 3_000_000
    assert 400_000 <= len(tail.last(10**9)) <= 401_000
    assert tail.last(5) == "2999\n"
    assert tail.since(tail.total_chars - 10) == tail.last(10)
    assert tail.since(0) is None
