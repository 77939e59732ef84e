"""Prints how much of a 60-request session is read from the provider's cache, and how much could be.

    python tests/benchmarks/cache.py [requests]

The real agent worker plays the session of `support/cache_session.py` against the strict cache
simulator; with `requests` every request has its line. Nothing here asserts.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from support.cache_session import SessionResult, run_session  # noqa: E402

from clacky_tui.providers.base import WireFormat  # noqa: E402

WIRES: tuple[WireFormat, ...] = ("anthropic", "openai_chat")
UNEXPLAINED_TOKENS = 2_000


def play(wire: WireFormat) -> SessionResult:
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLACKY_HOME"] = home
        project = Path(home, "project")
        project.mkdir()
        return asyncio.run(run_session(project, wire=wire))


def summary(wire: WireFormat, result: SessionResult) -> str:
    chat = len(result.requests)
    cost = sum(record.cost or 0 for record in result.usage_records)
    lines = [
        f"{wire}: {chat} requests, {result.input_tokens:,} input tokens, ${cost:.4f}",
        f"  read from cache   {result.read_tokens:>10,}  {result.hit_rate:.2%} of the input",
        f"  oracle            {result.best_read_tokens:>10,}  {result.oracle_hit_rate:.2%}",
        f"  share of oracle   {result.share_of_oracle:>10.2%}",
        f"  misses explained  {len(result.misses) - len(result.unexplained):>10}",
        f"  unexplained       {len(result.unexplained):>10}",
    ]
    for miss in result.misses:
        lost = miss.expected_tokens - miss.got_tokens
        lines.append(f"    {lost:>8,} tokens, +${miss.extra_cost or 0:.4f}: {miss.cause}")
    for finished in result.compressions:
        rate = finished.cache_hit_rate
        read = "unknown" if rate is None else f"{rate:.2%}"
        lines.append(
            f"  compression       {finished.before_tokens:>10,} -> {finished.after_tokens:,} "
            f"tokens, {finished.outcome}, {read} of its request read from cache"
        )
    return "\n".join(lines)


def request_lines(result: SessionResult) -> str:
    lines = ["    #   at s   model              input     read    best   missed"]
    for number, request in enumerate(result.requests, 1):
        tokens = request.tokens
        lines.append(
            f"  {number:>3} {request.at_seconds:>6.0f}   {request.model:<17}"
            f"{tokens.total:>7,} {tokens.read:>8,} {request.best_read:>7,} {request.missed:>8,}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    for wire in WIRES:
        result = play(wire)
        print(summary(wire, result))
        if "requests" in arguments:
            print(request_lines(result))
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
