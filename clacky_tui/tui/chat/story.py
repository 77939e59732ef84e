"""Entries made of what was said, in its order: as it happens, or read from a journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clacky_tui.tui.chat.entries import (
    BlockEntry,
    Entry,
    FoldedNote,
    Level,
    NoteEntry,
    QuestionEntry,
    ReasoningEntry,
    Said,
    UserEntry,
    WelcomeEntry,
)
from clacky_tui.tui.chat.files_entry import FilesEntry
from clacky_tui.tui.chat.live_reply import LiveReply
from clacky_tui.tui.chat.tool_entry import ReadRun, ToolEntry

READ_VERB = "Read"
"""Of the tool that reads files."""
FOLDED_READS = 3
"""So many reads one after the other are told on one line."""
USER_PART_LINES = 100
"""A long message is kept in parts of this many lines, so that only visible ones are drawn."""


class Story:
    """Appends to `entries`. Knows the tools among them by the ids of their calls."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.tools: dict[str, ToolEntry] = {}
        self._reads: list[ToolEntry] = []
        self._run: ReadRun | None = None
        self._question: QuestionEntry | None = None
        """Waits for its answer."""

    def add_user(self, text: str, files: Sequence[str] = ()) -> None:
        """Something the person said, and the names of what they sent along."""
        lines = text.rstrip("\n").split("\n")
        for start in range(0, len(lines), USER_PART_LINES):
            part = "\n".join(lines[start : start + USER_PART_LINES])
            self.add(UserEntry(part, is_first=start == 0), gap=start == 0)
        if files:
            self.add(FilesEntry(files), gap=False)

    def add_reply(self, text: str) -> None:
        """A whole reply of the model."""
        reply = LiveReply(self.entries)
        reply.append(text)
        reply.finish()

    def cut_text(self, note: str) -> None:
        """What the model said last was cut off; here only whole replies are told."""

    def add_tool(self, call_id: str, verb: str, subject: str) -> None:
        """The model wants a tool to run, e.g. ``"Read"`` and a path."""
        entry = ToolEntry(call_id, verb, subject)
        self.tools[call_id] = entry
        if verb == READ_VERB and self._read(entry):
            return
        last = self.entries[-1] if self.entries else None
        is_after_text = isinstance(last, BlockEntry) and not last.is_code
        self.add(entry, gap=not is_after_text and not isinstance(last, ToolEntry | ReasoningEntry))

    def _read(self, entry: ToolEntry) -> bool:
        """Fold `entry` with the reads right before it; False while they are too few."""
        if self.entries[-1:] != self._reads[-1:]:
            self._reads, self._run = [], None
        self._reads.append(entry)
        if self._run is not None:
            self._run.add(entry)
        elif len(self._reads) >= FOLDED_READS:
            self._run = ReadRun(self._reads)
            self.entries.insert(len(self.entries) - len(self._reads) + 1, self._run)
        else:
            return False
        self.entries.append(entry)
        return True

    def set_tool_running(self, call_id: str) -> None:
        """The tool has started."""
        if entry := self.tools.get(call_id):
            entry.set_running()

    def set_tool_preview(
        self, call_id: str, path: str, diff: str, added: int, removed: int, new_file: bool = False
    ) -> None:
        """What an edit would change, as a unified diff; shown open. `path` is in the diff's line."""
        if entry := self.tools.get(call_id):
            entry.set_preview(diff, added, removed, new_file=new_file)

    def finish_tool(
        self,
        call_id: str,
        ok: bool,
        summary: str,
        duration_seconds: float,
        output: str = "",
        card: Mapping[str, Any] | None = None,
    ) -> None:
        """The tool is done: `summary` and time go right; a failed one opens the end of `output`.

        A `card` is shown in place of the output.
        """
        if entry := self.tools.get(call_id):
            entry.finish(
                ok=ok,
                summary=summary,
                duration_seconds=duration_seconds,
                output=output,
                card=card,
            )

    def add_notice(self, level: Level, text: Said, hint: Said = "") -> None:
        """Something about the work, with the next step in `hint`."""
        self.add(NoteEntry(level, text, hint), gap=True)

    def add_folded_note(self, level: Level, text: Said, hint: Said, body: str) -> None:
        """A notice that opens to `body`."""
        self.add(FoldedNote(level, text, hint, body), gap=True)

    def add_completion(self, text: Said, ok: bool = True) -> None:
        """The line under a finished task."""
        self.add(NoteEntry("success" if ok else "warning", text, is_quiet=True), gap=True)

    def add_question(
        self, question: str, context: str = "", options: list[str] | None = None
    ) -> None:
        """A question of the model."""
        self._question = QuestionEntry(question, context, options or [])
        self.add(self._question, gap=True)

    def settle_question(self) -> None:
        """The question asked last was answered, or is no more; its options are shown with it."""
        if self._question is not None:
            self._question.settle()
            self._question = None

    def show_welcome(self, lines: list[str]) -> None:
        """The first lines of a session; replaces those of an untouched one."""
        if len(self.entries) == 1 and isinstance(self.entries[0], WelcomeEntry):
            self.entries.clear()
        self.add(WelcomeEntry(lines), gap=True)

    def add(self, entry: Entry, *, gap: bool) -> None:
        """Append `entry`, with a blank line above it where there is something above and `gap`."""
        entry.gap_before = gap and bool(self.entries)
        self.entries.append(entry)
