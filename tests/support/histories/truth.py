"""What a synthetic history holds in truth, and the index held against it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine, Reader
from clacky_tui.usage.readers.registry import READERS
from clacky_tui.usage.refresh import refresh
from clacky_tui.usage.report import By, Query, Sums, make_report

T = TypeVar("T")
DIMENSIONS: tuple[tuple[By, ...], ...] = (
    (),
    (By.MODEL,),
    (By.DAY,),
    (By.PROJECT,),
    (By.SESSION,),
    (By.SESSION, By.PROJECT, By.MODEL, By.DAY),
)
FIRST_AT = datetime(2026, 9, 3, 22, 30, tzinfo=UTC).timestamp()
"""An hour and a half before midnight in UTC, so that every history crosses one."""


@dataclass(frozen=True)
class Call:
    """One request, or a sum of some, as it was in truth. None is what the history cannot tell."""

    session: str
    at: float
    model: str | None
    project: str | None
    input: int | None = 0
    cache_read: int | None = 0
    cache_write: int | None = 0
    output: int | None = 0
    reasoning: int | None = None
    requests: int = 1
    usd: str | None = None
    """What the history says it cost."""

    def key(self, by: Sequence[By]) -> tuple[object, ...]:
        values = {
            By.MODEL: self.model,
            By.DAY: datetime.fromtimestamp(self.at, UTC).date(),
            By.PROJECT: self.project,
            By.SESSION: self.session,
        }
        return tuple(values[each] for each in by)


def total(calls: Sequence[Call], model: str | None) -> Call:
    """What several calls of a session come to."""
    first = calls[0]
    names = ("input", "cache_read", "cache_write", "output", "reasoning", "requests")
    sums = {name: sum(getattr(call, name) for call in calls) for name in names}
    return Call(first.session, first.at, model, first.project, **sums)


@dataclass
class Truth:
    """Everything that one agent's history holds."""

    calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> Call:
        self.calls.append(call)
        return call

    def by(self, by: Sequence[By]) -> dict[tuple[object, ...], Tally]:
        found: dict[tuple[object, ...], Tally] = {}
        for call in self.calls:
            found[call.key(by)] = found.get(call.key(by), Tally()) + tally_of(call)
        return found


@dataclass(frozen=True)
class Tally:
    """Sums in which what is not known is left out, and counted."""

    entries: int = 0
    requests: int = 0
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    unknown_input: int = 0
    unknown_output: int = 0
    usd: Decimal = Decimal(0)

    def __add__(self, other: Tally) -> Tally:
        names = self.__dataclass_fields__
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names})


def tally_of(call: Call) -> Tally:
    return Tally(
        entries=1,
        requests=call.requests,
        input=call.input or 0,
        cache_read=call.cache_read or 0,
        cache_write=call.cache_write or 0,
        output=call.output or 0,
        reasoning=call.reasoning or 0,
        unknown_input=max(1, call.requests) if call.input is None else 0,
        unknown_output=max(1, call.requests) if call.output is None else 0,
        usd=Decimal(call.usd or 0),
    )


def tally_of_sums(sums: Sums) -> Tally:
    return Tally(
        entries=sums.entries,
        requests=sums.requests,
        input=sums.tokens["input"],
        cache_read=sums.tokens["cache_read"],
        cache_write=sums.cache_write_tokens,
        output=sums.tokens["output"],
        reasoning=sums.tokens["reasoning"],
        unknown_input=sums.unknown["input"],
        unknown_output=sums.unknown["output"],
        usd=Decimal(sums.recorded_pico).scaleb(-12),
    )


def reported(index: UsageIndex, by: tuple[By, ...], agent: str) -> dict[tuple[object, ...], Tally]:
    report = make_report(index, Query(by=by, agents=frozenset({agent})))
    return {row.key: tally_of_sums(row.sums) for row in report.rows if row.sums.entries}


def assert_reported(index: UsageIndex, truth: Truth, agent: str) -> None:
    """The index says of `agent` what is true, whatever it is split by."""
    for by in DIMENSIONS:
        assert reported(index, by, agent) == truth.by(by), by


def new_index(home: Path, zone: tzinfo = UTC) -> UsageIndex:
    return UsageIndex(home / ".cache-of-test" / "usage.sqlite", zone)


def indexed(
    home: Path, agent: str, *, environ: dict[str, str] | None = None, workers: int = 1
) -> UsageIndex:
    """An index of everything `agent` has under `home`; the caller closes it."""
    index = new_index(home)
    refresh_agent(index, home, agent, environ=environ, workers=workers)
    return index


def refresh_agent(
    index: UsageIndex,
    home: Path,
    agent: str,
    *,
    environ: dict[str, str] | None = None,
    workers: int = 1,
) -> None:
    machine = Machine(environ or {}, home)
    refresh(index, readers=(reader_of(agent),), machine=machine, workers=workers)


def calls_of(home: Path, agent: str, environ: dict[str, str] | None = None) -> Tally:
    """What a small case comes to in all."""
    with closing(indexed(home, agent, environ=environ)) as index:
        return reported(index, (), agent).get((), Tally())


def reader_of(agent: str) -> Reader:
    return next(reader for reader in READERS if reader.agent == agent)


class Dice:
    """Everything random in a history, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.at = FIRST_AT

    def uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def name(self, prefix: str, length: int = 8) -> str:
        return f"{prefix}{self.random.getrandbits(length * 4):0{length}x}"

    def below(self, limit: int) -> int:
        return self.random.randrange(limit)

    def between(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, among: Sequence[T]) -> T:
        return self.random.choice(among)

    def call(self, session: str, project: str, model: str, usd: str | None = None) -> Call:
        """Some requests to a model, with every kind of token, at the next moment."""
        output = self.between(10, 900)
        return Call(
            session=session,
            at=self.later(),
            model=model,
            project=project,
            input=self.between(1, 9_000),
            cache_read=self.between(0, 50_000),
            cache_write=self.between(0, 900),
            output=output,
            reasoning=self.below(output),
            requests=self.between(1, 20),
            usd=usd,
        )

    def later(self, least: float = 1.5, most: float = 900.0) -> float:
        """The next moment something happens, in whole milliseconds."""
        self.at = round(self.at + self.random.uniform(least, most), 3)
        return self.at


def iso(at: float) -> str:
    """As JavaScript writes a moment."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
