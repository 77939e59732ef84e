"""Where the person types: a few rows that grow with the text, and the popups that serve them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.document._document import EditResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets._text_area import TextArea

from clacky_tui.actions import find_action
from clacky_tui.input_history import InputHistory
from clacky_tui.tui.chat.attachment_strip import AttachmentStrip
from clacky_tui.tui.chat.attachments import looks_like_path
from clacky_tui.tui.chat.burst import BURST_SECONDS, BurstWatch, HeldEnter
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.choice_list import ChoiceList
from clacky_tui.tui.chat.command_menu import FULL_WIDTH_SLASHES, CommandMenu, slash_prefix
from clacky_tui.tui.chat.edit_area import edit_key
from clacky_tui.tui.chat.mention import MentionMenu, mention_query, typed_path
from clacky_tui.tui.chat.outside_area import OutsideArea
from clacky_tui.tui.chat.paste_strip import PasteStrip
from clacky_tui.tui.chat.text import sanitize_line

SHELL_SIGN = "!"
"""A message that begins with it is a command line of the person's own."""
FILES_ALONE = "See the attached files."
"""Said for a person who sends files without a word: some providers refuse an empty message."""


class Composer(OutsideArea):
    """Enter sends, Ctrl+J (also Shift+Enter and Alt+Enter where the terminal tells) breaks the line.

    Args:
        history: recalled with Up on the first row and Down on the last; None for none.
        menu: opens while a command is being typed and gets the keys it needs.
        clock: monotonic seconds, for `last_typed_at`.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Composer {
        height: auto; max-height: 40vh; padding: 0 0 0 2; border: none;
        background: transparent; scrollbar-size: 0 0;
        &:focus { border: none; background: transparent; }
        .text-area--cursor-line { background: transparent; }
        .text-area--placeholder { color: $text-muted; }
        &:ansi .text-area--placeholder { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        edit_key("enter", "send", "send; while a task runs: after it"),
        edit_key("ctrl+s,ctrl+enter", "steer", "send into the running task"),
        edit_key("ctrl+j,shift+enter,alt+enter", "new_line", "new line"),
        edit_key("up", "row_up", "row above, then earlier messages"),
        edit_key("down", "row_down", "row below, then later messages"),
        edit_key("tab", "complete", "complete; take what is suggested"),
        edit_key("escape", "step_back", "close, stop; when idle: earlier tasks"),
        edit_key("ctrl+r", "search_history", "search earlier messages"),
        edit_key("ctrl+g", "edit_outside", "write in your editor (also ctrl+x ctrl+e)"),
        edit_key("alt+p", "toggle_block", "open or close a pasted text"),
        edit_key("ctrl+x", "cut_or_wait", "cut the selection"),
        edit_key("ctrl+v", "paste", "paste from this machine's clipboard"),
        edit_key("ctrl+d", "remove_or_leave", "remove the newest file; when empty: leave"),
    ]

    class Submitted(Message):
        """The person sent `text`, pasted texts in place. The composer is empty by then.

        `attachments` are absolute paths; with `steer` it is meant for the running task.
        """

        def __init__(self, text: str, attachments: tuple[str, ...], steer: bool) -> None:
            super().__init__()
            self.text = text
            self.attachments = attachments
            self.steer = steer

    class WaitingWanted(Message):
        """Up was pressed in the empty composer while something sent earlier waits."""

    class Escaped(Message):
        """Esc was pressed with nothing to close."""

    class EndOfInput(Message):
        """Ctrl+D was pressed while the composer was empty."""

    class Edited(Message):
        """The message has changed."""

    def __init__(
        self,
        history: InputHistory | None = None,
        menu: CommandMenu | None = None,
        *,
        clock: Callable[[], float] = monotonic,
        placeholder: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(history, placeholder=placeholder, id=id)
        self._menu = menu or CommandMenu([])
        self.mentions = MentionMenu()
        self.attachments = AttachmentStrip()
        self.pastes = PasteStrip()
        """These three, `menu` and `search` are mounted by the owner, above."""
        self._now = clock
        self.last_typed_at: float | None = None
        """When a key last changed or moved something here; None before the first."""
        self.guards_bursts = False
        """True where pastes may come as keys: lines that arrive at once are not sent then."""
        self._burst = BurstWatch()
        self._own_placeholder = placeholder
        self._ghost = ""
        self._awaits_chord = False
        self._prompts: dict[str, Strip] = {}
        self.has_waiting = False
        """Whether something sent earlier waits, which Up in the empty composer asks for."""

    @property
    def is_empty(self) -> bool:
        """True when there is neither text nor a file to send."""
        return self.text_is_empty and not self.attachments.paths

    @property
    def ghost(self) -> str:
        """A message proposed to the person, dim while nothing is typed; Tab takes it, Esc drops it."""
        return self._ghost

    @ghost.setter
    def ghost(self, text: str) -> None:
        self._ghost = sanitize_line(text)
        self.placeholder = Content(self._ghost or self._own_placeholder)

    def set_working_dir(self, folder: Path) -> None:
        """Where mentions and relative paths of attachments begin."""
        self.mentions.set_folder(folder)
        self.attachments.set_folder(folder)

    def clear(self) -> EditResult:
        """Throw text and files away; undo brings the text back, its paste blocks with it."""
        self.close_popup()
        self.leave_history()
        self.attachments.take()
        return super().clear()

    def close_popup(self) -> bool:
        """Close what is open over the message: popup, search or paste block; False for nothing."""
        if popup := self._popup:
            popup.close()
        elif self.holds_query:
            self.end_search()
        elif self.open_block:
            self.take_back()
        elif self.attachments.has_offer:
            self.attachments.decline_offer()
        else:
            return False
        return True

    @property
    def _popup(self) -> ChoiceList[Any] | None:
        return next((popup for popup in (self._menu, self.mentions) if popup.is_open), None)

    # --- keys --------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        self.last_typed_at = self._now()
        if self.guards_bursts:
            self._settle(self._burst.note_key(event.time))
            if event.key == "enter" and self._popup is None and self._burst.hold_enter():
                self.set_timer(BURST_SECONDS, self._settle_after_queued_keys)
                event.stop()
                event.prevent_default()
                return
        if self._handle_key(event.key) or self.write_unseen(event):
            event.stop()
            event.prevent_default()
        elif event.key.startswith("alt+"):
            event.prevent_default()  # its letter is not typed; the app may have a key of that name

    def _handle_key(self, key: str) -> bool:
        """Do what `key` means here; False when it means nothing special."""
        completes_chord, self._awaits_chord = self._awaits_chord, False
        if completes_chord and key == "ctrl+e":
            self.action_edit_outside()
            return True
        return self.edit_by_key(key)

    def _settle_after_queued_keys(self) -> None:
        """Keys that came in time but wait in the app's queue, then in ours, are seen first."""
        self.app.call_later(self.call_later, lambda: self._settle(self._burst.settle()))

    def _settle(self, enter: HeldEnter) -> None:
        if enter is HeldEnter.LINE_BREAK:
            self.action_new_line()
        elif enter is HeldEnter.SEND:
            self.action_send()

    def action_send(self) -> None:
        """Take what is chosen in a popup; without one, send."""
        if self.mentions.is_open:
            self._take_mention()
        elif command := self._menu.chosen_for(self.text):
            self.load_draft(f"/{command}")
            self._submit(steer=False)
        elif self.holds_query:
            self.take_found()
        elif self.open_block:
            self.action_new_line()
        else:
            self._submit(steer=False)

    def action_steer(self) -> None:
        """Send to the running task; in a search, go to a newer match."""
        if self.holds_query:
            self.search.move(-1)
            return
        while self.close_popup():
            pass
        self._submit(steer=True)

    def action_new_line(self) -> None:
        if not self.holds_query:
            self._replace_via_keyboard("\n", *self.selection)

    def action_row_up(self) -> None:
        self._go_row(-1)

    def action_row_down(self) -> None:
        self._go_row(1)

    def _go_row(self, step: int) -> None:
        """To the next choice, row or message of the history."""
        last_row = 0 if step < 0 else self.wrapped_document.height - 1
        if popup := self._popup:
            popup.move(step)
        elif self.holds_query:
            self.search.move(step)
        elif step < 0 and self.has_waiting and not self.text:
            self.post_message(self.WaitingWanted())
        elif self._cursor_offset[1] == last_row and not self.open_block:
            self.recall(step)
            self._menu.close()
        elif step < 0:
            self.action_cursor_up()
        else:
            self.action_cursor_down()

    def action_complete(self) -> None:
        """Tab: take what is chosen or suggested; else open the menu of commands."""
        if self.mentions.is_open:
            self._take_mention()
        elif command := self._menu.chosen_for(self.text):
            self.load_draft(f"/{command} ")
        elif self.attachments.has_offer:
            self._take_offer()
        elif self.holds_query or self.open_block:
            pass
        elif self.text:
            self._menu.offer(self.text)
        elif self._ghost:
            self.load_draft(self._ghost)
        else:
            self.load_draft("/")

    def action_step_back(self) -> None:
        """Esc: close the nearest thing, then drop what is suggested, then tell."""
        if self.close_popup():
            return
        if self._ghost and not self.text:
            self.ghost = ""
        else:
            self.post_message(self.Escaped())

    def action_cut_or_wait(self) -> None:
        """Cut the selection; without one, wait for Ctrl+E."""
        if self.selection.is_empty:
            self._awaits_chord = True
        else:
            self.action_cut()

    def action_remove_or_leave(self) -> None:
        if not self.attachments.remove_newest() and not self.text and not self._is_lent:
            self.post_message(self.EndOfInput())

    # --- sending -----------------------------------------------------------------------------

    def _submit(self, *, steer: bool) -> None:
        if self.is_empty:
            return
        text = self.expanded_text()
        self.remember(text)
        takes_files = find_action(text) is None and not text.startswith(SHELL_SIGN)
        files = self.attachments.take() if takes_files else ()
        self.leave_history()
        self._blocks.forget()
        self.load_text("")
        self.post_message(self.Submitted(text if text.strip() else FILES_ALONE, files, steer))

    # --- pasting -----------------------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.last_typed_at = self._now()
        self.guards_bursts = False  # this terminal marks pastes
        self._paste(event.text)

    def action_paste(self) -> None:
        """Insert what the clipboard of this machine holds, if it can be asked."""
        self.run_worker(self._paste_clipboard(), group="clipboard", exit_on_error=False)

    async def _paste_clipboard(self) -> None:
        from clacky_tui.tui.chat.clipboard_reader import read_clipboard

        if text := await read_clipboard() or self.app.clipboard:
            self._paste(text)

    def _paste(self, text: str) -> None:
        if looks_like_path(text) and not self._is_lent:
            self.attachments.offer(text)
        self.insert_pasted(text)

    def _take_offer(self) -> None:
        """Attach the file on offer in the place of its path."""
        path = self.attachments.accept_offer()
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        if before.endswith(path):
            self._delete_via_keyboard((row, column - len(path)), (row, column))

    def action_search_history(self) -> None:
        """Search with what is typed from now on; again, go to an older match."""
        if self.holds_query:
            self.search.move(1)
            return
        while self.close_popup():
            pass
        self.begin_search()

    # --- popups ------------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())
        self.pastes.set_blocks(self.block_lines(), self.open_block)
        if self.text and self._ghost:
            self.ghost = ""
        if self.text[:1] in FULL_WIDTH_SLASHES and slash_prefix(self.text) is not None:
            self.replace("/", (0, 0), (0, 1))
        elif self.holds_query:
            self.search_again()
        elif not self.open_block and not self.is_recalling:  # else the arrows are the history's
            self._menu.offer(self.text)
            self._offer_files()
        if not self.text:
            self.attachments.decline_offer()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        if self.mentions.is_open:
            self._offer_files()

    def _offer_files(self) -> None:
        query = mention_query(self._before_cursor)
        if query is None:
            self.mentions.close()
        else:
            self.mentions.offer(query)

    @property
    def _before_cursor(self) -> str:
        row, column = self.cursor_location
        return self.document.get_line(row)[:column]

    def _take_mention(self) -> None:
        query, path = mention_query(self._before_cursor), self.mentions.choice
        self.mentions.close()
        if query is not None and path is not None:
            row, column = self.cursor_location
            start = (row, column - len(query) - 1)
            self._replace_via_keyboard(f"{typed_path(path)} ", start, (row, column))

    # --- drawing -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._forget_prompts)

    def _forget_prompts(self, _theme: object) -> None:
        self._prompts.clear()

    def draw_rows(self, crop: Region) -> list[Strip]:
        """The text area's rows, with the prompt sign in the padding left of the first."""
        strips = super().draw_rows(crop)
        if crop.y == 0 and crop.x == 0 and self.scroll_offset.y == 0 and strips:
            strips[0] = Strip.join([self._prompt(), strips[0].crop(len(GUTTER))])
        return strips

    def _prompt(self) -> Strip:
        sign = self._special_sign()
        if sign not in self._prompts:
            canvas = Canvas.of_app(self.app, len(GUTTER))
            self._prompts[sign] = canvas.strip(
                [(f"{sign or canvas.glyphs.user} ", canvas.styles.accent)]
            )
        return self._prompts[sign]

    def _special_sign(self) -> str:
        """What stands for the usual sign while something else than a message is written."""
        if self.open_block:
            return "#"
        if self.holds_query:
            return "?"
        return SHELL_SIGN if self.text.startswith(SHELL_SIGN) else ""
