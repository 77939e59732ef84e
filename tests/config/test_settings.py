"""Which models and limits the app runs on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from clacky_tui.config.settings import Settings, load_settings, select_model
from clacky_tui.errors import ConfigError

OCTO_FILE = """
settings:
  enable_compression: true
  max_turns: 12
  max_cost_usd: 5.25
  skill_evolution:
    :enabled: true
models:
  - model: small
    api_key: sk-small
    base_url: https://small.example/v1/
  - model: big
    api_key: sk-big
    base_url: https://big.example
    anthropic_format: true
    type: default
"""


def load(tmp_path: Path, text: str | None, environ: dict[str, str] | None = None) -> Settings:
    file = tmp_path / "config.yml"
    if text is not None:
        file.write_text(text)
    return load_settings(file, environ or {})


def test_a_missing_file_and_empty_environment_mean_no_model(tmp_path: Path) -> None:
    settings = load(tmp_path, None)
    assert settings.default_model is None
    assert settings.max_turns == 30
    assert settings.problems == ()


def test_the_marked_default_and_the_limits_are_read(tmp_path: Path) -> None:
    settings = load(tmp_path, OCTO_FILE)
    assert settings.default_model is not None
    assert settings.default_model.model == "big"
    assert settings.models[0].base_url == "https://small.example/v1"
    assert settings.max_turns == 12
    assert settings.max_cost == Decimal("5.25")


@pytest.mark.parametrize(
    "text",
    [
        "- {model: m, api_key: k, base_url: https://x.example}",
        "models: [{name: m, api_key: k, base_url: https://x.example}]",
        "models: {default: {model_name: m, api_key: k, base_url: https://x.example}}",
        "api_key: k\nbase_url: https://x.example\nmodels: {default: m}",
        "{model: m, api_key: k, base_url: https://x.example}",
        "models: [{':model': m, ':api_key': k, ':base_url': https://x.example}]",
    ],
)
def test_every_shape_of_the_file_is_understood(tmp_path: Path, text: str) -> None:
    settings = load(tmp_path, text)
    assert settings.problems == ()
    entry = settings.default_model
    assert entry is not None
    assert (entry.model, entry.api_key.get_secret_value(), entry.base_url) == (
        "m",
        "k",
        "https://x.example",
    )


def test_zero_and_null_turns_mean_no_limit(tmp_path: Path) -> None:
    assert load(tmp_path, "settings: {max_turns: 0}").max_turns is None
    assert load(tmp_path, "settings: {max_turns: null}").max_turns is None


def test_broken_yaml_is_reported_with_its_line_and_the_app_still_starts(tmp_path: Path) -> None:
    settings = load(tmp_path, "models:\n  - model: [unclosed\n")
    assert settings.models == ()
    assert "config.yml line" in settings.problems[0]


def test_one_bad_model_does_not_hide_the_others(tmp_path: Path) -> None:
    settings = load(tmp_path, "models: [{api_key: k}, 7, {model: good, api_key: k}]")
    assert [entry.model for entry in settings.models] == ["good"]
    assert len(settings.problems) == 2


def test_wrong_limits_are_reported_and_left_at_their_default(tmp_path: Path) -> None:
    settings = load(tmp_path, "settings: {max_turns: many, max_cost_usd: -3}")
    assert settings.max_turns == 30
    assert settings.max_cost is None
    assert len(settings.problems) == 2


def test_the_environment_gives_a_model_when_the_file_has_none(tmp_path: Path) -> None:
    environ = {"CLACKY_API_KEY": "sk-env"}
    entry = load(tmp_path, None, environ).default_model
    assert entry is not None
    assert entry.model == "claude-sonnet-4-5"
    assert entry.anthropic_format
    assert entry.base_url == "https://api.anthropic.com"


def test_the_environment_can_ask_for_the_openai_format(tmp_path: Path) -> None:
    environ = {
        "CLACKY_API_KEY": "sk",
        "CLACKY_MODEL": "gpt-5.4",
        "CLACKY_BASE_URL": "http://127.0.0.1:9/v1",
        "CLACKY_ANTHROPIC_FORMAT": "false",
    }
    entry = load(tmp_path, None, environ).default_model
    assert entry is not None
    assert not entry.anthropic_format


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    entry = load(tmp_path, OCTO_FILE, {"CLACKY_API_KEY": "sk-env"}).default_model
    assert entry is not None
    assert entry.model == "big"


def test_a_model_is_selected_by_name_in_any_case(tmp_path: Path) -> None:
    settings = load(tmp_path, OCTO_FILE)
    chosen = select_model(settings, "SMALL")
    assert chosen is not None
    assert chosen.model == "small"
    with pytest.raises(ConfigError, match="Configured: small, big"):
        select_model(settings, "medium")


def test_a_key_never_shows_in_a_repr_or_dump(tmp_path: Path) -> None:
    settings = load(tmp_path, OCTO_FILE)
    assert "sk-big" not in repr(settings)
    assert "sk-big" not in settings.model_dump_json()
