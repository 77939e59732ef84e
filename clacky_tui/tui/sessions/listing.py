"""Which sessions are listed, in which order, and what stands for many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from pathlib import Path

from clacky_tui.domain.money import EXACT
from clacky_tui.sessions.rows import SessionRow, is_in
from clacky_tui.sessions.search import SearchHit

SCHEDULED = "cron"
"""The source of sessions that a schedule began."""
_DATE_BEGINNING = re.compile(r"\d{0,4}|\d{4}-(\d{0,2}|\d{2}-\d{0,2})")


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One row for all sessions that schedules began, the newest first."""

    hits: tuple[SearchHit, ...]

    @property
    def tasks(self) -> int:
        return sum(hit.row.tasks for hit in self.hits)

    @property
    def cost(self) -> Decimal:
        """In USD, of the requests that were paid for and have a known price."""
        rows = (hit.row for hit in self.hits if not hit.row.simulated)
        return reduce(EXACT.add, (row.cost or Decimal(0) for row in rows), Decimal(0))

    @property
    def unpriced(self) -> int:
        return sum(hit.row.unpriced for hit in self.hits)

    @property
    def size_bytes(self) -> int:
        return sum(hit.row.size_bytes for hit in self.hits)


Item = SearchHit | Scheduled


@dataclass(frozen=True, slots=True)
class Filters:
    """What a session has to fit; an empty one fits all.

    `typed` are words of its name, id or directory, `source` who began it, `created` the beginning of its
    date, such as ``2026-05``.
    """

    typed: str = ""
    source: str = ""
    created: str = ""

    def __bool__(self) -> bool:
        return bool(self.typed or self.source or self.created)

    def fits(self, row: SessionRow) -> bool:
        """Whether `row` fits all of them."""
        told = f"{row.shown_name}\n{row.id}\n{row.working_dir}".casefold()
        return (
            (not self.source or (row.source == self.source and not row.broken))
            and f"{row.created_at.astimezone():%Y-%m-%d}".startswith(self.created)
            and all(word in told for word in self.typed.casefold().split())
        )


def is_date_beginning(typed: str) -> bool:
    """Whether a date written as ``2026-05-22`` can begin so."""
    return _DATE_BEGINNING.fullmatch(typed) is not None


def arrange(hits: Iterable[SearchHit], filters: Filters, working_dir: Path) -> list[SearchHit]:
    """Those of `hits` that fit: pinned first, then those of `working_dir`, else in the same order."""
    fitting = [hit for hit in hits if filters.fits(hit.row)]
    return sorted(fitting, key=lambda hit: (not hit.row.pinned, not is_in(hit.row, working_dir)))


def folded(hits: Sequence[SearchHit]) -> list[Item]:
    """`hits` with one row in the place of the newest scheduled one for all of them that bear no pin."""
    scheduled = tuple(hit for hit in hits if is_scheduled(hit) and not hit.row.pinned)
    if not scheduled:
        return list(hits)
    items: list[Item] = []
    for hit in hits:
        if hit is scheduled[0]:
            items.append(Scheduled(scheduled))
        elif not is_scheduled(hit) or hit.row.pinned:
            items.append(hit)
    return items


def is_scheduled(hit: SearchHit) -> bool:
    """Whether a schedule began the session."""
    return hit.row.source == SCHEDULED


def sources(hits: Iterable[SearchHit]) -> list[str]:
    """Who began any of `hits`, the person first."""
    found = {hit.row.source for hit in hits if not hit.row.broken}
    return sorted(found, key=lambda source: (source != "manual", source))
