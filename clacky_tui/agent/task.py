"""One task: from what the person asked to the model's last word, iteration by iteration."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from decimal import Decimal

from clacky_tui import events
from clacky_tui.agent.attachments import NOTHING_ATTACHED, read_attachments
from clacky_tui.agent.background_notices import BackgroundNotices
from clacky_tui.agent.bookkeeping import token_counts
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.context_gauge import gauge_context
from clacky_tui.agent.history import refusal_notice
from clacky_tui.agent.hooks import Hooks
from clacky_tui.agent.inbox import Inbox
from clacky_tui.agent.loop_guard import STOP, STOPPED_HINT, STOPPED_TEXT, LoopGuard
from clacky_tui.agent.model_call import ModelCaller, OpenCaller, Reply
from clacky_tui.agent.overflow import OverflowRecovery
from clacky_tui.agent.prompt import build_system_prompt, session_context
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.time_machine import TaskFiles
from clacky_tui.agent.tool_calls import BatchOutcome, ToolCalls
from clacky_tui.config.settings import Settings
from clacky_tui.domain.messages import Message, Origin, Part, TextPart
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import BudgetError, ClackyError, ProviderError
from clacky_tui.i18n import phrase, tr, tr_noop
from clacky_tui.providers.overflow import is_overflow
from clacky_tui.providers.presets import context_window_tokens
from clacky_tui.tools.schema import tool_schemas

TRUNCATED_LIMIT = 3
"""Replies cut by the output limit after which the task gives up (spec/agent-core.md 1.6)."""

_TRUNCATED_NOTICE = """\
[SYSTEM] Your reply was cut at the output limit of {limit} tokens and its tool calls were dropped. \
Make the calls smaller: a skeleton first and edits after, arguments under 2000 characters, several \
calls instead of one."""
_OVERFLOW_HINT = tr_noop("""\
It was compressed as far as it goes: start a new session, or send less at once.""")


@dataclass(frozen=True, slots=True)
class _Before:
    """Session totals when the task began, to tell what the task itself used."""

    usage: Usage
    cost: Decimal
    requests: int
    unpriced_requests: int


class Task:
    """Runs one task of a session to its end.

    Args:
        session: changed as the task goes.
        open_caller: gives what asks the model; may raise `ConfigError` or start the demo model.
        tool_calls: runs what the model calls.
        inbox: messages that arrive meanwhile; those for this task join it.
        notices: ends of background tasks the model has not heard of.
        hooks: told when the task starts, asks the model and is over.
        files: told when the task begins and ends.
        compressor: keeps the conversation within the model's window.
        settings: budgets and limits.
    """

    def __init__(
        self,
        session: Session,
        open_caller: OpenCaller,
        tool_calls: ToolCalls,
        inbox: Inbox,
        notices: BackgroundNotices,
        hooks: Hooks,
        files: TaskFiles,
        compressor: Compressor,
        settings: Settings,
    ) -> None:
        self._session = session
        self._open_caller = open_caller
        self._caller: ModelCaller | None = None
        self._tool_calls = tool_calls
        self._inbox = inbox
        self._notices = notices
        self._hooks = hooks
        self._files = files
        self._compressor = compressor
        self._loop_guard = LoopGuard()
        self._settings = settings
        self._truncated = 0

    async def run(
        self, text: str, attachments: tuple[str, ...], client_id: str
    ) -> events.TaskOutcome:
        """Do the task and say how it ended; without a `text` the notices are what it is about.

        Whatever happens, `task.ended` is its last event and the journal is synced.
        """
        session = self._session
        session.begin_task(text)
        started = time.monotonic()
        before = _Before(session.usage, session.cost, session.requests, session.unpriced_requests)
        session.emit(events.TaskStarted(text=text, attachments=attachments, client_id=client_id))
        outcome: events.TaskOutcome = "error"
        try:
            session.name_after(text)
            await self._files.begin_task()
            await self._hooks.tell("on_start", input=text)
            await self._prepare(text, attachments)
            self._caller = await self._open_caller()
            outcome = await self._iterate(self._caller)
            await self._hooks.tell("on_complete", outcome=outcome)
        except asyncio.CancelledError:
            outcome = "cancelled"
            self._keep_partial_text()
        except BudgetError as error:
            outcome = "budget"
            self._fail(error)
        except ClackyError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001  a defect ends the task, never the session
            where = f"{type(error).__name__}: {error}"
            self._fail(
                ClackyError(
                    tr("The agent stumbled over its own defect: {where}.", where=where),
                    code="internal",
                    hint=tr("The session is intact; send the message again."),
                )
            )
        finally:
            await self._files.end_task()
            self._end(outcome, started, before)
        return outcome

    async def _prepare(self, text: str, attachments: tuple[str, ...]) -> None:
        session = self._session
        if not session.system_prompt:
            session.freeze_prompt(await asyncio.to_thread(build_system_prompt, session.working_dir))
        context = session_context(now().date(), session.model, session.working_dir)
        if session.history.last_context_text() != context:
            session.append(Message("user", context, Origin.SESSION_CONTEXT))
        if text:
            await self._append_user(text, attachments)

    async def _iterate(self, caller: ModelCaller) -> events.TaskOutcome:
        session = self._session
        while True:
            await caller.check_budgets(turns_done=session.iteration)
            session.iteration += 1
            await self._take_inbox()
            session.emit(events.IterationStarted())
            await self._hooks.tell("on_iteration", iteration=session.iteration)
            reply = await self._ask(caller)
            if reply.reason == "length":
                self._note_truncation(reply)
                continue
            self._append_reply(reply)
            await self._gauge(reply)
            if not reply.tool_calls:
                self._explain_odd_ending(reply)
                if self._inbox.steers or self._notices.wakes:
                    continue
                return "done"
            outcome = await self._tool_calls.run(reply.tool_calls)
            ending = self._after_batch(outcome)
            if ending is not None:
                return ending
            self._guard_against_loops(reply)

    async def _ask(self, caller: ModelCaller) -> Reply:
        """Ask the model, compressing the conversation before or when it turns out too long."""
        await self._compressor.compress_if_due(caller)
        recovery = OverflowRecovery(self._session, self._compressor)
        while True:
            try:
                reply = await caller.ask(tool_schemas())
            except ProviderError as error:
                if not is_overflow(error):
                    raise
                if not await recovery.step(caller):
                    raise ProviderError(
                        error.message,
                        code="context_overflow",
                        hint=tr(_OVERFLOW_HINT),
                        status=error.status,
                    ) from error
            else:
                self._compressor.note_reply(reply)
                return reply

    async def _gauge(self, reply: Reply) -> None:
        """Tell how full the model's window is, by the provider's own count where it gave one."""
        session = self._session
        gauge = await asyncio.to_thread(
            gauge_context,
            session.system_prompt,
            session.history.messages,
            tool_schemas(),
            window_tokens=context_window_tokens(session.model),
            counted_tokens=reply.usage.total_tokens if reply.usage else None,
        )
        session.emit(gauge)

    def _guard_against_loops(self, reply: Reply) -> None:
        """Tell a model that repeats its calls so, after their results; at last end the task.

        Raises:
            ClackyError: it was told often enough.
        """
        notice = self._loop_guard.observe(reply.tool_calls)
        if notice == STOP:
            raise ClackyError(tr(STOPPED_TEXT), code="loop", hint=tr(STOPPED_HINT))
        if notice is not None:
            self._session.append(Message("user", notice, Origin.NOTICE))

    def _after_batch(self, outcome: BatchOutcome) -> events.TaskOutcome | None:
        """How the task ends after this batch; None when it goes on."""
        if outcome.asked:
            return "awaiting_feedback"
        if outcome.denied and outcome.feedback:
            self._session.append(refusal_notice(outcome.feedback))
        elif outcome.denied:
            self._say(phrase("Stopped, because you refused this step. Tell me how to go on."))
            return "done"
        return None

    async def _take_inbox(self) -> None:
        """Put what arrived meanwhile into the conversation, the person's own words last."""
        if notice := self._notices.take():
            session = self._session
            session.append(Message("user", notice, Origin.NOTICE, task_id=session.task_id))
        while item := self._inbox.take_steering():
            await self._append_user(item.text, item.attachments)
            self._session.emit(events.SteerAccepted(text=item.text, client_id=item.client_id))

    async def _append_user(self, text: str, attachments: tuple[str, ...]) -> None:
        """What the person said, with the pictures sent along, then what the other files are."""
        session = self._session
        attached = NOTHING_ATTACHED
        try:
            if attachments:
                attached = await read_attachments(
                    attachments, session.tools, sees_images=self._tool_calls.sees_images()
                )
        finally:  # what was said stays said, also when reading the files is interrupted
            parts: tuple[Part, ...] = (TextPart(text), *attached.images)
            content = parts if attached.images else text
            session.append(
                Message("user", content, Origin.USER, task_id=session.task_id, created_at=now())
            )
        for problem in attached.problems:
            session.warn(problem)
        if attached.listing:
            listing = Message("user", attached.listing, Origin.NOTICE, task_id=session.task_id)
            session.append(listing)

    def _append_reply(self, reply: Reply) -> None:
        self._session.append(
            Message(
                "assistant",
                reply.text,
                Origin.MODEL,
                tool_calls=reply.tool_calls,
                reasoning=reply.reasoning,
                reasoning_signature=reply.reasoning_signature,
                task_id=self._session.task_id,
            )
        )

    def _note_truncation(self, reply: Reply) -> None:
        """Keep the text of a cut reply, drop its calls and ask for smaller ones."""
        session = self._session
        self._truncated += 1
        session.append(
            Message("assistant", reply.text or "...", Origin.MODEL, task_id=session.task_id)
        )
        if self._truncated >= TRUNCATED_LIMIT:
            raise ClackyError(
                tr(
                    "The reply hit the output limit {TRUNCATED_LIMIT} times.",
                    TRUNCATED_LIMIT=TRUNCATED_LIMIT,
                ),
                code="truncated",
                hint=tr("Ask for the work in smaller parts."),
            )
        limit = self._settings.max_output_tokens
        notice = _TRUNCATED_NOTICE.format(limit=limit)
        session.append(Message("user", notice, Origin.NOTICE))
        text = tr(
            "The reply was cut at the output limit ({truncated}/{TRUNCATED_LIMIT}).",
            truncated=self._truncated,
            TRUNCATED_LIMIT=TRUNCATED_LIMIT,
        )
        session.emit(events.Notice(level="warning", text=text))

    def _explain_odd_ending(self, reply: Reply) -> None:
        if reply.reason == "refusal":
            text = tr("The model declined to answer; its provider's filter stopped the reply.")
            self._session.emit(events.Notice(level="warning", text=text))
        elif not reply.text.strip():
            text = tr(
                "The model answered with nothing. Send the message again, or put it differently."
            )
            self._session.emit(events.Notice(level="warning", text=text))

    def _say(self, text: str) -> None:
        """Put words into the conversation in the assistant's name."""
        session = self._session
        session.append(Message("assistant", text, Origin.NOTICE, task_id=session.task_id))
        session.emit(events.TextDelta(text=tr(text)))
        session.emit(events.TextDone(text=tr(text)))

    def _keep_partial_text(self) -> None:
        """What was already shown stays in the conversation after an interrupt."""
        text = self._caller.take_partial_text() if self._caller else ""
        if text:
            self._session.append(
                Message("assistant", text, Origin.MODEL, task_id=self._session.task_id)
            )

    def _fail(self, error: ClackyError) -> None:
        self._keep_partial_text()
        self._session.emit(
            events.Failed(
                code=error.code,
                message=tr(error.message),
                hint=tr(error.hint),
                retryable=bool(getattr(error, "retryable", False)),
            )
        )

    def _end(self, outcome: events.TaskOutcome, started: float, before: _Before) -> None:
        session = self._session
        session.emit(
            events.TaskEnded(
                outcome=outcome,
                iterations=session.iteration,
                requests=session.requests - before.requests,
                duration_seconds=time.monotonic() - started,
                usage=token_counts(session.usage - before.usage),
                cost=session.cost - before.cost,
                unpriced_requests=session.unpriced_requests - before.unpriced_requests,
            )
        )
        session.end_task()
        session.sync()
