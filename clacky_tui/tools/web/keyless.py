"""Search engines that ask for no key, through the `ddgs` package, in a process of their own.

``python -m clacky_tui.tools.web.keyless`` reads one request as JSON from stdin and writes the rows
found as JSON to stdout. `ddgs` blocks and starts threads; a process can be stopped at once.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from dataclasses import dataclass
from typing import Any

from clacky_tui.tools.child import ChildFailedError, run_module
from clacky_tui.tools.web.search_backend import SearchFailedError, SearchResult, clean_results
from clacky_tui.tools.wording import one_line

ENGINE_SECONDS = 8
TOTAL_SECONDS = 15.0
CAUSE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class KeylessSearch:
    """`engine` is its name in `ddgs`."""

    engine: str
    name: str

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        request = {"query": query, "engine": self.engine}
        try:
            answer = await run_module(
                __name__, json.dumps(request).encode(), limit_seconds=TOTAL_SECONDS
            )
        except TimeoutError:
            raise SearchFailedError("no answer in time") from None
        except ChildFailedError as error:
            raise SearchFailedError(str(error)[:CAUSE_CHARACTERS]) from None
        found = json.loads(answer)
        if found["cause"]:
            raise SearchFailedError(one_line(found["cause"])[:CAUSE_CHARACTERS])
        return clean_results(found["rows"], "snippet")[:max_results]


KEYLESS_ENGINES = (
    KeylessSearch("duckduckgo", "DuckDuckGo"),
    KeylessSearch("brave", "Brave"),
    KeylessSearch("mojeek", "Mojeek"),
)
"""In the order they are asked; three indexes of their own."""


def look_up(query: str, engine: str) -> dict[str, Any]:
    """`rows` of title, url and snippet, and `cause` of a failure, else empty.

    One engine is asked directly: `ddgs.DDGS` reports an engine that refuses as one that found nothing.
    """
    from ddgs.engines import ENGINES
    from ddgs.exceptions import DDGSException, TimeoutException

    if engine not in ENGINES["text"]:
        return {"rows": [], "cause": "the installed version of ddgs does not offer it"}
    search = ENGINES["text"][engine](
        proxy=urllib.request.getproxies().get("https"),
        timeout=ENGINE_SECONDS,
        verify=os.environ.get("SSL_CERT_FILE") or True,
    )
    try:
        rows = search.search(query)
    except TimeoutException:
        return {"rows": [], "cause": "no answer in time"}
    except DDGSException as error:
        return {"rows": [], "cause": str(error)}
    if rows is None:
        return {"rows": [], "cause": "it refused the request, perhaps after too many of them"}
    return {
        "rows": [{"title": row.title, "url": row.href, "snippet": row.body} for row in rows],
        "cause": "",
    }


def main() -> None:
    """Serve one request."""
    json.dump(look_up(**json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
