"""The terminal: what the environment says of it, and what it says itself when it is asked."""

from __future__ import annotations

import base64
import locale
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce

from rich.cells import cell_len

from clacky_tui.doctor.finding import Finding, Level
from clacky_tui.doctor.tty import Tty
from clacky_tui.i18n import phrase, tr_noop
from clacky_tui.tui.terminal import over_ssh, takes_commands

AREA = "terminal"
FEWEST_COLUMNS, FEWEST_ROWS = 40, 10
_SIGNS = tr_noop("the signs of the screen")
WIDTH_SAMPLES = {
    tr_noop("accented letters"): "é",
    tr_noop("combining marks"): "e\u0301",
    _SIGNS: "▸◐✓·›",
    tr_noop("Chinese"): "你好",
    tr_noop("emoji"): "👍",
    tr_noop("joined emoji"): "👩‍💻",
}
_DEC_MODE = re.compile(rb"\x1b\[\?2026;(\d)\$y")
_KITTY_KEYS = re.compile(rb"\x1b\[\?(\d+)u")
_NAME = re.compile(rb"\x1bP>\|([^\x1b]{1,60})\x1b\\")
_CLIPBOARD = re.compile(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")
CLIPBOARD_ATTRIBUTE = 52
"""In the primary attributes of terminals that take OSC 52 (an agreement among newer ones)."""


def examine_environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What can be known without asking the terminal."""
    term = environ.get("TERM", "")
    if term in ("", "unknown"):
        yield _finding("fail", "TERM", phrase("it is not set."), "export TERM=xterm-256color")
    elif term == "dumb":
        text = phrase("TERM=dumb: no screen can be drawn, clacky talks line by line.")
        yield _finding(
            "warn", "TERM", text, phrase("export TERM=xterm-256color, if the terminal is one")
        )
    else:
        yield _finding("ok", "TERM", f"{term}.")
    yield _colours(environ, term)
    yield _encoding()
    yield _reach(environ)


def examine_live(
    terminal: Tty, environ: Mapping[str, str], *, clipboard: bool = False
) -> Iterator[Finding]:
    """Ask the terminal; a line of the screen is used and cleared.

    Args:
        terminal: entered.
        environ: tells what terminals not to send commands to.
        clipboard: True writes a test text to the clipboard and reads it back.
    """
    yield _size()
    attributes = terminal.attributes()
    if attributes is None:
        yield _finding(
            "warn",
            "answers",
            phrase("the terminal does not answer when asked (DA1), so most cannot be tested."),
            phrase("use another terminal, or look for a setting that lets it report"),
        )
        return
    yield _widths(terminal)
    if not takes_commands(environ):
        return
    name = _NAME.search(terminal.ask(b"\x1b[>q"))
    if name:
        told = "".join(c for c in name[1].decode("utf-8", "replace") if c.isprintable())
        yield _finding("ok", "name", phrase("it calls itself {told}.", told=told))
    yield _synchronized(terminal)
    yield _keyboard(terminal)
    yield _clipboard(terminal, attributes, environ, overwrite=clipboard)


def _finding(level: Level, check: str, text: str, remedy: str = "") -> Finding:
    return Finding(level, AREA, check, text, remedy)


def _colours(environ: Mapping[str, str], term: str) -> Finding:
    if environ.get("NO_COLOR"):
        return _finding("ok", "colours", phrase("none, as NO_COLOR is set."))
    depth = environ.get("COLORTERM", "")
    if depth in ("truecolor", "24bit") or "direct" in term:
        return _finding("ok", "colours", phrase("16 million."))
    if "256color" in term or "kitty" in term:
        return _finding(
            "ok", "colours", phrase("256. COLORTERM=truecolor would tell of 16 million.")
        )
    text = phrase("16, so the theme ansi-16 suits best.")
    return _finding(
        "warn", "colours", text, phrase("export TERM=xterm-256color, if the terminal is one")
    )


def _encoding() -> Finding:
    chosen = next(
        (f"{name}={value}" for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(name))),
        phrase("no LANG, LC_CTYPE or LC_ALL"),
    )  # fmt: skip
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        return _finding("ok", "locale", f"UTF-8 ({chosen}).")
    text = phrase(
        "{encoding} ({chosen}): signs and Chinese are replaced.", encoding=encoding, chosen=chosen
    )
    return _finding("warn", "locale", text, "export LC_ALL=C.UTF-8")


def _reach(environ: Mapping[str, str]) -> Finding:
    if any(name.startswith("MOSH") for name in environ):
        text = phrase("mosh: it drops OSC 52 of some terminals and keeps only the newest screen.")
        return _finding("ok", "connection", text)
    if over_ssh(environ):
        return _finding(
            "ok", "connection", phrase("SSH: the screen is drawn less often, the mouse is off.")
        )
    return _finding("ok", "connection", "local.")


def _size() -> Finding:
    columns, rows = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
    if columns < FEWEST_COLUMNS or rows < FEWEST_ROWS:
        text = phrase("{columns} columns and {rows} rows.", columns=columns, rows=rows)
        remedy = phrase(
            "make it at least {FEWEST_COLUMNS} columns and {FEWEST_ROWS} rows",
            FEWEST_COLUMNS=FEWEST_COLUMNS,
            FEWEST_ROWS=FEWEST_ROWS,
        )
        return _finding("fail" if 0 in (columns, rows) else "warn", "size", text, remedy)
    return _finding(
        "ok", "size", phrase("{columns} columns and {rows} rows.", columns=columns, rows=rows)
    )


def _widths(terminal: Tty) -> Finding:
    wrong: dict[str, str] = {}
    for name, sample in WIDTH_SAMPLES.items():
        cells = terminal.width_of(sample)
        if cells is None:
            text = phrase("the terminal does not tell where its cursor is.")
            return _finding("warn", "character widths", text, phrase("use another terminal"))
        if cells != cell_len(sample):
            wrong[name] = phrase(
                "{sample} take {cells} cells and not {right}",
                sample=phrase(name),
                cells=cells,
                right=cell_len(sample),
            )
    if not wrong:
        return _finding(
            "ok",
            "character widths",
            phrase("as expected, {samples}.", samples=_listed(map(phrase, WIDTH_SAMPLES))),
        )
    remedy = phrase("choose UTF-8 and narrow ambiguous characters in the terminal's settings")
    if next(iter(wrong)) == _SIGNS:
        remedy = phrase('{remedy}, or set glyphs = "ascii" in ui.toml', remedy=remedy)
    told = phrase("{wrong}.", wrong=_listed(wrong.values()))
    return _finding("warn", "character widths", told, remedy)


def _listed(names: Iterable[str]) -> str:
    return reduce(lambda first, rest: phrase("{first}, {rest}", first=first, rest=rest), names)


def _synchronized(terminal: Tty) -> Finding:
    found = _DEC_MODE.search(terminal.ask(b"\x1b[?2026$p"))
    if found and found[1] in (b"1", b"2", b"3"):
        return _finding("ok", "whole frames", phrase("synchronized output (mode 2026) is known."))
    text = phrase("synchronized output (mode 2026) is not known; a frame may be seen half drawn.")
    return _finding("ok", "whole frames", text)


def _keyboard(terminal: Tty) -> Finding:
    if _KITTY_KEYS.search(terminal.ask(b"\x1b[?u")):
        return _finding("ok", "keys", phrase("all can be told apart (kitty keyboard protocol)."))
    text = phrase(
        "Ctrl+Enter and Shift+Enter arrive as Enter; Ctrl+J makes a new line everywhere. clacky "
        "doctor "
        "--keys shows what arrives."
    )
    return _finding("ok", "keys", text)


def _clipboard(
    terminal: Tty, attributes: tuple[int, ...], environ: Mapping[str, str], *, overwrite: bool
) -> Finding:
    if overwrite:
        text = base64.b64encode(b"clacky doctor")
        terminal.write(b"\x1b]52;c;" + text + b"\x07")
        answer = _CLIPBOARD.search(terminal.ask(b"\x1b]52;c;?\x07"))
        if answer and answer[1] == text:
            return _finding(
                "ok", "clipboard", phrase("OSC 52 works: what was copied was read back.")
            )
        said = phrase(
            "a test text was sent (OSC 52), and the terminal does not let it be read back."
        )
        remedy = phrase(
            "paste now: unless it says clacky doctor, allow OSC 52 in the terminal's settings"
        )
        return _finding("warn", "clipboard", said, remedy)
    if environ.get("TMUX"):
        said = phrase("inside tmux; its set-clipboard decides what reaches the terminal outside.")
        return _finding("ok", "clipboard", said)
    if CLIPBOARD_ATTRIBUTE in attributes:
        return _finding("ok", "clipboard", phrase("the terminal says that it takes OSC 52."))
    said = phrase(
        "whether copying (OSC 52) works cannot be known without trying. clacky doctor --clipboard "
        "tries it."
    )
    return _finding("ok", "clipboard", said)
