"""A search in a process of its own, and what the model reads when it comes to nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clacky_tui.tools.child import ChildFailedError, run_module
from clacky_tui.tools.refusal import refused


async def run_search(
    module: str,
    request: Mapping[str, Any],
    limit_seconds: float,
    *,
    hint: str,
    arguments: Sequence[str] = (),
) -> bytes:
    """What ``python -m module arguments`` answers to `request`, sent as JSON.

    Args:
        hint: what to try when the search takes too long.

    Raises:
        ToolError: it took longer than `limit_seconds`, or failed.
    """
    try:
        return await run_module(
            module, json.dumps(request).encode(), limit_seconds=limit_seconds, arguments=arguments
        )
    except TimeoutError:
        raise refused(
            f"The search took longer than {limit_seconds:g} s and was stopped.", hint=hint
        ) from None
    except ChildFailedError as error:
        raise refused(f"The search failed: {error}.", hint="Narrow path and try again.") from None
