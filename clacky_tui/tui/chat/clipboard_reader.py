"""What the clipboard of this machine's own display holds, asked of the tools people have for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys

ANSWER_SECONDS = 1.0
_TOOLS = {
    "wayland": (("wl-paste", "--no-newline"),),
    "x11": (("xclip", "-selection", "clipboard", "-o"), ("xsel", "--clipboard", "--output")),
    "macos": (("pbpaste",),),
}


async def read_clipboard() -> str:
    """The text; empty without a display, without a tool, or when there is no text."""
    for command in _commands():
        try:
            text = await _output_of(command)
        except (OSError, TimeoutError):
            continue
        if text:
            return text
    return ""


def _commands() -> list[tuple[str, ...]]:
    """The tools that are installed for the displays there are."""
    displays = [
        name
        for name, present in (
            ("macos", sys.platform == "darwin"),
            ("wayland", os.environ.get("WAYLAND_DISPLAY")),
            ("x11", os.environ.get("DISPLAY")),
        )
        if present
    ]
    return [tool for name in displays for tool in _TOOLS[name] if shutil.which(tool[0])]


async def _output_of(command: tuple[str, ...]) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode("utf-8", "replace") if process.returncode == 0 else ""
