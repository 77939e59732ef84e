"""A model that answers by a script, in a process of its own: its work costs the measuring one nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from clacky_tui.providers.demo.script import Step


def _serve(steps: Sequence[Step], tokens_per_second: float, address: Connection) -> None:
    from clacky_tui.providers.demo.server import DemoServer

    server = DemoServer(script=list(steps), tokens_per_second=tokens_per_second)
    server.start()
    address.send(server.endpoint().base_url)
    address.recv()
    server.stop()


@contextmanager
def model_env(steps: Sequence[Step], *, tokens_per_second: float = 0) -> Iterator[dict[str, str]]:
    """The environment in which clacky asks a model that answers with `steps`; 0 is without a pause."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(steps, tokens_per_second, theirs))
    process.start()
    try:
        yield {
            "CLACKY_API_KEY": "sk-benchmark",
            "CLACKY_BASE_URL": ours.recv(),
            "CLACKY_MODEL": "claude-sonnet-4-5",
        }
    finally:
        ours.send(None)
        process.join()
