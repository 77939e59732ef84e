"""What stands around the tools of one session: approvals, hooks, trust, undo and background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from clacky_tui.agent.approvals import Approvals
from clacky_tui.agent.background_notices import BackgroundNotices
from clacky_tui.agent.hooks import Hooks
from clacky_tui.agent.project_gate import ProjectGate
from clacky_tui.agent.questions import Questions
from clacky_tui.agent.session import Session
from clacky_tui.agent.shell_line import ShellLine
from clacky_tui.agent.time_machine import TaskFiles
from clacky_tui.agent.tool_calls import ToolCalls
from clacky_tui.agent.tool_run import ToolRunner
from clacky_tui.commands import AnswerTrust, Approve
from clacky_tui.config.hooks import ShellHooks, joined_hooks
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.i18n import tr
from clacky_tui.providers.presets import supports_vision
from clacky_tui.tools.terminal.guard import warm_shell


class Workbench:
    """Serves one session from its opening to its close.

    Args:
        session: whose tools it stands around.
        settings: those that hold at the moment.
        entry: the model that answers at the moment; None is the demo model.
        attended: False when nobody can be asked.
        wake: called when the model should hear of the end of a background task.
    """

    def __init__(
        self,
        session: Session,
        settings: Callable[[], Settings],
        entry: Callable[[], ModelEntry | None],
        *,
        attended: bool,
        wake: Callable[[], None],
    ) -> None:
        self._session = session
        self._settings = settings
        self._entry = entry
        self._attended = attended
        self._stops: set[asyncio.Task[None]] = set()
        self._warming: asyncio.Task[None] | None = None
        self.approvals: Questions[Approve] = Questions()
        self.trust: Questions[AnswerTrust] = Questions()
        self.gate = ProjectGate(session, self.trust, attended=attended)
        self.hooks = Hooks(session, self._shell_hooks, self.secrets)
        self.files = TaskFiles(session)
        session.tools.tasks = self.files
        self.notices = BackgroundNotices(session, wake, self.secrets)

    def warm_shell(self) -> None:
        """Start the session's shell while the model thinks, so that its first command is instant."""
        if self._warming is None:
            self._warming = asyncio.create_task(warm_shell(self._session.tools))

    def tool_calls(self) -> ToolCalls:
        """What runs the calls of one task."""
        return ToolCalls(
            self._session,
            Approvals(self._session, self.approvals, attended=self._attended),
            self.hooks,
            ToolRunner(
                self._session,
                self.files,
                attended=self._attended,
                unmasked=self._settings().send_unmasked_to_model,
                known=self.secrets,
            ),
            parallel=self._settings().parallel_tools,
            sees_images=self._sees_images,
        )

    def shell_line(self) -> ShellLine:
        """What runs a command of the person's own."""
        approvals = Approvals(self._session, self.approvals, attended=self._attended)
        return ShellLine(self._session, approvals, self.secrets)

    def secrets(self) -> frozenset[str]:
        """Every configured key."""
        entry = self._entry()
        own = entry.api_key.get_secret_value() if entry else ""
        return self._settings().secrets | ({own} if own else frozenset())

    def approve_all(self) -> None:
        """Answer yes to everything that is open: the person switched asking off."""
        for request_id in self.approvals.open_ids:
            self.approvals.answer(request_id, Approve(request_id=request_id, answer="yes"))

    def stop_background(self, handle: str) -> None:
        """Stop it beside everything else: a stubborn process takes seconds to end."""

        async def stop() -> None:
            if not await self.notices.stop(handle):
                self._session.warn(tr("No background task {handle} is running.", handle=handle))

        task = asyncio.create_task(stop())
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def close(self) -> None:
        """End everything that still runs for the session."""
        if self._warming is not None:
            await asyncio.wait({self._warming})
        await self.gate.close()
        await self.hooks.close()
        await self._session.tools.close()
        await self.files.close()

    async def _shell_hooks(self) -> ShellHooks:
        return joined_hooks(self._settings().hooks, await self.gate.hooks())

    def _sees_images(self) -> bool:
        entry = self._entry()
        return entry is None or supports_vision(entry.model, entry.base_url)
