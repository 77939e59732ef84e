"""The app's side of the settings: what is changed holds at once, and in the language chosen."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from clacky_tui.i18n import tr, use_language
from clacky_tui.tui.appearance import Appearance
from clacky_tui.tui.glyphs import choose_glyphs
from clacky_tui.tui.profile import choose_profile, current_profile, use_profile
from clacky_tui.tui.theming import default_theme

if TYPE_CHECKING:
    from clacky_tui.commands import Command
    from clacky_tui.tui.lazy_tab import LazyTab
    from clacky_tui.tui.settings.section import ConfigWritten
    from clacky_tui.tui.settings.tab import SettingsTab


class LiveSettings(Appearance):
    """A base of the app, which makes the parts."""

    _panes: dict[str, LazyTab]
    _settings_tab: SettingsTab

    def _send(self, command: Command) -> None:
        raise NotImplementedError

    def action_show_tab(self, tab: str) -> None:
        raise NotImplementedError

    def show_amounts(self) -> None:
        raise NotImplementedError

    def change_preference(self, name: str, value: str | bool | None) -> str:
        """Let a preference hold from now on; returns what there is to say of it."""
        changed: dict[str, Any] = {name: value}
        if name == "currency":
            changed["exchange_rate"] = ""  # it was that of the other one
        self.preferences = replace(self.preferences, **changed)
        match name:
            case "theme" | "transparent" | "brightness":
                return self._put_on_preferred()
            case "language":
                self.set_language(str(value))
            case "glyphs":
                choose_glyphs(str(value))
                self._draw_anew()
            case "profile" | "mouse" | "reduced_motion":
                return self._spare_line()
            case "currency" | "exchange_rate":
                self.show_amounts()
            case "token_line":
                self._draw_anew()
        return ""

    def set_language(self, code: str) -> None:
        """Speak `code` from now on; what was said in the chat before stays as it was said."""
        use_language(code)
        for tab in self._panes.values():
            tab.rebuild()
        self._draw_anew()

    def _put_on_preferred(self) -> str:
        preferences = self.preferences
        known = self.brightness
        if preferences.brightness != "auto":
            known = "light" if preferences.brightness == "light" else "dark"
        name = preferences.theme or default_theme(known, os.environ)
        if not self._load_and_put_on(name):
            return tr("The theme {name} cannot be used; the chat says why.", name=name)
        if preferences.brightness == "auto" and self.brightness is None and not preferences.theme:
            return tr("The terminal is asked for its background at the next start.")
        return ""

    def _spare_line(self) -> str:
        from clacky_tui.tui.output.driver import OutputDriver

        before = current_profile()
        profile = choose_profile(self.preferences, os.environ)
        use_profile(profile)
        if profile.mouse == before.mouse:
            return ""
        driver = self._driver
        if not isinstance(driver, OutputDriver):
            return tr("The mouse follows at the next start.")
        driver.report_mouse(profile.mouse)
        return ""

    def _draw_anew(self) -> None:
        """Let every widget drop what it has drawn, as for another theme."""
        self.theme_changed_signal.publish(self.current_theme)
        for screen in self.screen_stack:
            for widget in screen.walk_children(Widget):
                widget.refresh(layout=True)

    # --- the configuration ---------------------------------------------------------------------

    def action_configure(self) -> None:
        """`/config`: the models, and how to add the first one."""
        self.action_show_tab("settings")
        self._settings_tab.configure()

    def action_show_section(self, name: str) -> None:
        self._settings_tab.show_section(name)

    def on_config_written(self, message: ConfigWritten) -> None:
        from clacky_tui.commands import ReloadConfig, SetModel

        self._send(ReloadConfig())
        if message.model:
            self._send(SetModel(model=message.model))
