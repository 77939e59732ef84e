"""A stored session as it stands: everything a resumed session, an export or a screen needs.

Nothing in a file makes it fail: a torn last line, damaged lines and values of the wrong kind are
set aside, counted and told in `problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from clacky_tui.domain.messages import Message
from clacky_tui.domain.task_tree import TaskTree
from clacky_tui.domain.todos import Todo, TodoList
from clacky_tui.domain.usage import Usage
from clacky_tui.i18n import tr, tr_count
from clacky_tui.sessions.continuation import Continuation
from clacky_tui.sessions.facts import Facts
from clacky_tui.sessions.message_json import message_from
from clacky_tui.sessions.records import Record, event_of, moment, number, read_lines, word
from clacky_tui.sessions.stored_tasks import StoredTasks

Format = Literal["journal", "openclacky"]


@dataclass(frozen=True, slots=True)
class Question:
    """What the model asked and nobody has answered yet."""

    request_id: str
    question: str
    context: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session read from the disk.

    `messages` is the conversation as the model gets it, after every replacement, tasks that were
    undone included (`task_tree` tells them apart). `cost` in USD sums the requests whose price is
    known, `unpriced` counts the others. `system_prompt` is empty when none was written.
    """

    path: Path
    format: Format
    id: str
    created_at: datetime
    updated_at: datetime
    name: str
    pinned: bool
    source: str
    working_dir: str
    model: str
    mode: str
    simulated: bool
    reasoning_level: str
    system_prompt: str
    messages: tuple[Message, ...]
    todos: TodoList
    task_tree: TaskTree
    waiting: tuple[str, ...]
    """Texts that were queued and never reached the model, oldest first."""
    question: Question | None
    task_open: bool
    """The last task has no end: the process was killed in it."""
    tasks: int
    last_seq: int
    """Number of the last event; a resumed session counts on from it."""
    usage: Usage
    cost: Decimal
    requests: int
    unpriced: int
    problems: tuple[str, ...]
    continuation: Continuation


def read_session(path: Path) -> StoredSession:
    """Read one session, a journal or an OpenClacky session file (`.json`).

    Raises:
        OSError: the file cannot be read at all.
        SessionError: an OpenClacky file is no session.
    """
    if path.suffix == ".json":
        from clacky_tui.sessions.openclacky import openclacky_records

        return gather(path, openclacky_records(path), "openclacky", [])
    problems: list[str] = []
    with path.open("rb") as file:
        return gather(path, _journal(file, path, problems), "journal", problems)


def _journal(file: Any, path: Path, problems: list[str]) -> Iterable[Record]:
    damaged: list[int] = []
    for line in read_lines(file):
        if line.record is not None:
            yield line.record
        elif line.whole:
            damaged.append(line.offset)
        else:
            problems.append(
                tr("{name}: the last line was cut off and is left out.", name=path.name)
            )
    if damaged:
        problems.append(
            tr_count(
                "{name}: {n} damaged line left out, the first at byte {first:,}.",
                "{name}: {n} damaged lines left out, the first at byte {first:,}.",
                len(damaged),
                name=path.name,
                first=damaged[0],
            )
        )


def gather(
    path: Path, records: Iterable[Record], kind: Format, problems: list[str]
) -> StoredSession:
    """The session that `records` tell, from first to last."""
    facts, state = Facts(), _State()
    for record in records:
        facts.take(record)
        state.take(record)
    if state.rejected:
        problems.append(
            tr(
                "{name}: {rejected} entries of the conversation left out.",
                name=path.name,
                rejected=state.rejected,
            )
        )
    created_at = moment(facts.created_at) or fallback_time(path)
    totals = facts.totals
    return StoredSession(
        path=path,
        format=kind,
        id=facts.id or fallback_id(path),
        created_at=created_at,
        updated_at=moment(facts.updated_at) or created_at,
        name=facts.name,
        pinned=facts.pinned,
        source=facts.source,
        working_dir=facts.working_dir,
        model=facts.model,
        mode=facts.mode,
        simulated=facts.simulated,
        reasoning_level=state.reasoning_level,
        system_prompt=state.system_prompt,
        messages=tuple(state.messages),
        todos=state.todos,
        task_tree=state.tasks.tree(state.messages, created_at),
        waiting=state.waiting,
        question=state.question,
        task_open=state.task_open,
        tasks=facts.tasks,
        last_seq=state.last_seq,
        usage=totals.usage,
        cost=totals.cost,
        requests=totals.requests,
        unpriced=totals.unpriced,
        problems=tuple(problems),
        continuation=state.continuation,
    )


def fallback_id(path: Path) -> str:
    """The beginning of the id, from the name of the file."""
    return path.stem.rsplit("-", 1)[-1]


def fallback_time(path: Path) -> datetime:
    """When a session without any dated line began: by its file's name, else its last change."""
    stamp = path.name[:19]
    try:
        return datetime.strptime(stamp, "%Y-%m-%d-%H-%M-%S").astimezone()
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()


class _State:
    """What only a resumed session needs, gathered record by record."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.rejected = 0
        self.system_prompt = ""
        self.reasoning_level = ""
        self.todos = TodoList()
        self.tasks = StoredTasks()
        self.waiting: tuple[str, ...] = ()
        self.question: Question | None = None
        self.task_open = False
        self.last_seq = 0
        self.continuation = Continuation()

    def take(self, record: Record) -> None:
        before = self.messages
        self._take(record)
        replaced = before if self.messages is not before else None
        self.continuation.take(record, replaced, self.messages)

    def _take(self, record: Record) -> None:
        match record["type"]:
            case "message":
                self.messages += self._messages([record])
            case "history":
                self._replace(record.get("messages"))
            case "prompt":
                self.system_prompt = word(record.get("text")) or self.system_prompt
            case "meta":
                self.tasks.take_imported(record.get("time_machine"))
            case "event":
                self.last_seq = max(self.last_seq, number(record.get("seq")))
                self.tasks.take_event(record)
                self._take_event(event_of(record))

    def _messages(self, listed: Sequence[Any]) -> list[Message]:
        kept: list[Message] = []
        for fields in listed:
            try:
                kept.append(message_from(fields))
            except (ValueError, AttributeError, OverflowError):
                self.rejected += 1
        return kept

    def _replace(self, listed: Any) -> None:
        if isinstance(listed, list):
            self.messages = self._messages(listed)
        else:
            self.rejected += 1

    def _take_event(self, event: Mapping[str, Any]) -> None:
        match event.get("kind"):
            case "task.started":
                self.task_open = True
                self.question = None
            case "task.ended":
                self.task_open = False
            case "todos.changed":
                self.todos = todo_list(event.get("items"))
            case "queue.changed":
                waiting = event.get("waiting")
                items = waiting if isinstance(waiting, list) else ()
                self.waiting = tuple(filter(None, map(_waiting_text, items)))
            case "feedback.asked":
                options = event.get("options")
                self.question = Question(
                    word(event.get("request_id")),
                    word(event.get("question")),
                    word(event.get("context")),
                    tuple(map(str, options)) if isinstance(options, list) else (),
                )
            case "feedback.answered":
                self.question = None
            case "reasoning_level.changed":
                self.reasoning_level = word(event.get("level"))


def _waiting_text(item: Any) -> str:
    """As it was typed: an exclamation mark begins a shell line."""
    text = word(item.get("text")) if isinstance(item, dict) else ""
    return f"!{text}" if text and item.get("is_shell") is True else text


def todo_list(items: Any) -> TodoList:
    """Todos as a record lists them; what is none is left out."""
    found: list[Todo] = []
    for item in items if isinstance(items, list) else ():
        match item:
            case {
                "id": int() as id_,
                "task": str() as task,
                "status": ("pending" | "completed") as s,
            }:
                found.append(Todo(id_, task, "completed" if s == "completed" else "pending"))
    return TodoList(tuple(found))
