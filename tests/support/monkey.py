"""What a monkey does to an app, and a model that has lost its mind; the same for the same seed."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from textual.binding import Binding, BindingType
from textual.keys import _character_to_key

from clacky_tui.actions import ACTIONS
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.tui.billing.pane import BillingPane
from clacky_tui.tui.chat import reading_bar
from clacky_tui.tui.context.pane import ContextPane
from clacky_tui.tui.full_screen.page_screen import PageScreen
from clacky_tui.tui.pickers.sheet import Sheet
from clacky_tui.tui.sessions.bin_pane import BinPane
from clacky_tui.tui.sessions.pane import SessionsPane
from clacky_tui.tui.settings.models_section import ModelsSection
from clacky_tui.tui.settings.section import FieldsSection
from clacky_tui.tui.trash.pane import TrashPane
from support.hostile import PIECES
from support.pty_screen import KEYS

TOOLS = (
    "terminal",
    "write",
    "edit",
    "file_reader",
    "glob",
    "todo_manager",
    "request_user_feedback",
)
STEPS = 3000
"""More answers than are asked for in a run."""
_LEAVES = ("ctrl+q", "ctrl+d")
_MORE_KEYS = {
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abefgklnprstuvwxy"},
    **{f"alt+{letter}": f"\x1b{letter}" for letter in "abcdefghijklmnopqrstuvwxyz123456[]"},
    **{f"f{number}": f"\x1b[{number + 6}~" for number in (6, 7, 8, 9)},
    "space": " ",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "ctrl+home": "\x1b[1;5H",
    "ctrl+end": "\x1b[1;5F",
    "ctrl+up": "\x1b[1;5A",
    "ctrl+down": "\x1b[1;5B",
    "ctrl+pageup": "\x1b[5;5~",
    "ctrl+pagedown": "\x1b[6;5~",
    "alt+up": "\x1b[1;3A",
    "alt+down": "\x1b[1;3B",
    "shift+left": "\x1b[1;2D",
    "alt+enter": "\x1b\r",
}
MONKEY_KEYS = {name: keys for name, keys in (KEYS | _MORE_KEYS).items() if name not in _LEAVES}
"""All that does something; leaving is rare and has its own turn."""
COMMANDS = (
    *(f"/{action.name}" for action in ACTIONS if action.name != "exit"),
    "/rename x", "/cd .", "/attach zz", "/kill zz", "/theme light", "/language zh", "/language en",
    "/currency EUR", "/currency XQ 0", "/model zz", "/copy code", "!zzqx", "@zq", "／cost", "/",
    *("zq jx",) * 12,  # which the model answers
)  # fmt: skip
_LETTERS = "zqxjZQX  日本é0189._-@/#"
"""No program has a name of these; what follows an exclamation mark is run."""
LINES = (
    "", "zq", "9999-12-31 9999-12-31", "0001-01-01 0001-01-01", "2026-02-30", "2026", "zq.csv",
    "none/zq.json", "~zq/zq.csv", "/dev/full", "zq.md", ".", "EUR 0", "CNY 1e999", "EUR nan",
    "CNY -1", "99999999999999999999", "-1", "é日本 zq", "[bold]", "https://127.0.0.1:9/v1",
)  # fmt: skip
"""For the fields that ask for one: dates, files, amounts, names, numbers, addresses."""
_NOISE = (
    "\x1b[<0;1M",
    "\x1b[<99999;99999;99999M",
    "\x1b[M !!",
    "\x1b[M\xff\xff\xff",
    "\x1b[I",
    "\x1b[O",
    "\x1b[?2026;2$y",
    "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]52;c;eHg=\x07",
    "\x1bP1$r0m\x1b\\",
    "\x1b[200~\x1b[200~",
    "\x1b[201~",
    "\x1b[99;99;99R",
    "\x1b[1;1:3u",
    "\x1b[97;5u",
    "\x1bOZ",
    "\x1b\x1b",
)


_CHARACTERS = {_character_to_key(character): character for character in string.printable[:94]}


def _keys_of(bindings: Sequence[BindingType]) -> tuple[str, ...]:
    """The keys that a monkey has of those in `bindings`."""
    own = [each for each in bindings if isinstance(each, Binding)]
    return tuple(key for each in own for key in each.key.split(",") if key in MONKEY_KEYS)


MONKEY_KEYS |= _CHARACTERS
_LISTS = ("up", "down", "enter", "escape", "slash", "tab", "space")
PLACES = (
    ("alt+2", _keys_of(BillingPane.BINDINGS)),
    ("alt+3", _keys_of(ContextPane.BINDINGS)),
    ("alt+4", (*_keys_of(SessionsPane.key_bindings()), *_LISTS)),
    ("alt+4 b", (*_keys_of(BinPane.key_bindings()), *_LISTS)),
    ("alt+5", (*_keys_of(TrashPane.key_bindings()), *_LISTS)),
    ("alt+6 1", (*_keys_of(ModelsSection.key_bindings()), *_LISTS)),
    ("alt+6 2", (*_keys_of(FieldsSection.key_bindings()), *_LISTS)),
    ("alt+6 3", (*_keys_of(FieldsSection.key_bindings()), *_LISTS)),
    ("alt+k", _keys_of([*reading_bar.BY_ENTRY, *reading_bar.BY_CELL])),
    ("ctrl+o", _keys_of(PageScreen.BINDINGS)),
    ("alt+s", ("z", "q", "up", "down", "enter", "escape")),
    ("ctrl+p", _keys_of(Sheet.BINDINGS)),
    ("ctrl+t", _keys_of(Sheet.BINDINGS)),
    ("f1", _keys_of(Sheet.BINDINGS)),
    ("alt+g", tuple(string.ascii_lowercase)),
)
"""How one gets there, and the keys that mean something there."""


class Deed(NamedTuple):
    """One event: what it is called when something breaks, and bytes or a size."""

    name: str
    sent: bytes = b""
    size: tuple[int, int] | None = None


def deeds(dice: random.Random, columns: int, rows: int) -> Iterator[Deed]:
    """Keys, words, pastes, mouse and noise without end, on a terminal of `columns` x `rows`."""
    while True:
        match dice.choices(range(8), weights=(34, 16, 8, 4, 16, 6, 4, 6))[0]:
            case 0:
                yield _pressed(dice.choice(list(MONKEY_KEYS)))
            case 1:
                words = "".join(dice.choices(_LETTERS, k=dice.randint(1, 12)))
                yield Deed(f"typed {words!r}", words.encode())
            case 2:
                command = dice.choice(COMMANDS)
                yield Deed(f"sent {command!r}", f"{command}\r".encode())
            case 3:
                text = hostile(dice, 30).replace("\x1b[201~", "")
                data = text.encode("utf-8", "replace")
                yield Deed(f"pasted {text!r}", b"\x1b[200~" + data + b"\x1b[201~")
            case 4:
                button = dice.choice((0, 1, 2, 32, 35, 64, 65, 4, 8, 16))
                x, y = dice.randint(1, columns), dice.randint(1, rows)
                mouse = f"\x1b[<{button};{x};{y}{dice.choice('Mm')}"
                yield Deed(f"mouse {mouse[1:]}", mouse.encode())
            case 5:
                noise = dice.choice(_NOISE)
                yield Deed(f"noise {noise!r}", noise.encode("latin-1"))
            case 6:
                columns, rows = dice.randint(1, 200), dice.randint(1, 60)
                if dice.random() < 0.7:
                    columns, rows = max(columns, 40), max(rows, 10)
                yield Deed(f"size {columns}x{rows}", size=(columns, rows))
            case _:
                yield from _visit(dice)


def _pressed(name: str) -> Deed:
    return Deed(name, MONKEY_KEYS[name].encode())


def _visit(dice: random.Random) -> Iterator[Deed]:
    """Some keys of one place, and a line for what a key of it asks."""
    way, keys = dice.choice(PLACES)
    yield from map(_pressed, way.split())
    for _ in range(dice.randint(2, 12)):
        yield _pressed(dice.choice(keys))
        if dice.random() < 0.2:
            line = dice.choice(LINES)
            yield Deed(f"line {line!r}", f"\x15{line}\r".encode())


def hostile(dice: random.Random, pieces: int) -> str:
    return "".join(dice.choices(PIECES, k=dice.randint(0, pieces)))


def answers(dice: random.Random, folder: Path) -> list[Step]:
    """What the model says: half of it whole, the other half broken in every way there is."""
    return [_answer(dice, folder) for _ in range(STEPS)]


def _answer(dice: random.Random, folder: Path) -> Step:
    text, reasoning = hostile(dice, 40), hostile(dice, 5)
    call = _call(dice, folder)
    match dice.randrange(10):
        case 0 | 1:
            return Step(text=text, reasoning=reasoning)
        case 2 | 3 | 4:
            return Step(text=text, tool_calls=(call,) * dice.randint(1, 2))
        case 5:
            return Step(text=text, tool_calls=(call,), cut_after_bytes=dice.randint(0, 1500))
        case 6:
            status = dice.choice((400, 401, 404, 413, 429, 500, 529))
            body = dice.choice(('{"error": {"message": ', "null", "[]", "<html>", '{"error": 1}'))
            return Step(status=status, body=body + text, headers={"Retry-After": "0"})
        case 7:
            return Step(body=dice.choice((b"\xff\xfe\x00", b"data: {\n\n", b"")), content_type="text/event-stream")  # fmt: skip # noqa: E501
        case 8:
            return Step(text=text, error_event={"type": "overloaded_error", "message": text})
        case _:
            return Step(text=text, finish=dice.choice(("", "length", "max_tokens", "\x1b[2J")))


def _call(dice: random.Random, folder: Path) -> ScriptedCall:
    name = dice.choice((*TOOLS, "no_such_tool", "\x1b[31mtool"))
    text = hostile(dice, 12)
    path = str(folder / dice.choice(("a.txt", "b.txt", "none/c.txt")))
    whole = {
        "terminal": {"command": f"printf '%s' {dice.choice(('hello', '[31mred[0m', 'x[2J'))}"},
        "write": {"path": path, "content": text},
        "edit": {"path": path, "old_string": text, "new_string": "word"},
        "file_reader": {"path": path},
        "glob": {"pattern": text or "*"},
        "todo_manager": {"action": "add", "tasks": [text, "x" * dice.randint(1, 500)]},
        "request_user_feedback": {"question": text, "options": [text, "b"]},
    }.get(name, {"text": text})
    match dice.randrange(6):
        case 0:
            return ScriptedCall(name, '{"path": "' + "y" * dice.choice((10, 200_000)))
        case 1:
            return ScriptedCall(name, dice.choice(("", "null", "[]", "{}", '{"path": 7}', "\x00")))
        case _:
            return ScriptedCall(name, whole)
