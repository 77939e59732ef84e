"""Local hours and days of instants, in SQL: offsets of a time zone over the time there are entries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clacky_tui.errors import ConfigError

_STEP = timedelta(days=7)
"""No zone changes its offset there and back within a week."""


def zone_of(name: str | None) -> tzinfo:
    """The zone called `name`, such as ``Europe/Berlin`` or ``UTC``; the machine's own for None.

    Raises:
        ConfigError: there is no such zone.
    """
    if name is None:
        return local_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"There is no time zone {name!r}.", hint="Write it like Europe/Berlin, or UTC."
        ) from None


def local_zone() -> tzinfo:
    """The machine's zone with its whole history of offsets where the system names it."""
    return _MachineZone()


class _MachineZone(tzinfo):
    """The zone of the C library: right for every instant, whatever it is called."""

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return None if at is None else at.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, at: datetime | None) -> timedelta | None:
        return None

    def tzname(self, at: datetime | None) -> str:
        return "local"

    def fromutc(self, at: datetime) -> datetime:
        local = at.replace(tzinfo=UTC).astimezone()
        return local.replace(tzinfo=self, fold=local.fold)


def offset_ms(at: datetime, zone: tzinfo) -> int:
    """Milliseconds that `zone` is ahead of UTC at `at` (aware)."""
    local = at.astimezone(zone).replace(tzinfo=None)
    return round((local - at.astimezone(UTC).replace(tzinfo=None)).total_seconds() * 1000)


def offsets(first_ms: int, last_ms: int, zone: tzinfo) -> list[tuple[int, int]]:
    """Offsets in ms with the instants (ms) they begin at; the first holds from the beginning."""
    at = datetime.fromtimestamp(first_ms / 1000, UTC)
    end = datetime.fromtimestamp(last_ms / 1000, UTC) + _STEP
    found = [(first_ms, offset_ms(at, zone))]
    while at < end:
        after = at + _STEP
        if offset_ms(after, zone) != found[-1][1]:
            change = _change_between(at, after, zone)
            found.append((round(change.timestamp() * 1000), offset_ms(change, zone)))
        at = after
    return found


def offset_sql(first_ms: int, last_ms: int, zone: tzinfo, column: str = "at") -> str:
    """The offset of `zone` at `column` as an SQL expression of integers only."""
    steps = offsets(first_ms, last_ms, zone)
    sql = str(steps[0][1])
    for begins, milliseconds in steps[1:]:
        sql = f"CASE WHEN {column} >= {begins} THEN {milliseconds} ELSE {sql} END"
    return f"({sql})"


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first second after `before` with another offset."""
    old = offset_ms(before, zone)
    low, high = 0, round((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if offset_ms(before + timedelta(seconds=middle), zone) == old:
            low = middle
        else:
            high = middle
    return (before + timedelta(seconds=high)).replace(microsecond=0)
