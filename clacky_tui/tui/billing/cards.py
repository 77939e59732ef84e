"""The figures at a glance: spent, tokens, requests and cache hits, then the tokens by class."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.summary import Period, Summary
from clacky_tui.domain.money import compact_tokens, format_tokens, format_usd
from clacky_tui.tui.layout import MARGIN, align_left, format_share, muted_style, share_bar

NARROW_CELLS = 60
"""Below it, cards become a list."""


@dataclass(frozen=True, slots=True)
class _Card:
    label: str
    value: str
    note: str


class Cards(Static):
    """Four cards side by side, or a list of four lines when narrow."""

    DEFAULT_CSS = """
    Cards { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, summary: Summary, width: int) -> None:
        """Show the totals of `summary` in `width` cells."""
        cards = _totals_cards(summary)
        if width < NARROW_CELLS:
            lines = [
                Content.assemble(
                    (MARGIN + align_left(card.label, 11), muted_style(self.app)),
                    (align_left(card.value, 13), "bold"),
                    (card.note, muted_style(self.app)),
                )
                for card in cards
            ]
        else:
            cells = (width - len(MARGIN)) // len(cards)
            lines = [
                _grid_line([card.label for card in cards], cells, muted_style(self.app)),
                _grid_line([card.value for card in cards], cells, "bold"),
                _grid_line([card.note for card in cards], cells, muted_style(self.app)),
            ]
        self.update(Content("\n").join(lines))


class TokenBreakdown(Static):
    """Tokens by class with their shares, in the same four columns as the cards."""

    DEFAULT_CSS = """
    TokenBreakdown { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, summary: Summary, width: int) -> None:
        """Show how the tokens of `summary` are made up."""
        usage = summary.totals.usage
        classes = (
            ("Input", usage.input_tokens),
            ("Cache read", usage.cache_read_tokens),
            ("Cache write", usage.cache_creation_tokens),
            ("Output", usage.output_tokens),
        )
        shares = [
            tokens / usage.total_tokens if usage.total_tokens else None for _, tokens in classes
        ]
        if width < NARROW_CELLS:
            lines = [
                Content.assemble(
                    (MARGIN + align_left(name, 12), muted_style(self.app)),
                    f"{format_tokens(tokens):>15}  {format_share(share):>7}  ",
                    (share_bar(share or 0, max(0, width - 40)), "$primary"),
                )
                for (name, tokens), share in zip(classes, shares, strict=True)
            ]
        else:
            cells = (width - len(MARGIN)) // len(classes)
            counts = [f"{name} {_fitting(tokens, cells)}" for name, tokens in classes]
            bars = [
                Content.assemble(
                    (align_left(share_bar(share or 0, cells - 10), cells - 9), "$primary"),
                    (align_left(format_share(share), 9), muted_style(self.app)),
                )
                for share in shares
            ]
            lines = [_grid_line(counts, cells, ""), Content(MARGIN) + Content("").join(bars)]
        self.update(Content("\n").join(lines))


def _fitting(tokens: int, cells: int) -> str:
    full = format_tokens(tokens)
    return full if len("Cache write ") + len(full) < cells else compact_tokens(tokens)


def _grid_line(texts: list[str], cells: int, style: str) -> Content:
    line = "".join(align_left(text, cells - 1) + " " for text in texts)
    return Content.styled(MARGIN + line, style)


def _totals_cards(summary: Summary) -> tuple[_Card, ...]:
    totals, usage = summary.totals, summary.totals.usage
    compact_input = compact_tokens(usage.total_input_tokens)
    unpriced = totals.unpriced_requests
    return (
        _Card("Spent", format_usd(totals.cost), _per_day(summary)),
        _Card(
            "Tokens",
            format_tokens(usage.total_tokens),
            f"in {compact_input} · out {compact_tokens(usage.output_tokens)}",
        ),
        _Card(
            "Requests",
            format_tokens(totals.requests),
            f"{unpriced:,} without a price" if unpriced else "all with a price",
        ),
        _Card(
            "Cache hit",
            format_share(usage.cache_hit_rate),
            f"{compact_tokens(usage.cache_read_tokens)} of {compact_input} read",
        ),
    )


def _per_day(summary: Summary) -> str:
    """The average over the days so far; nothing for a single day."""
    days = len(summary.by_day)
    if summary.period is Period.DAY or days < 2 or summary.totals.cost is None:
        return ""
    return f"{format_usd(summary.totals.cost / Decimal(days))} a day"
