"""What to do with a warm cache when the person pauses: keep it warm, compress, or let it expire.

All three are priced to the same end: the next message has come and `REQUESTS_AFTER` requests have
followed it. The cheapest wins, but compression loses detail, so it has to win clearly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from clacky_tui.domain.money import format_usd
from clacky_tui.domain.pricing import Rates
from clacky_tui.i18n import tr, tr_noop

Action = Literal["keep_warm", "compress", "expire"]

REQUESTS_AFTER = 10
"""Requests the next message is taken to cause; each reads the whole context again."""
SUMMARY_TOKENS = 1_500
"""What a summary comes to, by experience; written by the model as output."""
INSTRUCTION_TOKENS = 500
"""The part of a compression request that no cache holds."""
PING_OUTPUT_TOKENS = 16
"""What a keep-alive request lets the model say."""
COMPRESSION_MUST_SAVE = Decimal("0.3")
"""Share of the next best cost that compression has to save, for the detail it loses."""

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class IdleChoice:
    """The decision, one sentence for the person, and what each way would cost in USD."""

    action: Action
    reason: str
    costs: Mapping[Action, Decimal]


def expected_pause_seconds(pauses_seconds: Sequence[float], idle_seconds: float) -> float:
    """How long the pause will have been in the end, given that it already lasts `idle_seconds`.

    The median of this session's pauses that lasted longer; without any, twice the time waited so
    far. The latter makes the pings stop once they have cost about as much as what they protect.
    """
    longer = sorted(pause for pause in pauses_seconds if pause > idle_seconds)
    if not longer:
        return 2 * idle_seconds
    # Without the module statistics, which would be all that loads it.
    return (longer[(len(longer) - 1) // 2] + longer[len(longer) // 2]) / 2


def choose(
    rates: Rates | None,
    *,
    context_tokens: int,
    compressed_tokens: int | None,
    idle_seconds: float,
    pause_seconds: float,
    ping_every_seconds: float,
) -> IdleChoice:
    """Choose by computed cost.

    Args:
        rates: USD per million tokens of the session's model; None when its price is not known.
        context_tokens: what a request of this conversation sends.
        compressed_tokens: what it would send after a compression; None when there is nothing to
            compress.
        idle_seconds: how long nothing has been asked.
        pause_seconds: how long the pause is expected to last altogether.
        ping_every_seconds: how often a request has to read the cache so that it stays.
    """
    if rates is None:
        return IdleChoice("expire", "the price of this model is not known", {})
    pings = max(1, math.ceil((pause_seconds - idle_seconds) / ping_every_seconds))
    read, cold = rates.cache_read, _cold(rates)
    ping = context_tokens * read + PING_OUTPUT_TOKENS * rates.output
    costs: dict[Action, Decimal] = {
        "expire": context_tokens * cold + REQUESTS_AFTER * context_tokens * read,
        "keep_warm": pings * ping + (1 + REQUESTS_AFTER) * context_tokens * read,
    }
    if compressed_tokens is not None:
        asking = _asking(rates, context_tokens, read)
        costs["compress"] = asking + compressed_tokens * (cold + REQUESTS_AFTER * read)
    costs = {action: cost / _MILLION for action, cost in costs.items()}
    action = _cheapest(costs)
    return IdleChoice(action, _reason(action, costs), costs)


@dataclass(frozen=True, slots=True)
class ColdCosts:
    """USD of going on with a conversation that no cache holds any more.

    `as_it_is` and `compressed` cover the next message and `REQUESTS_AFTER` requests; the latter
    compresses first, and is None where there is nothing to compress.
    """

    next_message: Decimal
    as_it_is: Decimal
    compressed: Decimal | None


def cold_costs(rates: Rates, context_tokens: int, compressed_tokens: int | None) -> ColdCosts:
    """What is ahead of a cold conversation of `context_tokens`, at `rates` (USD per million).

    Args:
        rates: of the session's model.
        context_tokens: what a request sends.
        compressed_tokens: what it would send after a compression; None when there is none.
    """
    read, cold = rates.cache_read, _cold(rates)
    first = context_tokens * cold
    compressed = None
    if compressed_tokens is not None:
        asking = _asking(rates, context_tokens, cold)
        compressed = (asking + compressed_tokens * (cold + REQUESTS_AFTER * read)) / _MILLION
    as_it_is = first + REQUESTS_AFTER * context_tokens * read
    return ColdCosts(first / _MILLION, as_it_is / _MILLION, compressed)


@dataclass(frozen=True, slots=True)
class CompressionCosts:
    """USD of what a compression now would change; answers are not part of it, they stay the same.

    `as_it_is` and `compressed` cover the next message and the `REQUESTS_AFTER` requests it is taken
    to cause; the latter compresses first.
    """

    next_as_it_is: Decimal
    """The next request, without it."""
    next_compressed: Decimal
    """The next request after it, which no cache holds yet."""
    compression: Decimal
    """The request that compresses, its summary included."""
    as_it_is: Decimal
    compressed: Decimal


def compression_costs(
    rates: Rates, context_tokens: int, compressed_tokens: int, *, is_warm: bool
) -> CompressionCosts:
    """What a compression now would change, at `rates` (USD per million).

    Args:
        rates: of the session's model.
        context_tokens: what a request sends.
        compressed_tokens: what it would send after a compression.
        is_warm: whether the provider's cache holds the conversation.
    """
    read, cold = rates.cache_read, _cold(rates)
    next_rate = read if is_warm else cold
    asking = _asking(rates, context_tokens, next_rate)
    following = REQUESTS_AFTER * read
    parts = (
        context_tokens * next_rate,
        compressed_tokens * cold,
        asking,
        context_tokens * (next_rate + following),
        asking + compressed_tokens * (cold + following),
    )
    return CompressionCosts(*(part / _MILLION for part in parts))


def _cold(rates: Rates) -> Decimal:
    """A token that no cache holds is written to it, or read at the full price."""
    return max(rates.cache_write, rates.input)


def _asking(rates: Rates, context_tokens: int, context_rate: Decimal) -> Decimal:
    """The request that compresses, in USD per million."""
    instruction = INSTRUCTION_TOKENS * _cold(rates)
    return context_tokens * context_rate + instruction + SUMMARY_TOKENS * rates.output


def _cheapest(costs: Mapping[Action, Decimal]) -> Action:
    plain: Action = "keep_warm" if costs["keep_warm"] < costs["expire"] else "expire"
    compressed = costs.get("compress")
    if compressed is not None and compressed <= costs[plain] * (1 - COMPRESSION_MUST_SAVE):
        return "compress"
    return plain


def _reason(action: Action, costs: Mapping[Action, Decimal]) -> str:
    """The costs side by side, the chosen one first."""
    priced = {
        each: f"{tr(_WORDS[each])} ({format_usd(costs[each], precise=True)})" for each in costs
    }
    first = priced.pop(action)
    return tr(
        "{first} rather than {others}, for the next {requests} requests",
        first=first,
        others=tr(" or ").join(priced.values()),
        requests=REQUESTS_AFTER,
    )


_WORDS: dict[Action, str] = {
    "keep_warm": tr_noop("keep the cache warm"),
    "compress": tr_noop("compress now"),
    "expire": tr_noop("let the cache expire"),
}
