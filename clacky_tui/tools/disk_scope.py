"""The scope of a verdict with eyes on the disk: links followed, patterns expanded."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.verdict import Scope
from clacky_tui.i18n import phrase
from clacky_tui.paths import data_dir

_MATCHES_LIMIT = 1000
_ENTRIES_LIMIT = 50_000
"""So many directory entries are looked at for all patterns of a scope."""

_PATTERN_PIECE = re.compile(r"\[([*?\[])\]|(\*+)|(\?)|(\[)|(.)", re.DOTALL)
_GIT_PROGRAM = re.compile(
    r"(?:^|\])[ \t]*(fsmonitor|textconv|external|command|clean|smudge|process|pager|hookspath"
    r"|worktree|promisor|path)[ \t]*=[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_GIT_HARMLESS = re.compile(
    r"\"?(?:true|false|yes|no|on|off|0|1|git-lfs\b.*)\"?[ \t]*", re.IGNORECASE
)


def disk_scope(
    working_dir: Path,
    mode: PermissionMode = PermissionMode.CONFIRM_SAFES,
    *,
    allowed_rules: frozenset[str] = frozenset(),
    attended: bool = True,
) -> Scope:
    """A `Scope` for calls made in `working_dir`; verdicts in it look at the disk.

    Each place is looked at once: a scope is for the calls of one moment.
    """
    root = os.path.realpath(working_dir)
    return Scope(
        working_dir=root,
        mode=mode,
        home=os.path.expanduser("~"),  # noqa: PTH111  Path.home() raises where there is none
        data_dir=str(data_dir()),
        temp_dir=tempfile.gettempdir(),
        allowed_rules=allowed_rules,
        attended=attended,
        real_path=cache(_real_path),
        matching=cache(partial(_matching, [_ENTRIES_LIMIT])),
        git_runs=cache(partial(_git_runs, root)),
    )


def _real_path(path: str) -> str:
    """`path` with its links followed. No disk holds a name with a NUL; a tool will say so."""
    return os.path.realpath(path.replace("\0", "\N{REPLACEMENT CHARACTER}"))


# --- patterns ----------------------------------------------------------------------------------


def _matching(entries: list[int], pattern: str) -> tuple[str, ...]:
    """At least the paths that an absolute `pattern` finds in any shell, up to `_MATCHES_LIMIT`.

    Where shells differ it finds more: ``[…]`` as ``*``, ``**`` at any depth, both cases. When
    the `entries` that may be looked at run out, the answer is filled up to the limit.
    """
    components = pattern.strip("/").split("/") + ([""] if pattern.endswith("/") else [])
    found = list(islice(_found("/", components, entries), _MATCHES_LIMIT))
    if entries[0] <= 0:
        found += [pattern] * (_MATCHES_LIMIT - len(found))
    return tuple(found)


def _found(folder: str, components: list[str], entries: list[int]) -> Iterator[str]:
    """What `components` find below `folder`; counts `entries` down to 0 and ends there."""
    first, *rest = components
    if not first:
        yield f"{folder}/"
        return
    if first == "**":
        yield from _found(folder, rest or ["*"], entries)
        for entry in _entries(folder, entries):
            if entry.name.startswith(".") or not _is_folder(entry):
                continue
            deeper = rest or ["*"]
            if entry.is_symlink():
                yield from _found(entry.path, deeper, entries)
            else:
                yield from _found(entry.path, components, entries)
        return
    if not re.search(r"[*?\[]", first):
        path = f"{folder.rstrip('/')}/{first}"
        if os.path.lexists(path):
            yield from _found(path, rest, entries) if rest else (path,)
        return
    named = _name_pattern(first)
    for entry in _entries(folder, entries):
        if entry.name.startswith(".") and not first.startswith("."):
            continue
        if named.fullmatch(entry.name):
            if not rest:
                yield entry.path
            elif _is_folder(entry):
                yield from _found(entry.path, rest, entries)


def _entries(folder: str, entries: list[int]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as scan:
            found = list(islice(scan, max(entries[0], 0)))
    except OSError:
        return []
    entries[0] -= len(found)
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _name_pattern(component: str) -> re.Pattern[str]:
    pieces: list[str] = []
    for piece in _PATTERN_PIECE.finditer(component):
        quoted, stars, mark, bracket, character = piece.groups()
        if bracket:
            pieces.append(".*")
            break
        pieces.append(".*" if stars else "." if mark else re.escape(quoted or character))
    return re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)


# --- repositories ------------------------------------------------------------------------------


def _git_runs(root: str, folder: str) -> str:
    """What git would run when asked in `folder`; see `Scope.git_runs`."""
    repository = _repository(folder)
    if repository != _repository(root):
        return phrase("asks a repository inside the project, whose settings could run anything")
    if repository is None:
        return ""
    for file in (repository / "config", repository / "config.worktree"):
        try:
            settings = file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            continue
        except OSError:
            return phrase("has settings that cannot be read")
        for key, value in _GIT_PROGRAM.findall(settings):
            if not _GIT_HARMLESS.fullmatch(value):
                return phrase(
                    "runs or reads what the repository's own settings name ({key})",
                    key=key.lower(),
                )
    return ""


def _repository(folder: str) -> Path | None:
    """The folder of the repository that git finds from `folder`: where its settings are."""
    here = Path(folder).resolve()
    for above in (here, *here.parents):
        mark = above / ".git"
        if mark.is_dir():
            return mark
        if mark.is_file():
            return _linked_repository(mark)
        if (above / "HEAD").is_file() and (above / "objects").is_dir():
            return above
    return None


def _linked_repository(mark: Path) -> Path:
    """The repository that a ``.git`` file names, of a worktree or a submodule."""
    try:
        target = mark.read_text(encoding="utf-8", errors="replace").partition(":")[2].strip()
        own = mark.parent / target
        common = own / "commondir"
        return own / common.read_text().strip() if common.exists() else own
    except OSError:
        return mark
