"""How the sums of the index read: what is not known is a question mark, never a zero."""

from __future__ import annotations

from clacky_tui.billing.names import printable
from clacky_tui.domain.money import compact_tokens, format_tokens, format_usd
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.layout import format_share
from clacky_tui.usage.envelope import project_name
from clacky_tui.usage.overview import Name
from clacky_tui.usage.report import By, Sums

NOTHING = "–"
UNKNOWN = "?"

TITLES = {
    By.MODEL: tr_noop("Model"),
    By.AGENT: tr_noop("Agent"),
    By.PROVIDER: tr_noop("Provider"),
    By.PROJECT: tr_noop("Project"),
    By.SESSION: tr_noop("Session"),
    By.HOUR: tr_noop("Hour"),
    By.DAY: tr_noop("Day"),
    By.MONTH: tr_noop("Month"),
}
"""Heads of tables."""
NAMES = {
    By.MODEL: tr_noop("model"),
    By.AGENT: tr_noop("agent"),
    By.PROVIDER: tr_noop("provider"),
    By.PROJECT: tr_noop("project"),
    By.SESSION: tr_noop("session"),
}


def cost_text(sums: Sums) -> str:
    """``~`` in front where list prices stand in for costs that nobody recorded."""
    return format_usd(sums.cost, estimated=bool(sums.estimated_pico))


def tokens_text(sums: Sums, *classes: str, compact: bool = False) -> str:
    """The tokens of `classes`; a question mark when none of the requests told any of them."""
    known = [name for name in classes if sums.unknown[name] < max(1, sums.requests)]
    if sums.requests and not known:
        return UNKNOWN
    tokens = sum(sums.tokens[name] for name in known)
    return compact_tokens(tokens) if compact else format_tokens(tokens)


WRITES = ("cache_write_5m", "cache_write_1h", "cache_write_untimed")


def row_texts(sums: Sums) -> tuple[str, ...]:
    """Requests, input, cache reads and writes, output and hit rate, for a line of a table."""
    if not sums.entries:
        return (NOTHING,) * 6
    return (
        format_tokens(sums.requests),
        tokens_text(sums, "input", compact=True),
        tokens_text(sums, "cache_read", compact=True),
        tokens_text(sums, *WRITES, compact=True),
        tokens_text(sums, "output", compact=True),
        format_share(sums.cache_hit_rate),
    )


def name_text(by: By, name: Name) -> str:
    """A name as the tables show it: safe, a project by its last folder."""
    if not name:
        return tr("(unknown)")
    return printable(project_name(name) if by is By.PROJECT else name)
