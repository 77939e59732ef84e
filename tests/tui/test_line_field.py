"""A line to type in, when many keys arrive at once."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult

from clacky_tui.tui.lists.line_field import LineField


class OneField(App[None]):
    def compose(self) -> ComposeResult:
        yield LineField("abc", select_on_focus=False)


async def test_keys_that_arrive_together_act_in_their_order() -> None:
    app = OneField()
    async with app.run_test() as pilot:
        for key in ("backspace", "backspace", "2", "home", "9", "delete", "end", "0"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert app.query_one(LineField).value == "920"
