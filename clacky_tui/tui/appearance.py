"""The app's themes: the one to start with, choosing another, and reading an edited one again.

Nothing watches the files while the app is idle. A theme's file is looked at when the terminal gets
the focus back, which is what happens after an edit in another window, once a second while the picker
is open, and on `/theme reload`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.filter import LineFilter, Monochrome, NoColor
from textual.theme import Theme
from textual.widget import Widget

from clacky_tui.config.preferences import Preferences, save_preference
from clacky_tui.errors import ClackyError, ConfigError
from clacky_tui.i18n import tr
from clacky_tui.paths import user_themes_dir
from clacky_tui.tui.output.hook import LayeredApp
from clacky_tui.tui.theme_picker import ThemePicker, ThemeRow
from clacky_tui.tui.theming import (
    default_theme,
    load_or_default,
    load_theme,
    load_themes,
    theme_files,
)

if TYPE_CHECKING:
    from clacky_tui.tui.brightness import Brightness
    from clacky_tui.tui.chat.transcript import Transcript

RELOAD = "reload"
"""What `/theme` takes besides a name."""


class Appearance(LayeredApp):
    """A base of the app, which makes the parts."""

    preferences: Preferences
    brightness: Brightness | None = None
    """Of the terminal's background; None when it is not known."""
    start_problems: list[ClackyError]
    _theme_picker: ThemePicker
    _transcript: Transcript
    _theme_stamp: tuple[Path, int] | None = None
    """File and time of change of the theme in use."""

    def start_theme(self, name: str | None, brightness: Brightness | None) -> None:
        """Put on the theme called `name`, else the person's, else the default for `brightness`.

        Raises:
            ConfigError: there is no theme called `name`.
        """
        self.brightness = brightness
        if name is not None and name not in (files := theme_files()):
            raise ConfigError(
                tr("There is no theme {name!r}.", name=name),
                hint=tr("Themes: {files}.", files=", ".join(files)),
            )
        chosen = name or self.preferences.theme or default_theme(brightness, os.environ)
        problems: list[ConfigError] = []
        theme = load_or_default(chosen, problems, transparent=self.preferences.transparent)
        self.start_problems += problems
        self._put_on(theme)

    def _put_on(self, theme: Theme) -> None:
        """Show `theme`, also when one of the same name is shown already."""
        self.register_theme(theme)
        if self.theme == theme.name:
            self.mutate_reactive(App.theme)
        else:
            self.theme = theme.name
        self._theme_stamp = _stamp(theme.name)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no colour at all; Textual, which decides before it has a theme, greys."""
        filters = super().get_line_filters()
        if not self.no_color:
            return filters
        return [*(each for each in filters if not isinstance(each, Monochrome)), NoColor()]

    def watch_theme(self) -> None:
        """Once Textual 8.2 has done its part, do what it leaves out."""
        if self.is_running:
            self.call_next(self._restyle)

    def _restyle(self) -> None:
        """Style the screen that lies over others, and paint what took a colour while drawing."""
        if len(self.screen_stack) > 1:
            self.stylesheet.update(self.screen)
        for screen in self.screen_stack:
            for widget in screen.walk_children(Widget):
                widget.refresh()

    # --- choosing --------------------------------------------------------------------------

    async def action_choose_theme(self) -> None:
        """Open the picker; what is wrong with files is told in the chat."""
        problems: list[ConfigError] = []
        themes = await asyncio.to_thread(
            load_themes, problems, transparent=self.preferences.transparent
        )
        for problem in problems:
            self._transcript.add_notice("warning", problem.message, problem.hint)
        for theme in themes.values():
            self.register_theme(theme)
        own = user_themes_dir()
        files = theme_files()
        rows = [
            ThemeRow(theme.name, theme.dark, files[theme.name].parent == own)
            for theme in themes.values()
        ]
        self._theme_picker.show_themes(rows, self.theme)

    async def action_set_theme(self, name: str) -> None:
        """Put on the theme called `name` and keep it; "reload" reads the one in use again."""
        if name == RELOAD:
            self._load_and_put_on(self.theme)
        elif self._load_and_put_on(name):
            await self._keep_theme(name)

    def _load_and_put_on(self, name: str) -> bool:
        try:
            theme = load_theme(name, transparent=self.preferences.transparent)
        except ConfigError as error:
            self._transcript.add_notice("error", error.message, error.hint)
            return False
        self._put_on(theme)
        return True

    async def _keep_theme(self, name: str) -> None:
        self.preferences = replace(self.preferences, theme=name)
        try:
            await asyncio.to_thread(save_preference, "theme", name)
        except (ConfigError, OSError) as error:
            self._transcript.add_notice(
                "error",
                tr("The theme is not kept for the next start: {error}", error=error),
                getattr(error, "hint", "") or tr("It stays on until you leave."),
            )

    def on_theme_picker_previewed(self, message: ThemePicker.Previewed) -> None:
        self._load_and_put_on(message.name)

    def on_theme_picker_left(self, message: ThemePicker.Left) -> None:
        if message.name != self.theme:
            self._load_and_put_on(message.name)

    async def on_theme_picker_chosen(self, message: ThemePicker.Chosen) -> None:
        await self._keep_theme(message.name)

    # --- edited files ----------------------------------------------------------------------

    def on_theme_picker_look_wanted(self) -> None:
        self._reload_edited()

    def on_app_focus(self) -> None:
        self._reload_edited()

    def _reload_edited(self) -> None:
        """Put the theme in use on anew when its file is another than when it was read."""
        stamp = _stamp(self.theme)
        if stamp is not None and stamp != self._theme_stamp:
            self._theme_stamp = stamp  # also of a broken file: it is told once
            self._load_and_put_on(self.theme)


def _stamp(name: str) -> tuple[Path, int] | None:
    path = theme_files().get(name)
    try:
        return (path, path.stat().st_mtime_ns) if path else None
    except OSError:
        return None
