"""Random sessions on all wires: the ledger's sum is the server's own, to the nano-dollar.

``CLACKY_ACCOUNTING_SESSIONS=10000`` plays as many instead of the few hundred of an ordinary run; with
``--basetemp`` on a RAM disk that takes minutes. ``-s`` shows the figures.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.billing_server import Bill, BillingServer, Rates, Tariff
from support.worker import KEY

from clacky_tui import commands, events
from clacky_tui.agent import idle
from clacky_tui.agent.idle import IdleWatch
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.money import EXACT
from clacky_tui.providers.base import WireFormat

SESSIONS = int(os.environ.get("CLACKY_ACCOUNTING_SESSIONS") or 300)
SESSIONS_PER_WORKER = 10
WIRES: tuple[WireFormat, ...] = ("anthropic", "openai_chat", "openai_responses", "bedrock")

SONNET = Tariff(Rates(3000, 300, 3750, 6000, 15000), 200_000, Rates(6000, 600, 7500, 12000, 22500))
HAIKU = Tariff(Rates(1000, 100, 1250, 2000, 5000))
TARIFFS = {
    "claude-sonnet-4-5": SONNET,
    "claude-haiku-4-5": HAIKU,
    "gpt-5.4": Tariff(Rates(2500, 250, 0, 0, 15000), 272_000, Rates(5000, 500, 0, 0, 22500)),
    "gpt-5.4-mini": Tariff(Rates(750, 75, 0, 0, 4500)),
    "gpt-5.4-nano": Tariff(Rates(200, 20, 0, 0, 1250)),
    "jp.anthropic.claude-sonnet-4-5-20250929-v1:0": SONNET,
    "us.anthropic.claude-haiku-4-5-20251001-v1:0": HAIKU,
}
MODELS: dict[WireFormat, tuple[str, str]] = {
    "anthropic": ("claude-sonnet-4-5", "claude-haiku-4-5"),
    "openai_chat": ("gpt-5.4-mini", "gpt-5.4-nano"),
    "openai_responses": ("gpt-5.4", "gpt-5.4-mini"),
    "bedrock": (
        "jp.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    ),
}
"""The model asked first, and the one that stands in for it."""
SETTINGS = Settings(max_turns=None, compression_threshold_tokens=3_000)
"""A file read in one go is more than stays after a compression."""


class Absence:
    """How the time of an idle agent passes: only while the person is away, and then at once."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.asleep = False
        self.changed = asyncio.Event()
        self._over = asyncio.Event()

    def clock(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.asleep = True
        self.changed.set()
        self._over.clear()
        try:
            await self._over.wait()
        finally:
            self.asleep = False
        self.seconds += seconds

    def pass_once(self) -> None:
        """Let the sleep of the moment end."""
        self.asleep = False
        self._over.set()


class Person:
    """Plays sessions with one worker, and stops it whenever the server holds a reply back."""

    def __init__(
        self, wire: WireFormat, server: BillingServer, folder: Path, absence: Absence
    ) -> None:
        model, stand_in = MODELS[wire]
        entry = ModelEntry(
            model=model,
            api_key=SecretStr(KEY),
            base_url=f"{server.url}/v1" if wire.startswith("openai") else server.url,
            wire=wire,
            fallback_model=stand_in,
        )
        self.worker = AgentWorker(
            SETTINGS,
            self._deliver,
            working_dir=folder,
            mode=PermissionMode.AUTO_APPROVE,
            entry=entry,
        )
        self.told: list[events.UsageRecorded] = []
        self.session_id = ""
        self.retries = 0
        self._server = server
        server.on_hold = self._stop_soon
        self._absence = absence
        self._changed = absence.changed
        self._counts: Counter[str] = Counter()
        self._heard = ""
        self._must_stop = False

    async def play(self, dice: random.Random) -> None:
        """One session, from its first message to its last."""
        await self._until(lambda: self._counts["session.opened"] > 0)
        for _ in range(dice.randint(1, 3)):
            await self._do(commands.Submit(text="go on"), "task.ended")
            match dice.randrange(6):
                case 0:
                    await self._settle()
                    await self._do(commands.Compact(), "compression.over")
                case 1:
                    await self._settle()
                    await self._do(commands.TestModels(), "test.over")
                case 2:
                    await self._settle()
                    await self._go_away()

    def start_anew(self) -> None:
        """Open the next session."""
        self.told.clear()
        self._heard = ""
        self._counts.clear()
        self.worker.send(commands.NewSession())

    async def _do(self, command: commands.Command, over: str) -> None:
        before = self._counts[over]
        self.worker.send(command)
        await self._until(lambda: self._counts[over] > before)

    async def _settle(self) -> None:
        """Wait until the worker knows itself that its task has ended."""
        if (task := self.worker._running) is not None:
            await asyncio.wait([task])

    async def _go_away(self) -> None:
        """Stay away until twice something was done about the cache, or it is given up."""
        watching = self.worker._idle._watching
        if watching is None:
            return
        watching.add_done_callback(lambda _: self._changed.set())
        for _ in range(2):
            await self._until(lambda: watching.done() or self._absence.asleep)
            self._absence.pass_once()
        await self._until(lambda: watching.done() or self._absence.asleep)

    async def _until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while True:
                self._changed.clear()
                if self._must_stop:
                    self._must_stop = False
                    self.worker.send(commands.Interrupt())
                if met():
                    return
                await self._changed.wait()

    def _deliver(self, envelope: events.Envelope) -> None:
        self.session_id = envelope.session_id
        event = envelope.event
        match event:
            case events.TextDelta(text=text):
                self._heard += text
                awaited = self._server.holds_after
                if awaited and self._heard.endswith(awaited):
                    self._server.holds_after = ""
                    self._stop_soon()
            case events.RequestRetried():
                self.retries += 1
            case events.UsageRecorded():
                self.told.append(event)
            case events.Progress(handle="test", done=True):
                self._count("test.over")
            case events.CompressionFinished() | events.Notice(level="info"):
                # The notice says that there is nothing to gain.
                self._count("compression.over")
            case _:
                self._count(event.kind)

    def _stop_soon(self) -> None:
        self._must_stop = True
        self._changed.set()

    def _count(self, kind: str) -> None:
        self._counts[kind] += 1
        self._changed.set()


@pytest.mark.timeout(max(120, SESSIONS))
async def test_the_ledger_agrees_with_the_server_to_the_nano_dollar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "big.txt").write_text("orders and taxes\n" * 1_000)
    absence = Absence()
    monkeypatch.setattr("clacky_tui.agent.model_call.retry_wait_seconds", lambda *_: 0.0)
    monkeypatch.setattr(idle, "LEAST_MESSAGES", 3)
    monkeypatch.setattr(
        "clacky_tui.agent.worker.IdleWatch",
        partial(IdleWatch, sleep=absence.sleep, clock=absence.clock),
    )
    started = time.monotonic()
    retries = 0
    bills: dict[str, Bill] = {}
    async with BillingServer(TARIFFS) as server:
        batches = range(0, SESSIONS, SESSIONS_PER_WORKER)
        for first, wire in zip(batches, cycle(WIRES), strict=False):
            person = Person(wire, server, folder, absence)
            serving = asyncio.create_task(person.worker.run())
            for number in islice(range(first, SESSIONS), SESSIONS_PER_WORKER):
                server.dice, server.bill = random.Random(2 * number), Bill()
                await person.play(random.Random(2 * number + 1))
                bills[person.session_id] = server.bill
                check_totals(person.told, server.bill)
                person.start_anew()
            person.worker.send(commands.Shutdown())
            await serving
            retries += person.retries
        assert server.seen.requests == sum(bill.requests for bill in bills.values())
    records = (await asyncio.to_thread(default_ledger().read)).records
    check_ledger(records, bills)
    print(f"\n{len(bills)} sessions in {time.monotonic() - started:.0f} s, {retries} retries")
    print(f"{server.seen}; {sum(bill.nano_usd for bill in bills.values())} nano-USD on both sides")
    for column in ("model", "purpose", "outcome", "cost_source"):
        print(column, dict(Counter(getattr(record, column) for record in records)))


def check_totals(told: list[events.UsageRecorded], bill: Bill) -> None:
    """What the front end was told last is the bill too."""
    assert len(told) == bill.requests
    assert told[-1].session_cost * 10**9 == bill.nano_usd
    assert told[-1].session_unpriced_requests == bill.unknown


def check_ledger(records: tuple[UsageRecord, ...], bills: dict[str, Bill]) -> None:
    """Every request is written down once, each session came to its bill, and so did all of them."""
    booked = {session_id: Bill() for session_id in bills}
    for record in records:
        session = booked[record.session_id]
        session.requests += 1
        if record.cost is None:
            session.unknown += 1
        else:
            exact = EXACT.scaleb(record.cost, 9)
            assert exact == int(exact)
            session.nano_usd += int(exact)
    assert len(bills) == SESSIONS
    assert len({record.id for record in records}) == len(records)
    assert booked == bills
    total = sum((record.cost for record in records if record.cost is not None), Decimal(0))
    assert total * 10**9 == sum(bill.nano_usd for bill in bills.values())
