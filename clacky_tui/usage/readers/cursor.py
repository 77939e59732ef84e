"""Cursor: sessions of its command line agent, counts of its editor, and what its dashboard exports
(spec/usage-sources.md 3.4)."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.paths import usage_imports_dir
from clacky_tui.usage.entry import UsageEntry, count, to_pico
from clacky_tui.usage.instants import instant
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.database import beside, columns_of, opened
from clacky_tui.usage.readers.files import moment, object_of, text_of

EXPORT_COLUMNS = frozenset({"Date", "Model", "Output Tokens"})
"""Columns that every export of the dashboard has had."""
_CHAT, _EDITOR, _EXPORT = "chat database", "editor database", "dashboard export"
_EDITOR_FOLDERS = (
    "Cursor/User/globalStorage",
    "Library/Application Support/Cursor/User/globalStorage",
)
_REASON = (
    "Cursor keeps no token counts of its command line agent on this machine;"
    " what was billed stands in the account's dashboard"
)


class CursorReader(Reader):
    """An entry per session, of a number of requests that is not known; the editor counts tokens of a
    turn's last message only. Days that an export covers are taken from it alone."""

    agent: ClassVar[str] = "cursor-agent"
    title: ClassVar[str] = "Cursor Agent"
    strategy: ClassVar[str] = "sessions and their models, the editor's counts, imported exports"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        settings = machine.folder("XDG_CONFIG_HOME", ".config")
        return (
            machine.home / ".cursor" / "chats",
            settings / _EDITOR_FOLDERS[0],
            machine.home / _EDITOR_FOLDERS[1],
            usage_imports_dir() / self.agent,
        )

    def find(self, machine: Machine) -> Iterator[Source]:
        chats, *editors, exports = self.places(machine)
        for path in sorted(chats.glob("*/*/store.db")):
            yield Source(path, _CHAT, can_grow=False, companions=beside(path))
        for folder in editors:
            path = folder / "state.vscdb"
            if path.is_file():
                yield Source(path, _EDITOR, can_grow=False, companions=beside(path))
        for path in sorted(exports.glob("*.csv")):
            yield Source(path, _EXPORT, can_grow=False)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        match source.kind:
            case "chat database":
                _read_chat(source.path, reading)
            case "editor database":
                _read_editor(source.path, reading)
            case _:
                _read_export(source.path, reading)
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        if found.kinds and set(found.kinds) == {_EXPORT}:
            return "supported", ""
        reason = _REASON
        if found.lower_bounds:
            reason += f"; {found.lower_bounds:,} counts of its editor are a lower bound"
        return "partial", reason


def _read_chat(path: Path, reading: Reading) -> None:
    with opened(path) as db:
        if not columns_of(db, "meta"):
            return
        rows = [_decoded(row["value"]) for row in db.execute("SELECT value FROM meta")]
    for meta in rows:
        session = text_of(meta.get("agentId"))
        if session is None:
            continue
        at, precision = moment(meta.get("createdAt"), path)
        reading.entries.append(
            UsageEntry(
                session=session,
                at=at,
                model=text_of(meta.get("lastUsedModel")),
                key=session,
                provider="cursor",
                requests=0,
                precision="session" if precision == "call" else precision,
                confidence="unknown",
            )
        )


def _read_editor(path: Path, reading: Reading) -> None:
    """Bubbles: ``bubbleId:<composer>:<bubble>``. Other rows, such as tokens to log in, stay unread."""
    with opened(path) as db:
        if not columns_of(db, "cursorDiskKV"):
            return
        rows = db.execute(
            "SELECT key, value FROM cursorDiskKV WHERE key > 'bubbleId:' AND key < 'bubbleId;'"
        )
        for key, value in rows:
            bubble = _decoded(value)
            counts = object_of(bubble.get("tokenCount"))
            given, output = count(counts.get("inputTokens")), count(counts.get("outputTokens"))
            if not given and not output:
                continue
            at, precision = moment(bubble.get("createdAt"), path)
            model = text_of(object_of(bubble.get("modelInfo")).get("modelName"))
            reading.entries.append(
                UsageEntry(
                    session=key.split(":")[1],
                    at=at,
                    model=None if model == "default" else model,
                    key=key,
                    provider="cursor",
                    input=given,
                    output=output,
                    precision=precision,
                    confidence="lower-bound",
                    included=True,
                    group=_day(at),
                )
            )


def _read_export(path: Path, reading: Reading) -> None:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            at = instant(row.get("Date"))
            if at is None:
                reading.note("rows without a date")
                continue
            reading.entries.append(_exported(row, at))


def _exported(row: dict[str, Any], at: float) -> UsageEntry:
    """A row of the dashboard. Input with a cache write beside input without: where the total says so,
    the one holds the other."""
    written, given = _tokens(row, "Input (w/ Cache Write)"), _tokens(row, "Input (w/o Cache Write)")
    read, output = _tokens(row, "Cache Read"), _tokens(row, "Output Tokens")
    total = _tokens(row, "Total Tokens")
    if total is not None and total == sum(filter(None, (written, read, output))) and given:
        written = max(0, (written or 0) - given)
    cost = str(row.get("Cost") or "").strip()
    included = "included" in f"{cost} {row.get('Kind')}".lower()
    model = text_of(row.get("Model"))
    return UsageEntry(
        session="dashboard",
        at=at,
        model=None if model in ("auto", "default") else model,
        key=f"export|{row.get('Date')}|{model}|{written}|{given}|{read}|{output}",
        provider="cursor",
        input=given,
        cache_read=read,
        cache_write_untimed=written,
        output=output,
        recorded_pico=None if included else _usd(cost),
        included=included,
        group=_day(at),
        group_rank=1,
    )


def _tokens(row: dict[str, Any], column: str) -> int | None:
    text = str(row.get(column) or "").replace(",", "").strip()
    return count(int(text)) if text.isdecimal() else None


def _usd(text: str) -> int | None:
    try:
        return to_pico(Decimal(text.lstrip("$").replace(",", ""))) or None
    except InvalidOperation:
        return None


def _day(at: float) -> str:
    return f"day {datetime.fromtimestamp(at, UTC).date()}"


def _decoded(value: object) -> dict[str, Any]:
    """JSON written in hexadecimal digits; plain JSON is understood too."""
    if not isinstance(value, str | bytes):
        return {}
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    with contextlib.suppress(ValueError):
        text = bytes.fromhex(text).decode("utf-8", "replace")
    try:
        return object_of(json.loads(text))
    except ValueError:
        return {}
