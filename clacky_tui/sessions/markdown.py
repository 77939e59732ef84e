"""A session as Markdown: what was said, what was done, what each task cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from clacky_tui.domain.money import format_money
from clacky_tui.sessions.facts import Facts, cost_of, usage_of
from clacky_tui.sessions.records import Record, event_of, moment, number, word

OUTPUT_CHARACTERS = 2_000
"""Of a tool's output; its end says most and is kept."""


def to_markdown(records: Iterable[Record]) -> str:
    """The transcript of the session that `records` tell, with a heading of facts."""
    facts, calls = Facts(), dict[str, str]()
    body: list[str] = []
    for record in records:
        facts.take(record)
        body += _told(record, event_of(record), calls)
    return "\n".join([*_heading(facts), *body]).rstrip("\n") + "\n"


def _heading(facts: Facts) -> Iterator[str]:
    totals = facts.totals
    started, ended = moment(facts.created_at), moment(facts.updated_at)
    yield f"# {_one_line(facts.name) or 'Unnamed session'}"
    yield ""
    yield f"- Session: `{facts.id}`"
    if started and ended:
        yield f"- Time: {started:%Y-%m-%d %H:%M} to {ended:%Y-%m-%d %H:%M} (UTC{ended:%z})"
    yield f"- Directory: `{_one_line(facts.working_dir)}`"
    if facts.model:
        yield f"- Model: {_one_line(facts.model)}"
    mark = " (simulated)" if facts.only_pretended else ""
    yield f"- Cost: {_cost(totals.known_cost, totals.unpriced)}{mark}, {totals.requests:,} requests"
    yield ""


def _told(record: Record, event: Mapping[str, Any], calls: dict[str, str]) -> Iterator[str]:
    """The lines for one event."""
    match event.get("kind"):
        case "task.started" | "steer.accepted" | "feedback.answered":
            at = moment(record.get("ts"))
            yield from (f"## You{f', {at:%Y-%m-%d %H:%M}' if at else ''}", "")
            yield from (word(event.get("text")), "")
        case "text.done":
            yield from ("## Agent", "", word(event.get("text")), "")
        case "feedback.asked":
            yield from ("## Agent asks", "", word(event.get("question")), "")
            options = event.get("options")
            listed = options if isinstance(options, list) else []
            yield from (f"{place}. {option}" for place, option in enumerate(listed, start=1))
            yield ""
        case "tool.proposed":
            subject = _one_line(word(event.get("subject")))
            verb = word(event.get("verb")) or word(event.get("name"))
            calls[word(event.get("call_id"))] = f"{verb} {_code(subject)}".strip()
        case "tool.preview":
            yield from _fenced(word(event.get("diff")), "diff")
        case "tool.finished":
            yield from _finished(event, calls)
        case "compression.finished" if event.get("outcome") == "done":
            yield from ("*The conversation was compressed here.*", "")
        case "failed":
            yield from (f"**Error:** {_one_line(word(event.get('message')))}", "")
        case "task.ended":
            yield from _task_end(event)


def _finished(event: Mapping[str, Any], calls: dict[str, str]) -> Iterator[str]:
    line = calls.pop(word(event.get("call_id")), "") or word(event.get("name"))
    summary = _one_line(word(event.get("summary")))
    yield f"- {'✓' if event.get('ok') is True else '✗'} {line}{f' ({summary})' if summary else ''}"
    yield ""
    if output := word(event.get("output")).strip("\n"):
        left_out = len(output) - OUTPUT_CHARACTERS
        if left_out > 0:
            output = f"[{left_out:,} characters left out]\n{output[-OUTPUT_CHARACTERS:]}"
        yield from _fenced(output)


def _task_end(event: Mapping[str, Any]) -> Iterator[str]:
    requests, unpriced = number(event.get("requests")), number(event.get("unpriced_requests"))
    cost = None if requests and requests == unpriced else cost_of(event.get("cost"))
    tokens = usage_of(event.get("usage")).total_tokens
    parts = [word(event.get("outcome")), _cost(cost, unpriced), f"{requests:,} requests"]
    if tokens:
        parts.append(f"{tokens:,} tokens")
    yield from (f"*Task {', '.join(parts)}*", "", "---", "")


def _cost(cost: Decimal | None, unpriced: int) -> str:
    if cost is None:
        return "cost unknown"
    return format_money(cost) + (f" and {unpriced:,} requests without a price" if unpriced else "")


def _fenced(text: str, language: str = "") -> Iterator[str]:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (fence + language, text.strip("\n"), fence, "")


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{edge}{text}{edge}{ticks}" if text else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
