"""The figures at a glance: spent, saved, tokens, requests and cache hits, then the tokens by class."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import compact_tokens, format_tokens, format_usd
from clacky_tui.i18n import tr
from clacky_tui.tui.billing.dates import short_title
from clacky_tui.tui.billing.figures import UNKNOWN, WRITES, cost_text
from clacky_tui.tui.layout import MARGIN, align_left, format_share, muted_style, share_bar
from clacky_tui.usage.overview import Overview

NARROW_CELLS = 60
"""Below it, cards become a list."""
_LABEL_CELLS, _VALUE_CELLS = 15, 11


@dataclass(frozen=True, slots=True)
class _Card:
    label: str
    value: str
    note: str
    short_note: str
    """Where `note` does not fit."""

    def fitting_note(self, cells: int) -> str:
        return self.note if cell_len(self.note) < cells else self.short_note


class Cards(Static):
    """Five cards side by side, or a list of five lines when narrow."""

    DEFAULT_CSS = """
    Cards { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, overview: Overview, width: int) -> None:
        """Show the totals of `overview` in `width` cells."""
        is_narrow = width < NARROW_CELLS
        cards = _cards(overview, is_narrow=is_narrow)
        muted = muted_style(self.app)
        if is_narrow:
            room = width - _LABEL_CELLS - _VALUE_CELLS
            lines = [
                Content.assemble(
                    (MARGIN + align_left(card.label, _LABEL_CELLS), muted),
                    (align_left(card.value, _VALUE_CELLS), "bold"),
                    (card.fitting_note(room), muted),
                )
                for card in cards
            ]
        else:
            cells = (width - len(MARGIN)) // len(cards)
            lines = [
                _grid_line([card.label for card in cards], cells, muted),
                _grid_line([card.value for card in cards], cells, "bold"),
                _grid_line([card.fitting_note(cells) for card in cards], cells, muted),
            ]
        self.update(Content("\n").join(lines))


class TokenBreakdown(Static):
    """Tokens by class with their shares."""

    DEFAULT_CSS = """
    TokenBreakdown { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, overview: Overview, width: int) -> None:
        """Show how the tokens of `overview` are made up."""
        sums = overview.totals
        classes = {
            tr("Input"): ("input",),
            tr("Cache read"): ("cache_read",),
            tr("Cache write"): WRITES,
            tr("Output"): ("output",),
        }
        total = sums.total_tokens
        counts: list[tuple[str, int | None, float | None]] = []
        for title, names in classes.items():
            tokens = sum(sums.tokens[name] for name in names)
            unknown = sums.requests and all(sums.unknown[name] >= sums.requests for name in names)
            counts.append((title, None if unknown else tokens, tokens / total if total else None))
        muted = muted_style(self.app)
        if width < NARROW_CELLS:
            lines = [
                Content.assemble(
                    (MARGIN + align_left(title, 12), muted),
                    f"{_compact(tokens):>7}  {format_share(share):>7}  ",
                    (share_bar(share or 0, max(0, width - 31)), "$primary"),
                )
                for title, tokens, share in counts
            ]
        else:
            cells = (width - len(MARGIN)) // len(counts)
            room = cells - max(cell_len(title) for title, _, _ in counts) - 1
            titles = [f"{title} {_fitting(tokens, room)}" for title, tokens, _ in counts]
            bars = [
                Content.assemble(
                    (align_left(share_bar(share or 0, cells - 10), cells - 9), "$primary"),
                    (align_left(format_share(share), 9), muted),
                )
                for _, _, share in counts
            ]
            lines = [_grid_line(titles, cells, ""), Content(MARGIN) + Content("").join(bars)]
        self.update(Content("\n").join(lines))


def _count(tokens: int | None) -> str:
    return UNKNOWN if tokens is None else format_tokens(tokens)


def _compact(tokens: int | None) -> str:
    return UNKNOWN if tokens is None else compact_tokens(tokens)


def _fitting(tokens: int | None, cells: int) -> str:
    full = _count(tokens)
    if tokens is None or len(full) < cells:
        return full
    return _compact(tokens)


def _grid_line(texts: list[str], cells: int, style: str) -> Content:
    line = "".join(align_left(text, cells - 1) + " " for text in texts)
    return Content.styled(MARGIN + line, style)


def _cards(overview: Overview, *, is_narrow: bool) -> tuple[_Card, ...]:
    sums, saving = overview.totals, overview.saving
    given, output = compact_tokens(sums.input_tokens), compact_tokens(sums.tokens["output"])
    unpriced = sums.unpriced_requests
    saved = format_usd(saving.saved if saving else None, estimated=True)
    share = saving.saved / saving.full_price if saving and saving.full_price else None
    share_text = "" if share is None else f"{share * 100:.0f} %"
    return (
        _Card(tr("Spent"), cost_text(sums), *_cost_change(overview)),
        _Card(
            tr("Saved by cache"),
            saved if saving else UNKNOWN,
            tr("no list price")
            if not share_text
            else tr("{share} of full price", share=share_text),
            share_text,
        ),
        _Card(
            tr("Tokens"),
            compact_tokens(sums.total_tokens) if is_narrow else format_tokens(sums.total_tokens),
            f"{tr('in {n}', n=given)} · {tr('out {n}', n=output)}",
            tr("out {n}", n=output),
        ),
        _Card(
            tr("Requests"),
            format_tokens(sums.requests),
            tr("{n} without a price", n=f"{unpriced:,}") if unpriced else tr("all with a price"),
            tr("{n} unpriced", n=f"{unpriced:,}") if unpriced else tr("all priced"),
        ),
        _Card(tr("Cache hit"), format_share(sums.cache_hit_rate), *_hit_change(overview)),
    )


def _cost_change(overview: Overview) -> tuple[str, str]:
    """``+8 % on 1–22 Apr``, and shorter; empty where there is nothing to compare."""
    before, stretch = overview.before, overview.before_stretch
    spent = overview.totals.cost
    if before is None or stretch is None or not before.cost or spent is None:
        return "", ""
    change = f"{(spent - before.cost) / before.cost * 100:+,.0f} %"
    return tr("{change} on {days}", change=change, days=short_title(stretch)), change


def _hit_change(overview: Overview) -> tuple[str, str]:
    now = overview.totals.cache_hit_rate
    before = overview.before.cache_hit_rate if overview.before else None
    if now is None or before is None:
        return "", ""
    points = f"{100 * (now - before):+.1f}"
    return tr("{n} points", n=points), points
