"""Entries as flat rows: what travels from the reading processes to the index."""

from __future__ import annotations

from typing import Any

from clacky_tui.usage.entry import UsageEntry, key_hash
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.schema import ESTIMATED, INCLUDED, RECORDED, UNKNOWN

Row = tuple[Any, ...]
"""key, rank, group, group rank, at in ms, `NAMES` as text, `CLASSES`, requests, recorded, estimated,
kind, credits, their unit, precision, confidence."""

_HIGHEST_RANK = 2**62


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
