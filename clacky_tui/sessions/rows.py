"""One session in a list, and how a person names one: by number, id, or a word of its name."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar

from clacky_tui.errors import SessionError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.sessions.reader import Format

SHORT_ID = 8
UNNAMED = tr_noop("Unnamed session")
LARGEST_NUMBER = 99
"""Larger numbers are taken for ids (spec/tui-cli.md 1.6)."""
NAMED_IN_ERROR = 5


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in a list.

    `cost` in USD covers the requests with a known price, None when there is none such; `unpriced` counts
    the others; with `simulated` all of it is pretended. `source` says who began it (manual, cron,
    channel, setup); `branches` counts the ends of its history. `broken` says why the file cannot be
    read; most else is then empty.
    """

    path: Path
    format: Format
    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    working_dir: str
    model: str
    tasks: int
    cost: Decimal | None
    requests: int
    unpriced: int
    size_bytes: int
    pinned: bool
    simulated: bool
    source: str
    branches: int = 1
    broken: str = ""

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]

    @property
    def shown_name(self) -> str:
        return self.name or tr(UNNAMED)


def directory_first(rows: Iterable[SessionRow], working_dir: Path) -> list[SessionRow]:
    """`rows` with those of `working_dir` in front, the order kept within both groups."""
    return sorted(rows, key=lambda row: not is_in(row, working_dir))


def is_in(row: SessionRow, working_dir: Path) -> bool:
    """Whether the session works in exactly this directory, through links too."""
    return bool(row.working_dir) and _real(row.working_dir) == _real(str(working_dir))


def latest_in(rows: Iterable[SessionRow], working_dir: Path) -> SessionRow | None:
    """The session that `-c` continues: the newest of exactly this directory, None without any.

    Args:
        rows: newest first.
        working_dir: absolute.
    """
    return next((row for row in rows if not row.broken and is_in(row, working_dir)), None)


def attached(rows: Sequence[SessionRow], wanted: str, working_dir: Path) -> SessionRow | None:
    """The session that `-a wanted` opens; None when there are no sessions at all.

    A number up to 99 counts the rows as `-l` shows them; anything else is the beginning of an id, or
    else part of a name in any case.

    Args:
        rows: newest first.
        wanted: what was typed.
        working_dir: absolute.

    Raises:
        SessionError: none or several sessions fit.
    """
    usable = [row for row in rows if not row.broken]
    if not usable:
        return None
    if wanted.isdecimal() and int(wanted) <= LARGEST_NUMBER:
        ordered = directory_first(usable, working_dir)
        if 1 <= int(wanted) <= len(ordered):
            return ordered[int(wanted) - 1]
        raise SessionError(
            tr("There is no session number {wanted}.", wanted=wanted),
            hint=tr("Choose 1 to {count}: clacky -l.", count=len(ordered)),
        )
    return find(usable, wanted)


class Named(Protocol):
    """A session wherever it is, in the list or in the bin."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> Path: ...


T = TypeVar("T", bound=Named)


def find(rows: Iterable[T], wanted: str) -> T:
    """The one session whose id begins with `wanted`, else whose name contains it.

    Raises:
        SessionError: none or several sessions fit.
    """
    rows, folded = list(rows), wanted.strip().casefold()
    fitting = [row for row in rows if folded and row.id.casefold().startswith(folded)]
    fitting = fitting or [row for row in rows if folded and folded in row.name.casefold()]
    match fitting:
        case [row]:
            return row
        case []:
            raise SessionError(
                tr(
                    "No session has an id beginning with {wanted!r}, nor that in its name.",
                    wanted=wanted,
                ),
                hint=tr("`clacky sessions list` shows them all."),
            )
    named = "".join(
        f"\n  {number}. [{row.id}] {row.path.stem[:16]} - {row.name or tr(UNNAMED)}"
        for number, row in enumerate(fitting[:NAMED_IN_ERROR], start=1)
    )
    raise SessionError(
        tr(
            "{count} sessions fit {wanted!r}:{named}\n",
            count=len(fitting),
            wanted=wanted,
            named=named,
        ),
        hint=tr("Give more of the id."),
    )


@functools.lru_cache(maxsize=1024)
def _real(path: str) -> str:
    return os.path.realpath(path)
