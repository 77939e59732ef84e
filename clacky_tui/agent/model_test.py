"""A small question to every configured model at once: which of them answer, how fast, for how much."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from clacky_tui import events
from clacky_tui.agent.bookkeeping import Attempt, Bookkeeper, check_budgets, failure_outcome
from clacky_tui.agent.cache_watch import PreparedRequest
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.target import DEMO_MODEL, Target, configured_target, demo_target
from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.prices import PriceBook, user_price_book
from clacky_tui.config.settings import ModelEntry
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import BudgetError, ClackyError, ProviderError
from clacky_tui.providers.base import (
    CachePlan,
    Finished,
    ModelRequest,
    ReasoningChunk,
    TextChunk,
    UsageReported,
)

QUESTION = "Answer with one word: ready."
MAX_OUTPUT_TOKENS = 16
TIME_LIMIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class TestedModel:
    """What became of the question to one model.

    Times are in seconds, `cost` in USD. None is what is not known: no first token came, the provider
    reported no tokens, the price is not known.
    """

    model: str
    provider: str
    """The host, as the ledger names it; empty when the entry has no usable address."""
    error: ClackyError | None = None
    """Why it failed; its hint names what to check. None when the model answered."""
    time_to_first_token_seconds: float | None = None
    duration_seconds: float = 0.0
    usage: Usage | None = None
    cost: Decimal | None = None


async def ask_and_tell(session: Session, entries: Sequence[ModelEntry | None]) -> None:
    """Ask every model of `entries` as `ask_models` does, and tell it in the events of `session`."""
    count = f"{len(entries)} model{'s' if len(entries) != 1 else ''}"
    progress = events.Progress(handle="test", activity="other", text=f"asking {count}")
    session.emit(progress)
    try:
        prices = await asyncio.to_thread(user_price_book)
        ledger = default_ledger(simulated=session.simulated)
        await ask_models(entries, session, ledger, prices, lambda _, tested: _tell(session, tested))
    except BudgetError as error:
        session.emit(events.Failed(code=error.code, message=error.message, hint=error.hint))
    except asyncio.CancelledError:
        session.emit(events.Notice(level="info", text="The test was stopped."))
        raise
    finally:
        session.emit(progress.model_copy(update={"done": True}))


def _tell(session: Session, tested: TestedModel) -> None:
    session.emit(
        events.ModelTested(
            model=tested.model,
            provider=tested.provider,
            ok=tested.error is None,
            message=str(tested.error or ""),
            time_to_first_token_seconds=tested.time_to_first_token_seconds,
            duration_seconds=tested.duration_seconds,
            output_tokens=None if tested.usage is None else tested.usage.output_tokens,
            cost=tested.cost,
        )
    )


async def ask_models(
    entries: Sequence[ModelEntry | None],
    session: Session,
    ledger: Ledger,
    prices: PriceBook,
    tell: Callable[[int, TestedModel], None],
    *,
    limit_seconds: float = TIME_LIMIT_SECONDS,
) -> None:
    """Ask every model once, all at the same time, and write each request down as a `test`.

    A failure is told like a success and stops nothing. Nothing is retried, and the session's
    conversation is neither sent nor changed; its totals grow by what the requests cost.

    Args:
        entries: whom to ask; None is the embedded demo model.
        session: pays; pretended and real money must not meet in it.
        ledger: where the requests are written down.
        prices: what they cost.
        tell: told each result with its index in `entries`, as it comes.
        limit_seconds: after which a model that has not finished has failed.

    Raises:
        BudgetError: a budget is used up; nothing was sent.
    """
    await check_budgets(session, ledger, turns_done=0)
    books = Bookkeeper(session, ledger, prices)
    async with asyncio.TaskGroup() as group:
        for index, entry in enumerate(entries):
            group.create_task(_test(entry, session, books, partial(tell, index), limit_seconds))


async def _test(
    entry: ModelEntry | None,
    session: Session,
    books: Bookkeeper,
    tell: Callable[[TestedModel], None],
    limit_seconds: float,
) -> None:
    try:
        open_target = partial(configured_target, entry) if entry else demo_target
        target = await asyncio.to_thread(open_target)
    except ClackyError as error:
        tell(TestedModel(entry.model if entry else DEMO_MODEL, "", error))
        return
    try:
        result = await _ask(target, session, books, limit_seconds)
    finally:
        await target.close()
    tell(result)


async def _ask(
    target: Target, session: Session, books: Bookkeeper, limit_seconds: float
) -> TestedModel:
    request = ModelRequest(
        system="",
        messages=(Message("user", QUESTION, Origin.USER),),
        tools=(),
        max_output_tokens=MAX_OUTPUT_TOKENS,
        cache=CachePlan(mark_tools=False, mark_system=False),
        session_id=session.id,
    )
    attempt = Attempt(target, PreparedRequest(request, target.model, now(), None), "test", True)
    books.announce(attempt)
    error: ClackyError | None = None
    try:
        async with asyncio.timeout(limit_seconds):
            await _read(attempt)
    except TimeoutError:
        error = ClackyError(
            f"{target.provider_name} did not finish its answer within {limit_seconds:g} s.",
            code="timeout",
            hint="It may be busy: try again, or check its base_url.",
        )
    except ProviderError as failure:
        error = failure
    except asyncio.CancelledError:
        await books.book(attempt, "cancelled")
        raise
    ended = time.monotonic()
    cost = await books.book(attempt, "ok" if error is None else failure_outcome(error))
    waited = None
    if attempt.first_token_at is not None:
        waited = attempt.first_token_at - attempt.started
    return replace(
        TestedModel(target.model, target.provider_name, error),
        time_to_first_token_seconds=waited,
        duration_seconds=ended - attempt.started,
        usage=attempt.usage,
        cost=cost,
    )


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
                if attempt.text or attempt.reasoning or reason == "length":
                    return
                raise ProviderError(
                    "The model answered with nothing.",
                    code="empty",
                    hint="Check that its wire in config.yml is what this address speaks.",
                )
    raise ProviderError("The stream ended before the reply was complete.", code="cut")
