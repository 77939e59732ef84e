"""One question to the model: retries, text as it arrives, and one usage record per attempt."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from clacky_tui import events
from clacky_tui.agent.cache_marks import choose_marks
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.target import Target
from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.messages import ToolCall, ToolSchema
from clacky_tui.domain.pricing import Cost, cost_of
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ProviderError
from clacky_tui.providers.base import (
    CachePlan,
    Finished,
    FinishReason,
    ModelRequest,
    ReasoningChunk,
    TextChunk,
    UsageReported,
)
from clacky_tui.providers.retry import MAX_ATTEMPTS, retry_wait_seconds

BYTES_PER_TOKEN = 4
"""For estimating output of a stream that ended before its usage came (spec/agent-core.md 2.12)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model answered."""

    text: str
    reasoning: str
    reasoning_signature: str
    tool_calls: tuple[ToolCall, ...]
    reason: FinishReason


@dataclass(slots=True)
class _Attempt:
    """What one attempt has brought so far."""

    model: str
    started: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    usage: Usage | None = None
    api_cost: Decimal | None = None

    def note_token(self) -> None:
        if self.first_token_at is None:
            self.first_token_at = time.monotonic()


class ModelCaller:
    """Asks the session's model and accounts for it."""

    def __init__(self, session: Session, target: Target, ledger: Ledger, max_output: int) -> None:
        self._session = session
        self._target = target
        self._ledger = ledger
        self._max_output_tokens = max_output
        self._attempt: _Attempt | None = None

    def take_partial_text(self) -> str:
        """Text of a reply that never ended, once; empty when the last attempt ended well."""
        attempt, self._attempt = self._attempt, None
        return "".join(attempt.text) if attempt else ""

    async def ask(self, tools: tuple[ToolSchema, ...]) -> Reply:
        """Send the conversation as it stands and return the complete reply.

        Raises:
            ProviderError: the request cannot succeed, or failed `MAX_ATTEMPTS` times.
        """
        request = self._request(tools)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return await self._attempt_once(request)
            except ProviderError as error:
                if not error.retryable:
                    raise
                if attempt == MAX_ATTEMPTS:
                    message = f"{error.message} Gave up after {MAX_ATTEMPTS} attempts."
                    raise ProviderError(
                        message, code=error.code, hint=error.hint, status=error.status
                    ) from error
                wait = retry_wait_seconds(attempt, error.retry_after_seconds, random.random)
                self._session.emit(
                    events.RequestRetried(
                        attempt=attempt + 1,
                        of=MAX_ATTEMPTS,
                        wait_seconds=wait,
                        cause=error.message,
                        status=error.status,
                    )
                )
                await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _request(self, tools: tuple[ToolSchema, ...]) -> ModelRequest:
        messages = self._session.history.for_request()
        return ModelRequest(
            system=self._session.system_prompt,
            messages=messages,
            tools=tools,
            max_output_tokens=self._max_output_tokens,
            cache=CachePlan(marks=choose_marks(messages)),
            session_id=self._session.id,
        )

    async def _attempt_once(self, request: ModelRequest) -> Reply:
        attempt = self._attempt = _Attempt(self._target.model)
        try:
            reply = await self._read_stream(request, attempt)
        except ProviderError as error:
            rejected = error.status not in (None, 200) or error.code == "network"
            await self._account(attempt, "rejected" if rejected else "failed")
            raise
        except asyncio.CancelledError:
            # Accounting must finish although this task is being cancelled: the request was billed.
            await asyncio.shield(self._account(attempt, "cancelled"))
            raise
        self._attempt = None
        await self._account(attempt, "ok")
        return reply

    async def _read_stream(self, request: ModelRequest, attempt: _Attempt) -> Reply:
        emit = self._session.emit
        async for event in self._target.provider.stream(request):
            match event:
                case TextChunk(text):
                    attempt.note_token()
                    attempt.text.append(text)
                    emit(events.TextDelta(text=text))
                case ReasoningChunk(text):
                    attempt.note_token()
                    attempt.reasoning.append(text)
                    emit(events.ReasoningDelta(text=text))
                case UsageReported(usage, api_cost):
                    attempt.usage, attempt.api_cost = usage, api_cost
                case Finished(reason, tool_calls, signature):
                    attempt.note_token()
                    text = "".join(attempt.text)
                    if text:
                        emit(events.TextDone(text=text))
                    reasoning = "".join(attempt.reasoning)
                    return Reply(text, reasoning, signature, tool_calls, reason)
        raise ProviderError(
            "The stream ended before the reply was complete.", code="cut", retryable=True
        )

    async def _account(self, attempt: _Attempt, outcome: events.RequestOutcome) -> None:
        """Price the attempt, write it to the ledger and tell the front end: once, whatever came."""
        ended = time.monotonic()
        usage, cost = self._settle(attempt, outcome)
        session = self._session
        record = UsageRecord(
            id=str(uuid.uuid4()),
            session_id=session.id,
            timestamp=now(),
            model=attempt.model,
            usage=usage,
            cost=cost.amount,
            cost_source=cost.source,
            provider=self._target.provider_name,
            project=str(session.working_dir),
            purpose="chat",
            outcome=outcome,
        )
        try:
            await asyncio.to_thread(self._ledger.append, record)
        except OSError as error:
            text = f"This request is missing from the ledger {self._ledger.folder}: {error}."
            session.emit(events.Notice(level="warning", text=text))
        session.count_request(usage, cost.amount)
        waited = attempt.first_token_at and attempt.first_token_at - attempt.started
        session.emit(
            events.UsageRecorded(
                record_id=record.id,
                model=attempt.model,
                provider=self._target.provider_name,
                outcome=outcome,
                tokens=token_counts(usage) if usage is not None else None,
                cost=cost.amount,
                cost_source=cost.source,
                price_source=cost.price_source,
                simulated=self._target.simulated,
                time_to_first_token_seconds=waited,
                duration_seconds=ended - attempt.started,
                session_tokens=token_counts(session.usage),
                session_cost=session.cost,
                session_requests=session.requests,
                session_unpriced_requests=session.unpriced_requests,
            )
        )

    def _settle(
        self, attempt: _Attempt, outcome: events.RequestOutcome
    ) -> tuple[Usage | None, Cost]:
        """Tokens and cost of the attempt; None where the provider never said and none can be known."""
        if outcome == "rejected":
            return Usage(), Cost(Decimal(0), "price", "rejected before any work")
        if attempt.usage is None:
            return None, Cost(None, "unknown", "")
        priced_as = self._target.priced_as
        if outcome == "ok":
            cost = cost_of(priced_as, attempt.usage, now(), api_cost=attempt.api_cost)
            return attempt.usage, cost
        generated = sum(len(piece.encode()) for piece in (*attempt.text, *attempt.reasoning))
        estimate = -(-generated // BYTES_PER_TOKEN)
        reported = attempt.usage
        usage = reported + Usage(output_tokens=max(0, estimate - reported.output_tokens))
        cost = cost_of(priced_as, usage, now(), api_cost=attempt.api_cost)
        if cost.source == "price":
            cost = Cost(cost.amount, "estimated", cost.price_source)
        return usage, cost


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
