"""Records of this machine for others, and theirs here: one file of JSON lines per machine and agent.

An export holds counters, names of models and sessions and paths of projects, never what was said.
Imported files are kept in the data directory and read like any other history. A request that both
machines know, as one of a synchronised folder, has one key and counts once.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from clacky_tui.billing.exact_json import encode
from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import data_dir
from clacky_tui.usage.entry import count, to_pico, to_usd
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import TORN_CAVEAT, whole_lines
from clacky_tui.usage.reader import Reading, Source
from clacky_tui.usage.records import select_records
from clacky_tui.usage.report import Query
from clacky_tui.usage.rows import Row
from clacky_tui.usage.schema import CLASSES, COST_KINDS, NAMES

SCHEMA = 1
IMPORTED = "import"
"""The `Source.kind` of a file from another machine."""
_FILE = re.compile(r"(?P<machine>[A-Za-z0-9_-]+)\.(?P<agent>[a-z0-9-]+)\.jsonl")
_REST = ("requests", "recorded", "estimated", "kind", "credits", "credits_unit")
_TRUST = ("precision", "confidence")
_COLUMNS = ", ".join(
    (
        "hourly.key, hourly.rank, grp, grp_rank, hourly.at",
        *(f"{name}.text" for name in NAMES),
        *(f"hourly.{name}" for name in (*CLASSES, *_REST, *_TRUST)),
    )
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of taking files over: by name, and why not."""

    taken: tuple[str, ...]
    skipped: tuple[str, ...]
    """A sentence each."""


def imports_dir() -> Path:
    """Where the files of other machines lie."""
    return data_dir() / "usage" / "imports"


def machine_name() -> str:
    """What this machine is called among others: its host name, made unique the first time.

    Raises:
        OSError: the data directory cannot be written to.
    """
    file = data_dir() / "usage" / "machine"
    try:
        known = file.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        known = ""
    if re.fullmatch(r"[A-Za-z0-9_-]+", known):
        return known
    host = re.sub(r"[^A-Za-z0-9_-]+", "-", socket.gethostname().split(".")[0]).strip("-")
    name = f"{host or 'machine'}-{secrets.token_hex(4)}"
    make_private_dir(file.parent)
    write_atomic(file, name.encode(), mode=PRIVATE_FILE_MODE)
    return name


def export_records(index: UsageIndex, folder: Path, query: Query) -> dict[str, int]:
    """Write what this machine used into `folder`; returns how many records of each agent.

    Each file is replaced as a whole. Imported records are left out: their machine exports them.

    Raises:
        OSError: `folder` cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = machine_name()
    agents = sorted({agent for agent, _ in index.sources()})
    written: dict[str, int] = {}
    for agent in agents:
        if query.agents and agent not in query.agents:
            continue
        lines = _lines(index, query, agent)
        header = {
            "schema": SCHEMA,
            "machine": machine,
            "agent": agent,
            "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        many = _write(folder / f"{machine}.{agent}.jsonl", encode(header), lines)
        if many:
            written[agent] = many
    return written


def _lines(index: UsageIndex, query: Query, agent: str) -> Iterator[str]:
    own = replace(query, agents=frozenset({agent}), without_kinds=frozenset({IMPORTED}))
    for row in select_records(index, own, _COLUMNS, "ORDER BY hourly.at, hourly.key"):
        yield encode(_fields(row))


def _fields(row: Sequence[Any]) -> dict[str, Any]:
    key, rank, group, group_rank, at = row[:5]
    names = dict(zip(NAMES, row[5:], strict=False))
    values = iter(row[5 + len(NAMES) :])
    tokens = {name: next(values) for name in CLASSES}
    requests, recorded, estimated, kind, credits, unit, precision, confidence = values
    return {
        "key": key,
        "at": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds"),
        **names,
        **tokens,
        "requests": requests,
        "recorded_usd": to_usd(recorded),
        "estimated_usd": to_usd(estimated),
        "cost_kind": COST_KINDS[kind],
        "credits": credits,
        "credits_unit": unit,
        "precision": precision,
        "confidence": confidence,
        "rank": rank,
        "group": group,
        "group_rank": group_rank,
    }


def _write(path: Path, header: str, lines: Iterator[str]) -> int:
    """Write `lines` as they come, and put them in the place of `path` at the end; 0 leaves no file."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    many = 0
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="ascii", newline="\n") as file:
            file.write(header + "\n")
            for line in lines:
                file.write(line + "\n")
                many += 1
            file.flush()
            os.fsync(file.fileno())
        if many:
            partial.replace(path)
        else:
            path.unlink(missing_ok=True)
    finally:
        partial.unlink(missing_ok=True)
    return many


def import_files(folder: Path, known_agents: Sequence[str]) -> Imported:
    """Take every export in `folder` over, in the place of an earlier one of the same machine.

    Raises:
        ConfigError: there is no export.
        OSError: `folder` cannot be read, or the data directory not be written to.
    """
    taken: list[str] = []
    skipped: list[str] = []
    own = machine_name()
    files = [path for path in sorted(folder.iterdir()) if _FILE.fullmatch(path.name)]
    if not files:
        raise ConfigError(
            f"There is no export in {folder}.",
            hint="On the other machine: clacky usage export --jsonl DIR.",
        )
    target = make_private_dir(imports_dir())
    for path in files:
        match = _FILE.fullmatch(path.name)
        assert match is not None
        problem = _problem(path, match["machine"], match["agent"], known_agents)
        if match["machine"] == own:
            skipped.append(f"{path.name} is of this machine.")
        elif problem:
            skipped.append(problem)
        else:
            partial = target / f".{path.name}.{secrets.token_hex(4)}"
            try:
                shutil.copyfile(path, partial)
                partial.chmod(PRIVATE_FILE_MODE)
                partial.replace(target / path.name)
            finally:
                partial.unlink(missing_ok=True)
            taken.append(path.name)
    return Imported(tuple(taken), tuple(skipped))


def _problem(path: Path, machine: str, agent: str, known_agents: Sequence[str]) -> str:
    if agent not in known_agents:
        return f"{path.name}: the agent {agent} is not known here; update clacky first."
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline(4096))
    except (OSError, ValueError) as error:
        return f"{path.name} cannot be read: {error}."
    if not isinstance(header, dict) or header.get("schema") != SCHEMA:
        return f"{path.name} is no export that is known here; update clacky first."
    if (header.get("machine"), header.get("agent")) != (machine, agent):
        return (
            f"{path.name} was renamed: it holds {header.get('agent')} of {header.get('machine')}."
        )
    return ""


def imported_sources(agent: str) -> Iterator[Source]:
    """The imported files of `agent`, for the index.

    Raises:
        OSError: their folder is there and cannot be listed.
    """
    folder = imports_dir()
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        match = _FILE.fullmatch(path.name)
        if match is not None and match["agent"] == agent:
            yield Source(path, IMPORTED, can_grow=False)


def read_import(path: Path, reading: Reading) -> list[Row]:
    """The rows of an imported file, as the index takes them; what is wrong goes to `reading`.

    Raises:
        OSError: it cannot be read.
    """
    rows: list[Row] = []
    lines = whole_lines(path, 0, reading)
    next(lines, None)
    for line in lines:
        try:
            rows.append(_row(json.loads(line, parse_float=Decimal)))
        except (ValueError, KeyError, TypeError, RecursionError):
            reading.note(TORN_CAVEAT)
    reading.offset = 0
    return rows


def _row(fields: dict[str, Any]) -> Row:
    at = instant(fields["at"])
    if at is None:
        raise ValueError("no time")
    group = fields["group"]
    credits = fields["credits"]
    requests = count(fields["requests"])
    if requests is None:
        raise ValueError("no number of requests")
    return (
        _whole(fields["key"]),
        _whole(fields["rank"]),
        None if group is None else _whole(group),
        _whole(fields["group_rank"]),
        round(at * 1000),
        *(_text(fields[name]) for name in NAMES),
        *(count(fields[name]) for name in CLASSES),
        requests,
        to_pico(fields["recorded_usd"]),
        to_pico(fields["estimated_usd"]),
        COST_KINDS.index(fields["cost_kind"]),
        None if credits is None else float(credits),
        _text(fields["credits_unit"]),
        _text(fields["precision"]) or "call",
        _text(fields["confidence"]) or "unknown",
    )


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("no number")
    return value


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("no text")
    return value
