"""Settings › Models and `/config`: a model is asked before it is saved, and its key is never shown."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.canned_server import CannedServer
from support.scene import OPENED, SceneApp
from support.screens import press, screen_text, settle
from textual.pilot import Pilot

from clacky_tui import commands
from clacky_tui.config.settings import ModelEntry, load_settings
from clacky_tui.errors import ConfigError
from clacky_tui.paths import config_file
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.presets import presets
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.lists.line_field import LineField
from clacky_tui.tui.settings.models import Draft, drafted_entry, masked
from clacky_tui.tui.settings.provider_picker import addresses

pytestmark = pytest.mark.usefixtures("home")

KEY = "sk-0123456789abcdef"
TWO = """\
# mine
models:
  - model: a
    api_key: sk-first-0123456789
    base_url: {url}   # near
    type: default
    color: green
  # the quick one
  - model: b
    api_key: sk-second-0123456789
    base_url: https://api.deepseek.com
    type: lite
"""


class Told(SceneApp):
    """Keeps what the worker would have been sent."""

    def __init__(self) -> None:
        super().__init__([OPENED])
        self.sent: list[commands.Command] = []

    def _send(self, command: commands.Command) -> None:
        self.sent.append(command)


@asynccontextmanager
async def on_screen(size: tuple[int, int] = (110, 30)) -> AsyncIterator[tuple[Told, Pilot[None]]]:
    app = Told()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "alt+6")
        yield app, pilot


def configure(text: str = TWO, url: str = "http://127.0.0.1:9/v1") -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text.format(url=url))


async def type_in(pilot: Pilot[None], *fields: str) -> str:
    """Fill the form's fields from the top, and press Enter."""
    screen = pilot.app.screen
    for number, text in enumerate(fields):
        field = screen.query("Input")[number]
        field.value = text  # type: ignore[attr-defined]
    return await press(pilot, "enter")


async def at_once(pilot: Pilot[None], *keys: str) -> str:
    """Press `keys`, and only then wait for what they led to."""
    await pilot.press(*keys)
    await settle(pilot)
    return screen_text(pilot.app)


def saved() -> list[tuple[str, str, str]]:
    return [(e.model, e.base_url, e.api_key.get_secret_value()) for e in load_settings().models]


def one_line(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


# --- the list ------------------------------------------------------------------------------------


async def test_models_stand_there_with_their_badges_and_masked_keys() -> None:
    configure()
    async with on_screen() as (app, pilot):
        lines = screen_text(app).splitlines()
        assert [" ".join(row.split()) for row in lines[5:7]] == [
            "a default sk-first****6789 127.0.0.1:9",
            "b lite sk-secon****6789 api.deepseek.com",
        ]
        assert "2 models in ~/clacky-home/config.yml" in lines[3]
        assert "sk-first-0123456789" not in await press(pilot, "e", "ctrl+r")


async def test_a_model_of_the_environment_is_listed_and_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLACKY_API_KEY", KEY)
    async with on_screen() as (app, pilot):
        assert "from the environment" in screen_text(app)
        assert KEY not in screen_text(app)
        for key in ("e", "x", "asterisk"):
            assert "comes from CLACKY_API_KEY" in await press(pilot, key)
    assert not config_file().exists()


async def test_another_default_is_marked_and_answers_from_now_on() -> None:
    configure()
    async with on_screen() as (app, pilot):
        text = await press(pilot, "down", "asterisk")
        assert "b is the default from now on." in text
        assert [command.kind for command in app.sent] == ["reload_config", "set_model"]
    default = load_settings().default_model
    assert default is not None and default.model == "b"
    assert "  # the quick one\n  - model: b\n" in config_file().read_text()


async def test_a_model_is_deleted_after_a_question_and_never_the_last() -> None:
    configure()
    async with on_screen() as (app, pilot):
        assert "Take a out of the list?" in await press(pilot, "x")
        await press(pilot, "n")
        assert len(saved()) == 2
        assert "a is no longer in the list." in await press(pilot, "x", "y")
        assert [name for name, *_ in saved()] == ["b"]
        assert "b is the only model, so it stays." in await press(pilot, "x", "y")
        assert len(saved()) == 1
        assert [command.kind for command in app.sent] == ["reload_config"]


# --- adding --------------------------------------------------------------------------------------


def test_every_provider_can_be_picked_and_so_can_another_address() -> None:
    every = addresses()
    assert {a.preset.id for a in every if a.preset} == {preset.id for preset in presets()}
    assert every[-1].preset is None
    assert len({a.label for a in every}) == len(every)


async def test_a_provider_found_by_typing_fills_the_form() -> None:
    async with on_screen() as (_, pilot):
        text = await at_once(pilot, "n", *"z.ai intern coding", "enter")
        assert "https://api.z.ai/api/coding/paas/v4" in text
        assert "glm-5.1" in text
        assert "Keys are made at https://" in text
        await press(pilot, "escape")
        assert "No model yet" in screen_text(pilot.app)


async def test_the_arrows_go_from_field_to_field_and_the_key_is_hidden_until_asked_for() -> None:
    async with on_screen((40, 10)) as (_, pilot):
        await at_once(pilot, "n", *"another", "enter", "home", *"a:/", "up", "up", "m", "down", "k")
        form = pilot.app.screen
        assert [field.value for field in form.query(LineField)] == ["m", "k", "a:/", ""]
        assert "API key   k" not in screen_text(pilot.app)
        assert "API key   k" in await press(pilot, "ctrl+r")


@pytest.mark.parametrize("wire", ["", "anthropic"])
async def test_a_model_that_answers_is_saved_and_used(wire: str) -> None:
    with DemoServer(script=[Step(text="Ready.")], tokens_per_second=0) as server:
        url = server.url if wire else f"{server.url}/v1"
        async with on_screen() as (app, pilot):
            await at_once(pilot, "n", *"another", "enter")
            text = await type_in(pilot, "my-model", KEY, f"{url}/", wire)
            assert "my-model answered and is saved." in text
            assert "my-model" in text.splitlines()[5]
            assert KEY not in text
            assert [command.kind for command in app.sent] == ["reload_config"]
        assert len(server.requests) == 1
    assert saved() == [("my-model", url, KEY)]
    assert config_file().stat().st_mode & 0o777 == 0o600
    [entry] = load_settings().models
    assert entry.anthropic_format is bool(wire)


async def test_what_failed_is_told_and_nothing_is_saved() -> None:
    failures = [
        (401, "no such key", "The key does not work."),
        (404, "no page", "The address does not work."),
        (404, "The model is unknown", "The model's name does not work."),
        (503, "busy", "The test failed."),
    ]
    replies = [
        (status, "application/json", f'{{"error": {{"message": "{message}"}}}}'.encode())
        for status, message, _ in failures
    ]
    with CannedServer(*replies) as server:
        async with on_screen() as (app, pilot):
            await at_once(pilot, "n", *"another", "enter")
            for _, message, told in failures:
                text = one_line(await type_in(pilot, "my-model", KEY, server.url))
                assert told in text
                assert message in text
                assert KEY not in text
                assert "my-model" in text  # what was typed stays
            assert app.sent == []
    assert not config_file().exists()


async def test_a_model_that_cannot_call_tools_is_told() -> None:
    steps = [Step(status=400, body='{"error": {"message": "no tools here"}}'), Step(text="Hi.")]
    with DemoServer(script=steps, tokens_per_second=0) as server:
        async with on_screen() as (_, pilot):
            await at_once(pilot, "n", *"another", "enter")
            text = await type_in(pilot, "my-model", KEY, f"{server.url}/v1")
            assert "The model cannot call tools." in one_line(text)
    assert not config_file().exists()


async def test_a_test_can_be_broken_off() -> None:
    step = Step(text="late", start_gate=threading.Event())
    with DemoServer(script=[step, step], tokens_per_second=0) as server:
        async with on_screen() as (_, pilot):
            await at_once(pilot, "n", *"another", "enter")
            for number, text in enumerate(("m", KEY, f"{server.url}/v1")):
                pilot.app.screen.query("Input")[number].value = text  # type: ignore[attr-defined]
            await pilot.press("enter")
            while not server.requests:
                await pilot.pause(0.01)
            assert "Asking m a word" in screen_text(pilot.app)
            text = await press(pilot, "escape")
            assert "The test was broken off; nothing was saved." in text
            assert "New model" not in await press(pilot, "escape")
            await at_once(pilot, "n", *"another", "enter")
            for number, text in enumerate(("m", KEY, f"{server.url}/v1")):
                pilot.app.screen.query("Input")[number].value = text  # type: ignore[attr-defined]
            await pilot.press("enter")
            while len(server.requests) < 2:
                await pilot.pause(0.01)
            assert "New model" not in await press(pilot, "ctrl+c")  # the thread ends with it
    assert not config_file().exists()


# --- changing ------------------------------------------------------------------------------------


async def test_an_empty_key_keeps_the_one_there_is_and_only_the_change_is_written() -> None:
    with DemoServer(script=[Step(text="Ready.")], tokens_per_second=0) as server:
        configure(url=f"{server.url}/v1")
        before = config_file().read_text()
        async with on_screen() as (_, pilot):
            text = await press(pilot, "e")
            assert "sk-first****6789 stays unless you type another" in text
            assert "a2 answered and is saved." in await type_in(pilot, "a2")
        assert server.requests[0].key == "sk-first-0123456789"
    assert config_file().read_text() == before.replace("model: a\n", "model: a2\n")


async def test_a_masked_key_is_never_saved() -> None:
    configure()
    before = config_file().read_text()
    async with on_screen() as (_, pilot):
        await press(pilot, "e")
        for typed in ("sk-first****6789", "sk-fir…6789", "••••••••"):
            assert "masked key" in one_line(await type_in(pilot, "a", typed))
    assert config_file().read_text() == before


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft("", KEY, "https://h", ""), "name is missing"),
        (Draft("m", "", "https://h", ""), "key is missing"),
        (Draft("m", "two words", "https://h", ""), "no spaces"),
        (Draft("m", KEY, "h.example", ""), "has to start with https"),
        (Draft("m", KEY, "http://[x", ""), "has to start with https"),
        (Draft("m", KEY, "https://h", "pigeon"), "no wire pigeon"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_asked(draft: Draft, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        drafted_entry(draft, None)


def test_what_the_form_does_not_show_stays() -> None:
    before = ModelEntry(
        model="a", base_url="https://h", anthropic_format=True, fallback_model="b", type="default"
    )
    entry = drafted_entry(Draft("a", KEY, "https://h", ""), before)
    assert (entry.fallback_model, entry.type, entry.anthropic_format) == ("b", "default", True)


def test_short_keys_show_one_letter_and_no_key_none() -> None:
    assert [masked(key) for key in ("", "short", "sk-0123456789abcdef")] == [
        "no key",
        "s****",
        "sk-01234****cdef",
    ]


# --- /config -------------------------------------------------------------------------------------


async def test_config_leads_from_the_demo_model_to_ones_own(
    home: Path, until: Callable[..., object]
) -> None:
    app = ClackyApp(
        working_dir=home,
        mode="confirm_safes",
        theme_name="hacker",
        load=lambda: ((settings := load_settings()), settings.default_model),
    )
    with DemoServer(script=[Step(text="Ready.")], tokens_per_second=0) as server:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, "demo")
            await at_once(pilot, *"/config", "enter")
            assert "Whose model?" in screen_text(app)
            await at_once(pilot, *"another", "enter")
            await type_in(pilot, "my-model", KEY, f"{server.url}/v1")
            await press(pilot, "alt+1")
            await until(pilot, "my-model")
            assert "simulated" not in screen_text(app)
            assert "Whose model?" not in await at_once(pilot, *"/config", "enter")


@pytest.fixture
def until() -> Callable[..., object]:
    async def wait(pilot: Pilot[None], words: str) -> None:
        while words not in screen_text(pilot.app):
            await pilot.pause(0.02)

    return wait


# --- pictures ------------------------------------------------------------------------------------

PICTURES = {
    "models": ("1",),
    "screen": ("2", "down"),
    "advanced": ("3", "down", "enter"),
    "about": ("4",),
    "delete": ("1", "x"),
    "picker": ("1", "n"),
    "form": ("1", "n", *"z.ai intern coding", "enter"),
}


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", PICTURES)
def test_picture(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    name: str,
) -> None:
    async def open_it(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await at_once(pilot, "alt+6", *PICTURES[name])

    monkeypatch.setattr("platform.release", lambda: "6.1")
    monkeypatch.setattr("platform.python_version", lambda: "3.11.9")
    configure()
    theme = "light" if size == (120, 40) else "hacker"
    assert snap_compare(SceneApp([OPENED], theme=theme), terminal_size=size, run_before=open_it)
