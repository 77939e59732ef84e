"""The composition root of the screen: widgets, keys, theme, and the bridge to the worker."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from clacky_tui.actions import ACTIONS
from clacky_tui.config.preferences import Preferences
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr
from clacky_tui.input_history import InputHistory
from clacky_tui.paths import history_file, shorten_home
from clacky_tui.tui.app_keys import APP_KEYS
from clacky_tui.tui.attention import Attention
from clacky_tui.tui.billing.tab import BillingTab
from clacky_tui.tui.chat.approval import ApprovalPrompt
from clacky_tui.tui.chat.command_menu import CommandMenu
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.feedback import FeedbackCard
from clacky_tui.tui.chat.find_bar import FindBar
from clacky_tui.tui.chat.queue_strip import QueueStrip
from clacky_tui.tui.chat.reading_bar import ReadingBar
from clacky_tui.tui.chat.transcript import Transcript
from clacky_tui.tui.chat.trust import TrustPrompt
from clacky_tui.tui.context.tab import ContextTab
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.currency import Currencies
from clacky_tui.tui.draft import DraftKeeper
from clacky_tui.tui.earlier_chat import EarlierChat
from clacky_tui.tui.keymap import with_names
from clacky_tui.tui.language import Speaking
from clacky_tui.tui.lazy_tab import LazyTab
from clacky_tui.tui.leaving import Leaving
from clacky_tui.tui.navigation import TABS
from clacky_tui.tui.opening import Opening
from clacky_tui.tui.reading import Reading
from clacky_tui.tui.reports import Reports
from clacky_tui.tui.session_bar import SessionBar
from clacky_tui.tui.sessions.tab import SessionsTab
from clacky_tui.tui.settings.tab import SettingsTab
from clacky_tui.tui.submission import Submission
from clacky_tui.tui.tab_bar import TabBar
from clacky_tui.tui.theme_picker import ThemePicker
from clacky_tui.tui.time_machine.menu import TimeMachineMenu
from clacky_tui.tui.todo import TodoStrip
from clacky_tui.tui.too_small import HEIGHT_CLASSES, WIDTH_CLASSES, TooSmall
from clacky_tui.tui.trash.tab import TrashTab
from clacky_tui.tui.welcome import welcome_lines
from clacky_tui.tui.workers import Workers
from clacky_tui.tui.writing import Writing
from clacky_tui.worker_actions import WorkerActions

if TYPE_CHECKING:
    from clacky_tui import commands, events
    from clacky_tui.agent.worker import AgentWorker
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.bridge import WorkerBridge, WorkerDied
    from clacky_tui.tui.brightness import Brightness
    from clacky_tui.tui.router import Router

EXIT_HINT_SECONDS = 2.0
ROUTE_SLICE = 200
"""Envelopes shown before the keyboard gets its turn."""


class ClackyApp(
    Reading,
    Submission,
    WorkerActions,
    Reports,
    Currencies,
    EarlierChat,
    Speaking,
    Attention,
    Writing,
    Opening,
    Leaving,
):
    """The full screen.

    Args:
        working_dir: where the agent works.
        mode: a `PermissionMode` value to start with.
        theme_name: a theme; None for the person's, else the default for `brightness`.
        load: reads settings and the model to use; called on other threads.
        clock: the present, timezone-aware; counts down to the cache's expiry.
        resume: journal of the session to go on with; None begins one.
        model_chosen: whether the person named the model, so that it answers in a resumed session too.
        preferences: what the person set about the screen.
        brightness: of the terminal's background, None when it is not known.

    Raises:
        ConfigError: there is no theme of that name.
    """

    TITLE = "clacky"
    AUTO_FOCUS = "Composer"
    ENABLE_SELECT_AUTO_SCROLL = False
    """Its timer would tick at the frame rate, a thousand times a second."""

    CSS: ClassVar[str] = """
    App:ansi { background: $background; color: $foreground; }
    Screen { background: transparent; layers: base cover; }
    Screen:ansi, Input:ansi, Input:ansi > .input--placeholder { color: $foreground; }
    #chat { height: 1fr; }
    Screen.-tiny TooSmall { display: block; }
    Screen.-flat TooSmall { display: block; }
    .-low DockedPrompt { margin: 0; }
    .-low Transcript { margin: 0; }
    .-low TodoStrip { max-height: 0; }
    """
    HORIZONTAL_BREAKPOINTS = WIDTH_CLASSES
    VERTICAL_BREAKPOINTS = HEIGHT_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = with_names(APP_KEYS)

    def __init__(
        self,
        *,
        working_dir: Path,
        mode: str,
        theme_name: str | None,
        load: Callable[[], tuple[Settings, ModelEntry | None]],
        clock: Callable[[], datetime] = local_now,
        resume: Path | None = None,
        model_chosen: bool = False,
        preferences: Preferences = Preferences(),
        brightness: Brightness | None = None,
    ) -> None:
        super().__init__()
        self._workers = Workers(self)
        self.preferences = preferences
        self._working_dir = working_dir
        self._mode = mode
        self._load = load
        self._clock = clock
        self._resume = resume
        self._model_chosen = model_chosen
        self.start_problems: list[ClackyError] = [
            ClackyError(problem) for problem in preferences.problems
        ]
        """Told in the chat of a fresh session."""
        self.start_theme(theme_name, brightness)
        self.start_currency()
        self._history = InputHistory(history_file())
        self._tabs = TabBar(TABS)
        self._transcript = Transcript()
        self._find = FindBar(self._transcript)
        self._reading = ReadingBar(self._transcript)
        self._menu = CommandMenu([(a.usage, a.description) for a in ACTIONS])
        self._approval = ApprovalPrompt()
        self._feedback = FeedbackCard()
        self._trust = TrustPrompt()
        self._time_machine = TimeMachineMenu()
        self._theme_picker = ThemePicker()
        self._prompts = (
            self._approval,
            self._trust,
            self._time_machine,
            self._theme_picker,
            self._feedback,
        )
        self._todos = TodoStrip()
        self._bar = SessionBar(clock=clock)
        self._queue = QueueStrip()
        self._composer = Composer(self._history, self._menu)
        self.use_own_keys()
        self._draft = DraftKeeper(self, self.unsent, self._tell_draft_unsaved)
        self._billing = BillingTab(clock=clock, session=lambda: self._context_tab.figures)
        self._context_tab = ContextTab(clock=clock)
        self._sessions = SessionsTab(clock=clock)
        self._settings_tab = SettingsTab(lambda: self.preferences, self.change_preference)
        self._panes: dict[str, LazyTab] = {
            "billing": self._billing,
            "context": self._context_tab,
            "sessions": self._sessions,
            "trash": TrashTab(clock=clock),
            "settings": self._settings_tab,
        }
        self._bridge: WorkerBridge | None = None
        self._router: Router | None = None
        self._early: list[Composer.Submitted] = []

    def compose(self) -> ComposeResult:
        yield self._tabs
        with Vertical(id="chat"):
            yield self._transcript
            yield self._find
            yield self._reading
            yield self._menu
            yield self._composer.mentions
            yield self._composer.search
            yield self._approval
            yield self._feedback
            yield self._trust
            yield self._time_machine
            yield self._theme_picker
            yield self._todos
            yield self._bar
            yield self._queue
            yield self._composer.attachments
            yield self._composer.pastes
            yield self._composer
        yield from self._panes.values()
        yield TooSmall()

    def on_mount(self) -> None:
        self.note_up()
        self._bar.set_working_dir(shorten_home(self._working_dir))
        self._composer.set_working_dir(self._working_dir)
        self._transcript.show_welcome(welcome_lines(shorten_home(self._working_dir)))
        # As a worker of the toolkit: awaited here it would hold up every key until it is done.
        self.call_after_refresh(self.run_worker, self._start_worker, group="start")

    # --- the worker ------------------------------------------------------------------------

    async def _start_worker(self) -> None:
        """Bring the worker up after the first frame; imports and files on threads."""
        await self.until_live()
        self._composer.guards_bursts = not self.is_headless
        if self._resume is not None:
            await self._show_end(self._resume)
        await asyncio.to_thread(_import_worker_side)
        if problem := await self._history.load():
            self.start_problems.append(ClackyError(problem))
        if self._leaving:
            return
        from clacky_tui.tui.bridge import WorkerBridge, WorkerDied

        self._router = self._make_router()
        self._bridge = WorkerBridge(
            self._make_worker,
            arrived=self._hear_worker,
            failed=lambda error: self.post_message(WorkerDied(error)),
        )
        self._bridge.start()
        self.take_up(await self._draft.read())
        self._replay_early()

    def _make_router(self) -> Router:
        from clacky_tui.tui.router import Parts, Router

        return Router(
            Parts(
                tabs=self._tabs,
                transcript=self._transcript,
                approval=self._approval,
                feedback=self._feedback,
                trust=self._trust,
                time_machine=self._time_machine,
                todos=self._todos,
                bar=self._bar,
                queue=self._queue,
                composer=self._composer,
                billing=self._billing,
                context=self._context_tab,
                sessions=self._sessions,
            ),
            token_line=self.preferences.token_line,
        )

    def _make_worker(self, deliver: Callable[[events.Envelope], None]) -> AgentWorker:
        from clacky_tui.agent.worker import AgentWorker
        from clacky_tui.domain.modes import PermissionMode

        settings, entry = self._load()
        return AgentWorker(
            settings,
            deliver,
            working_dir=self._working_dir,
            mode=PermissionMode(self._mode),
            entry=entry,
            resume=self._resume,
            entry_chosen=self._model_chosen,
            suggests=lambda: self.preferences.suggestions,
        )

    def _hear_worker(self) -> None:
        """Show what the worker has said. Not a message of the toolkit, which takes as long again."""
        try:
            self._take_envelopes()
        except Exception as error:  # noqa: BLE001  as in a handler: the app ends and says why
            self._handle_exception(error)

    def _take_envelopes(self) -> None:
        if self._bridge is None or self._router is None:
            return
        for envelope in self._bridge.take():
            if envelope.event.kind == "session.opened":
                self._welcome(envelope.event)
            self._router.show(envelope)
            self.watch_task(envelope)
        self.refresh_sheet()

    def _send(self, command: commands.Command) -> None:
        """Hand the worker a command; what comes before it is up, half a second, has nobody to ask."""
        if self._bridge is not None:
            self._bridge.send(command)

    def on_worker_died(self, message: WorkerDied) -> None:
        error = message.error
        hint = getattr(error, "hint", "") or tr("Leave with ctrl+q and start again.")
        self._transcript.add_notice(
            "error", tr("The agent is not running: {error}", error=error), hint
        )
        self._bar.set_status("error")

    # --- what a person says ----------------------------------------------------------------

    def on_composer_edited(self) -> None:
        self._draft.note_change()

    def on_composer_escaped(self) -> None:
        if self._composer.text_is_empty and self._router is not None and self._router.idle:
            self.action_open_time_machine()
        else:
            self._interrupt_worker()  # without effect when nothing runs

    def on_composer_end_of_input(self) -> None:
        self.call_later(self.action_leave)

    def _tell_draft_unsaved(self, error: OSError) -> None:
        text = tr(
            "What you are writing is not saved as you write: {strerror}.",
            strerror=error.strerror or error,
        )
        self._transcript.add_notice(
            "warning", text, tr("Send it, or free some space before you leave.")
        )

    def on_docked_prompt_answered(self, message: DockedPrompt.Answered) -> None:
        self.screen.set_focus(self._composer)
        self._send(message.command)

    def on_time_machine_menu_asked(self, message: TimeMachineMenu.Asked) -> None:
        self._send(message.command)

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        self.action_show_tab(message.tab_id)

    # --- actions ---------------------------------------------------------------------------

    async def action_interrupt(self) -> None:
        """Ctrl+C: the nearest thing that can be stopped, closed, cleared; then leave."""
        router, open_prompt = self._router, next((p for p in self._prompts if p.is_open), None)
        if router is not None and router.compresses_idly:
            self._interrupt_worker()
            self._clear_composer()
        elif len(self.screen_stack) > 1:
            self.screen.dismiss(None)
        elif any(pane.cancel() for pane in self._panes.values()):
            return
        elif open_prompt is not None:
            open_prompt.cancel()
        elif self._composer.has_focus and self._composer.close_popup():
            return
        elif router is not None and not router.idle:
            self._interrupt_worker()
            self._clear_composer()
        elif self._composer.is_empty:
            await self.action_leave()
        else:
            self._clear_composer()

    def action_toggle_mode(self) -> None:
        """Switch the mode; what waits for a yes gets it when nothing more is to be asked."""
        super().action_toggle_mode()
        if self._mode == "auto_approve" and self._approval.takes_keys:
            self._approval.approve()

    def _clear_composer(self) -> None:
        self._composer.clear()
        self._bar.set_hint(tr("press ctrl+c again to leave"), EXIT_HINT_SECONDS)

    def _welcome(self, opened: events.SessionOpened) -> None:
        """Begin the transcript of a session."""
        self._mode = opened.mode
        if not self._replay_session(opened):
            self._transcript.show_welcome(
                welcome_lines(shorten_home(opened.working_dir), simulated=opened.simulated)
            )
        for problem in self.start_problems:
            self._transcript.add_notice("warning", problem.message, problem.hint)
        self.start_problems = []


def _import_worker_side() -> None:
    """Import what the worker and the router need; on a thread."""
    import clacky_tui.agent.worker
    import clacky_tui.tui.replay
    import clacky_tui.tui.router  # noqa: F401

    gc.freeze()  # what was made until now stays to the end
    gc.enable()
