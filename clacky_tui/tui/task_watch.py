"""How the session stands, told by its events: what the window title says and a person is called for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clacky_tui import events

Standing = Literal["idle", "working", "waiting", "failed"]
Call = Literal["approval", "trust", "feedback", "done", "error", "budget"]


@dataclass(slots=True)
class TaskWatch:
    """Takes envelopes in, in order."""

    standing: Standing = "idle"
    name: str = ""
    _started_at: datetime | None = None
    _open: frozenset[str] = frozenset()
    """Questions without an answer."""

    def note(self, envelope: events.Envelope) -> Call | None:
        """What a person may want to be called for; None for most events."""
        call: Call | None = None
        outcome: events.TaskOutcome | None = None
        match envelope.event:
            case events.SessionOpened(name=name, question=question):
                self.name, self._started_at = name, None
                self._open = frozenset([question.request_id] if question else [])
            case events.SessionTitled(name=name):
                self.name = name
                return None
            case events.TaskStarted():
                self._started_at, self._open = envelope.ts, frozenset()
            case events.ApprovalAsked(request_id=request_id):
                self._open |= {request_id}
                call = "approval"
            case events.TrustAsked(request_id=request_id):
                self._open |= {request_id}
                call = "trust"
            case events.FeedbackAsked(request_id=request_id):
                self._open |= {request_id}
                call = "feedback"
            case (
                events.ApprovalGiven(request_id=request_id)
                | events.TrustGiven(request_id=request_id)
                | events.FeedbackAnswered(request_id=request_id)
            ):
                self._open -= {request_id}
            case events.TaskEnded(outcome=outcome):
                self._started_at = None
                if outcome in ("done", "error", "budget"):
                    call = outcome
            case _:
                return None
        working: Standing = "working" if self._started_at else "idle"
        self.standing = "waiting" if self._open else working
        if outcome in ("error", "budget"):
            self.standing = "failed"
        return call

    def runs_for(self, now: datetime) -> timedelta:
        """How long the task has run so far; nothing without one."""
        return now - self._started_at if self._started_at else timedelta(0)
