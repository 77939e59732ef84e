"""Moving the mark of the default model in a file that belongs to the person."""

from __future__ import annotations

from pathlib import Path

import pytest

from clacky_tui.config.default_model import save_default_model
from clacky_tui.config.settings import load_settings
from clacky_tui.errors import ConfigError

WITH_COMMENTS = """\
# my models
settings:
  max_turns: 30   # enough
models:
  - model: a
    api_key: "sk-1"
    type: default
  # the quick one
  - model: B   # beta
    api_key: 'sk-2'
"""
BARE_LIST = "- type: default\n  model: a\n- {model: B, base_url: https://x.example}\n"
LITE = "models:\n- model: a\n  type: default # mine\n- name: B\n  type: lite"


@pytest.mark.parametrize("text", [WITH_COMMENTS, BARE_LIST, LITE])
def test_the_mark_moves_and_nothing_else(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(text)
    save_default_model("b", file)
    settings = load_settings(file, {})
    assert settings.problems == ()
    assert [(e.model, e.type) for e in settings.models] == [("a", None), ("B", "default")]
    assert file.stat().st_mode & 0o777 == 0o600
    save_default_model("b", file)
    assert load_settings(file, {}) == settings


def test_comments_order_and_quotes_stay(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(WITH_COMMENTS)
    save_default_model("B", file)
    assert file.read_text() == WITH_COMMENTS.replace("    type: default\n", "").replace(
        "# beta\n", "# beta\n    type: default\n"
    )


@pytest.mark.parametrize(
    "text", ["models: [", "models:\n  - model: a\n", "model: b\napi_key: x\n", ""]
)
def test_what_cannot_be_edited_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        save_default_model("b", file)
    assert file.read_text() == text


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        save_default_model("b", tmp_path / "config.yml")
