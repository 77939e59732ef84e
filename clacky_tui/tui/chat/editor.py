"""The person's own editor, given the whole screen for as long as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from textual.app import App

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr

FALLBACKS = ("vi", "nano")


class EditorError(ClackyError):
    """The editor could not be run, or what it left could not be read."""

    code = "editor"


def editor_command() -> list[str]:
    """``$VISUAL``, else ``$EDITOR``, with arguments; else the first of `FALLBACKS` there is.

    Raises:
        EditorError: there is none, or the variable is no command line.
    """
    for variable in ("VISUAL", "EDITOR"):
        if (line := os.environ.get(variable, "").strip()) == "":
            continue
        try:
            return shlex.split(line)
        except ValueError as error:
            raise EditorError(
                tr("${variable} cannot be read: {error}.", variable=variable, error=error),
                hint=tr("It is: {line}", line=line),
            ) from None
    for name in FALLBACKS:
        if shutil.which(name):
            return [name]
    raise EditorError(
        tr("There is no editor."), hint=tr("Set EDITOR to the one you like, then try again.")
    )


async def edit_outside(app: App[None], text: str) -> str:
    """`text` as the person leaves it in their editor; the app is suspended meanwhile.

    Raises:
        EditorError: nothing came of it; the text is as it was.
    """
    command = editor_command()
    name = Path(command[0]).name
    if shutil.which(command[0]) is None:
        raise EditorError(
            tr("{command} is not installed here.", command=command[0]),
            hint=tr("Set EDITOR to an editor that is."),
        )
    path = await asyncio.to_thread(_written, text)
    try:
        with app.suspend(), app.batch_update(), _interrupts_left_to_the_editor():
            status = await _run([*command, str(path)])
        if status:
            raise EditorError(
                tr(
                    "{command} ended with {status}, so the text is as it was.",
                    command=name,
                    status=status,
                ),
                hint=tr("Check VISUAL and EDITOR if that was not your intention."),
            )
        edited = await asyncio.to_thread(path.read_text, "utf-8", "replace")
    except OSError as error:
        raise EditorError(
            tr(
                "What {command} left cannot be read: {strerror}.",
                command=name,
                strerror=error.strerror,
            ),
            hint=tr("The text is as it was."),
        ) from None
    finally:
        path.unlink(missing_ok=True)
    return edited.removesuffix("\n")


def _written(text: str) -> Path:
    """A private file with `text`."""
    fd, name = tempfile.mkstemp(prefix="clacky-message-", suffix=".md")
    with os.fdopen(fd, "w", encoding="utf-8", errors="replace") as file:
        file.write(text + "\n")
    return Path(name)


def _open_terminal() -> FileIO:
    return FileIO("/dev/tty", "r+b")


async def _run(command: list[str]) -> str:
    """Run `command` on the terminal while the loop, and with it the agent, goes on.

    Returns what went wrong, empty for nothing. It must not raise: Textual would stay suspended.
    """
    with contextlib.ExitStack() as stack:
        # Standard error is kept off the screen elsewhere, so the terminal is opened by its name.
        try:
            terminal = stack.enter_context(_open_terminal())
        except OSError:
            terminal = None
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=terminal, stdout=terminal, stderr=terminal
            )
        except OSError as error:
            return str(error.strerror or error)
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        raise
    return tr("status {status}", status=status) if status else ""


@contextlib.contextmanager
def _interrupts_left_to_the_editor() -> Iterator[None]:
    """Ctrl+C before the editor has set the terminal up would end this app too."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
