"""The answer to `/models`: what can be switched to, and what the switch itself would cost now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.cells import cell_len

from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.context.reread import cost_of_switch
from clacky_tui.tui.layout import align_left


def models_report(names: Iterable[str], figures: ContextFigures, at: datetime) -> str:
    """One line per model of `names`, several lines; reads the price table, so call it on a thread.

    A switch makes the other model read the whole conversation anew, at its price without a cache.
    """
    current = figures.model
    others = [name for name in dict.fromkeys(names) if name != current]
    if not others:
        return f"The model is {current}. Others are added in config.yml."
    cells = max(map(cell_len, (current, *others)))
    tokens = figures.prefix_tokens
    words = [(current, "in use"), *((name, _switch(name, figures, at)) for name in others)]
    lines = [f"{align_left(name, cells)}  {text}".rstrip() for name, text in words]
    heading = "Models, switched with /model NAME"
    if tokens:
        heading += f" (the other one reads {format_tokens(tokens)} tokens anew)"
    return "\n".join([f"{heading}:", *(f"  {line}" for line in lines)])


def _switch(name: str, figures: ContextFigures, at: datetime) -> str:
    if not figures.prefix_tokens:
        return ""
    cost = cost_of_switch(figures, name, at)
    return "price unknown" if cost is None else f"the switch costs about {format_usd(cost)}"
