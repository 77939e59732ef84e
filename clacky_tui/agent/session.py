"""One session's state: conversation, totals and todos, and the numbered stream of its events."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

from clacky_tui import events
from clacky_tui.agent.budget_watch import BudgetWatch
from clacky_tui.agent.cache_watch import CacheWatch
from clacky_tui.agent.history import History
from clacky_tui.domain.budgets import Limits
from clacky_tui.domain.messages import Message
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.usage import Usage
from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.sessions.journal import Journal
from clacky_tui.tools.base import ToolContext

Emit = Callable[[events.Envelope], None]

NAME_CHARACTERS = 30


def now() -> datetime:
    """The present moment in the local zone."""
    return datetime.now().astimezone()


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
    """

    def __init__(
        self,
        *,
        working_dir: Path,
        mode: PermissionMode,
        model: str,
        simulated: bool,
        deliver: Emit,
        limits: Limits = Limits(),  # noqa: B008  frozen
        web: WebSettings = WebSettings(),  # noqa: B008  frozen
    ) -> None:
        self.id = secrets.token_hex(8)
        self.created_at = now()
        self.name = ""
        self.mode = mode
        self.model = model
        self.simulated = simulated
        self.history = History()
        self.tools = ToolContext(working_dir=working_dir, web=web)
        self.allowed_rules: set[str] = set()
        """What was allowed for this session, as `domain.permissions.rules_of` gives it."""
        self.system_prompt = ""
        """Built before the first request, then never changed: the provider's cache hangs on it."""
        self.cache = CacheWatch()
        self.budget = BudgetWatch(limits)
        self.task_id = 0
        self.iteration = 0
        self.usage = Usage()
        self.cost = Decimal(0)
        self.requests = 0
        self.unpriced_requests = 0
        self.journal = Journal(self.id, self.created_at)
        self._deliver = deliver
        self._seq = 0
        self._waiting: list[events.Envelope] = []
        self._journal_failed = False

    @property
    def working_dir(self) -> Path:
        return self.tools.working_dir

    def emit(self, event: events.Event) -> None:
        """Number `event`, write it to the journal and hand it to the front end."""
        self._seq += 1
        envelope = events.Envelope(
            seq=self._seq,
            ts=now(),
            session_id=self.id,
            task_id=self.task_id,
            iteration=self.iteration,
            event=event,
        )
        self._record(envelope)
        self._deliver(envelope)

    def warn(self, text: str) -> None:
        """Tell the person of something that is not as it should be."""
        self.emit(events.Notice(level="warning", text=text))

    def opened(self) -> None:
        """Emit `session.opened`; always the first event."""
        self.emit(
            events.SessionOpened(
                name=self.name,
                working_dir=str(self.working_dir),
                model=self.model,
                mode=self.mode.value,
                simulated=self.simulated,
            )
        )

    def append(self, message: Message) -> None:
        """Add `message` to the conversation and to the journal."""
        self.history.append(message)
        self._guarded(partial(self.journal.record_message, message))

    def replace_history(self, messages: Sequence[Message]) -> None:
        """Put `messages` in the place of the whole conversation, in the journal too."""
        self.history.replace_all(messages)
        self.cache.expect_cold_request()
        self._guarded(partial(self.journal.record_replacement, messages))

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

    @property
    def saved_path(self) -> str:
        """Where the journal lies; empty while nothing has been said."""
        return str(self.journal.path) if self.task_id else ""

    def _record(self, envelope: events.Envelope) -> None:
        # Held back until the first task, so that opening and closing the app leaves no file.
        self._waiting.append(envelope)
        if self.task_id:
            waiting, self._waiting = self._waiting, []
            for line in waiting:
                self._guarded(partial(self.journal.record_event, line))

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
                    text=f"This session is not being saved: {self.journal.path}: {error.strerror}. "
                    "Free some space or mend the permissions, then start a new session.",
                )
            )
