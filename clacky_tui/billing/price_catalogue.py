"""The `genai-prices` package as a price list: its bundled data only, never updated over the network.

Importing it takes about 0.25 s, so that waits for the first model that neither the user's file nor our
table knows. Call from a thread, not from the event loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from ipaddress import ip_address
from typing import TYPE_CHECKING

from clacky_tui.domain.pricing import Price, Rates, Tier, has_another_rate

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

_UNMETERED = ("requests_kcount", "output_reasoning_mtok", "output_citation_mtok")
"""Charges a token count alone cannot price; a model that has one is unknown to us."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One way to look a model up: by the provider's id, by its address, or by the name alone."""

    model: str
    provider_id: str | None = None
    address: str | None = None


def catalogue_price(model: str, provider: str, at: datetime) -> Price | None:
    """The catalogue's price of `model` for a request sent at `at` (aware), or None.

    Args:
        model: the name the request was sent with; ``vendor/`` in front is understood.
        provider: the provider's id or host; it decides where several sell the model. A host on the
            local network has no price list, so its models are unknown.
    """
    name = model.strip().lower()
    if not name or has_another_rate(name) or _is_local(provider):
        return None
    found = _find(name, provider.strip().lower())
    if found is None:
        return None
    provider_id, info = found
    return _price(info, provider_id, at)


def catalogue_version() -> str:
    """The catalogue with its release, as cost sources name it: ``genai-prices 0.2.3``."""
    from importlib.metadata import version

    return (
        f"genai-prices {version('genai-prices')}"  # importing the package takes a tenth of a second
    )


def _find(name: str, provider: str) -> tuple[str, ModelInfo] | None:
    from genai_prices.data_snapshot import get_snapshot

    for question in _questions(name, provider):
        try:
            seller, info = get_snapshot().find_provider_model(
                question.model, None, question.provider_id, question.address
            )
        except LookupError:
            continue
        return seller.id, info
    return None


def _questions(name: str, provider: str) -> Iterator[_Question]:
    vendor, _, bare = name.rpartition("/")
    if "." in provider:
        yield _Question(name, address=f"https://{provider}/")
        yield _Question(bare, address=f"https://{provider}/")
    elif provider:
        yield _Question(name, provider_id=provider)
        yield _Question(bare, provider_id=provider)
    if vendor:
        yield _Question(bare, provider_id=vendor)
    yield _Question(bare)


def _is_local(provider: str) -> bool:
    host = provider.strip().lower()
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def _price(info: ModelInfo, provider_id: str, at: datetime) -> Price | None:
    prices = info.get_prices(at)
    if any(getattr(prices, key) is not None for key in _UNMETERED):
        return None
    if prices.input_mtok is None or prices.output_mtok is None:
        return None
    starts = sorted(_tier_starts(prices))
    return Price(
        model=f"{provider_id}/{info.id}",
        base=_rates(prices, None),
        source=catalogue_version(),
        tiers=tuple(Tier(start, _rates(prices, start)) for start in starts),
    )


def _tier_starts(prices: ModelPrice) -> set[int]:
    from genai_prices.types import TieredPrices

    rates = (prices.input_mtok, prices.output_mtok, prices.cache_read_mtok, prices.cache_write_mtok)
    return {t.start for rate in rates if isinstance(rate, TieredPrices) for t in rate.tiers}


def _rates(prices: ModelPrice, tier_start: int | None) -> Rates:
    """The rates of the tier that starts at `tier_start`; a class without a rate costs its next wider."""
    input_rate = _rate(prices, "input_mtok", tier_start, Decimal(0))
    write = _rate(prices, "cache_write_mtok", tier_start, input_rate)
    return Rates(
        input=input_rate,
        output=_rate(prices, "output_mtok", tier_start, Decimal(0)),
        cache_write=write,
        cache_write_1h=_rate(prices, "cache_write_1h_mtok", tier_start, write),
        cache_read=_rate(prices, "cache_read_mtok", tier_start, input_rate),
    )


def _rate(prices: ModelPrice, key: str, tier_start: int | None, default: Decimal) -> Decimal:
    from genai_prices.types import TieredPrices

    value: Decimal | TieredPrices | None = getattr(prices, key)
    if not isinstance(value, TieredPrices):
        return default if value is None else value
    reached = [t.price for t in value.tiers if tier_start is not None and t.start <= tier_start]
    return reached[-1] if reached else value.base
