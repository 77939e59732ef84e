"""The conversation: one full-width widget that draws only the rows on screen.

Not a `ScrollView`: there every line of growth lays the whole screen out anew. Nothing stands beside
it either, so that a terminal can move its rows with a scroll region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.entries import (
    Entry,
    FoldingEntry,
    Level,
    NoteEntry,
    ReasoningEntry,
    Said,
)
from clacky_tui.tui.chat.live_reply import LiveReply
from clacky_tui.tui.chat.markdown import preload
from clacky_tui.tui.chat.story import Story
from clacky_tui.tui.chat.tool_entry import ToolEntry
from clacky_tui.tui.chat.viewport import Row, Viewport
from clacky_tui.tui.profile import current_profile

FoldingT = TypeVar("FoldingT", bound=FoldingEntry)

DRAW_SHARE = 10
"""After a flush the next one waits at least this many times as long as it took."""
WHEEL_LINES = 3


class Transcript(Widget):
    """The chat above the composer. Takes plain values by method, on the UI thread.

    Adding costs no drawing: what changed is drawn once per turn of the event loop, if on screen.
    Follows the tail until the person scrolls up; then it stays where it is and counts what is new.

    Args:
        clock: monotonic seconds, for the duration of reasoning and the pace of drawing.
    """

    class EarlierWanted(Message):
        """The person is at the top, and more was said before: `put_before` it."""

    ALLOW_SELECT = False
    DEFAULT_CSS: ClassVar[str] = """
    Transcript { height: 1fr; width: 100%; margin: 1 0; background: transparent; }
    """

    can_focus = False

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = clock
        self._view = Viewport()
        self._story = Story(self._view.entries)
        self._has_earlier = False
        self._canvas: Canvas | None = None
        self._shown: list[Row] = []
        self._shown_strips: list[Strip] = []
        self._shown_size = Size()
        self._is_stale = False
        self._is_refresh_due = False
        self._unseen = 0
        self._flush_clock: Timer | None = None
        self._flush_due = 0.0
        self._reply: LiveReply | None = None
        self._reasoning: ReasoningEntry | None = None
        self._reasoning_since = 0.0
        self._pending_reasoning: list[str] = []
        self._pending_output: dict[str, list[str]] = {}
        self._tried_preload = False

    # --- what is said ------------------------------------------------------------------------

    def add_user(self, text: str, files: Sequence[str] = ()) -> None:
        """Something the person said, and the names of what they sent along."""
        if not self._tried_preload:
            self._tried_preload = True
            self.run_worker(preload, thread=True, exit_on_error=False)
        with self._telling() as story:
            story.add_user(text, files)

    def append_text(self, delta: str) -> None:
        """More of the model's reply. The first piece shows at once, later ones on the flush clock."""
        if self._reply is None:
            self._end_reasoning()
            self._reply = LiveReply(self._view.entries)
            self._unseen += not self._view.follows
            self._open()
        self._reply.append(delta)

    def append_reasoning(self, delta: str) -> None:
        """More of the model's reasoning."""
        if self._reasoning is None:
            reasoning = ReasoningEntry()
            with self._telling() as story:
                story.add(reasoning, gap=True)
            self._reasoning, self._reasoning_since = reasoning, self._now()
            self._open()
        self._pending_reasoning.append(delta)

    def end_text(self) -> None:
        """The reply is complete; without an open one nothing happens."""
        self._end_reasoning()
        if self._reply is None:
            return
        self._reply.finish()
        self._reply = None
        self._close_clock()
        self._refresh_soon()

    def cut_text(self, note: str) -> None:
        """The open reply or reasoning was cut off: what came stays, marked with `note`."""
        if self._reply is None and self._reasoning is None:
            return
        with self._telling() as story:
            story.add(NoteEntry("warning", note, is_quiet=True), gap=False)

    # --- tools -------------------------------------------------------------------------------

    def add_tool(self, call_id: str, verb: str, subject: str) -> None:
        """The model wants a tool to run, e.g. ``"Read"`` and a path."""
        with self._telling() as story:
            story.add_tool(call_id, verb, subject)

    def set_tool_running(self, call_id: str) -> None:
        """The tool has started."""
        self._story.set_tool_running(call_id)
        self._refresh_soon()

    def set_tool_preview(
        self, call_id: str, path: str, diff: str, added: int, removed: int, new_file: bool = False
    ) -> None:
        """What an edit would change, as a unified diff; shown open. `path` is in the diff's line."""
        self._story.set_tool_preview(call_id, path, diff, added, removed, new_file)
        self._refresh_soon()

    def append_tool_output(self, call_id: str, text: str) -> None:
        """A piece of a running tool's output; the newest lines show under it."""
        if call_id in self._story.tools:
            self._pending_output.setdefault(call_id, []).append(text)
            self._open()

    def finish_tool(
        self, call_id: str, ok: bool, summary: str, duration_seconds: float, output: str = ""
    ) -> None:
        """The tool is done: `summary` and time go right; a failed one opens the end of `output`."""
        if entry := self._story.tools.get(call_id):
            entry.append_output("".join(self._pending_output.pop(call_id, [])))
            self._story.finish_tool(call_id, ok, summary, duration_seconds, output)
            self._close_clock()
            self._refresh_soon()

    def toggle_last(self) -> None:
        """Open or close the newest entry with something to open, and bring it in sight."""
        if entry := self._last_with_body(FoldingEntry):
            self._toggle(entry)
            if all(row.entry is not entry for row in self._shown):
                self._bring_in_sight(entry)

    def open_last_tool(self) -> None:
        """Open the newest tool that has output or a diff whole, its first line in sight."""
        if entry := self._last_with_body(ToolEntry):
            entry.open_whole()
            self._bring_in_sight(entry)
            self._refresh_soon()

    def _bring_in_sight(self, entry: Entry) -> None:
        if self._canvas is not None:
            self._view.scroll_to(self._canvas, self.size.height, entry)

    def _last_with_body(self, kind: type[FoldingT]) -> FoldingT | None:
        entries = reversed(self._view.entries)
        return next((e for e in entries if isinstance(e, kind) and e.has_body), None)

    # --- notes -------------------------------------------------------------------------------

    def add_notice(self, level: Level, text: Said, hint: Said = "") -> None:
        """Something about the work, with the next step in `hint`."""
        with self._telling() as story:
            story.add_notice(level, text, hint)

    def add_folded_note(self, level: Level, text: Said, hint: Said, body: str) -> None:
        """A notice that opens to `body`."""
        with self._telling() as story:
            story.add_folded_note(level, text, hint, body)

    def add_completion(self, text: Said, ok: bool = True) -> None:
        """The line under a finished task."""
        with self._telling() as story:
            story.add_completion(text, ok)

    def add_question(
        self, question: str, context: str = "", options: list[str] | None = None
    ) -> None:
        """A question of the model."""
        with self._telling() as story:
            story.add_question(question, context, options)

    def show_welcome(self, lines: list[str]) -> None:
        """The first lines of a session; replaces those of an untouched one."""
        with self._telling() as story:
            story.show_welcome(lines)

    def put_before(self, entries: list[Entry], *, has_earlier: bool) -> None:
        """Show `entries` above all others; what is on screen stays where it is.

        Args:
            entries: what was said before, gaps included.
            has_earlier: whether more can be asked for: at the top `EarlierWanted` is posted.
        """
        self._view.put_before(entries)
        self._has_earlier = has_earlier
        self._refresh_soon()

    def clear(self) -> None:
        """Forget everything and follow the tail again."""
        self.end_text()
        self._pending_output.clear()
        self._close_clock()
        self._view = Viewport()
        self._story = Story(self._view.entries)
        self._has_earlier = False
        self._unseen = 0
        self._refresh_soon()

    @property
    def entry_count(self) -> int:
        """Entries so far; a reply counts one for each of its blocks and lines of code."""
        return len(self._view.entries)

    @property
    def drawn_count(self) -> int:
        """Entries whose drawn rows are kept."""
        return sum(entry.is_drawn for entry in self._view.entries)

    @property
    def is_at_end(self) -> bool:
        """True while the tail is followed."""
        return self._view.follows

    def text(self) -> str:
        """Everything said and shown, made safe, without the layout of the screen."""
        entries = self._view.entries
        return "\n".join("\n" * entry.gap_before + entry.plain() for entry in entries)

    # --- scrolling ---------------------------------------------------------------------------

    def scroll_lines(self, lines: int) -> None:
        """Move by `lines` rows, up when negative."""
        if self._canvas is not None and self.size.height:
            self._view.scroll(self._canvas, self.size.height, lines)
            self._refresh_soon()
            self._want_earlier()

    def scroll_page(self, pages: int) -> None:
        """Move by whole screens with two rows in common, up when negative."""
        self.scroll_lines(pages * max(self.size.height - 2, 1))

    def scroll_home(self, **_options: Any) -> None:
        """Show the first row. Textual's options for animated scrolling have no meaning here."""
        if self._canvas is not None and self._view.entries:
            self._view.scroll_to(self._canvas, self.size.height, self._view.entries[0])
            self._refresh_soon()
            self._want_earlier()

    def _want_earlier(self) -> None:
        """At the top, ask once for what was said before."""
        if self._has_earlier and self._view.is_at_top:
            self._has_earlier = False
            self.post_message(Transcript.EarlierWanted())

    def scroll_end(self, **_options: Any) -> None:
        """Show the tail and follow it."""
        self._view.follows = True
        self._refresh_soon()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_click(self, event: events.Click) -> None:
        if self._unseen and event.y == self.size.height - 1:
            self.scroll_end()
        elif event.y < len(self._shown):
            entry = self._shown[event.y].entry
            if isinstance(entry, FoldingEntry) and entry.has_body:
                self._toggle(entry)

    # --- adding ------------------------------------------------------------------------------

    @contextmanager
    def _telling(self) -> Iterator[Story]:
        """For what ends an open reply and adds entries after it."""
        self.end_text()
        before = len(self._view.entries)
        yield self._story
        if not self._view.follows:
            self._unseen += max(len(self._view.entries) - before, 0)
        self._refresh_soon()

    def _toggle(self, entry: FoldingEntry) -> None:
        entry.toggle()
        self._refresh_soon()

    # --- streaming ---------------------------------------------------------------------------

    def _open(self) -> None:
        """Start the flush clock; what opened it is shown at once."""
        if self._flush_clock is None:
            self._flush_clock = self.set_interval(current_profile().flush_seconds, self._flush)
            self._flush_due = 0.0
            self.call_later(self._flush)

    def _close_clock(self) -> None:
        is_open = self._reply or self._reasoning or self._pending_output
        if not is_open and self._flush_clock is not None:
            self._flush_clock.stop()
            self._flush_clock = None

    def _flush(self) -> None:
        """Show what has piled up; a flush that took long makes the next one wait."""
        started = self._now()
        if started < self._flush_due:
            return
        if self._reply is not None and self._reply.show_pending():
            self._is_stale = True
            if not self._view.follows:
                self._unseen = max(self._unseen, 1)  # also a reply that began before the scroll
        if self._pending_reasoning:
            self._take_reasoning()
        if self._pending_output:
            self._take_output()
        self._close_clock()
        self._refresh_now()
        self._flush_due = self._now() + DRAW_SHARE * (self._now() - started)

    def _take_reasoning(self) -> None:
        if self._reasoning is not None:
            self._reasoning.append("".join(self._pending_reasoning))
            self._is_stale = True
        self._pending_reasoning = []

    def _take_output(self) -> None:
        for call_id, pieces in self._pending_output.items():
            self._story.tools[call_id].append_output("".join(pieces))
        self._pending_output = {}
        self._is_stale = True

    def _end_reasoning(self) -> None:
        if self._reasoning is None:
            return
        self._take_reasoning()
        self._reasoning.finish(self._now() - self._reasoning_since)
        self._reasoning = None
        self._close_clock()
        self._refresh_soon()

    # --- drawing -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._drop_canvas)

    def on_show(self) -> None:
        self._refresh_soon()  # what came while another tab was open has not been drawn

    def redraw(self) -> None:
        """Draw everything anew: what entries say has changed."""
        self._drop_canvas(None)

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
        if len(changed) > self.size.height // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

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
        if self._unseen and len(strips) == height:
            strips[-1] = self._marker(self._canvas)
        for y, old in enumerate(self._shown_strips[: len(strips)]):
            if strips[y] == old:
                strips[y] = old
        self._shown, self._shown_strips = rows, strips

    def _marker(self, canvas: Canvas) -> Strip:
        words = f"{canvas.glyphs.below} {self._unseen:,} new"
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
