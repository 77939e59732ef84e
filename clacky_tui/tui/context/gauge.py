"""How full the model's window is, and with what."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui import events
from clacky_tui.domain.money import format_tokens
from clacky_tui.i18n import tr
from clacky_tui.tui.chat.text import sanitize_line
from clacky_tui.tui.context.flow import flow
from clacky_tui.tui.layout import MARGIN, align_left, format_share, muted_style, share_bar

LABEL_CELLS = 17
"""Width of the labels that this pane's first lines begin with."""
LINE_CELLS = 100
"""Lines end here on a wider screen too, where the eye still finds the next one."""
NARROW_CELLS = 60
NARROW_INDENT = 3
"""Below that width, further lines of what follows a label begin here."""
_SHORTEST_BAR_CELLS = 12
_NEARLY_FULL = 0.75
"""From here on the bar warns: compression is not far."""


class Gauge(Static):
    """Tokens in the window with a bar, then the categories, as many lines as they need."""

    DEFAULT_CSS = """
    Gauge { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, gauge: events.ContextGauged | None, width: int) -> None:
        """Show `gauge` in `width` cells; None before there is one."""
        muted = muted_style(self.app)
        label = Content.styled(MARGIN + align_left(tr("Context window"), LABEL_CELLS - 1), muted)
        if gauge is None:
            words = Content.styled(tr("its parts are shown after the next request"), muted)
            self.update(Content("\n").join(flow(label, [words], width, gap="", indent=1)))
            return
        width = min(width, LINE_CELLS)
        used = sum(gauge.categories.values())
        lines = _filling(label, used, gauge.window_tokens, width)
        facts = [
            Content.assemble((f"{tr(sanitize_line(name))} ", muted), format_tokens(tokens))
            for name, tokens in gauge.categories.items()
            if tokens
        ]
        indent = NARROW_INDENT
        lines += flow(Content(" " * indent), facts, width, gap="   ", indent=indent)
        self.update(Content("\n").join(lines))


def _filling(label: Content, used: int, window: int | None, width: int) -> list[Content]:
    """The first line, with its bar at the end or below when there is no room."""
    if not window:
        words = tr("{used} tokens; how many the model takes is not known", used=format_tokens(used))
        return flow(label, [Content.styled(words, "bold")], width, gap="", indent=1)
    share = used / window
    line = label + Content.styled(
        tr("{used} of {window}", used=format_tokens(used), window=format_tokens(window)), "bold"
    )
    note = Content(f"  {format_share(share)}")
    room = width - line.cell_length - note.cell_length - 3
    if room >= _SHORTEST_BAR_CELLS:
        return [line + note + Content("  ") + _bar(share, room)]
    first = line + note if line.cell_length + note.cell_length <= width else line
    below = max(1, width - NARROW_INDENT - 1)
    return [first, Content(" " * NARROW_INDENT) + _bar(share, below)]


def _bar(share: float, cells: int) -> Content:
    filled = share_bar(share, cells)
    style = "$warning" if share >= _NEARLY_FULL else "$primary"
    return Content.assemble((filled, style), ("▁" * (cells - len(filled)), "dim"))
