"""How a silent stream is watched."""

from __future__ import annotations

import asyncio

import pytest

from clacky_tui.agent.stall import Patience, watch_silence
from clacky_tui.providers.pulse import bytes_arrived

QUICK = Patience(stall_after_seconds=0.05, stall_every_seconds=0.02, idle_limit_seconds=0.2)


async def test_silence_is_told_again_and_again_with_growing_seconds() -> None:
    told: list[float] = []
    third = asyncio.Event()

    def stalled(seconds: float) -> None:
        told.append(seconds)
        if len(told) == 3:
            third.set()

    async with watch_silence(QUICK, stalled):
        await asyncio.wait_for(third.wait(), 5)
    assert 0.05 <= told[0] < told[1] < told[2]


async def test_a_reply_that_begins_and_falls_silent_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        async with watch_silence(QUICK, lambda seconds: None):
            bytes_arrived()
            await asyncio.sleep(5)


async def test_a_reply_that_has_not_begun_is_waited_for() -> None:
    patience = Patience(0.02, 0.02, idle_limit_seconds=0.05)
    async with watch_silence(patience, lambda seconds: None):
        await asyncio.sleep(0.2)


async def test_bytes_without_meaning_keep_a_reply_alive() -> None:
    told: list[float] = []
    async with watch_silence(Patience(0.2, 0.2, idle_limit_seconds=0.3), told.append):
        for _ in range(20):
            bytes_arrived()
            await asyncio.sleep(0.02)
    assert not told


async def test_bytes_of_another_task_are_not_mistaken_for_ours() -> None:
    async def busy_elsewhere() -> None:
        async with watch_silence(Patience(), lambda seconds: None):
            for _ in range(50):
                bytes_arrived()
                await asyncio.sleep(0.01)

    elsewhere = asyncio.create_task(busy_elsewhere())
    with pytest.raises(TimeoutError):
        async with watch_silence(QUICK, lambda seconds: None):
            bytes_arrived()
            await asyncio.sleep(5)
    await elsewhere


async def test_a_cancelled_reader_is_cancelled_and_not_timed_out() -> None:
    async def read() -> None:
        async with watch_silence(QUICK, lambda seconds: None):
            await asyncio.sleep(5)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
