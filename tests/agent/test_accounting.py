"""Random sessions on both wires: the ledger's sum is the server's own, to the nano-dollar.

``CLACKY_ACCOUNTING_SESSIONS=10000`` plays as many instead of the few hundred of an ordinary run.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.raw_server import worker_at
from support.worker import Harness

from clacky_tui import commands, events
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.config.settings import Settings
from clacky_tui.domain.money import EXACT
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer

SESSIONS = int(os.environ.get("CLACKY_ACCOUNTING_SESSIONS") or 200)
SESSIONS_PER_WORKER = 25

NANO_USD = {
    "anthropic": {"input": 3000, "read": 300, "write": 3750, "write_1h": 6000, "output": 15000},
    "openai_chat": {"input": 750, "read": 75, "write": 0, "write_1h": 0, "output": 4500},
}
"""Per token: Claude Sonnet 4.5 and GPT-5.4 mini."""
MODELS = {"anthropic": "claude-sonnet-4-5", "openai_chat": "gpt-5.4-mini"}


@dataclass
class Bill:
    """What the server would charge for one session."""

    nano_usd: int = 0
    unknown: int = 0
    """Requests that ended before their usage was reported, on a wire that reports it last."""
    requests: int = 0


@dataclass
class Ask:
    """One task of a session: what the server answers, and whether the person stops the last."""

    steps: list[Step]
    stopped_after: str = ""
    """The text after which the person stops it."""


@dataclass
class Server:
    """Writes the script of one session and the bill for it."""

    wire: WireFormat
    dice: random.Random
    bill: Bill = field(default_factory=Bill)
    texts: int = 0

    def session(self) -> list[Ask]:
        return [self.task() for _ in range(self.dice.randint(1, 3))]

    def task(self) -> Ask:
        steps: list[Step] = []
        for _ in range(self.dice.randint(0, 2)):
            steps += [*self.failing(), self.good(tool_calls=(self.look(),))]
        steps += self.failing()
        if self.dice.random() < 0.25:
            stopped = self.half(gate=threading.Event())
            return Ask([*steps, stopped], stopped.text)
        return Ask([*steps, self.good()])

    def failing(self) -> list[Step]:
        return [self.fault() for _ in range(self.dice.choice((0, 0, 0, 1, 2)))]

    def fault(self) -> Step:
        self.bill.requests += 1
        match self.dice.randrange(4):
            case 0:
                return Step(status=self.dice.choice((429, 500, 503, 529)))
            case 1:
                self.bill.requests -= 1
                return self.half(finish="")
            case 2:
                self.bill.requests -= 1
                return self.half(error_event={"type": "overloaded_error", "message": "busy"})
            case _:
                # Cut before anything was said: nobody knows what it cost.
                self.bill.unknown += 1
                return Step(text="never heard", cut_after_bytes=0)

    def good(self, **rest: Any) -> Step:
        """A whole reply; the server's count of it is the bill, or the price it names itself."""
        self.bill.requests += 1
        dice = self.dice
        read, plain, output = dice.randrange(50_000), dice.randrange(20_000), dice.randrange(9_000)
        written, written_1h = dice.randrange(9_000), dice.randrange(9_000)
        rates = NANO_USD[self.wire]
        nano = plain * rates["input"] + read * rates["read"] + output * rates["output"]
        usage: dict[str, Any]
        if self.wire == "anthropic":
            nano += written * rates["write"] + written_1h * rates["write_1h"]
            usage = self.anthropic_usage(plain, read, written, written_1h) | {
                "output_tokens": output
            }
            if output == 0:
                nano += rates["output"]  # the one token that the start of the stream counts
        else:
            usage = {
                "prompt_tokens": plain + read,
                "completion_tokens": output,
                "prompt_tokens_details": {"cached_tokens": read},
            }
            if dice.random() < 0.3:
                nano = dice.randrange(10**8)
                usage["cost"] = nano / 10**9
        self.bill.nano_usd += nano
        return Step(text=self.text(), usage=usage, **rest)

    def half(self, **rest: Any) -> Step:
        """A reply that breaks off after its text: four bytes a token, as the server generates it."""
        self.bill.requests += 1
        text = self.text()
        if self.wire != "anthropic":
            self.bill.unknown += 1
            return Step(text=text, **rest)
        dice, rates = self.dice, NANO_USD[self.wire]
        read, plain, written = (dice.randrange(9_000) for _ in range(3))
        usage = self.anthropic_usage(plain, read, written, 0) | {"output_tokens": 999}
        self.bill.nano_usd += plain * rates["input"] + read * rates["read"]
        self.bill.nano_usd += written * rates["write"]
        self.bill.nano_usd += -(-len(text.encode()) // 4) * rates["output"]
        return Step(text=text, usage=usage, **rest)

    def anthropic_usage(
        self, plain: int, read: int, written: int, written_1h: int
    ) -> dict[str, Any]:
        return {
            "input_tokens": plain,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written + written_1h,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written,
                "ephemeral_1h_input_tokens": written_1h,
            },
        }

    def text(self) -> str:
        return f"Wörter {'ä' * self.dice.randrange(30)} {self.dice.getrandbits(64):x}."

    def look(self) -> ScriptedCall:
        return ScriptedCall("glob", {"pattern": f"{self.dice.getrandbits(64):x}"})


def heard_all(harness: Harness, text: str) -> Callable[[events.TextDelta], bool]:
    """True of the last piece of `text`; the full stop spares a look at all the others."""
    return lambda piece: piece.text.endswith(".") and harness.shown_text.endswith(text)


async def play(asks: list[Ask], harness: Harness) -> None:
    """The person's side of one session."""
    for ask in asks:
        over = len(harness.all(events.TaskEnded)) + 1
        harness.send(commands.Submit(text="go on"))
        if ask.stopped_after:
            await harness.next(events.TextDelta, heard_all(harness, ask.stopped_after))
            harness.send(commands.Interrupt())
        ended = await harness.next(events.TaskEnded, count=over)
        assert ended.outcome == ("cancelled" if ask.stopped_after else "done")
        gate = ask.steps[-1].gate
        if gate is not None:
            gate.set()


@pytest.mark.timeout(max(120, SESSIONS))
async def test_the_ledger_agrees_with_the_server_to_the_nano_dollar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.agent.model_call.retry_wait_seconds", lambda *_: 0.0)
    bills: dict[str, Bill] = {}
    wires: tuple[WireFormat, ...] = ("anthropic", "openai_chat")
    for first in range(0, SESSIONS, SESSIONS_PER_WORKER):
        wire = wires[first // SESSIONS_PER_WORKER % 2]
        numbers = range(first, min(first + SESSIONS_PER_WORKER, SESSIONS))
        bills |= await play_batch(wire, numbers, tmp_path)
    records = (await asyncio.to_thread(default_ledger().read)).records
    nano: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    for record in records:
        requests[record.session_id] += 1
        if record.cost is None:
            unknown[record.session_id] += 1
        else:
            exact = EXACT.scaleb(record.cost, 9)
            assert exact == int(exact)
            nano[record.session_id] += int(exact)
    assert len(bills) == SESSIONS
    assert len({record.id for record in records}) == len(records)
    for session_id, bill in bills.items():
        booked = Bill(nano[session_id], unknown[session_id], requests[session_id])
        assert booked == bill
    total = sum((record.cost for record in records if record.cost is not None), Decimal(0))
    assert total * 10**9 == sum(bill.nano_usd for bill in bills.values())


async def play_batch(wire: WireFormat, numbers: range, folder: Path) -> dict[str, Bill]:
    """Play the sessions of these numbers, one after the other; their bills by session id."""
    servers = [Server(wire, random.Random(number)) for number in numbers]
    sessions = [server.session() for server in servers]
    script = [step for asks in sessions for ask in asks for step in ask.steps]
    bills: dict[str, Bill] = {}
    with DemoServer(script, tokens_per_second=0) as model:
        options = {"model": MODELS[wire], "settings": Settings(max_turns=None)}
        async with worker_at(model.url, folder, wire, **options) as harness:
            for server, asks in zip(servers, sessions, strict=True):
                await harness.next(events.SessionOpened)
                await play(asks, harness)
                session_id = harness.envelopes[-1].session_id
                bills[session_id] = server.bill
                check_totals(harness, server.bill)
                harness.envelopes.clear()
                harness.send(commands.NewSession())
        assert len(model.requests) == sum(bill.requests for bill in bills.values())
    return bills


def check_totals(harness: Harness, bill: Bill) -> None:
    """What the front end was told last is the bill too."""
    told = harness.all(events.UsageRecorded)
    assert len(told) == bill.requests
    assert told[-1].session_cost * 10**9 == bill.nano_usd
    assert told[-1].session_unpriced_requests == bill.unknown
