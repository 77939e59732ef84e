"""A model provider that speaks all four wires, answers by a script and keeps every body it was sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pydantic import SecretStr

from clacky_tui.config.settings import ModelEntry
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import Turn
from support.wire_replies import Tokens, reply_pieces, usage_report

KEY = "sk-test-0123456789abcdef"
MODELS: dict[WireFormat, str] = {
    "anthropic": "claude-sonnet-4-5",
    "openai_chat": "gpt-5.4-mini",
    "openai_responses": "gpt-5.4",
    "bedrock": "jp.anthropic.claude-sonnet-4-5-20250929-v1:0",
}
WIRES = tuple(MODELS)
_PATHS: dict[str, WireFormat] = {
    "/v1/messages": "anthropic",
    "/v1/chat/completions": "openai_chat",
    "/v1/responses": "openai_responses",
}


@dataclass(frozen=True, slots=True)
class Held(Turn):
    """Stops after its text, until the client leaves."""


class WireServer:
    """Answers the n-th request with the n-th of `turns`, and equal requests with equal replies."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = list(turns)
        self.bodies: list[bytes] = []
        self._server: asyncio.Server

    async def __aenter__(self) -> WireServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def entry(self, wire: WireFormat) -> ModelEntry:
        """The configured model that asks here."""
        port = self._server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        return ModelEntry(
            model=MODELS[wire],
            api_key=SecretStr(KEY),
            base_url=f"{url}/v1" if wire.startswith("openai") else url,
            wire=wire,
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
        path = head.split(" ", 2)[1]
        self.bodies.append(await reader.readexactly(int(fields["content-length"])))
        wire = _PATHS.get(path, "bedrock")
        model = MODELS[wire] if wire != "bedrock" else unquote(path.split("/")[2])
        number = len(self.bodies)
        turn = self._turns[number - 1]
        tokens = Tokens(fresh=10, read=400 * (number - 1), written_5m=400, output=20)
        if wire.startswith("openai"):
            tokens = Tokens(fresh=410, read=400 * (number - 1), output=20)
        pieces = reply_pieces(
            wire, turn, usage_report(wire, tokens), digest=f"{number:04x}", model=model
        )
        kind = "application/vnd.amazon.eventstream" if wire == "bedrock" else "text/event-stream"
        status = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(status.encode() + _chunk(pieces.opening))
        if isinstance(turn, Held):
            await reader.read()
            return
        writer.write(_chunk(pieces.closing) + b"0\r\n\r\n")


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content) if content else b""
