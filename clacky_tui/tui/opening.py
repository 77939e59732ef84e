"""The app's actions that open something over the screen: palette, pickers, popups, help, jump."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.actions import ACTIONS
from clacky_tui.errors import ClackyError, ConfigError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import keymap_file
from clacky_tui.tui.keymap import EMPTY, Keymap, load_keymap
from clacky_tui.tui.output.hook import LayeredApp

if TYPE_CHECKING:
    from clacky_tui.commands import Command
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.context.tab import ContextTab
    from clacky_tui.tui.jump import Target
    from clacky_tui.tui.key_table import KeyEntry
    from clacky_tui.tui.palette import Call
    from clacky_tui.tui.router import Router
    from clacky_tui.tui.session_bar import SessionBar
    from clacky_tui.tui.todo import TodoStrip


class Opening(LayeredApp):
    """The base of the app, which makes the parts. What is opened is imported when it is."""

    ENABLE_COMMAND_PALETTE = False
    """Textual's own would stand beside ours."""

    _bar: SessionBar
    _composer: Composer
    _clock: Callable[[], datetime]
    _context_tab: ContextTab
    _load: Callable[[], tuple[Settings, ModelEntry | None]]
    _mode: str
    _router: Router | None
    _todos: TodoStrip
    start_problems: list[ClackyError]
    keymap: Keymap = EMPTY
    """The person's own keys."""

    def _send(self, command: Command) -> None:
        raise NotImplementedError

    def close_sheets(self) -> None:
        raise NotImplementedError

    def action_set_model(self, name: str) -> None:
        raise NotImplementedError

    def action_set_mode(self, name: str) -> None:
        raise NotImplementedError

    def action_set_reasoning_level(self, name: str) -> None:
        raise NotImplementedError

    def action_set_working_dir(self, path: str) -> None:
        raise NotImplementedError

    def action_kill_task(self, handle: str) -> None:
        raise NotImplementedError

    def use_own_keys(self) -> None:
        """Give actions the keys of the person's keymap file, before anything has the keyboard."""
        problems: list[ConfigError] = []
        self.keymap = load_keymap(keymap_file(), self.BINDINGS, problems)
        self.start_problems += problems
        self.set_keymap(dict(self.keymap.bound))
        for action in ACTIONS:
            if action.name in self.keymap.commands:
                self.bind(
                    self.keymap.commands[action.name], action.run, description=action.description
                )

    @property
    def _is_busy(self) -> bool:
        return self._router is not None and self._router.busy

    def refresh_sheet(self) -> None:
        """The worker has spoken: bring what is open over the screen up to date."""
        if len(self.screen_stack) < 2:
            return
        from clacky_tui.tui.pickers.sheet import Sheet

        if isinstance(self.screen, Sheet):
            self.screen.refresh_rows()

    # --- what there is to do -------------------------------------------------------------------

    def action_command_palette(self) -> None:
        from clacky_tui.tui.key_table import ANYWHERE, entries_of
        from clacky_tui.tui.palette import Palette
        from clacky_tui.tui.theming import theme_files

        was_open = isinstance(self.screen, Palette)
        self.close_sheets()
        if was_open:
            return
        keys = entries_of(ANYWHERE, self.BINDINGS, self.keymap.names)
        self.push_screen(Palette(keys, theme_files(), self._load, self._clock), self._run_call)

    def _run_call(self, call: Call | None) -> None:
        if call is not None:
            self.call_later(self.run_action, call)

    def action_jump(self) -> None:
        from clacky_tui.tui.jump import JumpOverlay, targets_of

        if len(self.screen_stack) > 1:
            return

        def go(target: Target | None) -> None:
            if target is not None:
                target.go()

        self.push_screen(JumpOverlay(targets_of(self.screen, self._run_call)), go)

    def action_help(self) -> None:
        from clacky_tui.tui.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self._help_entries()))

    def action_show_keys(self) -> None:
        from clacky_tui.tui.help import KeysScreen
        from clacky_tui.tui.key_table import ANYWHERE, KeyEntry, composer_entries, entries_of

        named = entries_of(ANYWHERE, self.BINDINGS, self.keymap.names)
        named += composer_entries(self.keymap.names)
        known = {entry.name for entry in named}
        named += [
            KeyEntry(
                tr("Commands without a key"), action.usage, tr(action.description), action.name
            )
            for action in ACTIONS
            if action.name not in known
        ]
        self.push_screen(KeysScreen(named, shows_names=True))

    def _help_entries(self) -> Sequence[KeyEntry]:
        """The keys of what has the keyboard first."""
        from clacky_tui.tui.chat.composer import Composer
        from clacky_tui.tui.key_table import (
            ANYWHERE,
            command_entries,
            composer_entries,
            entries_of,
        )
        from clacky_tui.tui.lazy_tab import TabPane
        from clacky_tui.tui.pickers.sheet import Sheet

        own, focused, here = self.keymap.names, self.focused, []
        if isinstance(self.screen, Sheet):
            here = entries_of(tr_noop("Here"), self.screen.shown_bindings(), own)
        elif isinstance(focused, TabPane):
            here = entries_of(tr_noop("This tab"), focused.key_bindings(), own)
        elif focused is not None and not isinstance(focused, Composer):
            here = entries_of(tr_noop("Here"), type(focused).BINDINGS, own)
        anywhere = entries_of(ANYWHERE, self.BINDINGS, own)
        return [*here, *composer_entries(own), *anywhere, *command_entries()]

    # --- choosing ------------------------------------------------------------------------------

    def action_pick_model(self) -> None:
        from clacky_tui.tui.pickers.model import ModelPicker

        def picked(name: str | None) -> None:
            if name is not None and name != self._context_tab.figures.model:
                self.action_set_model(name)

        self.push_screen(
            ModelPicker(
                self._load,
                self._context_tab.figures,
                self._clock,
                latencies=lambda: self._router.latencies if self._router is not None else {},
                tested=lambda: self._router.tested if self._router is not None else {},
                is_busy=lambda: self._is_busy,
                benchmark=self._benchmark,
            ),
            picked,
        )

    def _benchmark(self) -> None:
        from clacky_tui.commands import TestModels

        self._send(TestModels())

    def action_pick_reasoning(self) -> None:
        from clacky_tui.tui.pickers.choices import reasoning_picker

        def picked(level: str | None) -> None:
            if level is not None and level != self._bar.reasoning_level:
                self.action_set_reasoning_level(level)

        self.push_screen(reasoning_picker(self._bar.reasoning_level), picked)

    def action_pick_mode(self) -> None:
        from clacky_tui.tui.pickers.choices import mode_picker

        def picked(mode: str | None) -> None:
            if mode is not None and mode != self._mode:
                self.action_set_mode(mode)

        self.push_screen(mode_picker(self._mode), picked)

    def action_pick_directory(self) -> None:
        from clacky_tui.tui.pickers.directory import DirectoryPicker

        def picked(path: str | None) -> None:
            if path is not None:
                self.action_set_working_dir(path)

        current = Path(self._bar.working_dir).expanduser()
        self.push_screen(DirectoryPicker(current), picked)

    # --- looking -------------------------------------------------------------------------------

    def action_show_todos(self) -> None:
        from clacky_tui.tui.popups.todos import TodoPopup

        self.push_screen(TodoPopup(lambda: self._todos.todos))

    def action_show_tasks(self) -> None:
        from clacky_tui.tui.popups.background import BackgroundPopup

        self.push_screen(
            BackgroundPopup(
                lambda: self._router.background if self._router is not None else (),
                self._clock,
                self.action_kill_task,
            )
        )
