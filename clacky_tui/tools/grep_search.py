"""The search behind `grep`: every line is judged here, by Python's `re`."""

from __future__ import annotations

import fnmatch
import json
import re
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from clacky_tui.domain.permissions.names import SECRET_NAMES, SECRET_PATHS, secret_part
from clacky_tui.tools.glob_pattern import GlobPattern
from clacky_tui.tools.ignore import WalkCounts, WalkedFile, walk_files
from clacky_tui.tools.rg_prefilter import RgPrefilter
from clacky_tui.tools.text_encoding import decode_text

LINE_LIMIT_CHARACTERS = 500
FULL_SAMPLE_MATCHES = 30
"""Up to this many matches are all kept; above, the first `SAMPLE_MATCHES` of `SAMPLE_FILES`."""
SAMPLE_FILES = 3
SAMPLE_MATCHES = 2
READ_ANYWAY_FILES = 100


@dataclass(frozen=True, slots=True)
class GrepRequest:
    """What to search; the fields of the tool's schema with `path` absolute."""

    pattern: str
    path: str
    working_dir: str
    file_pattern: str
    case_insensitive: bool
    context_lines: int
    max_files: int
    max_matches_per_file: int
    max_total_matches: int
    max_file_size: int
    """Bytes."""
    limit_seconds: float
    """After this the search ends between two files with what it has."""


@dataclass(frozen=True, slots=True)
class GrepMatch:
    """A line that matches, with its neighbours; `line` counts from 1."""

    line: int
    text: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(slots=True)
class GrepFile:
    """A file with `match_count` counted matches, of which `matches` are kept."""

    path: str
    match_count: int
    matches: list[GrepMatch]


@dataclass(slots=True)
class GrepOutcome:
    """What a search found.

    `stopped_by` names the limit that ended it early: then nobody knows how many files there were,
    and both file counts are 0. `error` is what is wrong with the pattern.
    """

    files: list[GrepFile] = field(default_factory=list)
    total_matches: int = 0
    files_searched: int = 0
    secret_files_skipped: int = 0
    """Files in a searched folder that may hold secrets; only naming one searches it."""
    stopped_by: str = ""
    error: str = ""

    @classmethod
    def from_json(cls, text: str | bytes) -> GrepOutcome:
        """The outcome written by `main`."""
        raw = json.loads(text)
        files = [
            GrepFile(
                file["path"],
                file["match_count"],
                [
                    GrepMatch(m["line"], m["text"], tuple(m["before"]), tuple(m["after"]))
                    for m in file["matches"]
                ],
            )
            for file in raw.pop("files")
        ]
        return cls(files=files, **raw)


def search(request: GrepRequest, prefilter: RgPrefilter | None = None) -> GrepOutcome:
    """Search a file or a folder; an invalid pattern comes back as `error`.

    Without `prefilter` each file is read here, with the same outcome.
    """
    outcome = GrepOutcome()
    until = time.monotonic() + request.limit_seconds
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = re.IGNORECASE if request.case_insensitive else re.NOFLAG
            expression = re.compile(request.pattern, flags)
    except (re.error, RecursionError, OverflowError) as error:
        outcome.error = str(error)
        return outcome
    for path, unread in _ordered(_files(request, outcome), prefilter):
        if outcome.total_matches >= request.max_total_matches:
            outcome.stopped_by = "max_total_matches"
        elif len(outcome.files) >= request.max_files:
            outcome.stopped_by = "max_files"
        elif time.monotonic() > until:
            outcome.stopped_by = f"{request.limit_seconds:g} s"
        if outcome.stopped_by:
            outcome.files_searched = outcome.secret_files_skipped = 0
            break
        if not unread:
            outcome.files_searched += 1
            continue
        text = _text_of(path, request.max_file_size)
        if text is not None:
            outcome.files_searched += 1
            _search_file(path, text, expression, request, outcome)
    if outcome.total_matches > FULL_SAMPLE_MATCHES:
        _keep_sample(outcome)
    return outcome


def _ordered(paths: Iterator[str], prefilter: RgPrefilter | None) -> Iterator[tuple[str, bool]]:
    """Each file, and whether it has to be read.

    The first ones are read in any case: a frequent pattern reaches its limits there, long before
    ripgrep has gone through the tree.
    """
    if prefilter is not None:
        yield from ((path, True) for path in islice(paths, READ_ANYWAY_FILES))
        rest = list(paths)
        without_match = prefilter.files_without_match()
        yield from ((path, path not in without_match) for path in rest)
    yield from ((path, True) for path in paths)


def _files(request: GrepRequest, outcome: GrepOutcome) -> Iterator[str]:
    """The files to search, in order; secret ones are only counted."""
    root = Path(request.path)
    if not root.is_dir():
        yield request.path
        return
    wanted = GlobPattern(request.file_pattern)
    secret = _SecretFiles()
    walk = walk_files(
        root,
        working_dir=Path(request.working_dir),
        counts=WalkCounts(),
        never_ignored=secret.may_hold,
    )
    for file in walk:
        if file.linked or not wanted.matches(file.parts):
            continue
        if secret.includes(file):
            outcome.secret_files_skipped += 1
        else:
            yield file.path


_SECRET_NAME = re.compile("|".join(map(fnmatch.translate, SECRET_NAMES)))


class _SecretFiles:
    """`secret_part` for many files: a name or folder is judged once."""

    def __init__(self) -> None:
        self._path_ends = tuple(path.rpartition("/")[2] for path in SECRET_PATHS)
        self._folders: dict[tuple[str, ...], bool] = {(): False}

    def may_hold(self, name: str) -> bool:
        return _SECRET_NAME.match(name.lower()) is not None

    def includes(self, file: WalkedFile) -> bool:
        name = file.parts[-1]
        if self._in_secret_folder(file.parts[:-1]) or self.may_hold(name):
            return True
        return name.lower() in self._path_ends and bool(secret_part("/".join(file.parts)))

    def _in_secret_folder(self, folder: tuple[str, ...]) -> bool:
        known = self._folders.get(folder)
        if known is None:
            known = self._in_secret_folder(folder[:-1]) or self.may_hold(folder[-1])
            self._folders[folder] = known
        return known


def _text_of(path: str, limit_bytes: int) -> str | None:
    """The file's text, or None for what is binary, too large or unreadable."""
    try:
        with open(path, "rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError:
        return None
    if len(content) > limit_bytes:
        return None
    text = decode_text(content)
    return None if "\0" in text else text


def _search_file(
    path: str, text: str, expression: re.Pattern[str], request: GrepRequest, outcome: GrepOutcome
) -> None:
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
    found = GrepFile(path, 0, [])
    for index, line in enumerate(lines):
        if expression.search(line) is None:
            continue
        found.match_count += 1
        outcome.total_matches += 1
        if outcome.total_matches <= FULL_SAMPLE_MATCHES or len(found.matches) < SAMPLE_MATCHES:
            found.matches.append(_match(lines, index, request.context_lines))
        if found.match_count >= request.max_matches_per_file:
            break
        if outcome.total_matches >= request.max_total_matches:
            break
    if found.match_count:
        outcome.files.append(found)


def _match(lines: list[str], index: int, context_lines: int) -> GrepMatch:
    before = lines[max(index - context_lines, 0) : index]
    after = lines[index + 1 : index + 1 + context_lines]
    return GrepMatch(
        index + 1, _cut(lines[index]), tuple(map(_cut, before)), tuple(map(_cut, after))
    )


def _cut(line: str) -> str:
    return line if len(line) <= LINE_LIMIT_CHARACTERS else line[:LINE_LIMIT_CHARACTERS] + "…"


def _keep_sample(outcome: GrepOutcome) -> None:
    for number, file in enumerate(outcome.files):
        kept = file.matches[:SAMPLE_MATCHES] if number < SAMPLE_FILES else []
        file.matches = [GrepMatch(match.line, match.text) for match in kept]


def answer(prefilter: RgPrefilter | None) -> None:
    """Answer one request from stdin on stdout."""
    request: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(search(GrepRequest(**request), prefilter)), sys.stdout)
