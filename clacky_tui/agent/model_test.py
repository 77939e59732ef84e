"""A small question to every configured model at once: which of them answer, how fast, for how much."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from clacky_tui import events
from clacky_tui.agent.bookkeeping import Bookkeeper, check_budgets
from clacky_tui.agent.session import Session
from clacky_tui.agent.side_request import ask_aside
from clacky_tui.agent.target import DEMO_MODEL, Target, configured_target, demo_target
from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.prices import PriceBook, user_price_book
from clacky_tui.config.settings import ModelEntry
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import BudgetError, ClackyError
from clacky_tui.i18n import tr, tr_count

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
    text = tr_count("asking {n} model", "asking {n} models", len(entries))
    progress = events.Progress(handle="test", activity="other", text=text)
    session.emit(progress)
    try:
        prices = await asyncio.to_thread(user_price_book)
        ledger = default_ledger(simulated=session.simulated)
        await ask_models(entries, session, ledger, prices, lambda _, tested: _tell(session, tested))
    except BudgetError as error:
        session.emit(events.Failed(code=error.code, message=error.message, hint=error.hint))
    except asyncio.CancelledError:
        session.emit(events.Notice(level="info", text=tr("The test was stopped.")))
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
    answer = await ask_aside(
        target,
        (Message("user", QUESTION, Origin.USER),),
        books,
        purpose="test",
        session_id=session.id,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        limit_seconds=limit_seconds,
    )
    attempt = answer.attempt
    waited = None
    if attempt.first_token_at is not None:
        waited = attempt.first_token_at - attempt.started
    return replace(
        TestedModel(target.model, target.provider_name, answer.error),
        time_to_first_token_seconds=waited,
        duration_seconds=answer.duration_seconds,
        usage=attempt.usage,
        cost=answer.cost,
    )
