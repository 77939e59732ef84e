"""The time left until the cache expires, in words and in the session bar."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scene import NOON
from textual.app import App, ComposeResult

from clacky_tui.tui.countdown import format_left, seconds_left, seconds_to_next_look
from clacky_tui.tui.session_bar import SessionBar
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(300, "5:00"), (252, "4:12"), (59.4, "0:59"), (3543, "59:03"), (0.2, "cold"), (0, "cold")],
)
def test_the_time_left_reads_as_minutes_and_seconds(seconds: float, words: str) -> None:
    assert format_left(seconds) == words


def test_nothing_is_left_after_the_expiry() -> None:
    assert seconds_left(NOON, NOON + timedelta(hours=3)) == 0


@pytest.mark.parametrize(
    ("left", "wait"),
    [(300, 60), (252, 12), (60, 10), (55, 5), (10, 10), (240.002, 0.5), (0, None)],
)
def test_the_next_look_is_at_a_round_figure(left: float, wait: float | None) -> None:
    assert seconds_to_next_look(left) == wait


@given(st.floats(1, 7200))
def test_a_countdown_always_ends_and_looks_seldom(left: float) -> None:
    looks = 0
    while (wait := seconds_to_next_look(left)) is not None:
        assert 0.5 <= wait <= 60
        left, looks = max(0.0, left - wait), looks + 1
    assert looks <= 7200 / 60 + 6 + 2


class BarApp(App[None]):
    """A session bar on a clock that the test turns."""

    def __init__(self) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        self.now = NOON
        self.bar = SessionBar(clock=lambda: self.now)

    def compose(self) -> ComposeResult:
        yield self.bar

    def cache_cell(self) -> tuple[str, str]:
        """The cache field and the name of its colour."""
        strip = self.screen._compositor.render_strips()[0]
        segment = next(s for s in strip if "cache" in s.text)
        color = segment.style.color if segment.style else None
        return segment.text, color.name if color else ""


async def test_the_bar_counts_down_warns_in_the_last_minute_and_says_cold() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        seen = []
        for seconds in (48, 241, 300):
            app.now = NOON + timedelta(seconds=seconds)
            app.bar.set_cache("cache 97%", NOON + timedelta(minutes=5))
            await pilot.pause()
            seen.append(app.cache_cell())
        assert [text for text, _ in seen] == ["cache 97% 4:12", "cache 97% 0:59", "cache 97% cold"]
        assert seen[1][1] != seen[0][1] == seen[2][1]
        assert app.bar._countdown is None  # cold: nothing ticks any more


async def test_the_bar_looks_again_by_itself() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        app.bar.set_cache("cache 97%", NOON + timedelta(seconds=60.5))
        app.now = NOON + timedelta(seconds=30.5)
        for _ in range(200):
            if "0:30" in app.cache_cell()[0]:
                break
            await asyncio.sleep(0.01)
        await pilot.pause()
        assert app.cache_cell()[0] == "cache 97% 0:30"


async def test_without_an_expiry_or_a_request_no_timer_runs() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:
        assert app.bar._countdown is None
        app.bar.set_cache("cache 97%")
        assert app.bar._countdown is None
        app.bar.set_cache("cache 97%", NOON + timedelta(minutes=5))
        assert app.bar._countdown is not None
        app.bar.set_cache("", NOON + timedelta(minutes=5))
        assert app.bar._countdown is None
        await pilot.pause()


async def test_what_goes_on_stands_after_the_status_until_it_is_done() -> None:
    app = BarApp()
    async with app.run_test(size=(80, 5)) as pilot:

        def row() -> str:
            return app.screen._compositor.render_strips()[0].text.rstrip()

        app.bar.set_model("sonnet-4.5")
        app.bar.set_reasoning_level("high")
        app.bar.set_activity("a", "indexing\x1b[2J")
        app.bar.set_activity("b", "compressing")
        await pilot.pause()
        assert row() == " ● idle │ compressing │ sonnet-4.5 │ thinks high"
        app.bar.set_activity("b", "", done=True)
        await pilot.pause()
        assert row() == " ● idle │ indexing │ sonnet-4.5 │ thinks high"
        app.bar.clear_activities()
        app.bar.set_reasoning_level("off")
        await pilot.pause()
        assert row() == " ● idle │ sonnet-4.5"
