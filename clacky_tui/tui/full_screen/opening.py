"""Which view shows an entry of the chat whole."""

from __future__ import annotations

from collections.abc import Sequence

from textual.screen import Screen

from clacky_tui.tui.chat.entries import BlockEntry, Entry, FoldedNote
from clacky_tui.tui.chat.pieces import code_of, source_of
from clacky_tui.tui.chat.tool_entry import ReadRun, ToolEntry
from clacky_tui.tui.full_screen.code_screen import CodeScreen, TextScreen
from clacky_tui.tui.full_screen.diff_screen import DiffScreen
from clacky_tui.tui.full_screen.output_screen import OutputScreen


def view_of(entries: Sequence[Entry]) -> Screen[None]:
    """A view of `entries`, which belong together: a call, a fence, a message."""
    first = entries[0]
    if isinstance(first, ToolEntry):
        return _view_of_call(first)
    if isinstance(first, ReadRun):
        return OutputScreen(first.plain(), lambda: first.output)
    if isinstance(first, FoldedNote):
        return TextScreen(first.title, first.body)
    text = source_of(entries)
    if isinstance(first, BlockEntry) and (code := code_of(entries)):
        fence = next((e.fence for e in entries if isinstance(e, BlockEntry) and e.fence), None)
        language = fence.language if fence is not None else ""
        return CodeScreen(language or "code", code, language)
    return TextScreen(text.strip().split("\n", 1)[0], text)


def _view_of_call(call: ToolEntry) -> Screen[None]:
    if call.diff:
        return DiffScreen(call.title, call.subject, call.diff)
    return OutputScreen(call.title, lambda: call.output, call.live, lambda: call.state == "running")
