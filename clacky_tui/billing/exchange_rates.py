"""A currency's rate out of a table of exchange rates that a person names.

Understood are JSON objects with rates by currency under ``rates``, ``conversion_rates`` or the name
of their base, whatever the base is, as the free rate services answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from clacky_tui.errors import ConfigError

_TABLES = ("rates", "conversion_rates")
_DIGITS = Decimal("0.000001")


def rate_in(text: str, code: str, origin: str) -> Decimal:
    """How much of the currency `code` one USD buys, by the table in `text`; six decimals.

    Raises:
        ConfigError: it is no such table, or lacks the currency or USD.
    """
    try:
        document = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{origin} is no table of rates: {error}.", hint="Expected JSON."
        ) from None
    base, rates = _table(document)
    per_base = {base: Decimal(1), **rates}
    wanted, usd = per_base.get(code.upper()), per_base.get("USD")
    if not wanted or not usd:
        missing = code.upper() if usd else "USD"
        raise ConfigError(
            f"{origin} has no rate of {missing}.",
            hint=f"Set one by hand: clacky pricing currency {code.upper()} --rate 1.23.",
        )
    return (wanted / usd).quantize(_DIGITS, ROUND_HALF_EVEN)


def _table(document: Any) -> tuple[str, dict[str, Decimal]]:
    """The base, USD unless it says otherwise, and the rates that are numbers above 0."""
    if not isinstance(document, dict):
        return "USD", {}
    named = document.get("base") or document.get("base_code") or document.get("from")
    for key in _TABLES:
        if isinstance(document.get(key), dict):
            return str(named or "USD").upper(), _numbers(document[key])
    for key, value in document.items():
        if isinstance(value, dict) and len(key) == 3:
            return key.upper(), _numbers(value)
    return "USD", {}


def _numbers(rates: Mapping[str, Any]) -> dict[str, Decimal]:
    return {
        name.upper(): Decimal(value)
        for name, value in rates.items()
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0
    }
