"""What the first message costs in a session that the provider's cache has forgotten."""

from __future__ import annotations

from clacky_tui import events
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.model_call import OpenCaller
from clacky_tui.agent.session import Session, now
from clacky_tui.domain.cache_audit import MISS_TOKENS
from clacky_tui.domain.idle_choice import REQUESTS_AFTER, cold_costs
from clacky_tui.errors import ClackyError


async def tell_if_cold(session: Session, compressor: Compressor, open_caller: OpenCaller) -> None:
    """Say what reading the conversation anew costs, and what compressing it first would."""
    tokens = compressor.context_tokens
    if session.simulated or tokens < MISS_TOKENS or not session.cache.is_cold(now()):
        return
    try:
        rates = await (await open_caller()).rates(tokens)
    except ClackyError:
        rates = None  # the first message says why nobody can be asked
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
    text = f"{text}, for ${costs.next_message:.4f}."
    if costs.compressed is not None:
        better = "saves" if costs.compressed < costs.as_it_is else "would not save"
        text += (
            f" /compact first {better} money: ${costs.compressed:.4f} instead of "
            f"${costs.as_it_is:.4f}, for the next {REQUESTS_AFTER} requests."
        )
    session.emit(events.Notice(level="info", text=text))
