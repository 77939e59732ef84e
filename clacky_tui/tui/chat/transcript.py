"""The conversation: what is said goes into entries, streamed text on a clock of its own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, ClassVar

from clacky_tui.tui.chat.entries import BlockEntry, Level, NoteEntry, ReasoningEntry, Said
from clacky_tui.tui.chat.entry_view import EntryView
from clacky_tui.tui.chat.fence import Fence
from clacky_tui.tui.chat.live_reply import LiveReply
from clacky_tui.tui.chat.markdown import preload
from clacky_tui.tui.chat.pieces import source_of
from clacky_tui.tui.chat.story import Story
from clacky_tui.tui.profile import current_profile

DRAW_SHARE = 10
"""After a flush the next one waits at least this many times as long as it took."""
SETTLED_ENTRIES = 500
"""After so many new entries what lives is kept from full garbage collections: each took 0.1 s in the
middle of a reply of 1 MB, and an entry, which is in no cycle, needs none to be freed."""
FIRST = 0.0
"""When what opens something is due: now, together with whatever else is being told."""
EARLY_SECONDS = 0.01
"""What is due within this is drawn at once, without a timer."""


class Transcript(EntryView):
    """The chat above the composer. Takes plain values by method, on the UI thread.

    Args:
        clock: monotonic seconds, for the duration of reasoning and the pace of drawing.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Transcript { height: 1fr; width: 100%; margin: 1 0; background: transparent; }
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = clock
        self._story = Story(self._view.entries)
        self._is_flush_coming = False
        self._flush_due = FIRST
        self._settled_entries = 0
        self._reply: LiveReply | None = None
        self._reasoning: ReasoningEntry | None = None
        self._reasoning_since = 0.0
        self._pending_reasoning: list[str] = []
        self._pending_output: dict[str, list[str]] = {}
        self._tried_preload = False
        self._is_colouring = False

    # --- what is said ------------------------------------------------------------------------

    def add_user(self, text: str, files: Sequence[str] = ()) -> None:
        """Something the person said, and the names of what they sent along."""
        if not self._tried_preload:
            self._tried_preload = True
            self.run_worker(preload, thread=True, exit_on_error=False)
        if not self.marks.entries:  # what the mouse selected before is done with
            self.mark(selection=None)
        with self._telling() as story:
            story.add_user(text, files)

    def append_text(self, delta: str) -> None:
        """More of the model's reply. Its first piece shows at once, later ones when a drawing is due."""
        if self._reply is None:
            self._end_reasoning()
            self._reply = LiveReply(self._view.entries)
            self._flush_due = FIRST
            self._unseen += not self._view.follows
        self._reply.append(delta)
        self._flush_soon()

    def append_reasoning(self, delta: str) -> None:
        """More of the model's reasoning."""
        if self._reasoning is None:
            reasoning = ReasoningEntry()
            with self._telling() as story:
                story.add(reasoning, gap=True)
            self._reasoning, self._reasoning_since = reasoning, self._now()
        self._pending_reasoning.append(delta)
        self._flush_soon()

    def end_text(self) -> None:
        """The reply is complete; without an open one nothing happens."""
        self._end_reasoning()
        if self._reply is None:
            return
        self._reply.finish()
        self._reply = None
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
            self._flush_soon()

    def finish_tool(
        self,
        call_id: str,
        ok: bool,
        summary: str,
        duration_seconds: float,
        output: str = "",
        card: Mapping[str, Any] | None = None,
    ) -> None:
        """The tool is done: `summary` and time go right; a failed one opens the end of `output`."""
        if entry := self._story.tools.get(call_id):
            entry.append_output("".join(self._pending_output.pop(call_id, [])))
            self._story.finish_tool(call_id, ok, summary, duration_seconds, output, card)
            self._refresh_soon()

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

    def settle_question(self) -> None:
        """The question asked last was answered, or is no more; its options are shown with it."""
        self._story.settle_question()
        self._refresh_soon()

    def show_welcome(self, lines: list[str]) -> None:
        """The first lines of a session; replaces those of an untouched one."""
        with self._telling() as story:
            story.show_welcome(lines)

    def clear(self) -> None:
        """Forget everything and follow the tail again."""
        self.end_text()
        self._pending_output.clear()
        self._forget_entries()
        self._story = Story(self._view.entries)

    def text(self) -> str:
        """Everything said and shown, made safe, without the layout of the screen."""
        return source_of(self._view.entries)

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

    # --- streaming ---------------------------------------------------------------------------

    def _flush_soon(self) -> None:
        """Have what piles up drawn: at once, or when the pause after the last drawing is over."""
        if self._is_flush_coming:
            return
        wait = self._flush_due - self._now()
        if self._flush_due != FIRST and wait <= EARLY_SECONDS:
            self._flush()
            return
        self._is_flush_coming = True
        if self._flush_due == FIRST:
            self.call_later(self._flush)
        else:
            self.set_timer(wait, self._flush)

    def _flush(self) -> None:
        """Show what has piled up; a flush that took long makes the next one wait."""
        self._is_flush_coming = False
        started = self._now()
        if self._reply is not None and self._reply.show_pending():
            self._is_stale = True
            if not self._view.follows:
                self._unseen = max(self._unseen, 1)  # also a reply that began before the scroll
        if self._pending_reasoning:
            self._take_reasoning()
        if self._pending_output:
            self._take_output()
        self._refresh_now()
        self._settle()
        ended = self._now()
        self._flush_due = max(
            started + current_profile().flush_seconds, ended + DRAW_SHARE * (ended - started)
        )

    def _settle(self) -> None:
        if abs(len(self._view.entries) - self._settled_entries) >= SETTLED_ENTRIES:
            self._settled_entries = len(self._view.entries)
            gc.collect(1)
            gc.freeze()

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
        self._refresh_soon()

    def redraw(self) -> None:
        """Draw everything anew: what entries say has changed."""
        self._drop_canvas(None)

    # --- colours of code ---------------------------------------------------------------------

    def _update_rows(self) -> None:
        super()._update_rows()
        fences = {row.entry.fence for row in self._shown if isinstance(row.entry, BlockEntry)}
        waiting = [fence for fence in fences if fence is not None and fence.is_waiting]
        if waiting and not self._is_colouring:
            self._is_colouring = True
            self.run_worker(self._colour(waiting), group="colours")

    async def _colour(self, fences: list[Fence]) -> None:
        """Let the lines of `fences` be drawn again in their colours."""
        try:
            await asyncio.to_thread(_colour_all, fences)
        finally:
            self._is_colouring = False
        for entry in self._view.entries:
            if isinstance(entry, BlockEntry) and entry.fence in fences:
                entry.forget_rows()
        self._refresh_soon()


def _colour_all(fences: list[Fence]) -> None:
    for fence in fences:
        fence.colour()
