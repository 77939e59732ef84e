"""Sessions on the disk, written as the app writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from clacky_tui import events
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.sessions.journal import Journal

START = datetime(2026, 5, 22, 9, 30, 5, tzinfo=UTC)


class SessionWriter:
    """Writes one journal event by event, each a second after the last."""

    def __init__(
        self,
        session_id: str,
        *,
        working_dir: str = "/src/shop",
        at: datetime = START,
        simulated: bool = False,
        folder: Path | None = None,
    ) -> None:
        self.id = session_id
        self.journal = Journal(session_id, at, folder)
        self.at = at
        self.seq = 0
        self.task = 0
        self.cost = Decimal(0)
        self.emit(
            events.SessionOpened(
                working_dir=working_dir, model="m-1", mode="confirm_safes", simulated=simulated
            )
        )

    @property
    def path(self) -> Path:
        return self.journal.path

    def emit(self, event: events.Event) -> None:
        self.seq += 1
        self.at += timedelta(seconds=1)
        envelope = events.Envelope(
            seq=self.seq, ts=self.at, session_id=self.id, task_id=self.task, event=event
        )
        self.journal.record_event(envelope)

    def exchange(self, asked: str, answered: str, cost: str | None = "0.01") -> None:
        """One task with one model request."""
        self.task += 1
        self.emit(events.TaskStarted(text=asked))
        user = Message("user", asked, Origin.USER, task_id=self.task, created_at=self.at)
        self.journal.record_message(user)
        self.usage(cost)
        self.emit(events.TextDone(text=answered))
        reply = Message("assistant", answered, Origin.MODEL, task_id=self.task)
        self.journal.record_message(reply)
        self.emit(
            events.TaskEnded(
                outcome="done",
                iterations=1,
                requests=1,
                duration_seconds=1.5,
                usage=events.TokenCounts(input_tokens=10, output_tokens=5),
                cost=Decimal(cost or 0),
                unpriced_requests=int(cost is None),
            )
        )

    def usage(self, cost: str | None, *, simulated: bool = False) -> None:
        tokens = events.TokenCounts(input_tokens=10, output_tokens=5)
        self.emit(
            events.UsageRecorded(
                record_id=f"r{self.seq}",
                model="m-1",
                provider="p",
                outcome="ok",
                tokens=tokens,
                cost=None if cost is None else Decimal(cost),
                cost_source="unknown" if cost is None else "price",
                simulated=simulated,
                duration_seconds=1.0,
                session_tokens=tokens,
                session_cost=Decimal(0),
                session_requests=1,
                session_unpriced_requests=0,
            )
        )

    def close(self) -> Path:
        self.journal.close()
        return self.path


def stored(
    session_id: str,
    *exchanges: tuple[str, str],
    name: str = "",
    working_dir: str = "/src/shop",
    at: datetime = START,
    simulated: bool = False,
) -> Path:
    """A finished session in the user's folder."""
    writer = SessionWriter(session_id, working_dir=working_dir, at=at, simulated=simulated)
    for asked, answered in exchanges or (("hello", "hi"),):
        writer.exchange(asked, answered)
    if name:
        writer.emit(events.SessionTitled(name=name))
    return writer.close()
