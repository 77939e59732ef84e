"""The commands that run in the background: since when, what they print, and a key to stop them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from clacky_tui.domain.redact import mask_tokens
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.chat.text import sanitize
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet
from clacky_tui.tui.rerun import Rerun
from clacky_tui.wording import format_duration

if TYPE_CHECKING:
    from clacky_tui import events

TAIL_BYTES = 4_096
TAIL_LINES = 3
TICK_SECONDS = 1.0
ALIVE = ("running", "waiting")


def output_tail(path: str) -> str:
    """The last lines that the file at `path` holds, safe to show, credentials masked.

    Blocks on the disk; empty when there is nothing to read.
    """
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - TAIL_BYTES, 0))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line for line in sanitize(mask_tokens(text)).splitlines() if line.strip()]
    return "\n".join(lines[-TAIL_LINES:])


class BackgroundPopup(Sheet[str]):
    """Elapsed times and output are brought up to date each second while something runs.

    Args:
        tasks: the commands now, oldest first.
        clock: the present, timezone-aware.
        stop: stops the command of a handle.
    """

    TITLE_WORDS = tr_noop("Background commands")
    EMPTY_WORDS = tr_noop(
        "Nothing runs in the background. Commands that go on after their call appear here."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "kill", "stop it"),
        Binding("enter", "accept", "close", show=False),
    ]

    def __init__(
        self,
        tasks: Callable[[], Sequence[events.BackgroundTask]],
        clock: Callable[[], datetime],
        stop: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._tasks = tasks
        self._clock = clock
        self._stop = stop
        self._tail = ("", "")
        """A handle, and the end of what its command has printed."""
        self._reading = Rerun(self, self._read)
        self._ticker: Timer | None = None

    def rows(self) -> list[Row[str]]:
        tasks = self._tasks()
        running = sum(task.status in ALIVE for task in tasks)
        self.retitle(
            tr("Background commands: {running} running", running=running)
            if tasks
            else tr(self.TITLE_WORDS)
        )
        self._tick(running > 0)
        return [self._row(task) for task in reversed(tasks)]

    def _row(self, task: events.BackgroundTask) -> Row[str]:
        age = format_duration(((task.ended_at or self._clock()) - task.started_at).total_seconds())
        status = (
            tr(task.status)
            if task.exit_code is None
            else tr("exit {exit_code}", exit_code=task.exit_code)
        )
        handle, tail = self._tail
        detail = tail if handle == task.handle and tail else task.last_line
        return Row(
            task.command, "", f"{status} {age:>7}", task.handle, detail or tr("No output yet.")
        )

    def _tick(self, wanted: bool) -> None:
        if wanted and self._ticker is None:
            self._ticker = self.set_interval(TICK_SECONDS, self._refresh_all)
        elif not wanted and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    def _refresh_all(self) -> None:
        self.refresh_rows()
        self._reading.request()

    def on_rows_view_moved(self) -> None:
        row = self.view.chosen
        if row is not None and row.value != self._tail[0]:
            self._tail = (row.value or "", "")
            self._reading.request()

    async def _read(self) -> None:
        handle, before = self._tail
        path = next((task.output_file for task in self._tasks() if task.handle == handle), "")
        tail = await asyncio.to_thread(output_tail, path) if path else ""
        if tail != before and self._tail[0] == handle:
            self._tail = (handle, tail)
            self.refresh_rows()

    def accept(self, value: str) -> None:
        self.dismiss(None)

    def action_kill(self) -> None:
        row = self.view.chosen
        task = next((t for t in self._tasks() if row is not None and t.handle == row.value), None)
        if task is None:
            return
        if task.status not in ALIVE:
            self.tell(tr("It has ended already."))
            return
        self._stop(task.handle)
        self.tell(tr("Told to stop; its end is shown here."))
