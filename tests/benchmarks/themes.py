"""Prints how long a switch of the theme takes at 1,000 messages beside an empty chat, in one run.

    python tests/benchmarks/themes.py [messages]

From the switch until the screen has been drawn anew, at 120x40, every shipped theme after the other.
The goal is at most 100 ms. Nothing here asserts.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from support.scene import OPENED, SceneApp  # noqa: E402

from clacky_tui.tui.theming import load_themes  # noqa: E402

GOAL_MILLISECONDS = 100
ROUNDS = 4
ANSWER = (
    "It reads one token after another, see `read_token`:\n\n- until the line ends\n"
    "- then it begins again\n\n```python\nreturn self.subtotal * TAX\n```\n"
)


async def switches(messages: int) -> list[float]:
    """Milliseconds of each switch in a chat of that many messages."""
    app = SceneApp([OPENED])
    for theme in load_themes().values():
        app.register_theme(theme)
    taken = []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.app.workers.wait_for_complete()
        for number in range(messages // 2):
            app._transcript.add_user(f"question {number}")
            app._transcript.append_text(ANSWER)
            app._transcript.end_text()
        await pilot.pause()
        for _ in range(ROUNDS):
            for name in load_themes():
                drawn = asyncio.Event()
                started = time.perf_counter()
                app.theme = name
                app.call_next(lambda drawn=drawn: app.call_after_refresh(drawn.set))
                await drawn.wait()
                taken.append((time.perf_counter() - started) * 1000)
                await pilot.pause()
    return taken


def main() -> None:
    messages = int((sys.argv[1:] or ["1000"])[0])
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLACKY_HOME"] = home
        empty, full = (asyncio.run(switches(count)) for count in (0, messages))
    print(f"Theme switch (goal: at most {GOAL_MILLISECONDS} ms)")
    for what, figure in (("median", statistics.median), ("slowest", max)):
        ours, beside = figure(full), figure(empty)
        print(
            f"{what:<8} {messages:,} messages {ours:6.1f} ms   "
            f"empty {beside:6.1f} ms   ratio {ours / beside:.2f}"
        )


if __name__ == "__main__":
    main()
