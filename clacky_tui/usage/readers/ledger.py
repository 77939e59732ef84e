"""Our own ledger and that of OpenClacky and octo: ``billing/YYYY-MM.jsonl``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from clacky_tui.billing.ledger import default_ledger, is_month_file
from clacky_tui.billing.record import NotARecordError, UsageRecord, from_line
from clacky_tui.usage.entry import UsageEntry, to_pico
from clacky_tui.usage.lines import TORN_CAVEAT, whole_lines
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source


class LedgerReader(Reader):
    """One line per request, priced when it was made."""

    agent: ClassVar[str] = "clacky"
    title: ClassVar[str] = "clacky"
    strategy: ClassVar[str] = "its own ledger, a line per request"
    prices_itself: ClassVar[bool] = True

    def __init__(self, folder: Path | None = None) -> None:
        """Read the ledger in `folder`; None for this user's own."""
        self._folder = folder

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (self._folder or default_ledger().folder,)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            try:
                files = sorted(place.iterdir())
            except OSError:
                continue
            yield from (Source(file, "ledger") for file in files if is_month_file(file))

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        for line in whole_lines(source.path, offset, reading):
            if not line.strip():
                continue
            try:
                record = from_line(line)
            except NotARecordError:
                reading.note(TORN_CAVEAT)
                continue
            reading.entries.append(_entry(record, line))
        return reading


class OctoReader(LedgerReader):
    """The same files under octo's home."""

    agent: ClassVar[str] = "octo"
    title: ClassVar[str] = "octo"
    strategy: ClassVar[str] = "its ledger, a line per request"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (machine.home / ".octo" / "billing",)


def _entry(record: UsageRecord, line: bytes) -> UsageEntry:
    usage = record.usage
    entry = UsageEntry(
        session=record.session_id,
        at=record.timestamp.timestamp(),
        model=record.model or None,
        key=record.id or line.decode("utf-8", "replace"),
        provider=record.provider or None,
        project=record.project or None,
        task=None if record.purpose == "chat" else record.purpose,
        recorded_pico=to_pico(record.cost),
    )
    if usage is not None:
        entry.input = usage.input_tokens
        entry.cache_read = usage.cache_read_tokens
        entry.cache_write_1h = usage.cache_creation_1h_tokens
        entry.cache_write_5m = usage.cache_creation_tokens - usage.cache_creation_1h_tokens
        entry.output = usage.output_tokens
        entry.reasoning = usage.reasoning_tokens
    if record.cost_source == "estimated":
        entry.confidence = "inferred"
    return entry
