"""A newer price list than ours, taken over when a person names one: `pricing-update.json`.

Two forms are understood: that of `pricing.yml`, and LiteLLM's ``model_prices_and_context_window.json``
(USD per single token, tiers as ``..._above_200k_tokens``). Its prices hold from the day they were
taken over, so what was used before keeps the price of its time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from clacky_tui.billing.price_overrides import PriceOverrides, parsed
from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import data_dir

_PER_TOKEN = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
"""LiteLLM's names of our rates."""
_TIER = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_ABOUT = "about"
_PRICES = "prices"


@dataclass(frozen=True, slots=True)
class Update:
    """A price list as it was taken over."""

    prices: int
    problems: tuple[str, ...]
    """Entries that were left out, a sentence each."""


def update_file() -> Path:
    """Where the list is kept; it may not exist."""
    return data_dir() / "pricing-update.json"


def read_update(path: Path | None = None) -> PriceOverrides:
    """The list that was taken over last; an empty one where there is none."""
    file = path or update_file()
    try:
        document = json.loads(file.read_text("utf-8"))
        entries = document[_PRICES]
    except FileNotFoundError:
        return PriceOverrides()
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        problem = f"{file} cannot be read ({error}); its prices are not used."
        return PriceOverrides(problems=(problem,))
    if not isinstance(entries, dict):
        return PriceOverrides(problems=(f"{file} holds no prices; it was ignored.",))
    return parsed(entries, file)


def take_over(text: str, origin: str, now: datetime) -> Update:
    """Keep the prices in `text` in the place of those taken over before.

    Args:
        text: a price list in one of the two forms, as JSON or YAML.
        origin: the file or address it came from.
        now: aware; the prices hold from now on.

    Raises:
        ConfigError: it is no price list, or holds no price that can be used; nothing was changed.
        OSError: it could not be written.
    """
    entries = _entries(text, origin)
    if _is_per_token(entries):
        entries = {name: rates for name, row in entries.items() if (rates := _from_per_token(row))}
    since = now.isoformat(timespec="seconds")
    dated = {
        name: {"valid_from": since, **entry} if isinstance(entry, dict) else entry
        for name, entry in entries.items()
    }
    found = parsed(dated, Path(origin))
    if not found.prices:
        raise ConfigError(
            f"{origin} holds no price that can be used; nothing was changed.",
            hint=found.problems[0] if found.problems else "",
        )
    usable = {name: entry for name, entry in dated.items() if name.strip().lower() in found.prices}
    document = {_ABOUT: {"origin": origin, "taken_over_at": since}, _PRICES: usable}
    file = update_file()
    make_private_dir(file.parent)
    write_atomic(file, json.dumps(document, indent=1).encode(), mode=PRIVATE_FILE_MODE)
    return Update(len(found.prices), found.problems)


def _entries(text: str, origin: str) -> dict[str, Any]:
    import yaml

    try:
        if text.lstrip().startswith("{"):
            document = json.loads(text, parse_float=str, parse_int=str)
        else:
            document = yaml.load(text, Loader=yaml.BaseLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(
            f"{origin} is no price list: {error}.", hint="Expected JSON or YAML."
        ) from None
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise ConfigError(
            f"{origin} is no price list.", hint="Expected model names with their prices."
        )
    return document


def _is_per_token(entries: Mapping[str, Any]) -> bool:
    return any(
        isinstance(entry, dict) and _PER_TOKEN["input"] in entry for entry in entries.values()
    )


def _from_per_token(row: object) -> dict[str, Any] | None:
    """LiteLLM's entry in our form; None for what has no price by tokens, or is given away.

    There a cost of 0 stands for subscriptions and for what nobody looked up, too.
    """
    if not isinstance(row, dict):
        return None
    rates = _rates(row, "")
    if "input" not in rates or "output" not in rates or not any(map(Decimal, rates.values())):
        return None
    entry: dict[str, Any] = dict(rates)
    tiers = [match for key in row if (match := _TIER.fullmatch(key))]
    if len(tiers) == 1:
        above = int(tiers[0][1]) * 1000
        over = _rates(row, f"_above_{tiers[0][1]}k_tokens")
        entry["over"] = {**rates, **over, "above_tokens": str(above)}
    return entry


def _rates(row: Mapping[str, Any], suffix: str) -> dict[str, str]:
    """USD per million; an hour's write costs twice the input where only the short one is listed."""
    rates: dict[str, str] = {}
    for name, key in _PER_TOKEN.items():
        try:
            per_token = Decimal(row[key + suffix])
        except (KeyError, InvalidOperation, TypeError, ValueError):
            continue
        rates[name] = format((per_token * 10**6).normalize(), "f")
    if "cache_write" in rates and "cache_write_1h" not in rates and "input" in rates:
        rates["cache_write_1h"] = format(2 * Decimal(rates["input"]), "f")
    return rates
