"""Where the person types: a few rows that grow with the text, with history and command menu."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.document._document import EditResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets._text_area import TextArea

from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.command_menu import FULL_WIDTH_SLASHES, CommandMenu, slash_prefix
from clacky_tui.tui.chat.history import InputHistory
from clacky_tui.tui.chat.text import sanitize

COLLAPSED_PASTE_LINES = 10
"""A paste of more lines is kept aside and stands as a short placeholder in the text."""

_PLACEHOLDER = re.compile(r"\[#(\d+) Paste Text\]")


class Composer(TextArea, inherit_bindings=False):
    """Enter sends, Ctrl+J (also Shift+Enter and Alt+Enter where the terminal tells) breaks the line.

    Args:
        history: recalled with Up on the first row and Down on the last; None for none.
        menu: opens while a command is being typed and gets the keys it needs.
        clock: monotonic seconds, for `last_typed_at`.
    """

    ALLOW_SELECT = False
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
        Binding("left,ctrl+b", "cursor_left", show=False),
        Binding("right,ctrl+f", "cursor_right", show=False),
        Binding("ctrl+left,alt+b", "cursor_word_left", show=False),
        Binding("ctrl+right,alt+f", "cursor_word_right", show=False),
        Binding("home,ctrl+a", "cursor_line_start", show=False),
        Binding("end,ctrl+e", "cursor_line_end", show=False),
        Binding("shift+left", "cursor_left(True)", show=False),
        Binding("shift+right", "cursor_right(True)", show=False),
        Binding("shift+up", "cursor_up(True)", show=False),
        Binding("shift+down", "cursor_down(True)", show=False),
        Binding("shift+home", "cursor_line_start(True)", show=False),
        Binding("shift+end", "cursor_line_end(True)", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+w,alt+backspace,ctrl+backspace", "delete_word_left", show=False),
        Binding("alt+d,alt+delete", "delete_word_right", show=False),
        Binding("ctrl+u", "delete_to_start_of_line", show=False),
        Binding("ctrl+k", "delete_to_end_of_line", show=False),
        Binding("ctrl+shift+c,super+c,ctrl+insert", "copy", show=False),
        Binding("ctrl+x", "cut", show=False),
        Binding("ctrl+v", "paste", show=False),
        Binding("ctrl+z", "undo", show=False),
        Binding("ctrl+y", "redo", show=False),
    ]

    class Submitted(Message):
        """`text` was sent, placeholders expanded. The composer is empty by then.

        `steer`: it is meant for the task that runs, whatever Enter does otherwise.
        """

        def __init__(
            self, text: str, attachments: tuple[str, ...] = (), steer: bool = False
        ) -> None:
            super().__init__()
            self.text = text
            self.attachments = attachments
            self.steer = steer

    class WaitingWanted(Message):
        """Up was pressed in the empty composer while something sent earlier waits."""

    class Escaped(Message):
        """Esc was pressed with no menu open."""

    class EndOfInput(Message):
        """Ctrl+D was pressed while the composer was empty."""

    class SlashTyped(Message):
        """A command is being typed; `prefix` is what follows the slash."""

        def __init__(self, prefix: str) -> None:
            super().__init__()
            self.prefix = prefix

    class Edited(Message):
        """The text has changed."""

    class HistoryUnsaved(Message):
        """The history file could not be written."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    def __init__(
        self,
        history: InputHistory | None = None,
        menu: CommandMenu | None = None,
        *,
        clock: Callable[[], float] = monotonic,
        placeholder: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id, compact=True, highlight_cursor_line=False, placeholder=placeholder)
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self._input_history = history
        self._menu = menu
        self._now = clock
        self.last_typed_at: float | None = None
        """When a key last changed or moved something here; None before the first."""
        self._recalled: int | None = None
        self._draft = ""
        self._pastes: list[str] = []
        self._ghost = ""
        self._prompt_strip: Strip | None = None
        self.has_waiting = False
        """Whether something sent earlier waits, which Up in the empty composer asks for."""

    @property
    def ghost(self) -> str:
        """A next message that might be wanted."""
        return self._ghost

    @ghost.setter
    def ghost(self, text: str) -> None:
        self._ghost = text

    @property
    def text_is_empty(self) -> bool:
        """True when there is nothing but blank space."""
        return not self.text.strip()

    def clear(self) -> EditResult:
        """Throw the text away, collapsed pastes with it; undo brings it back."""
        self._recalled = None
        self._pastes = []
        return super().clear()

    def load_draft(self, text: str) -> None:
        """Replace the text and put the cursor at its end."""
        self.load_text(sanitize(text))
        self.move_cursor(self.document.end)

    def expanded_text(self) -> str:
        """The text with every placeholder replaced by what was pasted."""

        def pasted(match: re.Match[str]) -> str:
            number = int(match[1])
            return self._pastes[number - 1] if 0 < number <= len(self._pastes) else match[0]

        return _PLACEHOLDER.sub(pasted, self.text)

    # --- keys --------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        self.last_typed_at = self._now()
        if self._handle_key(event.key):
            event.stop()
            event.prevent_default()

    def _handle_key(self, key: str) -> bool:
        """Do what `key` means here beyond plain editing; False when it means nothing special."""
        if self._menu is not None and self._menu.is_open and self._handle_menu_key(key, self._menu):
            return True
        match key:
            case "enter":
                self._submit()
            case "ctrl+s" | "ctrl+enter":
                self._submit(steer=True)
            case "ctrl+j" | "shift+enter" | "alt+enter":
                self._replace_via_keyboard("\n", *self.selection)
            case "up" if self.has_waiting and not self.text:
                self.post_message(self.WaitingWanted())
            case "up" if self._is_on_first_row():
                self._recall(-1)
            case "up":
                self.action_cursor_up()
            case "down" if self._is_on_last_row():
                self._recall(1)
            case "down":
                self.action_cursor_down()
            case "tab":
                self._complete()
            case "escape":
                self.post_message(self.Escaped())
            case "ctrl+d":
                if not self.text:
                    self.post_message(self.EndOfInput())
            case _:
                return self._edit(key)
        return True

    def _edit(self, key: str) -> bool:
        """Do what a binding of this widget says at once; False when `key` is none of them.

        As a binding it would run only after the event has bubbled up and come back, behind letters
        that arrived with it: of ``a``, Backspace, ``b`` in one burst the ``b`` would be deleted.
        """
        action = next((b.action for b in _edits(self.BINDINGS) if key in b.key.split(",")), None)
        if action is None:
            return False
        name, selecting, _ = action.partition("(True)")
        method = getattr(self, f"action_{name}")
        method(True) if selecting else method()
        return True

    def _handle_menu_key(self, key: str, menu: CommandMenu) -> bool:
        match key:
            case "up":
                menu.move(-1)
            case "down":
                menu.move(1)
            case "tab":
                self.load_draft(f"/{menu.chosen} ")
            case "enter":
                self.load_draft(f"/{menu.chosen}")
                self._submit()
            case "escape":
                menu.close()
            case _:
                return False
        return True

    def _complete(self) -> None:
        """Tab with the menu closed: open it on a command, or begin one in an empty composer."""
        if not self.text:
            self.load_draft("/")
        else:
            self._offer_commands()

    def _submit(self, *, steer: bool = False) -> None:
        if self.text_is_empty:
            return
        text = self.expanded_text()
        if self._input_history is not None:
            self._input_history.add(text)
            self.run_worker(self._save_history(self._input_history), exit_on_error=False)
        self._recalled = None
        self._pastes = []
        self.load_text("")
        self.post_message(self.Submitted(text, steer=steer))

    async def _save_history(self, history: InputHistory) -> None:
        try:
            await history.save()
        except OSError as error:
            self.post_message(self.HistoryUnsaved(str(error)))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.last_typed_at = self._now()
        text = sanitize(event.text).rstrip("\n")
        if text.count("\n") >= COLLAPSED_PASTE_LINES:
            self._pastes.append(text)
            text = f"[#{len(self._pastes)} Paste Text]"
        self._replace_via_keyboard(text, *self.selection)

    def action_delete_left(self) -> None:
        """Delete the selection, the placeholder or the character before the cursor."""
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        placeholder = next((m for m in _PLACEHOLDER.finditer(before) if m.end() == column), None)
        if self.selection.is_empty and placeholder is not None:
            self._delete_via_keyboard((row, placeholder.start()), (row, column))
        else:
            super().action_delete_left()

    # --- commands ----------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())
        if len(self.text) == 1 and self.text in FULL_WIDTH_SLASHES:
            self.load_draft("/")
            return
        if self._recalled is None:  # the arrow keys still belong to the history
            self._offer_commands()

    def _offer_commands(self) -> None:
        prefix = slash_prefix(self.text)
        if prefix is not None and not self.text.endswith(" "):
            if self._menu is not None:
                self._menu.show_matches(prefix)
            self.post_message(self.SlashTyped(prefix))
        elif self._menu is not None:
            self._menu.close()

    # --- history -----------------------------------------------------------------------------

    def _is_on_first_row(self) -> bool:
        return self._cursor_offset[1] == 0

    def _is_on_last_row(self) -> bool:
        return self._cursor_offset[1] == self.wrapped_document.height - 1

    def _recall(self, step: int) -> None:
        """Show the entry before or after the one shown; after the newest comes the draft."""
        entries = self._input_history.entries if self._input_history is not None else ()
        at = len(entries) if self._recalled is None else min(self._recalled, len(entries))
        to = at + step
        if not 0 <= to <= len(entries):
            return
        if self._recalled is None:
            self._draft = self.text
        self._recalled = None if to == len(entries) else to
        self.load_draft(self._draft if self._recalled is None else entries[to])
        if self._menu is not None:
            self._menu.close()

    # --- drawing -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._forget_prompt)

    def _forget_prompt(self, _theme: object) -> None:
        self._prompt_strip = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The text area's rows, with the prompt sign in the padding left of the first."""
        strips = super().render_lines(crop)
        if crop.y == 0 and crop.x == 0 and self.scroll_offset.y == 0 and strips:
            strips[0] = Strip.join([self._prompt(), strips[0].crop(len(GUTTER))])
        return strips

    def _prompt(self) -> Strip:
        if self._prompt_strip is None:
            canvas = Canvas.of_app(self.app, len(GUTTER))
            line = [(f"{canvas.glyphs.user} ", canvas.styles.accent)]
            self._prompt_strip = canvas.strip(line)
        return self._prompt_strip


def _edits(bindings: list[BindingType]) -> list[Binding]:
    return [binding for binding in bindings if isinstance(binding, Binding)]
