"""Single requests out of the index, for what sums by the hour cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from clacky_tui.usage.entry import to_usd
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import By, Query, from_and_where
from clacky_tui.usage.schema import COST_KINDS, ESTIMATED, RECORDED
from clacky_tui.usage.zones import local_zone

WHOLE_INPUT = " + ".join(
    f"coalesce(hourly.{name}, 0)"
    for name in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "cache_write_untimed")
)
"""Everything a request gave its model, as SQL over `records`; what decides the tier of its price."""
IS_SUM = "(hourly.confidence IN ('aggregate', 'snapshot') OR hourly.requests != 1)"
"""Whether a record stands for several requests, of which no size is known."""


def select_records(
    index: UsageIndex, query: Query, columns: str, rest: str = ""
) -> Iterator[tuple[Any, ...]]:
    """Select `columns` from the records that count and that `query` lets through.

    Args:
        index: where they are. Blocks on the disk.
        query: filters; its `by` plays no part.
        columns: SQL over ``hourly`` (the columns of `usage`), ``source`` and ``model.text`` etc.
        rest: SQL after the conditions, such as a grouping or an order.
    """
    offset = index.offset_sql(query.zone or local_zone())
    table = f"(SELECT *, (at + {offset}) / 3600000 AS hour FROM usage WHERE counts)"
    source, values = from_and_where(query, table)
    yield from index.connection.execute(f"SELECT {columns} {source} {rest}", values)


_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records to list. `by` is `By.AGENT` or one of the names; None lets everything through.

    `value` is what `by` must be; None stands for what is not known. Times are aware and both given or
    neither; `until` is not part of it.
    """

    agents: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    by: By | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a history that counts; a counter that is not known is None."""

    id: int
    at: datetime
    """Local time."""
    agent: str
    model: str | None
    provider: str | None
    project: str | None
    session: str | None
    task: str | None
    input: int | None
    cache_read: int | None
    cache_write: int | None
    output: int | None
    requests: int
    cost: Decimal | None
    """USD; what a subscription paid for has none."""
    cost_kind: str
    """One of `schema.COST_KINDS`."""
    confidence: str


def list_records(
    index: UsageIndex, choice: Choice, limit: int, after: Record | None = None
) -> list[Record]:
    """The newest `limit` records that `choice` lets through, or those that come `after` one.

    Blocks on the disk.
    """
    conditions, values = ["entry.counts"], list[int | str]()
    if choice.agents:
        marks = ", ".join("?" * len(choice.agents))
        conditions.append(f"entry.source IN (SELECT id FROM source WHERE agent IN ({marks}))")
        values += sorted(choice.agents)
    if choice.since is not None and choice.until is not None:
        since, until = (round(at.timestamp() * 1000) for at in (choice.since, choice.until))
        # Sums by the hour know which files have anything of that time: local hours, so a day more.
        conditions.append("entry.source IN (SELECT source FROM hourly WHERE hour BETWEEN ? AND ?)")
        values += [since // _HOUR_MS - 24, until // _HOUR_MS + 24]
        conditions.append("entry.at >= ? AND entry.at < ?")
        values += [since, until]
    if choice.by is By.AGENT:
        conditions.append("entry.source IN (SELECT id FROM source WHERE agent = ?)")
        values.append(choice.value or "")
    elif choice.by is not None and choice.value is None:
        conditions.append(f"entry.label IN (SELECT id FROM label WHERE {choice.by.value} IS NULL)")
    elif choice.by is not None and choice.value is not None:
        named = f"{choice.by.value} = (SELECT id FROM name WHERE text = ?)"
        conditions.append(f"entry.label IN (SELECT id FROM label WHERE {named})")
        values.append(choice.value)
    if after is not None:
        conditions.append("(entry.at, entry.id) < (?, ?)")
        values += [round(after.at.timestamp() * 1000), after.id]
    chosen = (
        f"SELECT entry.id FROM entry WHERE {' AND '.join(conditions)}"
        " ORDER BY entry.at DESC, entry.id DESC LIMIT ?"
    )
    names = ("model", "provider", "project", "session", "task")
    joins = " ".join(f"LEFT JOIN name AS {name} ON {name}.id = usage.{name}" for name in names)
    rows = index.connection.execute(
        f"SELECT usage.id, usage.at, source.agent, {', '.join(f'{name}.text' for name in names)},"
        " input, cache_read, cache_write_5m, cache_write_1h, cache_write_untimed, output, requests,"
        " recorded, estimated, usage.kind, confidence"
        f" FROM usage JOIN source ON source.id = usage.source {joins}"
        f" WHERE usage.id IN ({chosen}) ORDER BY usage.at DESC, usage.id DESC",
        (*values, limit),
    )
    return [_record(*row) for row in rows]


def _record(id: int, at: int, agent: str, *rest: Any) -> Record:
    model, provider, project, session, task, given, read, *writes, output = rest[:11]
    requests, recorded, estimated, kind, confidence = rest[11:]
    known = [tokens for tokens in writes if tokens is not None]
    return Record(
        id=id,
        at=datetime.fromtimestamp(at / 1000).astimezone(),
        agent=agent,
        model=model,
        provider=provider,
        project=project,
        session=session,
        task=task,
        input=given,
        cache_read=read,
        cache_write=sum(known) if known else None,
        output=output,
        requests=requests,
        cost=to_usd({RECORDED: recorded, ESTIMATED: estimated}.get(kind)),
        cost_kind=COST_KINDS[kind],
        confidence=confidence,
    )
