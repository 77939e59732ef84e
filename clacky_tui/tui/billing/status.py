"""How far the figures can be trusted: what has a price, what could not be read."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.names import printable
from clacky_tui.domain.money import format_usd
from clacky_tui.i18n import tr, tr_count
from clacky_tui.tui.billing.cards import NARROW_CELLS
from clacky_tui.tui.billing.text_page import paragraph
from clacky_tui.tui.layout import MARGIN, muted_style
from clacky_tui.usage.lines import TORN_CAVEAT
from clacky_tui.usage.overview import Overview


class LedgerStatus(Static):
    """A sentence or more at the foot of the pane."""

    DEFAULT_CSS = """
    LedgerStatus { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, overview: Overview, width: int, rows: int, *, all_agents: bool) -> None:
        """Show what of `overview` is known, and what was wrong with its ledger.

        Args:
            rows: how many it may take; what is cut off ends in an ellipsis.
        """
        sentences = [*(_known(overview) if width >= NARROW_CELLS else _known_in_short(overview))]
        if all_agents:
            sentences.append(tr("v shows what each agent's figures leave out."))
        caveats = dict(overview.caveats)
        if damaged := caveats.pop(TORN_CAVEAT, 0):
            sentences.append(
                tr_count("Skipped {n} damaged line.", "Skipped {n} damaged lines.", damaged)
            )
        sentences += (tr("Cannot read: {what}.", what=printable(each)) for each in caveats)
        style = "$warning" if overview.caveats else muted_style(self.app)
        lines = paragraph(" ".join(sentences), width, style)
        if len(lines) > rows:
            rest = Content(" ").join(line[len(MARGIN) :] for line in lines[rows - 1 :])
            lines[rows - 1 :] = [Content(MARGIN) + rest]
        self.update(Content("\n").join(lines))


def _known_in_short(overview: Overview) -> list[str]:
    sums = overview.totals
    if not sums.requests:
        return []
    known = sums.requests - sums.unpriced_requests
    return [tr("Known {known} of {n} requests.", known=f"{known:,}", n=f"{sums.requests:,}")]


def _known(overview: Overview) -> list[str]:
    sums = overview.totals
    if not sums.requests:
        return []
    known = sums.requests - sums.unpriced_requests
    sentences = [tr("Known {known} of {n} requests.", known=f"{known:,}", n=f"{sums.requests:,}")]
    if sums.unpriced_requests:
        sentences.append(
            tr_count(
                "{n} has no price and is not in the sums.",
                "{n} have no price and are not in the sums.",
                sums.unpriced_requests,
            )
        )
    if sums.included_requests:
        worth = format_usd(sums.included_cost, estimated=True)
        sentences.append(
            tr_count(
                "{n} was paid by a subscription ({worth} at list prices).",
                "{n} were paid by subscriptions ({worth} at list prices).",
                sums.included_requests,
                worth=worth,
            )
        )
    return sentences
