"""The app's side of the window title and of calling a person who looks elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.notify import call_sequence, is_wanted
from clacky_tui.tui.output.hook import LayeredApp
from clacky_tui.tui.terminal import takes_commands
from clacky_tui.tui.title import title_sequence

if TYPE_CHECKING:
    from clacky_tui.events import Envelope
    from clacky_tui.tui.task_watch import TaskWatch


class Attention(LayeredApp):
    """A base of the app, which hands it every envelope."""

    preferences: Preferences
    _watch: TaskWatch | None = None
    _title = ""
    _has_focus: bool | None = None
    """What the terminal reported last; many report nothing before the first change."""

    def watch_task(self, envelope: Envelope) -> None:
        """Bring the title up to date, and call if `envelope` is worth it."""
        if self._watch is None:
            from clacky_tui.tui.task_watch import TaskWatch

            self._watch = TaskWatch()
        watch = self._watch
        ran = watch.runs_for(envelope.ts)
        call = watch.note(envelope)
        if call is not None and is_wanted(has_focus=self._has_focus, ran=ran):
            self.send_control(call_sequence(call, watch.name, self.preferences.notify, os.environ))
        title = title_sequence(watch.standing, watch.name, current_glyphs())
        if title != self._title and takes_commands():
            self._title = title
            self.send_control(title)

    def on_app_focus(self) -> None:
        self._has_focus = True

    def on_app_blur(self) -> None:
        self._has_focus = False
