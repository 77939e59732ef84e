"""Single requests out of the index, for what sums by the hour cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import Query, from_and_where
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
