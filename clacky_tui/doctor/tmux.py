"""tmux around the terminal: its options that keep keys, colours and copied text from getting through."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping

from clacky_tui.doctor.finding import Finding
from clacky_tui.i18n import phrase

AREA = "tmux"
MOST_ESCAPE_TIME_MS = 50
_WAIT_SECONDS = 5


def examine_tmux(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What to change in ``tmux.conf``; nothing outside tmux."""
    if not environ.get("TMUX"):
        return
    version = _ask("-V")
    if not version:
        yield Finding(
            "warn", AREA, "program", phrase("tmux cannot be asked."), phrase("put tmux on the PATH")
        )
        return
    yield Finding("ok", AREA, "version", f"{version}.")
    escape_time = _ask("show-options", "-sv", "escape-time")
    if escape_time.isdecimal() and int(escape_time) > MOST_ESCAPE_TIME_MS:
        text = phrase(
            "it is {escape_time} ms: Esc comes late, and Alt with a key may come apart.",
            escape_time=escape_time,
        )
        yield Finding("warn", AREA, "escape-time", text, "tmux set -s escape-time 10")
    else:
        yield Finding(
            "ok",
            AREA,
            "escape-time",
            phrase("{escape_time} ms.", escape_time=escape_time or phrase("unknown")),
        )
    clipboard = _ask("show-options", "-sv", "set-clipboard")
    if clipboard == "off":
        text = phrase("it is off: copied text stays in tmux.")
        yield Finding("warn", AREA, "set-clipboard", text, "tmux set -s set-clipboard on")
    else:
        yield Finding(
            "ok", AREA, "set-clipboard", phrase("{told}.", told=clipboard or phrase("unknown"))
        )
    passing = _ask("show-options", "-Apv", "allow-passthrough")
    if passing == "off":
        text = phrase("off: copying does not need it, some notifications do.")
        yield Finding("ok", AREA, "allow-passthrough", text)
    else:
        yield Finding(
            "ok",
            AREA,
            "allow-passthrough",
            phrase("{told}.", told=passing or phrase("unknown to this tmux")),
        )
    yield _colours(environ)


def _colours(environ: Mapping[str, str]) -> Finding:
    term = environ.get("TERM", "")
    if not term.startswith(("tmux", "screen")):
        text = phrase(
            "inside tmux TERM should be tmux-256color and not {term}.", term=term or phrase("empty")
        )
        remedy = "tmux set -g default-terminal tmux-256color"
        return Finding("warn", AREA, "default-terminal", text, remedy)
    features = _ask("display-message", "-p", "#{client_termfeatures}")
    if features and "RGB" not in features.split(","):
        text = phrase("{term}, but tmux does not pass 16 million colours on.", term=term)
        remedy = phrase("tmux set -as terminal-features ',*:RGB', if the terminal outside can")
        return Finding("warn", AREA, "colours", text, remedy)
    return Finding("ok", AREA, "default-terminal", f"{term}.")


def _ask(*arguments: str) -> str:
    """What tmux answers, on one line; empty when it does not know or cannot be reached."""
    try:
        done = subprocess.run(
            ["tmux", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_WAIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return " ".join(done.stdout.split())
