"""Which files a search sees: ``.gitignore`` and ``.clackyignore`` as git reads them, scoped by folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from clacky_tui.tools.ignore_rules import IgnoreRules

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

Parts = tuple[str, ...]
"""Names from the walk's root down to an entry."""


class WalkCounts:
    """What a walk left out: ignored files and folders, and folders it could not read."""

    __slots__ = ("ignored", "unreadable")

    def __init__(self) -> None:
        self.ignored = 0
        self.unreadable = 0


class WalkedFile(NamedTuple):
    """A regular file, or a link to one."""

    path: str
    parts: Parts
    linked: bool


class _Scope(NamedTuple):
    """The rules of one folder. `above` leads from it to the walk's root, or `depth` into the walk."""

    rules: IgnoreRules
    above: Parts = ()
    depth: int = 0

    def verdict(self, parts: Parts, *, folder: bool) -> bool | None:
        return self.rules.verdict(self.above + parts[self.depth :], folder=folder)


_Scopes = tuple[_Scope, ...]


def walk_files(
    root: Path,
    *,
    working_dir: Path,
    counts: WalkCounts,
    never_ignored: Callable[[str], bool],
) -> Iterator[WalkedFile]:
    """The files under `root` in sorted order, ignored ones left out. Symlinked folders stay closed.

    Ignore files above `root` count up to the repository's top, or up to `working_dir`. A `root`
    that is itself ignored was named on purpose: then only rules found inside it count.

    Args:
        counts: filled while walking.
        never_ignored: names of files that are listed even when ignored, besides `CONFIG_SUFFIXES`.
    """
    scopes = _scopes_at(root, working_dir)
    waiting: list[tuple[Iterator[os.DirEntry[str]], Parts, _Scopes]]
    waiting = [(iter(_entries(str(root), counts)), (), scopes)]
    while waiting:
        entries, parts, scopes = waiting[-1]
        for entry in entries:
            name = entry.name
            here = (*parts, name)
            folder = entry.is_dir(follow_symlinks=False)
            if folder and name in ALWAYS_PRUNED:
                continue
            if _ignored(here, scopes, folder=folder) and (
                folder or not (name.endswith(CONFIG_SUFFIXES) or never_ignored(name))
            ):
                counts.ignored += 1
            elif folder:
                listing = _entries(entry.path, counts)
                inner = None
                if any(item.name in IGNORE_FILES for item in listing):
                    inner = _rules_of(entry.path)
                deeper = scopes if inner is None else (*scopes, _Scope(inner, depth=len(here)))
                waiting.append((iter(listing), here, deeper))
                break
            elif _is_file(entry):
                yield WalkedFile(entry.path, here, entry.is_symlink())
        else:
            waiting.pop()


class FolderRules:
    """The rules that hold in one folder; for walks that keep what they saw between two looks."""

    file_names = IGNORE_FILES

    def __init__(self, path: str, parts: Parts, scopes: _Scopes) -> None:
        self._path, self._parts, self._scopes = path, parts, scopes

    @classmethod
    def at(cls, root: Path) -> FolderRules:
        """The rules in `root`, those of folders above it included."""
        return cls(str(root), (), _scopes_at(root, root))

    def inside(self, name: str, *, has_file: bool) -> FolderRules:
        """The rules in the folder `name` of this one; its ignore files are read if it `has_file`."""
        path, parts = f"{self._path}/{name}", (*self._parts, name)
        own = _rules_of(path) if has_file else None
        scopes = self._scopes if own is None else (*self._scopes, _Scope(own, depth=len(parts)))
        return FolderRules(path, parts, scopes)

    def ignores(self, name: str, *, folder: bool) -> bool:
        """Whether the entry `name` of this folder is ignored; settings and ``.env*`` never are."""
        if folder and name in ALWAYS_PRUNED:
            return True
        if not folder and (name.endswith(CONFIG_SUFFIXES) or name.startswith(".env")):
            return False
        return _ignored((*self._parts, name), self._scopes, folder=folder)


def _ignored(parts: Parts, scopes: _Scopes, *, folder: bool) -> bool:
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


def _entries(folder: str, counts: WalkCounts) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return sorted(listing, key=lambda entry: entry.name)
    except OSError:
        counts.unreadable += 1
        return []


def _scopes_at(root: Path, working_dir: Path) -> _Scopes:
    scopes = _scopes_above(root, working_dir)
    own = _rules_of(str(root))
    if own is not None:
        return (*scopes, _Scope(own))
    return scopes or (_Scope(IgnoreRules(DEFAULT_RULES)),)


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
    return () if _named_on_purpose(scopes) else tuple(scopes)


def _named_on_purpose(scopes: list[_Scope]) -> bool:
    """Whether the rules above ignore the walk's root, or a folder on the way to it."""
    longest = scopes[0].above if scopes else ()
    for length in range(1, len(longest) + 1):
        for scope in reversed(scopes):
            inside = length - (len(longest) - len(scope.above))
            verdict = None
            if inside > 0:
                verdict = scope.rules.verdict(scope.above[:inside], folder=True)
            if verdict:
                return True
            if verdict is not None:
                break
    return False


def _rules_of(folder: str) -> IgnoreRules | None:
    lines: list[str] | None = None
    for name in IGNORE_FILES:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read(IGNORE_FILE_LIMIT_BYTES)
        except OSError:
            continue
        lines = (lines or []) + os.fsdecode(content).split("\n")
    return None if lines is None else IgnoreRules(lines)
