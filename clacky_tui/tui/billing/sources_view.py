"""What is known of every agent on this machine, and why not more: the caveats of the figures."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.names import printable
from clacky_tui.tools.wording import counted
from clacky_tui.tui.layout import MARGIN, align_left, muted_style
from clacky_tui.usage.envelope import coverage
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.readers.registry import READERS

_TITLE = (
    "Where the figures of each agent come from, and how far they can be trusted (esc goes back)"
)
_STATUS_STYLES = {"supported": "$success", "partial": "$warning", "unsupported": "$error"}
_MOST_CAVEATS = 5
_TITLE_CELLS = 18


def read_sources(index: UsageIndex) -> list[dict[str, Any]]:
    """See `usage.envelope.coverage`. Blocks on the disk."""
    return coverage(index, READERS, Machine.this())


class SourcesView(VerticalScroll):
    """A few lines per agent: status and reason, what was found, what was wrong with it."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    SourcesView { height: 1fr; display: none; scrollbar-size-vertical: 1; }
    SourcesView > Static { height: auto; }
    """

    def __init__(self) -> None:
        self._text = Static(markup=False)
        super().__init__(self._text)

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    def open(self, sources: list[dict[str, Any]]) -> None:
        """Show what `read_sources` found."""
        muted = muted_style(self.app)
        blocks = [Content.styled(MARGIN + _TITLE, "bold")]
        blocks += (_block(each, muted) for each in sources)
        self._text.update(Content("\n").join(blocks))
        self.display = True
        self.scroll_home(animate=False)

    def close(self) -> None:
        self.display = False


def _block(source: dict[str, Any], muted: str) -> Content:
    status, found = str(source["status"]), int(source["files"])
    title = align_left(str(source["title"]), max(_TITLE_CELLS, cell_len(str(source["title"]))))
    head = Content.assemble(
        MARGIN,
        (title, "bold" if found else muted),
        " ",
        (status, _STATUS_STYLES[status] if found else muted),
        (f"  {printable(source['reason'])}" if source["reason"] else "", muted),
    )
    lines = [head]
    if found:
        counts = f"{counted(found, 'file')}, {counted(source['entries'], 'record')}"
        if gone := source["retained"]:
            counts += f", {counted(gone, 'file')} no longer on disk"
        if unreadable := source["unreadable"]:
            counts += f", {counted(unreadable, 'file')} cannot be read"
        lines.append(Content.styled(f"{MARGIN}  {counts}", muted))
    caveats = sorted(source["caveats"].items(), key=lambda item: -item[1])
    lines += (
        Content.styled(f"{MARGIN}  {times:,} × {printable(caveat)}", "$warning")
        for caveat, times in caveats[:_MOST_CAVEATS]
    )
    if len(caveats) > _MOST_CAVEATS:
        more = len(caveats) - _MOST_CAVEATS
        lines.append(Content.styled(f"{MARGIN}  and {more:,} more kinds", muted))
    return Content("\n").join(lines)
