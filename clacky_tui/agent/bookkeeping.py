"""What a request to a model used and cost: priced, written down and told once, whatever became of it."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from clacky_tui import events
from clacky_tui.agent.cache_watch import PreparedRequest
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.target import Target
from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.prices import PriceBook
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.pricing import Cost, Price
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ClackyError, ProviderError
from clacky_tui.i18n import tr

BYTES_PER_TOKEN = 4
"""For estimating output of a stream that ended before its usage came (spec/agent-core.md 2.12)."""

_NEVER_SENT = frozenset({"network", "url", "auth"})
"""Codes of errors without a status that stopped the request before it left."""


_BESIDE_THE_CONVERSATION = frozenset({"test", "suggestion"})
"""Purposes of requests that send nothing of the prefix that the provider's cache holds."""


@dataclass(slots=True)
class Attempt:
    """One request as it was sent, and what has come back so far."""

    target: Target
    prepared: PreparedRequest
    purpose: events.RequestPurpose
    quiet: bool
    sent_at: datetime = field(default_factory=now)
    started: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    usage: Usage | None = None
    api_cost: Decimal | None = None
    record_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def note_token(self) -> None:
        if self.first_token_at is None:
            self.first_token_at = time.monotonic()


class Bookkeeper:
    """Keeps the books of one session.

    Args:
        session: its totals grow with every attempt.
        ledger: where usage records go.
        prices: what requests cost.
    """

    def __init__(self, session: Session, ledger: Ledger, prices: PriceBook) -> None:
        self._session = session
        self._ledger = ledger
        self._prices = prices

    async def price(self, target: Target) -> Price | None:
        """What a request to `target` costs now, None when no price list knows it."""
        return await asyncio.to_thread(
            self._prices.price, target.priced_as, target.provider_name, now()
        )

    def announce(self, attempt: Attempt) -> None:
        """Write down that `attempt` is about to be sent, in case the process ends before it is booked."""
        target = attempt.target
        self._session.note_request(
            {
                "id": attempt.record_id,
                "at": attempt.sent_at.isoformat(),
                "model": target.model,
                "provider": target.provider_name,
                "purpose": attempt.purpose,
            }
        )

    async def book(self, attempt: Attempt, outcome: events.RequestOutcome) -> Decimal | None:
        """Price the attempt, write it to the ledger and tell the front end: once, whatever came.

        A cancellation waits until that is done: what was sent is billed, wanted or not.

        Returns:
            Its cost in USD, None when unknown.
        """
        booking = asyncio.ensure_future(self._book(attempt, outcome))
        cancelled: asyncio.CancelledError | None = None
        while not booking.done():
            try:
                await asyncio.shield(booking)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled
        return booking.result()

    async def _book(self, attempt: Attempt, outcome: events.RequestOutcome) -> Decimal | None:
        target = attempt.target
        ended = time.monotonic()
        usage, cost = await asyncio.to_thread(self._settle, attempt, outcome)
        session = self._session
        record = UsageRecord(
            id=attempt.record_id,
            session_id=session.id,
            timestamp=now(),
            model=target.model,
            usage=usage,
            cost=cost.amount,
            cost_source=cost.source,
            provider=target.provider_name,
            project=str(session.working_dir),
            purpose=attempt.purpose,
            outcome=outcome,
        )
        try:
            await asyncio.to_thread(self._ledger.append, record)
        except OSError as error:
            text = tr(
                "This request is missing from the ledger {folder}: {error}.",
                folder=self._ledger.folder,
                error=error,
            )
            session.emit(events.Notice(level="warning", text=text))
        session.count_request(usage, cost.amount)
        if cost.amount is not None and attempt.purpose != "test" and outcome != "rejected":
            session.budget.note_cost(cost.amount)
        waited = attempt.first_token_at and attempt.first_token_at - attempt.started
        session.emit(
            events.UsageRecorded(
                record_id=record.id,
                model=target.model,
                provider=target.provider_name,
                purpose=attempt.purpose,
                outcome=outcome,
                tokens=token_counts(usage) if usage is not None else None,
                cost=cost.amount,
                cost_source=cost.source,
                price_source=cost.price_source,
                simulated=target.simulated,
                time_to_first_token_seconds=waited,
                duration_seconds=ended - attempt.started,
                session_tokens=token_counts(session.usage),
                session_cost=session.cost,
                session_requests=session.requests,
                session_unpriced_requests=session.unpriced_requests,
            )
        )
        if attempt.purpose not in _BESIDE_THE_CONVERSATION and outcome != "rejected":
            missed = session.observe_cache(attempt.prepared, attempt.usage)
            if missed is not None:
                session.emit(missed)
        return cost.amount

    def _settle(
        self, attempt: Attempt, outcome: events.RequestOutcome
    ) -> tuple[Usage | None, Cost]:
        """Tokens and cost of the attempt; None where the provider never said and none can be known."""
        if outcome == "rejected":
            return Usage(), Cost(Decimal(0), "price", "rejected before any work")
        if attempt.usage is None:
            return None, Cost(None, "unknown", "")
        if outcome == "ok":
            return attempt.usage, self._cost(attempt, attempt.usage)
        generated = sum(len(piece.encode()) for piece in (*attempt.text, *attempt.reasoning))
        estimate = -(-generated // BYTES_PER_TOKEN)
        reported = attempt.usage
        usage = reported + Usage(output_tokens=max(0, estimate - reported.output_tokens))
        cost = self._cost(attempt, usage)
        if cost.source == "price":
            cost = Cost(cost.amount, "estimated", cost.price_source)
        return usage, cost

    def _cost(self, attempt: Attempt, usage: Usage) -> Cost:
        target = attempt.target
        return self._prices.cost(
            target.priced_as, target.provider_name, usage, attempt.sent_at, attempt.api_cost
        )


def failure_outcome(error: ClackyError) -> events.RequestOutcome:
    """What an attempt that ended with `error` is in the books: rejected when nothing can be billed."""
    status = error.status if isinstance(error, ProviderError) else None
    return "rejected" if status not in (None, 200) or error.code in _NEVER_SENT else "failed"


async def check_budgets(session: Session, ledger: Ledger, *, turns_done: int) -> None:
    """Let the session's next request pass, warning where a budget runs low.

    Args:
        session: whose request it is.
        ledger: where day and month are summed up.
        turns_done: iterations of its task that are over.

    Raises:
        BudgetError: the request would go over a budget.
    """
    warnings = await session.budget.check(
        task=session.task_id,
        turns_done=turns_done,
        session_cost=session.cost,
        ledger=ledger,
        now=now(),
        model=session.model,
        project=str(session.working_dir),
    )
    for warning in warnings:
        session.emit(
            events.BudgetWarned(
                scope=warning.scope,
                unit=warning.unit,
                spent=warning.spent,
                limit=warning.limit,
                share=warning.share,
            )
        )


def token_counts(usage: Usage) -> events.TokenCounts:
    """`usage` in the shape the events carry."""
    return events.TokenCounts(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_creation_tokens=usage.cache_creation_tokens,
        cache_creation_1h_tokens=usage.cache_creation_1h_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )
