"""Pi's sessions: ``sessions/--<folder>--/*.jsonl`` (spec/usage-sources.md 3.9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count, to_pico
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of


class PiReader(Reader):
    """Every entry counts, abandoned branches too: they were paid for. Forks copy entries verbatim."""

    agent: ClassVar[str] = "pi"
    title: ClassVar[str] = "Pi"
    strategy: ClassVar[str] = "usage and recorded cost of its messages, forks once"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (machine.folder("PI_CODING_AGENT_DIR", ".pi/agent") / "sessions",)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            yield from (Source(path, "session") for path in files_under(place, ".jsonl"))

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry=carry)
        for record in json_objects(source.path, offset, reading, b'"session"', b'"usage"'):
            if record.get("type") == "session" and "session" not in carry:
                carry["session"] = text_of(record.get("id")) or source.path.stem
                carry["project"] = text_of(record.get("cwd"))
                carry["parent"] = text_of(record.get("parentSession"))
            entry = _entry(record, carry, source.path)
            if entry is not None:
                reading.entries.append(entry)
        return reading


def _entry(record: dict[str, Any], carry: Carry, path: Path) -> UsageEntry | None:
    message = object_of(record.get("message"))
    usage = message.get("usage")
    if record.get("type") != "message" or message.get("role") != "assistant":
        return None
    written_at = record.get("timestamp")
    if not isinstance(usage, dict):
        return None
    at, precision = moment(written_at, path)
    written, long = count(usage.get("cacheWrite")), count(usage.get("cacheWrite1h"))
    entry = UsageEntry(
        session=carry.get("session") or path.stem,
        at=at,
        model=text_of(message.get("model")),
        key=f"{record.get('id')}|{written_at}",
        provider=text_of(message.get("provider")),
        protocol=text_of(message.get("api")),
        project=carry.get("project"),
        parent_session=carry.get("parent"),
        input=count(usage.get("input")),
        cache_read=count(usage.get("cacheRead")),
        output=count(usage.get("output")),
        recorded_pico=to_pico(object_of(usage.get("cost")).get("total")) or None,
        precision=precision,
        rank=0 if carry.get("parent") else 1,  # what a fork copies is its parent's
    )
    if long is None:
        entry.cache_write_untimed = written
    else:
        entry.cache_write_1h = long
        entry.cache_write_5m = max(0, (written or 0) - long)
    return entry if entry.total_tokens else None
