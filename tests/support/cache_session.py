"""A long session of the real agent worker against the cache simulator, edges included.

Sixty requests: tool steps of 1 to 12 parallel calls, a call that fails and is made again, an
interrupted turn, a model switch and back, and a pause during which the agent compresses by itself.
As in real work much is read in the beginning and little at a time later. Where the switch falls
decides the overall rate more than anything a client can do, as it sends the whole context cold once;
the oracle's rate beside it says what was possible.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from pydantic import SecretStr

from clacky_tui import commands, events
from clacky_tui.agent import cache_watch, worker
from clacky_tui.agent.idle import IdleWatch
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer
from support.cache_simulator import CacheSimulator, SimulatedRequest, VirtualClock
from support.worker import KEY, MODEL, Harness

OTHER_MODEL = "claude-haiku-4-5"
REQUESTS = 60
TYPING_SECONDS = 45.0
"""Between the end of a task and the next message."""
PAUSE_SECONDS = 12 * 60.0

_WIDTHS = (
    *(1, 2, 1, 2),
    *(1, 3, 2, 8, 4, 1, 5, 12, 2),
    *(1, 1, 2, 10, 1),
    *(1, 1, 2, 1, 3, 1, 1),
    *(2, 1, 11, 1, 1),
    *(1, 2, 1, 1, 1, 2, 1),
    *(1, 1, 4, 1, 1, 2, 1, 1, 1),
    *(1, 6, 1, 1, 2),
)
"""Calls per tool step, one row per task; few enough messages that only the pause compresses."""
_MUCH, _LITTLE = (30, 60), (3, 12)
"""Lines per reading call."""
_FILES = 40
_FILE_LINES = 400
_HANGING = "§§"
_WORDS = ("cache", "prefix", "token", "model", "price", "ledger", "parser", "widget", "index")


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What the simulator and the worker saw."""

    requests: tuple[SimulatedRequest, ...]
    usage_records: tuple[events.UsageRecorded, ...]
    misses: tuple[events.CacheMissed, ...]
    compressions: tuple[events.CompressionFinished, ...]

    @property
    def input_tokens(self) -> int:
        return sum(request.tokens.total for request in self.requests)

    @property
    def read_tokens(self) -> int:
        return sum(request.tokens.read for request in self.requests)

    @property
    def best_read_tokens(self) -> int:
        return sum(request.best_read for request in self.requests)

    @property
    def hit_rate(self) -> float:
        return self.read_tokens / self.input_tokens

    @property
    def oracle_hit_rate(self) -> float:
        return self.best_read_tokens / self.input_tokens

    @property
    def share_of_oracle(self) -> float:
        return self.read_tokens / self.best_read_tokens

    @property
    def unexplained(self) -> tuple[events.CacheMissed, ...]:
        """Misses for which the audit found no cause on our side."""
        return tuple(miss for miss in self.misses if miss.cause.startswith("provider"))


class _Script:
    """The model's answers, in the order of the requests."""

    def __init__(self, files: list[str], chance: random.Random) -> None:
        self._files = files
        self._random = chance
        self._widths = iter(_WIDTHS)
        self.steps: list[Step] = []

    def tool_steps(self, count: int, lines: tuple[int, int] = _LITTLE) -> None:
        for width in itertools.islice(self._widths, count):
            names = self._random.sample(self._files, width)
            calls = tuple(self._read(name, self._random.randint(*lines)) for name in names)
            self.steps.append(Step(self._prose(12), tool_calls=calls))

    def failing_call(self) -> None:
        """A file that is not there, then the one that was meant."""
        for name in ("src/nowhere.py", self._files[0]):
            self.steps.append(Step("Reading it.", tool_calls=(self._read(name, 10),)))

    def answer(self) -> None:
        self.steps.append(Step(self._prose(90)))

    def hanging(self, gate: threading.Event) -> None:
        self.steps.append(Step(f"{_HANGING} {self._prose(20)}", gate=gate))

    def summary(self) -> None:
        self.steps.append(Step(_SUMMARY))

    def _read(self, name: str, lines: int) -> ScriptedCall:
        first = self._random.randint(1, _FILE_LINES - lines)
        arguments = {"path": name, "start_line": first, "end_line": first + lines - 1}
        return ScriptedCall("file_reader", arguments)

    def _prose(self, words: int) -> str:
        return " ".join(self._random.choices(_WORDS, k=words)) + "."


async def run_session(working_dir: Path, *, wire: WireFormat = "anthropic") -> SessionResult:
    """Run the whole session in `working_dir`, which is filled with files to read."""
    clock = VirtualClock()
    simulator = CacheSimulator(clock)
    interrupted = threading.Event()
    steps = _write_script(working_dir, interrupted)
    server = DemoServer(steps, tokens_per_second=0, cache=simulator)
    server.start()
    entries = tuple(_entry(server, wire, model) for model in (MODEL, OTHER_MODEL))
    harness = Harness(server)
    virtual_idle = partial(IdleWatch, sleep=clock.sleep, clock=clock)
    with (
        patch.object(cache_watch, "now", clock.now),
        patch.object(worker, "IdleWatch", virtual_idle),
    ):
        harness.worker = worker.AgentWorker(
            Settings(models=entries),
            harness.deliver,
            working_dir=working_dir,
            mode=PermissionMode.CONFIRM_ALL,
            entry=entries[0],
        )
        serving = asyncio.create_task(harness.worker.run())
        try:
            await _play(harness, clock)
        finally:
            interrupted.set()
            harness.send(commands.Shutdown())
            await serving
            server.stop()
    return SessionResult(
        requests=tuple(simulator.requests),
        usage_records=tuple(harness.all(events.UsageRecorded)),
        misses=tuple(harness.all(events.CacheMissed)),
        compressions=tuple(harness.all(events.CompressionFinished)),
    )


def _write_script(project: Path, gate: threading.Event) -> list[Step]:
    """One step per request, in the order of `_play`."""
    chance = random.Random(20_260_601)
    script = _Script(_lay_out(project, chance), chance)
    for tool_steps in (2, 2):
        script.tool_steps(tool_steps)
        script.answer()
    script.tool_steps(9, _MUCH)
    script.answer()
    script.tool_steps(5)
    script.answer()
    script.failing_call()
    script.tool_steps(7)
    script.answer()
    script.tool_steps(5)
    script.hanging(gate)
    for tool_steps in (7, 9):
        script.tool_steps(tool_steps)
        script.answer()
    script.summary()
    script.tool_steps(REQUESTS - 1 - len(script.steps))
    script.answer()
    return script.steps


async def _play(harness: Harness, clock: VirtualClock) -> None:
    async def task(text: str) -> None:
        ended = await harness.ask(text)
        assert ended.outcome == "done", harness.all(events.Failed)
        clock.advance(TYPING_SECONDS)

    await task("What is this project?")
    await _switch(harness, OTHER_MODEL)
    await task("And where does it keep its prices?")
    await _switch(harness, MODEL)
    await task("Explain how the parser finds its tokens.")
    await task("What would you change?")
    await task("Now make the ledger index incremental.")
    harness.send(commands.Submit(text="Rename the widget everywhere."))
    await harness.next(events.TextDelta, lambda delta: _HANGING in delta.text)
    ended = len(harness.all(events.TaskEnded)) + 1
    harness.send(commands.Interrupt())
    assert (await harness.next(events.TaskEnded, count=ended)).outcome == "cancelled"
    clock.advance(TYPING_SECONDS)
    await task("Only in the parser, please.")
    await task("Check what is left.")
    await clock.wake_sleeper()
    await harness.next(events.CompressionFinished)
    clock.advance(PAUSE_SECONDS)
    await task("Good morning. Finish it and run the checks.")


async def _switch(harness: Harness, model: str) -> None:
    count = len(harness.all(events.ModelChanged)) + 1
    harness.send(commands.SetModel(model=model))
    await harness.next(events.ModelChanged, count=count)


def _entry(server: DemoServer, wire: WireFormat, model: str) -> ModelEntry:
    return ModelEntry(
        model=model,
        api_key=SecretStr(KEY),
        base_url=server.endpoint(wire).base_url,
        anthropic_format=wire == "anthropic",
    )


def _lay_out(project: Path, chance: random.Random) -> list[str]:
    """Write the files to read and return their names."""
    (project / "src").mkdir(parents=True, exist_ok=True)
    names = [f"src/m{number}.py" for number in range(_FILES)]
    for name in names:
        lines = (" ".join(chance.choices(_WORDS, k=7)) for _ in range(_FILE_LINES))
        (project / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return names


_SUMMARY = (
    "<topics>parser, ledger</topics>\n<summary>The parser and the ledger were read.</summary>"
)
