"""A session's dealings with the provider's cache: plans marks before a request, explains it after."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clacky_tui import events
from clacky_tui.agent.cache_marks import CachePlanner
from clacky_tui.domain.cache_audit import AuditedRequest, CacheAudit, Cause, Miss
from clacky_tui.domain.messages import Message, ToolSchema
from clacky_tui.domain.pricing import Price
from clacky_tui.domain.usage import Usage
from clacky_tui.providers.base import CACHE_LIFETIME_SECONDS, CacheLifetime, ModelRequest
from clacky_tui.providers.claude import takes_cache_marks


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
        self._digested: tuple[tuple[Message, str], ...] = ()
        self._digested_tools: tuple[tuple[ToolSchema, ...], str] = ((), "")

    @property
    def lifetime_seconds(self) -> float:
        """How long the conversation stays cached after the last request that read it."""
        return CACHE_LIFETIME_SECONDS[self._lifetime]

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
        plan = self._planner.plan(request.messages, _route(model, request), at, rates)
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
            _route(prepared.model, request),
            prepared.sent_at,
            answered=usage is not None,
        )
        if usage is None:
            return None
        rates = prepared.price.rates_for(usage) if prepared.price else None
        miss = self._audit.observe(self._audited(prepared, usage), rates)
        return None if miss is None else _event(miss, prepared)

    def expect_cold_request(self) -> None:
        """The history was replaced, or another address is asked; the one cold request is no miss."""
        self._audit.forget()

    def _audited(self, prepared: PreparedRequest, usage: Usage) -> AuditedRequest:
        request = prepared.request
        return AuditedRequest(
            at=prepared.sent_at,
            model=prepared.model,
            reasoning_level=request.reasoning_level,
            tools_digest=self._digest_tools(request.tools),
            system_digest=_digest(request.system),
            message_digests=self._digest_messages(request.messages),
            usage=usage,
            lifetime=timedelta(seconds=CACHE_LIFETIME_SECONDS[request.cache.history_lifetime]),
        )

    def _digest_messages(self, messages: Sequence[Message]) -> tuple[str, ...]:
        """The digest of each message; of those sent before it is known already."""
        known = self._digested
        self._digested = tuple(
            known[i]
            if i < len(known) and known[i][0] is message
            else (message, _digest(_sent_fields(message)))
            for i, message in enumerate(messages)
        )
        return tuple(digest for _, digest in self._digested)

    def _digest_tools(self, tools: tuple[ToolSchema, ...]) -> str:
        if tools is not self._digested_tools[0]:
            self._digested_tools = (tools, _digest(tools))
        return self._digested_tools[1]


def now() -> datetime:
    """The present moment in the local zone."""
    return datetime.now().astimezone()


def _route(model: str, request: ModelRequest) -> str:
    """What has a cache of its own: another reasoning level reads nothing of what was written."""
    return f"{model} {request.reasoning_level}"


def _digest(value: object) -> str:
    return hashlib.blake2b(repr(value).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _sent_fields(message: Message) -> tuple[object, ...]:
    """What of `message` reaches a provider."""
    return (
        message.role,
        message.content,
        message.tool_calls,
        message.tool_call_id,
        message.reasoning,
        message.reasoning_signature,
    )


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
            return f"{miss.cause} after {miss.idle.total_seconds() / 60:.0f} idle minutes"
        case Cause.MODEL:
            return f"{miss.cause} from {miss.previous_model} to {model}"
        case Cause.PROVIDER:
            return f"{miss.cause}: nothing changed on this side"
        case _:
            return str(miss.cause)


def _difference_text(miss: Miss, messages: Sequence[Message]) -> str:
    """Where the history differs first, counted from 1; empty when it does not."""
    index = miss.first_difference
    if index is None:
        return ""
    if index >= len(messages):
        return f"message {index + 1}, which is gone"
    return f"message {index + 1} of {len(messages)} ({messages[index].role})"
