"""What the next message costs where the provider's cache has nothing of the conversation."""

from __future__ import annotations

from clacky_tui import events
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.model_call import OpenCaller
from clacky_tui.agent.model_desk import ModelDesk
from clacky_tui.agent.session import Session, now
from clacky_tui.domain.cache_audit import MISS_TOKENS
from clacky_tui.domain.idle_choice import REQUESTS_AFTER, cold_costs
from clacky_tui.domain.money import format_usd
from clacky_tui.domain.pricing import Rates
from clacky_tui.errors import ClackyError


async def tell_if_cold(session: Session, compressor: Compressor, open_caller: OpenCaller) -> None:
    """Say what reading the conversation anew costs, and what compressing it first would."""
    tokens = compressor.context_tokens
    if session.simulated or tokens < MISS_TOKENS or not session.cache.is_cold(now()):
        return
    rates = await _rates(open_caller, tokens)
    text = (
        f"The provider has forgotten this conversation: the next message sends all of it anew, "
        f"about {tokens:,} tokens"
    )
    plan = compressor.plan()
    if rates is None:
        hint = " /compact first makes all later ones shorter." if plan else ""
        session.emit(
            events.Notice(level="info", text=f"{text}, at a price that is not known.{hint}")
        )
        return
    costs = cold_costs(rates, tokens, plan.tokens_after if plan else None)
    text = f"{text}, for {format_usd(costs.next_message)}."
    if costs.compressed is not None:
        better = "saves" if costs.compressed < costs.as_it_is else "would not save"
        text += (
            f" /compact first {better} money: {format_usd(costs.compressed)} instead of "
            f"{format_usd(costs.as_it_is)}, for the next {REQUESTS_AFTER} requests."
        )
    session.emit(events.Notice(level="info", text=text))


async def tell_if_switch_is_cold(
    session: Session, compressor: Compressor, desk: ModelDesk, what: str
) -> None:
    """Say what the next message costs after a switch to `what`, which has a cache of its own.

    Nothing is said where there is little to read, or where `what` was asked a short while ago.
    """
    tokens, level = compressor.context_tokens, desk.reasoning_level
    if session.simulated or tokens < MISS_TOKENS:
        return
    if session.cache.holds(session.history.for_request(), desk.model, level, now()):
        return
    rates = await _rates(desk.caller, tokens)
    price = "at a price that is not known"
    if rates is not None:
        price = f"for {format_usd(cold_costs(rates, tokens, None).next_message)}"
    text = (
        f"{what} has a cache of its own and none of this conversation in it: the next message sends "
        f"all of it anew, about {tokens:,} tokens, {price}."
    )
    session.emit(events.Notice(level="info", text=text))


async def _rates(open_caller: OpenCaller, tokens: int) -> Rates | None:
    try:
        return await (await open_caller()).rates(tokens)
    except ClackyError:
        return None  # the next message says why nobody can be asked
