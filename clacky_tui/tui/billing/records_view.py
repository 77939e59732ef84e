"""Single requests behind a figure, newest first, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.names import printable
from clacky_tui.domain.money import compact_tokens, format_usd
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.billing.figures import UNKNOWN, name_text
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.layout import MARGIN, Column, muted_style
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.rerun import Rerun
from clacky_tui.usage.records import Record
from clacky_tui.usage.report import By
from clacky_tui.wording import count_requests

PAGE_RECORDS = 200
_BEFORE_THE_END = 50
"""So many rows before the last one that is read, the next page is asked for."""
_SESSION_CELLS = 8
_WIDE_CELLS = 64
"""Below it, models stand beside the time and the year is left out."""
_MORE = tr_noop("{title}   {count} and more")
_ALL = "{title}   {count}"

FetchPage = Callable[[Record | None], Awaitable[Sequence[Record]]]
"""Gives the `PAGE_RECORDS` that come after a record, or the first ones."""


class RecordTable(RowList[Record]):
    """Time, model, agent, session, tokens and cost."""

    def __init__(self) -> None:
        columns = (
            Column("Model", 24, from_width=_WIDE_CELLS, is_text=True),
            Column("Agent", 11, from_width=120, is_text=True),
            Column("Project", 16, from_width=136, is_text=True),
            Column("Session", 11, from_width=96, is_text=True),
            Column("In", 8, from_width=40),
            Column("Read", 8, from_width=84),
            Column("Wrote", 8, from_width=110),
            Column("Out", 8, from_width=48),
            Column("Cost", 11),
        )
        super().__init__(tr_noop("Time"), columns)

    def texts(self, item: Record, canvas: Canvas) -> Sequence[str]:
        model = name_text(By.MODEL, item.model)
        is_wide = canvas.width >= _WIDE_CELLS
        return (
            f"{item.at:%Y-%m-%d %H:%M}" if is_wide else f"{item.at:%m-%d %H:%M}  {model}",
            model,
            printable(item.agent),
            name_text(By.PROJECT, item.project),
            printable(item.session or "")[:_SESSION_CELLS] if item.session else UNKNOWN,
            _tokens(item.input),
            _tokens(item.cache_read),
            _tokens(item.cache_write),
            _tokens(item.output),
            cost_words(item),
        )


class RecordsView(Vertical):
    """A heading and the table. The pane around it moves the cursor; older pages come by themselves."""

    DEFAULT_CSS: ClassVar[str] = """
    RecordsView { height: 1fr; display: none; }
    RecordsView > .line { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._heading = Static(classes="line", markup=False)
        self._table = RecordTable()
        self._detail = Static(classes="line", markup=False)
        self._title = ""
        self._records: list[Record] = []
        self._fetch: FetchPage | None = None
        self._has_more = False
        self._reading = Rerun(self, self._read)

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._table
        yield self._detail

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    def open(self, title: str, fetch: FetchPage) -> None:
        """Show what `fetch` gives, under `title`."""
        self._title, self._fetch = title, fetch
        self._records, self._has_more = [], True
        self._table.show((), _key)
        self._heading.update(
            Content.styled(MARGIN + tr("{title}   reading …", title=title), "bold")
        )
        self._detail.update("")
        self.display = True
        self._reading.request()

    def close(self) -> None:
        """Forget what is on show."""
        self.display = False
        self._fetch = None
        self._records = []

    def move(self, step: int) -> None:
        self._table.move(step)

    def move_page(self, pages: int) -> None:
        self._table.move_page(pages)

    def on_row_list_moved(self) -> None:
        record = self._table.chosen
        self._detail.update(
            "" if record is None else Content.styled(_detail(record), muted_style(self.app))
        )
        at_the_end = self._table.chosen_index >= len(self._records) - _BEFORE_THE_END
        if self._records and self._has_more and at_the_end:
            self._reading.request()

    async def _read(self) -> None:
        fetch, records = self._fetch, self._records
        if fetch is None or not self._has_more:
            return
        page = await fetch(records[-1] if records else None)
        if fetch is not self._fetch:
            return
        self._has_more = len(page) == PAGE_RECORDS
        records += page
        words = _MORE if self._has_more else _ALL
        title = tr(words, title=self._title, count=count_requests(len(records)))
        self._heading.update(Content.styled(MARGIN + title, "bold"))
        self._table.show(records, _key)


def cost_words(record: Record) -> str:
    """``$0.0412``, ``~$0.04`` at list prices, ``included`` in a subscription, ``?`` unknown."""
    if record.cost_kind == "included":
        return tr("included")
    return format_usd(record.cost, estimated=record.cost_kind == "estimated")


def _detail(record: Record) -> str:
    parts = [
        record.session and tr("session {id}", id=record.session),
        record.provider,
        record.project,
        record.task and tr("for {task}", task=record.task),
        tr("{n} requests in one", n=f"{record.requests:,}") if record.requests > 1 else "",
        tr(record.confidence) if record.confidence != "exact" else "",
    ]
    return MARGIN + " · ".join(printable(part) for part in parts if part)


def _tokens(tokens: int | None) -> str:
    return UNKNOWN if tokens is None else compact_tokens(tokens)


def _key(record: Record) -> int:
    return record.id
