"""Amounts and token counts as people read them, and sums that lose nothing.

The forms follow design/screens.md, "Rules of the eye".
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

_SMALLEST_SHOWN = Decimal("0.0001")
_CENT = Decimal("0.01")

_LARGEST_COST_USD = Decimal(10) ** 12
_MOST_COST_DECIMALS = 60
EXACT = Context(prec=120)
"""Wide enough for the sum of 10**30 plausible costs; the default 28 digits would round."""


def is_plausible_cost(amount: Decimal) -> bool:
    """Whether `amount` can be what a request cost: finite, 0 to 10**12 USD, at most 60 decimals.

    Everything outside is damage or nonsense, and could make exact sums arbitrarily large.
    """
    if not amount.is_finite() or amount.is_signed() or amount >= _LARGEST_COST_USD:
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_COST_DECIMALS


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of plausible costs, every digit kept whatever the thread's decimal context."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def format_usd(amount: Decimal | None, *, estimated: bool = False) -> str:
    """`amount` in USD: ``$0.0412`` below one dollar, ``$1,234.56`` above, ``?`` when unknown.

    An amount that would round to nothing is ``<$0.0001``; `estimated` puts ``~`` in front.
    """
    if amount is None:
        return "?"
    mark = "~" if estimated else ""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    small = size.quantize(_SMALLEST_SHOWN, ROUND_HALF_UP) if size < 1 else size
    if size and not small:
        return f"{mark}{sign}<$0.0001"
    if small < 1:
        return f"{mark}{sign}${small:.4f}"
    return f"{mark}{sign}${small.quantize(_CENT, ROUND_HALF_UP, EXACT):,.2f}"


def format_tokens(tokens: int) -> str:
    """`tokens` with thousands separators: ``12,310``."""
    return f"{tokens:,}"


def compact_tokens(tokens: int) -> str:
    """`tokens` in at most five cells: ``950``, ``1.2k``, ``12k``, ``1.2M``, ``3.4B``."""
    if tokens < 1000:
        return str(tokens)
    scaled = float(tokens)
    for unit in "kMB":
        scaled /= 1000
        if scaled < 9.95:
            return f"{scaled:.1f}{unit}"
        if scaled < 999.5:
            return f"{scaled:.0f}{unit}"
    return f"{scaled:,.0f}B"
