"""The agent worker: commands in, events out. It knows no front end and calls none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from clacky_tui import commands, events
from clacky_tui.agent.budget_watch import limits_of
from clacky_tui.agent.cold_start import tell_if_cold
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.fallback import ModelRoute
from clacky_tui.agent.idle import IdleWatch
from clacky_tui.agent.inbox import Inbox, Waiting
from clacky_tui.agent.model_call import ModelCaller, OpenCaller
from clacky_tui.agent.model_test import ask_and_tell
from clacky_tui.agent.resume import (
    OpenedSession,
    entry_for,
    open_stored,
    recover,
    retell_state,
    stored_path,
    tell_gone,
)
from clacky_tui.agent.route import open_route
from clacky_tui.agent.session import Emit, Session, existing_folder
from clacky_tui.agent.stall import Patience
from clacky_tui.agent.target import DEMO_MODEL
from clacky_tui.agent.task import Task
from clacky_tui.agent.task_switch import TaskSwitcher
from clacky_tui.agent.tidying import tidy_up
from clacky_tui.agent.workbench import Workbench
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.prices import user_price_book
from clacky_tui.config.settings import ModelEntry, Settings, load_settings, select_model
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ConfigError, SessionError
from clacky_tui.providers.base import ReasoningLevel
from clacky_tui.sessions.continuation import reasoning_level

_LATER = "This command is not part of this version yet."
_LEAVES_IDLE = (
    commands.SetMode,
    commands.RenameSession,
    commands.StopBackgroundTask,
    commands.AnswerTrust,
    commands.ListTasks,
    commands.PlanSwitch,
    commands.ShowChange,
)
"""Commands after which the agent is as idle as before."""


class _BackgroundEnded:
    """Comes in among the commands when the model should hear of a background task's end."""


class AgentWorker:
    """Runs one session at a time on the event loop that `run` is awaited on.

    Args:
        settings: models and budgets.
        deliver: receives every envelope, on the worker's loop.
        working_dir: where the agent works.
        mode: how much runs without asking.
        entry: the model to use; None starts the embedded demo model.
        attended: False when nobody can be asked: what would ask is refused instead.
        load: reads the settings anew for `ReloadConfig`; called in a thread.
        patience: how long a silent stream is waited for.
        resume: journal of the session to go on with; None begins one.
        entry_chosen: whether the person asked for `entry`, so that it answers in a resumed session too.
    """

    def __init__(
        self,
        settings: Settings,
        deliver: Emit,
        *,
        working_dir: Path,
        mode: PermissionMode = PermissionMode.CONFIRM_SAFES,
        entry: ModelEntry | None = None,
        attended: bool = True,
        load: Callable[[], Settings] = load_settings,
        patience: Patience | None = None,
        resume: Path | None = None,
        entry_chosen: bool = False,
    ) -> None:
        self._settings = settings
        self._load = load
        self._patience = patience
        self._deliver = deliver
        self._entry = entry
        self._resume = resume
        self._entry_chosen = entry_chosen
        self._attended = attended
        self._commands: asyncio.Queue[commands.Command | _BackgroundEnded] = asyncio.Queue()
        self._inbox = Inbox(self._queue_changed)
        self._running: asyncio.Task[None] | None = None
        self._route: ModelRoute | None = None
        self._caller: ModelCaller | None = None
        self._reasoning_level: ReasoningLevel = "off"
        self._working_dir = working_dir
        self._session = self._new_session(mode)
        self._equip()

    def send(self, command: commands.Command) -> None:
        """Hand over a command. From another thread go through `loop.call_soon_threadsafe`."""
        self._commands.put_nowait(command)

    async def run(self) -> None:
        """Serve commands until `Shutdown`; `session.closed` is the last event."""
        problems = list(self._settings.problems)
        try:
            opened = await self._open(self._resume) if self._resume else None
        except SessionError as error:
            opened = None
            problems.append(str(error))
        self._session.opened()
        for problem in problems:
            self._session.warn(problem)
        await self._settle_in(opened)
        tidying = asyncio.create_task(tidy_up(self._session, self._settings, self._attended))
        try:
            while not isinstance(command := await self._commands.get(), commands.Shutdown):
                await self._serve(command)
        finally:
            tidying.cancel()
            await self._end_session()
            await self._close_route()

    async def _serve(self, command: commands.Command | _BackgroundEnded) -> None:
        if not isinstance(command, _LEAVES_IDLE):
            await self._idle.stop()
        match command:
            case commands.Submit():
                self._submit(command)
            case commands.Interrupt(scope=scope):
                if not self._compressor.stop() and scope == "all":
                    self._bench.notices.discard()
                    await self._interrupt()
            case commands.Compact():
                self._change_length(self._compressor.compress_now)
            case commands.UndoCompression():
                self._change_length(self._compressor.undo)
            case commands.TimeMachineCommand():
                if not self._busy("The task"):
                    await self._switcher.serve(command)
            case commands.TestModels():
                self._test_models()
            case commands.Approve():
                self._bench.approvals.answer(command.request_id, command)
            case commands.AnswerTrust():
                self._bench.trust.answer(command.request_id, command)
            case commands.AskTrust():
                if not self._busy("Trust in the project"):
                    await self._bench.gate.open(again=True)
            case commands.StopBackgroundTask(handle=handle):
                self._bench.stop_background(handle)
            case _BackgroundEnded():
                if self._running is None and self._bench.notices.wakes:
                    self._start("", (), "")
            case commands.AnswerFeedback():
                answered = events.FeedbackAnswered(request_id=command.request_id, text=command.text)
                self._session.emit(answered)
                self._submit(commands.Submit(text=command.text))
            case commands.EditQueued():
                self._inbox.edit(command.client_id, command.text)
            case commands.SetMode():
                self._set_mode(PermissionMode(command.mode))
            case commands.SetModel():
                await self._set_model(command)
            case commands.SetReasoningLevel(level=level):
                self._set_reasoning_level(level)
            case commands.SetWorkingDir(path=path):
                await self._set_working_dir(path)
            case commands.ReloadConfig():
                await self._reload_config()
            case commands.NewSession():
                await self._replace_session()
            case commands.OpenSession(session_id=session_id):
                await self._open_other(session_id)
            case commands.RenameSession():
                self._session.name = command.name
                self._session.emit(events.SessionTitled(name=command.name))
            case _:
                self._session.warn(_LATER)

    def _submit(self, command: commands.Submit) -> None:
        if self._running is not None:
            self._inbox.put(Waiting(command.client_id, command.text, command.attachments))
            return
        self._start(command.text, command.attachments, command.client_id)

    def _start(self, text: str, attachments: tuple[str, ...], client_id: str) -> None:
        task = Task(
            self._session,
            self._open_caller,
            self._bench.tool_calls(),
            self._inbox,
            self._bench.notices,
            self._bench.hooks,
            self._bench.files,
            self._compressor,
            self._settings,
        )
        self._bench.warm_shell()
        self._occupy(task.run(text, attachments, client_id))

    def _occupy(self, work: Coroutine[object, object, None]) -> None:
        """Run `work`; until it is over nothing else is begun, and Esc stops it."""
        self._running = asyncio.create_task(work)
        self._running.add_done_callback(self._task_over)

    def _task_over(self, _: asyncio.Task[None]) -> None:
        """What came too late for the last task starts the next one."""
        self._running = None
        if item := self._inbox.take_first():
            self._start(item.text, item.attachments, item.client_id)
        elif self._bench.notices.wakes:
            self._start("", (), "")
        else:
            self._idle.start()

    def _change_length(
        self, change: Callable[[OpenCaller], Coroutine[object, object, None]]
    ) -> None:
        if self._running is None:
            self._occupy(change(self._open_caller))
        else:
            self._session.warn(
                "Compressing, and taking it back, have to wait until the agent has finished."
            )

    def _test_models(self) -> None:
        entries = self._settings.models if self._entry and self._settings.models else (self._entry,)
        if self._running is None:
            self._occupy(ask_and_tell(self._session, entries))
        else:
            self._session.warn("The models can be tested once the agent has finished.")

    async def _interrupt(self) -> None:
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.wait([self._running])

    async def _open_caller(self) -> ModelCaller:
        """What asks the model, opened on first need so that starting the app costs nothing."""
        if self._caller is None:
            if self._route is None:
                self._route = await asyncio.to_thread(open_route, self._entry, self._settings)
            ledger = default_ledger(simulated=self._route.primary.simulated)
            limit = self._settings.max_output_tokens
            prices = await asyncio.to_thread(user_price_book)
            for problem in prices.problems:
                self._session.warn(problem)
            self._caller = ModelCaller(
                self._session, self._route, ledger, limit, self._patience, prices
            )
            self._caller.reasoning_level = self._reasoning_level
        return self._caller

    async def _close_route(self) -> None:
        route, self._route, self._caller = self._route, None, None
        if route is not None:
            await route.close()

    async def _set_model(self, command: commands.SetModel) -> None:
        if self._busy("The model"):
            return
        try:
            entry = select_model(self._settings, command.model)
        except ConfigError as error:
            self._session.warn(str(error))
            return
        await self._use(entry)
        if command.make_default:
            self._session.warn("It answers in this session; config.yml keeps its default model.")

    async def _use(self, entry: ModelEntry | None) -> None:
        """Ask `entry` from now on. Leaving the demo model, or going there, opens a new session."""
        pretended = self._entry is None
        self._entry = entry
        self._session.fills_reasoning = False
        await self._close_route()
        if pretended != (entry is None):
            # Pretended money and real money must never be summed up in one session.
            await self._replace_session()
            return
        self._session.model = entry.model if entry else DEMO_MODEL
        self._session.emit(events.ModelChanged(model=self._session.model, simulated=pretended))

    async def _reload_config(self) -> None:
        if self._busy("The configuration"):
            return
        self._settings = await asyncio.to_thread(self._load)
        self._session.budget.set_limits(limits_of(self._settings))
        self._session.tools.web = self._settings.web
        for problem in self._settings.problems:
            self._session.warn(problem)
        entry = self._settings.default_model
        if self._entry is not None and entry is not None:
            same = (e for e in self._settings.models if e.model == self._session.model)
            entry = next(same, entry)
        if entry != self._entry:
            await self._use(entry)
        else:
            self._caller = None
        self._session.emit(events.Notice(level="info", text="The configuration was read again."))

    def _set_reasoning_level(self, level: ReasoningLevel) -> None:
        self._reasoning_level = level
        if self._caller is not None:
            self._caller.reasoning_level = level
        self._session.emit(events.ReasoningLevelChanged(level=level))

    async def _set_working_dir(self, path: str) -> None:
        if self._busy("The working directory"):
            return
        try:
            folder = await asyncio.to_thread(existing_folder, self._session.tools.resolve(path))
        except (OSError, ValueError, RuntimeError):
            self._session.warn(
                f"{path!r} is not a directory; the agent stays in {self._working_dir}."
            )
            return
        self._working_dir = self._session.tools.working_dir = folder
        self._session.emit(events.WorkingDirChanged(path=str(folder)))
        await self._bench.gate.open()

    def _busy(self, what: str) -> bool:
        """True, and said, while a task runs: `what` cannot be changed under it."""
        if self._running is not None:
            self._session.warn(
                f"{what} cannot be changed while the agent works: stop it first (Esc)."
            )
        return self._running is not None

    def _set_mode(self, mode: PermissionMode) -> None:
        self._session.mode = mode
        self._session.emit(events.ModeChanged(mode=mode.value))
        if mode is not PermissionMode.CONFIRM_SAFES:
            self._bench.approve_all()

    async def _end_session(self) -> None:
        """Stop all that runs, start nothing that waits, and close the session."""
        self._inbox.take_all()
        self._bench.notices.discard()
        await self._interrupt()
        # After the interrupt: the end of a task begins a watch, which nobody would stop any more.
        await self._idle.stop()
        if alive := [task.command for task in self._session.tools.background.alive]:
            tell_gone(self._session, alive)
        await self._bench.close()
        self._session.close()

    async def _replace_session(self) -> None:
        await self._end_session()
        self._session = self._new_session(self._session.mode)
        self._equip()
        self._caller = None
        self._session.opened()
        await self._settle_in(None)

    async def _open_other(self, session_id: str) -> None:
        """Go over to a stored session; this one ends when the other is at hand."""
        if self._busy("The session"):
            return
        before = self._session
        try:
            path = await asyncio.to_thread(stored_path, session_id)
            if path == before.journal.path:
                before.emit(events.Notice(level="info", text="This session is open already."))
                return
            opened = await self._open(path, self._end_session)
        except SessionError as error:
            before.warn(str(error))
        else:
            self._session.opened()
            await self._settle_in(opened)

    async def _open(
        self, path: Path, end_current: Callable[[], Coroutine[object, object, None]] | None = None
    ) -> OpenedSession:
        """Put the session in `path` in the place of the present one.

        Raises:
            SessionError: it cannot be opened; nothing has changed.
        """
        opened = await asyncio.to_thread(open_stored, path)
        stored = opened.stored
        try:
            entry = entry_for(stored, self._settings, self._entry, chosen=self._entry_chosen)
        except SessionError:
            opened.lock.release()
            raise
        if end_current is not None:
            await end_current()
        if entry != self._entry:
            self._entry = entry
            await self._close_route()
        self._working_dir = opened.working_dir or self._working_dir
        self._caller = None
        self._reasoning_level = reasoning_level(stored.reasoning_level)
        self._session = self._new_session(self._session.mode, opened)
        self._equip()
        return opened

    async def _settle_in(self, opened: OpenedSession | None) -> None:
        """What follows the opening of a session: how it stands, and what is to be decided in it."""
        session = self._session
        if opened is None and self._reasoning_level != "off":
            session.emit(events.ReasoningLevelChanged(level=self._reasoning_level))
        if opened is not None:
            retell_state(session, opened.stored)
            await recover(session, opened)
            if opened.working_dir is None:
                before = opened.stored.working_dir
                missing = f"{before} is gone" if before else "Where it worked is not known"
                session.warn(f"{missing}; the agent works in {self._working_dir}.")
            await tell_if_cold(session, self._compressor, self._open_caller)
        await self._bench.gate.open()

    def _equip(self) -> None:
        """Set up what serves the new session beside its tasks."""
        session = self._session
        self._bench = Workbench(
            session,
            lambda: self._settings,
            lambda: self._entry,
            attended=self._attended,
            wake=lambda: self._commands.put_nowait(_BackgroundEnded()),
        )
        self._compressor = Compressor(session, lambda: self._settings)
        self._switcher = TaskSwitcher(session, self._bench.files, self._compressor)
        self._idle = IdleWatch(session, self._compressor, self._open_caller)

    def _new_session(self, mode: PermissionMode, opened: OpenedSession | None = None) -> Session:
        return Session(
            working_dir=self._working_dir,
            mode=mode,
            model=self._entry.model if self._entry else DEMO_MODEL,
            simulated=self._entry is None,
            deliver=self._deliver,
            limits=limits_of(self._settings),
            web=self._settings.web,
            stored=opened.stored if opened else None,
            lock=opened.lock if opened else None,
        )

    def _queue_changed(self, waiting: tuple[Waiting, ...]) -> None:
        self._session.emit(
            events.QueueChanged(
                waiting=tuple(
                    events.QueuedMessage(client_id=item.client_id, text=item.text)
                    for item in waiting
                )
            )
        )
