"""The composer, its history and its command menu, driven by keys."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widget import Widget

from clacky_tui.input_history import MAX_ENTRIES, InputHistory
from clacky_tui.tui.chat.command_menu import CommandMenu, slash_prefix
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes

COMMANDS = [
    ("/clear", "start a fresh session"),
    ("/config", "models and keys"),
    ("/cost", "what this session cost"),
    ("/help", "keys and commands"),
    ("/exit", "leave"),
    ("/billing", "open the billing tab"),
    ("/recost", "a name with cost inside"),
]


class Above(Widget, can_focus=True):
    """Something else that could take the focus."""


class ComposerApp(App[None]):
    AUTO_FOCUS = "Composer"
    CSS = "Screen { background: transparent; } Above { height: 1fr; }"
    BINDINGS = [Binding("pageup", "note_page_up")]  # noqa: RUF012

    def __init__(self, history_path: Path) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        self.menu = CommandMenu(COMMANDS)
        self.history = InputHistory(history_path)
        self.composer = Composer(self.history, self.menu)
        self.submitted: list[str] = []
        self.other: list[str] = []

    def compose(self) -> ComposeResult:
        yield Above()
        yield self.menu
        yield self.composer.mentions
        yield self.composer.search
        yield self.composer.attachments
        yield self.composer

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.submitted.append(message.text)

    def on_composer_escaped(self) -> None:
        self.other.append("escaped")

    def on_composer_end_of_input(self) -> None:
        self.other.append("end of input")

    def on_composer_history_trouble(self, message: Composer.HistoryTrouble) -> None:
        self.other.append("unsaved")

    def action_note_page_up(self) -> None:
        self.other.append("pageup")


@pytest.fixture
def app(tmp_path: Path) -> ComposerApp:
    return ComposerApp(tmp_path / "cmd_history.json")


async def type_text(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("space" if character == " " else character for character in text))


async def paste(pilot: Pilot[None], app: ComposerApp, text: str) -> None:
    app.composer.post_message(events.Paste(text))
    await pilot.pause()


async def test_enter_sends_the_text_and_empties_the_composer(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await type_text(pilot, "hello you")
        await pilot.press("enter")
        assert app.submitted == ["hello you"]
        assert app.composer.text == ""
        await pilot.press("enter", "space", "enter")
        assert app.submitted == ["hello you"]


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_a_line_break_does_not_send(app: ComposerApp, key: str) -> None:
    async with app.run_test() as pilot:
        await pilot.press("a", key, "b")
        assert app.submitted == []
        assert app.composer.text == "a\nb"
        await pilot.press("enter")
        assert app.submitted == ["a\nb"]


async def test_the_composer_grows_to_at_most_forty_percent(app: ComposerApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        assert app.composer.size.height == 1
        await pilot.press("a", "ctrl+j", "b", "ctrl+j", "c")
        await pilot.pause()
        assert app.composer.size.height == 3
        await pilot.press(*["ctrl+j"] * 20)
        await pilot.pause()
        assert app.composer.size.height == 8


async def test_the_first_row_bears_the_prompt_sign(app: ComposerApp) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("h", "i", "ctrl+j", "y")
        await pilot.pause()
        strips = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
        assert strips[-2:] == ["› hi", "  y"]


async def test_a_paste_is_inserted_safe_and_never_sent(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await paste(pilot, app, "one\ttwo\x1b[31m\x00\n")
        assert app.composer.text == "one\ttwo\ufffd"
        await paste(pilot, app, "\r\nthree\x1b[2J")
        assert app.composer.text == "one\ttwo\ufffd[#1 Paste Text]"
        assert app.composer.expanded_text() == "one\ttwo\ufffd\nthree"
        assert app.submitted == []


async def test_a_big_paste_stands_as_a_placeholder_and_is_sent_whole(app: ComposerApp) -> None:
    big = "\n".join(f"line {number}" for number in range(500))
    async with app.run_test() as pilot:
        await type_text(pilot, "see ")
        await paste(pilot, app, big)
        assert app.composer.text == "see [#1 Paste Text]"
        await paste(pilot, app, big.upper())
        assert app.composer.text == "see [#1 Paste Text][#2 Paste Text]"
        await pilot.press("backspace")
        assert app.composer.text == "see [#1 Paste Text]"
        await pilot.press("enter")
        assert app.submitted == [f"see {big}"]
        assert app.history.entries == (f"see {big}",)


async def test_up_and_down_walk_the_history_and_keep_the_draft(app: ComposerApp) -> None:
    app.history.add("first")
    app.history.add("second\nwith two rows")
    async with app.run_test() as pilot:
        await type_text(pilot, "draft")
        await pilot.press("up")
        assert app.composer.text == "second\nwith two rows"
        await pilot.press("up", "up")
        assert app.composer.text == "first"
        await pilot.press("up")
        assert app.composer.text == "first"
        await pilot.press("down", "down")
        assert app.composer.text == "draft"
        await pilot.press("down")
        assert app.composer.text == "draft"


async def test_up_moves_within_the_text_before_it_recalls(app: ComposerApp) -> None:
    app.history.add("old")
    async with app.run_test() as pilot:
        await pilot.press("a", "ctrl+j", "b", "up")
        assert app.composer.text == "a\nb"
        assert app.composer.cursor_location[0] == 0
        await pilot.press("up")
        assert app.composer.text == "old"


async def test_a_recalled_command_leaves_the_arrows_to_the_history(app: ComposerApp) -> None:
    app.history.add("before")
    app.history.add("/help")
    async with app.run_test() as pilot:
        await pilot.press("up")
        await pilot.pause()
        assert not app.menu.is_open
        await pilot.press("up")
        assert app.composer.text == "before"


async def test_line_editing_keys(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await type_text(pilot, "one two three")
        await pilot.press("ctrl+w")
        assert app.composer.text == "one two "
        await pilot.press("ctrl+a", "ctrl+f", "ctrl+f", "ctrl+f", "ctrl+k")
        assert app.composer.text == "one"
        await pilot.press("ctrl+b", "ctrl+u")
        assert app.composer.text == "e"
        await pilot.press("ctrl+e", "x")
        assert app.composer.text == "ex"


async def test_escape_and_end_of_input_are_told(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("escape", "ctrl+d", "x", "ctrl+d", "pageup")
        assert app.other == ["escaped", "end of input", "pageup"]
        assert app.composer.text == "x"


async def test_the_cursor_never_blinks(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("x")
        assert app.composer.cursor_blink is False


async def test_drafts_are_made_safe(app: ComposerApp) -> None:
    async with app.run_test():
        app.composer.load_draft("kept \x1b[2Jdraft")
        assert app.composer.text == "kept draft"
        assert not app.composer.text_is_empty
        app.composer.clear()
        assert app.composer.text_is_empty


# --- command menu --------------------------------------------------------------------------------


async def test_a_slash_opens_the_menu_without_taking_focus(app: ComposerApp) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("/")
        await pilot.pause()
        assert app.focused is app.composer
        assert app.menu.size.height == 6
        strips = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
        assert strips[-7:-5] == [
            "› /clear    start a fresh session",
            "  /config   models and keys",
        ]
        assert strips[-2:] == ["  … 2 more", "› /"]


async def test_the_menu_filters_by_beginning_then_by_content(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await type_text(pilot, "/co")
        await pilot.pause()
        assert [name for name, _ in app.menu._choices] == ["config", "cost", "recost"]
        await type_text(pilot, "zzz")
        await pilot.pause()
        assert not app.menu.is_open


async def test_the_choice_wraps_and_stays_in_sight(app: ComposerApp) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("/")
        await pilot.pause()
        await pilot.press("up")
        await pilot.pause()
        assert app.menu.chosen == "recost"
        strips = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
        assert any(row.startswith("› /recost") for row in strips)
        await pilot.press("down")
        assert app.menu.chosen == "clear"


async def test_tab_completes_and_enter_runs(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await type_text(pilot, "/he")
        await pilot.pause()
        await pilot.press("tab")
        await pilot.pause()
        assert app.composer.text == "/help "
        assert app.focused is app.composer
        assert not app.menu.is_open
        await pilot.press("ctrl+u")
        await type_text(pilot, "/ex")
        await pilot.pause()
        await pilot.press("enter")
        assert app.submitted == ["/exit"]


@pytest.mark.parametrize("rest", ["help", "exit", "cost now", "zzz"])
async def test_letters_that_come_together_with_enter_are_what_is_sent(
    app: ComposerApp, rest: str
) -> None:
    async with app.run_test() as pilot:
        await pilot.press("/")
        await pilot.pause()
        assert app.menu.chosen == "clear"
        for letter in rest:
            app.composer.post_message(events.Key(letter, letter))
        app.composer.post_message(events.Key("enter", "\r"))
        await pilot.pause()
        assert app.submitted == [f"/{rest}"]


async def test_escape_closes_the_menu_first(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("/")
        await pilot.pause()
        await pilot.press("escape")
        assert not app.menu.is_open
        assert app.composer.text == "/"
        assert app.other == []
        await pilot.press("escape")
        assert app.other == ["escaped"]


async def test_tab_begins_a_command_in_an_empty_composer(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("tab")
        await pilot.pause()
        assert app.composer.text == "/"
        assert app.menu.is_open
        app.composer.load_draft("words")
        await pilot.press("tab")
        assert app.focused is app.composer
        assert app.composer.text == "words"


async def test_the_full_width_slash_is_a_slash(app: ComposerApp) -> None:
    async with app.run_test() as pilot:
        await paste(pilot, app, "／")
        await pilot.pause()
        assert app.composer.text == "/"
        assert app.menu.is_open


def test_only_the_beginning_of_one_command_opens_the_menu() -> None:
    assert slash_prefix("/") == ""
    assert slash_prefix("/he") == "he"
    assert slash_prefix("/model opus") is None
    assert slash_prefix("/a\nb") is None
    assert slash_prefix("text") is None


# --- history file --------------------------------------------------------------------------------


async def test_what_was_sent_is_there_in_the_next_process(app: ComposerApp) -> None:
    path = app.history._path
    async with app.run_test() as pilot:
        await type_text(pilot, "remember me")
        await pilot.press("enter")
        await app.workers.wait_for_complete()
    assert json.loads(path.read_text()) == ["remember me"]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_repeats_and_old_entries_are_dropped(tmp_path: Path) -> None:
    history = InputHistory(tmp_path / "history.json")
    for number in range(MAX_ENTRIES + 20):
        history.add(f"entry {number}")
        history.add(f"entry {number}")
    await history.save()
    again = InputHistory(tmp_path / "history.json")
    await again.load()
    assert again.entries == tuple(f"entry {n}" for n in range(20, MAX_ENTRIES + 20))


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', "\x00\xff", "[[[[", "12"])
async def test_a_damaged_file_reads_as_empty(tmp_path: Path, content: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(content)
    history = InputHistory(path)
    await history.load()
    assert history.entries == ()
    history.add("fresh")
    await history.save()
    assert json.loads(path.read_text()) == ["fresh"]


async def test_two_sessions_keep_each_others_entries(tmp_path: Path) -> None:
    one, two = (InputHistory(tmp_path / "history.json") for _ in range(2))
    one.add("from one")
    two.add("from two")
    await asyncio.gather(one.save(), two.save())
    assert sorted(json.loads((tmp_path / "history.json").read_text())) == ["from one", "from two"]


def test_processes_saving_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from clacky_tui.input_history import InputHistory\n"
        "async def main():\n"
        "    history = InputHistory(Path(sys.argv[1]))\n"
        "    for number in range(10):\n"
        "        history.add(f'{sys.argv[2]} {number}')\n"
        "        await history.save()\n"
        "asyncio.run(main())\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in "abc"]
    assert [process.wait() for process in running] == [0, 0, 0]
    stored = json.loads(path.read_text())
    assert sorted(stored) == sorted(f"{name} {number}" for name in "abc" for number in range(10))


async def test_a_history_that_cannot_be_saved_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    app = ComposerApp(tmp_path / "file" / "history.json")
    async with app.run_test() as pilot:
        await type_text(pilot, "hello")
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.submitted == ["hello"]
        assert app.other == ["unsaved"]
