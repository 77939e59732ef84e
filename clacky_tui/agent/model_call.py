"""One question to the model: retries, substitutes, text as it arrives, a usage record per attempt."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from clacky_tui import events
from clacky_tui.agent.bookkeeping import Attempt, Bookkeeper, check_budgets, failure_outcome
from clacky_tui.agent.fallback import (
    STAND_IN_ATTEMPTS,
    SWITCH_AFTER_FAILURES,
    ModelRoute,
    blames_address,
)
from clacky_tui.agent.joined_pieces import JoinedPieces
from clacky_tui.agent.session import Session
from clacky_tui.agent.stall import Patience, watch_silence
from clacky_tui.agent.target import Target
from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.prices import PriceBook
from clacky_tui.domain.messages import Message, Origin, ToolCall, ToolSchema
from clacky_tui.domain.pricing import Rates
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ConfigError, ProviderError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.providers.base import (
    Finished,
    FinishReason,
    ModelRequest,
    ReasoningChunk,
    ReasoningLevel,
    TextChunk,
    UsageReported,
)
from clacky_tui.providers.failures import host_label
from clacky_tui.providers.retry import MAX_ATTEMPTS, retry_wait_seconds

_TRUNCATED = "truncated"
_ODD_REPLIES = {
    "empty": tr_noop("The model answered with nothing."),
    "silent": tr_noop("The model thought, but answered with nothing."),
    _TRUNCATED: tr_noop("A tool call arrived without its arguments."),
}
"""Replies that ended well and are of no use; each is asked for once more."""

_TRUNCATED_HINT = """\
[SYSTEM] Your last tool call arrived without its arguments; it may have been too long for the \
connection. Keep arguments under 2000 characters: a skeleton first and edits after, several calls \
instead of one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model answered, what it used and cost (None where unknown; cost in USD)."""

    text: str
    reasoning: str
    reasoning_signature: str
    tool_calls: tuple[ToolCall, ...]
    reason: FinishReason
    usage: Usage | None = None
    cost: Decimal | None = None


@dataclass(slots=True)
class _Call:
    """One question and what has become of it so far."""

    tools: tuple[ToolSchema, ...]
    purpose: events.RequestPurpose
    quiet: bool
    messages: tuple[Message, ...] | None = None
    """What is sent instead of the history."""
    max_output_tokens: int | None = None
    """None is as much as the settings allow."""
    request: ModelRequest | None = None
    """None has it built before the next attempt."""
    failures: int = 0
    """In a row, on the model and at the address that is asked now."""
    attempts: int = 0
    asked_again: set[str] = field(default_factory=set)
    """Codes of what is put right only once."""
    changed_address: bool = False


class ModelCaller:
    """Asks the model of one session and accounts for it.

    Args:
        session: whose conversation is sent; its totals grow with every attempt.
        route: the model and its substitutes.
        ledger: where usage records go.
        max_output: tokens per reply.
        patience: how long a silent stream is waited for.
        prices: what requests cost; by default without the user's own prices.
    """

    def __init__(
        self,
        session: Session,
        route: ModelRoute,
        ledger: Ledger,
        max_output: int,
        patience: Patience | None = None,
        prices: PriceBook | None = None,
    ) -> None:
        self.reasoning_level: ReasoningLevel = "off"
        self._session = session
        self._route = route
        self._ledger = ledger
        self._max_output_tokens = max_output
        self._patience = patience or Patience()
        self._books = Bookkeeper(session, ledger, prices or PriceBook())
        self._attempt: Attempt | None = None
        self._hinted_task = 0

    def take_partial_text(self) -> str:
        """Shown text of a reply that never ended, once; empty when the last attempt ended well."""
        attempt, self._attempt = self._attempt, None
        return "".join(attempt.text) if attempt and not attempt.quiet else ""

    async def ask(
        self,
        tools: tuple[ToolSchema, ...],
        *,
        messages: tuple[Message, ...] | None = None,
        purpose: events.RequestPurpose = "chat",
        quiet: bool = False,
        max_output_tokens: int | None = None,
    ) -> Reply:
        """Send the conversation as it stands and return the complete reply.

        Args:
            tools: what the model may call.
            messages: what to send instead of the conversation as it stands, already sendable.
            purpose: written to the ledger.
            quiet: keep the reply's text from the front end.
            max_output_tokens: of this reply, when it is to be shorter than the settings allow.

        Raises:
            ProviderError: the request cannot succeed, or failed too often.
        """
        call = _Call(tools, purpose, quiet, messages, max_output_tokens)
        if self._route.probe_due and (reply := await self._probe(call)):
            return reply
        while True:
            try:
                return await self._attempt_once(call, self._route.target)
            except ProviderError as error:
                await self._prepare_retry(call, error)

    async def rates(self, input_tokens: int) -> Rates | None:
        """What a request with so much input costs now, in USD per million tokens; None when not known.

        They are those of the price book that requests are booked with.
        """
        price = await self._books.price(self._route.target)
        return price.rates_for(Usage(input_tokens=input_tokens)) if price else None

    async def check_budgets(self, turns_done: int) -> None:
        """Let the next request pass, warning where a budget runs low.

        Args:
            turns_done: iterations of this task that are over.

        Raises:
            BudgetError: the request would go over a budget.
        """
        await check_budgets(self._session, self._ledger, turns_done=turns_done)

    async def _probe(self, call: _Call) -> Reply | None:
        """Try the configured model once without a word; None when it still fails."""
        route, substitute = self._route, self._route.target
        by_address = route.on_duty == "second_address"
        if by_address:
            self._session.cache.expect_cold_request()
        try:
            reply = await self._attempt_once(call, route.primary)
        except ProviderError as error:
            if self._attempt and self._attempt.text:
                self._tell_retry(error, attempt=1, of=STAND_IN_ATTEMPTS, wait_seconds=0.0)
            route.postpone_probe()
            return None
        route.return_to_primary()
        self._tell_model_change(substitute)
        name = host_label(route.primary.provider.endpoint) if by_address else route.primary.model
        self._session.emit(
            events.Notice(level="success", text=tr("{name} answers again.", name=name))
        )
        return reply

    async def _prepare_retry(self, call: _Call, error: ProviderError) -> None:
        """Get ready to ask again after `error`, waiting as long as it takes.

        Raises:
            ProviderError: asking again would not help; with the number of attempts when it was tried.
        """
        if _wants_reasoning(error) and not self._session.fills_reasoning:
            self._session.fills_reasoning = True
            call.request = None
            self._tell_retry(error, attempt=2, of=2, wait_seconds=0.0)
            return
        if error.code in _ODD_REPLIES:
            if error.code == _TRUNCATED:
                self._give_truncated_hint(call)
            self._tell_retry(error, attempt=2, of=2, wait_seconds=0.0)
            return
        call.failures += 1
        if await self._stand_in_takes_over(call, error):
            return
        limit = STAND_IN_ATTEMPTS if self._route.on_duty == "stand_in" else MAX_ATTEMPTS
        if await self._other_address_takes_over(call, error, limit):
            return
        if not error.retryable:
            raise error
        if call.failures >= limit:
            message = tr(
                "{message} Gave up after {attempts} attempts.",
                message=error.message,
                attempts=call.attempts,
            )
            raise ProviderError(
                message, code=error.code, hint=error.hint, status=error.status
            ) from error
        wait = retry_wait_seconds(call.failures, error.retry_after_seconds, random.random)
        self._tell_retry(error, attempt=call.failures + 1, of=limit, wait_seconds=wait)
        await asyncio.sleep(wait)

    async def _stand_in_takes_over(self, call: _Call, error: ProviderError) -> bool:
        # A connection that is never made says nothing about the model.
        if call.failures != SWITCH_AFTER_FAILURES or not error.retryable or error.code == "network":
            return False
        primary = self._route.target
        if self._route.on_duty is not None or not await self._route.bring_in("stand_in"):
            return False
        call.failures = 0
        self._tell_retry(error, attempt=1, of=STAND_IN_ATTEMPTS, wait_seconds=0.0)
        model = self._route.target.model
        text = tr(
            "{failing} failed {SWITCH_AFTER_FAILURES} times in a row; {model} stands in for it.",
            failing=primary.model,
            SWITCH_AFTER_FAILURES=SWITCH_AFTER_FAILURES,
            model=model,
        )
        self._session.emit(events.Notice(level="warning", text=text))
        self._tell_model_change(primary)
        return True

    async def _other_address_takes_over(
        self, call: _Call, error: ProviderError, limit: int
    ) -> bool:
        """Go from one address of the provider to the other, once per question."""
        route, before = self._route, self._route.target
        if call.changed_address or not blames_address(error, failures=call.failures, limit=limit):
            return False
        if route.on_duty == "second_address":
            route.return_to_primary()
        elif not await self._reaches_second_address():
            return False
        call.changed_address = True
        call.failures = 0
        self._session.cache.expect_cold_request()
        self._tell_retry(error, attempt=1, of=MAX_ATTEMPTS, wait_seconds=0.0)
        old, new = (host_label(target.provider.endpoint) for target in (before, route.target))
        text = tr(
            "Requests to {old} fail; {new} is asked for now, where nothing may be cached yet.",
            old=old,
            new=new,
        )
        self._session.emit(events.Notice(level="warning", text=text))
        self._tell_model_change(before)
        return True

    async def _reaches_second_address(self) -> bool:
        try:
            return await self._route.bring_in("second_address")
        except ConfigError as error:
            self._session.emit(events.Notice(level="warning", text=str(error)))
            return False

    def _tell_model_change(self, before: Target) -> None:
        """Tell the model that answers now, if it is another one than `before`."""
        model = self._route.target.model
        if model != before.model:
            self._session.emit(events.ModelChanged(model=model, simulated=self._session.simulated))

    def _give_truncated_hint(self, call: _Call) -> None:
        session = self._session
        if call.messages is not None or self._hinted_task == session.task_id:
            return
        self._hinted_task = session.task_id
        session.append(Message("user", _TRUNCATED_HINT, Origin.NOTICE, task_id=session.task_id))
        call.request = None

    def _tell_retry(
        self, error: ProviderError, *, attempt: int, of: int, wait_seconds: float
    ) -> None:
        self._session.emit(
            events.RequestRetried(
                attempt=attempt,
                of=of,
                wait_seconds=wait_seconds,
                cause=error.message,
                status=error.status,
            )
        )

    def _request(self, call: _Call) -> ModelRequest:
        messages = call.messages
        if messages is None:
            messages = self._session.history.for_request()
        if self._session.fills_reasoning:
            messages = tuple(map(_with_reasoning, messages))
        return ModelRequest(
            system=self._session.system_prompt,
            messages=messages,
            tools=call.tools,
            max_output_tokens=call.max_output_tokens or self._max_output_tokens,
            reasoning_level=self.reasoning_level,
            session_id=self._session.id,
        )

    async def _attempt_once(self, call: _Call, target: Target) -> Reply:
        """One request and its usage record.

        Raises:
            ProviderError: it failed, or its reply is odd in a way that was not met in this call yet.
            BudgetError: it would go over a budget; nothing was sent.
        """
        await self.check_budgets(turns_done=max(0, self._session.iteration - 1))
        if call.request is None:
            call.request = self._request(call)
        call.attempts += 1
        price = await self._books.price(target)
        prepared = self._session.cache.prepare(call.request, target.model, price)
        attempt = self._attempt = Attempt(target, prepared, call.purpose, call.quiet)
        self._books.announce(attempt)
        try:
            reply = await self._read_stream(attempt)
        except ProviderError as error:
            await self._books.book(attempt, failure_outcome(error))
            raise
        except asyncio.CancelledError:
            await self._books.book(attempt, "cancelled")
            raise
        oddity = _oddity(reply, call.tools)
        odd = oddity != "" and oddity not in call.asked_again
        if reply.text and not odd and not call.quiet:
            self._session.emit(events.TextDone(text=reply.text))
        cost = await self._books.book(attempt, "ok")
        if odd:
            call.asked_again.add(oddity)
            raise ProviderError(tr(_ODD_REPLIES[oddity]), code=oddity, retryable=True)
        self._attempt = None
        return replace(reply, usage=attempt.usage, cost=cost)

    async def _read_stream(self, attempt: Attempt) -> Reply:
        patience = self._patience
        said = JoinedPieces(self._session.emit)
        try:
            async with watch_silence(patience, self._tell_stall) as pulse:
                async for event in attempt.target.provider.stream(attempt.prepared.request):
                    pulse.beat()
                    match event:
                        case TextChunk(text):
                            attempt.note_token()
                            attempt.text.append(text)
                            if not attempt.quiet:
                                said.add(events.TextDelta, text)
                        case ReasoningChunk(text):
                            attempt.note_token()
                            attempt.reasoning.append(text)
                            if not attempt.quiet:
                                said.add(events.ReasoningDelta, text)
                        case UsageReported(usage, api_cost):
                            attempt.usage, attempt.api_cost = usage, api_cost
                        case Finished(reason, tool_calls, signature):
                            attempt.note_token()
                            text, reasoning = "".join(attempt.text), "".join(attempt.reasoning)
                            return Reply(text, reasoning, signature, tool_calls, reason)
        except TimeoutError as error:
            raise ProviderError(
                tr(
                    "The reply stopped: no byte for {idle_limit_seconds:g} s.",
                    idle_limit_seconds=patience.idle_limit_seconds,
                ),
                code="cut",
                hint=tr("It is worth another try."),
                retryable=True,
            ) from error
        finally:
            said.flush()
        raise ProviderError(
            tr("The stream ended before the reply was complete."), code="cut", retryable=True
        )

    def _tell_stall(self, seconds: float) -> None:
        self._session.emit(events.RequestStalled(seconds=seconds))


OpenCaller = Callable[[], Awaitable[ModelCaller]]
"""Gives what asks the model, opened on first need; may raise `ConfigError` or start the demo model."""


def _oddity(reply: Reply, tools: tuple[ToolSchema, ...]) -> str:
    """What makes a reply useless although it ended well, a key of `_ODD_REPLIES`; else empty."""
    if reply.reason in ("length", "refusal"):
        return ""
    if not reply.tool_calls:
        if reply.text.strip():
            return ""
        return "silent" if reply.reasoning.strip() else "empty"
    wanting = {schema.name for schema in tools if schema.parameters.get("required")}
    cut = any(call.name in wanting and not _arguments(call) for call in reply.tool_calls)
    return _TRUNCATED if cut else ""


def _arguments(call: ToolCall) -> Any:
    """The arguments as JSON says; text that is no JSON as it is: the model can mend what it reads."""
    try:
        return json.loads(call.arguments) if call.arguments.strip() else None
    except (ValueError, RecursionError):
        return call.arguments


def _wants_reasoning(error: ProviderError) -> bool:
    """True for the refusal of a conversation with replies that carry no reasoning (spec 2.13)."""
    said = error.message.lower()
    phrases = ("thinking", "must be passed back", "must be provided")
    return (
        error.status == 400
        and "reasoning_content" in said
        and any(phrase in said for phrase in phrases)
    )


def _with_reasoning(message: Message) -> Message:
    if message.role != "assistant" or message.reasoning:
        return message
    return replace(message, reasoning=" ")
