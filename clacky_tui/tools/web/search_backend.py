"""What every search service answers with, and how it says that it cannot."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from clacky_tui.tools.wording import one_line

TITLE_CHARACTERS = 200
SNIPPET_CHARACTERS = 400

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One hit; every field on one line, `url` http or https."""

    title: str
    url: str
    snippet: str


class SearchFailedError(Exception):
    """The service could not answer. The text says why and holds no key."""


class SearchBackend(Protocol):
    """One search service."""

    @property
    def name(self) -> str:
        """The service as a person knows it."""
        ...

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        """The best hits, possibly none.

        Raises:
            SearchFailedError: no answer, a refusal, or an answer of another form.
        """
        ...


def clean_results(rows: Iterable[Mapping[str, Any]], snippet_key: str) -> list[SearchResult]:
    """`rows` with `title`, `url` and a snippet, made plain; one result per page, first one kept."""
    results: dict[str, SearchResult] = {}
    for row in rows:
        url = one_line(str(row.get("url") or ""))
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme not in ("http", "https") or not parts.hostname or " " in url:
            continue
        page = urlunsplit((*parts[:2], parts.path.rstrip("/"), parts.query, ""))
        title = _plain(row.get("title"), TITLE_CHARACTERS) or url
        snippet = _plain(row.get(snippet_key), SNIPPET_CHARACTERS)
        results.setdefault(page, SearchResult(title, url, snippet))
    return list(results.values())


def _plain(text: Any, limit_characters: int) -> str:
    """Text without markup, cut with an ellipsis."""
    plain = one_line(html.unescape(_TAG.sub("", str(text or ""))))
    if len(plain) <= limit_characters:
        return plain
    return plain[: limit_characters - 1].rstrip() + "…"
