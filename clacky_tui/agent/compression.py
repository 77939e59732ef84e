"""Compression: the older part of a conversation gives way to a summary of it.

The request for the summary is the conversation itself with one instruction at its end, so the
provider reads all but that instruction from its cache. Nothing of the conversation is touched until
the answer is there; then it is replaced in one step. A failure or an interrupt leaves it as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Literal

from clacky_tui import events
from clacky_tui.agent import summary
from clacky_tui.agent.compression_plan import RECENT_TOKENS, Plan, plan_compression
from clacky_tui.agent.history import said_by_user, sendable
from clacky_tui.agent.model_call import ModelCaller, OpenCaller, Reply
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.summary import Answer, Said
from clacky_tui.agent.uncancelled import to_its_end
from clacky_tui.config.settings import Settings
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.token_estimate import conversation_tokens
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ClackyError, ProviderError
from clacky_tui.i18n import tr
from clacky_tui.providers.presets import context_window_tokens
from clacky_tui.sessions.chunks import Chunk, ChunkArchive
from clacky_tui.sessions.continuation import LastCompression
from clacky_tui.tools.schema import tool_schemas

Reason = Literal["threshold", "idle", "overflow", "asked"]

MAX_MESSAGES = 200
"""Above it, or above the threshold of the settings, it is due (spec/agent-core.md 4.1)."""
WINDOW_SHARE = 0.75
"""Of the model's window, where that is less than the threshold."""
RECENT_SHARE = 4
"""Part of the threshold that `RECENT_TOKENS` may not exceed, for small windows."""
LEAST_GAIN = 0.1
"""Share of the conversation a compression has to save."""
PAUSE_MESSAGES = 20
"""New messages before a compression that failed, was stopped or undone is tried again unasked."""
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class _Summarised:
    answer: Answer
    usage: Usage | None
    cost: Decimal | None


class Compressor:
    """Compresses one session's conversation.

    Args:
        session: its history is replaced when a compression succeeds.
        settings: those that hold at the moment.
    """

    def __init__(self, session: Session, settings: Callable[[], Settings]) -> None:
        self._session = session
        self._settings = settings
        self._reported_tokens = 0
        self._not_before_messages = 0
        self._running: asyncio.Task[None] | None = None
        self._last: LastCompression | None = None
        self.archive = ChunkArchive(session.id, session.journal.path.with_suffix(""))
        if session.stored is not None:
            going_on = session.stored.continuation
            self._reported_tokens = going_on.reported_tokens
            self._last = going_on.last_compression
            if going_on.compression_failed_at is not None:
                self._not_before_messages = going_on.compression_failed_at + PAUSE_MESSAGES

    @property
    def enabled(self) -> bool:
        """False compresses only when asked, or when the provider refuses the length."""
        return self._settings().enable_compression

    @property
    def may_begin(self) -> bool:
        """False also keeps it from beginning unasked for a while after one that came to nothing."""
        return self.enabled and len(self._session.history) >= self._not_before_messages

    @property
    def threshold_tokens(self) -> int:
        """Size of a request above which a compression is due."""
        threshold = self._settings().compression_threshold_tokens
        window = context_window_tokens(self._session.model)
        return threshold if window is None else min(threshold, int(window * WINDOW_SHARE))

    @property
    def context_tokens(self) -> int:
        """What the next request sends: as last reported or by estimate, whichever is more.

        The report misses what came after it, the estimate misses system prompt and tools.
        """
        return max(self._reported_tokens, conversation_tokens(self._session.history))

    @property
    def is_cached(self) -> bool:
        """True when the provider has been sent the conversation in its present form."""
        return self._reported_tokens > 0

    def note_reply(self, reply: Reply) -> None:
        """Learn the size of the conversation from a reply to it."""
        if reply.usage is not None:
            self._reported_tokens = reply.usage.total_tokens

    def forget_report(self) -> None:
        """The conversation is another one than the provider was sent last."""
        self._reported_tokens = 0

    def replace(self, messages: Sequence[Message]) -> None:
        """Put `messages` in the place of the conversation; the next request is a cold one."""
        self._session.replace_history(messages)
        self.forget_report()

    def plan(self) -> Plan | None:
        """What a compression would do now; None when it would not gain enough.

        The demo model never gets one: a script cannot summarise.
        """
        if self._session.simulated:
            return None
        messages = self._session.history.messages
        plan = plan_compression(messages, tokens=self.recent_tokens)
        enough = conversation_tokens(messages) * (1 - LEAST_GAIN)
        return plan if plan is not None and plan.tokens_after <= enough else None

    @property
    def recent_tokens(self) -> int:
        """Most tokens of the last messages that stay as they are."""
        return min(RECENT_TOKENS, self.threshold_tokens // RECENT_SHARE)

    async def compress_if_due(self, caller: ModelCaller) -> None:
        """Compress when the conversation has grown too long. A failure is told and stops nothing."""
        if not self.may_begin:
            return
        messages = len(self._session.history)
        if self.context_tokens <= self.threshold_tokens and messages <= MAX_MESSAGES:
            return
        if plan := self.plan():
            await self._stoppable(caller, plan, "threshold")

    async def compress_now(self, open_caller: OpenCaller) -> None:
        """Compress because the person asked for it; says so when that cannot be or gains nothing."""
        if plan := self.plan():
            try:
                await self._stoppable(await open_caller(), plan, "asked")
            except ClackyError as error:
                self.tell_failure(error)
            return
        text = tr("There is nothing to gain from compressing: the conversation is short.")
        if self._session.simulated:
            text = tr("The demo model is a script and cannot summarise; a real model can.")
        self._session.emit(events.Notice(level="info", text=text))

    async def undo(self, open_caller: OpenCaller) -> None:
        """Take the last compression back because the person asked for it; says so without one.

        What was said since follows the restored messages. The archive stays on the disk.
        """
        session, last = self._session, self._last
        messages = session.history.messages
        if last is None or messages[: len(last.after)] != last.after:
            text = tr("There is no compression that could be undone.")
            session.emit(events.Notice(level="info", text=text))
            return
        since = messages[len(last.after) :]
        before_tokens = self.context_tokens
        tokens = last.tokens + conversation_tokens(since)
        cold_cost = await _cold_cost(open_caller, tokens)
        self.replace((*last.before, *since))
        self._last = None
        self._not_before_messages = len(session.history) + PAUSE_MESSAGES
        session.emit(
            events.CompressionUndone(
                before_tokens=before_tokens,
                after_tokens=tokens,
                messages=len(session.history),
                cold_cost=cold_cost,
            )
        )
        session.sync()

    def stop(self) -> bool:
        """Stop only the compression that runs now; False when none does that could be stopped."""
        if self._running is None:
            return False
        return self._running.cancel()

    async def compress(self, caller: ModelCaller, plan: Plan, reason: Reason) -> None:
        """Carry out `plan`.

        Raises:
            ProviderError: there is no summary; the conversation is as it was.
        """
        session = self._session
        before = self.context_tokens
        session.emit(
            events.CompressionStarted(tokens=before, messages=len(session.history), reason=reason)
        )
        outcome: Literal["cancelled", "failed"] = "failed"
        summarised: _Summarised | None = None
        try:
            summarised = await self._summarise(caller, plan)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            if summarised is None:
                self._not_before_messages = len(session.history) + PAUSE_MESSAGES
                session.emit(
                    events.CompressionFinished(
                        outcome=outcome, before_tokens=before, after_tokens=before
                    )
                )
        await to_its_end(self._settle(plan, summarised, before))

    async def _stoppable(self, caller: ModelCaller, plan: Plan, reason: Reason) -> None:
        """Compress so that `stop` ends just this; a failure of the provider becomes a notice."""
        self._running = asyncio.create_task(self.compress(caller, plan, reason))
        try:
            await self._running
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
        except ProviderError as error:
            self.tell_failure(error)
        finally:
            self._running = None

    def tell_failure(self, error: ClackyError) -> None:
        """Say that a compression failed and that nothing is lost."""
        text = tr(
            "The conversation could not be compressed and stays as it is. {error}", error=error
        )
        self._session.emit(events.Notice(level="warning", text=text))

    async def _summarise(self, caller: ModelCaller, plan: Plan) -> _Summarised:
        messages = (*sendable(plan.asked), summary.instruction())
        usage: Usage | None = Usage()
        cost: Decimal | None = Decimal(0)
        for _ in range(ATTEMPTS):
            reply = await caller.ask(
                tool_schemas(), messages=messages, purpose="compression", quiet=True
            )
            usage = None if usage is None or reply.usage is None else usage + reply.usage
            cost = None if cost is None or reply.cost is None else cost + reply.cost
            answer = None if reply.tool_calls else summary.read_answer(reply.text)
            if answer is not None:
                return _Summarised(answer, usage, cost)
        raise ProviderError(tr("The model gave no summary when asked for one."), code="no_summary")

    async def _settle(self, plan: Plan, summarised: _Summarised, before_tokens: int) -> None:
        """Archive what leaves the conversation, replace it and say so."""
        session = self._session
        older, chunk = await self._archive(plan, summarised.answer.topics)
        name = chunk.name if chunk else ""
        said = [item for message in plan.archived for item in summary.said_in(message)]
        said += [Said(said_by_user(message), name) for message in plan.said]
        head = summary.summary_message(
            summarised.answer,
            said=said,
            todos=[f"{todo.id}: {todo.task}" for todo in session.tools.todos.pending],
            archived_count=len(plan.archived),
            chunk=chunk,
            older=older,
        )
        before = session.history.messages
        added_since = before[plan.message_count :]
        after = (*_context_of(plan), head, *plan.kept, *added_since)
        self.replace(after)
        self._last = LastCompression(before, after, before_tokens)
        usage = summarised.usage
        session.emit(
            events.CompressionFinished(
                outcome="done",
                before_tokens=before_tokens,
                after_tokens=self.context_tokens,
                cache_hit_rate=usage.cache_hit_rate if usage else None,
                cost=summarised.cost,
                summary=head.text,
            )
        )

    async def _archive(self, plan: Plan, topics: str) -> tuple[tuple[Chunk, ...], Chunk | None]:
        """The archives there were, and the new one; None when it cannot be written, which is told."""
        scaffolding = (Origin.SESSION_CONTEXT, Origin.NOTICE)
        content = [m for m in plan.archived if m.origin not in scaffolding or said_by_user(m)]
        write = partial(self.archive.write, content, topics=topics, archived_at=now())
        older: tuple[Chunk, ...] = ()
        try:
            older = await asyncio.to_thread(self.archive.chunks)
            return older, await asyncio.to_thread(write)
        except OSError as error:
            text = tr(
                "The compressed messages could not be archived ({strerror}).",
                strerror=error.strerror,
            )
            self._session.emit(events.Notice(level="warning", text=text))
            return older, None


def _context_of(plan: Plan) -> tuple[Message, ...]:
    """The newest session-context message when it would leave the conversation."""
    if any(message.origin is Origin.SESSION_CONTEXT for message in plan.kept):
        return ()
    contexts = (m for m in reversed(plan.archived) if m.origin is Origin.SESSION_CONTEXT)
    return tuple(message for message in [next(contexts, None)] if message is not None)


async def _cold_cost(open_caller: OpenCaller, tokens: int) -> Decimal | None:
    """USD for a request that reads `tokens` and finds none of them cached; None when not known."""
    try:
        rates = await (await open_caller()).rates(tokens)
    except ClackyError:
        return None  # the next message says why nobody can be asked
    return None if rates is None else tokens * max(rates.cache_write, rates.input) / 1_000_000
