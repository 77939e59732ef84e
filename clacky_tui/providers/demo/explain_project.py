"""Scenario: look around the working directory and sum up what the tools returned."""

from __future__ import annotations

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
    batches, working_dir = exchange.batches, exchange.working_dir
    if not batches:
        return _look_around(working_dir)
    failed = next((outcome for outcome in batches[-1] if outcome.problem), None)
    if failed and len(batches) == 1:
        return Turn(f"I cannot look around here: {failed.problem}")
    listing, found = batches[0]
    folders, top_files = _top_level(listing.result)
    newest = _found_files(found.result, working_dir)
    if not newest:
        return Turn(f"`{working_dir}` has no files that I can see.")
    if len(batches) > 1:
        return Turn(_summary(working_dir, folders, newest, batches[1]))
    calls = tuple(
        ScriptedCall(
            "file_reader",
            {"path": str(PurePosixPath(working_dir) / path), "max_lines": _LINES_TO_READ},
        )
        for path in _worth_reading(top_files + newest)
    )
    return Turn("I'll read the files that should tell the most.", tool_calls=calls)


def _look_around(working_dir: str) -> Turn:
    newest = {"pattern": "*", "base_path": working_dir, "limit": _LISTED_FILES}
    return Turn(
        "I'll see what there is.",
        reasoning="A README says most in the fewest lines; the newest files tell what is going on.",
        tool_calls=(
            ScriptedCall("file_reader", {"path": working_dir}),
            ScriptedCall("glob", newest),
        ),
    )


def _top_level(listing: str) -> tuple[list[str], list[PurePosixPath]]:
    """The folders and files of a directory listing, hidden ones left out."""
    names = [line.strip() for line in listing.splitlines()[1:]]
    shown = [name for name in names if name and not name.startswith((".", "\u2026"))]
    folders = [name for name in shown if name.endswith("/")]
    return folders, [PurePosixPath(name) for name in shown if not name.endswith("/")]


def _found_files(result: str, working_dir: str) -> list[PurePosixPath]:
    """The files that glob named, relative to the working directory."""
    paths = [PurePosixPath(line.strip()) for line in result.splitlines()]
    return [path.relative_to(working_dir) for path in paths if path.is_relative_to(working_dir)]


def _worth_reading(paths: list[PurePosixPath]) -> list[PurePosixPath]:
    """A README, a manifest and code, the ones nearest the top first."""
    by_depth = sorted(dict.fromkeys(paths), key=lambda path: (len(path.parts), str(path)))
    readme = [path for path in by_depth if path.name.upper().startswith("README")][:1]
    manifest = [path for path in by_depth if path.name in _MANIFESTS][:1]
    code = [p for p in by_depth if p.suffix in _CODE_SUFFIXES and not p.name.startswith("__")]
    return (readme + manifest + code or by_depth)[:_FILES_TO_READ]


def _summary(
    working_dir: str,
    folders: list[str],
    newest: list[PurePosixPath],
    read: tuple[Outcome, ...],
) -> str:
    kinds = Counter(path.suffix or "(none)" for path in newest)
    lines = [f"## {PurePosixPath(working_dir).name or working_dir}", ""]
    if folders:
        lines += ["Folders: " + ", ".join(f"`{folder}`" for folder in folders), ""]
    lines += [f"The {len(newest)} newest files by kind:", ""]
    lines += ["| kind | files |", "|------|------:|"]
    lines += [f"| `{kind}` | {count} |" for kind, count in kinds.most_common(_SUFFIXES_SHOWN)]
    lines += ["", "### What I read", ""]
    lines += [f"- {_about_file(outcome, working_dir)}" for outcome in read]
    lines += [
        "",
        "Everything above comes from the tools, put into fixed sentences: I am the demo model. A real "
        "model would tell you what it means; add a key to `~/.clacky/config.yml`.",
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
    title = re.search(r'^name\s*[=:]\s*"([^"]+)"', content, re.M)
    if title and path.name in _MANIFESTS:
        return f"{name}: the manifest of `{title[1]}`"
    defined = list(dict.fromkeys(_DEFINITION.findall(content)))[:5]
    if defined:
        return f"{name} defines " + ", ".join(f"`{word}`" for word in defined)
    return f"{name}: {len(content.splitlines())} lines"
