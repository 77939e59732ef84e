"""Structured results of tools as the few lines a person reads (spec/tui-cli.md 6.14)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from clacky_tui.i18n import tr
from clacky_tui.tui.glyphs import Glyphs

FILE_ROWS = 20
MATCH_ROWS = 10
RESULT_ROWS = 5
TODO_ROWS = 10


def card_text(card: Mapping[str, Any] | None, glyphs: Glyphs) -> str:
    """The lines of `card`; empty for types whose output says it better, and for broken cards."""
    if card is None:
        return ""
    try:
        match card.get("type"):
            case "file_read":
                return _preview(card, glyphs)
            case "file_list":
                return _files(card, glyphs)
            case "search":
                return _matches(card, glyphs)
            case "web_search":
                return _results(card)
            case "web_fetch":
                return _page(card)
            case "todo":
                return _todos(card, glyphs)
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return ""


def _preview(card: Mapping[str, Any], glyphs: Glyphs) -> str:
    preview = str(card.get("content_preview", ""))
    rows = preview.split("\n")
    if not preview or len(rows) == int(card["lines_read"]):
        return preview
    return _with_more(rows[:-1], int(card["lines_read"]), glyphs)  # the last one may be cut


def _files(card: Mapping[str, Any], glyphs: Glyphs) -> str:
    rows = [
        f"{entry['name']}/" if entry.get("is_dir") else str(entry["name"])
        for entry in card["entries"]
    ]
    return _with_more(rows[:FILE_ROWS], int(card["total"]), glyphs)


def _matches(card: Mapping[str, Any], glyphs: Glyphs) -> str:
    matches = card["matches"][: MATCH_ROWS if "line" in (card["matches"] or [{}])[0] else FILE_ROWS]
    rows: list[str] = []
    for file, group in groupby(matches, key=lambda match: str(match["file"])):
        rows.append(file)
        rows += [f"  {match['line']}: {match['text']}" for match in group if "line" in match]
    hidden = int(card["total_matches"]) - len(matches)
    return _with_more(rows, len(rows) + hidden, glyphs)


def _results(card: Mapping[str, Any]) -> str:
    return "\n".join(
        line
        for number, result in enumerate(card["results"][:RESULT_ROWS], 1)
        for line in (f"{number}. {result['title']}", f"   {result['url']}")
    )


def _page(card: Mapping[str, Any]) -> str:
    return "\n".join(filter(None, [card["title"], card["url"], "", card["content_preview"]]))


def _todos(card: Mapping[str, Any], glyphs: Glyphs) -> str:
    rows = [
        f"[{'x' if todo['status'] == 'completed' else ' '}] #{todo['id']} {todo['task']}"
        for todo in card["todos"]
    ]
    return _with_more(rows[:TODO_ROWS], len(rows), glyphs)


def _with_more(rows: list[str], total: int, glyphs: Glyphs) -> str:
    hidden = total - len(rows)
    return "\n".join(
        [
            *rows,
            *(
                [tr("{more} {hidden} more", more=glyphs.more, hidden=f"{hidden:,}")]
                if hidden > 0
                else []
            ),
        ]
    )
