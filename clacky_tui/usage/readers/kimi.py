"""Both programs called kimi: kimi-cli's and Kimi Code's ``wire.jsonl`` (spec/usage-sources.md 3.6)."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import Precision, UsageEntry, count
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of

_CLI, _CODE = "kimi-cli wire", "Kimi Code wire"


class KimiReader(Reader):
    """kimi-cli says tokens but no model: then the configured one when the line is first read."""

    agent: ClassVar[str] = "kimi"
    title: ClassVar[str] = "Kimi"
    strategy: ClassVar[str] = "usage of its wire logs, a sub-agent's in its own log only"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (
            machine.folder("KIMI_SHARE_DIR", ".kimi") / "sessions",
            machine.folder("KIMI_CODE_HOME", ".kimi-code") / "sessions",
        )

    def find(self, machine: Machine) -> Iterator[Source]:
        for place, kind in zip(self.places(machine), (_CLI, _CODE), strict=True):
            for path in files_under(place, "wire.jsonl"):
                yield Source(path, kind)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry=carry)
        cli, code = self.places(machine)
        if source.kind == _CLI:
            _read_cli(source.path, cli, offset, reading)
        else:
            _read_code(source.path, code, offset, reading)
        return reading


def _read_cli(path: Path, place: Path, offset: int, reading: Reading) -> None:
    carry = reading.carry
    parts = path.relative_to(place).parts
    if "session" not in carry:
        carry["session"] = parts[1] if len(parts) > 1 else path.parent.name
        carry["project"] = _cli_project(place.parent, parts[0])
        carry["task"] = parts[3] if len(parts) > 4 and parts[2] == "subagents" else None
    carry["model"] = _cli_model(place.parent)
    for line in json_objects(path, offset, reading, b'"token_usage"'):
        message = object_of(line.get("message"))
        payload = object_of(message.get("payload"))
        usage = payload.get("token_usage")
        # A parent's wire repeats its sub-agents' in SubagentEvent; they have their own.
        if message.get("type") != "StatusUpdate" or not isinstance(usage, dict):
            continue
        written_at = line.get("timestamp")
        counters = tuple(
            count(usage.get(name))
            for name in ("input_other", "input_cache_read", "input_cache_creation", "output")
        )
        identity = text_of(payload.get("message_id"))
        reading.entries.append(
            _entry(
                carry,
                moment(written_at, path),
                identity or f"{carry['session']}|{written_at}|{counters}",
                carry["model"],
                counters,
                inferred=True,
            )
        )


def _read_code(path: Path, place: Path, offset: int, reading: Reading) -> None:
    carry = reading.carry
    if "session" not in carry:
        parts = path.relative_to(place).parts
        folder = place / Path(*parts[:2])
        carry["session"] = parts[1] if len(parts) > 1 else path.parent.name
        state = _json_file(folder / "state.json")
        carry["project"] = text_of(state.get("cwd")) or text_of(state.get("workDir"))
        carry["parent"] = text_of(state.get("forkedFrom"))
        carry["task"] = path.parent.name if path.parent.name != "main" else None
    for line in json_objects(path, offset, reading, b'"usage.record"', b'"llm.request"'):
        if line.get("type") == "llm.request":
            carry["model"] = text_of(line.get("model")) or carry.get("model")
            continue
        usage = line.get("usage")
        if line.get("type") != "usage.record" or not isinstance(usage, dict):
            continue
        counters = tuple(
            count(usage.get(name)) or 0
            for name in ("inputOther", "inputCacheRead", "inputCacheCreation", "output")
        )
        model = carry.get("model") or text_of(line.get("model"))
        key = f"{line.get('time')}|{model}|{counters}"
        at = moment(line.get("time"), path)
        reading.entries.append(_entry(carry, at, key, model, counters, inferred=False))


def _entry(
    carry: Carry,
    at: tuple[float, Precision],
    key: str,
    model: str | None,
    counters: tuple[int | None, ...],
    *,
    inferred: bool,
) -> UsageEntry:
    given, read, written, output = counters
    return UsageEntry(
        session=carry["session"],
        at=at[0],
        precision=at[1],
        model=model,
        key=key,
        provider="moonshot",
        protocol="openai-chat",
        project=carry.get("project"),
        parent_session=carry.get("parent"),
        task=carry.get("task"),
        input=given,
        cache_read=read,
        cache_write_untimed=written,
        output=output,
        confidence="inferred-model" if inferred else "exact",
        rank=0 if carry.get("parent") else 1,  # what a fork copies is its parent's
    )


def _cli_project(home: Path, hashed: str) -> str | None:
    """The working directory whose MD5 names the folder."""
    known = _json_file(home / "kimi.json").get("work_dirs")
    for each in known if isinstance(known, list) else ():
        folder = text_of(each) or text_of(object_of(each).get("path"))
        if folder and hashlib.md5(folder.encode(), usedforsecurity=False).hexdigest() == hashed:
            return folder
    return None


def _cli_model(home: Path) -> str | None:
    try:
        settings = tomllib.loads((home / "config.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    alias = text_of(settings.get("default_model"))
    named = object_of(object_of(settings.get("models")).get(alias or "")).get("model")
    return text_of(named) or alias


def _json_file(path: Path) -> dict[str, Any]:
    try:
        return object_of(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}
