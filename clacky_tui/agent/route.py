"""The way to the model that answers, with its substitutes."""

from __future__ import annotations

from functools import partial

from clacky_tui.agent.fallback import ModelRoute
from clacky_tui.agent.target import (
    configured_target,
    demo_target,
    second_address_target,
    stand_in_target,
)
from clacky_tui.config.settings import ModelEntry, Settings


def open_route(entry: ModelEntry | None, settings: Settings) -> ModelRoute:
    """The route to `entry`; None starts the demo model, so call it in a thread.

    Raises:
        ConfigError: the entry cannot be used.
    """
    if entry is None:
        return ModelRoute(demo_target())
    stand_in = partial(stand_in_target, entry, settings)
    second_address = partial(second_address_target, entry)
    return ModelRoute(configured_target(entry), stand_in, second_address)
