"""A command the person types after ``!``: run in their own name, unasked and without the model.

It goes through the terminal tool, so it has the session's folder, environment and trash. What it
changes is the person's own work: the time machine does not record it as a task's. Command and output
are appended to the conversation, so that the model reads them with the next request.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from clacky_tui import events
from clacky_tui.agent.approvals import Approvals
from clacky_tui.agent.questions import new_request_id
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.tool_run import MASKED_NOTE
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.redact import mask_tokens, redact
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.errors import ToolError
from clacky_tui.i18n import phrase, tr
from clacky_tui.tools.base import ToolResult
from clacky_tui.tools.terminal.limit import OUTPUT_LIMIT_BYTES, tail_bytes
from clacky_tui.tools.terminal.tool import Terminal

VERB = "!"
PROGRESS = "shell"
"""Handle of the progress event that stands for a running command."""

_CONTEXT = """\
[The user ran a command themselves, in {folder}. It is no request: take note of it.]
$ {command}
{content}"""
_NEEDS_A_TERMINAL = """\
[It wants a terminal of its own and was stopped. It can be run in another window.]"""


class ShellLine:
    """Runs such commands for one session, one at a time.

    Args:
        session: whose conversation they join.
        approvals: judges commands; nothing is asked, but what reads secrets is shown without them.
        known: gives the configured keys, masked wherever they turn up.
    """

    def __init__(
        self, session: Session, approvals: Approvals, known: Callable[[], frozenset[str]]
    ) -> None:
        self._session = session
        self._approvals = approvals
        self._known = known
        # A person sees what comes and stops it when it is enough: nothing is timed or moved away.
        self._terminal = Terminal(
            limit_seconds=math.inf, quiet_seconds=math.inf, moves_slow_commands=False
        )

    async def run(self, command: str) -> None:
        """Run `command` until it ends or this task is cancelled; either way it is told."""
        session, call_id = self._session, new_request_id()
        known, shown = self._known(), mask_tokens(command, self._known())
        mask = mask_tokens
        printed = ""

        def show(text: str) -> None:
            nonlocal printed
            if mask is redact:
                return  # a secret is never shown piece by piece
            piece = mask(text, known)
            printed = tail_bytes(printed + piece, OUTPUT_LIMIT_BYTES)
            session.emit(events.ToolOutput(call_id=call_id, text=piece))

        session.emit(
            events.ToolProposed(
                call_id=call_id,
                name=self._terminal.name,
                verb=VERB,
                subject=shown,
                arguments={"command": shown},
            )
        )
        session.emit(events.ToolStarted(call_id=call_id))
        progress = events.Progress(handle=PROGRESS, activity="tool", text=tr("your command"))
        session.emit(progress)
        started = time.monotonic()
        try:
            verdict = await self._approvals.verdict(self._terminal.name, {"command": command})
            if verdict.risk is RiskClass.SECRET_READ:
                mask = redact
            context = session.tools.for_call(show)
            result = await self._terminal.run({"command": command}, context)
            result = await self._without_waiting(result)
        except ToolError as error:
            result = ToolResult(error.message, "failed", ok=False)
        except asyncio.CancelledError:
            result = _interrupted(printed)
        except Exception as error:  # noqa: BLE001  a defect must not leave a command without an end
            where = f"{type(error).__name__}: {error}"
            result = ToolResult(
                phrase("The command could not be run: {where}.", where=where), "failed", ok=False
            )
        finally:
            session.emit(progress.model_copy(update={"done": True}))
        session.emit(
            events.ToolFinished(
                call_id=call_id,
                name=self._terminal.name,
                ok=result.ok,
                summary=result.summary,
                duration_seconds=time.monotonic() - started,
                output=mask(result.output or result.content, known),
            )
        )
        content = mask(result.content, known)
        if content != result.content:
            content += MASKED_NOTE
        note = _CONTEXT.format(folder=session.working_dir, command=shown.strip(), content=content)
        session.append(Message("user", note, Origin.SHELL, created_at=now()))
        session.sync()

    async def _without_waiting(self, result: ToolResult) -> ToolResult:
        """`result`, unless the command waits for keys that nobody can type; it is stopped then."""
        card = result.card or {}
        if card.get("status") != "waiting":
            return result
        await self._session.tools.background.stop(str(card.get("handle")))
        return ToolResult(_NEEDS_A_TERMINAL, "stopped", ok=False)


def _interrupted(printed: str) -> ToolResult:
    output = printed.strip("\n")
    return ToolResult(
        "\n".join(filter(None, [output, "[interrupted by the user]"])),
        "interrupted",
        ok=False,
        output=output,
    )
