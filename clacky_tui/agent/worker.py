"""The agent worker: commands in, events out. It knows no front end and calls none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from clacky_tui import commands, events
from clacky_tui.agent.adjustments import Adjustments
from clacky_tui.agent.budget_watch import limits_of
from clacky_tui.agent.cold_start import tell_if_cold
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.idle import IdleWatch
from clacky_tui.agent.inbox import Inbox, Waiting, held_notice
from clacky_tui.agent.model_call import OpenCaller
from clacky_tui.agent.model_desk import ModelDesk
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
from clacky_tui.agent.session import Emit, Session
from clacky_tui.agent.stall import Patience
from clacky_tui.agent.suggestion import Suggester
from clacky_tui.agent.task import Task
from clacky_tui.agent.task_switch import TaskSwitcher
from clacky_tui.agent.telemetry import Telemetry
from clacky_tui.agent.tidying import tidy_up
from clacky_tui.agent.workbench import Workbench
from clacky_tui.config.settings import ModelEntry, Settings, load_settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import SessionError
from clacky_tui.i18n import tr
from clacky_tui.sessions.continuation import reasoning_level

_LEAVES_IDLE = (
    commands.SetMode,
    commands.RenameSession,
    commands.StopBackgroundTask,
    commands.AnswerTrust,
    commands.ListTasks,
    commands.PlanSwitch,
    commands.EditQueued,
    commands.TakeBackQueued,
    commands.ShowChange,
)
"""Commands after which the agent is as idle as before."""
_BREAKS_OFF: tuple[events.TaskOutcome, ...] = ("error", "budget", "awaiting_feedback")
"""Ends of a task after which what waits was not meant for what would happen now."""


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
        suggests: whether the person wants their next message to be suggested, asked after each task.
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
        suggests: Callable[[], bool] = lambda: False,
    ) -> None:
        self._desk = ModelDesk(settings, entry, lambda: self._session, patience)
        self._load = load
        self._telemetry = Telemetry(
            lambda: self._desk.settings.metrics_endpoint.get_secret_value(),
            lambda text: self._session.warn(text),
        )
        self._deliver = self._telemetry.listening(deliver)
        self._resume = resume
        self._entry_chosen = entry_chosen
        self._attended = attended
        self._commands: asyncio.Queue[commands.Command | _BackgroundEnded] = asyncio.Queue()
        self._inbox = Inbox(self._queue_changed)
        self._running: asyncio.Task[None] | None = None
        self._suggests = suggests
        self._reload_waits = False
        self._session = self._new_session(working_dir, mode)
        self._equip()

    def send(self, command: commands.Command) -> None:
        """Hand over a command. From another thread go through `loop.call_soon_threadsafe`."""
        self._commands.put_nowait(command)

    async def run(self) -> None:
        """Serve commands until `Shutdown`; `session.closed` is the last event."""
        problems = list(self._desk.settings.problems)
        try:
            opened = await self._open(self._resume) if self._resume else None
        except SessionError as error:
            opened = None
            problems.append(str(error))
        self._session.opened()
        for problem in problems:
            self._session.warn(problem)
        await self._settle_in(opened)
        tidying = asyncio.create_task(tidy_up(self._session, self._desk.settings, self._attended))
        try:
            while not isinstance(command := await self._commands.get(), commands.Shutdown):
                await self._serve(command)
        finally:
            tidying.cancel()
            await self._end_session()
            await self._desk.close()
            await self._telemetry.close()

    async def _serve(self, command: commands.Command | _BackgroundEnded) -> None:
        if not isinstance(command, _LEAVES_IDLE):
            await self._idle.stop()
            await self._suggester.stop()
        match command:
            case commands.Submit(client_id=id_, text=text, attachments=files, when=when):
                self._begin_or_wait(Waiting(id_, text, files, when))
            case commands.RunShell(client_id=id_, command=line):
                self._begin_or_wait(Waiting(id_, line, when="next_task", is_shell=True))
            case commands.Interrupt(scope=scope):
                if not self._compressor.stop() and scope == "all":
                    self._bench.notices.discard()
                    await self._interrupt()
            case commands.Compact():
                self._change_length(self._compressor.compress_now)
            case commands.UndoCompression():
                self._change_length(self._compressor.undo)
            case commands.LiftBudgets():
                self._session.budget.lift()
                self._session.warn(
                    tr("Budgets of money no longer stop this session; they still warn.")
                )
            case commands.TimeMachineCommand():
                if not self._busy(tr("The task")):
                    await self._switcher.serve(command)
            case commands.TestModels():
                self._test_models()
            case commands.Approve():
                self._bench.approvals.answer(command.request_id, command)
            case commands.AnswerTrust():
                self._bench.trust.answer(command.request_id, command)
            case commands.AskTrust():
                if not self._busy(tr("Trust in the project")):
                    await self._bench.gate.open(again=True)
            case commands.StopBackgroundTask(handle=handle):
                self._bench.stop_background(handle)
            case _BackgroundEnded():
                if self._running is None and self._bench.notices.wakes:
                    self._start_task("")
            case commands.AnswerFeedback():
                answered = events.FeedbackAnswered(request_id=command.request_id, text=command.text)
                self._session.emit(answered)
                self._begin_or_wait(Waiting("", command.text))
            case commands.EditQueued():
                self._inbox.edit(command.client_id, command.text)
            case commands.TakeBackQueued():
                if item := self._inbox.take(command.client_id):
                    self._session.emit(events.QueueReturned(message=item.told))
            case commands.NewSession():
                await self._replace_session()
            case commands.OpenSession(session_id=session_id):
                await self._open_other(session_id)
            case commands.ReloadConfig() if self._running is not None:
                self._reload_waits = True
                text = tr("The configuration is read again when the agent has finished.")
                self._session.emit(events.Notice(level="info", text=text))
            case (
                commands.SetMode()
                | commands.SetModel()
                | commands.SetReasoningLevel()
                | commands.SetWorkingDir()
                | commands.RenameSession()
                | commands.ReloadConfig()
            ):
                await self._adjustments.make(command)

    def _begin_or_wait(self, item: Waiting) -> None:
        """Begin with what the person sent; while something runs it waits."""
        if self._running is not None:
            self._inbox.put(item)
            return
        self._inbox.held = False
        self._begin(item)

    def _begin(self, item: Waiting) -> None:
        if item.is_shell:
            self._occupy(self._bench.shell_line().run(item.text))
        else:
            self._start_task(item.text, item.attachments, item.client_id)

    def _start_task(
        self, text: str, attachments: tuple[str, ...] = (), client_id: str = ""
    ) -> None:
        task = Task(
            self._session,
            self._desk.caller,
            self._bench.tool_calls(),
            self._inbox,
            self._bench.notices,
            self._bench.hooks,
            self._bench.files,
            self._compressor,
            self._desk.settings,
        )
        self._bench.warm_shell()
        self._occupy(self._carry_out(task, text, attachments, client_id))

    async def _carry_out(
        self, task: Task, text: str, attachments: tuple[str, ...], client_id: str
    ) -> None:
        outcome = await task.run(text, attachments, client_id)
        if outcome in _BREAKS_OFF and len(self._inbox):
            self._inbox.held = True
            self._session.warn(held_notice(len(self._inbox)))
        self._may_suggest = outcome == "done"

    def _occupy(self, work: Coroutine[object, object, None]) -> None:
        """Run `work`; until it is over nothing else is begun, and Esc stops it."""
        self._running = asyncio.create_task(work)
        self._running.add_done_callback(self._work_over)

    def _work_over(self, _: asyncio.Task[None]) -> None:
        """What waited for the end begins."""
        self._running = None
        if self._reload_waits:
            self._reload_waits = False
            self._commands.put_nowait(commands.ReloadConfig())
        suggest, self._may_suggest = self._may_suggest, False
        if item := self._inbox.take_next():
            self._begin(item)
        elif self._bench.notices.wakes:
            self._start_task("")
        else:
            self._idle.start()
            if suggest:
                self._suggester.start()

    def _change_length(
        self, change: Callable[[OpenCaller], Coroutine[object, object, None]]
    ) -> None:
        if self._running is None:
            self._occupy(change(self._desk.caller))
        else:
            self._session.warn(
                tr("Compressing, and taking it back, have to wait until the agent has finished.")
            )

    def _test_models(self) -> None:
        entry, models = self._desk.entry, self._desk.settings.models
        entries = models if entry and models else (entry,)
        if self._running is None:
            self._occupy(ask_and_tell(self._session, entries))
        else:
            self._session.warn(tr("The models can be tested once the agent has finished."))

    async def _interrupt(self) -> None:
        if self._running is None:
            return
        await asyncio.sleep(0)  # cancelled before its first step, work would not tell that it was
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    def _busy(self, what: str) -> bool:
        """True, and said, while a task runs: `what` cannot be changed under it."""
        if self._running is not None:
            self._session.warn(
                tr(
                    "{what} cannot be changed while the agent works: stop it first (Esc).",
                    what=what,
                )
            )
        return self._running is not None

    async def _end_session(self) -> None:
        """Stop all that runs, start nothing that waits, and close the session."""
        self._inbox.forget()
        self._bench.notices.discard()
        await self._interrupt()
        # After the interrupt: the end of a task begins what nobody would stop any more.
        await self._idle.stop()
        await self._suggester.stop()
        if alive := [task.command for task in self._session.tools.background.alive]:
            tell_gone(self._session, alive)
        await self._bench.close()
        self._session.close()

    async def _replace_session(self) -> Session:
        await self._end_session()
        self._session = self._new_session(self._session.working_dir, self._session.mode)
        self._equip()
        self._desk.forget_caller()
        self._session.opened()
        await self._settle_in(None)
        return self._session

    async def _open_other(self, session_id: str) -> None:
        """Go over to a stored session; this one ends when the other is at hand."""
        if self._busy(tr("The session")):
            return
        before = self._session
        try:
            path = await asyncio.to_thread(stored_path, session_id)
            if path == before.journal.path:
                before.emit(events.Notice(level="info", text=tr("This session is open already.")))
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
            entry = entry_for(
                stored, self._desk.settings, self._desk.entry, chosen=self._entry_chosen
            )
        except SessionError:
            opened.lock.release()
            raise
        if end_current is not None:
            await end_current()
        await self._desk.use(entry)
        self._desk.forget_caller()
        self._desk.reasoning_level = reasoning_level(stored.reasoning_level)
        before = self._session
        working_dir = opened.working_dir or before.working_dir
        self._session = self._new_session(working_dir, before.mode, opened)
        self._equip()
        return opened

    async def _settle_in(self, opened: OpenedSession | None) -> None:
        """What follows the opening of a session: how it stands, and what is to be decided in it."""
        session = self._session
        level = self._desk.reasoning_level
        if opened is None and level != "off":
            session.emit(events.ReasoningLevelChanged(level=level))
        if opened is not None:
            retell_state(session, opened.stored)
            await recover(session, opened)
            if opened.working_dir is None:
                before = opened.stored.working_dir
                missing = (
                    tr("{before} is gone", before=before)
                    if before
                    else tr("Where it worked is not known")
                )
                session.warn(
                    tr(
                        "{missing}; the agent works in {working_dir}.",
                        missing=missing,
                        working_dir=session.working_dir,
                    )
                )
            await tell_if_cold(session, self._compressor, self._desk.caller)
        await self._bench.gate.open()

    def _equip(self) -> None:
        """Set up what serves the new session beside its tasks."""
        session, desk = self._session, self._desk
        self._may_suggest = False
        self._bench = Workbench(
            session,
            lambda: desk.settings,
            lambda: desk.entry,
            attended=self._attended,
            wake=lambda: self._commands.put_nowait(_BackgroundEnded()),
        )
        self._compressor = Compressor(session, lambda: desk.settings)
        self._switcher = TaskSwitcher(session, self._bench.files, self._compressor)
        self._idle = IdleWatch(session, self._compressor, desk.caller)
        self._suggester = Suggester(session, desk, self._suggests)
        self._adjustments = Adjustments(
            session,
            desk,
            self._bench,
            self._compressor,
            load=self._load,
            replace_session=self._replace_session,
            busy=self._busy,
        )

    def _new_session(
        self, working_dir: Path, mode: PermissionMode, opened: OpenedSession | None = None
    ) -> Session:
        desk = self._desk
        return Session(
            working_dir=working_dir,
            mode=mode,
            model=desk.model,
            simulated=desk.entry is None,
            deliver=self._deliver,
            limits=limits_of(desk.settings),
            web=desk.settings.web,
            stored=opened.stored if opened else None,
            lock=opened.lock if opened else None,
        )

    def _queue_changed(self, waiting: tuple[Waiting, ...]) -> None:
        self._session.emit(events.QueueChanged(waiting=tuple(item.told for item in waiting)))
