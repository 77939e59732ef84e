"""What the context tab knows of a session: every request's hit rate, the misses, the cache's age."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from clacky_tui.wording import explain_miss

if TYPE_CHECKING:
    from clacky_tui import events

SHORT_LIFETIME = timedelta(minutes=5)
LONG_LIFETIME = timedelta(hours=1)
"""How long providers keep a prefix after its last use (Anthropic's two lifetimes; OpenAI forgets
after five to ten idle minutes, so the shorter one is the safe assumption)."""

_KEEPS_WARM = frozenset({"chat", "compression", "keep_warm"})
"""Purposes whose requests begin with the session's own prefix."""
_ELSEWHERE = frozenset({"test", "suggestion"})
"""Purposes whose requests have nothing of it, and may go to another model."""


@dataclass(frozen=True, slots=True)
class RequestHit:
    """The share of one request's input that was read from the cache, 0 to 1."""

    number: int
    """Counts the session's requests from 1."""
    hit_rate: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that read `tokens` fewer from the cache than it should have."""

    number: int
    at: datetime
    tokens: int
    extra_cost: Decimal | None
    """USD, None when the price is unknown."""
    why: str


@dataclass(slots=True)
class ContextFigures:
    """One session's figures, told by events in their order.

    `expires_at` is None while nothing is known to lie in the provider's cache.
    """

    model: str = ""
    provider: str = ""
    simulated: bool = False
    gauge: events.ContextGauged | None = None
    requests: int = 0
    session_tokens: events.TokenCounts | None = None
    hits: list[RequestHit] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    prefix_tokens: int = 0
    """What the provider holds: read and written by the last request."""
    writes_are_counted: bool = False
    """True where the provider reports cache writes, which then have a rate of their own."""
    expires_at: datetime | None = None
    _lifetime: timedelta = SHORT_LIFETIME

    @property
    def is_empty(self) -> bool:
        """True before there is anything to show."""
        return self.gauge is None and not self.requests

    def note_request(self, usage: events.UsageRecorded, ended_at: datetime) -> None:
        """One request is over, at `ended_at` (aware)."""
        self.requests = usage.session_requests
        self.session_tokens = usage.session_tokens
        if usage.purpose in _ELSEWHERE:
            return
        self.model, self.provider = usage.model, usage.provider
        self.simulated = usage.simulated
        tokens = usage.tokens
        if tokens is None:
            return
        held = tokens.cache_read_tokens + tokens.cache_creation_tokens
        if total := tokens.input_tokens + held:
            self.hits.append(RequestHit(self.requests, tokens.cache_read_tokens / total))
        if held and usage.purpose in _KEEPS_WARM:
            self._note_prefix(tokens, ended_at)

    def note_miss(self, missed: events.CacheMissed, at: datetime) -> None:
        """The request counted last missed the cache."""
        self.misses.append(
            Miss(
                self.requests,
                at,
                missed.expected_tokens - missed.got_tokens,
                missed.extra_cost,
                explain_miss(missed),
            )
        )

    def forget_prefix(self) -> None:
        """The next request begins differently (another model, a compressed history): what the
        provider holds of it is not known."""
        self.expires_at = None
        self.prefix_tokens = 0

    def _note_prefix(self, tokens: events.TokenCounts, ended_at: datetime) -> None:
        self.prefix_tokens = tokens.cache_read_tokens + tokens.cache_creation_tokens
        if written := tokens.cache_creation_tokens:
            # Whatever else is kept longer, the end of the prefix lives as long as its newest part.
            is_long = written == tokens.cache_creation_1h_tokens
            self._lifetime = LONG_LIFETIME if is_long else SHORT_LIFETIME
            self.writes_are_counted = True
        self.expires_at = ended_at + self._lifetime
