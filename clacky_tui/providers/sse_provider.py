"""What the wires over server-sent events have in common: one POST, stream events out."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from clacky_tui.providers import http
from clacky_tui.providers.base import Endpoint, Finished, ModelRequest, StreamEvent
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.whole_reply import read_whole


class Assembler(Protocol):
    """Turns the frames of one reply into stream events."""

    def feed(self, frame: SseFrame) -> list[StreamEvent]: ...

    def take(self, kind: str, payload: dict[str, Any]) -> list[StreamEvent]: ...

    def finish(self) -> Finished: ...


@dataclass(frozen=True, slots=True)
class Post:
    """A request ready to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


class SseProvider(ABC):
    """A wire format bound to an endpoint; see `base.Provider`.

    Args:
        endpoint: where requests go.
        read_timeout_seconds: see `http.HttpTransport`.
    """

    def __init__(self, endpoint: Endpoint, *, read_timeout_seconds: float | None = None) -> None:
        self._endpoint = endpoint
        self._transport = http.HttpTransport(endpoint, read_timeout_seconds=read_timeout_seconds)

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """See `base.Provider.stream`; closing the generator closes the connection at once."""
        post = await asyncio.to_thread(self._prepare, request)
        reply = self._assembler()
        if self._endpoint.streams:
            frames = self._transport.post_sse(post.url, post.headers, post.body, self._is_last)
            async with aclosing(frames):
                async for frame in frames:
                    for event in reply.feed(frame):
                        yield event
        else:
            body = await self._transport.post_whole(post.url, post.headers, post.body)
            for event in await asyncio.to_thread(read_whole, self._endpoint, body, reply):
                yield event
        yield reply.finish()

    async def aclose(self) -> None:
        await self._transport.aclose()

    @abstractmethod
    def _prepare(self, request: ModelRequest) -> Post:
        """`request` in this wire's form; runs on a thread."""

    @abstractmethod
    def _assembler(self) -> Assembler:
        """What reads one reply."""

    @staticmethod
    @abstractmethod
    def _is_last(frame: SseFrame) -> bool:
        """True for the frame after which nothing more is read."""
