"""Who answers: the scenarios, or a script of answers and faults; and what a request costs in tokens."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.conversation import Conversation
from clacky_tui.providers.demo.prefix_cache import (
    InputTokens,
    PrefixCache,
    anthropic_blocks,
    openai_prefix,
)
from clacky_tui.providers.demo.sample_project import lay_out_sample_project
from clacky_tui.providers.demo.scenarios import respond
from clacky_tui.providers.demo.script import Step

DEMO_KEY = "demo"

_REMEMBERED_REQUESTS = 16


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it arrived. `client_left` is set once the client is seen to have hung up."""

    path: str
    client_port: int
    """The same for requests that came over one connection."""
    headers: Mapping[str, str]
    """Names in lower case; those that carry the key are left out."""
    key: str
    body: dict[str, Any]
    raw: bytes
    client_left: threading.Event = field(default_factory=threading.Event)


class DemoModel:
    """Answers requests, remembers them, and keeps the prefix cache; safe to share between threads.

    Args as for `server.DemoServer`.
    """

    def __init__(
        self,
        script: Iterable[Step] | None,
        cache: PrefixCache,
        scratch_parent: Path | None,
    ) -> None:
        self._script = None if script is None else deque(script)
        self._scratch_parent = scratch_parent
        self._cache = cache
        remembered = _REMEMBERED_REQUESTS if script is None else None
        self._requests: deque[RecordedRequest] = deque(maxlen=remembered)
        self._lock = threading.Lock()

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """What has arrived, oldest first; without a script only the last few are remembered."""
        with self._lock:
            return tuple(self._requests)

    def answer(self, request: RecordedRequest, conversation: Conversation) -> Step:
        """Remember `request` and say how to answer it."""
        with self._lock:
            self._requests.append(request)
            if self._script is not None:
                return self._script.popleft() if self._script else _SCRIPT_IS_OVER
        if request.key != DEMO_KEY:
            return Step(status=401)
        turn = respond(conversation, lambda: lay_out_sample_project(self._scratch_parent))
        return Step(turn.text, turn.reasoning, turn.tool_calls)

    def count_input(self, wire: WireFormat, body: dict[str, Any]) -> InputTokens:
        """Account for the request's prefix.

        Raises:
            prefix_cache.BreakpointError: the request is to be refused with status 400.
        """
        model = str(body.get("model"))
        if wire == "anthropic":
            return self._cache.explicit(model, anthropic_blocks(body))
        return self._cache.automatic(model, openai_prefix(body))


_SCRIPT_IS_OVER = Step(status=400, body='{"message": "the script has no further answer"}')
