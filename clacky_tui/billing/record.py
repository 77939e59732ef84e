"""One line of the ledger: what one model request used and cost.

The first ten keys are OpenClacky's (spec/agent-core.md 6.2), so its users' files load and ours load
there; the keys after them are ours and may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NoReturn

from clacky_tui.billing.exact_json import encode
from clacky_tui.domain.money import is_plausible_cost
from clacky_tui.domain.usage import Usage

CostSource = Literal["api", "price", "estimated", "unknown"]
_SOURCES: Mapping[str, CostSource] = {
    "api": "api",
    "price": "price",
    "estimated": "estimated",
    "unknown": "unknown",
    "default": "estimated",  # clacky 0.9's rate for models it did not know
}

_MOST_TOKENS = 10**15
_YEARS = range(2000, 2100)
"""Outside of it a timestamp is damage, and would stretch "all time" over thousands of empty days."""


class NotARecordError(ValueError):
    """A line, or a value on it, that no ledger would hold."""


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One model request, priced once when it happened.

    `usage` is None when the provider never reported it, `cost` (exact USD) is None when unknown.

    Raises:
        NotARecordError: the timestamp is naive or outside 2000 to 2099, or the cost is not plausible.
    """

    session_id: str
    timestamp: datetime
    model: str
    usage: Usage | None
    cost: Decimal | None
    cost_source: CostSource
    id: str = ""
    """Unique; the ledger assigns one when it is empty."""
    provider: str = ""
    project: str = ""
    """The working directory."""
    purpose: str = "chat"
    outcome: str = "ok"

    def __post_init__(self) -> None:
        if self.timestamp.tzinfo is None or self.timestamp.year not in _YEARS:
            raise NotARecordError(f"not a usable timestamp: {self.timestamp!r}")
        if self.cost is not None and not is_plausible_cost(self.cost):
            raise NotARecordError(f"not a usable cost: {self.cost}")


def to_line(record: UsageRecord) -> bytes:
    """`record` as one line of JSON without its newline.

    Times are local, in whole seconds with their offset. `prompt_tokens` includes cache reads and leaves
    cache writes out; all token fields are null when the usage is unknown, the cost likewise.
    """
    usage = record.usage
    fields = {
        "id": record.id,
        "session_id": record.session_id,
        "timestamp": record.timestamp.astimezone().isoformat(timespec="seconds"),
        "model": record.model,
        "prompt_tokens": usage and usage.prompt_tokens,
        "completion_tokens": usage and usage.output_tokens,
        "cache_read_tokens": usage and usage.cache_read_tokens,
        "cache_write_tokens": usage and usage.cache_creation_tokens,
        "cost_usd": record.cost,
        "cost_source": record.cost_source,
        "provider": record.provider,
        "project": record.project,
        "purpose": record.purpose,
        "outcome": record.outcome,
        "cache_write_1h_tokens": usage and usage.cache_creation_1h_tokens,
        "reasoning_tokens": usage and usage.reasoning_tokens,
    }
    if usage is not None and usage.web_searches:
        fields["web_search_requests"] = usage.web_searches
    return encode(fields).encode("ascii")


def from_line(line: bytes) -> UsageRecord:
    """The record written on `line`, by us or by OpenClacky.

    A naive time is local. A cost whose source is ``unknown`` is unknown, whatever figure stands there.

    Raises:
        NotARecordError: it is not a record: torn, not JSON, or with impossible values.
    """
    try:
        fields = json.loads(line, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise NotARecordError(f"not JSON that can be read: {error}") from error
    if not isinstance(fields, dict):
        raise NotARecordError("not a JSON object")
    source = _SOURCES.get(_text(fields, "cost_source"), "estimated")
    cost = None if source == "unknown" else _cost(fields.get("cost_usd"))
    return UsageRecord(
        session_id=_text(fields, "session_id"),
        timestamp=_timestamp(_text(fields, "timestamp")),
        model=_text(fields, "model"),
        usage=_usage(fields),
        cost=cost,
        cost_source="unknown" if cost is None else source,
        id=_text(fields, "id"),
        provider=_text(fields, "provider"),
        project=_text(fields, "project"),
        purpose=_text(fields, "purpose") or "chat",
        outcome=_text(fields, "outcome") or "ok",
    )


def _refuse(constant: str) -> NoReturn:
    raise NotARecordError(f"{constant} is not a number")


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotARecordError(f"{key} is not text")
    return value


def _timestamp(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None else at.astimezone()
    except (ValueError, OverflowError) as error:
        raise NotARecordError(f"not a usable timestamp: {text}") from error


def _cost(value: object) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise NotARecordError("cost_usd is not a number")


def _usage(fields: Mapping[str, Any]) -> Usage | None:
    prompt, output = _tokens(fields, "prompt_tokens"), _tokens(fields, "completion_tokens")
    read, written = _tokens(fields, "cache_read_tokens"), _tokens(fields, "cache_write_tokens")
    if prompt is None and output is None and read is None and written is None:
        return None
    return Usage(
        input_tokens=max(0, (prompt or 0) - (read or 0)),
        cache_read_tokens=read or 0,
        cache_creation_tokens=written or 0,
        cache_creation_1h_tokens=min(written or 0, _tokens(fields, "cache_write_1h_tokens") or 0),
        output_tokens=output or 0,
        reasoning_tokens=_tokens(fields, "reasoning_tokens") or 0,
        web_searches=_tokens(fields, "web_search_requests") or 0,
    )


def _tokens(fields: Mapping[str, Any], key: str) -> int | None:
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST_TOKENS:
        raise NotARecordError(f"{key} is not a token count")
    return value
