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


@pytest.mark.parametrize("rate", ['"6.9"', "6.9", "7"])
def test_a_rate_is_a_number_in_quotes_or_without(tmp_path: Path, rate: str) -> None:
    file = tmp_path / "ui.toml"
    file.write_text(f'currency = "CNY"\nexchange_rate = {rate}\n')
    loaded = load_preferences(file)
    assert (loaded.currency, loaded.exchange_rate) == ("CNY", rate.strip('"'))
    assert loaded.problems == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('currency = "SEK"', "USD"),
        ("exchange_rate = 2.0", "USD"),
        ('currency = "EUR"\nexchange_rate = -1', "EUR"),
    ],
)
def test_a_currency_or_rate_that_cannot_be_is_said_and_left_out(
    tmp_path: Path, text: str, left: str
) -> None:
    file = tmp_path / "ui.toml"
    file.write_text(text + "\n")
    loaded = load_preferences(file)
    assert (loaded.currency, loaded.exchange_rate) == (left, "")
    assert len(loaded.problems) == 1


def test_the_rate_goes_with_its_currency(tmp_path: Path) -> None:
    file = tmp_path / "ui.toml"
    save_preference("currency", "CNY", file)
    save_preference("exchange_rate", "7", file)
    save_preference("currency", "CNY", file)
    assert load_preferences(file).exchange_rate == "7"
    save_preference("currency", "EUR", file)
    assert load_preferences(file) == Preferences(currency="EUR")
    for name, value in (("currency", "EURO"), ("exchange_rate", "0")):
        with pytest.raises(ConfigError):
            save_preference(name, value, file)
