"""The demo model as a server on this machine, speaking both wires.

It is reachable from this machine only, wants the demo key, calls nobody, and keeps nothing. Tests and
benchmarks run the same server with a script of answers and faults.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from clacky_tui.providers.base import Endpoint, WireFormat
from clacky_tui.providers.demo.listener import Listener, Pace
from clacky_tui.providers.demo.model import DEMO_KEY, DemoModel, RecordedRequest
from clacky_tui.providers.demo.prefix_cache import PrefixCache
from clacky_tui.providers.demo.script import Step

DEMO_MODEL = "demo"
TOKENS_PER_SECOND = 120.0
FIRST_TOKEN_SECONDS = 0.25


class DemoServer:
    """The demo model, or with a `script` whatever a test wants to hear.

    Args:
        script: answers, one per request in order of arrival; None plays the scenarios.
        tokens_per_second: pace of the stream; 0 sends as fast as the socket takes it.
        first_token_seconds: wait before the first token; none when the pace is 0.
        cache: what the provider remembers of earlier requests; None starts empty on the real clock.
        scratch_parent: where sample projects are laid out; None is the folder for temporary files.
    """

    def __init__(
        self,
        script: Iterable[Step] | None = None,
        *,
        tokens_per_second: float = TOKENS_PER_SECOND,
        first_token_seconds: float = FIRST_TOKEN_SECONDS,
        cache: PrefixCache | None = None,
        scratch_parent: Path | None = None,
    ) -> None:
        paced = tokens_per_second > 0
        self._pace = Pace(
            first_token_seconds=first_token_seconds if paced else 0.0,
            seconds_per_token=1 / tokens_per_second if paced else 0.0,
        )
        self._model = DemoModel(script, cache or PrefixCache(time.monotonic), scratch_parent)
        self._listener: Listener | None = None

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1; returns at once."""
        if self._listener is None:
            self._listener = Listener(self._model, self._pace)

    def stop(self) -> None:
        """Close every connection and stop listening; a second call does nothing."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def __enter__(self) -> DemoServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens, e.g. ``http://127.0.0.1:40123``.

        Raises:
            RuntimeError: it is not running.
        """
        if self._listener is None:
            raise RuntimeError("the demo server is not running")
        return self._listener.url

    def endpoint(self, wire: WireFormat = "anthropic") -> Endpoint:
        """The endpoint to give to `make_provider`."""
        base_url = self.url if wire == "anthropic" else f"{self.url}/v1"
        return Endpoint(wire, base_url, DEMO_KEY, DEMO_MODEL)

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """What has arrived, oldest first; without a script only the last few are remembered."""
        return self._model.requests
