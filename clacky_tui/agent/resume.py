"""Going on with a stored session: opening it, and putting right what a crash left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from clacky_tui import events
from clacky_tui.agent.bookkeeping import token_counts
from clacky_tui.agent.session import Session, now
from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.errors import SessionError
from clacky_tui.i18n import tr
from clacky_tui.sessions.fork import fork
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.reader import StoredSession, read_session
from clacky_tui.sessions.records import Record, moment, word
from clacky_tui.sessions.rows import find
from clacky_tui.sessions.store import journal_of, list_sessions
from clacky_tui.tools.wording import one_line

GONE_NOTICE = """\
[SYSTEM] Automated message: the app was closed and opened again. These background commands were \
running and are no longer watched; start again what is still needed:
{commands}"""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A stored session that nobody else can open now.

    `working_dir` is None when it is gone or not known; `copied_from` is the session that this is a copy of.
    """

    stored: StoredSession
    lock: SessionLock
    working_dir: Path | None
    copied_from: Path | None = None


def open_stored(path: Path) -> OpenedSession:
    """Lock and read the journal in `path`, or a copy when another process has it open. Blocking.

    Raises:
        SessionError: it cannot be read or locked.
    """
    try:
        lock = SessionLock(path)
        if lock.acquire():
            return _opened(lock)
        copy = SessionLock(fork(path, now()))
        copy.acquire()
        return _opened(copy, path)
    except OSError as error:
        raise SessionError(
            f"{path}: {error.strerror or error}.",
            hint=tr("`clacky -l` shows the sessions there are."),
        ) from error


def stored_path(wanted: str) -> Path:
    """The journal of the session whose id begins with `wanted`, or whose name holds it. Blocking.

    Raises:
        SessionError: none or several fit, or the file cannot be used.
    """
    try:
        return journal_of(find(list_sessions(), wanted))
    except OSError as error:
        raise SessionError(
            tr(
                "The session {wanted} cannot be opened: {strerror}.",
                wanted=wanted,
                strerror=error.strerror or error,
            ),
            hint=tr("`clacky -l` shows the sessions there are."),
        ) from error


def entry_for(
    stored: StoredSession, settings: Settings, current: ModelEntry | None, *, chosen: bool
) -> ModelEntry | None:
    """The model that goes on with `stored`: its own where that is configured; None is the demo.

    Args:
        stored: the session.
        settings: with the configured models.
        current: the model to use otherwise.
        chosen: whether the person asked for `current`.

    Raises:
        SessionError: pretended and real money would be summed up in one session.
    """
    if stored.simulated:
        return None
    own = (entry for entry in settings.models if entry.model == stored.model)
    entry = current if chosen else next(own, current)
    if entry is None:
        raise SessionError(
            tr(
                "This session was held with {model}, and no model is configured.",
                model=stored.model,
            ),
            hint=tr("Add one to ~/.clacky/config.yml, or set CLACKY_API_KEY."),
        )
    return entry


def retell_state(session: Session, stored: StoredSession) -> None:
    """Tell the front end how the session stands, by the events that said so last."""
    for record in stored.continuation.state:
        try:
            envelope = events.ENVELOPE.validate_python(record)
        except ValidationError:
            continue
        event = envelope.event
        if isinstance(event, events.UsageRecorded):
            event = event.model_copy(update=_totals(session))
        session.retell(event, envelope.ts)


async def recover(session: Session, opened: OpenedSession) -> None:
    """Bring to an end what the process before could not, and tell the person of it."""
    stored = opened.stored
    going_on = stored.continuation
    if opened.copied_from is not None:
        session.warn(
            tr(
                "This session is open in another window, which goes on by itself. You are in a "
                "copy of it, {id}: what is said here stays here. Its cost so far is counted there.",
                id=session.id[:8],
            )
        )
    for problem in stored.problems:
        session.warn(problem)
    await _book(session, tuple(going_on.unbooked.values()))
    if going_on.unsaid:
        text = Message("assistant", going_on.unsaid, Origin.MODEL, task_id=session.task_id)
        session.append(text)
    if (task := going_on.open_task) is not None:
        totals = task.totals
        session.emit(
            events.TaskEnded(
                outcome="cancelled",
                iterations=task.iterations,
                requests=totals.requests + len(going_on.unbooked),
                duration_seconds=task.duration.total_seconds(),
                usage=token_counts(totals.usage),
                cost=totals.cost,
                unpriced_requests=totals.unpriced + len(going_on.unbooked),
            )
        )
        session.warn(
            tr("The app ended in the middle of this task. What was done is kept; go on here.")
        )
    if going_on.background:
        tell_gone(session, going_on.background)
        session.emit(events.BackgroundTasksChanged(tasks=()))
    if stored.waiting:
        session.emit(events.QueueChanged(waiting=()))
        waiting = "\n".join(f"> {text}" for text in stored.waiting)
        session.warn(
            tr(
                "This had been sent and never reached the model; send it again:\n{waiting}",
                waiting=waiting,
            )
        )
    session.sync()


def tell_gone(session: Session, commands: Sequence[str]) -> None:
    """Tell the model that background `commands` ended with the app that had started them."""
    listed = "\n".join(f"- {one_line(command)}" for command in commands)
    session.append(Message("user", GONE_NOTICE.format(commands=listed), Origin.NOTICE))


async def _book(session: Session, requests: Sequence[Record]) -> None:
    """Book requests whose process was killed before it could: once, at an unknown price."""
    if not requests:
        return
    ledger = default_ledger(simulated=session.simulated)
    for request in requests:
        at = moment(request.get("at")) or now()
        record = UsageRecord(
            id=word(request.get("id")),
            session_id=session.id,
            timestamp=at,
            model=word(request.get("model")),
            usage=None,
            cost=None,
            cost_source="unknown",
            provider=word(request.get("provider")),
            project=str(session.working_dir),
            purpose=word(request.get("purpose")) or "chat",
            outcome="cancelled",
        )
        try:
            record = await asyncio.to_thread(_in_ledger, ledger, record)
        except OSError as error:
            session.warn(
                tr(
                    "A request is missing from the ledger {folder}: {error}.",
                    folder=ledger.folder,
                    error=error,
                )
            )
        session.count_request(record.usage, record.cost)
        session.emit(_usage_event(session, record))


def _in_ledger(ledger: Ledger, record: UsageRecord) -> UsageRecord:
    """What the ledger has under the id of `record`, which is written when it has nothing."""
    read = ledger.read(record.timestamp.replace(microsecond=0))
    known = (written for written in read.records if written.id == record.id)
    return next(known, None) or ledger.append(record)


def _usage_event(session: Session, record: UsageRecord) -> events.UsageRecorded:
    return events.UsageRecorded.model_validate(
        {
            "record_id": record.id,
            "model": record.model,
            "provider": record.provider,
            "purpose": record.purpose,
            "outcome": record.outcome,
            "tokens": None if record.usage is None else token_counts(record.usage),
            "cost": record.cost,
            "cost_source": record.cost_source,
            "simulated": session.simulated,
            "duration_seconds": 0.0,
            **_totals(session),
        }
    )


def _totals(session: Session) -> dict[str, events.TokenCounts | Decimal | int]:
    return {
        "session_tokens": token_counts(session.usage),
        "session_cost": session.cost,
        "session_requests": session.requests,
        "session_unpriced_requests": session.unpriced_requests,
    }


def _opened(lock: SessionLock, copied_from: Path | None = None) -> OpenedSession:
    try:
        stored = read_session(lock.path)
    except BaseException:
        lock.release()
        raise
    folder = Path(stored.working_dir)
    known = bool(stored.working_dir) and folder.is_dir()
    return OpenedSession(stored, lock, folder if known else None, copied_from)
