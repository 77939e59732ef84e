"""One session's state: conversation, totals and todos, and the numbered stream of its events."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from clacky_tui import events
from clacky_tui.agent.budget_watch import BudgetWatch
from clacky_tui.agent.cache_watch import CacheWatch, PreparedRequest
from clacky_tui.agent.history import History
from clacky_tui.domain.budgets import Limits
from clacky_tui.domain.messages import Message
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.task_tree import TaskTree
from clacky_tui.domain.usage import Usage
from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.i18n import tr
from clacky_tui.sessions.journal import ANSWERS, Journal
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.reader import StoredSession
from clacky_tui.tools.base import ToolContext

Emit = Callable[[events.Envelope], None]

NAME_CHARACTERS = 30
BACKGROUND_TASK = "A background command ended"
"""What a task that nobody asked for is called."""

_SAY_NOTHING = ANSWERS | frozenset(
    {"session.opened", "session.closed", "notice", "trust.asked", "trust.given", "mode.changed"}
)
"""Events that leave no file of a session in which nothing else happens, nor change the one there is."""


def now() -> datetime:
    """The present moment in the local zone."""
    return datetime.now().astimezone()


def existing_folder(path: Path) -> Path:
    """`path` without links and dots, for a session to work in. Blocking.

    Raises:
        OSError: it is no folder.
    """
    folder = path.resolve(strict=True)
    if not folder.is_dir():
        raise NotADirectoryError(folder)
    return folder


class Session:
    """Everything that belongs to one conversation. Only the worker's task changes it.

    Args:
        working_dir: where relative paths and commands start.
        mode: how much runs without asking.
        model: name shown to a person and to the model.
        simulated: True on the demo model.
        deliver: receives every envelope, in order.
        limits: the session's budgets; none by default.
        web: what the web tools may reach and ask.
        stored: what is gone on with; None begins a session.
        lock: of `stored`, acquired.
    """

    def __init__(
        self,
        *,
        working_dir: Path,
        mode: PermissionMode,
        model: str,
        simulated: bool,
        deliver: Emit,
        limits: Limits = Limits(),
        web: WebSettings = WebSettings(),
        stored: StoredSession | None = None,
        lock: SessionLock | None = None,
    ) -> None:
        self.id = stored.id if stored else secrets.token_hex(8)
        self.created_at = stored.created_at if stored else now()
        self.name = ""
        self.mode = mode
        self.model = model
        self.simulated = simulated
        self.history = History()
        self.tools = ToolContext(working_dir=working_dir, web=web)
        self.allowed_rules: set[str] = set()
        """What was allowed for this session, as `domain.permissions.findings.rules_of` gives it."""
        self.system_prompt = ""
        """Built before the first request, then never changed: the provider's cache hangs on it."""
        self.cache = CacheWatch()
        self.budget = BudgetWatch(limits)
        self.tree = TaskTree()
        """The tasks and where the conversation stands among them."""
        self.task_id = 0
        self.iteration = 0
        self.usage = Usage()
        self.cost = Decimal(0)
        self.requests = 0
        self.unpriced_requests = 0
        self.fills_reasoning = False
        """Replies without reasoning are sent with a blank one: the provider refuses them otherwise."""
        self.stored = stored
        self.journal = Journal.at(stored.path) if stored else Journal(self.id, self.created_at)
        self._lock = lock or SessionLock(self.journal.path)
        self._deliver = deliver
        self._seq = 0
        self._waiting: list[events.Envelope] = []
        self._told: set[str] = set()
        self._keeps_journal = False
        self._journal_failed = False
        if stored is not None:
            self._go_on(stored)

    @property
    def working_dir(self) -> Path:
        return self.tools.working_dir

    def emit(self, event: events.Event) -> None:
        """Number `event`, write it to the journal and hand it to the front end."""
        envelope = self._envelope(event, now())
        self._record(envelope)
        self._deliver(envelope)

    def retell(self, event: events.Event, at: datetime) -> None:
        """Hand the front end an event of an earlier process, which happened `at` (aware)."""
        self._deliver(self._envelope(event, at))

    def warn(self, text: str) -> None:
        """Tell the person of something that is not as it should be."""
        self.emit(events.Notice(level="warning", text=tr(text)))

    def warn_once(self, texts: Iterable[str]) -> None:
        """`warn` of what was not told in this session yet, all in one notice."""
        new = [text for text in dict.fromkeys(texts) if text not in self._told]
        if new:
            self._told.update(new)
            self.warn("\n".join(map(tr, new)))

    def opened(self) -> None:
        """Emit `session.opened`; always the first event."""
        self.emit(
            events.SessionOpened(
                name=self.name,
                working_dir=str(self.working_dir),
                model=self.model,
                mode=self.mode.value,
                simulated=self.simulated,
                **self._restored(),
            )
        )

    def freeze_prompt(self, text: str) -> None:
        """Take `text` for the system prompt of the whole session."""
        self.system_prompt = text
        self._write(partial(self.journal.record_prompt, text))

    def begin_task(self, text: str) -> None:
        """A task begins with `text`, or without one after a background command ended."""
        self.tree = self.tree.begin(text or BACKGROUND_TASK, now())
        self.task_id = self.tree.active
        self.iteration = 0
        self.history.hide(self.tree.hidden())

    def end_task(self) -> None:
        """The task that runs is over."""
        self.iteration = 0
        self.tree = self.tree.end(self.task_id, now())

    def switch_task(self, task_id: int) -> None:
        """Let the conversation stand at `task_id`: what is not on the way there is hidden.

        The journal knows it from the `task.switched` event that has to follow. The next request
        finds in the provider's cache what both have in common; that it does not find the rest is
        no miss.
        """
        self.tree = self.tree.switch(task_id)
        self.history.hide(self.tree.hidden())
        self.cache.expect_cold_request()

    def append(self, message: Message) -> None:
        """Add `message` to the conversation and to the journal.

        It belongs to the active task unless it names another.
        """
        if not message.task_id:
            message = replace(message, task_id=self.tree.active)
        self.history.append(message)
        self._write(partial(self.journal.record_message, message))

    def replace_history(self, messages: Sequence[Message]) -> None:
        """Put `messages` in the place of the whole conversation, in the journal too."""
        self.history.replace_all(messages)
        self.cache.expect_cold_request()
        self._write(partial(self.journal.record_replacement, self.history.stored))

    def note_request(self, fields: Mapping[str, str]) -> None:
        """Write down that a request is about to be sent; `id` is that of its usage record."""
        if self.task_id:
            self._write(partial(self.journal.record_request, fields))

    def observe_cache(
        self, prepared: PreparedRequest, usage: Usage | None
    ) -> events.CacheMissed | None:
        """Take note of a request that reached its provider, as `CacheWatch.observe` does."""
        missed = self.cache.observe(prepared, usage)
        sent = self.cache.note_of(prepared, usage, fills_reasoning=self.fills_reasoning)
        self._write(partial(self.journal.record_sent, sent))
        return missed

    def name_after(self, text: str) -> None:
        """Name a session without a name after what was asked first."""
        words = " ".join(text.split())
        if self.name or not words:
            return
        short = words[:NAME_CHARACTERS].rstrip()
        self.name = short + ("…" if len(words) > NAME_CHARACTERS else "")
        self.emit(events.SessionTitled(name=self.name))

    def count_request(self, usage: Usage | None, cost: Decimal | None) -> None:
        """Add one finished model request to the totals."""
        self.requests += 1
        if usage is not None:
            self.usage += usage
        if cost is None:
            self.unpriced_requests += 1
        else:
            self.cost += cost

    def sync(self) -> None:
        """Wait until everything said so far is on the disk."""
        self._guarded(self.journal.sync)

    def close(self) -> None:
        """Emit the last event and close the journal."""
        self.emit(events.SessionClosed(tasks=self.task_id, journal_path=self.saved_path))
        self._guarded(self.journal.close)
        self._lock.release()

    @property
    def saved_path(self) -> str:
        """Where the journal lies; empty while nothing has been said."""
        return str(self.journal.path) if self.task_id or self._keeps_journal else ""

    def _go_on(self, stored: StoredSession) -> None:
        """Stand where `stored` ended. Rules allowed for the session are asked for anew."""
        going_on = stored.continuation
        self.name = stored.name
        self.system_prompt = stored.system_prompt
        self.history.replace_all(stored.messages)
        self.tools.todos = stored.todos
        self.tree = stored.task_tree
        self.task_id = self.tree.newest
        self.history.hide(self.tree.hidden())
        self.usage, self.cost = stored.usage, stored.cost
        self.requests, self.unpriced_requests = stored.requests, stored.unpriced
        self._seq = stored.last_seq
        self.fills_reasoning = bool(going_on.sent) and going_on.sent[-1].fills_reasoning
        self.cache.restore(
            going_on.sent,
            self.system_prompt,
            self.history.for_request(),
            edited=going_on.edited,
        )

    def _restored(self) -> dict[str, Any]:
        """The fields of `session.opened` that only a restored session has."""
        stored = self.stored
        if stored is None:
            return {}
        asked = stored.question
        return {
            "restored": True,
            "tasks": stored.tasks,
            "cost": self.cost,
            "unpriced_requests": self.unpriced_requests,
            "question": asked
            and events.FeedbackAsked(
                request_id=asked.request_id,
                question=asked.question,
                context=asked.context,
                options=asked.options,
            ),
            "journal_path": str(stored.path),
            "journal_bytes": stored.path.stat().st_size,
        }

    def _envelope(self, event: events.Event, at: datetime) -> events.Envelope:
        self._seq += 1
        return events.Envelope(
            seq=self._seq,
            ts=at,
            session_id=self.id,
            task_id=self.task_id,
            iteration=self.iteration,
            event=event,
        )

    def _record(self, envelope: events.Envelope) -> None:
        # Held back until something happens, so that a look at the app, or at a session, leaves no trace.
        self._waiting.append(envelope)
        if self._keeps_journal or (self.task_id and envelope.event.kind not in _SAY_NOTHING):
            self._keep_journal()

    def _keep_journal(self) -> None:
        """Write what was held back; from now on everything is written as it comes."""
        self._keeps_journal = True
        waiting, self._waiting = self._waiting, []
        for envelope in waiting:
            self._guarded(partial(self.journal.record_event, envelope))
        if waiting and not self._journal_failed:
            self._guarded(self._acquire_lock)

    def _acquire_lock(self) -> None:
        self._lock.acquire()

    def _write(self, write: Callable[[], None]) -> None:
        self._keep_journal()
        self._guarded(write)

    def _guarded(self, write: Callable[[], None]) -> None:
        """Run a journal write; a full or read-only disk is said once and stops nothing."""
        try:
            write()
        except OSError as error:
            if self._journal_failed:
                return
            self._journal_failed = True
            self.emit(
                events.Notice(
                    level="error",
                    text=tr(
                        "This session is not being saved: {path}: {strerror}. Free some space or "
                        "mend the permissions, then start a new session.",
                        path=self.journal.path,
                        strerror=error.strerror,
                    ),
                )
            )
