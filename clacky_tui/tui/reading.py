"""The app's actions on the transcript: reading mode, search, full-screen views, copying, the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.entries import FoldedNote
from clacky_tui.tui.chat.find_bar import FindBar
from clacky_tui.tui.chat.pieces import last_code, last_reply, source_of
from clacky_tui.tui.chat.reading_bar import ReadingBar
from clacky_tui.tui.chat.tool_entry import ToolEntry
from clacky_tui.tui.navigation import Navigation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clacky_tui.config.preferences import Preferences
    from clacky_tui.tui.chat.entries import Entry
    from clacky_tui.tui.session_bar import SessionBar

COPIED_HINT_SECONDS = 6.0
COPY_PARTS = ("reply", "code")


class Reading(Navigation):
    """A base of the app, which makes the parts."""

    _bar: SessionBar
    _find: FindBar
    _reading: ReadingBar
    preferences: Preferences

    # --- reading mode ------------------------------------------------------------------------

    def action_read_entry(self, step: int) -> None:
        """Give the keyboard to the transcript, or move its cursor on."""
        if len(self.screen_stack) > 1:
            return
        if self._reading.is_open:
            self._reading.cursor.move(step)
        elif self._transcript.entries:
            self._in_chat(self._reading.open)

    def _in_chat(self, begin: Callable[[], None]) -> None:
        """Do `begin` with the chat shown: at once, or after the tab has given the composer the focus."""
        if self._tabs.active == "chat":
            begin()
        else:
            self.action_show_tab("chat")
            self.call_later(begin)

    def on_reading_bar_left(self, message: ReadingBar.Left) -> None:
        self._find.forget()
        self.action_show_tab("chat")
        if message.typed:
            self._composer.insert(message.typed)

    def on_reading_bar_copy_asked(self, message: ReadingBar.CopyAsked) -> None:
        self._copy(message.text)

    def on_reading_bar_view_asked(self) -> None:
        self._view_whole(self._reading.cursor.entries)

    def on_reading_bar_find_asked(self) -> None:
        self.action_find()

    def on_reading_bar_match_asked(self, message: ReadingBar.MatchAsked) -> None:
        self._find.step(message.step)
        if (match := self._find.match) is not None:
            self._reading.cursor.go_to(match.entry)
            self._transcript.show_match(*match)

    # --- search ------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Search the transcript."""
        if len(self.screen_stack) > 1:
            return
        self._in_chat(self._begin_search)

    def _begin_search(self) -> None:
        self._reading.close()
        self._find.open()

    def on_find_bar_left(self, message: FindBar.Left) -> None:
        match = self._find.match
        if not message.kept or match is None:
            self.action_show_tab("chat")
            return
        self._reading.open(match.entry)
        self._transcript.show_match(*match)

    # --- whole views -------------------------------------------------------------------------

    def action_view_output(self) -> None:
        """Show on the whole screen what runs, else the newest output, diff or summary."""
        entries = self._transcript.entries
        entry = (
            next(filter(_is_running, reversed(entries)), None)
            or next(filter(_has_output, reversed(entries)), None)
            or self._transcript.last_folding()
        )
        if entry is not None:
            self._view_whole([entry])

    def on_approval_prompt_diff_asked(self) -> None:
        entries = reversed(self._transcript.entries)
        call = next((e for e in entries if isinstance(e, ToolEntry) and e.diff), None)
        self._view_whole([call] if call is not None else [])

    def _view_whole(self, entries: Sequence[Entry]) -> None:
        from clacky_tui.tui.full_screen.opening import view_of

        if entries:
            self.push_screen(view_of(entries))

    # --- copying -----------------------------------------------------------------------------

    def action_copy(self, part: str = "reply") -> None:
        """Copy the newest reply, or with "code" the newest block of code."""
        entries = self._transcript.entries
        if part not in COPY_PARTS:
            self._bar.set_hint(tr("/copy copies the last answer, /copy code its code"))
            return
        text = last_code(entries) if part == "code" else source_of(last_reply(entries))
        self._copy(text)

    def on_entry_view_selected(self) -> None:
        if self.preferences.copy_on_select:
            self._copy(self._transcript.selected_text())
        else:
            self._reading.take_selection()

    def copy_to_clipboard(self, text: str) -> None:
        """What the toolkit's own widgets copy with."""
        self._copy(text)

    def _copy(self, text: str) -> None:
        if text:
            self.run_worker(self._copy_and_say(text), group="copy", exit_on_error=False)
        else:
            self._bar.set_hint(tr("there is nothing to copy"))

    async def _copy_and_say(self, text: str) -> None:
        from clacky_tui.tui.clipboard import copy

        driver = self._driver
        copied = await copy(text, driver.write if driver is not None else lambda _: None)
        self._bar.set_hint(copied.words, COPIED_HINT_SECONDS)
        if len(self.screen_stack) > 1:  # the hint is behind the view
            self.notify(copied.words, markup=False)
        if copied.path is not None:
            self._transcript.add_notice("info", copied.words)

    # --- mouse -------------------------------------------------------------------------------

    def action_toggle_mouse(self) -> None:
        """Leave the mouse to the terminal, or take it back."""
        if self.output is None:
            self._bar.set_hint(tr("the mouse cannot be switched on this terminal"))
            return
        is_on = self.output.switch_mouse()
        words = (
            tr("the mouse is the app's again")
            if is_on
            else tr("the mouse is the terminal's: f9 back")
        )
        self._bar.set_hint(words)


def _is_running(entry: Entry) -> bool:
    return isinstance(entry, ToolEntry) and entry.state == "running" and entry.has_body


def _has_output(entry: Entry) -> bool:
    if isinstance(entry, ToolEntry):
        return bool(entry.diff or entry.output)
    return isinstance(entry, FoldedNote)
