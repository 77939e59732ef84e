"""Entries on the screen: one full-width widget that draws only the rows in sight.

Not a `ScrollView`: there every line of growth lays the whole screen out anew. Nothing stands beside
it either, so that a terminal can move its rows with a scroll region.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.entries import Entry, FoldingEntry
from clacky_tui.tui.chat.marking import FOUND, FOUND_NOW, SELECTED, found_in, paint, signed
from clacky_tui.tui.chat.selection import Point, Selection
from clacky_tui.tui.chat.viewport import Place, Row, Viewport
from clacky_tui.tui.output.hook import draw_rows

WHEEL_LINES = 3


class Marks(NamedTuple):
    """What is painted over the rows; most of the time nothing."""

    entries: frozenset[Entry] = frozenset()
    """Those under the entry cursor."""
    selection: Selection | None = None
    pattern: re.Pattern[str] | None = None
    """What was searched for."""
    found: tuple[Entry, int] | None = None
    """The entry of the match that was gone to, and its number among the matches in the entry."""


class EntryView(Widget):
    """A window on entries that follows the tail until the person scrolls up.

    Scrolled up it stays where it is and counts what is new. Adding costs no drawing: what changed is
    drawn once per turn of the event loop, if on screen.
    """

    class EarlierWanted(Message):
        """The person is at the top, and more was said before: `put_before` it."""

    class Selected(Message):
        """The mouse was let go with something selected."""

    ALLOW_SELECT = False
    can_focus = False
    DEFAULT_CSS: ClassVar[str] = ""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = Viewport()
        self._has_earlier = False
        self._canvas: Canvas | None = None
        self._shown: list[Row] = []
        self._shown_strips: list[Strip] = []
        self._shown_size = Size()
        self._is_stale = False
        self._is_refresh_due = False
        self._unseen = 0
        self._marks = Marks()
        self._pressed: Point | None = None

    # --- entries -----------------------------------------------------------------------------

    @property
    def entries(self) -> Sequence[Entry]:
        """All that is loaded, the oldest first."""
        return self._view.entries

    @property
    def entry_count(self) -> int:
        """Entries so far; a reply counts one for each of its blocks and lines of code."""
        return len(self._view.entries)

    @property
    def drawn_count(self) -> int:
        """Entries whose drawn rows are kept."""
        return sum(entry.is_drawn for entry in self._view.entries)

    @property
    def has_earlier(self) -> bool:
        """True while more was said before than is loaded, and none of it has been asked for."""
        return self._has_earlier

    def put_before(self, entries: list[Entry], *, has_earlier: bool) -> None:
        """Show `entries` above all others; what is on screen stays where it is.

        Args:
            entries: what was said before, gaps included.
            has_earlier: whether more can be asked for: at the top `EarlierWanted` is posted.
        """
        self._view.put_before(entries)
        self._has_earlier = has_earlier
        self._refresh_soon()

    def want_earlier(self) -> None:
        """Ask once for what was said before."""
        if self._has_earlier:
            self._has_earlier = False
            self.post_message(EntryView.EarlierWanted())

    def _forget_entries(self) -> None:
        self._view = Viewport()
        self._has_earlier = False
        self._unseen = 0
        self._marks = Marks()
        self._refresh_soon()

    # --- folding -----------------------------------------------------------------------------

    def toggle(self, entry: Entry) -> bool:
        """Open or close `entry` if it has something to open; False when it has not."""
        if not (isinstance(entry, FoldingEntry) and entry.has_body):
            return False
        entry.toggle()
        self._refresh_soon()
        return True

    def open_whole(self, entry: FoldingEntry) -> None:
        """Show all of `entry`, wherever it is folded."""
        entry.open_whole()
        self._refresh_soon()

    def toggle_last(self) -> None:
        """Open or close the newest entry with something to open, and bring it in sight."""
        entry = self.last_folding()
        if entry is None or not self.toggle(entry):
            return
        if all(row.entry is not entry for row in self._shown):
            self.bring_in_sight(entry)

    def last_folding(self) -> FoldingEntry | None:
        """The newest entry with something to open."""
        entries = reversed(self._view.entries)
        return next((e for e in entries if isinstance(e, FoldingEntry) and e.has_body), None)

    # --- scrolling ---------------------------------------------------------------------------

    @property
    def is_at_end(self) -> bool:
        """True while the tail is followed."""
        return self._view.follows

    def scroll_lines(self, lines: int) -> None:
        """Move by `lines` rows, up when negative."""
        if self._canvas is not None and self.size.height:
            self._view.scroll(self._canvas, self.size.height, lines)
            self._refresh_soon()
            self._look_for_earlier()

    def scroll_page(self, pages: int) -> None:
        """Move by whole screens with two rows in common, up when negative."""
        self.scroll_lines(pages * max(self.size.height - 2, 1))

    def scroll_home(self, **_options: Any) -> None:
        """Show the first row. Textual's options for animated scrolling have no meaning here."""
        if self._view.entries:
            self.bring_in_sight(self._view.entries[0])
            self._look_for_earlier()

    def scroll_end(self, **_options: Any) -> None:
        """Show the tail and follow it."""
        self._view.follows = True
        self._refresh_soon()

    def bring_in_sight(self, entry: Entry) -> None:
        """Show `entry` from its first row on."""
        if self._canvas is not None:
            self._view.scroll_to(self._canvas, self.size.height, entry)
            self._refresh_soon()

    def reveal(self, place: Place) -> None:
        """Scroll no further than needed to show the row at `place`."""
        if self._canvas is not None and self.size.height:
            self._view.reveal(self._canvas, self.size.height, place)
            self._refresh_soon()
            self._look_for_earlier()

    def _look_for_earlier(self) -> None:
        if self._view.is_at_top:
            self.want_earlier()

    # --- marks -------------------------------------------------------------------------------

    @property
    def marks(self) -> Marks:
        """What is painted over the rows."""
        return self._marks

    def mark(self, **changes: Any) -> None:
        """Change the fields of `Marks` that are named."""
        marks = self._marks._replace(**changes)
        if marks != self._marks:
            self._marks = marks
            self._refresh_soon()

    def show_match(self, entry: Entry, number: int) -> None:
        """Mark the `number`-th match in `entry`, from 0, and scroll to it."""
        self.mark(found=(entry, number))
        at = self._view.entries.index(entry)
        rows = [n for n, strip in enumerate(self.rows_of(at)) for _ in range(self._count_in(strip))]
        self.reveal(Place(at, rows[number] if number < len(rows) else 0))

    def count_shown(self, entry: Entry) -> int:
        """How many matches of the search are in the rows of `entry` as it is shown."""
        return sum(map(self._count_in, self.rows_of(self._view.entries.index(entry))))

    def _count_in(self, strip: Strip) -> int:
        return len(found_in(strip, self._marks.pattern)) if self._marks.pattern is not None else 0

    def selected_text(self) -> str:
        """What is selected, as it was before it was folded to the screen; empty without any."""
        if self._marks.selection is None or self._canvas is None:
            return ""
        return self._marks.selection.text(self._view.entries, self._canvas)

    def rows_of(self, index: int) -> list[Strip]:
        """The drawn rows of the entry at `index`; none before the first frame."""
        return self._view.strips(index, self._canvas) if self._canvas is not None else []

    def moved(self, place: Place, rows: int) -> Place:
        """`place` moved by `rows`, held at the first and the last row."""
        if self._canvas is None:
            return place
        there = self._view.moved(self._canvas, place, rows)
        if there.at < len(self._view.entries):
            return there
        return self._view.moved(self._canvas, there, -1)

    def shown_rows(self) -> list[Row]:
        """The rows on screen, from the top."""
        return self._shown

    # --- mouse -------------------------------------------------------------------------------

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self.mark(selection=None)
            self._pressed = self._point_at(event.x, event.y)
            if self._pressed is not None:
                self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None:
            return
        if event.y < 0 or event.y >= self.size.height:
            self.scroll_lines(-1 if event.y < 0 else 1)
        head = self._point_at(event.x, min(max(event.y, 0), self.size.height - 1))
        if head is not None and (self._marks.selection is not None or head != self._pressed):
            self.mark(selection=Selection(self._pressed, head))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._pressed is None:
            return
        self._pressed = None
        self.release_mouse()
        if self._marks.selection is not None:
            self.post_message(EntryView.Selected())

    def on_click(self, event: events.Click) -> None:
        if self._marks.selection is not None:
            return  # the end of a drag
        if self._unseen and event.y == self.size.height - 1:
            self.scroll_end()
        elif event.y < len(self._shown):
            self.toggle(self._shown[event.y].entry)

    def _point_at(self, x: int, y: int) -> Point | None:
        """The cell at a place in the widget, the nearest row above where there is none."""
        if not self._shown:
            return None
        row = self._shown[min(y, len(self._shown) - 1)]
        return Point.at_row(row.entry, row.line, min(max(x, 0), self.size.width - 1))

    # --- drawing -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._drop_canvas)

    def on_show(self) -> None:
        self._refresh_soon()  # what came while another tab was open has not been drawn

    def _drop_canvas(self, _theme: object) -> None:
        self._canvas = None
        self.refresh()

    def _refresh_soon(self) -> None:
        """Redraw once after all that is being added now."""
        self._is_stale = True
        if self.is_running and not self._is_refresh_due:
            self._is_refresh_due = True
            self.call_later(self._refresh_now)

    def _refresh_now(self) -> None:
        """Bring the rows up to date and repaint those that changed."""
        self._is_refresh_due = False
        if not self._is_stale or not self.size:
            return
        before = self._shown_strips
        self._update_rows()
        after = self._shown_strips
        changed = [
            y
            for y in range(max(len(before), len(after)))
            if y >= len(before) or y >= len(after) or before[y] is not after[y]
        ]
        if not changed or self._draw_rows(changed):
            return
        if len(changed) > self.size.height // 2:
            self.refresh()
        else:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _draw_rows(self, numbers: Sequence[int]) -> bool:
        """Put rows on the screen at once, where nothing lies over them."""
        assert self._canvas is not None
        shown, blank = self._shown_strips, self._canvas.strip([])
        return draw_rows(self, {y: shown[y] if y < len(shown) else blank for y in numbers})

    def _update_rows(self) -> None:
        self._is_stale = False
        self._shown_size = self.size
        width, height = self.size
        if self._canvas is None or self._canvas.width != width:
            self._canvas = Canvas.of_app(self.app, width)
        rows = self._view.rows(self._canvas, height)
        if self._view.follows:
            self._unseen = 0
        strips = [row.strip for row in rows]
        if any(self._marks):
            strips = self._marked(rows, self._canvas)
        if self._unseen and len(strips) == height:
            strips[-1] = self._marker(self._canvas)
        for y, old in enumerate(self._shown_strips[: len(strips)]):
            if strips[y] == old:
                strips[y] = old
        self._shown, self._shown_strips = rows, strips

    def _marked(self, rows: list[Row], canvas: Canvas) -> list[Strip]:
        """The strips of `rows` with the marks over them."""
        marked, selection, pattern, found = self._marks
        ends = selection.ends(self._view.entries) if selection is not None else None
        index, hits = self._view.top.at, 0
        strips: list[Strip] = []
        before: Entry | None = None
        for row in rows:
            if row.entry is not before:
                before, index = row.entry, self._view.entries.index(row.entry, index)
                hits = sum(map(self._count_in, row.entry.strips(canvas)[: row.line]))
            strip = row.strip
            if pattern is not None:
                spans = found_in(strip, pattern)
                strip = paint(strip, spans, FOUND) if spans else strip
                if found is not None and found[0] is row.entry:
                    now = spans[max(found[1] - hits, 0) :][:1] if found[1] >= hits else []
                    strip = paint(strip, now, FOUND_NOW) if now else strip
                hits += len(spans)
            if selection is not None and ends is not None:
                span = selection.span(ends, (index, row.line), canvas.width)
                strip = paint(strip, [span], SELECTED) if span is not None else strip
            if row.entry in marked and not (row.entry.gap_before and row.line == 0):
                strip = signed(strip, canvas.glyphs.marked, canvas.styles.accent)
            strips.append(strip)
        return strips

    def _marker(self, canvas: Canvas) -> Strip:
        words = tr("{below} {unseen:,} new", below=canvas.glyphs.below, unseen=self._unseen)
        return canvas.strip([(GUTTER, canvas.styles.ground), (words, canvas.styles.accent)])

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        # Rows that are merely stale wait for `_refresh_now`, which knows which of them to repaint.
        if self._canvas is None or self._shown_size != self.size:
            self._update_rows()
        canvas = self._canvas
        assert canvas is not None
        blank = canvas.strip([])
        shown = self._shown_strips
        strips = [shown[y] if y < len(shown) else blank for y in range(crop.y, crop.bottom)]
        if crop.x == 0 and crop.width == canvas.width:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips]
