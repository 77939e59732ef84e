"""The index's tables. All of it can be made anew from the histories that still exist."""

from __future__ import annotations

SCHEMA_VERSION = 1

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
CREATE TABLE IF NOT EXISTS usage(
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    key INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    grp INTEGER,
    grp_rank INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    {_NAME_COLUMNS},
    {_CLASS_COLUMNS},
    requests INTEGER NOT NULL,
    recorded INTEGER,
    estimated INTEGER,
    kind INTEGER NOT NULL,
    credits REAL,
    credits_unit TEXT,
    precision TEXT NOT NULL,
    confidence TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS usage_key ON usage(key);
CREATE INDEX IF NOT EXISTS usage_source ON usage(source);
CREATE INDEX IF NOT EXISTS usage_group ON usage(grp) WHERE grp IS NOT NULL;
CREATE INDEX IF NOT EXISTS usage_at ON usage(at) WHERE counts;
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
"""`at` is milliseconds since the epoch, costs are 10**-12 USD, `hour` counts hours of local time."""

DROP = "".join(
    f"DROP TABLE IF EXISTS {table};" for table in ("meta", "name", "source", "usage", "hourly")
)

HOURS = f"""
SELECT source, (at + {{offset}}) / 3600000 AS hour, {", ".join(NAMES)}, kind, confidence,
    min(at) AS first_at, max(at) AS last_at, count(*) AS entries, sum(requests) AS requests,
    {", ".join(f"sum({name}) AS {name}" for name in CLASSES)},
    {", ".join(f"sum(iif({name} IS NULL, requests, 0)) AS unknown_{name}" for name in CLASSES)},
    sum(recorded) AS recorded, sum(estimated) AS estimated, sum(credits) AS credits
FROM usage WHERE counts AND {{where}}
GROUP BY source, (at + {{offset}}) / 3600000, {", ".join(NAMES)}, kind, confidence
"""
"""The columns of `hourly`. Takes the milliseconds that local time is ahead at `at`, as an expression,
and what to sum."""
