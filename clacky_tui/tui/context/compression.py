"""What compressing the conversation now would cost, and what it would save afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.prices import user_price_book
from clacky_tui.domain.idle_choice import REQUESTS_AFTER, CompressionCosts, compression_costs
from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.domain.usage import Usage
from clacky_tui.i18n import tr
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.context.flow import flow
from clacky_tui.tui.context.gauge import LABEL_CELLS, LINE_CELLS, NARROW_CELLS, NARROW_INDENT
from clacky_tui.tui.layout import MARGIN, align_left, muted_style


@dataclass(frozen=True, slots=True)
class CompressionOffer:
    """What a compression of the open session would change; `costs` None where no price is known."""

    context_tokens: int
    compressed_tokens: int
    costs: CompressionCosts | None


def offer_compression(figures: ContextFigures, at: datetime) -> CompressionOffer | None:
    """What compressing at `at` (aware) would change; None where there is nothing to compress.

    Blocks on the disk: call it on a thread.
    """
    gauge = figures.gauge
    if gauge is None or gauge.compressed_tokens is None:
        return None
    tokens = sum(gauge.categories.values())
    price = user_price_book().price(figures.model, figures.provider, at)
    costs = None
    if price is not None:
        costs = compression_costs(
            price.rates_for(Usage(input_tokens=tokens)),
            tokens,
            gauge.compressed_tokens,
            is_warm=figures.expires_at is not None and at < figures.expires_at,
        )
    return CompressionOffer(tokens, gauge.compressed_tokens, costs)


def offer_lines(offer: CompressionOffer, label: Content, width: int, indent: int) -> list[Content]:
    """`label` and what `offer` is worth, in lines of `width` cells; see `flow`."""
    tokens = tr(
        "{before} tokens would be {after}",
        before=format_tokens(offer.context_tokens),
        after=format_tokens(offer.compressed_tokens),
    )
    facts = [Content(tokens), *_cost_facts(offer.costs)]
    return flow(label, facts, width, gap=" · ", indent=indent)


def _cost_facts(costs: CompressionCosts | None) -> list[Content]:
    if costs is None:
        return [Content(tr("the price of this model is not known"))]
    saved = costs.as_it_is - costs.compressed
    saves = (
        tr("{n} requests later {cost} saved", n=REQUESTS_AFTER, cost=_about(saved))
        if saved > 0
        else tr("{n} requests later {cost} dearer", n=REQUESTS_AFTER, cost=_about(-saved))
    )
    return [
        Content(tr("compressing costs {cost}", cost=_about(costs.compression))),
        Content(
            tr(
                "next request {after}, not {before}",
                after=_about(costs.next_compressed),
                before=_about(costs.next_as_it_is),
            )
        ),
        Content.styled(saves, "bold"),
    ]


def _about(cost: Decimal) -> str:
    return format_usd(cost, estimated=True)


class CompressionLine(Static):
    """What compressing now is worth, a line or more; hidden where there is nothing to compress."""

    DEFAULT_CSS = """
    CompressionLine { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, offer: CompressionOffer | None, width: int) -> None:
        """Show `offer` in `width` cells."""
        self.display = offer is not None
        if offer is not None:
            label = align_left(tr("Compress"), LABEL_CELLS - 1)
            indent = NARROW_INDENT if width < NARROW_CELLS else LABEL_CELLS
            lines = offer_lines(
                offer,
                Content.styled(MARGIN + label, muted_style(self.app)),
                min(width, LINE_CELLS),
                indent,
            )
            self.update(Content("\n").join(lines))
