"""One tool call under way: its own live output, its time limit, and secrets masked in its result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from clacky_tui import events
from clacky_tui.agent.questions import new_request_id
from clacky_tui.agent.session import Session
from clacky_tui.agent.tool_results import INTERRUPTED, failure
from clacky_tui.domain.messages import ToolCall
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.redact import mask_tokens, redact
from clacky_tui.domain.todos import TodoList
from clacky_tui.domain.verdict import RiskClass, Verdict
from clacky_tui.errors import ToolError
from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Tool, ToolResult
from clacky_tui.tools.request_user_feedback import feedback_request

FEEDBACK_TOOL = "request_user_feedback"
NOBODY_THERE = "Nobody is there to answer. Decide sensibly yourself, say what you chose, and go on."
MASKED_NOTE = "\n[Secrets in this output are masked. Never write the masked text into a file.]"

LIMITS_SECONDS: Mapping[str, float] = {
    "file_reader": 120,
    "write": 60,
    "edit": 60,
    "glob": 60,
    "grep": 60,
    "web_search": 90,
    "web_fetch": 90,
    "todo_manager": 10,
    "undo_task": 120,
    "redo_task": 120,
    "list_tasks": 30,
    "browser": 180,
    "trash_manager": 120,
}
"""Longest run of a call. Tools that are not named have a limit of their own, or wait for a person."""


@dataclass(slots=True)
class ToolRun:
    """A call on its way from the model's words to its result.

    Attributes:
        verb, subject: the line a person reads.
        arguments: as they will be used, after hooks.
        note: what the model must know besides the result; follows it.
        error: why the tool broke off; empty when it did not.
        asked: it put a question to the person.
        done: the result is in the conversation.
    """

    call: ToolCall
    name: str
    verb: str
    subject: str = ""
    tool: Tool | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    result: ToolResult | None = None
    duration_seconds: float = 0.0
    note: str = ""
    error: str = ""
    asked: bool = False
    done: bool = False


class FileWatch(Protocol):
    """Takes note of the files that calls change."""

    def recording(self, run: ToolRun) -> AbstractAsyncContextManager[None]:
        """Around the execution of a call."""
        ...


class ToolRunner:
    """Executes prepared calls of one session.

    Args:
        session: whose context the tools get.
        files: watches what they change.
        attended: False answers the model's questions automatically.
        unmasked: True lets the model read secrets in results.
        known: gives the configured keys, which are masked wherever they turn up.
        limits: seconds by tool name.
    """

    def __init__(
        self,
        session: Session,
        files: FileWatch,
        *,
        attended: bool,
        unmasked: bool,
        known: Callable[[], frozenset[str]],
        limits: Mapping[str, float] = LIMITS_SECONDS,
    ) -> None:
        self._session = session
        self._files = files
        self._attended = attended
        self.unmasked = unmasked
        self.known = known
        self._limits = limits

    async def execute(self, run: ToolRun) -> None:
        """Run the tool and put its result, or what went wrong, into `run`."""
        session, tool = self._session, run.tool
        assert tool is not None
        context = session.tools.for_call(self._output_of(run))
        limit = self._limits.get(run.name)
        started = time.monotonic()
        try:
            async with self._files.recording(run), asyncio.timeout(limit) as deadline:
                run.result = await tool.run(run.arguments, context)
        except ToolError as error:
            run.error = error.message
        except TimeoutError as error:
            if not deadline.expired():
                run.error = phrase(
                    "{name} failed: {kind}: {error}",
                    name=run.name,
                    kind=type(error).__name__,
                    error=error,
                )
            else:
                run.error = phrase(
                    "{name} was stopped after {limit:g} s, its time limit. Ask for less at once, "
                    "or do it in parts with terminal.",
                    name=run.name,
                    limit=limit,
                )
        except asyncio.CancelledError:
            run.result = INTERRUPTED
            raise
        except Exception as error:  # noqa: BLE001  a broken tool must not end the session
            run.error = phrase(
                "{name} failed: {kind}: {error}",
                name=run.name,
                kind=type(error).__name__,
                error=error,
            )
        finally:
            run.duration_seconds = time.monotonic() - started
        if context.todos is not session.tools.todos:
            session.tools.todos = context.todos
            session.emit(todos_event(context.todos))
        if run.name == FEEDBACK_TOOL and run.result is not None and run.result.ok:
            run.asked = self._put_question(run.arguments)
            if not run.asked:
                run.result = ToolResult(NOBODY_THERE, phrase("answered automatically"))
        run.result = self._masked(run, run.result or failure(run.error))

    def _output_of(self, run: ToolRun) -> Callable[[str], None]:
        """Where the call's live output goes; a secret is never shown piece by piece."""
        call_id = run.call.id
        if _is_secret_read(run):
            return lambda text: None
        known = self.known()
        return lambda text: self._session.emit(
            events.ToolOutput(call_id=call_id, text=mask_tokens(text, known))
        )

    def _masked(self, run: ToolRun, result: ToolResult) -> ToolResult:
        """`result` without secrets; what the model reads keeps them where the person chose so."""
        mask, known = redact if _is_secret_read(run) else mask_tokens, self.known()
        shown = replace(
            result,
            output=mask(result.output or result.content, known),
            card=None if result.card is None else _masked_values(result.card, mask, known),
        )
        if self.unmasked:
            return shown
        content = mask(result.content, known)
        return shown if content == result.content else replace(shown, content=content + MASKED_NOTE)

    def _put_question(self, arguments: Mapping[str, Any]) -> bool:
        """Ask the person; False when nobody is there and the question answers itself."""
        request_id = new_request_id()
        session = self._session
        asked = feedback_request(arguments)
        session.emit(
            events.FeedbackAsked(
                request_id=request_id,
                question=asked.question,
                context=asked.context,
                options=asked.options,
            )
        )
        if self._attended and session.mode is not PermissionMode.AUTO_APPROVE:
            return True
        session.emit(
            events.FeedbackAnswered(request_id=request_id, text=NOBODY_THERE, automatic=True)
        )
        return False


def todos_event(todos: TodoList) -> events.TodosChanged:
    """The whole list as an event."""
    return events.TodosChanged(
        items=tuple(
            events.TodoItem(id=todo.id, task=todo.task, status=todo.status) for todo in todos.items
        )
    )


def _is_secret_read(run: ToolRun) -> bool:
    return run.verdict is not None and run.verdict.risk is RiskClass.SECRET_READ


def _masked_values(
    card: Mapping[str, Any], mask: Callable[[str, frozenset[str]], str], known: frozenset[str]
) -> dict[str, Any]:
    def masked(value: Any) -> Any:
        match value:
            case str():
                return mask(value, known)
            case Mapping():
                return {name: masked(item) for name, item in value.items()}
            case list() | tuple():
                return [masked(item) for item in value]
            case _:
                return value

    return {name: masked(value) for name, value in card.items()}
