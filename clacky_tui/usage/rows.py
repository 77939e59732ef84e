"""Entries as flat rows: what travels from the reading processes to the index."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clacky_tui.usage.entry import UsageEntry, key_hash
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.schema import CLASSES, ESTIMATED, INCLUDED, NAMES, RECORDED, UNKNOWN

Row = tuple[Any, ...]
"""The values of `ROW_COLUMNS`, with texts where the index holds numbers for `NAMES`."""

Label = tuple[Any, ...]
"""The values of `LABEL_COLUMNS`, which many rows of a file share."""

LABEL_COLUMNS = (*NAMES, "kind", "credits_unit", "precision", "confidence")
FIGURE_COLUMNS = (
    *("key", "rank", "grp", "grp_rank", "at"),
    *CLASSES,
    *("requests", "recorded", "estimated", "credits"),
)
ROW_COLUMNS = (
    *FIGURE_COLUMNS[:5],
    *NAMES,
    *CLASSES,
    *("requests", "recorded", "estimated", "kind", "credits"),
    *LABEL_COLUMNS[-3:],
)

_HIGHEST_RANK = 2**62
_FIXED = (None, 0, 1)


@dataclass(slots=True)
class Packed:
    """Rows by column, with what they share stated once: small to hand over, and quick to keep."""

    labels: list[Label]
    places: list[int]
    """The place in `labels` of every row's."""
    fixed: dict[str, int | None]
    """Of `FIGURE_COLUMNS` those that are None, 0 or 1 in all rows."""
    varying: dict[str, Sequence[Any]]
    """The others, with the value of every row."""

    def __len__(self) -> int:
        return len(self.places)


def pack(rows: Iterable[Row]) -> Packed:
    """The same rows, shorter."""
    table = dict(zip(ROW_COLUMNS, zip(*rows, strict=True), strict=False))
    if not table:
        return Packed([], [], {}, {})
    numbers: dict[Label, int] = {}
    labels = zip(*(table[name] for name in LABEL_COLUMNS), strict=True)
    places = [numbers.setdefault(label, len(numbers)) for label in labels]
    packed = Packed([tuple(map(_storable, label)) for label in numbers], places, {}, {})
    for name in FIGURE_COLUMNS:
        column = table[name]
        first = column[0]
        if first in _FIXED and column.count(first) == len(column):
            packed.fixed[name] = first
        else:
            packed.varying[name] = _dense(column)
    return packed


def _dense(column: tuple[Any, ...]) -> Sequence[Any]:
    """Whole numbers side by side, which are handed over as they lie in memory."""
    try:
        return array("q", column)
    except (TypeError, OverflowError):
        return column


def _storable(value: object) -> object:
    """Half of a surrogate pair, which a damaged text may hold, cannot be stored."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value


def to_row(agent: str, entry: UsageEntry, pricer: Pricer | None) -> Row:
    """`entry` with its price; without a `pricer` only what the history itself says of its cost."""
    estimated = pricer.estimate(entry) if pricer is not None else None
    recorded = entry.recorded_pico
    if recorded == 0 and entry.total_tokens and pricer is not None:
        recorded = None  # nobody priced it
    if entry.included:
        kind = INCLUDED
    elif recorded is not None:
        kind = RECORDED
    else:
        kind = ESTIMATED if estimated is not None else UNKNOWN
    return (
        key_hash(agent, entry.key),
        min(entry.rank, _HIGHEST_RANK),
        key_hash(agent, entry.group) if entry.group else None,
        entry.group_rank,
        round(entry.at * 1000),
        entry.provider,
        entry.protocol,
        entry.model,
        entry.project,
        entry.session,
        entry.parent_session,
        entry.task,
        entry.input,
        entry.cache_read,
        entry.cache_write_5m,
        entry.cache_write_1h,
        entry.cache_write_untimed,
        entry.output,
        entry.reasoning,
        entry.requests,
        recorded,
        estimated,
        kind,
        entry.credits,
        entry.credits_unit,
        entry.precision,
        entry.confidence,
    )
