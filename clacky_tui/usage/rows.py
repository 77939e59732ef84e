"""Entries as flat rows: what travels from the reading processes to the index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clacky_tui.usage.entry import UsageEntry, key_hash
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.schema import CLASSES, ESTIMATED, INCLUDED, NAMES, RECORDED, UNKNOWN

Row = tuple[Any, ...]
"""key, rank, group, group rank, at in ms, `NAMES` as text, `CLASSES`, requests, recorded, estimated,
kind, credits, their unit, precision, confidence."""

Label = tuple[Any, ...]
"""What many rows of a file share: `NAMES` as text, kind, unit of credits, precision, confidence."""
LABEL_NAMES = len(NAMES)
"""Of a label, so many parts are texts that the index keeps by number."""

_HIGHEST_RANK = 2**62
_NAMES_AT = 5
_CLASSES_AT = _NAMES_AT + len(NAMES)
_KIND_AT = _CLASSES_AT + len(CLASSES) + 3


@dataclass(slots=True)
class Packed:
    """Rows, with what they share stated once: smaller to hand over, and to keep."""

    labels: list[Label]
    rows: list[Row]
    """Place in `labels`, key, rank, group, group rank, at, `CLASSES`, requests, recorded, estimated,
    credits."""


def pack(rows: Iterable[Row]) -> Packed:
    """The same rows, shorter."""
    places: dict[Label, int] = {}
    packed = []
    for row in rows:
        label = (*row[_NAMES_AT:_CLASSES_AT], row[_KIND_AT], *row[_KIND_AT + 2 :])
        place = places.setdefault(label, len(places))
        packed.append((place, *row[:_NAMES_AT], *row[_CLASSES_AT:_KIND_AT], row[_KIND_AT + 1]))
    return Packed([tuple(map(_storable, label)) for label in places], packed)


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
