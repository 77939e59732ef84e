"""Entries as flat rows: what travels from the reading processes to the index."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple

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
_FIELDS = UsageEntry.__struct_fields__


class Packed(msgspec.Struct):
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
    return _packed(dict(zip(ROW_COLUMNS, zip(*rows, strict=True), strict=False)))


def pack_entries(agent: str, entries: Sequence[UsageEntry], pricer: Pricer | None) -> Packed:
    """`entries` of `agent` as rows with their prices; without a `pricer` only with what the history
    itself says of its cost."""
    # By column, as most of them are taken as they are.
    values = zip(*map(astuple, entries), strict=True)
    table: dict[str, Sequence[Any]] = dict(zip(_FIELDS, values, strict=False))
    if not table:
        return _packed(table)
    table["grp"], table["grp_rank"] = table["group"], table["group_rank"]
    table["recorded"] = table["recorded_pico"]
    if any(table["grp"]):
        table["grp"] = [key_hash(agent, group) if group else None for group in table["grp"]]
    else:
        table["grp"] = [None] * len(entries)
    if max(table["rank"]) > _HIGHEST_RANK:
        table["rank"] = [min(rank, _HIGHEST_RANK) for rank in table["rank"]]
    table["key"] = [key_hash(agent, key) for key in table["key"]]
    table["at"] = [round(at * 1000) for at in table["at"]]
    if pricer is None:
        table["estimated"] = [None] * len(entries)
    else:
        table["estimated"] = list(map(pricer.estimate, entries))
        if 0 in table["recorded"]:
            table["recorded"] = [_recorded(entry) for entry in entries]
    told = zip(table["included"], table["recorded"], table["estimated"], strict=True)
    table["kind"] = [_kind(*each) for each in told]
    return _packed(table)


def _recorded(entry: UsageEntry) -> int | None:
    """0 beside tokens means that nobody priced it."""
    return None if entry.recorded_pico == 0 and entry.total_tokens else entry.recorded_pico


def _kind(included: bool, recorded: int | None, estimated: int | None) -> int:
    if included:
        return INCLUDED
    if recorded is not None:
        return RECORDED
    return ESTIMATED if estimated is not None else UNKNOWN


def _packed(table: Mapping[str, Sequence[Any]]) -> Packed:
    """Of `ROW_COLUMNS` with as many values each; or nothing at all."""
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


def _dense(column: Sequence[Any]) -> Sequence[Any]:
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
