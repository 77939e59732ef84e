"""What else has a say in tool calls: functions of the program and commands of the person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from clacky_tui.agent.session import Session
from clacky_tui.agent.shell_hook import ALLOW, HookAnswer, run_shell_hook
from clacky_tui.config.hooks import HOOK_EVENTS, HookEvent, ShellHook, ShellHooks
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr

Hook = Callable[[Mapping[str, Any]], Awaitable[HookAnswer]]
"""Gets the same input as a command gets on stdin."""


class Hooks:
    """The hooks of one session. Any deny wins; a hook that fails by a defect is told and passed over.

    Args:
        session: whose calls they are about; gets notices.
        shell: gives the commands by event, those that hold at the moment.
        known: gives the secrets to keep out of their environment.
    """

    def __init__(
        self,
        session: Session,
        shell: Callable[[], Awaitable[ShellHooks]],
        known: Callable[[], frozenset[str]],
    ) -> None:
        self._session = session
        self._shell = shell
        self._known = known
        self._functions: dict[str, list[Hook]] = {}
        self._unwatched: set[asyncio.Task[HookAnswer]] = set()

    def register(self, event: HookEvent, hook: Hook) -> None:
        """Call `hook` on `event`, before any command.

        Raises:
            ConfigError: there is no such event.
        """
        if event not in HOOK_EVENTS:
            raise ConfigError(f"There is no hook event {event!r}.", hint=", ".join(HOOK_EVENTS))
        self._functions.setdefault(event, []).append(hook)

    async def before_tool_use(self, tool: str, arguments: Mapping[str, Any]) -> HookAnswer:
        """Ask every hook about a call, one after the other; the first deny ends it.

        Each gets the arguments as the ones before left them. The answer carries them when any
        hook changed them; they are not validated yet.
        """
        changed: Mapping[str, Any] | None = None
        given = self._input("before_tool_use", tool_name=tool, tool_input=arguments)
        for ask in await self._asked("before_tool_use", tool):
            answer = await ask(given)
            if answer.action == "deny":
                return answer
            if answer.arguments is not None:
                changed = answer.arguments
                given = {**given, "tool_input": changed}
        return HookAnswer(arguments=changed)

    async def tell(self, event: HookEvent, tool: str = "", **fields: Any) -> None:
        """Let the hooks of `event` know; what they answer changes nothing.

        Args:
            event: any but ``before_tool_use``.
            tool: the tool's name, for events about a call.
            fields: the rest of their input, as JSON values.
        """
        if tool:
            fields["tool_name"] = tool
        given = self._input(event, **fields)
        for ask in await self._asked(event, tool):
            await ask(given)

    async def close(self) -> None:
        """End the commands nobody waits for."""
        for task in self._unwatched:
            task.cancel()
        await asyncio.gather(*self._unwatched, return_exceptions=True)

    def _input(self, event: HookEvent, **fields: Any) -> dict[str, Any]:
        session = self._session
        place = {"session_id": session.id, "working_dir": str(session.working_dir)}
        return {"event": event, **place, **fields}

    async def _asked(self, event: HookEvent, tool: str) -> list[Hook]:
        commands = (await self._shell()).get(event, ())
        return [
            *map(self._guarded, self._functions.get(event, ())),
            *(self._command(hook) for hook in commands if hook.matches(tool)),
        ]

    def _guarded(self, function: Hook) -> Hook:
        async def ask(given: Mapping[str, Any]) -> HookAnswer:
            try:
                return await function(given)
            except Exception as error:  # noqa: BLE001  somebody else's defect stops no task
                self._session.warn(
                    tr("A hook failed: {name}: {error}", name=type(error).__name__, error=error)
                )
                return ALLOW

        return ask

    def _command(self, hook: ShellHook) -> Hook:
        async def ask(given: Mapping[str, Any]) -> HookAnswer:
            running = run_shell_hook(hook, given, self._session.working_dir, self._known())
            if hook.block:
                return await running
            task = asyncio.create_task(running)
            self._unwatched.add(task)
            task.add_done_callback(self._unwatched.discard)
            return ALLOW

        return ask
