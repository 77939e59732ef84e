"""The user's own prices: `pricing.yml` in the data directory, asked before any other price list.

One mapping per model, in USD per million tokens. `input` and `output` are required; a cache rate that
is missing costs what input costs, a one-hour write what a write costs. ``over`` gives the rates of
requests whose input exceeds `above_tokens`; before a `valid_from` the other price lists decide::

    my-company/model-1:
      input: 0.5
      output: 1.5
      cache_read: 0.05
      cache_write: 0.625
      cache_write_1h: 1
      over: {above_tokens: 200000, input: 1, output: 3, cache_read: 0.1}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from clacky_tui.domain.pricing import Price, Rates, Tier
from clacky_tui.paths import data_dir

_RATES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_LARGEST_RATE_USD = Decimal(10) ** 6
_MOST_RATE_DECIMALS = 20


@dataclass(frozen=True, slots=True)
class PriceOverrides:
    """Prices by model name in lower case, and what in the file could not be used, a sentence each."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def price_for(self, model: str) -> Price | None:
        """The user's price of `model`: by its whole name in any case, else without ``vendor/``."""
        name = model.strip().lower()
        return self.prices.get(name) or self.prices.get(name.split("/", 1)[-1])


class _BadPriceError(ValueError):
    """Why an entry cannot be used."""


def overrides_file() -> Path:
    """Where the user's own prices are looked for; the file may not exist."""
    return data_dir() / "pricing.yml"


def read_overrides(path: Path | None = None) -> PriceOverrides:
    """Read `path` (the user's file by default). A missing file is empty; a bad entry only loses itself."""
    file = path or overrides_file()
    problems: list[str] = []
    return parsed(_entries(file, problems), file, problems)


def parsed(entries: Mapping[str, Any], file: Path, problems: Iterable[str] = ()) -> PriceOverrides:
    """The prices of `entries`, the content of `file` with every scalar a text; a bad one only loses
    itself."""
    found = list(problems)
    prices: dict[str, Price] = {}
    for name, entry in entries.items():
        try:
            prices[name.strip().lower()] = _price(name, entry, file)
        except _BadPriceError as error:
            found.append(f"{file}: the price of {name} was ignored: {error}.")
    return PriceOverrides(prices, tuple(found))


def _entries(file: Path, problems: list[str]) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{file} cannot be read ({error}); your own prices are not used.")
        return {}
    import yaml

    try:
        # Every scalar as text: a float in between would change the figure.
        document = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        problems.append(f"{file}{where}: not valid YAML; your own prices are not used.")
        return {}
    if document in (None, ""):
        return {}
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        problems.append(f"{file}: expected model names with their prices; it was ignored.")
        return {}
    return document


def _price(name: str, entry: object, file: Path) -> Price:
    if not isinstance(entry, dict):
        raise _BadPriceError("expected input and output with their rates")
    _refuse_unknown(entry, {*_RATES, "over", "valid_from"})
    over = entry.get("over")
    return Price(
        model=name.strip(),
        base=_rates(entry),
        source=f"override:{file.name}",
        tiers=() if over is None else (_tier(over),),
        valid_from=_instant(entry.get("valid_from")),
    )


def _instant(value: object) -> datetime | None:
    """A day means its first instant, UTC."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _BadPriceError("valid_from is no day") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _tier(over: object) -> Tier:
    if not isinstance(over, dict):
        raise _BadPriceError("over must hold above_tokens, input and output")
    _refuse_unknown(over, {*_RATES, "above_tokens"})
    above = over.get("above_tokens")
    if not isinstance(above, str) or not above.isdecimal() or len(above) > 12:
        raise _BadPriceError("over.above_tokens must be a whole number of tokens")
    return Tier(int(above), _rates(over))


def _refuse_unknown(entry: Mapping[Any, Any], known: set[str]) -> None:
    unknown = sorted(str(key) for key in entry if key not in known)
    if unknown:
        raise _BadPriceError(f"unknown key {unknown[0]}; known are {', '.join(sorted(known))}")


def _rates(entry: Mapping[str, Any]) -> Rates:
    input_rate, output = _rate(entry, "input", None), _rate(entry, "output", None)
    write = _rate(entry, "cache_write", input_rate)
    return Rates(
        input=input_rate,
        output=output,
        cache_write=write,
        cache_write_1h=_rate(entry, "cache_write_1h", write),
        cache_read=_rate(entry, "cache_read", input_rate),
    )


def _rate(entry: Mapping[str, Any], key: str, default: Decimal | None) -> Decimal:
    if key not in entry:
        if default is None:
            raise _BadPriceError(f"{key} is missing")
        return default
    try:
        rate = Decimal(entry[key])
    except (InvalidOperation, TypeError, ValueError) as error:
        raise _BadPriceError(f"{key} is not a number of USD per million tokens") from error
    exponent = rate.as_tuple().exponent
    plain = isinstance(exponent, int) and exponent >= -_MOST_RATE_DECIMALS
    if not plain or rate.is_signed() or rate >= _LARGEST_RATE_USD:
        raise _BadPriceError(f"{key} is not a plausible number of USD per million tokens")
    return rate
