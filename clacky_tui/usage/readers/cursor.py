"""Cursor's command line agent: sessions it has had, no tokens (spec/usage-sources.md 3.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry
from clacky_tui.usage.instants import instant
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.database import beside, columns_of, opened
from clacky_tui.usage.readers.files import object_of, text_of

_REASON = "Cursor keeps no token counts on this machine; what was billed stands in the account's dashboard"


class CursorReader(Reader):
    """One entry per session, of a number of requests that is not known."""

    agent: ClassVar[str] = "cursor-agent"
    title: ClassVar[str] = "Cursor Agent"
    strategy: ClassVar[str] = "sessions and their models; tokens are not stored"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (machine.home / ".cursor" / "chats",)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            for path in sorted(place.glob("*/*/store.db")):
                yield Source(path, "database", can_grow=False, companions=beside(path))

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        with opened(source.path) as db:
            if not columns_of(db, "meta"):
                return reading
            rows = [_decoded(row["value"]) for row in db.execute("SELECT value FROM meta")]
        for meta in rows:
            at = instant(meta.get("createdAt"))
            session = text_of(meta.get("agentId"))
            if session is None or at is None:
                continue
            reading.entries.append(
                UsageEntry(
                    session=session,
                    at=at,
                    model=text_of(meta.get("lastUsedModel")),
                    key=session,
                    provider="cursor",
                    requests=0,
                    precision="session",
                    confidence="unknown",
                )
            )
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        return "partial", _REASON


def _decoded(value: object) -> dict[str, Any]:
    """JSON written in hexadecimal digits; plain JSON is understood too."""
    if not isinstance(value, str | bytes):
        return {}
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    try:
        return object_of(json.loads(bytes.fromhex(text)))
    except ValueError:
        pass
    try:
        return object_of(json.loads(text))
    except ValueError:
        return {}
