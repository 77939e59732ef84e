"""Scenario: look around the working directory and sum up what the tools returned."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import PurePosixPath

from clacky_tui.providers.demo.exchange import Exchange, Outcome
from clacky_tui.providers.demo.script import ScriptedCall, Turn

_LISTED_FILES = 60
_FILES_TO_READ = 3
_LINES_TO_READ = 120
_SUFFIXES_SHOWN = 6

_MANIFESTS = (
    "pyproject.toml",
    "package.json",
    "Cargo.toml",
    "go.mod",
    "Gemfile",
    "pom.xml",
    "Makefile",
)
_CODE_SUFFIXES = frozenset({".py", ".js", ".ts", ".rs", ".go", ".rb", ".java", ".c", ".cpp", ".sh"})
_DEFINITION = re.compile(
    r"^\s*(?:export |pub |public |async )*(?:def|class|func|fn|function|struct|type) (\w+)", re.M
)


def explain_project(exchange: Exchange) -> Turn:
    """List files, read a few, then describe them; stops where a tool is refused or fails."""
    batches = exchange.batches
    if not batches:
        return _look_around(exchange.working_dir)
    failed = next((outcome for outcome in batches[-1] if outcome.problem), None)
    if failed and len(batches) == 1:
        return Turn(f"I cannot look around here: {failed.problem}")
    paths = _listed_paths(batches[0], exchange.working_dir)
    if not paths:
        return Turn(f"`{exchange.working_dir}` has no files that I can see.")
    if len(batches) == 1:
        calls = tuple(
            ScriptedCall(
                "file_reader",
                {"path": _absolute(path, exchange.working_dir), "max_lines": _LINES_TO_READ},
            )
            for path in _worth_reading(paths)
        )
        return Turn(
            f"{len(paths)} files listed. I'll read the most telling ones.", tool_calls=calls
        )
    return Turn(_summary(exchange.working_dir, paths, batches[1]))


def _look_around(working_dir: str) -> Turn:
    return Turn(
        "I'll see which files there are.",
        reasoning="A README says most in the fewest lines; the list of files tells what it leaves out.",
        tool_calls=tuple(
            ScriptedCall("glob", {"pattern": pattern, "base_path": working_dir, "limit": limit})
            for pattern, limit in (("*", _LISTED_FILES), ("README*", _FILES_TO_READ))
        ),
    )


def _listed_paths(outcomes: tuple[Outcome, ...], working_dir: str) -> list[PurePosixPath]:
    """The files that glob named, relative to the working directory, each once, shallow ones first."""
    found: dict[PurePosixPath, None] = {}
    for outcome in outcomes:
        for line in _result_lines(outcome.result):
            path = PurePosixPath(line)
            if path.is_relative_to(working_dir):
                found[path.relative_to(working_dir)] = None
            elif not path.is_absolute() and path.suffix and " " not in line:
                found[path] = None
    return sorted(found, key=lambda path: (len(path.parts), str(path)))


def _result_lines(result: str) -> list[str]:
    try:
        value = json.loads(result)
    except ValueError:
        return [line.strip().removeprefix("- ") for line in result.splitlines()]
    matches = value.get("matches") if isinstance(value, dict) else None
    return [str(match) for match in matches] if isinstance(matches, list) else []


def _worth_reading(paths: list[PurePosixPath]) -> list[PurePosixPath]:
    readme = [path for path in paths if path.name.upper().startswith("README")][:1]
    manifest = [path for path in paths if path.name in _MANIFESTS][:1]
    code = [path for path in paths if path.suffix in _CODE_SUFFIXES and path.stem != "__init__"]
    chosen = list(dict.fromkeys(readme + manifest + code))
    return (chosen or paths)[:_FILES_TO_READ]


def _absolute(path: PurePosixPath, working_dir: str) -> str:
    return str(PurePosixPath(working_dir) / path)


def _summary(working_dir: str, paths: list[PurePosixPath], read: tuple[Outcome, ...]) -> str:
    kinds = Counter(path.suffix or "(none)" for path in paths)
    folders = sorted({path.parts[0] for path in paths if len(path.parts) > 1})
    lines = [f"## {PurePosixPath(working_dir).name or working_dir}", ""]
    lines += [f"I was shown {len(paths)} files; these kinds are the most frequent:", ""]
    lines += ["| kind | files |", "|------|------:|"]
    lines += [f"| `{kind}` | {count} |" for kind, count in kinds.most_common(_SUFFIXES_SHOWN)]
    if folders:
        lines += ["", "Folders: " + ", ".join(f"`{folder}/`" for folder in folders)]
    lines += ["", "### What I read", ""]
    lines += [f"- {_about_file(outcome, working_dir)}" for outcome in read]
    lines += [
        "",
        "Everything above comes from the tools, put into fixed sentences: I am the demo model. A real "
        "model would tell you what it means; add a key with `/config`.",
    ]
    return "\n".join(lines)


def _about_file(outcome: Outcome, working_dir: str) -> str:
    path = PurePosixPath(str(outcome.call.arguments.get("path")))
    name = f"**{path.relative_to(working_dir) if path.is_relative_to(working_dir) else path}**"
    if outcome.problem:
        return f"{name}: not read ({outcome.problem})"
    # The reader's own heading stands above the first blank line.
    content = outcome.result.partition("\n\n")[2]
    heading = re.search(r"^#+ +(.+)$", content, re.M) if path.suffix == ".md" else None
    if heading:
        return f"{name}: {heading[1].strip()}"
    defined = list(dict.fromkeys(_DEFINITION.findall(content)))[:5]
    if defined:
        return f"{name} defines " + ", ".join(f"`{word}`" for word in defined)
    return f"{name}: {len(content.splitlines())} lines"
