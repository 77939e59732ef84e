"""The stand-in and the second address: when each comes in, what it costs, how the first returns."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from support.raw_server import RawServer, good, untrusted_tls, worker_at
from support.worker import Harness

from clacky_tui import events
from clacky_tui.agent.fallback import COOLING_OFF_SECONDS, ModelRoute
from clacky_tui.agent.target import configured_target, second_address_target, stand_in_target
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.money import format_usd
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.bedrock import region_of
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

BIG, SMALL = "claude-opus-4-5", "claude-haiku-4-5"
BUSY = Step(status=529)
NOBODY = "http://127.0.0.1:9"
"""Where no connection can be made: nothing listens on the discard port."""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clacky_tui.agent.model_call.retry_wait_seconds", lambda *_: 0.0)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    monkeypatch.setattr("clacky_tui.agent.route.ModelRoute", partial(ModelRoute, clock=clock))
    return clock


async def play(
    steps: list[Step], folder: Path, questions: int, clock: Clock | None = None
) -> Story:
    """Ask some questions, each after the cooling-off of the one before has passed."""
    with DemoServer(steps, tokens_per_second=0) as server:
        async with worker_at(server.url, folder, model=BIG, fallback_model=SMALL) as harness:
            outcomes = []
            for number in range(questions):
                outcomes.append((await harness.ask(f"question {number}")).outcome)
                if clock is not None:
                    clock.seconds += COOLING_OFF_SECONDS
        asked = [json.loads(request.raw)["model"] for request in server.requests]
    return Story(outcomes, asked, harness.events)


class Story:
    """What the models were asked and what was told."""

    def __init__(self, outcomes: list[str], asked: list[str], told: list[events.Event]) -> None:
        self.outcomes = outcomes
        self.asked = asked
        self.models = [e.model for e in told if isinstance(e, events.ModelChanged)]
        self.recorded = [e for e in told if isinstance(e, events.UsageRecorded)]
        self.retries = [e for e in told if isinstance(e, events.RequestRetried)]
        self.notices = [e.text for e in told if isinstance(e, events.Notice)]
        self.failed = [e.message for e in told if isinstance(e, events.Failed)]


async def test_the_third_failure_brings_the_stand_in_at_its_own_price(tmp_path: Path) -> None:
    story = await play([BUSY] * 3 + [Step("Here."), Step("Again.")], tmp_path, 2)
    assert story.outcomes == ["done", "done"]
    assert story.asked == [BIG, BIG, BIG, SMALL, SMALL]
    assert story.models == [SMALL]
    assert SMALL in story.notices[0]
    answered = [record for record in story.recorded if record.outcome == "ok"]
    assert [record.model for record in answered] == [SMALL, SMALL]
    tokens = answered[0].tokens
    assert tokens is not None and answered[0].cost is not None
    # Haiku 4.5 asks 1 USD per million tokens of input, 1.25 to write them to the cache, 5 of output.
    nano = 1000 * tokens.input_tokens + 5000 * tokens.output_tokens
    nano += 1250 * (tokens.cache_creation_tokens - tokens.cache_creation_1h_tokens)
    nano += 2000 * tokens.cache_creation_1h_tokens + 100 * tokens.cache_read_tokens
    assert answered[0].cost * 10**9 == nano, format_usd(answered[0].cost)


async def test_two_failures_do_not_bring_it(tmp_path: Path) -> None:
    story = await play([BUSY] * 2 + [Step("Here.")], tmp_path, 1)
    assert story.asked == [BIG] * 3
    assert story.models == []


async def test_the_configured_model_returns_after_cooling_off(tmp_path: Path, clock: Clock) -> None:
    story = await play([BUSY] * 3 + [Step("Here."), Step("I am back.")], tmp_path, 2, clock)
    assert story.asked == [BIG, BIG, BIG, SMALL, BIG]
    assert story.models == [SMALL, BIG]
    assert "answers again" in story.notices[-1]


async def test_a_failed_probe_is_silent_and_answered_by_the_stand_in_at_once(
    tmp_path: Path, clock: Clock
) -> None:
    steps = [BUSY] * 3 + [Step("Here."), BUSY, Step("Still me."), Step(status=401), Step("Me.")]
    story = await play(steps, tmp_path, 3, clock)
    assert story.outcomes == ["done"] * 3
    assert story.asked == [BIG, BIG, BIG, SMALL, BIG, SMALL, BIG, SMALL]
    assert len(story.retries) == 3
    assert story.models == [SMALL]
    assert len(story.recorded) == 8


async def test_a_probe_that_broke_off_while_it_spoke_is_marked(
    tmp_path: Path, clock: Clock
) -> None:
    steps = [BUSY] * 3 + [Step("Here."), Step("Half a", finish=""), Step("Whole.")]
    story = await play(steps, tmp_path, 2, clock)
    assert story.outcomes == ["done", "done"]
    assert len(story.retries) == 4


async def test_when_both_fail_the_number_of_attempts_is_told(tmp_path: Path) -> None:
    story = await play([BUSY] * 8, tmp_path, 1)
    assert story.outcomes == ["error"]
    assert story.asked == [BIG] * 3 + [SMALL] * 5
    assert "8 attempts" in story.failed[0]


async def test_a_network_that_is_down_is_no_reason_to_change_the_model(tmp_path: Path) -> None:
    async with worker_at("http://127.0.0.1:9", tmp_path, fallback_model=SMALL) as harness:
        assert (await harness.ask("hello")).outcome == "error"
    assert not harness.all(events.ModelChanged)


def entry(model: str, base_url: str = "https://api.anthropic.com", **rest: str) -> ModelEntry:
    return ModelEntry.model_validate(
        {"model": model, "api_key": f"sk-{model}-12345", "base_url": base_url, **rest}
    )


def test_the_wire_is_chosen_anew_for_the_stand_in() -> None:
    first = entry(
        "gpt-5.5", "https://openrouter.ai/api/v1", fallback_model="anthropic/claude-opus-4-7"
    )
    stand_in = stand_in_target(first, Settings(models=(first,)))
    assert stand_in is not None
    assert stand_in.provider.endpoint.wire == "anthropic"
    assert configured_target(first).provider.endpoint.wire == "openai_chat"
    assert stand_in.priced_as == "anthropic/claude-opus-4-7"


def test_a_configured_model_stands_in_with_its_own_address_and_key() -> None:
    first, second = entry("one", fallback_model="TWO"), entry("two", "https://two.example/v1")
    stand_in = stand_in_target(first, Settings(models=(first, second)))
    assert stand_in is not None
    assert stand_in.provider.endpoint.base_url == "https://two.example/v1"
    assert stand_in.provider.endpoint.api_key == "sk-two-12345"


def test_the_presets_name_a_stand_in_where_the_entry_does_not() -> None:
    known = entry("anthropic/claude-opus-4-7", "https://openrouter.ai/api/v1")
    stand_in = stand_in_target(known, Settings())
    assert stand_in is not None
    assert stand_in.model == "anthropic/claude-sonnet-4-6"


@pytest.mark.parametrize("name", ["", "one", "broken"])
def test_no_usable_name_means_no_stand_in(name: str) -> None:
    first, broken = entry("one", fallback_model=name), entry("broken", base_url="nowhere")
    assert stand_in_target(first, Settings(models=(first, broken))) is None


# --- the second address ------------------------------------------------------------------------


def outcomes(harness: Harness) -> list[str]:
    return [record.outcome for record in harness.all(events.UsageRecorded)]


def warnings(harness: Harness) -> list[str]:
    return [notice.text for notice in harness.all(events.Notice) if notice.level == "warning"]


def label(url: str) -> str:
    return url.removeprefix("http://").removeprefix("https://")


@pytest.mark.parametrize("wire", ["anthropic", "openai_chat"])
async def test_where_no_connection_is_made_the_second_address_answers(
    tmp_path: Path, wire: WireFormat
) -> None:
    with DemoServer([Step("Here."), Step("Again.")], tokens_per_second=0) as server:
        second = server.url if wire == "anthropic" else f"{server.url}/v1"
        async with worker_at(NOBODY, tmp_path, fallback_base_url=second, wire=wire) as harness:
            assert (await harness.ask("one")).outcome == "done"
            assert (await harness.ask("two")).outcome == "done"
        assert len(server.requests) == 2
        there = label(server.url)
    assert outcomes(harness) == ["rejected"] * 3 + ["ok"] * 2
    paid = [record.cost for record in harness.all(events.UsageRecorded)]
    assert paid[:3] == [0, 0, 0]
    assert None not in paid
    [told] = warnings(harness)
    assert label(NOBODY) in told
    assert there in told
    assert not harness.all(events.ModelChanged)
    assert harness.shown_text == "Here.Again."


async def test_an_untrusted_certificate_is_not_tried_twice(
    tmp_path: Path,
) -> None:
    tls = await asyncio.to_thread(untrusted_tls, tmp_path)
    untrusted = RawServer([good("anthropic", "never read")], tls)
    with DemoServer([Step("Here.")], tokens_per_second=0) as server:
        async with worker_at(untrusted.url, tmp_path, fallback_base_url=server.url) as harness:
            assert (await harness.ask("one")).outcome == "done"
    untrusted.close()
    assert outcomes(harness) == ["rejected", "ok"]


async def test_a_server_in_trouble_is_given_all_its_attempts_first(tmp_path: Path) -> None:
    with (
        DemoServer([BUSY] * 10, tokens_per_second=0) as first,
        DemoServer([Step("Here.")], tokens_per_second=0) as second,
    ):
        async with worker_at(first.url, tmp_path, fallback_base_url=second.url) as harness:
            assert (await harness.ask("one")).outcome == "done"
        assert (len(first.requests), len(second.requests)) == (10, 1)
    assert outcomes(harness) == ["rejected"] * 10 + ["ok"]


@pytest.mark.parametrize("step", [Step(status=401), Step(status=429)])
async def test_what_both_addresses_share_is_no_reason_to_change(tmp_path: Path, step: Step) -> None:
    with (
        DemoServer([step] * 10, tokens_per_second=0) as first,
        DemoServer([Step("Here.")], tokens_per_second=0) as second,
    ):
        async with worker_at(first.url, tmp_path, fallback_base_url=second.url) as harness:
            assert (await harness.ask("one")).outcome == "error"
        assert not second.requests


async def test_a_question_changes_the_address_once(tmp_path: Path) -> None:
    async with worker_at(NOBODY, tmp_path, fallback_base_url=f"{NOBODY}/two") as harness:
        assert (await harness.ask("one")).outcome == "error"
    [failed] = harness.all(events.Failed)
    assert "13 attempts" in failed.message
    assert len(warnings(harness)) == 1


async def test_after_the_cooling_off_the_first_address_is_tried_without_a_word(
    tmp_path: Path, clock: Clock
) -> None:
    first_steps = [*[BUSY] * 10, BUSY, Step("Back.")]
    second_steps = [Step("Here."), Step("Still here.")]
    with (
        DemoServer(first_steps, tokens_per_second=0) as first,
        DemoServer(second_steps, tokens_per_second=0) as second,
    ):
        async with worker_at(first.url, tmp_path, fallback_base_url=second.url) as harness:
            for question in ("one", "two", "three"):
                assert (await harness.ask(question)).outcome == "done"
                clock.seconds += COOLING_OFF_SECONDS
        assert (len(first.requests), len(second.requests)) == (12, 2)
        there = label(first.url)
    assert harness.shown_text == "Here.Still here.Back."
    assert len(harness.all(events.RequestRetried)) == 10
    assert len(outcomes(harness)) == 14
    assert len(warnings(harness)) == 1
    [back] = [notice.text for notice in harness.all(events.Notice) if notice.level == "success"]
    assert back == f"{there} answers again."
    assert not harness.all(events.CacheMissed)


async def test_a_second_address_that_fails_later_gives_way_to_the_first(tmp_path: Path) -> None:
    with (
        DemoServer([*[BUSY] * 10, Step("Back.")], tokens_per_second=0) as first,
        DemoServer([Step("Here."), *[BUSY] * 10], tokens_per_second=0) as second,
    ):
        async with worker_at(first.url, tmp_path, fallback_base_url=second.url) as harness:
            assert (await harness.ask("one")).outcome == "done"
            assert (await harness.ask("two")).outcome == "done"
        assert (len(first.requests), len(second.requests)) == (11, 11)
    assert len(outcomes(harness)) == 22


async def test_the_stand_in_comes_first_and_then_the_second_address(tmp_path: Path) -> None:
    with (
        DemoServer([BUSY] * 8, tokens_per_second=0) as first,
        DemoServer([Step("Here.")], tokens_per_second=0) as second,
    ):
        options = {"model": BIG, "fallback_model": SMALL}
        async with worker_at(
            first.url, tmp_path, fallback_base_url=second.url, **options
        ) as harness:
            assert (await harness.ask("one")).outcome == "done"
        asked = [json.loads(request.raw)["model"] for request in first.requests + second.requests]
    assert asked == [BIG] * 3 + [SMALL] * 5 + [BIG]
    assert [event.model for event in harness.all(events.ModelChanged)] == [SMALL, BIG]


async def test_a_second_address_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    async with worker_at(NOBODY, tmp_path, fallback_base_url="nowhere") as harness:
        assert (await harness.ask("one")).outcome == "error"
    [told] = warnings(harness)
    assert "no usable fallback_base_url (nowhere)" in told
    [failed] = harness.all(events.Failed)
    assert "10 attempts" in failed.message


def test_the_second_address_is_asked_as_the_first_is() -> None:
    first = entry("claude-sonnet-4.6", fallback_base_url="https://gateway.example/claude/")
    moved = second_address_target(first)
    assert moved is not None
    assert moved.provider.endpoint == replace(
        configured_target(first).provider.endpoint, base_url="https://gateway.example/claude"
    )
    assert (moved.model, moved.provider_name) == ("claude-sonnet-4.6", "gateway.example")


def test_a_second_address_on_bedrock_is_signed_for_its_own_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-example")
    there = "https://bedrock-runtime.{}.amazonaws.com"
    first = ModelEntry(
        model="anthropic.claude-haiku-4-5",
        base_url=there.format("us-east-1"),
        fallback_base_url=there.format("us-west-2"),
    )
    moved = second_address_target(first)
    assert moved is not None
    assert region_of(moved.provider.endpoint) == "us-west-2"
