"""Amounts and token counts as people read them, and sums that lose nothing.

The forms follow design/screens.md, "Rules of the eye".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from clacky_tui.i18n import tr

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


@dataclass(frozen=True, slots=True)
class Currency:
    """What amounts are shown in. They are kept in USD."""

    code: str = "USD"
    sign: str = "$"
    per_usd: Decimal = Decimal(1)
    """Units of it that one USD buys."""


USD = Currency()

_SIGNS = {
    "USD": "$", "CNY": "¥", "EUR": "€", "JPY": "JP¥", "GBP": "£", "INR": "₹", "KRW": "₩",
    "CAD": "C$", "AUD": "A$", "HKD": "HK$", "TWD": "NT$", "SGD": "S$", "BRL": "R$",
}  # fmt: skip
"""A currency that is not here is shown with its code in front."""
DEFAULT_RATES = {
    "USD": Decimal(1),
    "CNY": Decimal("6.7944"),
    "EUR": Decimal("0.9626"),
    "GBP": Decimal("0.7981"),
    "JPY": Decimal("156.95"),
}
"""Per USD, until a person sets a rate of their own. CNY is the original's (spec/agent-core.md 6.6),
the others are the European Central Bank's reference rates of 31 December 2024."""
_MOST_PER_USD = Decimal(10) ** 9


def currency_of(code: str, rate: str = "") -> Currency:
    """The currency `code` at `rate` per USD; without a rate at the default one.

    Raises:
        ValueError: the code is none, the rate is no number above 0, or there is no default one. The
            message says so in a sentence for a person.
    """
    name = code.strip().upper() or USD.code
    if not (len(name) == 3 and name.isascii() and name.isalpha()):
        raise ValueError(
            tr("{code!r} is no currency; write its three letters, such as EUR.", code=code)
        )
    if rate.strip():
        per_usd = _rate(rate)
        if name == USD.code and per_usd != 1:
            raise ValueError(tr("One USD is one USD; choose another currency to set a rate."))
    elif name in DEFAULT_RATES:
        per_usd = DEFAULT_RATES[name]
    else:
        raise ValueError(
            tr("The rate of {name} is not known; say how much of it one USD buys.", name=name)
        )
    return Currency(name, _SIGNS.get(name, f"{name} "), per_usd)


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 1 / _MOST_PER_USD < rate < _MOST_PER_USD:
        raise ValueError(
            tr("{text!r} is no exchange rate; write a number above 0, such as 6.7944.", text=text)
        )
    return rate


def convert(amount_usd: Decimal, currency: Currency) -> Decimal:
    """`amount_usd` in `currency`, exact."""
    return EXACT.multiply(amount_usd, currency.per_usd)


def format_money(
    amount_usd: Decimal | None,
    currency: Currency = USD,
    *,
    estimated: bool = False,
    precise: bool = False,
) -> str:
    """An amount for the eye: ``$0.0412`` below one unit, ``$1,234.56`` above, ``?`` when unknown.

    What would round to nothing is ``<$0.0001``; `estimated` puts ``~`` in front, and `precise` keeps
    four decimals at any size. The amount is in USD and shown in `currency`.
    """
    if amount_usd is None:
        return "?"
    amount, sign = convert(amount_usd, currency), currency.sign
    mark = "~" if estimated else ""
    minus, size = ("-" if amount < 0 else ""), abs(amount)
    rounded = size.quantize(_SMALLEST_SHOWN, ROUND_HALF_UP, EXACT)
    if size and not rounded:
        return f"{mark}{minus}<{sign}0.0001"
    if precise or rounded < 1:
        return f"{mark}{minus}{sign}{rounded:,.4f}"
    return f"{mark}{minus}{sign}{size.quantize(_CENT, ROUND_HALF_UP, EXACT):,.2f}"


_shown: Currency = USD


def show_amounts_in(currency: Currency) -> None:
    """Let `format_usd` show `currency` from now on. The app does, on screen and in plain lines;
    single runs, reports of the command line and files keep USD."""
    global _shown
    _shown = currency


def shown_currency() -> Currency:
    """What `format_usd` shows."""
    return _shown


def format_usd(amount: Decimal | None, *, estimated: bool = False, precise: bool = False) -> str:
    """An amount of USD for a person: `format_money` in the currency that they chose."""
    return format_money(amount, _shown, estimated=estimated, precise=precise)


def format_price(usd_per_million: Decimal) -> str:
    """A list price in the currency that was chosen, without zeros that say nothing: ``$3``, ``$0.27``."""
    price = convert(usd_per_million, _shown)
    if _shown.per_usd != 1:
        price = price.quantize(_SMALLEST_SHOWN, ROUND_HALF_UP, EXACT)
    return f"{_shown.sign}{price.normalize(EXACT):f}"


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
