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
from support.wire_replies import Tokens, reply_pieces, usage_report

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
        is_long = self.long is not None and tokens.input > self.above_tokens
        return (self.long if self.long and is_long else self.base).charge(tokens)


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
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
                body = await reader.readexactly(int(fields["content-length"]))
                path = head.split(" ", 2)[1]
                if not await self._answer(path, json.loads(body), reader, writer):
                    break
        writer.close()

    async def _answer(
        self,
        path: str,
        body: dict[str, Any],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer one request; False when the connection is over."""
        wire, model = _wire_of(path), str(body.get("model") or unquote(path.split("/")[-2]))
        dice, bill = self.dice, self.bill
        self.seen.requests += 1
        bill.requests += 1
        mood = dice.random()
        if mood < 0.08:
            self.seen.faults += 1
            _send_status(writer, dice.choice((400, 401, 429, 500, 503, 529)))
            return True
        if mood < 0.14:
            bill.unknown += 1
            return await self._say_nothing(reader)
        tokens = self._tokens(wire)
        turn = self._turn(body)
        if mood < 0.30:
            return await self._break_off(wire, model, turn, tokens, body, reader, writer)
        usage = usage_report(wire, tokens)
        charged = self._tariffs[model].charge(tokens)
        if mood < 0.33 and wire != "anthropic":
            self.seen.faults += 1
            bill.unknown += 1
            usage = {}
        elif mood < 0.5 and wire.startswith("openai"):
            charged = dice.randrange(10**8)
            usage["cost"] = charged / 10**9
            bill.nano_usd += charged
        else:
            bill.nano_usd += charged
        pieces = reply_pieces(wire, turn, usage, digest=self._unique(), model=model)
        writer.write(_head(wire) + _chunk(pieces.opening) + _chunk(pieces.closing) + _END)
        return True

    async def _say_nothing(self, reader: asyncio.StreamReader) -> bool:
        """Hang up before anything is said, or never say it: nobody knows what it cost."""
        if self.dice.random() < 0.5:
            self.seen.faults += 1
            return False
        self.seen.stopped += 1
        self.on_hold()
        await reader.read()
        return False

    async def _break_off(
        self,
        wire: WireFormat,
        model: str,
        turn: Turn,
        tokens: Tokens,
        body: dict[str, Any],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """End after the text: by an error, by hanging up, or because the client has had enough.

        Only the wire that reports its input first lets the client know what that came to.
        """
        turn = Turn(turn.text or self._text())
        if wire == "anthropic":
            written = -(-len(turn.text.encode()) // _BYTES_PER_TOKEN)
            self.bill.nano_usd += self._tariffs[model].charge(replace(tokens, output=written))
        else:
            self.bill.unknown += 1
        usage = usage_report(wire, tokens)
        pieces = reply_pieces(wire, turn, usage, digest=self._unique(), model=model)
        opening = _head(wire) + _chunk(pieces.opening)
        # Of quiet requests nobody can tell when the text has been heard.
        endings = ("error", "cut") if _is_quiet(body) else ("error", "cut", "held")
        match self.dice.choice(endings):
            case "error":
                self.seen.faults += 1
                writer.write(opening + _chunk(pieces.error) + _END)
                # The client does not read on after an error.
                return True
            case "cut":
                self.seen.faults += 1
                writer.write(opening)
            case _:
                self.seen.stopped += 1
                self.holds_after = turn.text
                writer.write(opening)
                await reader.read()
        return False

    def _tokens(self, wire: WireFormat) -> Tokens:
        dice = self.dice
        fresh = dice.choice((dice.randrange(20_000), dice.randrange(400_000)))
        read, output = dice.randrange(90_000), dice.randrange(1, 9_000)
        if wire.startswith("openai"):
            return Tokens(fresh, read, output=output)
        return Tokens(fresh, read, dice.randrange(9_000), dice.randrange(9_000), output)

    def _turn(self, body: dict[str, Any]) -> Turn:
        dice = self.dice
        if _asks_for_summary(body) and dice.random() < 0.8:
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


def _wire_of(path: str) -> WireFormat:
    by_ending: dict[str, WireFormat] = {
        "/v1/messages": "anthropic",
        "/v1/chat/completions": "openai_chat",
        "/v1/responses": "openai_responses",
    }
    return by_ending.get(path, "bedrock")


def _asks_for_summary(body: dict[str, Any]) -> bool:
    messages = body.get("messages") or body["input"]
    return "a compression begins" in str(messages[-1])


def _is_quiet(body: dict[str, Any]) -> bool:
    """True of requests whose text is shown to nobody: summaries, and what allows next to no output."""
    limits = {**body, **body.get("inferenceConfig", {})}
    few = any(limits.get(name) == PING_OUTPUT_TOKENS for name in _LIMITS)
    return few or _asks_for_summary(body)


_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens")
_END = b"0\r\n\r\n"


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def _head(wire: WireFormat) -> bytes:
    kind = "application/vnd.amazon.eventstream" if wire == "bedrock" else "text/event-stream"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
    return head.encode()


def _send_status(writer: asyncio.StreamWriter, status: int) -> None:
    content = b'{"message": "not now", "error": {"message": "not now"}}'
    head = f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
