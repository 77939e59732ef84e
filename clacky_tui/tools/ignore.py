"""Which files a search sees: ``.gitignore`` and ``.clackyignore`` as git reads them, scoped by folder."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

ALWAYS_PRUNED = frozenset({".git", ".svn", ".hg"})
IGNORE_FILES = (".gitignore", ".clackyignore")
IGNORE_FILE_LIMIT_BYTES = 1024 * 1024

_DEFAULT_RULES = """
node_modules vendor/bundle tmp log coverage dist build .bundle .sass-cache .DS_Store *.log
.venv __pycache__ .mypy_cache .pytest_cache .ruff_cache .tox target
"""
DEFAULT_RULES = tuple(_DEFAULT_RULES.split())
"""Used where no ignore file is found (spec/tools-skills.md 4.4)."""

CONFIG_SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".config")
"""Files of these kinds are never ignored; their folders still are."""


@dataclass(slots=True)
class WalkCounts:
    """What a walk left out: ignored files and folders, and folders it could not read."""

    ignored: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class WalkedFile:
    """A regular file; `parts` are the names from the walk's root down to it."""

    path: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scope:
    """The rules of one folder. `above` leads from it to the walk's root, or `depth` into the walk."""

    rules: GitIgnoreSpec
    above: tuple[str, ...] = ()
    depth: int = 0

    def verdict(self, parts: tuple[str, ...], *, folder: bool) -> bool | None:
        relative = "/".join((*self.above, *parts[self.depth :]))
        return self.rules.check_file(relative + "/" if folder else relative).include


_Scopes = tuple[_Scope, ...]


def walk_files(
    root: Path,
    *,
    working_dir: Path,
    counts: WalkCounts,
    stop: threading.Event | None = None,
    show_env_files: bool = False,
) -> Iterator[WalkedFile]:
    """The files under `root` in sorted order, ignored ones left out. Symlinked folders stay closed.

    Ignore files above `root` count up to the repository's top, or up to `working_dir`. A `root`
    that is itself ignored was named on purpose: then only rules found inside it count.

    Args:
        counts: filled while walking.
        stop: set from another thread, ends the walk early.
        show_env_files: True lists ``.env*`` even when ignored.
    """
    scopes = _scopes_above(root, working_dir)
    own = _rules_of(str(root))
    if own is not None:
        scopes += (_Scope(own),)
    elif not scopes:
        scopes = (_Scope(_compiled(DEFAULT_RULES)),)
    waiting: list[tuple[Iterator[os.DirEntry[str]], tuple[str, ...], _Scopes]]
    waiting = [(_entries(str(root), counts), (), scopes)]
    while waiting:
        entries, parts, scopes = waiting[-1]
        entry = next(entries, None)
        if entry is None or (stop is not None and stop.is_set()):
            waiting.pop()
            continue
        here = (*parts, entry.name)
        folder = entry.is_dir(follow_symlinks=False)
        if folder and entry.name in ALWAYS_PRUNED:
            continue
        if _ignored(here, scopes, folder=folder, show_env_files=show_env_files):
            counts.ignored += 1
        elif folder:
            inner = _rules_of(entry.path)
            deeper = scopes if inner is None else (*scopes, _Scope(inner, depth=len(here)))
            waiting.append((_entries(entry.path, counts), here, deeper))
        elif _is_file(entry):
            yield WalkedFile(entry.path, here)


def _ignored(
    parts: tuple[str, ...], scopes: _Scopes, *, folder: bool, show_env_files: bool
) -> bool:
    name = parts[-1]
    if not folder and name.endswith(CONFIG_SUFFIXES):
        return False
    if not folder and show_env_files and name.startswith(".env"):
        return False
    for scope in reversed(scopes):
        verdict = scope.verdict(parts, folder=folder)
        if verdict is not None:
            return verdict
    return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _entries(folder: str, counts: WalkCounts) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return iter(sorted(listing, key=lambda entry: entry.name))
    except OSError:
        counts.unreadable += 1
        return iter(())


def _scopes_above(root: Path, working_dir: Path) -> _Scopes:
    top = next((p for p in (root, *root.parents) if (p / ".git").exists()), None)
    if top is None:
        top = working_dir if root.is_relative_to(working_dir) else root
    scopes: list[_Scope] = []
    folder = root
    while folder != top:
        folder = folder.parent
        rules = _rules_of(str(folder))
        if rules is not None:
            scopes.insert(0, _Scope(rules, above=root.relative_to(folder).parts))
    named_on_purpose = any(
        _Scope(scope.rules).verdict(scope.above, folder=True) for scope in scopes
    )
    return () if named_on_purpose else tuple(scopes)


def _rules_of(folder: str) -> GitIgnoreSpec | None:
    lines: list[str] = []
    for name in IGNORE_FILES:
        try:
            with Path(folder, name).open("rb") as file:
                content = file.read(IGNORE_FILE_LIMIT_BYTES)
        except OSError:
            continue
        lines += content.decode("utf-8", "replace").splitlines()
    if not lines:
        return None
    try:
        return _compiled(lines)
    except (ValueError, re.error):
        return _compiled([line for line in lines if _is_rule(line)])


def _compiled(lines: Sequence[str]) -> GitIgnoreSpec:
    # 50 ms to import, which must not fall on the event loop: walks run in a thread or a process.
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _is_rule(line: str) -> bool:
    try:
        _compiled([line])
    except (ValueError, re.error):
        return False
    return True
