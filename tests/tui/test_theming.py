"""Theme files: the shipped ones, the user's, and what is said about broken ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Static

from clacky_tui.errors import ConfigError
from clacky_tui.tui.chat.styles import ChatStyles
from clacky_tui.tui.glyphs import ASCII, UNICODE, current_glyphs
from clacky_tui.tui.theming import DEFAULT_THEME, GROUND, PALETTE, load_themes, read_theme

GOOD = """
name = "mine"
dark = true
transparent = true

[colors]
primary = "ansi_blue"
secondary = "ansi_cyan"
accent = "#ff00aa"
success = "ansi_green"
warning = "ansi_yellow"
error = "ansi_red"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path))
    (tmp_path / "themes").mkdir()
    return tmp_path / "themes"


def test_the_shipped_themes_are_there() -> None:
    assert {"hacker", "minimal", "light"} <= set(load_themes())
    assert DEFAULT_THEME == "hacker"


def test_a_users_theme_is_added_and_replaces_one_of_the_same_name(home: Path) -> None:
    (home / "mine.toml").write_text(GOOD)
    (home / "hacker.toml").write_text(GOOD.replace('"mine"', '"hacker"'))
    themes = load_themes()
    assert themes["mine"].accent == "#ff00aa"
    assert themes["hacker"].accent == "#ff00aa"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("name =", "nam ="), "name"),
        (('"mine"', '" "'), "name"),
        (("dark = true", 'dark = "yes"'), "dark"),
        (('accent = "#ff00aa"', ""), "colors.accent"),
        (('"#ff00aa"', '"#ff00"x'), "mine.toml"),
        (('"#ff00aa"', '"purpleish"'), "colors.accent"),
        (('"#ff00aa"', "7"), "colors.accent"),
        (('accent = "#ff00aa"', 'accent = "red"\nshine = "red"'), "colors.shine"),
        (("transparent = true", "transparent = false"), "colors.foreground"),
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


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours (WCAG 2.1, relative luminance)."""

    def luminance(color: Color) -> float:
        parts = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_text_on_a_ground_of_its_own_is_readable() -> None:
    for theme in load_themes().values():
        if theme.ansi:
            continue
        variables = {**theme.to_color_system().generate(), **theme.variables}
        ground = Color.parse(variables["background"])
        for name in (*PALETTE, "foreground", "muted"):
            assert contrast(Color.parse(variables[name]), ground) >= 4.5, f"{theme.name} {name}"
    assert "muted" in GROUND


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
            assert styles.error != styles.ground
            assert styles.muted != styles.ground


async def test_the_default_theme_leaves_the_terminals_ground_alone() -> None:
    app = ThemedApp()
    async with app.run_test():
        styles = ChatStyles.of_app(app)
        assert styles.ground.color is None
        assert styles.ground.bgcolor is None
        assert styles.error.color is not None
        assert styles.error.color.number == 1
        last_row = app.screen._compositor.render_strips()[-1]
        colors = {segment.style.bgcolor for segment in last_row if segment.style}
        assert all(color is None or color.is_default for color in colors)


def test_ascii_signs_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    assert current_glyphs() is UNICODE
    monkeypatch.setenv("CLACKY_ASCII", "1")
    assert current_glyphs() is ASCII
    assert str(ASCII).isascii()


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
