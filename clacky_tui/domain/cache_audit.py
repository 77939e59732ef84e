"""The cache audit: what a request should have read from the provider's cache, and why it did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from clacky_tui.domain.money import EXACT, exact_sum
from clacky_tui.domain.pricing import Rates
from clacky_tui.domain.usage import Usage
from clacky_tui.i18n import tr_noop

MISS_TOKENS = 2_000
"""Above this a miss is worth a word; less is lost to rounding and to the tail of every prompt."""

AUTOMATIC_STEP_TOKENS = 128
"""Caches that nobody has to ask for keep whole steps (OpenAI's guide to prompt caching)."""


class Cause(StrEnum):
    """Why less was read than expected; the value is what a person reads."""

    EXPIRED = "expired"
    MODEL = tr_noop("model switched")
    REASONING = tr_noop("reasoning level changed")
    TOOLS = tr_noop("tools changed")
    SYSTEM = tr_noop("system prompt changed")
    HISTORY = tr_noop("history edited")
    PROVIDER = "provider"
    """Nothing changed on our side and the lifetime was not over."""


@dataclass(frozen=True, slots=True)
class AuditedRequest:
    """One request as the audit sees it: when, what it began with, and what the provider counted.

    Digests are opaque; only whether they are equal matters. `at` is when it was sent (aware).
    """

    at: datetime
    model: str
    reasoning_level: str
    tools_digest: str
    system_digest: str
    message_digests: tuple[str, ...]
    usage: Usage
    lifetime: timedelta
    """How long what it wrote stays cached after its last use."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that read at least `MISS_TOKENS` less than it should have."""

    cause: Cause
    expected_tokens: int
    got_tokens: int
    previous_model: str
    """Of the request before it."""
    idle: timedelta
    """Since the request before it."""
    first_difference: int | None
    """Index of the first message that is not what it was; None when none differs."""
    extra_cost: Decimal | None
    """USD paid on top of what reading would have cost; None when the price is unknown."""

    @property
    def lost_tokens(self) -> int:
        return self.expected_tokens - self.got_tokens


@dataclass(slots=True)
class CacheAudit:
    """Compares each request of a session with the one before it.

    Nothing is expected of a model until its provider has reported a cache read or write once: many
    have no cache, or do not say.
    """

    _previous: AuditedRequest | None = None
    _writes_reported: set[str] = field(default_factory=set)
    _reads_reported: set[str] = field(default_factory=set)

    def observe(self, request: AuditedRequest, rates: Rates | None) -> Miss | None:
        """Take note of `request`; the miss in it, if there is one."""
        previous, self._previous = self._previous, request
        miss = self._compare(previous, request, rates) if previous is not None else None
        self.note_reports(request.model, request.usage)
        return miss

    def note_reports(self, model: str, usage: Usage) -> None:
        """Learn from `usage` what the provider of `model` tells of its cache."""
        if usage.cache_creation_tokens:
            self._writes_reported.add(model)
        if usage.cache_read_tokens:
            self._reads_reported.add(model)

    def go_on_from(self, request: AuditedRequest) -> None:
        """Compare the next request with `request`, which an earlier process has sent."""
        self._previous = request

    def forget(self) -> None:
        """The history was rebuilt on purpose, so the next request is expected to be a cold one."""
        self._previous = None

    def _compare(
        self, previous: AuditedRequest, request: AuditedRequest, rates: Rates | None
    ) -> Miss | None:
        # A request cannot read more than it is long: one cut short on purpose has missed nothing.
        expected = min(self._cached_after(previous), request.usage.total_input_tokens)
        got = request.usage.cache_read_tokens
        if expected - got <= MISS_TOKENS:
            return None
        difference = first_difference(previous.message_digests, request.message_digests)
        return Miss(
            cause=_cause(previous, request, difference),
            expected_tokens=expected,
            got_tokens=got,
            previous_model=previous.model,
            idle=request.at - previous.at,
            first_difference=difference,
            extra_cost=_extra_cost(expected - got, request.usage, rates),
        )

    def _cached_after(self, request: AuditedRequest) -> int:
        """Tokens the provider holds after `request`."""
        usage = request.usage
        if request.model in self._writes_reported:
            return usage.cache_read_tokens + usage.cache_creation_tokens
        if request.model in self._reads_reported:
            return usage.total_input_tokens // AUTOMATIC_STEP_TOKENS * AUTOMATIC_STEP_TOKENS
        return 0


def first_difference(earlier: tuple[str, ...], later: tuple[str, ...]) -> int | None:
    """Index of the first message of `earlier` that `later` does not have in its place."""
    for index, digest in enumerate(earlier):
        if index >= len(later) or later[index] != digest:
            return index
    return None


def _cause(previous: AuditedRequest, request: AuditedRequest, difference: int | None) -> Cause:
    if request.model != previous.model:
        return Cause.MODEL
    if request.reasoning_level != previous.reasoning_level:
        return Cause.REASONING
    if request.tools_digest != previous.tools_digest:
        return Cause.TOOLS
    if request.system_digest != previous.system_digest:
        return Cause.SYSTEM
    if request.at - previous.at >= previous.lifetime:
        return Cause.EXPIRED
    return Cause.PROVIDER if difference is None else Cause.HISTORY


def _extra_cost(lost_tokens: int, usage: Usage, rates: Rates | None) -> Decimal | None:
    """What `lost_tokens` cost above reading them: what was written anew at the write rates, the
    rest as fresh input."""
    if rates is None:
        return None
    short_lived = usage.cache_creation_tokens - usage.cache_creation_1h_tokens
    written = min(lost_tokens, short_lived)
    written_1h = min(lost_tokens - written, usage.cache_creation_1h_tokens)
    parts = (
        (written, rates.cache_write),
        (written_1h, rates.cache_write_1h),
        (lost_tokens - written - written_1h, rates.input),
        (-lost_tokens, rates.cache_read),
    )
    return EXACT.scaleb(exact_sum(EXACT.multiply(tokens, rate) for tokens, rate in parts), -6)
