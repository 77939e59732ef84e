"""What is inside of what: providers disagree whether input holds the cached part and output the
reasoning. Where a total stands beside them it decides (spec/usage-sources.md 2.2)."""

from __future__ import annotations

from typing import NamedTuple

from clacky_tui.usage.entry import Confidence


class Split(NamedTuple):
    """Classes that do not overlap; output holds the reasoning."""

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int
    confidence: Confidence


def split_counts(
    given: int,
    output: int,
    *,
    cached: int = 0,
    written: int = 0,
    reasoning: int = 0,
    tool: int = 0,
    total: int | None = None,
    cached_inside: bool,
    reasoning_inside: bool,
) -> Split:
    """Untangle one request's counters.

    Args:
        given: input as the provider counts it.
        output: output likewise.
        cached: read from a cache.
        written: written to a cache; inside of `given` where `cached` is.
        reasoning: spent on reasoning.
        tool: input that came from tools and is counted apart.
        total: what the provider says it all came to.
        cached_inside: whether `given` holds `cached`, where no total says so.
        reasoning_inside: likewise of `output` and `reasoning`.
    """
    confidence: Confidence = "exact"
    if total is not None:
        decided = _decide(given, output, cached + written, reasoning, tool, total)
        if decided is None:
            confidence = "inferred"
        else:
            cached_inside = decided[0] if cached + written else cached_inside
            reasoning_inside = decided[1] if reasoning else reasoning_inside
    if cached_inside:
        cached = min(cached, given)
        written = min(written, given - cached)
        given -= cached + written
    if reasoning_inside:
        reasoning = min(reasoning, output)
    else:
        output += reasoning
    return Split(given + tool, cached, written, output, reasoning, confidence)


def _decide(
    given: int, output: int, caches: int, reasoning: int, tool: int, total: int
) -> tuple[bool, bool] | None:
    """Whether caches and reasoning are inside; None where no reading of the total fits."""
    for apart_caches in (0, caches):
        for apart_reasoning in (0, reasoning):
            if total == given + output + tool + apart_caches + apart_reasoning:
                return not apart_caches, not apart_reasoning
    return None
