"""The contract between the index and the readers of the agents' histories.

A reader knows where an agent keeps its histories and what their bytes mean; the index knows which
files have changed, and keeps what was read. Adding an agent is one module with one `Reader` and one
fixture (`readers/registry.py` names it).
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from clacky_tui.usage.entry import UsageEntry

Status = Literal["supported", "partial", "unsupported"]
Carry = dict[str, Any]
"""What a reader wants to know when it goes on behind `offset`; JSON values only."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a reader looks: environment and home, so that tests have their own."""

    environ: Mapping[str, str]
    home: Path

    @classmethod
    def this(cls) -> Machine:
        return cls(dict(os.environ), Path.home())

    def folder(self, variable: str, default: str) -> Path:
        """The folder that `variable` names, else `default` under the home."""
        named = self.environ.get(variable, "").strip()
        return Path(named).expanduser() if named else self.home / default


@dataclass(frozen=True, slots=True)
class Source:
    """One file with history. `kind` is the reader's own word for its format."""

    path: Path
    kind: str
    can_grow: bool = True
    """False for a file that is read whole whenever it has changed: a document, a database."""
    companions: tuple[Path, ...] = ()
    """Files that change its content without touching it, such as a database's ``-wal``."""


@dataclass(slots=True)
class Reading:
    """What came of reading a source, from `start` on."""

    entries: list[UsageEntry] = field(default_factory=list)
    offset: int = 0
    """Bytes that need not be read again: up to behind the last whole line. 0 for what cannot grow."""
    carry: Carry = field(default_factory=dict)
    caveats: dict[str, int] = field(default_factory=dict)
    """What was wrong, each with how often: "lines that are no JSON"."""
    facts: dict[str, int] = field(default_factory=dict)
    """Counts for `Reader.coverage`: "sessions without a shutdown"."""

    def note(self, caveat: str, times: int = 1) -> None:
        self.caveats[caveat] = self.caveats.get(caveat, 0) + times

    def fact(self, name: str, times: int = 1) -> None:
        self.facts[name] = self.facts.get(name, 0) + times


@dataclass(frozen=True, slots=True)
class Found:
    """What the index holds of an agent, for `Reader.coverage`."""

    sources: int
    unreadable: int
    entries: int
    """Those that count."""
    lower_bounds: int
    """Of `entries`, those of which more was used than is known."""
    first_at: int | None
    """When the first of `entries` was, in milliseconds since the epoch."""
    facts: Mapping[str, int]
    kinds: Mapping[str, int]
    """Files by `Source.kind`."""


class Reader(ABC):
    """Reads one agent's histories. Has no state: its methods run in several processes at once."""

    agent: ClassVar[str]
    """The id in reports: "claude"."""
    title: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the meaning of bytes has changed: then every file is read anew."""
    strategy: ClassVar[str]
    """One sentence for `clacky usage --sources`: what is read."""

    prices_itself: ClassVar[bool] = False
    """Whether its own costs are the truth, and a missing one stays unknown."""

    @abstractmethod
    def places(self, machine: Machine) -> tuple[Path, ...]:
        """Where it looks, whether or not there is anything."""

    @abstractmethod
    def find(self, machine: Machine) -> Iterator[Source]:
        """Every file with history; unreadable folders are left out."""

    @abstractmethod
    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        """What `source` holds behind `offset` bytes; 0 with an empty `carry` reads it all.

        Raises:
            OSError: it cannot be read at all.
            sqlite3.Error: likewise, for a database.
        """

    def coverage(self, found: Found) -> tuple[Status, str]:
        """How far the figures can be trusted here, and why not further; the reason may be empty."""
        return "supported", ""
