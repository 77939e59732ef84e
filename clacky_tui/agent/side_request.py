"""A small request beside the conversation: nothing of it is sent, nothing is retried, all is booked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clacky_tui import events
from clacky_tui.agent.bookkeeping import Attempt, Bookkeeper, failure_outcome
from clacky_tui.agent.cache_watch import PreparedRequest
from clacky_tui.agent.session import now
from clacky_tui.agent.target import Target
from clacky_tui.domain.messages import Message, ToolSchema
from clacky_tui.errors import ClackyError, ProviderError
from clacky_tui.i18n import tr
from clacky_tui.providers.base import (
    CachePlan,
    Finished,
    ModelRequest,
    ReasoningChunk,
    TextChunk,
    UsageReported,
)


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """What became of it; `error` is None when the model answered, `cost` in USD."""

    attempt: Attempt
    cost: Decimal | None
    duration_seconds: float
    error: ClackyError | None

    @property
    def text(self) -> str:
        return "".join(self.attempt.text)


async def ask_aside(
    target: Target,
    messages: Sequence[Message],
    books: Bookkeeper,
    *,
    purpose: events.RequestPurpose,
    session_id: str,
    max_output_tokens: int,
    limit_seconds: float,
    tools: Sequence[ToolSchema] = (),
) -> SideAnswer:
    """Ask `target` once and book it, also when it fails or is cancelled; no cache marks.

    Args:
        target: whom to ask; not closed.
        messages: the whole of what is sent.
        books: where it is written down.
        purpose: as what.
        session_id: tells the provider which machine to send it to.
        max_output_tokens: of the answer.
        limit_seconds: after which a model that has not finished has failed.
        tools: offered to the model; its calls are not carried out.
    """
    request = ModelRequest(
        system="",
        messages=tuple(messages),
        tools=tuple(tools),
        max_output_tokens=max_output_tokens,
        cache=CachePlan(mark_tools=False, mark_system=False),
        session_id=session_id,
    )
    attempt = Attempt(target, PreparedRequest(request, target.model, now(), None), purpose, True)
    books.announce(attempt)
    error: ClackyError | None = None
    try:
        async with asyncio.timeout(limit_seconds):
            await _read(attempt)
    except TimeoutError:
        error = ClackyError(
            tr(
                "{provider_name} did not finish its answer within {limit_seconds:g} s.",
                provider_name=target.provider_name,
                limit_seconds=limit_seconds,
            ),
            code="timeout",
            hint=tr("It may be busy: try again, or check its base_url."),
        )
    except ProviderError as failure:
        error = failure
    except asyncio.CancelledError:
        await books.book(attempt, "cancelled")
        raise
    ended = time.monotonic()
    cost = await books.book(attempt, "ok" if error is None else failure_outcome(error))
    return SideAnswer(attempt, cost, ended - attempt.started, error)


async def _read(attempt: Attempt) -> None:
    """Read the reply to its end.

    Raises:
        ProviderError: the request failed, or the reply is empty or has no end.
    """
    async for event in attempt.target.provider.stream(attempt.prepared.request):
        match event:
            case TextChunk(text):
                attempt.note_token()
                attempt.text.append(text)
            case ReasoningChunk(text):
                attempt.note_token()
                attempt.reasoning.append(text)
            case UsageReported(usage, api_cost):
                attempt.usage, attempt.api_cost = usage, api_cost
            case Finished(reason):
                # With so few tokens a reasoning model may run out of them before its first word.
                if attempt.text or attempt.reasoning or reason in ("length", "tool_calls"):
                    return
                raise ProviderError(
                    tr("The model answered with nothing."),
                    code="empty",
                    hint=tr("Check that its wire in config.yml is what this address speaks."),
                )
    raise ProviderError(tr("The stream ended before the reply was complete."), code="cut")
