"""Which keys arrive, tried by pressing them."""

from __future__ import annotations

from collections.abc import Iterator

from clacky_tui.doctor.finding import Finding
from clacky_tui.doctor.tty import Tty
from clacky_tui.i18n import phrase, tr

WAIT_SECONDS = 15.0
KITTY_ON, KITTY_OFF = b"\x1b[>1u", b"\x1b[<u"
"""Asks for keys that can be told apart, as the full screen does; unknown to most terminals."""
_ENTER = (b"\r", b"\n")

ASKED = {
    "Ctrl+Enter": phrase("the terminal's settings may let it send ESC [ 13 ; 5 u"),
    "Shift+Enter": phrase(
        "the terminal's settings may let it send ESC [ 13 ; 2 u; Ctrl+J does the same"
    ),
    "Alt+2": phrase("let Alt (Option) send Escape in the terminal's settings; F3 does the same"),
    "Ctrl+Page Down": phrase(
        "free it in the terminal's settings; Alt and a digit go to a tab, too"
    ),
}


def examine_keys(terminal: Tty, wait_seconds: float = WAIT_SECONDS) -> Iterator[Finding]:
    """Ask for one key after the other; Escape skips the rest."""
    terminal.write(KITTY_ON)
    try:
        for name, remedy in ASKED.items():
            terminal.write(b"\r\x1b[K" + tr("Press {name} (Esc ends): ", name=name).encode())
            key = terminal.read_key(wait_seconds)
            terminal.write(b"\r\x1b[K")
            if key in (b"\x1b", b"\x1b[27u", b"\x03"):
                return
            yield _judged(name, key, remedy)
    finally:
        terminal.write(KITTY_OFF)


def _judged(name: str, key: bytes, remedy: str) -> Finding:
    told = repr(key)[2:-1]
    if not key:
        return Finding("warn", "keys", name, phrase("nothing arrived."), remedy)
    if (name.endswith("Enter") and key in _ENTER) or key == b"2":
        return Finding(
            "warn", "keys", name, phrase("it arrives as a plain key ({told}).", told=told), remedy
        )
    return Finding("ok", "keys", name, phrase("it arrives ({told}).", told=told))
