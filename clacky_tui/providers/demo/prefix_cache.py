"""Prompt caching as providers do it, counted honestly on what was really sent.

Figures after the providers' documentation of prompt caching: Anthropic's explicit breakpoints (four
at most, a 1,024-token minimum, a look-back of 20 blocks, five minutes of life renewed by each read)
and OpenAI's automatic one (1,024 tokens, then steps of 128). A token is four bytes of the request's
canonical JSON, rounded up.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clacky_tui.providers.demo.conversation import content_blocks, items, without_cache_control
from clacky_tui.providers.wire_json import as_object

BYTES_PER_TOKEN = 4
MIN_CACHED_TOKENS = 1024
MAX_BREAKPOINTS = 4
LOOK_BACK_BLOCKS = 20
STEP_TOKENS = 128
LIFETIME_SECONDS = 300.0


class TooManyBreakpointsError(ValueError):
    """More breakpoints than the API takes; it answers with status 400."""


@dataclass(frozen=True, slots=True)
class InputTokens:
    """The input of one request by class, in tokens; the classes do not overlap."""

    uncached: int
    read: int = 0
    written: int = 0

    @property
    def total(self) -> int:
        return self.uncached + self.read + self.written


@dataclass(frozen=True, slots=True)
class CacheBlock:
    """One block of a request's prefix; `marked` when a breakpoint stands on it."""

    content: bytes
    marked: bool = False


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


class PrefixCache:
    """What the provider remembers of earlier requests; safe to share between threads.

    `clock` gives monotonic seconds. Models do not share entries.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expires_at: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def explicit(self, model: str, blocks: Sequence[CacheBlock]) -> InputTokens:
        """Account for a request with breakpoints.

        Raises:
            TooManyBreakpointsError: more than four blocks are marked.
        """
        breakpoints = [index for index, block in enumerate(blocks) if block.marked]
        if len(breakpoints) > MAX_BREAKPOINTS:
            raise TooManyBreakpointsError(
                f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. "
                f"Found {len(breakpoints)}."
            )
        prefixes = list(_running_prefixes(model, blocks))
        total_tokens = prefixes[-1].tokens if prefixes else 0
        writable = [i for i in breakpoints if prefixes[i].tokens >= MIN_CACHED_TOKENS]
        with self._lock:
            self._forget_expired()
            hit = max((self._look_back(prefixes, i) for i in writable), default=-1)
            if hit >= 0:
                self._remember(prefixes[hit].key)
            for index in writable:
                self._remember(prefixes[index].key)
        read = prefixes[hit].tokens if hit >= 0 else 0
        cached = prefixes[writable[-1]].tokens if writable else 0
        return InputTokens(uncached=total_tokens - cached, read=read, written=cached - read)

    def automatic(self, model: str, prefix: bytes) -> InputTokens:
        """Account for a request without breakpoints: the longest prefix seen before is read."""
        step_bytes = STEP_TOKENS * BYTES_PER_TOKEN
        digest = hashlib.sha256(model.encode() + b"\0")
        keys = {}
        for end in range(step_bytes, len(prefix) + 1, step_bytes):
            digest.update(prefix[end - step_bytes : end])
            if end >= MIN_CACHED_TOKENS * BYTES_PER_TOKEN:
                keys[end // BYTES_PER_TOKEN] = digest.digest()
        with self._lock:
            self._forget_expired()
            read = max((n for n, key in keys.items() if key in self._expires_at), default=0)
            for key in keys.values():
                self._remember(key)
        return InputTokens(uncached=count_tokens(prefix) - read, read=read)

    def _look_back(self, prefixes: Sequence[_Prefix], index: int) -> int:
        """The nearest remembered prefix from block `index` back, or -1."""
        for candidate in range(index, max(index - LOOK_BACK_BLOCKS, -1), -1):
            if prefixes[candidate].key in self._expires_at:
                return candidate
        return -1

    def _remember(self, key: bytes) -> None:
        self._expires_at[key] = self._clock() + LIFETIME_SECONDS

    def _forget_expired(self) -> None:
        now = self._clock()
        self._expires_at = {key: at for key, at in self._expires_at.items() if at > now}


@dataclass(frozen=True, slots=True)
class _Prefix:
    key: bytes
    tokens: int


def _running_prefixes(model: str, blocks: Sequence[CacheBlock]) -> Iterator[_Prefix]:
    digest = hashlib.sha256(model.encode() + b"\0")
    size_bytes = 0
    for block in blocks:
        digest.update(len(block.content).to_bytes(8, "big") + block.content)
        size_bytes += len(block.content)
        yield _Prefix(digest.digest(), -(-size_bytes // BYTES_PER_TOKEN))


def _block(role: str, value: Any) -> CacheBlock:
    marked = "cache_control" in as_object(value)
    return CacheBlock(role.encode() + b":" + _canonical(value), marked)


def _canonical(value: Any) -> bytes:
    plain = without_cache_control(value)
    if isinstance(plain, dict) and "content" in plain:
        # Text and a list of one text block are the same content, marked or not.
        plain["content"] = content_blocks(plain["content"])
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
