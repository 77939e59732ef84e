"""The requests that missed the cache, newest first: when, how many tokens, what it cost, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.i18n import tr
from clacky_tui.tui.chat.text import fit, sanitize_line, wrap_text
from clacky_tui.tui.context.figures import Miss
from clacky_tui.tui.layout import MARGIN, align_left, align_right, muted_style

_ONE_LINE_CELLS = 80
"""Below it the cause stands on a line of its own."""
_NUMBER_CELLS, _TIME_CELLS, _TOKENS_CELLS, _COST_CELLS = 6, 7, 10, 11


class MissList(Static):
    """A heading and one line per miss, two when narrow."""

    DEFAULT_CSS = """
    MissList { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, misses: Sequence[Miss], width: int) -> None:
        """Show `misses`, oldest first, in `width` cells."""
        muted = muted_style(self.app)
        if not misses:
            words = fit(MARGIN + tr("Misses  none so far"), width)
            self.update(Content.styled(words, muted))
            return
        lines = [Content.styled(MARGIN + tr("Misses"), muted)]
        for miss in reversed(misses):
            figures = _figures(miss)
            if width >= _ONE_LINE_CELLS:
                first, *rest = _why(miss, figures.cell_length + 2, width)
                lines += [figures + first[figures.cell_length :], *rest]
            else:
                lines.append(figures)
                lines += [
                    why.stylize(muted) for why in _why(miss, len(MARGIN) + _NUMBER_CELLS, width)
                ]
        self.update(Content("\n").join(lines))


def _why(miss: Miss, indent: int, width: int) -> list[Content]:
    """The cause, folded, each line behind `indent` spaces."""
    folded = wrap_text(sanitize_line(miss.why), max(1, width - indent), Style())
    return [Content(" " * indent + "".join(text for text, _ in line)) for line in folded]


def _figures(miss: Miss) -> Content:
    cost = format_usd(miss.extra_cost)
    return Content.assemble(
        (MARGIN + align_left(f"#{miss.number}", _NUMBER_CELLS), "$warning"),
        align_left(f"{miss.at.astimezone():%H:%M}", _TIME_CELLS),
        align_right(format_tokens(miss.tokens), _TOKENS_CELLS),
        tr(" tokens"),
        (align_right(cost if miss.extra_cost is None else f"+{cost}", _COST_CELLS), "bold"),
    )
