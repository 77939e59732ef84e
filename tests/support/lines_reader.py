"""A reader of a format made for tests: one JSON object a line, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source


class LinesReader(Reader):
    agent: ClassVar[str] = "lines"
    title: ClassVar[str] = "Lines"
    strategy: ClassVar[str] = "test lines"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (machine.home / "lines",)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            yield from (Source(path, "lines") for path in sorted(place.glob("*.jsonl")))

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry={"lines": carry.get("lines", 0)})
        for line in json_objects(source.path, offset, reading):
            reading.carry["lines"] += 1
            reading.entries.append(entry_of(line))
        return reading


def entry_of(line: dict[str, Any]) -> UsageEntry:
    return UsageEntry(
        session=line.get("session", "s"),
        at=line.get("at", 1_788_000_000.0),
        model=line.get("model", "claude-sonnet-4-5"),
        key=line["key"],
        provider="anthropic",
        project=line.get("project"),
        input=line.get("input"),
        output=line.get("output"),
        rank=line.get("rank", 0),
        group=line.get("group", ""),
        group_rank=line.get("group_rank", 0),
    )
