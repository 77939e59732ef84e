"""What stands on the screen of an app under test, once all that was begun is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

LOOKS = 400
LOOK_SECONDS = 0.05


async def settle(pilot: Pilot[Any]) -> None:
    """Until every reading and drawing that one led to another is over."""
    await pilot.pause()
    while len(pilot.app.workers):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def until(pilot: Pilot[Any], met: Callable[[], bool]) -> None:
    """Until `met` holds, for what is set going by something else than a worker."""
    for _ in range(LOOKS):
        await settle(pilot)
        if met():
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError(f"it did not come to be; the screen shows:\n{screen_text(pilot.app)}")


async def press(pilot: Pilot[Any], *keys: str) -> str:
    """Press `keys` one by one, and give what stands on the screen when all they led to is done."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    return screen_text(pilot.app)


def screen_text(app: App[Any]) -> str:
    """All rows of the screen, without blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
