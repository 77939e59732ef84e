"""Every key of spec/tui-cli.md 6.5, pressed in the app: what stood there before, what stands there after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.scene import OPENED, SceneApp, edit_waits_for_approval, tool
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.input_history import InputHistory
from clacky_tui.tui.chat.composer import Composer

CURSOR = "|"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


class KeyApp(SceneApp):
    """Keeps what would leave the screen: messages, commands, and the wish to leave."""

    def __init__(self, scene: list[events.Event], home: Path) -> None:
        super().__init__(scene)
        self._history = InputHistory(home / "history.json")
        for text in ("older", "old"):
            self._history.add(text)
        self._composer = Composer(self._history, self._menu)
        self.told: list[str] = []
        self.redrawn = 0

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.told.append(f"{'steer' if message.steer else 'send'} {message.text}")

    def _send(self, command: commands.Command) -> None:
        self.told.append(command.kind)
        if isinstance(command, commands.Approve):
            self.told.append(command.answer)

    async def _leave(self, code: int) -> None:
        self.told.append("leave")

    def redraw(self) -> None:
        self.redrawn += 1

    @property
    def composer(self) -> Composer:
        return self._composer


Arrange = Callable[[KeyApp, Path], None]
Seen = Callable[[KeyApp], object]


@dataclass(frozen=True)
class Row:
    """`before` and `after` are the composer's text with `|` where the cursor stands.

    `after` None: as before. `told`: what left the screen, in order. `seen`: what else is looked at.
    """

    key: str
    before: str = CURSOR
    after: str | None = None
    told: tuple[str, ...] = ()
    seen: Seen | None = None
    expected: object = True
    arrange: Arrange | None = None
    scene: Callable[[], list[events.Event]] = lambda: [OPENED]

    def __str__(self) -> str:
        return f"{self.key} in {self.before!r}"


def running() -> list[events.Event]:
    return [OPENED, events.TaskStarted(text="do it")]


def menu_open(app: KeyApp) -> object:
    return app._menu.chosen


def with_ghost(app: KeyApp, _: Path) -> None:
    app.composer.ghost = "run the tests"


def with_two_files(app: KeyApp, home: Path) -> None:
    for name in ("a.md", "b.md"):
        (home / name).write_text("text")
        app.composer.attachments.attach(str(home / name))


def file_names(app: KeyApp) -> object:
    return [Path(path).name for path in app.composer.attachments.paths]


def with_block(app: KeyApp, _: Path) -> None:
    app.composer.insert_pasted("one\ntwo")


def screen_name(app: KeyApp) -> object:
    return type(app.screen).__name__


def active_tab(app: KeyApp) -> object:
    return app._tabs.active


def rows_shown(app: KeyApp) -> list[str]:
    return [strip.text.strip() for strip in app.screen._compositor.render_strips()]


def first_paragraph_shown(app: KeyApp) -> int:
    return min(int(row.split()[1]) for row in rows_shown(app) if row.startswith("paragraph"))


def long_chat() -> list[events.Event]:
    text = "\n\n".join(f"paragraph {number}" for number in range(60))
    return [OPENED, events.TextDelta(text=text), events.TextDone(text=text)]


ROWS = [
    # --- sending and lines
    Row("enter", "hi|", "|", ("send hi",)),
    Row("enter", "  |"),
    Row("enter", "/hel|", "|", ("send /help",), menu_open, None),
    Row("enter", "!ls|", "|", ("send !ls",)),
    Row("ctrl+s", "now|", "|", ("steer now",)),
    Row("ctrl+enter", "now|", "|", ("steer now",)),
    *(Row(key, "a|b", "a\n|b") for key in ("shift+enter", "ctrl+j", "alt+enter")),
    # --- moving
    *(Row(key, "ab|", "a|b") for key in ("left", "ctrl+b")),
    *(Row(key, "a\n|b") for key in ("left", "ctrl+b")),
    *(Row(key, "|ab", "a|b") for key in ("right", "ctrl+f")),
    *(Row(key, "a|\nb") for key in ("right", "ctrl+f")),
    Row("left", f"a{FAMILY}|", f"a|{FAMILY}"),
    Row("right", "|e\u0301x", "e\u0301|x"),
    *(Row(key, "one two|", "one |two") for key in ("alt+b", "ctrl+left")),
    *(Row(key, "one| two", "one two|") for key in ("alt+f", "ctrl+right")),
    *(Row(key, "one\ntwo|", "one\n|two") for key in ("home", "ctrl+a")),
    *(Row(key, "on|e\ntwo", "one|\ntwo") for key in ("end", "ctrl+e")),
    Row("up", "ab\nc|", "a|b\nc"),
    Row("up", "draft|", "old|"),
    Row("up", "/he|", seen=menu_open, expected="theme"),
    Row("down", "a|b\nc", "ab\nc|"),
    Row("down", "draft|"),
    Row("down", "/co|", seen=menu_open, expected="context"),
    # --- deleting
    Row("backspace", "ab|", "a|"),
    Row("backspace", "a\n|b", "a|b"),
    Row("backspace", f"a{FAMILY}|", "a|"),
    Row("backspace", "e\u0301|", "|"),
    Row("backspace", "中文|", "中|"),
    Row("backspace", "x|", "x|", arrange=with_block),
    Row("delete", "a|b", "a|"),
    Row("delete", "a|\nb", "a|b"),
    Row("delete", f"|{FAMILY}a", "|a"),
    Row("ctrl+k", "on|e\ntwo", "on|\ntwo"),
    Row("ctrl+k", "one|\ntwo", "one|two"),
    Row("ctrl+u", "one\ntw|o", "one\n|o"),
    Row("ctrl+w", "one two-x  |", "one |"),
    Row("ctrl+w", "see |", "see |", arrange=with_block),
    Row("alt+backspace", "one two-x|", "one two-|"),
    Row("alt+d", "|one two", "| two"),
    # --- Tab and Esc
    Row("tab", "/hel|", "/help |", seen=menu_open, expected=None),
    Row("tab", "|", "/|", seen=menu_open, expected="help"),
    Row("tab", "|", "run the tests|", arrange=with_ghost),
    Row("tab", "wo|rd", seen=lambda app: app.focused is app.composer),
    Row("shift+tab", "x|", told=("set_mode",)),
    Row("shift+tab", told=("set_mode", "approve", "yes"), scene=edit_waits_for_approval),
    Row("escape", "/he|", seen=menu_open, expected=None),
    Row("escape", arrange=with_ghost, seen=lambda app: app.composer.ghost, expected=""),
    Row("escape", told=("list_tasks",)),
    Row("escape", "x|", told=("interrupt",), scene=running),
    # --- Ctrl+C, in the order of 6.8
    Row("ctrl+c", told=("approve", "cancel"), scene=edit_waits_for_approval),
    Row("ctrl+c", "/he|", seen=menu_open, expected=None),
    Row("ctrl+c", "x|", "|", ("interrupt",), scene=running),
    Row("ctrl+c", "x|", "|"),
    Row("ctrl+c", "|", told=("leave",)),
    Row("ctrl+c", arrange=with_two_files, seen=file_names, expected=[]),
    # --- files, clipboard, search
    Row("ctrl+d", "x|"),
    Row("ctrl+d", told=("leave",)),
    Row("ctrl+d", "x|", arrange=with_two_files, seen=file_names, expected=["a.md"]),
    Row("ctrl+v", "x|"),
    Row("ctrl+r", "x|", "|", seen=lambda app: app.composer.holds_query),
    Row("ctrl+x", "x|"),
    Row("alt+p", "x|", "|one\ntwo", arrange=with_block),
    Row("ctrl+underscore", "x|", "x|", arrange=with_block),
    Row("ctrl+underscore", "x|", "x|", arrange=with_block),
    # --- the app
    Row("ctrl+l", "x|", seen=lambda app: app.redrawn > 0),
    Row("ctrl+p", "x|", seen=screen_name, expected="Palette"),
    Row("f1", "x|", seen=screen_name, expected="HelpScreen"),
    Row("ctrl+q", "x|", told=("leave",)),
    *(
        Row(key, "x|", seen=active_tab, expected=tab)
        for number, tab in enumerate(("chat", "billing", "context", "sessions", "trash"), start=1)
        for key in (f"alt+{number}", f"f{number + 1}")
    ),
    Row("ctrl+pagedown", "x|", seen=active_tab, expected="billing"),
    Row("ctrl+pageup", "x|", seen=active_tab, expected="settings"),
    Row("enter", told=("approve", "yes"), scene=edit_waits_for_approval),
    Row("n", told=("approve", "no"), scene=edit_waits_for_approval),
    Row("escape", told=("approve", "cancel"), scene=edit_waits_for_approval),
]


async def stand(pilot: Pilot[None], row: Row, home: Path) -> KeyApp:
    """Bring the app to where the row begins."""
    app = pilot.app
    assert isinstance(app, KeyApp)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    text, _, rest = row.before.partition(CURSOR)
    if row.before != CURSOR:
        app.composer.load_draft(text + rest)
        lines = text.split("\n")
        app.composer.move_cursor((len(lines) - 1, len(lines[-1])))
    if row.arrange is not None:
        row.arrange(app, home)
    await app.workers.wait_for_complete()
    await pilot.pause()
    app.told.clear()
    return app


def shown(composer: Composer) -> str:
    row, column = composer.cursor_location
    lines = composer.text.split("\n")
    lines[row] = lines[row][:column] + CURSOR + lines[row][column:]
    return "\n".join(lines)


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_key(row: Row, home: Path) -> None:
    app = KeyApp(row.scene(), home)
    async with app.run_test(size=(80, 24)) as pilot:
        await stand(pilot, row, home)
        await pilot.press(row.key)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert shown(app.composer) == (row.before if row.after is None else row.after)
        assert tuple(app.told) == row.told
        if row.seen is not None:
            assert row.seen(app) == row.expected


async def test_scrolling_keys_leave_the_composer_alone(home: Path) -> None:
    app = KeyApp(long_chat(), home)
    async with app.run_test(size=(80, 24)) as pilot:
        await stand(pilot, Row("", "x|"), home)
        tops = []
        for key in ("pageup", "ctrl+home", "pagedown", "ctrl+end"):
            await pilot.press(key)
            await pilot.pause()
            tops.append(first_paragraph_shown(app))
        paged_up, home_row, paged_down, end_row = tops
        assert home_row == 0 < paged_down < end_row
        assert 0 < paged_up < end_row
        assert shown(app.composer) == "x|"


async def test_ctrl_o_opens_and_closes_the_last_output(home: Path) -> None:
    output = "".join(f"row {number}\n" for number in range(3))
    app = KeyApp([OPENED, *tool("1", "$", "make", "exit 0", output=output)], home)
    async with app.run_test(size=(80, 24)) as pilot:
        await stand(pilot, Row("", "x|"), home)
        for is_open in (True, False):
            await pilot.press("ctrl+o")
            await pilot.pause()
            assert ("row 1" in rows_shown(app)) == is_open
        assert shown(app.composer) == "x|"


async def test_every_key_of_the_composer_is_described_and_named() -> None:
    for binding in Composer.BINDINGS:
        assert binding.description and binding.id  # type: ignore[union-attr]


async def test_a_keymap_moves_a_key_of_the_composer(home: Path) -> None:
    app = KeyApp([OPENED], home)
    async with app.run_test(size=(80, 24)) as pilot:
        await stand(pilot, Row("", "one two|"), home)
        app.set_keymap({"composer-delete-blank-word-left": "ctrl+t"})
        await pilot.press("ctrl+w")
        assert shown(app.composer) == "one two|"
        await pilot.press("ctrl+t")
        assert shown(app.composer) == "one |"


async def test_a_mouse_click_never_lands_inside_a_cluster(home: Path) -> None:
    app = KeyApp([OPENED], home)
    async with app.run_test(size=(80, 24)) as pilot:
        await stand(pilot, Row("", f"{FAMILY}x|"), home)
        region = app.composer.content_region
        for x in range(4):
            await pilot.click(offset=(region.x + x, region.y))
            assert app.composer.cursor_location[1] in (0, len(FAMILY), len(FAMILY) + 1)
