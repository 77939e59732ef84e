"""The context tab as it stands on the screen, and what the chat and the bar say of the cache."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from support.scene import (
    MODEL_SWITCH_MISS,
    NOON,
    OPENED,
    SceneApp,
    cached_session,
    request,
)
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.context.figures import ContextFigures, RequestHit
from clacky_tui.tui.context.hit_line import AXIS_CELLS, draw_hits
from clacky_tui.tui.context.pane import EMPTY_TEXT, SIMULATED_TEXT


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Scene(SceneApp):
    """A scene on a clock that the test turns; 48 seconds after the last request at first."""

    def __init__(self, scene: list[events.Event]) -> None:
        super().__init__(scene)
        self.now = NOON + timedelta(seconds=48)

    def compose(self) -> Iterator[object]:  # type: ignore[override]
        self._bar._clock = self._context_tab._clock = self._clock = lambda: self.now
        yield from super().compose()

    @property
    def text(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def tell(self, *told: events.Event, at: datetime = NOON) -> None:
        """Show further events as if they had come from the worker."""
        assert self._router is not None
        for event in told:
            self._router.show(events.Envelope(seq=999, ts=at, session_id="s", event=event))


async def settle(pilot: Pilot[None]) -> None:
    """Until every drawing that one led to another is over."""
    for _ in range(4):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


@asynccontextmanager
async def on_screen(
    scene: list[events.Event], size: tuple[int, int] = (100, 30), tab: str = "alt+3"
) -> AsyncIterator[tuple[Scene, Pilot[None]]]:
    app = Scene(scene)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press(tab)
        await settle(pilot)
        yield app, pilot


# --- the tab -------------------------------------------------------------------------------------


async def test_the_tab_reads_as_designed() -> None:
    async with on_screen(cached_session()) as (app, _):
        lines = app.text.splitlines()
        assert lines[0].split() == [
            "Chat",
            "Billing",
            "Context",
            "Sessions",
            "Trash",
            "Settings",
            "fix",
            "orders",
        ]
        assert lines[1] == " c compress now · u undo it · ↑↓ scroll"
        assert lines[2].startswith(" Context window  61,204 of 200,000  30.6 %  ▇▇▇▇")
        assert lines[3] == (
            "   system 3,102   tools 1,790   rules 812   memories 204"
            "   chat 9,440   tool output 45,856"
        )
        assert lines[4] == (
            " Cache           hit 95.4 % of 222,536 · expires in 4:12 · letting it go costs ~$0.0914"
        )
        assert " Hit % per request" in lines
        misses = lines[lines.index(" Misses") + 1 :]
        assert misses[0] == " #9    12:00       8,911 tokens          ?  expired: 6 min 12 s idle"
        assert misses[1].startswith(" #5    12:00      41,208 tokens   +$0.1113  the model changed")


async def test_before_the_first_request_it_says_what_will_appear() -> None:
    async with on_screen([OPENED]) as (app, _):
        assert " ".join(app.text.split()).endswith(EMPTY_TEXT)
        assert "Misses" not in app.text


@pytest.mark.parametrize("size", [(8, 3), (40, 12), (40, 20), (60, 20), (97, 25), (200, 50)])
async def test_any_size_is_drawn_without_a_line_too_long(size: tuple[int, int]) -> None:
    async with on_screen(cached_session(), size) as (app, _):
        strips = app.screen._compositor.render_strips()
        assert all(strip.cell_length == size[0] for strip in strips)
        if size[0] >= 40:
            assert "61,204 of 200,000" in app.text
            assert "expires in 4:12" in app.text
            assert "letting it go costs ~$0.0914" in app.text


async def test_arrows_scroll_to_the_misses_on_a_low_screen() -> None:
    async with on_screen(cached_session(), (60, 16)) as (app, pilot):
        assert "8,911 tokens" not in app.text
        await pilot.press(*["down"] * 12)
        await settle(pilot)
        assert "8,911 tokens" in app.text
        assert "(message 37)" in " ".join(app.text.split())


async def test_a_window_of_unknown_size_is_not_made_up() -> None:
    gauge = events.ContextGauged(categories={"chat": 1200, "rules": 0}, window_tokens=None)
    async with on_screen([OPENED, request(1), gauge]) as (app, _):
        assert "1,200 tokens; how many the model takes is not known" in app.text
        assert "chat 1,200" in app.text
        assert "rules" not in app.text
        assert "%" not in app.text.splitlines()[2]


async def test_the_countdown_ticks_only_while_someone_looks() -> None:
    async with on_screen(cached_session()) as (app, pilot):
        pane = app._context_tab._pane
        assert pane is not None and pane._cache._timer is not None
        app.now += timedelta(seconds=10)
        for _ in range(300):
            if "expires in 4:02" in app.text:
                break
            await asyncio.sleep(0.01)
        assert "expires in 4:02" in app.text
        await pilot.press("alt+1")
        await settle(pilot)
        assert pane._cache._timer is None
        app.now = NOON + timedelta(minutes=5)
        await pilot.press("alt+3")
        await settle(pilot)
        assert "222,536 · cold" in app.text
        assert "the next one costs ~$0.0914 more" in app.text
        assert pane._cache._timer is None


async def test_a_closed_tab_draws_nothing_and_is_up_to_date_when_opened() -> None:
    async with on_screen([OPENED], tab="alt+1") as (app, pilot):
        assert app._context_tab._pane is None
        app.tell(request(1), request(2))
        await pilot.press("f4")
        await settle(pilot)
        assert "hit 95.4 %" in app.text
        await pilot.press("alt+1")
        app.tell(request(3), MODEL_SWITCH_MISS)
        await pilot.press("alt+3")
        await settle(pilot)
        assert "#3    12:00      41,208 tokens" in app.text


async def test_an_unknown_price_is_left_out() -> None:
    unpriced = request(1).model_copy(update={"model": "house-model"})
    async with on_screen([OPENED, unpriced]) as (app, _):
        assert "expires in 4:12" in app.text
        assert "costs" not in app.text


async def test_a_provider_without_a_cache_has_nothing_to_expire() -> None:
    plain = events.TokenCounts(input_tokens=900, output_tokens=10)
    recorded = request(1).model_copy(update={"tokens": plain, "session_tokens": plain})
    async with on_screen([OPENED, recorded]) as (app, pilot):
        assert "the provider has reported no cached tokens" in app.text
        assert "expires" not in app.text
        await pilot.press("alt+1")
        await settle(pilot)
        assert "│ cache 0% │" in app.text


async def test_simulated_figures_say_so() -> None:
    demo = OPENED.model_copy(update={"simulated": True, "model": "demo"})
    recorded = request(1).model_copy(update={"simulated": True, "model": "demo"})
    async with on_screen([demo, recorded]) as (app, _):
        assert SIMULATED_TEXT in app.text


async def test_a_new_session_begins_empty() -> None:
    async with on_screen(cached_session()) as (app, pilot):
        app.tell(OPENED)
        await settle(pilot)
        assert "No requests yet" in app.text
        assert "61,204" not in app.text


async def test_hostile_names_and_causes_stay_on_their_line() -> None:
    bad = "\x1b[2J[bold]x[/]\n\x07\u202e優惠"
    scene = [
        OPENED,
        request(1),
        MODEL_SWITCH_MISS.model_copy(update={"cause": bad, "first_difference": ""}),
        events.ContextGauged(categories={bad: 5}, window_tokens=0),
    ]
    async with on_screen(scene) as (app, _):
        assert "[bold]x[/] \ufffd\ufffd優惠 5" in app.text
        assert "+$0.1113  [bold]x[/] \ufffd\ufffd優惠" in app.text


async def test_tabs_follow_each_other_in_both_directions() -> None:
    async with on_screen([OPENED], tab="alt+1") as (app, pilot):
        seen = []
        for key in ("ctrl+pagedown",) * 6 + ("ctrl+pageup",) * 6:
            await pilot.press(key)
            seen.append(app._tabs.active)
        tabs = ["billing", "context", "sessions", "trash", "settings"]
        assert seen == [*tabs, "chat", *reversed(tabs), "chat"]
        assert app._composer.has_focus


# --- the chat and the bar --------------------------------------------------------------------------


async def test_a_miss_is_explained_where_it_happens() -> None:
    async with on_screen([OPENED, request(1), MODEL_SWITCH_MISS], tab="alt+1") as (app, _):
        assert (
            "  ! cache miss: 41,208 tokens re-read at full price, +$0.1113\n"
            "    the model changed from sonnet-4.5 to opus-4.6 before this request (message 37)\n"
            "    next requests hit again · /context lists every miss"
        ) in app.text


async def test_the_bar_shows_hit_rate_and_time_left() -> None:
    async with on_screen([OPENED, request(1)], tab="alt+1") as (app, pilot):
        assert "│ cache 95% 4:12 │" in app.text
        app.tell(events.ModelChanged(model="claude-opus-4-6"))
        await settle(pilot)
        assert "From here on claude-opus-4-6 answers." in app.text
        assert "│ claude-opus-4-6 │ cache 95% │" in app.text


async def test_a_compression_is_told_from_start_to_end() -> None:
    async with on_screen([OPENED, request(1)], tab="alt+1") as (app, pilot):
        started = events.CompressionStarted(tokens=61_204, messages=120, reason="threshold")
        app.tell(started)
        await settle(pilot)
        assert "idle │ compressing │" in app.text
        assert (
            "· compressing 61,204 tokens in 120 messages, the conversation has grown long"
            in app.text
        )
        app.tell(
            events.CompressionFinished(
                outcome="done",
                before_tokens=61_204,
                after_tokens=9120,
                cache_hit_rate=0.971,
                cost=Decimal("0.0123"),
            )
        )
        await settle(pilot)
        assert "compressed 61,204 tokens to 9,120 · cache 97.1% · $0.0123" in app.text
        assert "idle │ compressing" not in app.text
        assert "│ cache 95% │" in app.text  # what the provider holds is no longer sent
        assert "ctrl+o shows" not in app.text
        app.tell(events.CompressionFinished(outcome="cancelled", before_tokens=9, after_tokens=9))
        await settle(pilot)
        assert "compression stopped; the conversation is as it was" in app.text


async def test_the_summary_opens_with_a_key_and_the_undoing_is_told() -> None:
    async with on_screen([OPENED, request(1)], tab="alt+1") as (app, pilot):
        app.tell(
            events.CompressionFinished(
                outcome="done", before_tokens=61_204, after_tokens=9120, summary="Orders are taxed."
            )
        )
        await settle(pilot)
        assert "    ctrl+o shows what is kept · /undo-compact takes it back" in app.text
        assert "Orders are taxed." not in app.text
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert "Orders are taxed.\n" in app.text
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert "Orders are taxed." not in app.text
        app.tell(
            events.CompressionUndone(
                before_tokens=9120, after_tokens=61_204, messages=120, cold_cost=Decimal("0.2295")
            ),
            events.CompressionUndone(before_tokens=9, after_tokens=10, messages=2, cold_cost=None),
        )
        await settle(pilot)
        assert (
            "· compression undone: 61,204 tokens in 120 messages again\n"
            "    the next request reads all of it anew, for $0.2295, unless it is still cached"
        ) in app.text
        assert "anew, at a cost that is not known, unless" in app.text


async def test_budget_progress_and_silence_are_told() -> None:
    async with on_screen([OPENED], tab="alt+1") as (app, pilot):
        app.tell(
            events.BudgetWarned(scope="day", unit="usd", spent=Decimal("2.5"), limit=Decimal("5")),
            events.BudgetWarned(scope="task", unit="turns", spent=Decimal(24), limit=Decimal(30)),
            events.Progress(handle="m", activity="memory", text="recalling"),
            events.ReasoningLevelChanged(level="high"),
        )
        await settle(pilot)
        assert "$2.50 of the day budget of $5.00 is used (50 %)." in app.text
        assert "24 of the task budget of 30 turns is used (80 %)." in app.text
        assert "recalling │" in app.text
        assert "claude-sonnet-4-5 │ thinks high" in app.text
        app.tell(events.RequestStalled(seconds=15))
        await settle(pilot)
        assert "no answer for 15 s" in app.text


# --- commands: a real worker, no request is made ------------------------------------------------------

MODELS = tuple(
    ModelEntry(model=name, api_key="k", base_url="http://127.0.0.1:9")
    for name in ("claude-sonnet-4-5", "house-model")
)


class HeardWorker(AgentWorker):
    """A worker that remembers what it was asked."""

    def send(self, command: commands.Command) -> None:
        self.heard = [*getattr(self, "heard", []), command]
        super().send(command)


class WorkingApp(ClackyApp):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            working_dir=folder,
            mode="confirm_safes",
            theme_name=None,
            load=lambda: (Settings(models=MODELS), MODELS[0]),
        )
        self.worker: HeardWorker | None = None

    def _make_worker(self, deliver: Callable[[events.Envelope], None]) -> AgentWorker:
        self.worker = HeardWorker(
            Settings(models=MODELS), deliver, working_dir=self._working_dir, entry=MODELS[0]
        )
        return self.worker

    async def until(self, text: str) -> None:
        for _ in range(500):
            strips = self.screen._compositor.render_strips()
            if text in "\n".join(strip.text for strip in strips):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{text!r} never appeared")


async def test_models_are_listed_and_switched_by_name(tmp_path: Path) -> None:
    app = WorkingApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.until("claude-sonnet-4-5")
        for text, expected in (
            ("/models", "claude-sonnet-4-5  in use"),
            ("/model nonesuch", "nonesuch"),
            ("/model house-model", "From here on house-model answers."),
            ("/model", "house-model        in use"),
        ):
            app._composer.load_draft(text)
            await pilot.press("enter")
            await app.until(expected)
        await app.action_leave()


async def test_c_in_the_tab_compresses_and_shows_the_chat(tmp_path: Path) -> None:
    app = WorkingApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.until("claude-sonnet-4-5")
        await pilot.press("alt+3", "c")
        await settle(pilot)
        assert app._tabs.active == "chat"
        await app.action_leave()
        assert app.worker is not None
        assert [command.kind for command in app.worker.heard] == ["compact", "shutdown"]


# --- figures -----------------------------------------------------------------------------------------


def figures_after(*recorded: events.UsageRecorded) -> ContextFigures:
    figures = ContextFigures()
    for usage in recorded:
        figures.note_request(usage, NOON)
    return figures


def with_tokens(**tokens: int) -> events.UsageRecorded:
    return request(1).model_copy(update={"tokens": events.TokenCounts(**tokens)})


def test_the_cache_lives_five_minutes_after_a_request_and_an_hour_when_written_so() -> None:
    hour = with_tokens(cache_creation_tokens=9, cache_creation_1h_tokens=9)
    mixed = with_tokens(cache_creation_tokens=9, cache_creation_1h_tokens=4)
    read = with_tokens(cache_read_tokens=9)
    assert figures_after(mixed).expires_at == NOON + timedelta(minutes=5)
    assert figures_after(hour).expires_at == NOON + timedelta(hours=1)
    assert figures_after(hour, read).expires_at == NOON + timedelta(hours=1)
    assert figures_after(read).expires_at == NOON + timedelta(minutes=5)


@pytest.mark.parametrize("purpose", ["title", "suggestion", "subagent", "test"])
def test_requests_beside_the_conversation_keep_nothing_warm(purpose: str) -> None:
    aside = request(2).model_copy(update={"purpose": purpose})
    assert figures_after(aside).expires_at is None


def test_a_request_that_never_reported_tokens_has_no_hit_rate() -> None:
    failed = request(2).model_copy(update={"tokens": None, "outcome": "failed"})
    figures = figures_after(request(1), failed)
    assert [hit.number for hit in figures.hits] == [1]
    assert figures.requests == 2
    assert figures.expires_at is not None


# --- the chart ---------------------------------------------------------------------------------------

rates = st.lists(st.floats(0, 1), min_size=1, max_size=300)


@settings(deadline=None, max_examples=60)
@given(rates, st.integers(6, 200), st.integers(2, 12))
def test_the_line_fits_and_keeps_the_latest_requests(
    values: list[float], width: int, rows: int
) -> None:
    hits = tuple(RequestHit(number, rate) for number, rate in enumerate(values, start=1))
    line = draw_hits(hits, width, rows)
    assert len(line.lines) == rows
    assert len({cell_len(text) for text in line.lines}) == 1
    assert cell_len(line.lines[0]) <= max(width, AXIS_CELLS + 2)
    assert line.labels.split()[-1] == str(len(values))
    assert line.drawn_requests <= len(values)


def test_a_full_hit_touches_the_top_and_a_miss_the_ground() -> None:
    line = draw_hits((RequestHit(1, 0.0), RequestHit(2, 1.0), RequestHit(3, 1.0)), 40, 5)
    assert [text[:4] for text in line.lines] == ["100┤", "   │", " 50┤", "   │", "  0┤"]
    assert line.lines[0][AXIS_CELLS:].strip() and line.lines[4][AXIS_CELLS:].strip()
    assert line.labels == "    1     2     3"


def test_plotext_is_imported_with_the_first_chart_not_with_the_tab() -> None:
    code = (
        "import sys; import clacky_tui.tui.context.pane; print('plotext' in sys.modules)\n"
        "from clacky_tui.tui.context.hit_line import RequestHit, draw_hits\n"
        "draw_hits((RequestHit(1, 0.5),), 40, 6); print('plotext' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]


# --- tests of models -------------------------------------------------------------------------------


async def test_tested_models_are_told_in_the_chat_and_change_only_the_totals() -> None:
    usage = request(10).model_copy(
        update={"purpose": "test", "model": "other", "session_cost": Decimal("9.87")}
    )
    answered = events.ModelTested(
        model="claude-haiku-4-5",
        provider="api.anthropic.com",
        ok=True,
        time_to_first_token_seconds=0.41,
        duration_seconds=0.91,
        output_tokens=16,
        cost=Decimal("0.0002"),
    )
    failed = events.ModelTested(
        model="gpt-[b]5", ok=False, message="The API key was refused.", duration_seconds=0.2
    )
    async with on_screen(cached_session(), (140, 30), "alt+1") as (app, pilot):
        figures = app._context_tab.figures
        before = (figures.model, list(figures.hits), figures.expires_at)
        app.tell(usage, answered, failed)
        await settle(pilot)
        words = " ".join(app.text.split())
        assert (
            "claude-haiku-4-5 (api.anthropic.com) answers · first token 0.41s · total 0.91s · "
            "out 16 · 32 tokens/s · $0.0002"
        ) in words
        assert "gpt-[b]5 failed · total 0.20s" in app.text
        assert "The API key was refused." in app.text
        assert "$9.87" in app.text
        assert (figures.model, figures.hits, figures.expires_at) == before
