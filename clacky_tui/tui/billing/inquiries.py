"""What a person asks the billing tab for beyond its figures: records, sources, files, other days."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from clacky_tui.billing.summary import local_midnight
from clacky_tui.domain.money import currency_of, shown_currency
from clacky_tui.paths import shorten_home
from clacky_tui.tui.billing.choice import Choices
from clacky_tui.tui.billing.dates import bar_title, stretch_title
from clacky_tui.tui.billing.desk import UsageDesk
from clacky_tui.tui.billing.export import export_name, write_export
from clacky_tui.tui.billing.figures import name_text
from clacky_tui.tui.billing.page import FiguresPage
from clacky_tui.tui.billing.records_view import PAGE_RECORDS, RecordsView
from clacky_tui.tui.billing.sources_view import SourcesView, read_sources
from clacky_tui.tui.lazy_tab import TabPane
from clacky_tui.tui.lists.line_input import LineInput
from clacky_tui.usage.overview import Overview, query_of
from clacky_tui.usage.records import Choice, Record, list_records
from clacky_tui.usage.report import By
from clacky_tui.usage.stretch import Period, Stretch, next_start, parse_stretch

_RECORDS_OF_ROW = "{by} {name}, {title}"
_EXPORTED = "Written to {path}."
_UNPRINTABLE = "A file's name cannot hold control characters."
_NOT_EXPORTED = "Nothing was written to {path}: {error}"
_NO_SOURCES = "The index of usage cannot be read: {error}"


class Inquiries(TabPane):
    """The base of the pane, which makes the parts."""

    _clock: Callable[[], datetime]
    _desk: UsageDesk
    _choices: Choices
    _overview: Overview | None
    _input: LineInput
    _figures: FiguresPage
    _records: RecordsView
    _sources: SourcesView

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say `text`."""
        raise NotImplementedError

    def show_stretch(self, stretch: Stretch | None, period: Period | None = None) -> None:
        """Show other days."""
        raise NotImplementedError

    def _draw(self) -> None:
        raise NotImplementedError

    # --- records and sources -------------------------------------------------------------------

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
            title = _RECORDS_OF_ROW.format(by=by.value, name=name_text(by, row.name), title=days)
            times = _times_of_stretch(overview.stretch)
            choice = Choice(self._choices.agents, *times, by, row.name)
        desk = self._desk

        async def fetch(after: Record | None) -> Sequence[Record]:
            try:
                return await desk.read(
                    lambda index: list_records(index, choice, PAGE_RECORDS, after)
                )
            except (OSError, sqlite3.Error) as error:
                self.tell(_NO_SOURCES.format(error=error), is_error=True)
                return ()

        self._sources.close()
        self._records.open(title, fetch)
        self._draw()

    async def action_open_sources(self) -> None:
        try:
            sources = await self._desk.read(read_sources)
        except (OSError, sqlite3.Error) as error:
            self.tell(_NO_SOURCES.format(error=error), is_error=True)
            return
        self._records.close()
        self._sources.open(sources)
        self._draw()

    # --- other days ----------------------------------------------------------------------------

    def action_ask_stretch(self) -> None:
        self.tell("")
        stretch = self._choices.stretch
        today = self._clock().astimezone().date()
        first = stretch.first or today - timedelta(days=29)
        days = f"{first.isoformat()} {min(stretch.last, today).isoformat()}"
        self._input.ask("From and to:", days, self._stretch_entered)

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
        self._input.ask("Write to (.csv or .json):", name, self._export)

    def _export(self, typed: str) -> None:
        name = typed.strip()
        try:
            path = Path(name).expanduser()
        except RuntimeError as error:
            self.tell(_NOT_EXPORTED.format(path=name, error=error), is_error=True)
            return
        if not name.isprintable():
            self.tell(_UNPRINTABLE, is_error=True)
        elif name:
            self.run_worker(self._exported(path))

    async def _exported(self, path: Path) -> None:
        query, now = query_of(self._choices.stretch, self._choices.agents), self._clock()
        shown = shorten_home(path)
        try:
            await self._desk.read(lambda index: write_export(index, query, path, now))
        except (OSError, sqlite3.Error) as error:
            self.tell(_NOT_EXPORTED.format(path=shown, error=error), is_error=True)
        else:
            self.tell(_EXPORTED.format(path=shown))

    def action_ask_currency(self) -> None:
        self.tell("")
        self._input.ask("Currency, such as EUR or CNY 6.8:", shown_currency().code, self._convert)

    def _convert(self, line: str) -> None:
        code, _, rate = line.strip().partition(" ")
        try:
            currency_of(code, rate)
        except ValueError as error:
            self.tell(str(error), is_error=True)
        else:
            self.call_later(self.app.run_action, ("app", "set_currency", (line,)))


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
