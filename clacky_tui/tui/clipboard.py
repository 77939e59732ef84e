"""Copying, by the first way that works here, with words that promise no more than is known."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clacky_tui import paths
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.i18n import tr, tr_count

OSC52_LONGEST_BYTES = 74_000
"""Of text; terminals cut or drop longer sequences (xterm's limit is 100,000 characters of base64)."""
SCREEN_CHUNK_CHARS = 760
"""GNU screen drops device control strings that are longer than 768 bytes."""
TOOL_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Copied:
    """How a text was copied. `words` say it to the person; `path` is that of the file, if any."""

    way: Literal["tmux", "osc52", "tool", "file", "none"]
    words: str
    path: Path | None = None


async def copy(
    text: str, write: Callable[[str], None], env: Mapping[str, str] | None = None
) -> Copied:
    """Copy `text`.

    Args:
        text: what to copy.
        write: sends a control sequence to the terminal.
        env: the environment, this process's by default.
    """
    env = os.environ if env is None else env
    size = len(text.encode("utf-8", "replace"))
    what = tr_count("{n} character", "{n} characters", len(text))
    if env.get("TMUX"):
        if await _run(("tmux", "load-buffer", "-w", "-"), text, env):
            words = tr("{what} copied to tmux's buffer and sent to its terminal", what=what)
            return Copied("tmux", words)
        if await _run(("tmux", "load-buffer", "-"), text, env):
            return Copied(
                "tmux", tr("{what} copied to tmux's buffer: prefix ] pastes it", what=what)
            )
    if tool := await _local_tool(text, env):
        return Copied("tool", tr("{what} copied with {tool}", what=what, tool=tool))
    if size <= OSC52_LONGEST_BYTES and env.get("TERM") not in ("dumb", "linux"):
        write(osc52(text, in_screen=_in_screen(env)))
        return Copied(
            "osc52", tr("{what} sent to the terminal (OSC 52), which may take it or not", what=what)
        )
    return await asyncio.to_thread(_to_file, text, what)


def osc52(text: str, *, in_screen: bool = False) -> str:
    """The sequence that asks a terminal to copy `text`; through GNU screen in pieces it passes on."""
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    sequence = f"\x1b]52;c;{encoded}\x07"
    if not in_screen:
        return sequence
    chunks = [
        sequence[at : at + SCREEN_CHUNK_CHARS] for at in range(0, len(sequence), SCREEN_CHUNK_CHARS)
    ]
    return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)


def _in_screen(env: Mapping[str, str]) -> bool:
    return bool(env.get("STY")) and not env.get("TMUX")


async def _local_tool(text: str, env: Mapping[str, str]) -> str:
    """Copy with a program of this machine; its name, empty when the screen is elsewhere."""
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return ""
    for command in _tools_of_display(env):
        if await _run(command, text, env):
            return command[0]
    return ""


def _tools_of_display(env: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The programs that copy to the display there is, the best first."""
    if os.uname().sysname == "Darwin":
        yield ("pbcopy",)
    if env.get("WAYLAND_DISPLAY"):
        yield ("wl-copy",)
    if env.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard")
        yield ("xsel", "--clipboard", "--input")


async def _run(command: tuple[str, ...], text: str, env: Mapping[str, str]) -> bool:
    """True when `command` took `text` on its input and ended well."""
    program = await asyncio.to_thread(shutil.which, command[0], path=env.get("PATH"))
    if program is None:
        return False
    process = await asyncio.create_subprocess_exec(
        program,
        *command[1:],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(env),
    )
    try:
        async with asyncio.timeout(TOOL_SECONDS):
            await process.communicate(text.encode("utf-8", "replace"))
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return False
    return process.returncode == 0


def _to_file(text: str, what: str) -> Copied:
    """Leave `text` in a file of the person's own."""
    path = paths.data_dir() / "copied.txt"
    try:
        make_private_dir(path.parent)
        write_atomic(path, text.encode("utf-8", "replace"), mode=PRIVATE_FILE_MODE)
    except OSError as error:
        return Copied("none", tr("nothing was copied: {error}", error=error))
    return Copied("file", tr("{what} saved in {path}", what=what, path=path), path)
