"""A price explained to a person: where its figures come from, how long they hold, what a token costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clacky_tui.billing.names import printable
from clacky_tui.billing.price_overrides import overrides_file
from clacky_tui.domain.pricing import Hours, Price
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import shorten_home

RATE_CLASSES = (
    (tr_noop("Input"), "input"),
    (tr_noop("Output"), "output"),
    (tr_noop("Cache read"), "cache_read"),
    (tr_noop("Cache write"), "cache_write"),
    (tr_noop("Cache write 1h"), "cache_write_1h"),
)
"""Classes of tokens with a rate of their own, as people and as `domain.pricing.Rates` call them."""
_HOURS = {Hours.PEAK: tr_noop("peak hours"), Hours.OFF_PEAK: tr_noop("off-peak hours")}


@dataclass(frozen=True, slots=True)
class PriceWords:
    """What there is to say of the price of `model`; no `rates` where nobody knows one."""

    model: str
    facts: tuple[tuple[str, str], ...]
    """Label and text."""
    rates: tuple[tuple[str, ...], ...]
    """A heading, then a line per class of tokens: its name, the base rate, that of each tier."""
    notes: tuple[str, ...]


def explain_price(model: str, price: Price | None) -> PriceWords:
    """`price` of `model` in words; None where no source knows it."""
    name = printable(model)
    if price is None:
        return PriceWords(
            name,
            (),
            (),
            (
                tr("No source knows its price; its requests count as unknown, not as free."),
                tr("Give your own in {file}.", file=shorten_home(overrides_file())),
            ),
        )
    source = tr("{source}, entry {entry}", source=price.source, entry=printable(price.model))
    facts = [(tr("Source"), source), (tr("Valid"), _validity(price))]
    if price.note:
        facts.append((tr("Note"), tr(price.note)))
    heads = [tr("base"), *(tr("above {n}", n=f"{tier.above_tokens:,}") for tier in price.tiers)]
    columns = [price.base, *(tier.rates for tier in price.tiers)]
    return PriceWords(
        name,
        tuple(facts),
        (
            (tr("USD per million tokens"), *heads),
            *(
                (tr(title), *(format(getattr(rates, key), "f") for rates in columns))
                for title, key in RATE_CLASSES
            ),
        ),
        (tr("A tier decides the whole request, by all of its input tokens."),)
        if price.tiers
        else (),
    )


def _validity(price: Price) -> str:
    match price.valid_from, price.valid_until:
        case None, None:
            words = tr("without a known end")
        case start, None:
            assert start is not None
            words = tr("from {start}", start=_instant(start))
        case None, end:
            assert end is not None
            words = tr("until {end}", end=_instant(end))
        case start, end:
            assert start is not None and end is not None
            words = tr("from {start} until {end}", start=_instant(start), end=_instant(end))
    if price.hours is Hours.ALWAYS:
        return words
    return tr("{days}, {hours}", days=words, hours=tr(_HOURS[price.hours]))


def _instant(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M %z")
