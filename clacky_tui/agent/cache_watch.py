"""A session's dealings with the provider's cache: plans marks before a request, explains it after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clacky_tui import events
from clacky_tui.agent.cache_marks import CachePlanner
from clacky_tui.agent.prefix_digests import digest
from clacky_tui.domain.cache_audit import AuditedRequest, CacheAudit, Cause, Miss
from clacky_tui.domain.messages import Message, ToolSchema
from clacky_tui.domain.pricing import Price
from clacky_tui.domain.usage import Usage
from clacky_tui.i18n import tr
from clacky_tui.providers.base import (
    CACHE_LIFETIME_SECONDS,
    CacheLifetime,
    ModelRequest,
    ReasoningLevel,
)
from clacky_tui.providers.claude import takes_cache_marks
from clacky_tui.sessions.sent_request import SentRequest


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request with its marks, as it goes to `model` at `sent_at` (aware); `price` None if unknown."""

    request: ModelRequest
    model: str
    sent_at: datetime
    price: Price | None


class CacheWatch:
    """Lives as long as its session, across tasks and model switches."""

    def __init__(self) -> None:
        self._planner = CachePlanner()
        self._audit = CacheAudit()
        self._lifetime: CacheLifetime = "5m"
        self._last_used_at: datetime | None = None
        self._digested_tools: tuple[tuple[ToolSchema, ...], str] = ((), "")

    @property
    def lifetime_seconds(self) -> float:
        """How long the conversation stays cached after the last request that read it."""
        return CACHE_LIFETIME_SECONDS[self._lifetime]

    def is_cold(self, at: datetime) -> bool:
        """Whether the provider has forgotten the conversation by `at` (aware), as far as is known."""
        used = self._last_used_at
        return used is None or (at - used).total_seconds() >= self.lifetime_seconds

    def holds(
        self,
        messages: tuple[Message, ...],
        model: str,
        reasoning_level: ReasoningLevel,
        at: datetime,
    ) -> bool:
        """Whether `model` at this level may find some of `messages` cached at `at` (aware)."""
        return self._planner.holds(messages, _route(model, reasoning_level), at)

    def prepare(self, request: ModelRequest, model: str, price: Price | None) -> PreparedRequest:
        """`request` with marks for the model that is asked now; call it for every attempt anew.

        Args:
            request: its cache plan is replaced.
            model: what has the cache, as the ledger names it.
            price: what the request costs, None when that is not known.
        """
        at = now()
        # Only Claude is known to keep anything for an hour, so there is no choice to price elsewhere.
        rates = price.base if price and takes_cache_marks(model) else None
        route = _route(model, request.reasoning_level)
        plan = self._planner.plan(request.messages, route, at, rates)
        self._lifetime = plan.history_lifetime
        return PreparedRequest(replace(request, cache=plan), model, at, price)

    def observe(self, prepared: PreparedRequest, usage: Usage | None) -> events.CacheMissed | None:
        """Take note of a request that reached its provider; the event to emit if it missed the cache.

        `usage` is what the provider reported, None when it never did (cut off before that).
        """
        request = prepared.request
        self._planner.sent(
            request.messages,
            request.cache,
            _route(prepared.model, request.reasoning_level),
            prepared.sent_at,
            answered=usage is not None,
        )
        self._last_used_at = prepared.sent_at
        if usage is None:
            return None
        rates = prepared.price.rates_for(usage) if prepared.price else None
        miss = self._audit.observe(self._audited(prepared, usage), rates)
        return None if miss is None else _event(miss, prepared)

    def expect_cold_request(self) -> None:
        """The history was replaced, or another address is asked; the one cold request is no miss."""
        self._audit.forget()

    def note_of(
        self, prepared: PreparedRequest, usage: Usage | None, *, fills_reasoning: bool
    ) -> SentRequest:
        """What `restore` needs of a request after the process has ended."""
        request = prepared.request
        prefixes = self._planner.prefixes.of(request.messages)
        return SentRequest(
            at=prepared.sent_at,
            model=prepared.model,
            reasoning_level=request.reasoning_level,
            marks=tuple((index, prefixes[index]) for index in request.cache.marks),
            lifetime=request.cache.history_lifetime,
            tools_digest=self._digest_tools(request.tools),
            message_count=len(prefixes),
            last_prefix=prefixes[-1] if prefixes else "",
            fills_reasoning=fills_reasoning,
            usage=usage,
        )

    def restore(
        self, sent: Sequence[SentRequest], system: str, messages: Sequence[Message], *, edited: bool
    ) -> None:
        """Go on where an earlier process ended.

        Args:
            sent: its requests, in order.
            system: its system prompt.
            messages: the conversation as the next request sends it.
            edited: whether it was replaced after the last of `sent`.
        """
        for request in sent:
            self._planner.note_marks(
                request.marks,
                request.lifetime,
                _route(request.model, request.reasoning_level),
                request.at,
                answered=request.usage is not None,
            )
            self._lifetime, self._last_used_at = request.lifetime, request.at
            if request.usage is not None:
                self._audit.note_reports(request.model, request.usage)
        answered = next((r for r in reversed(sent) if r.usage is not None), None)
        if answered is None or answered.usage is None or edited:
            return
        prefixes = self._planner.prefixes.of(messages)[: answered.message_count]
        self._audit.go_on_from(
            AuditedRequest(
                at=answered.at,
                model=answered.model,
                reasoning_level=answered.reasoning_level,
                tools_digest=answered.tools_digest,
                system_digest=digest(system),
                message_digests=prefixes if answered.last_prefix in prefixes[-1:] else (),
                usage=answered.usage,
                lifetime=timedelta(seconds=CACHE_LIFETIME_SECONDS[answered.lifetime]),
            )
        )

    def _audited(self, prepared: PreparedRequest, usage: Usage) -> AuditedRequest:
        request = prepared.request
        return AuditedRequest(
            at=prepared.sent_at,
            model=prepared.model,
            reasoning_level=request.reasoning_level,
            tools_digest=self._digest_tools(request.tools),
            system_digest=digest(request.system),
            message_digests=self._planner.prefixes.of(request.messages),
            usage=usage,
            lifetime=timedelta(seconds=CACHE_LIFETIME_SECONDS[request.cache.history_lifetime]),
        )

    def _digest_tools(self, tools: tuple[ToolSchema, ...]) -> str:
        if tools is not self._digested_tools[0]:
            self._digested_tools = (tools, digest(tools))
        return self._digested_tools[1]


def now() -> datetime:
    """The present moment in the local zone."""
    return datetime.now().astimezone()


def _route(model: str, reasoning_level: str) -> str:
    """What has a cache of its own: another reasoning level reads nothing of what was written."""
    return f"{model} {reasoning_level}"


def _event(miss: Miss, prepared: PreparedRequest) -> events.CacheMissed:
    return events.CacheMissed(
        expected_tokens=miss.expected_tokens,
        got_tokens=miss.got_tokens,
        cause=_cause_text(miss, prepared.model),
        first_difference=_difference_text(miss, prepared.request.messages),
        extra_cost=miss.extra_cost,
    )


def _cause_text(miss: Miss, model: str) -> str:
    match miss.cause:
        case Cause.EXPIRED:
            return tr(
                "{cause} after {minutes:.0f} idle minutes",
                cause=tr(miss.cause),
                minutes=miss.idle.total_seconds() / 60,
            )
        case Cause.MODEL:
            return tr(
                "{cause} from {previous_model} to {model}",
                cause=tr(miss.cause),
                previous_model=miss.previous_model,
                model=model,
            )
        case Cause.PROVIDER:
            return tr("{cause}: nothing changed on this side", cause=tr(miss.cause))
        case _:
            return tr(miss.cause)


def _difference_text(miss: Miss, messages: Sequence[Message]) -> str:
    """Where the history differs first, counted from 1; empty when it does not."""
    index = miss.first_difference
    if index is None:
        return ""
    if index >= len(messages):
        return tr("message {index}, which is gone", index=index + 1)
    return tr(
        "message {index} of {count} ({role})",
        index=index + 1,
        count=len(messages),
        role=messages[index].role,
    )
