"""The settings tab's place on the screen: one section of four is on show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.lazy_tab import LazyTab, TabPane
from clacky_tui.tui.tab_bar import TabBar

if TYPE_CHECKING:
    from clacky_tui.tui.settings.screen_section import ChangePreference
    from clacky_tui.tui.settings.section import SettingsSection


class SettingsTab(LazyTab):
    """Keeps the sections that were opened.

    Args:
        preferences: those that hold now.
        change: lets a preference hold from now on.
    """

    def __init__(self, preferences: Callable[[], Preferences], change: ChangePreference) -> None:
        super().__init__()
        self._preferences = preferences
        self._change = change
        self._bar: TabBar | None = None
        self._sections: dict[str, TabPane] = {}

    def build(self) -> TabPane:
        from clacky_tui.tui.settings.section import SECTIONS

        self._bar = TabBar(SECTIONS, "show_section")
        self.mount(self._bar)
        return self._section(SECTIONS[0][0])

    def rebuild(self) -> None:
        super().rebuild()
        if self._pane is None:
            self._sections.clear()

    def configure(self) -> None:
        """Show the models; where there is none, the way to add one is opened."""
        from clacky_tui.tui.settings.models_section import ModelsSection

        self.open()
        self.show_section("models")
        models = self._sections["models"]
        assert isinstance(models, ModelsSection)
        models.offer_to_add()

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        message.stop()
        self.show_section(message.tab_id)

    def on_settings_section_section_asked(self, message: SettingsSection.SectionAsked) -> None:
        from clacky_tui.tui.settings.section import SECTIONS

        names = [name for name, _ in SECTIONS]
        assert self._bar is not None
        at = names.index(self._bar.active)
        self.show_section(message.name or names[(at + message.step) % len(names)])

    def show_section(self, name: str) -> None:
        """Show the section of that name, one of `SECTIONS`."""
        if not self.is_attached:  # asked for just before the app was left
            return
        assert self._bar is not None
        self._bar.active = name
        if self._pane is not None:
            self._pane.set_shown(False)
            self._pane.display = False
        pane = self._sections.get(name)
        if pane is None:
            pane = self._section(name)
            self.mount(pane)
        self._pane = pane
        pane.display = True
        self.open()

    def _section(self, name: str) -> TabPane:
        self._sections[name] = section = self._make(name)
        return section

    def _make(self, name: str) -> TabPane:
        match name:
            case "screen":
                from clacky_tui.tui.settings.screen_section import ScreenSection

                return ScreenSection(self._preferences, self._change)
            case "advanced":
                from clacky_tui.tui.settings.advanced_section import AdvancedSection

                return AdvancedSection()
            case "about":
                from clacky_tui.tui.settings.about_section import AboutSection

                return AboutSection()
            case _:
                from clacky_tui.tui.settings.models_section import ModelsSection

                return ModelsSection()
