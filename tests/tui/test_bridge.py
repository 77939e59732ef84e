"""The bridge: pieces of one text come joined, and what is no piece does not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from clacky_tui import events
from clacky_tui.tui.bridge import WorkerBridge, join_pieces
from clacky_tui.tui.profile import LOCAL, use_profile

NOW = datetime(2026, 5, 22, 9, 30, tzinfo=UTC)
FAR_OFF_SECONDS = 1000.0


def envelope(seq: int, event: events.Event) -> events.Envelope:
    return events.Envelope(
        seq=seq, ts=NOW, session_id="1" * 16, task_id=1, iteration=1, event=event
    )


def numbered(*told: events.Event) -> list[events.Envelope]:
    return [envelope(seq, event) for seq, event in enumerate(told, 1)]


def test_neighbouring_pieces_of_one_text_are_joined() -> None:
    joined = join_pieces(
        numbered(
            events.ReasoningDelta(text="let me "),
            events.ReasoningDelta(text="see"),
            events.TextDelta(text="a"),
            events.ToolOutput(call_id="1", text="x"),
            events.ToolOutput(call_id="2", text="y"),
            events.ToolOutput(call_id="2", text="z"),
            events.TextDelta(text="b"),
            events.TextDelta(text="c"),
            events.TextDone(text="abc"),
            events.TextDone(text="abc"),
        )
    )
    assert [(e.seq, e.event.kind, getattr(e.event, "text", "")) for e in joined] == [
        (1, "reasoning.delta", "let me see"),
        (3, "text.delta", "a"),
        (4, "tool.output", "x"),
        (5, "tool.output", "yz"),
        (7, "text.delta", "bc"),
        (9, "text.done", "abc"),
        (10, "text.done", "abc"),
    ]


class Worker:
    """Tells what it is sent."""

    def __init__(self, deliver: Callable[[events.Envelope], None]) -> None:
        self.deliver = deliver
        self.told: asyncio.Queue[Any] = asyncio.Queue()

    def send(self, command: Any) -> None:
        self.told.put_nowait(command)

    async def run(self) -> None:
        while (event := await self.told.get()) is not None:
            self.deliver(envelope(1, event))


@pytest.fixture
def bridge_to() -> Callable[[Callable[[], object]], WorkerBridge]:
    def make(arrived: Callable[[], object]) -> WorkerBridge:
        bridge = WorkerBridge(cast("Any", Worker), arrived, failed=lambda error: None)
        bridge.start()
        return bridge

    return make


async def test_what_is_no_piece_does_not_wait_for_the_next_drawing(
    bridge_to: Callable[[Callable[[], object]], WorkerBridge], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_profile(cast("Any", LOCAL.__class__("slow", FAR_OFF_SECONDS, None, mouse=False)))
    try:
        arrived = asyncio.Event()
        bridge = bridge_to(arrived.set)
        bridge.take()
        bridge.send(cast("Any", events.TextDelta(text="a")))
        bridge.send(cast("Any", events.Notice(level="info", text="now")))
        await asyncio.wait_for(arrived.wait(), 20)
        assert [e.event.kind for e in bridge.take()] == ["text.delta", "notice"]
        bridge.send(cast("Any", None))
        assert await bridge.wait_closed(20)
    finally:
        use_profile(None)


async def test_arrivals_are_told_in_the_context_of_the_screen(
    bridge_to: Callable[[Callable[[], object]], WorkerBridge],
) -> None:
    whose: ContextVar[str] = ContextVar("whose", default="nobody's")
    seen: asyncio.Queue[str] = asyncio.Queue()
    whose.set("the screen's")
    bridge = bridge_to(lambda: seen.put_nowait(whose.get()))
    bridge.send(cast("Any", events.TextDelta(text="a")))
    assert await asyncio.wait_for(seen.get(), 20) == "the screen's"
    bridge.send(cast("Any", None))
    assert await bridge.wait_closed(20)
