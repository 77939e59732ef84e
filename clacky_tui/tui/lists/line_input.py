"""One line to type: a filter, a name, a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from clacky_tui.tui.lists.line_field import LineField


class LineInput(Horizontal):
    """Hidden until `ask`; the keyboard returns to the pane around it when it closes."""

    DEFAULT_CSS: ClassVar[str] = """
    LineInput { height: 1; display: none; background: transparent; }
    LineInput > Static { width: auto; color: $accent; padding: 0 1; }
    LineInput > Input { width: 1fr; background: transparent; background-tint: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = Static(markup=False)
        self._field = LineField(compact=True, select_on_focus=False)
        self._field.cursor_blink = False
        self.label = ""
        """What was asked for last."""
        self._submit: Callable[[str], None] = _ignore
        self._change: Callable[[str], None] = _ignore

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._field

    @property
    def is_open(self) -> bool:
        """True while it can be typed in."""
        return bool(self.display)

    def ask(
        self,
        label: str,
        value: str,
        submit: Callable[[str], None],
        change: Callable[[str], None] | None = None,
    ) -> None:
        """Let the person edit `value`.

        Args:
            label: what is asked for, in front of the field.
            submit: gets the text when Enter is pressed; it may ask again.
            change: gets the text after every key, and an empty one when it is called off.
        """
        self._submit, self._change, self.label = submit, _ignore, label
        self._label.update(label)
        self._field.value = value
        self._field.cursor_position = len(value)
        self._change = change or _ignore
        self.display = True
        self._field.focus()

    def close(self) -> None:
        """Hide it; what was typed is left as it is."""
        if not self.display:
            return
        had_focus = self._field.has_focus
        self.display = False
        if had_focus:
            around = next(w for w in self.ancestors if isinstance(w, Widget) and w.can_focus)
            self.screen.set_focus(around)

    def action_cancel(self) -> None:
        """Hide it and take back what `change` was told."""
        self.close()
        self._change("")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self._change(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()
        self._submit(event.value)


def _ignore(_text: str) -> None:
    pass
