"""A chunk archive read back: the messages that `chunks` or OpenClacky wrote as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.sessions.records import moment

_HEADING = re.compile(r"## (User|Assistant)\s*|### Tool Result:\s*(.*)")
_CALLS = re.compile(r"_Tool calls: (.*)_\s*")
_CALL = re.compile(r"\s*;?\s*([\w.-]+)\s*\|\s*")
_NUMBER = re.compile(r"-chunk-(\d+)\.md$")


@dataclass(slots=True)
class _Section:
    heading: re.Match[str]
    lines: list[str]


def chunk_paths(base: Path) -> list[Path]:
    """The archives whose names begin with `base`, the oldest first."""
    numbered = [
        (int(match[1]), path)
        for path in base.parent.glob("*-chunk-*.md")
        if path.name.startswith(f"{base.name}-chunk-") and (match := _NUMBER.search(path.name))
    ]
    return [path for _, path in sorted(numbered)]


def read_chunk(path: Path) -> list[Message]:
    """The messages in an archive, a second apart, the last one at the time of archiving.

    Tool results are as far as the archive has them; pictures are the words that stand for them.

    Raises:
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    stamps = (
        line.partition(":")[2].strip() for line in lines[:20] if line.startswith("archived_at:")
    )
    archived_at = (
        moment(next(stamps, "")) or datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    )
    messages = list(_messages(list(_sections(lines)), path.stem))
    first = archived_at - timedelta(seconds=max(0, len(messages) - 1))
    return [
        Message(
            message.role,
            message.content,
            message.origin,
            tool_calls=message.tool_calls,
            tool_call_id=message.tool_call_id,
            created_at=first + timedelta(seconds=number),
        )
        for number, message in enumerate(messages)
    ]


def _sections(lines: Sequence[str]) -> Iterator[_Section]:
    """Each heading with the lines under it; what stands in a result's fence is never a heading."""
    section: _Section | None = None
    fence = ""
    for line in lines:
        if fence:
            fence = "" if line.strip() == fence else fence
        elif heading := _HEADING.fullmatch(line):
            if section is not None:
                yield section
            section = _Section(heading, [])
            continue
        elif section is not None and section.heading[2] is not None and line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
        if section is not None:
            section.lines.append(line)
    if section is not None:
        yield section


def _messages(sections: Sequence[_Section], prefix: str) -> Iterator[Message]:
    waiting: list[ToolCall] = []
    for number, section in enumerate(sections):
        match section.heading[1]:
            case "User":
                waiting = []
                yield Message("user", _text(section.lines), Origin.USER)
            case "Assistant":
                calls, lines = _calls(section.lines, f"{prefix}-{number}")
                waiting = list(calls)
                yield Message("assistant", _text(lines), Origin.MODEL, tool_calls=calls)
            case _ if waiting:
                result = _unfenced(section.lines)
                yield Message("tool", result, Origin.TOOL, tool_call_id=waiting.pop(0).id)


def _calls(lines: Sequence[str], prefix: str) -> tuple[tuple[ToolCall, ...], Sequence[str]]:
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    match = _CALLS.fullmatch(lines[first]) if lines else None
    if match is None:
        return (), lines
    named = enumerate(_named_calls(match[1]))
    calls = tuple(ToolCall(f"{prefix}-{i}", name, arguments) for i, (name, arguments) in named)
    return calls, lines[first + 1 :]


def _named_calls(text: str) -> Iterator[tuple[str, str]]:
    """``name | {json}; name | {json}`` taken apart; older archives have names alone."""
    if "|" not in text:
        yield from ((name.strip(), "{}") for name in text.split(",") if name.strip())
        return
    position = 0
    while match := _CALL.match(text, position):
        start = match.end()
        try:
            _, position = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            end = text.find("; ", start)
            position = end if end >= 0 else len(text)
        yield match[1], text[start:position]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")


def _unfenced(lines: Sequence[str]) -> str:
    kept = [line for line in lines if line.strip()]
    if kept and kept[0].startswith("```"):
        fence = kept[0][: len(kept[0]) - len(kept[0].lstrip("`"))]
        start = lines.index(kept[0]) + 1
        ends = (i for i in range(start, len(lines)) if lines[i].strip() == fence)
        end = next(ends, len(lines))
        return "\n".join(lines[start:end])
    return _text(lines)
