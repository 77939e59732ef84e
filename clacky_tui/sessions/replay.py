"""A conversation without events told as events, so that what was imported is shown like the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message, Origin
from clacky_tui.sessions.records import Record

_TELLING = ("path", "command", "pattern", "query", "url", "task", "question")
SUMMARY_CHARACTERS = 60


class Replay:
    """Makes numbered event records of messages, in order.

    What single requests cost is not known: they count as requests without a price.
    """

    def __init__(self, session_id: str, started_at: datetime) -> None:
        self._session_id = session_id
        self._at = started_at
        self._seq = 0
        self.tasks = 0
        self.replies = 0
        self._task_id = 0
        self._requests = 0
        self._began = started_at
        self._calls: dict[str, str] = {}

    def event(self, kind: str, **fields: Any) -> Record:
        """One event record at the time reached."""
        self._seq += 1
        return {
            "type": "event",
            "v": 1,
            "seq": self._seq,
            "ts": self._at.isoformat(),
            "session_id": self._session_id,
            "task_id": self._task_id,
            "iteration": self._requests if self._task_id else 0,
            "event": {"kind": kind, **fields},
        }

    def move_to(self, at: datetime | None) -> None:
        """What follows happened at `at`, or at the time reached when that is later."""
        if at is not None:
            self._at = max(at, self._at)

    def tell(self, message: Message) -> Iterator[Record]:
        """The events of one message; none for what nobody saw."""
        self.move_to(message.created_at)
        match message.role:
            case "user" if message.origin is Origin.USER:
                yield from self._start_task(message)
            case "assistant":
                yield from self._reply(message)
            case "tool":
                yield from self._result(message)

    def end_task(self, outcome: str = "done") -> Iterator[Record]:
        """The end of the task that is open, if one is."""
        if self._task_id:
            yield self.event(
                "task.ended",
                outcome=outcome,
                iterations=self._requests,
                requests=self._requests,
                duration_seconds=(self._at - self._began).total_seconds(),
                usage={},
                cost="0",
                unpriced_requests=self._requests,
            )
        self._task_id = self._requests = 0

    def _start_task(self, message: Message) -> Iterator[Record]:
        if message.task_id and message.task_id == self._task_id:
            yield self.event("steer.accepted", text=message.text)
            return
        yield from self.end_task()
        self.tasks += 1
        self._task_id = message.task_id or self.tasks
        self._began = self._at
        parts = () if isinstance(message.content, str) else message.content
        images = ["image" for part in parts if isinstance(part, ImagePart)]
        yield self.event("task.started", text=message.text, attachments=images)

    def _reply(self, message: Message) -> Iterator[Record]:
        self._requests += 1
        self.replies += 1
        if message.text.strip():
            yield self.event("text.done", text=message.text)
        for call in message.tool_calls:
            self._calls[call.id] = call.name
            arguments = _arguments(call.arguments)
            yield self.event(
                "tool.proposed",
                call_id=call.id,
                name=call.name,
                verb=call.name,
                subject=_subject(arguments),
                arguments=arguments,
            )

    def _result(self, message: Message) -> Iterator[Record]:
        name = self._calls.pop(message.tool_call_id, "")
        if name:
            ok = not message.text.lstrip().startswith('{"error"')
            yield self.event("tool.started", call_id=message.tool_call_id)
            yield self.event(
                "tool.finished",
                call_id=message.tool_call_id,
                name=name,
                ok=ok,
                summary="" if ok else "failed",
                duration_seconds=0.0,
                output=message.text,
            )


def _arguments(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _subject(arguments: dict[str, Any]) -> str:
    texts = {key: value for key, value in arguments.items() if isinstance(value, str) and value}
    telling = (texts[key] for key in (*_TELLING, *texts) if key in texts)
    line = " ".join(next(telling, "").split())
    return line[:SUMMARY_CHARACTERS] + ("…" if len(line) > SUMMARY_CHARACTERS else "")
