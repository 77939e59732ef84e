"""The person's own keys: what a file may say, what is told of it, and what then happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scene import OPENED, RecordingApp, screen_text
from textual.binding import Binding
from textual.pilot import Pilot

from clacky_tui.errors import ConfigError
from clacky_tui.paths import keymap_file
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.key_table import composer_bindings
from clacky_tui.tui.keymap import EMPTY, Keymap, load_keymap, name_of


def written(text: str) -> None:
    keymap_file().write_text(text)


@pytest.fixture
def keymap_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path))
    return keymap_file()


def loaded(path: Path, text: str) -> tuple[Keymap, list[str]]:
    path.write_text(text)
    problems: list[ConfigError] = []
    keymap = load_keymap(path, ClackyApp.BINDINGS, problems)
    return keymap, [f"{problem.message} {problem.hint}" for problem in problems]


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def test_no_file_changes_nothing(keymap_path: Path) -> None:
    problems: list[ConfigError] = []
    assert load_keymap(keymap_path, ClackyApp.BINDINGS, problems) == EMPTY
    assert problems == []


@pytest.mark.parametrize(
    ("text", "app"),
    [
        ('jump = "f10"', {"jump": "f10"}),
        (
            'help = "ctrl+], alt+h"\njump = "f10"',
            {"help": "ctrl+right_square_bracket,alt+h", "jump": "f10"},
        ),
        (
            'tab-billing = "ctrl+PgUp"\nprevious-tab = "F12"',
            {"tab-billing": "ctrl+pageup", "previous-tab": "f12"},
        ),
        ('redraw = "ctrl+t"\nshow-todos = "ctrl+l"', {}),
    ],
)
def test_keys_are_written_as_people_write_them(
    keymap_path: Path, text: str, app: dict[str, str]
) -> None:
    keymap, problems = loaded(keymap_path, text)
    if app:
        assert problems == []
        assert keymap.bound == app


def test_two_actions_may_swap_their_keys(keymap_path: Path) -> None:
    keymap, problems = loaded(keymap_path, 'redraw = "ctrl+t"\ntodos = "ctrl+l"')
    assert problems == []
    assert keymap.bound == {"redraw": "ctrl+t", "todos": "ctrl+l"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('jmp = "f10"', "there is no action 'jmp'. Did you mean jump?"),
        ('jump = "j"', "'j' would be missing when you type."),
        ('jump = "shift+q"', "would be missing"),
        ('jump = "ctrl+handle"', "there is no key 'ctrl+handle'"),
        ('jump = "hold+x"', "there is no key 'hold+x'"),
        ("jump = 3", "jump must be keys in quotes."),
        ('jump = ""', "jump must be keys in quotes."),
        (
            'jump = "ctrl+k"',
            "ctrl+k means composer-delete-to-end-of-line already, so jump keeps its own keys.",
        ),
        ('jump = "ctrl+p"', "means command-palette already"),
        ("jump = ", "cannot be read"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_and_ignored(
    keymap_path: Path, line: str, told: str
) -> None:
    keymap, problems = loaded(keymap_path, f'help = "f8"\n{line}\n')
    assert len(problems) == 1
    assert told in problems[0]
    assert str(keymap_path) in problems[0]
    assert "jump" not in keymap.names
    if "cannot be read" not in told:
        assert keymap.names == {"help": "f8"}  # the other lines count


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12) | st.integers(), max_size=4))
def test_no_file_stops_the_start(tmp_path_factory: pytest.TempPathFactory, lines: object) -> None:
    import tomlkit

    path = tmp_path_factory.mktemp("keymap") / "keymap.toml"
    path.write_text(tomlkit.dumps(lines))  # type: ignore[arg-type]
    problems: list[ConfigError] = []
    keymap = load_keymap(path, ClackyApp.BINDINGS, problems)
    assert len(keymap.names) + len(problems) >= len(lines)  # type: ignore[arg-type]


async def test_own_keys_work_and_help_and_palette_show_them(keymap_path: Path) -> None:
    written('todos = "f12"\ncost = "alt+c"\ncomposer-new-line = "ctrl+n"\n')
    app = RecordingApp([OPENED])
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t")
        assert len(app.screen_stack) == 1
        await pilot.press("f12")
        await settled(pilot)
        assert "Todos" in screen_text(app)
        await pilot.press("escape", "a", "ctrl+j", "b", "ctrl+n", "c")
        assert app._composer.text == "ab\nc"
        await pilot.press("alt+c")
        await settled(pilot)
        assert "No request has been made" in app._transcript.text()
        await pilot.press("f1", *"/every todo")
        await settled(pilot)
        assert " f12 " in screen_text(app)
        await pilot.press("escape", "escape", "ctrl+p", *"every todo")
        await settled(pilot)
        assert " f12" in screen_text(app)


async def test_what_is_wrong_in_the_file_is_told_in_the_chat(keymap_path: Path) -> None:
    written('jmp = "f10"\n')
    app = RecordingApp([OPENED])
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        assert "there is no action 'jmp'" in app._transcript.text()


def test_every_key_of_the_composer_has_a_name_of_its_own() -> None:
    names = [b.id for b in composer_bindings() if isinstance(b, Binding) and b.description]
    assert all(names)
    assert len(names) == len(set(names))


def test_every_action_of_the_app_has_a_name_of_its_own() -> None:
    names = [binding.id for binding in ClackyApp.BINDINGS if isinstance(binding, Binding)]
    assert all(names)
    assert len(set(names)) == len(names)
    assert name_of("show_tab('billing')") == "tab-billing"
