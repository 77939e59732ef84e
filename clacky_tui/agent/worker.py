"""The agent worker: commands in, events out. It knows no front end and calls none."""

from __future__ import annotations

import asyncio
from pathlib import Path

from clacky_tui import commands, events
from clacky_tui.agent.inbox import Inbox, Waiting
from clacky_tui.agent.model_call import ModelCaller
from clacky_tui.agent.questions import Questions
from clacky_tui.agent.session import Emit, Session
from clacky_tui.agent.target import Target, configured_target, demo_target
from clacky_tui.agent.task import Task
from clacky_tui.agent.tool_calls import ToolCalls
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode

_LATER = "This command is not part of this version yet."


class AgentWorker:
    """Runs one session at a time on the event loop that `run` is awaited on.

    Args:
        settings: models and budgets.
        deliver: receives every envelope, on the worker's loop.
        working_dir: where the agent works.
        mode: how much runs without asking.
        entry: the model to use; None starts the embedded demo model.
    """

    def __init__(
        self,
        settings: Settings,
        deliver: Emit,
        *,
        working_dir: Path,
        mode: PermissionMode = PermissionMode.CONFIRM_SAFES,
        entry: ModelEntry | None = None,
    ) -> None:
        self._settings = settings
        self._deliver = deliver
        self._entry = entry
        self._commands: asyncio.Queue[commands.Command] = asyncio.Queue()
        self._questions = Questions()
        self._inbox = Inbox(self._queue_changed)
        self._running: asyncio.Task[None] | None = None
        self._target: Target | None = None
        self._working_dir = working_dir
        self._session = self._new_session(mode)

    def send(self, command: commands.Command) -> None:
        """Hand over a command. From another thread go through `loop.call_soon_threadsafe`."""
        self._commands.put_nowait(command)

    async def run(self) -> None:
        """Serve commands until `Shutdown`; `session.closed` is the last event."""
        self._session.opened()
        for problem in self._settings.problems:
            self._session.emit(events.Notice(level="warning", text=problem))
        try:
            while not isinstance(command := await self._commands.get(), commands.Shutdown):
                await self._serve(command)
        finally:
            self._inbox.take_all()
            await self._interrupt()
            self._session.close()
            if self._target is not None:
                await self._target.close()

    async def _serve(self, command: commands.Command) -> None:
        match command:
            case commands.Submit():
                self._submit(command)
            case commands.Interrupt():
                await self._interrupt()
            case commands.Approve():
                self._questions.answer(command)
            case commands.AnswerFeedback():
                answered = events.FeedbackAnswered(request_id=command.request_id, text=command.text)
                self._session.emit(answered)
                self._submit(commands.Submit(text=command.text))
            case commands.EditQueued():
                self._inbox.edit(command.client_id, command.text)
            case commands.SetMode():
                self._set_mode(PermissionMode(command.mode))
            case commands.NewSession():
                await self._replace_session()
            case commands.RenameSession():
                self._session.name = command.name
                self._session.emit(events.SessionTitled(name=command.name))
            case _:
                self._session.emit(events.Notice(level="warning", text=_LATER))

    def _submit(self, command: commands.Submit) -> None:
        if self._running is not None:
            self._inbox.put(Waiting(command.client_id, command.text))
            return
        self._start(command.text, command.attachments, command.client_id)

    def _start(self, text: str, attachments: tuple[str, ...], client_id: str) -> None:
        tool_calls = ToolCalls(self._session, self._questions)
        task = Task(self._session, self._open_caller, tool_calls, self._inbox, self._settings)
        self._running = asyncio.create_task(task.run(text, attachments, client_id))
        self._running.add_done_callback(self._task_over)

    def _task_over(self, _: asyncio.Task[None]) -> None:
        """Messages that came too late for the last task start the next one."""
        self._running = None
        if item := self._inbox.take_first():
            self._start(item.text, (), item.client_id)

    async def _interrupt(self) -> None:
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.wait([self._running])

    async def _open_caller(self) -> ModelCaller:
        """What asks the model, opened on first need so that starting the app costs nothing."""
        if self._target is None:
            self._target = await asyncio.to_thread(self._make_target)
        ledger = default_ledger(simulated=self._target.simulated)
        return ModelCaller(self._session, self._target, ledger, self._settings.max_output_tokens)

    def _make_target(self) -> Target:
        return configured_target(self._entry) if self._entry else demo_target()

    def _set_mode(self, mode: PermissionMode) -> None:
        self._session.mode = mode
        self._session.emit(events.ModeChanged(mode=mode.value))
        if mode is not PermissionMode.CONFIRM_SAFES:
            self._questions.approve_all()

    async def _replace_session(self) -> None:
        self._inbox.take_all()
        await self._interrupt()
        self._session.close()
        self._session = self._new_session(self._session.mode)
        self._session.opened()

    def _new_session(self, mode: PermissionMode) -> Session:
        return Session(
            working_dir=self._working_dir,
            mode=mode,
            model=self._entry.model if self._entry else "demo",
            simulated=self._entry is None,
            deliver=self._deliver,
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
