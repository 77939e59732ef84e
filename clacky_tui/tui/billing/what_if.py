"""What the requests on show would have cost with other models, and with a compressed session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from textual.content import Content

from clacky_tui.billing.prices import user_price_book
from clacky_tui.config.settings import load_settings
from clacky_tui.domain.money import format_usd
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr, tr_count
from clacky_tui.tui.billing.figures import cost_text, name_text
from clacky_tui.tui.billing.text_page import Layout, paragraph, title_lines
from clacky_tui.tui.context.compression import CompressionOffer, offer_compression, offer_lines
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.layout import Column, table_lines
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import By, Query
from clacky_tui.usage.what_if import Alternative, Comparison, compare_with_all

_COLUMNS = (
    Column("Cost", 11),
    Column("Difference", 13, from_width=56),
    Column("%", 9),
    Column("Without cache", 15, from_width=72),
)
_INDENT = 3


def read_what_if(
    index: UsageIndex, query: Query, what: str, session: ContextFigures, now: datetime
) -> Layout:
    """A page on `query`, called `what`, and on the open `session`. Blocks on the disk."""
    comparison = compare_with_all(index, query, _configured_models(), user_price_book(), now)
    offer = offer_compression(session, now)

    def layout(width: int, muted: str) -> Sequence[Content]:
        lines = title_lines(tr("What if: {what}", what=what), width)
        if offer is not None:
            lines += _session_lines(offer, width, muted)
        lines += _table(comparison, width, muted)
        for note in _notes(comparison):
            lines += paragraph(note, width, muted)
        return lines

    return layout


def _configured_models() -> list[str]:
    try:
        return [entry.model for entry in load_settings().models]
    except ConfigError:
        return []  # the chat says what is wrong with the settings


def _session_lines(offer: CompressionOffer, width: int, muted: str) -> list[Content]:
    title = tr("This session, if it were compressed now (c in Context)")
    facts = offer_lines(offer, Content(" " * _INDENT), width, _INDENT)
    return [*paragraph(title, width, muted), *facts]


def _table(comparison: Comparison, width: int, muted: str) -> Iterator[Content]:
    actual = comparison.actual
    rows: list[Sequence[str]] = [(tr("As it was"), cost_text(actual), "", "", "")]
    rows += (_row(each, actual.cost) for each in comparison.alternatives)
    heading, first, *lines = table_lines(tr("Model"), _COLUMNS, rows, width)
    yield Content.styled(heading, muted)
    yield Content.styled(first, "bold")
    for each, line in zip(comparison.alternatives, lines, strict=True):
        yield Content.styled(line, "bold" if each.model in comparison.used else "")


def _row(each: Alternative, actual: Decimal | None) -> tuple[str, ...]:
    difference = share = ""
    if each.cost is not None and actual is not None:
        more = each.cost - actual
        difference = f"+{format_usd(more)}" if more > 0 else format_usd(more)
        share = f"{more / actual * 100:+,.0f} %" if actual else ""
    return (
        name_text(By.MODEL, each.model),
        format_usd(each.cost),
        difference,
        share,
        format_usd(each.cost_without_cache),
    )


def _notes(comparison: Comparison) -> Iterator[str]:
    """What the figures leave out, and how they are meant."""
    actual = comparison.actual
    if unknown := comparison.tokens.unknown_requests:
        yield tr_count(
            "{n} request is left out: its tokens are not known.",
            "{n} requests are left out: their tokens are not known.",
            unknown,
        )
    if unpriced := actual.unpriced_requests:
        yield tr_count(
            "{n} request without a price is not in what it was, but in what it would have been.",
            "{n} requests without a price are not in what it was, but in what it would have been.",
            unpriced,
        )
    if included := actual.included_requests:
        yield tr_count(
            "{n} request paid by a subscription is not in what it was, but in what it would have been.",
            "{n} requests paid by subscriptions are not in what it was, but in what it would have been.",
            included,
        )
    yield tr(
        "The same tokens at prices of today, the cache used as it was; another model may need more "
        "or fewer. Bold: models that were used."
    )
