"""Search services with an interface for programs; each needs a key or an address of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.tools.web.search_backend import (
    SNIPPET_CHARACTERS,
    SearchBackend,
    SearchFailedError,
    SearchResult,
    clean_results,
)

CONNECT_SECONDS = 5.0
READ_SECONDS = 8.0
"""Both from spec/tools-skills.md 4.6."""
TOTAL_SECONDS = 20.0
ANSWER_LIMIT_BYTES = 4 * 1024 * 1024

BRAVE_URL = "https://api.search.brave.com"
TAVILY_URL = "https://api.tavily.com"
EXA_URL = "https://api.exa.ai"
MOST_RESULTS = 20
"""The most Brave and Tavily give in one answer."""

_STATUS_CAUSES = {
    401: "its key is not accepted",
    402: "its credit is used up",
    403: "its key is not accepted, or JSON answers are switched off",
    429: "too many requests, or its quota is used up",
    432: "the quota of its plan is used up",
    433: "its spending limit is reached",
}


def configured_services(settings: WebSettings) -> list[SearchBackend]:
    """The services that the person has set up, in the order they are asked."""
    services: list[SearchBackend] = []
    if key := settings.brave_api_key.get_secret_value():
        services.append(BraveSearch(key))
    if key := settings.tavily_api_key.get_secret_value():
        services.append(TavilySearch(key))
    if key := settings.exa_api_key.get_secret_value():
        services.append(ExaSearch(key))
    if settings.searxng_url:
        services.append(SearxngSearch(settings.searxng_url))
    return services


@dataclass(frozen=True, slots=True, repr=False)
class BraveSearch:
    """https://api-dashboard.search.brave.com/app/documentation/web-search"""

    key: str
    base_url: str = BRAVE_URL
    name: str = "Brave Search"

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        answer = await _ask(
            "GET",
            f"{self.base_url}/res/v1/web/search",
            headers={"x-subscription-token": self.key},
            params={"q": query, "count": str(min(max_results, MOST_RESULTS))},
        )
        return clean_results(_rows(answer.get("web", {"results": []})), "description")


@dataclass(frozen=True, slots=True, repr=False)
class TavilySearch:
    """https://docs.tavily.com/documentation/api-reference/endpoint/search"""

    key: str
    base_url: str = TAVILY_URL
    name: str = "Tavily"

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        answer = await _ask(
            "POST",
            f"{self.base_url}/search",
            headers={"authorization": f"Bearer {self.key}"},
            body={"query": query, "max_results": min(max_results, MOST_RESULTS)},
        )
        return clean_results(_rows(answer), "content")


@dataclass(frozen=True, slots=True, repr=False)
class ExaSearch:
    """https://docs.exa.ai/reference/search"""

    key: str
    base_url: str = EXA_URL
    name: str = "Exa"

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        answer = await _ask(
            "POST",
            f"{self.base_url}/search",
            headers={"x-api-key": self.key},
            body={
                "query": query,
                "numResults": max_results,
                "contents": {"text": {"maxCharacters": SNIPPET_CHARACTERS}},
            },
        )
        return clean_results(_rows(answer), "text")


@dataclass(frozen=True, slots=True)
class SearxngSearch:
    """https://docs.searxng.org/dev/search_api.html"""

    base_url: str
    name: str = "SearXNG"

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        answer = await _ask("GET", f"{self.base_url}/search", params={"q": query, "format": "json"})
        return clean_results(_rows(answer), "content")[:max_results]


async def _ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """The JSON object a service answers with. Redirects are not followed: they could carry the key
    away. Causes are in our own words, because a service may repeat the key in its message."""
    trust = await asyncio.to_thread(_trust)
    import httpx

    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        async with (
            asyncio.timeout(TOTAL_SECONDS),
            httpx.AsyncClient(verify=trust, timeout=timeout) as client,
            client.stream(method, url, headers=headers, params=params, json=body) as response,
        ):
            if response.status_code != 200:
                cause = _STATUS_CAUSES.get(response.status_code)
                raise SearchFailedError(cause or f"HTTP status {response.status_code}")
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > ANSWER_LIMIT_BYTES:
                    raise SearchFailedError("its answer is too long")
    except (TimeoutError, httpx.TimeoutException):
        raise SearchFailedError("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        # Not chained: the request in the error holds the key.
        raise SearchFailedError("no connection") from None
    try:
        answer = json.loads(received)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise SearchFailedError("its answer is no JSON object")
    return answer


def _rows(answer: Any) -> list[Mapping[str, Any]]:
    rows = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise SearchFailedError("its answer holds no list of results")
    return [row for row in rows if isinstance(row, dict)]


def _trust() -> Any:
    import httpx

    return httpx.create_ssl_context()
