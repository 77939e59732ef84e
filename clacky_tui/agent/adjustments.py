"""What a person may set about a session: its name, mode, model, reasoning level and folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from clacky_tui import commands, events
from clacky_tui.agent.budget_watch import limits_of
from clacky_tui.agent.cold_start import tell_if_switch_is_cold
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.model_desk import ModelDesk
from clacky_tui.agent.session import Session, existing_folder
from clacky_tui.agent.workbench import Workbench
from clacky_tui.config.settings import ModelEntry, Settings, select_model
from clacky_tui.config.writing import save_default_model
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr
from clacky_tui.providers.base import ReasoningLevel

Adjustment = (
    commands.SetMode
    | commands.SetModel
    | commands.SetReasoningLevel
    | commands.SetWorkingDir
    | commands.RenameSession
    | commands.ReloadConfig
)


class Adjustments:
    """Makes them in one session, and tells what they cost.

    Args:
        session: the one at hand.
        desk: knows the model.
        bench: has the open questions, and the project's trust.
        compressor: knows how long the conversation is.
        load: reads the settings anew; called in a thread.
        replace_session: puts a new session in the place of this one and returns it.
        busy: True, and said, while a task runs under which the thing named cannot be changed.
    """

    def __init__(
        self,
        session: Session,
        desk: ModelDesk,
        bench: Workbench,
        compressor: Compressor,
        *,
        load: Callable[[], Settings],
        replace_session: Callable[[], Awaitable[Session]],
        busy: Callable[[str], bool],
    ) -> None:
        self._session = session
        self._desk = desk
        self._bench = bench
        self._compressor = compressor
        self._load = load
        self._replace_session = replace_session
        self._busy = busy

    async def make(self, adjustment: Adjustment) -> None:
        """Do it; what cannot be done is told and changes nothing."""
        match adjustment:
            case commands.SetMode(mode=mode):
                self._set_mode(PermissionMode(mode))
            case commands.SetModel():
                await self._set_model(adjustment)
            case commands.SetReasoningLevel(level=level):
                await self._set_reasoning_level(level)
            case commands.SetWorkingDir(path=path):
                await self._set_working_dir(path)
            case commands.RenameSession(name=name):
                self._rename(name)
            case commands.ReloadConfig():
                await self._reload_config()

    def _set_mode(self, mode: PermissionMode) -> None:
        self._session.mode = mode
        self._session.emit(events.ModeChanged(mode=mode.value))
        if mode is not PermissionMode.CONFIRM_SAFES:
            self._bench.approve_all()

    def _rename(self, name: str) -> None:
        words = " ".join(name.split())
        if not words:
            self._session.warn(tr("A session needs a name; it keeps the one it has."))
            return
        self._session.name = words
        self._session.emit(events.SessionTitled(name=words))

    async def _set_model(self, command: commands.SetModel) -> None:
        if self._busy(tr("The model")):
            return
        try:
            entry = select_model(self._desk.settings, command.model)
        except ConfigError as error:
            self._session.warn(str(error))
            return
        session = await self._use(entry)
        if command.make_default and entry is not None:
            await self._keep_as_default(entry, session)

    async def _keep_as_default(self, entry: ModelEntry, session: Session) -> None:
        try:
            await asyncio.to_thread(save_default_model, entry)
        except (ConfigError, OSError) as error:
            session.warn(
                tr(
                    "{model} answers in this session, but not by default: {error}",
                    model=entry.model,
                    error=error,
                )
            )
            return
        self._desk.settings = await asyncio.to_thread(self._load)
        text = tr("{model} is the model of new sessions from now on.", model=entry.model)
        session.emit(events.Notice(level="success", text=text))

    async def _use(self, entry: ModelEntry | None) -> Session:
        """Ask `entry` from now on; returns the session in which it answers.

        Leaving the demo model, or going there, opens a new one: pretended money and real money must
        never be summed up in one session.
        """
        session, before = self._session, self._desk.entry
        session.fills_reasoning = False
        await self._desk.use(entry)
        if (before is None) != (entry is None):
            return await self._replace_session()
        session.model = self._desk.model
        session.emit(events.ModelChanged(model=session.model, simulated=entry is None))
        await tell_if_switch_is_cold(session, self._compressor, self._desk, session.model)
        return session

    async def _set_reasoning_level(self, level: ReasoningLevel) -> None:
        if level == self._desk.reasoning_level:
            return
        self._desk.reasoning_level = level
        self._session.emit(events.ReasoningLevelChanged(level=level))
        what = tr("{model} at the reasoning level {level}", model=self._desk.model, level=level)
        await tell_if_switch_is_cold(self._session, self._compressor, self._desk, what)

    async def _set_working_dir(self, path: str) -> None:
        session = self._session
        if self._busy(tr("The working directory")):
            return
        try:
            folder = await asyncio.to_thread(existing_folder, session.tools.resolve(path))
        except (OSError, ValueError, RuntimeError):
            session.warn(
                tr(
                    "{path!r} is not a directory; the agent stays in {working_dir}.",
                    path=path,
                    working_dir=session.working_dir,
                )
            )
            return
        session.tools.working_dir = folder
        session.emit(events.WorkingDirChanged(path=str(folder)))
        await self._bench.gate.open()

    async def _reload_config(self) -> None:
        if self._busy(tr("The configuration")):
            return
        session, desk = self._session, self._desk
        settings = desk.settings = await asyncio.to_thread(self._load)
        session.budget.set_limits(limits_of(settings))
        session.tools.web = settings.web
        for problem in settings.problems:
            session.warn(problem)
        entry = settings.default_model
        if desk.entry is not None and entry is not None:
            same = (e for e in settings.models if e.model == session.model)
            entry = next(same, entry)
        if entry != desk.entry:
            session = await self._use(entry)
        else:
            desk.forget_caller()
        session.emit(events.Notice(level="info", text=tr("The configuration was read again.")))
