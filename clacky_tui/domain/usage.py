"""Tokens of one model request, by class (names after the OpenTelemetry GenAI conventions)."""

from __future__ import annotations

from dataclasses import dataclass

_FEWEST_TIMED_TOKENS = 10
_SHORTEST_STREAM_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request used, in tokens. The classes do not overlap.

    The original's ledger counts `prompt_tokens` as `input_tokens + cache_read_tokens` (reads inside,
    writes outside; spec/agent-core.md 2.6); `prompt_tokens` here gives that figure.
    """

    input_tokens: int = 0
    """Prompt tokens neither read from nor written to the provider's cache."""
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    """All tokens written to the cache, whatever their lifetime."""
    cache_creation_1h_tokens: int = 0
    """The part of `cache_creation_tokens` written with a one-hour lifetime (dearer)."""
    output_tokens: int = 0
    """Generated tokens, reasoning included."""
    reasoning_tokens: int = 0
    """The part of `output_tokens` spent on reasoning, where the provider says so."""
    web_searches: int = 0
    """Searches that the provider's own tool made; a fee on top of the tokens."""

    def __post_init__(self) -> None:
        if min(self.input_tokens, self.cache_read_tokens, self.cache_creation_tokens) < 0:
            raise ValueError(f"negative token count in {self}")
        if min(self.cache_creation_1h_tokens, self.output_tokens, self.reasoning_tokens) < 0:
            raise ValueError(f"negative token count in {self}")
        if self.cache_creation_1h_tokens > self.cache_creation_tokens:
            raise ValueError(f"more one-hour cache writes than cache writes in {self}")

    @property
    def prompt_tokens(self) -> int:
        """Uncached input plus cache reads, without cache writes."""
        return self.input_tokens + self.cache_read_tokens

    @property
    def total_input_tokens(self) -> int:
        """Everything the model was given: uncached, read and written; decides price tiers."""
        return self.input_tokens + self.cache_read_tokens + self.cache_creation_tokens

    @property
    def total_tokens(self) -> int:
        """Input of every class plus output."""
        return self.total_input_tokens + self.output_tokens

    @property
    def cache_hit_rate(self) -> float | None:
        """Share of the input read from cache, 0 to 1; None without any input."""
        total = self.total_input_tokens
        return self.cache_read_tokens / total if total else None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_creation_tokens + other.cache_creation_tokens,
            self.cache_creation_1h_tokens + other.cache_creation_1h_tokens,
            self.output_tokens + other.output_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.web_searches + other.web_searches,
        )

    def __sub__(self, earlier: Usage) -> Usage:
        """What was used since `earlier`, a total of the same counters."""
        return Usage(
            self.input_tokens - earlier.input_tokens,
            self.cache_read_tokens - earlier.cache_read_tokens,
            self.cache_creation_tokens - earlier.cache_creation_tokens,
            self.cache_creation_1h_tokens - earlier.cache_creation_1h_tokens,
            self.output_tokens - earlier.output_tokens,
            self.reasoning_tokens - earlier.reasoning_tokens,
            self.web_searches - earlier.web_searches,
        )


def tokens_per_second(
    output_tokens: int | None,
    time_to_first_token_seconds: float | None,
    duration_seconds: float,
) -> float | None:
    """How fast a reply came once it had begun; None when too little came to tell.

    Too little is fewer than 10 tokens, or a reply that came in one piece (within 10 ms).
    """
    if output_tokens is None or time_to_first_token_seconds is None:
        return None
    streamed_seconds = duration_seconds - time_to_first_token_seconds
    if output_tokens < _FEWEST_TIMED_TOKENS or streamed_seconds < _SHORTEST_STREAM_SECONDS:
        return None
    return output_tokens / streamed_seconds
