"""What the next message costs where the provider's cache has nothing of the conversation."""

from __future__ import annotations

from clacky_tui import events
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.model_call import OpenCaller
from clacky_tui.agent.model_desk import ModelDesk
from clacky_tui.agent.session import Session, now
from clacky_tui.domain.cache_audit import MISS_TOKENS
from clacky_tui.domain.idle_choice import REQUESTS_AFTER, ColdCosts, cold_costs
from clacky_tui.domain.money import format_usd
from clacky_tui.domain.pricing import Rates
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop

_SAVES = tr_noop(
    "/compact first saves money: {compressed} instead of {as_it_is}, for the next {requests} "
    "requests."
)
_SAVES_NOTHING = tr_noop(
    "/compact first would not save money: {compressed} instead of {as_it_is}, for the next "
    "{requests} "
    "requests."
)


async def tell_if_cold(session: Session, compressor: Compressor, open_caller: OpenCaller) -> None:
    """Say what reading the conversation anew costs, and what compressing it first would."""
    tokens = compressor.context_tokens
    if session.simulated or tokens < MISS_TOKENS or not session.cache.is_cold(now()):
        return
    rates = await _rates(open_caller, tokens)
    plan = compressor.plan()
    costs = (
        cold_costs(rates, tokens, plan.tokens_after if plan else None)
        if rates is not None
        else None
    )
    text = tr(
        "The provider has forgotten this conversation: the next message sends all of it anew, "
        "about {tokens:,} tokens, {price}.",
        tokens=tokens,
        price=_price(costs),
    )
    if plan and costs is None:
        text = f"{text} {tr('/compact first makes all later ones shorter.')}"
    elif costs and costs.compressed is not None:
        told = tr(
            _SAVES if costs.compressed < costs.as_it_is else _SAVES_NOTHING,
            compressed=format_usd(costs.compressed),
            as_it_is=format_usd(costs.as_it_is),
            requests=REQUESTS_AFTER,
        )
        text = f"{text} {told}"
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
    text = tr(
        "{what} has a cache of its own and none of this conversation in it: the next message sends "
        "all of it anew, about {tokens:,} tokens, {price}.",
        what=what,
        tokens=tokens,
        price=_price(None if rates is None else cold_costs(rates, tokens, None)),
    )
    session.emit(events.Notice(level="info", text=text))


def _price(costs: ColdCosts | None) -> str:
    if costs is None:
        return tr("at a price that is not known")
    return tr("for {cost}", cost=format_usd(costs.next_message))


async def _rates(open_caller: OpenCaller, tokens: int) -> Rates | None:
    try:
        return await (await open_caller()).rates(tokens)
    except ClackyError:
        return None  # the next message says why nobody can be asked
