"""`ui.toml`: defaults, what is wrong in it, and changing one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from clacky_tui.config.preferences import Preferences, load_preferences, save_preference
from clacky_tui.errors import ConfigError


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load_preferences(tmp_path / "ui.toml") == Preferences()


def test_what_is_wrong_is_said_and_the_rest_is_used(tmp_path: Path) -> None:
    file = tmp_path / "ui.toml"
    file.write_text('theme = "light"\nmouse = "sideways"\nnotify = 3\ncolour = "red"\n')
    loaded = load_preferences(file)
    assert (loaded.theme, loaded.mouse, loaded.notify) == ("light", "auto", "auto")
    assert len(loaded.problems) == 3
    assert "mouse must be one of auto, on, off" in loaded.problems[0]


def test_a_file_that_is_no_toml_is_ignored_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "ui.toml"
    file.write_text("theme = [")
    assert load_preferences(file).problems
    with pytest.raises(ConfigError, match="cannot be read"):
        save_preference("theme", "light", file)
    assert file.read_text() == "theme = ["


def test_one_setting_is_changed_and_comments_stay(tmp_path: Path) -> None:
    file = tmp_path / "home" / "ui.toml"
    save_preference("theme", "light", file)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text('# mine\ntheme = "light" # as the day\nmouse = "on"\n')
    save_preference("theme", "hacker", file)
    save_preference("mouse", None, file)
    assert file.read_text() == '# mine\ntheme = "hacker" # as the day\n'
    assert load_preferences(file) == Preferences(theme="hacker")


@pytest.mark.parametrize(("name", "value"), [("mouse", "up"), ("nothing", "x"), ("theme", True)])
def test_a_value_that_would_be_ignored_is_not_written(
    tmp_path: Path, name: str, value: str | bool
) -> None:
    file = tmp_path / "ui.toml"
    with pytest.raises(ConfigError):
        save_preference(name, value, file)
    assert not file.exists()
