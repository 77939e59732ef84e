"""What a session needs to go on where it ended, beyond the conversation: gathered record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from clacky_tui.domain.messages import Message
from clacky_tui.domain.usage import Usage
from clacky_tui.sessions.facts import Totals, usage_of
from clacky_tui.sessions.records import Record, event_of, moment, number, word
from clacky_tui.sessions.sent_request import SentRequest, sent_request

_STATE = ("reasoning_level.changed", "todos.changed", "context.gauged", "usage.recorded")
_ALIVE = ("running", "waiting")


@dataclass(slots=True)
class OpenTask:
    """A task that has no end yet, and what it used so far.

    `started` and `last` are the times of its first record and the newest, as written; nearly every
    task has an end, and then nobody asks for what they mean.
    """

    id: int
    started: Any
    last: Any = None
    iterations: int = 0
    spent: list[Mapping[str, Any]] = field(default_factory=list)
    """Its `usage.recorded` events."""

    @property
    def duration(self) -> timedelta:
        """From its start to the last thing known of it."""
        started_at, last_at = moment(self.started), moment(self.last)
        if started_at is None or last_at is None:
            return timedelta()
        return max(last_at - started_at, timedelta())

    @property
    def totals(self) -> Totals:
        """What it used."""
        totals = Totals()
        for event in self.spent:
            totals.add({"tokens": event.get("tokens"), "cost": event.get("cost")})
        return totals


@dataclass(frozen=True, slots=True)
class LastCompression:
    """The conversation on both sides of it, and the tokens a request sent before it."""

    before: tuple[Message, ...]
    after: tuple[Message, ...]
    tokens: int


@dataclass(slots=True)
class Continuation:
    """Feed it every record, after the messages of that record were taken over.

    `sent` are the requests that reached a provider, and `edited` says that the conversation was replaced
    after the last of them. `unbooked` holds the `request` records, by id, of which no usage is known:
    the process was killed before it could be written. `unsaid` is a reply that was shown and whose
    message is missing for the same reason. `compression_failed_at` is the number of messages when a
    compression came to nothing or was undone. `background` are the commands that were running.
    """

    sent: list[SentRequest] = field(default_factory=list)
    edited: bool = False
    unbooked: dict[str, Record] = field(default_factory=dict)
    unsaid: str = ""
    open_task: OpenTask | None = None
    compression_failed_at: int | None = None
    last_compression: LastCompression | None = None
    background: tuple[str, ...] = ()
    _state: dict[str, Record] = field(default_factory=dict)
    _replaced: tuple[tuple[Message, ...], tuple[Message, ...]] = ((), ())
    _tokens: Any = None
    """Of the last request, as written."""
    _reported: Any = None
    """Those of the last reply, None when unknown."""

    @property
    def reported_tokens(self) -> int:
        """The size of the conversation as the provider counted it, 0 when unknown."""
        return usage_of(self._reported).total_tokens

    @property
    def state(self) -> tuple[Record, ...]:
        """The newest record of each event that says how the session stands."""
        return tuple(self._state[kind] for kind in _STATE if kind in self._state)

    def take(
        self, record: Record, before: Sequence[Message] | None, messages: Sequence[Message]
    ) -> None:
        """Learn from the next record.

        Args:
            record: of any type.
            before: the conversation that `record` replaced, None when it replaced none.
            messages: the conversation after it.
        """
        match record["type"]:
            case "event":
                self._take_event(record, event_of(record), messages)
            case "message" if record.get("role") == "assistant":
                self.unsaid = ""
            case "history" if before is not None:
                self._replaced = (tuple(before), tuple(messages))
                self.edited, self._reported = True, None
            case "request" if id_ := word(record.get("id")):
                self.unbooked[id_] = record
            case "sent":
                if request := sent_request(record, self._usage()):
                    self.sent.append(request)
                    self.edited = False

    def _take_event(
        self, record: Record, event: Mapping[str, Any], messages: Sequence[Message]
    ) -> None:
        kind = word(event.get("kind"))
        if kind in _STATE:
            self._state[kind] = record
        at = record.get("ts")
        if self.open_task is not None:
            self.open_task.last = at or self.open_task.last
            iteration = number(record.get("iteration"))
            self.open_task.iterations = max(self.open_task.iterations, iteration)
        match kind:
            case "task.started":
                self.open_task = OpenTask(number(record.get("task_id")), at)
                self.unsaid = ""
            case "task.ended":
                self.open_task, self.unsaid = None, ""
            case "text.done":
                last = messages[-1] if messages else None
                said = last is not None and last.role == "assistant"
                text = word(event.get("text"))
                self.unsaid = "" if said and last and last.text == text else text
            case "usage.recorded":
                self._take_usage(event)
            case "compression.finished" if event.get("outcome") == "done":
                tokens = number(event.get("before_tokens"))
                self.last_compression = LastCompression(*self._replaced, tokens)
            case "compression.finished" | "compression.undone":
                self.compression_failed_at = len(messages)
                if kind == "compression.undone":
                    self.last_compression = None
            case "task.switched" if event.get("restore") != "files":
                self.edited, self._reported = True, None
            case "background_tasks.changed":
                self.background = _alive(event.get("tasks"))
            case "session.closed":
                self.background = ()

    def _take_usage(self, event: Mapping[str, Any]) -> None:
        self.unbooked.pop(word(event.get("record_id")), None)
        self._tokens = event.get("tokens")
        if self.open_task is not None:
            self.open_task.spent.append(event)
        is_reply = event.get("purpose", "chat") == "chat" and event.get("outcome") == "ok"
        if isinstance(self._tokens, dict) and is_reply:
            self._reported = self._tokens

    def _usage(self) -> Usage | None:
        """Of the last request; None when unknown."""
        return usage_of(self._tokens) if isinstance(self._tokens, dict) else None


ReasoningLevel = Literal["off", "low", "medium", "high"]


def reasoning_level(text: str) -> ReasoningLevel:
    """The level that is called `text`, off when none is."""
    match text:
        case "low" | "medium" | "high":
            return text
        case _:
            return "off"


def _alive(tasks: Any) -> tuple[str, ...]:
    listed = [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
    alive = (word(task.get("command")) for task in listed if task.get("status") in _ALIVE)
    return tuple(filter(None, alive))
