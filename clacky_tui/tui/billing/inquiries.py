"""What a person asks the billing tab for beyond its figures: pages, agents, days, files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from textual.worker import Worker

from clacky_tui.billing.names import printable
from clacky_tui.billing.summary import local_midnight
from clacky_tui.domain.money import currency_of, shown_currency
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.tui.billing.choice import Choices
from clacky_tui.tui.billing.dates import bar_title, stretch_title
from clacky_tui.tui.billing.desk import UsageDesk
from clacky_tui.tui.billing.export import export_name, write_export
from clacky_tui.tui.billing.figures import NAMES, name_text
from clacky_tui.tui.billing.page import FiguresPage
from clacky_tui.tui.billing.price import read_price
from clacky_tui.tui.billing.records_view import PAGE_RECORDS, RecordsView
from clacky_tui.tui.billing.sources import read_sources
from clacky_tui.tui.billing.text_page import Layout, TextPage, title_lines
from clacky_tui.tui.billing.what_if import read_what_if
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.lazy_tab import TabPane
from clacky_tui.tui.lists.line_input import LineInput
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.overview import Overview, query_of
from clacky_tui.usage.records import Choice, Record, list_records
from clacky_tui.usage.report import By, Query
from clacky_tui.usage.stretch import Period, Stretch, next_start, parse_stretch

_ALONE_TEXT = tr_noop("The demo model is on its own; with a key of yours, o shows all agents.")
UNREADABLE = tr_noop("The index of usage cannot be read: {error} (r tries again)")
_NOT_EXPORTED = tr_noop("Nothing was written to {path}: {error}")


class Inquiries(TabPane):
    """The base of the pane, which makes the parts."""

    _clock: Callable[[], datetime]
    _desk: UsageDesk
    _choices: Choices
    _overview: Overview | None
    _input: LineInput
    _figures: FiguresPage
    _records: RecordsView
    _text: TextPage
    _session: Callable[[], ContextFigures]
    _page_reading: Worker[None] | None = None

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say `text`."""
        raise NotImplementedError

    def show_stretch(self, stretch: Stretch | None, period: Period | None = None) -> None:
        """Show other days."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read again."""
        raise NotImplementedError

    def _draw(self) -> None:
        raise NotImplementedError

    def _close_views(self) -> None:
        raise NotImplementedError

    def _fill(self, agents: frozenset[str]) -> None:
        raise NotImplementedError

    # --- records -----------------------------------------------------------------------------

    def action_open_records(self) -> None:
        overview = self._overview
        if overview is None or not overview.totals.entries or self._records.is_open:
            return
        row, by = self._figures.chosen_row, self._choices.by
        if row is None:
            bar = self._figures.chosen_bar
            title = bar_title(overview.bars[bar], overview.stretch.unit)
            choice = Choice(self._choices.agents, *_times_of_bar(overview, bar))
        else:
            days = stretch_title(overview.stretch)
            title = _row_title(by, row.name, days)
            times = _times_of_stretch(overview.stretch)
            choice = Choice(self._choices.agents, *times, by, row.name)
        desk = self._desk

        async def fetch(after: Record | None) -> Sequence[Record]:
            try:
                return await desk.read(
                    lambda index: list_records(index, choice, PAGE_RECORDS, after)
                )
            except (OSError, sqlite3.Error) as error:
                self.tell(tr(UNREADABLE, error=error), is_error=True)
                return ()

        self._close_page()
        self._records.open(title, fetch)
        self._draw()

    # --- pages -----------------------------------------------------------------------------------

    def action_open_sources(self) -> None:
        self._open_page(read_sources)

    def action_open_what_if(self) -> None:
        overview, now = self._overview, self._clock()
        if overview is None or not overview.totals.entries:
            self.tell(tr("No requests in this period, so there is nothing to compare."))
            return
        query = query_of(overview.stretch, self._choices.agents)
        what = stretch_title(overview.stretch)
        row, by = self._figures.chosen_row, self._choices.by
        if row is not None and (narrowed := _narrowed(query, by, row.name)) is not None:
            query, what = narrowed, _row_title(by, row.name, what)
        session = self._session()
        self._open_page(lambda index: read_what_if(index, query, what, session, now))

    def action_open_price(self) -> None:
        row, now = self._figures.chosen_row, self._clock()
        if row is None or row.name is None or self._choices.by is not By.MODEL:
            self.tell(tr("Choose a model in the table of models first: tab, then ↓."))
            return
        model = row.name
        self._open_page(lambda _: read_price(model, now))

    def _open_page(self, read: Callable[[UsageIndex], Layout]) -> None:
        """Show the page that `read` makes on the thread of the index."""
        self.tell("")
        self._records.close()
        self._close_page()
        self._text.open(lambda width, _: title_lines(tr("Reading …"), width))
        self._draw()

        async def fill() -> None:
            try:
                self._text.open(await self._desk.read(read))
            except (OSError, sqlite3.Error) as error:
                self._text.close()
                self.tell(tr(UNREADABLE, error=error), is_error=True)
                self._draw()

        self._page_reading = self.run_worker(fill)

    def _close_page(self) -> None:
        if self._page_reading is not None:
            self._page_reading.cancel()
        self._text.close()

    # --- whose requests -------------------------------------------------------------------------

    def action_toggle_agents(self) -> None:
        if self._desk.books.simulated:
            self.tell(tr(_ALONE_TEXT))
            return
        self._choices.all_agents, self._choices.agent = not self._choices.all_agents, None
        self._figures.leave_table()
        if self._choices.all_agents:
            self._fill(frozenset())
        self.reload()

    def action_only_agent(self) -> None:
        """Show the agent of the chosen row only; without one, let a person choose it."""
        if self._desk.books.simulated:
            self.tell(tr(_ALONE_TEXT))
            return
        row, choices = self._figures.chosen_row, self._choices
        self._close_views()
        if row is not None and row.name is not None and choices.by is By.AGENT:
            choices.agent = row.name
            self.tell("")
            self._figures.scroll_home(animate=False)
            self._figures.leave_table()
        else:
            choices.by, choices.agent = By.AGENT, None
            self.tell(tr("Choose an agent with ↑↓; f shows it alone."))
            self._figures.enter_table()
            if not choices.all_agents:
                choices.all_agents = True
                self._fill(frozenset())
        self.reload()

    def _whose(self) -> str:
        """Whose requests are on show, when not only one's own."""
        if self._choices.agent is not None:
            return tr("only {agent} (esc all)", agent=printable(self._choices.agent))
        return tr("all agents") if self._choices.all_agents else ""

    # --- other days ----------------------------------------------------------------------------

    def action_ask_stretch(self) -> None:
        self.tell("")
        stretch = self._choices.stretch
        today = self._clock().astimezone().date()
        first = stretch.first or today - timedelta(days=29)
        days = f"{first.isoformat()} {min(stretch.last, today).isoformat()}"
        self._input.ask(tr("From and to:"), days, self._stretch_entered)

    def _stretch_entered(self, text: str) -> None:
        try:
            stretch = parse_stretch(text)
        except ValueError as error:
            self.tell(str(error), is_error=True)
        else:
            self.show_stretch(stretch, Period.CUSTOM)

    # --- files and currencies ------------------------------------------------------------------

    def action_ask_export(self) -> None:
        self.tell("")
        name = export_name(stretch_title(self._choices.stretch))
        self._input.ask(tr("Write to (.csv or .json):"), name, self._export)

    def _export(self, typed: str) -> None:
        name = typed.strip()
        try:
            path = Path(name).expanduser()
        except RuntimeError as error:
            self.tell(tr(_NOT_EXPORTED, path=name, error=error), is_error=True)
            return
        if not name.isprintable():
            self.tell(tr("A file's name cannot hold control characters."), is_error=True)
        elif name:
            self.run_worker(self._exported(path))

    async def _exported(self, path: Path) -> None:
        query, now = query_of(self._choices.stretch, self._choices.agents), self._clock()
        shown = shorten_home(path)
        try:
            await self._desk.read(lambda index: write_export(index, query, path, now))
        except (OSError, sqlite3.Error) as error:
            self.tell(tr(_NOT_EXPORTED, path=shown, error=error), is_error=True)
        else:
            self.tell(tr("Written to {path}.", path=shown))

    def action_ask_currency(self) -> None:
        self.tell("")
        self._input.ask(
            tr("Currency, such as EUR or CNY 6.8:"), shown_currency().code, self._convert
        )

    def _convert(self, line: str) -> None:
        code, _, rate = line.strip().partition(" ")
        try:
            currency_of(code, rate)
        except ValueError as error:
            self.tell(str(error), is_error=True)
        else:
            self.call_later(self.app.run_action, ("app", "set_currency", (line,)))


def _row_title(by: By, name: str | None, days: str) -> str:
    return tr("{by} {name}, {days}", by=tr(NAMES[by]), name=name_text(by, name), days=days)


def _narrowed(query: Query, by: By, name: str | None) -> Query | None:
    """`query` of one row only; None where the index cannot tell its requests from others."""
    if name is None:
        return None
    only = frozenset({name})
    match by:
        case By.AGENT:
            return replace(query, agents=only)
        case By.MODEL:
            return replace(query, models=only)
        case By.PROJECT:
            return replace(query, projects=only)
        case By.SESSION:
            return replace(query, sessions=only)
        case _:
            return None


def _times_of_stretch(stretch: Stretch) -> tuple[datetime | None, datetime | None]:
    if stretch.first is None:
        return None, None
    return local_midnight(stretch.first), local_midnight(stretch.last + timedelta(days=1))


def _times_of_bar(overview: Overview, index: int) -> tuple[datetime, datetime]:
    start, unit = overview.bars[index].start, overview.stretch.unit
    if unit is By.HOUR:
        return start, start + timedelta(hours=1)
    since, until = _times_of_stretch(overview.stretch)
    after = local_midnight(next_start(start.date(), unit))
    return max(start, since or start), min(after, until or after)
