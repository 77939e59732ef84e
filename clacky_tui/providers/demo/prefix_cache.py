"""Prompt caching as providers do it, counted honestly on what was really sent.

Figures after the providers' documentation of prompt caching: Anthropic's explicit breakpoints (four
at most, a 1,024-token minimum, a look-back of 20 blocks, five minutes or one hour of life renewed by
each read) and OpenAI's automatic one (1,024 tokens, then steps of 128). A token is four bytes of the
request's canonical JSON, rounded up.

Where the documentation is silent the stricter reading holds: a prefix is only ever read where an
earlier request put a breakpoint, and it lives no longer than the prefix it was built on, so a longer
lifetime asked for later does not save what was written with the shorter one.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from clacky_tui.providers.base import (
    CACHE_LIFETIME_SECONDS,
    MAX_CACHE_MARKS,
    CacheLifetime,
)
from clacky_tui.providers.demo.conversation import content_blocks, items, without_cache_control
from clacky_tui.providers.wire_json import as_object

BYTES_PER_TOKEN = 4
MIN_CACHED_TOKENS = 1024
LOOK_BACK_BLOCKS = 20
STEP_TOKENS = 128
_SHORT: CacheLifetime = "5m"
_LONG: CacheLifetime = "1h"


class BreakpointError(ValueError):
    """Breakpoints the API does not take; it answers with status 400."""


class TooManyBreakpointsError(BreakpointError):
    """More breakpoints than the API takes."""


class BreakpointOrderError(BreakpointError):
    """A longer lifetime after a shorter one."""


@dataclass(frozen=True, slots=True)
class InputTokens:
    """The input of one request by class, in tokens; the classes do not overlap."""

    uncached: int
    read: int = 0
    written: int = 0
    written_1h: int = 0
    """The part of `written` that was asked to live for an hour."""

    @property
    def total(self) -> int:
        return self.uncached + self.read + self.written


@dataclass(frozen=True, slots=True)
class CacheBlock:
    """One block of a request's prefix, with the `lifetime` of the breakpoint on it if there is one."""

    content: bytes
    lifetime: CacheLifetime | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a request: `key` is the same exactly when model and content are."""

    key: bytes
    tokens: int


def count_tokens(content: str | bytes) -> int:
    """Tokens of `content`: its UTF-8 bytes divided by four, rounded up."""
    size = len(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    return -(-size // BYTES_PER_TOKEN)


def anthropic_blocks(body: dict[str, Any]) -> list[CacheBlock]:
    """The prefix of a Messages request in cache order: tools, system prompt, messages."""
    blocks = [_block("tool", tool) for tool in items(body.get("tools"))]
    blocks += [_block("system", part) for part in content_blocks(body.get("system"))]
    for message in items(body.get("messages")):
        role = str(as_object(message).get("role"))
        parts = content_blocks(as_object(message).get("content"))
        blocks += [_block(role, part) for part in parts]
    return blocks


def openai_prefix(body: dict[str, Any]) -> bytes:
    """The prefix of a chat completions request as one run of bytes: tools, then messages."""
    parts = items(body.get("tools")) + items(body.get("messages"))
    return b"".join(_canonical(part) for part in parts)


def running_prefixes(model: str, blocks: Sequence[CacheBlock]) -> Iterator[Prefix]:
    """The prefixes of a request that end with a block, shortest first."""
    digest = hashlib.sha256(model.encode() + b"\0")
    size_bytes = 0
    for block in blocks:
        digest.update(len(block.content).to_bytes(8, "big") + block.content)
        size_bytes += len(block.content)
        yield Prefix(digest.digest(), -(-size_bytes // BYTES_PER_TOKEN))


def step_prefixes(model: str, prefix: bytes) -> list[Prefix]:
    """The prefixes an automatic cache keeps: whole steps from the minimum up, shortest first."""
    step_bytes = STEP_TOKENS * BYTES_PER_TOKEN
    digest = hashlib.sha256(model.encode() + b"\0")
    steps = []
    for end in range(step_bytes, len(prefix) + 1, step_bytes):
        digest.update(prefix[end - step_bytes : end])
        if end >= MIN_CACHED_TOKENS * BYTES_PER_TOKEN:
            steps.append(Prefix(digest.digest(), end // BYTES_PER_TOKEN))
    return steps


class PrefixCache:
    """What the provider remembers of earlier requests; safe to share between threads.

    `clock` gives monotonic seconds. Models do not share entries.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.Lock()

    def explicit(self, model: str, blocks: Sequence[CacheBlock]) -> InputTokens:
        """Account for a request with breakpoints.

        Billing follows Anthropic's rule for mixed lifetimes: reads up to the longest prefix found,
        one-hour writes from there to the last one-hour breakpoint, five-minute writes to the last.

        Raises:
            BreakpointError: more than four breakpoints, or lifetimes in the wrong order.
        """
        breakpoints = _checked_breakpoints(blocks)
        prefixes = list(running_prefixes(model, blocks))
        total_tokens = prefixes[-1].tokens if prefixes else 0
        writable = {
            i: life for i, life in breakpoints.items() if prefixes[i].tokens >= MIN_CACHED_TOKENS
        }
        with self._lock:
            self._forget_expired()
            hit = max((self._look_back(prefixes, i) for i in writable), default=-1)
            built_on = self._renew(prefixes[hit].key) if hit >= 0 else _LONG
            for index, lifetime in writable.items():
                self._write(prefixes[index].key, _SHORT if built_on == _SHORT else lifetime)
        read = prefixes[hit].tokens if hit >= 0 else 0
        cached = max((prefixes[i].tokens for i in writable), default=0)
        long_lived = max(
            (prefixes[i].tokens for i, life in writable.items() if life == _LONG), default=0
        )
        return InputTokens(
            uncached=total_tokens - cached,
            read=read,
            written=cached - read,
            written_1h=max(0, long_lived - read),
        )

    def automatic(self, model: str, prefix: bytes) -> InputTokens:
        """Account for a request without breakpoints: the longest prefix seen before is read."""
        steps = step_prefixes(model, prefix)
        with self._lock:
            self._forget_expired()
            read = max((step.tokens for step in steps if step.key in self._entries), default=0)
            for step in steps:
                self._write(step.key, _SHORT)
        return InputTokens(uncached=count_tokens(prefix) - read, read=read)

    def _look_back(self, prefixes: Sequence[Prefix], index: int) -> int:
        """The nearest remembered prefix from block `index` back, or -1."""
        for candidate in range(index, max(index - LOOK_BACK_BLOCKS, -1), -1):
            if prefixes[candidate].key in self._entries:
                return candidate
        return -1

    def _write(self, key: bytes, lifetime: CacheLifetime) -> None:
        """Remember a prefix; one that is there already keeps its lifetime and starts it anew."""
        if key in self._entries:
            self._renew(key)
        else:
            expires_at = self._clock() + CACHE_LIFETIME_SECONDS[lifetime]
            self._entries[key] = _Entry(lifetime, expires_at)

    def _renew(self, key: bytes) -> CacheLifetime:
        lifetime = self._entries[key].lifetime
        expires_at = self._clock() + CACHE_LIFETIME_SECONDS[lifetime]
        self._entries[key] = _Entry(lifetime, expires_at)
        return lifetime

    def _forget_expired(self) -> None:
        now = self._clock()
        self._entries = {key: e for key, e in self._entries.items() if e.expires_at > now}


@dataclass(frozen=True, slots=True)
class _Entry:
    lifetime: CacheLifetime
    expires_at: float


def _checked_breakpoints(blocks: Sequence[CacheBlock]) -> dict[int, CacheLifetime]:
    marked = {i: block.lifetime for i, block in enumerate(blocks) if block.lifetime is not None}
    if len(marked) > MAX_CACHE_MARKS:
        raise TooManyBreakpointsError(
            f"A maximum of {MAX_CACHE_MARKS} blocks with cache_control may be provided. "
            f"Found {len(marked)}."
        )
    lifetimes = list(marked.values())
    if any(pair == (_SHORT, _LONG) for pair in pairwise(lifetimes)):
        raise BreakpointOrderError(
            "A ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
        )
    return marked


def _block(role: str, value: Any) -> CacheBlock:
    content = role.encode() + b":" + _canonical(value)
    fields = as_object(value)
    if "cache_control" not in fields:
        return CacheBlock(content)
    asked = as_object(fields["cache_control"]).get("ttl")
    return CacheBlock(content, _LONG if asked == _LONG else _SHORT)


def _canonical(value: Any) -> bytes:
    plain = without_cache_control(value)
    if isinstance(plain, dict) and "content" in plain:
        # Text and a list of one text block are the same content, marked or not.
        plain["content"] = content_blocks(plain["content"])
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
