"""A model that answers in small pieces, any number of processes at once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

from clacky_tui.providers.demo.script import Turn
from support.wire_replies import Tokens, reply_pieces, usage_report

MODEL = "claude-sonnet-4-5"


class PacedServer:
    """Its n-th request has n output tokens, so that a bill can be told.

    Args:
        turn: what it answers, by the request's body and number.
        dice: how long it waits before each piece.
    """

    def __init__(self, turn: Callable[[bytes, int], Turn], dice: random.Random) -> None:
        self._turn = turn
        self._dice = dice
        self.requests = 0
        self._server: asyncio.Server

    async def __aenter__(self) -> PacedServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
                await self._answer(await reader.readexactly(length), writer)
        writer.close()

    async def _answer(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        self.requests += 1
        number = self.requests
        tokens = Tokens(fresh=1, read=len(body) // 8, written_5m=7, output=number)
        usage = usage_report("anthropic", tokens)
        pieces = reply_pieces(
            "anthropic", self._turn(body, number), usage, digest=f"{number:04x}", model=MODEL
        )
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        for frame in (pieces.opening + pieces.closing).split(b"\n\n"):
            if frame:
                writer.write(b"%x\r\n%b\n\n\r\n" % (len(frame) + 2, frame))
                await writer.drain()
                await asyncio.sleep(self._dice.random() * 0.002)
        writer.write(b"0\r\n\r\n")
