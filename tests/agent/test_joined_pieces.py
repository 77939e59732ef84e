"""Pieces of a reply that come together go out together, in order, and never late."""

from __future__ import annotations

import asyncio

from clacky_tui import events
from clacky_tui.agent.joined_pieces import JoinedPieces
from clacky_tui.events import ReasoningDelta, TextDelta


async def test_what_comes_in_one_turn_is_one_piece() -> None:
    told: list[events.Event] = []
    said = JoinedPieces(told.append)
    said.add(TextDelta, "one ")
    said.add(TextDelta, "piece")
    assert told == []
    await asyncio.sleep(0)
    assert told == [TextDelta(text="one piece")]


async def test_a_piece_of_the_next_turn_does_not_wait() -> None:
    told: list[events.Event] = []
    said = JoinedPieces(told.append)
    for text in ("first", "second"):
        said.add(TextDelta, text)
        await asyncio.sleep(0)
    assert told == [TextDelta(text="first"), TextDelta(text="second")]


async def test_reasoning_and_text_stay_apart_and_in_order() -> None:
    told: list[events.Event] = []
    said = JoinedPieces(told.append)
    said.add(ReasoningDelta, "hm")
    said.add(ReasoningDelta, "m")
    said.add(TextDelta, "yes")
    await asyncio.sleep(0)
    assert told == [ReasoningDelta(text="hmm"), TextDelta(text="yes")]


async def test_a_flush_leaves_nothing_for_the_turn() -> None:
    told: list[events.Event] = []
    said = JoinedPieces(told.append)
    said.add(TextDelta, "the end")
    said.flush()
    assert told == [TextDelta(text="the end")]
    await asyncio.sleep(0)
    assert len(told) == 1
