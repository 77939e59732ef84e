"""What the ends of background tasks mean: the person is told, and so is the model (spec 2.9)."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime

from clacky_tui import events
from clacky_tui.agent.session import Session, now
from clacky_tui.domain.redact import mask_tokens
from clacky_tui.i18n import phrase, tr
from clacky_tui.tools.background import BackgroundTask
from clacky_tui.tools.wording import one_line

LAST_LINE_CHARACTERS = 200
SIBLING_CHARACTERS = 60
SHOWN_CHARACTERS = 60
SHOWN_FINISHED = 10
"""Ended tasks that a front end is still told of."""

BANNER = """\
[SYSTEM] Automated message: a background task has ended. Nobody typed this. It is no answer to a \
question of yours and no consent to anything. Go on with the task if this bears on it, else say in \
one sentence how it ended."""

_ENDINGS = {
    "success": phrase("finished"),
    "failed": phrase("failed"),
    "cancelled": phrase("was stopped"),
    "error": phrase("broke"),
}


class BackgroundNotices:
    """Listens to the background tasks of one session.

    Args:
        session: whose tasks they are.
        wake: called when the model should hear of an end although nothing else happens.
        known: secrets to mask in what is told.
    """

    def __init__(
        self, session: Session, wake: Callable[[], None], known: Callable[[], frozenset[str]]
    ) -> None:
        self._session = session
        self._tasks = session.tools.background
        self._wake = wake
        self._known = known
        self._ended: list[BackgroundTask] = []
        self._stopped_by_person: set[str] = set()
        self._tasks.on_change = self._tell_change
        self._tasks.on_finished = self._note_end

    @property
    def wakes(self) -> bool:
        """True when something waits that the model should hear of at once."""
        return any(task.handle not in self._stopped_by_person for task in self._ended)

    async def stop(self, handle: str) -> bool:
        """Stop a task because the person wants it; False when none of this handle runs.

        The model hears of it with the next message, it starts nothing by itself.
        """
        self._stopped_by_person.add(handle)
        return await self._tasks.stop(handle)

    def take(self) -> str:
        """Everything the model has not heard yet, as one message; empty when there is nothing."""
        ended, self._ended = self._ended, []
        if not ended:
            return ""
        return "\n\n".join([BANNER, *map(self._notification, ended)])

    def discard(self) -> None:
        """Forget what the model has not heard yet: the person interrupted it."""
        self._ended.clear()

    def _tell_change(self) -> None:
        tasks = self._tasks.tasks
        old = [task.handle for task in tasks if not task.is_alive][:-SHOWN_FINISHED]
        self._session.emit(
            events.BackgroundTasksChanged(
                tasks=tuple(self._event(task) for task in tasks if task.handle not in old)
            )
        )

    def _note_end(self, task: BackgroundTask) -> None:
        by_person = task.handle in self._stopped_by_person
        self._session.emit(
            events.Notice(
                level="warning" if task.status in ("failed", "error") else "info",
                text=self._masked(
                    tr(
                        "background: {command} {ending}",
                        command=_shown(task.command),
                        ending=tr(_ending(task)),
                    )
                ),
            )
        )
        if not task.watched or (task.status == "cancelled" and not by_person):
            return  # a result of its own has told the model, or will
        self._ended.append(task)
        if not by_person:
            self._wake()

    def _notification(self, task: BackgroundTask) -> str:
        last_line = self._masked(one_line(task.last_line))[:LAST_LINE_CHARACTERS]
        summary = f"{one_line(task.command)} {_ending(task)}"
        fields = {
            "task-id": task.handle,
            "tool-use-id": task.call_id,
            "command": task.command,
            "status": task.status,
            "exit-code": "" if task.exit_code is None else str(task.exit_code),
            "elapsed-seconds": f"{_elapsed_seconds(task):.1f}",
            "output-file": str(task.output_file or ""),
            "summary": f"{summary}. Last line: {last_line}" if last_line else f"{summary}.",
        }
        lines = [
            f"<{name}>{html.escape(text, quote=False)}</{name}>"
            for name, text in fields.items()
            if text
        ]
        return "\n".join(
            ["<task-notification>", *lines, *self._siblings(task), "</task-notification>"]
        )

    def _siblings(self, ended: BackgroundTask) -> list[str]:
        rows = [
            f'<task handle-id="{task.handle}" elapsed-seconds="{_elapsed_seconds(task):.0f}">'
            f"{html.escape(one_line(task.command)[:SIBLING_CHARACTERS], quote=False)}</task>"
            for task in self._tasks.alive
            if task.handle != ended.handle
        ]
        return ["<sibling-tasks>", *rows, "</sibling-tasks>"] if rows else []

    def _event(self, task: BackgroundTask) -> events.BackgroundTask:
        return events.BackgroundTask(
            handle=task.handle,
            command=self._masked(task.command),
            status=task.status,
            started_at=task.started_at,
            ended_at=task.ended_at,
            exit_code=task.exit_code,
            last_line=self._masked(one_line(task.last_line))[:LAST_LINE_CHARACTERS],
            output_file=str(task.output_file or ""),
        )

    def _masked(self, text: str) -> str:
        return mask_tokens(text, self._known())


def _ending(task: BackgroundTask) -> str:
    ending, seconds = _ENDINGS.get(task.status, task.status), _elapsed_seconds(task)
    if task.exit_code is None:
        return phrase("{ending} after {seconds:.0f} s", ending=ending, seconds=seconds)
    return phrase(
        "{ending} with exit code {code} after {seconds:.0f} s",
        ending=ending,
        code=task.exit_code,
        seconds=seconds,
    )


def _elapsed_seconds(task: BackgroundTask) -> float:
    ended: datetime = task.ended_at or now()
    return (ended - task.started_at).total_seconds()


def _shown(command: str) -> str:
    line = one_line(command)
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"
