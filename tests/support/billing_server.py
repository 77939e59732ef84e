"""A model provider with moods that speaks all four wires and keeps its own tally of what it charges.

It runs on the event loop of the test, so thousands of sessions need neither threads nor new sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from clacky_tui.domain.idle_choice import PING_OUTPUT_TOKENS
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Turn
from support.wire_replies import Pieces, Tokens, reply_pieces, usage_report

_BYTES_PER_TOKEN = 4
"""As the server generates text, so that what a broken reply cost can be told from what was heard."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Nano-USD per token."""

    fresh: int
    read: int
    written_5m: int
    written_1h: int
    output: int

    def charge(self, tokens: Tokens) -> int:
        return (
            tokens.fresh * self.fresh
            + tokens.read * self.read
            + tokens.written_5m * self.written_5m
            + tokens.written_1h * self.written_1h
            + tokens.output * self.output
        )


@dataclass(frozen=True, slots=True)
class Tariff:
    """`long` holds for a whole request with more than `above_tokens` of input."""

    base: Rates
    above_tokens: int = 0
    long: Rates | None = None

    def charge(self, tokens: Tokens) -> int:
        if self.long is not None and tokens.input > self.above_tokens:
            return self.long.charge(tokens)
        return self.base.charge(tokens)


_MOODS = {
    "whole": 67,
    "uncounted": 3,
    "refused": 8,
    "hangs_up": 3,
    "silent": 3,
    "errs": 6,
    "cuts": 6,
    "holds": 4,
}
"""How a request is answered, with weights. `hangs_up` and `silent` come before any byte, `errs`, `cuts`
and `holds` after the text."""
_HELD = ("silent", "holds")
"""Those that wait for the client to leave."""

_WIRES: dict[str, WireFormat] = {
    "/v1/messages": "anthropic",
    "/v1/chat/completions": "openai_chat",
    "/v1/responses": "openai_responses",
}
_OUTPUT_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens")


@dataclass(frozen=True, slots=True)
class _Request:
    wire: WireFormat
    model: str
    body: dict[str, Any]

    @property
    def asks_for_summary(self) -> bool:
        messages = self.body.get("messages") or self.body["input"]
        return "a compression begins" in str(messages[-1])

    @property
    def quiet(self) -> bool:
        """True when its text is shown to nobody: a summary, or what may say next to nothing."""
        limits = {**self.body, **self.body.get("inferenceConfig", {})}
        few = any(limits.get(name) == PING_OUTPUT_TOKENS for name in _OUTPUT_LIMITS)
        return few or self.asks_for_summary


@dataclass(slots=True)
class Bill:
    """What the server charges for one session."""

    nano_usd: int = 0
    unknown: int = 0
    """Requests whose usage it never got to report."""
    requests: int = 0


@dataclass(slots=True)
class Seen:
    """What befell the requests of all sessions."""

    requests: int = 0
    faults: int = 0
    """Refused, broken off, cut or without a count."""
    stopped: int = 0
    """Left by the client while the reply was held back."""


class BillingServer:
    """Answers by throwing `dice`, and charges to `bill`; both are set anew for each session.

    Args:
        tariffs: by model as requests name it.
    """

    def __init__(self, tariffs: dict[str, Tariff]) -> None:
        self._tariffs = tariffs
        self.dice = random.Random()
        self.bill = Bill()
        self.seen = Seen()
        self.on_hold: Callable[[], None] = lambda: None
        """Called when a reply is held back before its first byte, until the client leaves."""
        self.holds_after = ""
        """The text after which the reply of the moment is held back; empty when none is."""
        self._server: asyncio.Server

    async def __aenter__(self) -> BillingServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(await _read_request(reader), reader, writer):
                pass
        writer.close()

    async def _answer(
        self, request: _Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; False when the connection is over."""
        mood = self._mood(request)
        self.bill.requests += 1
        self.seen.requests += 1
        self.seen.stopped += mood in _HELD
        self.seen.faults += mood not in (*_HELD, "whole")
        match mood:
            case "whole" | "uncounted":
                writer.write(self._whole(request, counted=mood == "whole"))
            case "refused":
                writer.write(_refusal(self.dice.choice((400, 401, 429, 500, 503, 529))))
            case "errs" | "cuts" | "holds":
                writer.write(self._broken(request, mood))
            case _:
                # Before the first byte: nobody knows what it cost.
                self.bill.unknown += 1
        if mood == "silent":
            self.on_hold()
        if mood in _HELD:
            await reader.read()
        return mood in ("whole", "uncounted", "refused", "errs")

    def _mood(self, request: _Request) -> str:
        [mood] = self.dice.choices(tuple(_MOODS), tuple(_MOODS.values()))
        if mood == "uncounted" and request.wire == "anthropic":
            return "whole"  # this wire cannot begin a reply without a count
        if mood == "holds" and request.quiet:
            return "cuts"  # the client shows no text that would tell when to leave
        return mood

    def _whole(self, request: _Request, *, counted: bool) -> bytes:
        """A whole reply, charged by tokens or with a price of its own."""
        wire, tokens = request.wire, self._tokens(request.wire)
        charged = self._tariffs[request.model].charge(tokens)
        usage = usage_report(wire, tokens)
        if not counted:
            self.bill.unknown += 1
            charged, usage = 0, {}
        elif wire.startswith("openai") and self.dice.random() < 0.3:
            charged = self.dice.randrange(10**8)
            usage["cost"] = charged / 10**9
        self.bill.nano_usd += charged
        pieces = self._pieces(request, self._turn(request), usage)
        return _head(wire) + _chunk(pieces.opening) + _chunk(pieces.closing) + _END

    def _broken(self, request: _Request, mood: str) -> bytes:
        """A reply that ends after its text.

        Only the wire that reports its input first lets the client know what that came to.
        """
        tokens, turn = self._tokens(request.wire), Turn(self._turn(request).text or self._text())
        if request.wire == "anthropic":
            written = -(-len(turn.text.encode()) // _BYTES_PER_TOKEN)
            tariff = self._tariffs[request.model]
            self.bill.nano_usd += tariff.charge(replace(tokens, output=written))
        else:
            self.bill.unknown += 1
        pieces = self._pieces(request, turn, usage_report(request.wire, tokens))
        if mood == "holds":
            self.holds_after = turn.text
        ending = _chunk(pieces.error) + _END if mood == "errs" else b""
        return _head(request.wire) + _chunk(pieces.opening) + ending

    def _pieces(self, request: _Request, turn: Turn, usage: dict[str, Any]) -> Pieces:
        return reply_pieces(request.wire, turn, usage, digest=self._unique(), model=request.model)

    def _tokens(self, wire: WireFormat) -> Tokens:
        dice = self.dice
        fresh = dice.choice((dice.randrange(20_000), dice.randrange(400_000)))
        read, output = dice.randrange(90_000), dice.randrange(1, 9_000)
        if wire.startswith("openai"):
            return Tokens(fresh, read, output=output)
        return Tokens(fresh, read, dice.randrange(9_000), dice.randrange(9_000), output)

    def _turn(self, request: _Request) -> Turn:
        dice = self.dice
        if request.asks_for_summary and dice.random() < 0.8:
            return Turn(f"<topics>tax</topics>\n<summary>{self._text()}</summary>")
        match dice.randrange(20):
            case 0:
                return Turn()
            case 1 | 2 | 3:
                lines = {"path": "big.txt", "start_line": 1, "end_line": dice.randint(400, 900)}
                return Turn(self._text(), tool_calls=(ScriptedCall("file_reader", lines),))
            case 4 | 5 | 6 | 7:
                calls = (ScriptedCall("glob", {"pattern": self._unique()}) for _ in range(2))
                return Turn(tool_calls=tuple(calls))
        return Turn(self._text())

    def _text(self) -> str:
        return f"Wörter {'ä' * self.dice.randrange(30)} {self._unique()}."

    def _unique(self) -> str:
        return f"{self.dice.getrandbits(64):x}"


async def _read_request(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
    body = json.loads(await reader.readexactly(int(fields["content-length"])))
    path = head.split(" ", 2)[1]
    # Bedrock names the model in the path: /model/<model>/converse-stream.
    wire = _WIRES.get(path, "bedrock")
    model = body["model"] if wire != "bedrock" else unquote(path.split("/")[2])
    return _Request(wire, model, body)


_END = b"0\r\n\r\n"


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def _head(wire: WireFormat) -> bytes:
    kind = "application/vnd.amazon.eventstream" if wire == "bedrock" else "text/event-stream"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
    return head.encode()


def _refusal(status: int) -> bytes:
    content = b'{"message": "not now", "error": {"message": "not now"}}'
    head = f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(content)}\r\n\r\n".encode() + content
