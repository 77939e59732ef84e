"""The index's tables. All of it can be made anew from the histories that still exist."""

from __future__ import annotations

SCHEMA_VERSION = 2

CLASSES = (
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_untimed",
    "output",
    "reasoning",
)
"""Token classes, as the columns of both tables are called."""

NAMES = ("provider", "protocol", "model", "project", "session", "parent_session", "task")
"""Columns that hold the id of a text in `name`, or NULL."""

UNKNOWN, RECORDED, ESTIMATED, INCLUDED = range(4)
COST_KINDS = ("unknown", "recorded", "estimated", "included")
"""What `kind` means. What is included is not summed as spent."""

_CLASS_COLUMNS = ", ".join(f"{name} INTEGER" for name in CLASSES)
_NAME_COLUMNS = ", ".join(f"{name} INTEGER" for name in NAMES)

KEY_INDEX = "CREATE INDEX IF NOT EXISTS entry_key ON entry(key)"
"""Made last of all in a first index: `settling` tells why."""

TABLES = f"""
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS source(
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    stamp TEXT NOT NULL,
    inode TEXT NOT NULL,
    size INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    head BLOB NOT NULL,
    carry TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    caveats TEXT NOT NULL,
    facts TEXT NOT NULL,
    UNIQUE(agent, path)
);
CREATE TABLE IF NOT EXISTS label(
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    {_NAME_COLUMNS},
    kind INTEGER NOT NULL,
    credits_unit TEXT,
    precision TEXT NOT NULL,
    confidence TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS label_source ON label(source);
CREATE TABLE IF NOT EXISTS entry(
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    label INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    key INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    grp INTEGER,
    grp_rank INTEGER NOT NULL,
    at INTEGER NOT NULL,
    {_CLASS_COLUMNS},
    requests INTEGER NOT NULL,
    recorded INTEGER,
    estimated INTEGER,
    credits REAL
);
{KEY_INDEX};
CREATE INDEX IF NOT EXISTS entry_source ON entry(source);
CREATE INDEX IF NOT EXISTS entry_group ON entry(grp) WHERE grp IS NOT NULL;
CREATE VIEW IF NOT EXISTS usage AS
    SELECT entry.id, entry.source, key, rank, grp, grp_rank, counts, at, {", ".join(NAMES)},
        {", ".join(CLASSES)}, requests, recorded, estimated, kind, credits, credits_unit,
        precision, confidence
    FROM entry JOIN label ON label.id = entry.label;
CREATE TABLE IF NOT EXISTS hourly(
    source INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    {_NAME_COLUMNS},
    kind INTEGER NOT NULL,
    confidence TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    {_CLASS_COLUMNS},
    {", ".join(f"unknown_{name} INTEGER NOT NULL" for name in CLASSES)},
    recorded INTEGER,
    estimated INTEGER,
    credits REAL
);
CREATE INDEX IF NOT EXISTS hourly_source ON hourly(source);
CREATE INDEX IF NOT EXISTS hourly_hour ON hourly(hour);
"""
"""`at` is milliseconds since the epoch, costs are 10**-12 USD, `hour` counts hours of local time. What
the entries of a file share stands once, in `label`; the view `usage` has both together."""


def _unknown(name: str) -> str:
    requests = f"sum(max(requests, 1)) FILTER (WHERE {name} IS NULL)"
    return f"coalesce({requests}, 0) AS unknown_{name}"


HOURS = f"""
SELECT sums.source, hour, {", ".join(NAMES)}, kind, confidence, first_at, last_at, entries,
    requests, {", ".join(CLASSES)}, {", ".join(f"unknown_{name}" for name in CLASSES)},
    recorded, estimated, credits
FROM (
    SELECT source, label, (at + {{offset}}) / 3600000 AS hour,
        min(at) AS first_at, max(at) AS last_at, count(*) AS entries, sum(requests) AS requests,
        {", ".join(f"sum({name}) AS {name}" for name in CLASSES)},
        {", ".join(map(_unknown, CLASSES))},
        sum(recorded) AS recorded, sum(estimated) AS estimated, sum(credits) AS credits
    FROM entry WHERE counts AND {{where}}
    GROUP BY source, label, 3
) AS sums JOIN label ON label.id = sums.label
"""
"""The columns of `hourly`. Takes the milliseconds that local time is ahead at `at`, as an expression,
and what to sum."""
