"""Full-text search over all sessions, in what was said and in their names."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from clacky_tui.sessions.folder import path_key
from clacky_tui.sessions.index import SessionIndex, storable
from clacky_tui.sessions.index_database import has_text_search
from clacky_tui.sessions.rows import SessionRow

SNIPPET_CHARACTERS = 80
"""On each side of what was found."""
TRIGRAM = 3

_TERM = re.compile(r'"([^"]+)"|(\S+)')


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A session in which all terms occur.

    `snippet` is one line around the newest place of the longest term, from `match_start` to `match_end`
    within it; empty when only the name fits. `byte` is where the event stands in a journal.
    """

    row: SessionRow
    matches: int
    role: str = ""
    snippet: str = ""
    match_start: int = 0
    match_end: int = 0
    byte: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    count: int
    newest: int


def search_terms(query: str) -> tuple[str, ...]:
    """Words and "quoted phrases" of a query."""
    found = (phrase or one.strip('"') for phrase, one in _TERM.findall(storable(query)))
    return tuple(term for term in found if term)


def search(index: SessionIndex, query: str, limit: int = 50) -> tuple[SearchHit, ...]:
    """Sessions in which every term of `query` occurs, in any case, the newest first.

    Args:
        index: open.
        query: words and quoted phrases, of any length and script.
        limit: most sessions.
    """
    rows, terms = index.rows(), search_terms(query)
    if not terms:
        return ()
    found = {term: index.ask(partial(_found, term=term)) for term in terms}
    longest = max(terms, key=len)
    hits: list[SearchHit] = []
    for row in rows:
        key = path_key(row.path)
        if all(key in found[term] or _in_name(row, term) for term in terms):
            hits.append(index.ask(partial(_hit, row=row, found=found[longest], term=longest)))
        if len(hits) == limit:
            break
    return tuple(hits)


def _in_name(row: SessionRow, term: str) -> bool:
    return term.casefold() in row.name.casefold()


def _found(db: sqlite3.Connection, term: str) -> dict[str, _Found]:
    """Where `term` occurs, by path."""
    columns = "SELECT said.path, COUNT(*), MAX(said.id)"
    if len(term) >= TRIGRAM and has_text_search(db):
        phrase = '"' + term.replace('"', '""') + '"'
        query = (
            f"{columns} FROM said_text JOIN said ON said.id = said_text.rowid"
            " WHERE said_text MATCH ? GROUP BY said.path"
        )
        cursor = db.execute(query, (phrase,))
    else:
        pattern = "%" + re.sub(r"([%_\\])", r"\\\1", term) + "%"
        query = f"{columns} FROM said WHERE said.text LIKE ? ESCAPE '\\' GROUP BY said.path"
        cursor = db.execute(query, (pattern,))
    return {path: _Found(count, newest) for path, count, newest in cursor}


def _hit(
    db: sqlite3.Connection, row: SessionRow, found: Mapping[str, _Found], term: str
) -> SearchHit:
    place = found.get(path_key(row.path))
    if place is None:
        return SearchHit(row, matches=0)
    query = "SELECT byte, role, text FROM said WHERE id = ?"
    said = db.execute(query, (place.newest,)).fetchone()
    if said is None:  # the index was made anew between the two questions
        return SearchHit(row, matches=0)
    byte, role, text = said
    match = re.search(re.escape(term), text, re.IGNORECASE)
    start, end = match.span() if match else (0, 0)
    before = text[max(0, start - SNIPPET_CHARACTERS) : start]
    after = text[end : end + SNIPPET_CHARACTERS]
    lead = ("…" if start > SNIPPET_CHARACTERS else "") + _one_line(before)
    hit, rest = _one_line(text[start:end]), _one_line(after)
    tail = "…" if end + SNIPPET_CHARACTERS < len(text) else ""
    return SearchHit(
        row, place.count, role, lead + hit + rest + tail, len(lead), len(lead) + len(hit), byte
    )


def _one_line(text: str) -> str:
    """Whitespace and control characters as single spaces; the ends keep theirs."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text)
