"""Theme files: the shipped ones, the user's, and what is said about broken ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

from clacky_tui.errors import ConfigError
from clacky_tui.tui.brightness import Brightness
from clacky_tui.tui.chat.styles import ChatStyles
from clacky_tui.tui.glyphs import ASCII, UNICODE, choose_glyphs, current_glyphs
from clacky_tui.tui.theming import (
    DEFAULT_THEME,
    default_theme,
    load_or_default,
    load_theme,
    load_themes,
    read_theme,
)

GOOD = """
dark = true
transparent = true

[colors]
primary = "ansi_blue"
secondary = "ansi_cyan"
accent = "#ff00aa"
success = "ansi_green"
warning = "ansi_yellow"
error = "ansi_red"
foreground = "ansi_white"
background = "#101010"
surface = "ansi_black"
panel = "ansi_black"
muted = "dim"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path))
    (tmp_path / "themes").mkdir()
    return tmp_path / "themes"


def test_the_shipped_themes_are_there() -> None:
    wanted = {
        "hacker",
        "minimal",
        "light",
        "high-contrast",
        "high-contrast-light",
        "ansi-16",
        "mono",
    }
    assert wanted <= set(load_themes())
    assert DEFAULT_THEME == "hacker"


def test_a_users_theme_is_added_and_replaces_one_of_the_same_name(home: Path) -> None:
    (home / "mine.toml").write_text(GOOD)
    (home / "hacker.toml").write_text(GOOD)
    themes = load_themes()
    assert themes["mine"].accent == "#ff00aa"
    assert themes["hacker"].accent == "#ff00aa"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("dark = true", ""), "dark"),
        (("dark = true", 'dark = "yes"'), "dark"),
        (('accent = "#ff00aa"', ""), "colors.accent"),
        (('"#ff00aa"', '"#ff00"x'), "mine.toml"),
        (('"#ff00aa"', '"purpleish"'), "colors.accent"),
        (('"#ff00aa"', "7"), "colors.accent"),
        (('accent = "#ff00aa"', 'accent = "red"\nshine = "red"'), "colors.shine"),
        (('foreground = "ansi_white"', ""), "colors.foreground"),
        (('muted = "dim"', 'muted = "faint"'), "colors.muted"),
        (('panel = "ansi_black"', 'panel = "dim"'), "colors.panel"),
        (("dark = true", "dark = true\nlight = false"), "light"),
    ],
)
def test_a_broken_file_is_named_with_its_field(
    home: Path, change: tuple[str, str], field: str
) -> None:
    path = home / "mine.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(ConfigError) as error:
        read_theme(path)
    assert field in str(error.value)
    assert "mine.toml" in str(error.value)


def test_a_broken_theme_does_not_hide_the_others(home: Path) -> None:
    (home / "bad.toml").write_bytes(b"\xff\xfe")
    (home / "mine.toml").write_text(GOOD)
    problems: list[ConfigError] = []
    assert "mine" in load_themes(problems)
    assert len(problems) == 1
    with pytest.raises(ConfigError):
        load_themes()


def test_a_theme_is_named_by_its_file_which_must_make_a_class_name(home: Path) -> None:
    (home / "My theme.toml").write_text(GOOD)
    with pytest.raises(ConfigError, match="small letters"):
        load_theme("My theme")
    with pytest.raises(ConfigError) as error:
        load_theme("absent")
    assert "hacker" in error.value.hint


@pytest.mark.parametrize(
    ("name", "taken"), [("light", "light"), ("mine", "hacker"), ("../x", "hacker")]
)
def test_a_broken_theme_in_use_gives_way_to_a_shipped_one(
    home: Path, name: str, taken: str
) -> None:
    (home / "light.toml").write_text("dark = 1")
    (home / "mine.toml").write_text("dark = true")
    problems: list[ConfigError] = []
    assert load_or_default(name, problems).name == taken
    assert len(problems) == 1
    assert load_themes([])["light"].background == "#fafafa"


def test_any_theme_can_show_the_terminals_background_or_its_own(home: Path) -> None:
    (home / "mine.toml").write_text(GOOD)
    assert load_theme("mine").background == "ansi_default"
    solid = load_theme("mine", transparent=False)
    assert (solid.background, solid.ansi) == ("#101010", True)
    clear = load_theme("light", transparent=True)
    assert (clear.background, clear.foreground) == ("ansi_default", "ansi_default")
    assert clear.ansi  # else the toolkit would make a colour of the terminal's own
    assert "muted" not in clear.variables
    assert clear.accent == load_theme("light").accent


@pytest.mark.parametrize(
    ("brightness", "environ", "name"),
    [
        ("dark", {}, "hacker"),
        (None, {"TERM": "xterm-256color"}, "hacker"),
        ("light", {"TERM": "xterm-256color"}, "light"),
        ("light", {"TERM": "xterm", "COLORTERM": "truecolor"}, "light"),
        ("light", {"TERM": "xterm"}, "ansi-16"),
        ("light", {"TERM": "xterm-256color", "NO_COLOR": "1"}, "mono"),
        ("dark", {"NO_COLOR": ""}, "hacker"),
    ],
)
def test_the_default_theme_fits_the_terminal(
    brightness: Brightness | None, environ: dict[str, str], name: str
) -> None:
    assert default_theme(brightness, environ) == name
    assert name in load_themes()


class ThemedApp(App[None]):
    CSS = (
        "Screen { background: transparent; } Static { color: $text-muted; border: round $accent; }"
    )

    def __init__(self) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    def compose(self) -> ComposeResult:
        yield Static("text", markup=False)


async def test_every_theme_shows_on_a_screen() -> None:
    app = ThemedApp()
    async with app.run_test() as pilot:
        for name in load_themes():
            app.theme = name
            await pilot.pause()
            styles = ChatStyles.of_app(app)
            assert styles.muted != styles.ground or name == "ansi-16"
            assert (styles.error == styles.ground) == (name == "mono")


async def test_the_default_theme_leaves_the_terminals_ground_alone() -> None:
    app = ThemedApp()
    async with app.run_test():
        styles = ChatStyles.of_app(app)
        assert styles.ground.color is None
        assert styles.ground.bgcolor is None
        assert styles.error.color is not None
        assert styles.error.color.number == 9
        last_row = app.screen._compositor.render_strips()[-1]
        colors = {segment.style.bgcolor for segment in last_row if segment.style}
        assert all(color is None or color.is_default for color in colors)


def test_ascii_signs_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    assert current_glyphs() is UNICODE
    monkeypatch.setenv("CLACKY_ASCII", "1")
    assert current_glyphs() is ASCII
    assert str(ASCII).isascii()


def test_the_preference_for_signs_goes_before_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clacky_tui.tui.glyphs._chosen", "auto")
    choose_glyphs("ascii")
    assert current_glyphs() is ASCII
    choose_glyphs("unicode")
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: False)
    assert current_glyphs() is UNICODE
    choose_glyphs("auto")
    assert current_glyphs() is ASCII


def test_the_widgets_import_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "import clacky_tui.tui.chat.transcript, clacky_tui.tui.chat.composer\n"
        "import clacky_tui.tui.chat.approval, clacky_tui.tui.chat.feedback\n"
        "import clacky_tui.tui.session_bar, clacky_tui.tui.todo, clacky_tui.tui.theming\n"
        "heavy = {'pydantic', 'httpx', 'markdown_it', 'plotext', 'rich.markdown', 'tomllib',\n"
        "         'textual.widgets._markdown', 'clacky_tui.events', 'clacky_tui.commands'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]"
