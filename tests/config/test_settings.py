"""Which models and limits the app runs on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

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


def test_the_number_of_stored_sessions_is_a_setting(tmp_path: Path) -> None:
    assert load(tmp_path, "settings: {max_sessions: 0}").max_sessions is None
    assert load(tmp_path, "settings: {max_sessions: 7}").max_sessions == 7
    assert load(tmp_path, "settings: {max_sessions: -1}").max_sessions == 200


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


def test_what_goes_with_a_model_is_read(tmp_path: Path) -> None:
    text = "models: [{model: m, api_key: k, fallback_model: n, wire: bedrock, region: eu-west-1, "
    text += "fallback_base_url: 'https://two.example/'}]"
    entry = load(tmp_path, text).default_model
    assert entry is not None
    assert (entry.fallback_model, entry.wire, entry.region) == ("n", "bedrock", "eu-west-1")
    assert entry.fallback_base_url == "https://two.example"
    assert entry.stream


def test_streaming_can_be_turned_off(tmp_path: Path) -> None:
    [entry] = load(tmp_path, "models: [{model: m, api_key: k, stream: false}]").models
    assert not entry.stream


def test_settings_with_the_colons_of_ruby_are_read(tmp_path: Path) -> None:
    settings = load(tmp_path, "settings: {':max_turns': 7, ':enable_compression': false}")
    assert settings.max_turns == 7
    assert not settings.enable_compression


def test_money_limits_of_every_span_are_read(tmp_path: Path) -> None:
    text = "settings: {max_task_cost_usd: 0.5, max_day_cost_usd: 10, max_month_cost_usd: 0}"
    settings = load(tmp_path, text)
    assert settings.max_task_cost == Decimal("0.5")
    assert settings.max_day_cost == Decimal(10)
    assert settings.max_month_cost is None


@pytest.mark.parametrize(
    "text",
    [
        "settings: {max_turns: true}",
        "settings: {enable_compression: sometimes}",
        "settings: {compression_threshold_tokens: 0}",
        "settings: {compression_threshold_tokens: true}",
        "settings: {max_day_cost_usd: lots}",
        "since: 2026-99-99",
        "[" * 5000,
        "models: [{model: m, api_key: [not, text]}]",
        "just a sentence",
    ],
)
def test_what_cannot_be_used_is_named_with_the_file(tmp_path: Path, text: str) -> None:
    settings = load(tmp_path, text)
    assert len(settings.problems) == 1
    assert "config.yml" in settings.problems[0]
    assert settings.max_turns == 30
    assert settings.enable_compression


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["settings", "models", "model", "api_key", "type", "max_turns", "base_url"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(document=_VALUES)
def test_no_document_keeps_the_app_from_starting(tmp_path: Path, document: object) -> None:
    load(tmp_path, yaml.safe_dump(document, allow_unicode=False))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_keep_the_app_from_starting(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "config.yml"
    file.write_bytes(content)
    load_settings(file, {})


def test_the_web_section_is_read_and_its_keys_stay_secret(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "settings:\n  web:\n    allowed_hosts: [Intranet.Example, '127.0.0.1:3000', '[::1]:80']\n"
        "    brave_api_key: brave-secret\n    searxng_url: http://127.0.0.1:8888/\n",
    )
    assert settings.problems == ()
    assert settings.web.allowed_hosts == ("intranet.example", "127.0.0.1:3000", "[::1]:80")
    assert settings.web.allows("intranet.example", 443)
    assert settings.web.allows("::1", 80)
    assert not settings.web.allows("127.0.0.1", 3001)
    assert settings.web.searxng_url == "http://127.0.0.1:8888"
    assert settings.web.brave_api_key.get_secret_value() == "brave-secret"
    assert "brave-secret" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ("allowed_hosts: ['http://x.example/']", "allowed_hosts.0"),
        ("allowed_hosts: ['x.example:http']", "allowed_hosts.0"),
        ("allowed_hosts: x.example", "allowed_hosts"),
        ("searxng_url: search.example", "searxng_url"),
        ("tavily_api_key: [secret-part]", "tavily_api_key"),
        ("- a list", "web"),
    ],
)
def test_a_web_section_that_cannot_be_used_is_named(
    tmp_path: Path, section: str, named: str
) -> None:
    settings = load(tmp_path, f"settings:\n  max_turns: 5\n  web:\n    {section}\n")
    [problem] = settings.problems
    assert "settings.web was left out" in problem
    assert named in problem
    assert "secret-part" not in problem
    assert settings.max_turns == 5
    assert settings.web.allowed_hosts == ()


def test_the_collector_of_metrics_is_read_and_stays_secret(tmp_path: Path) -> None:
    address = "http://me:secret-part@collector:4318"
    settings = load(tmp_path, f"settings:\n  telemetry: {{otlp: '{address}'}}\n")
    assert settings.problems == ()
    assert settings.metrics_endpoint.get_secret_value() == address
    assert "secret-part" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize("section", ["{otlp: secret-part}", "{otlp: [1]}", "{otel: x}", "yes"])
def test_a_collector_that_cannot_be_used_is_named(tmp_path: Path, section: str) -> None:
    settings = load(tmp_path, f"settings:\n  max_turns: 5\n  telemetry: {section}\n")
    [problem] = settings.problems
    assert "settings.telemetry was left out" in problem
    assert "secret-part" not in problem
    assert settings.metrics_endpoint.get_secret_value() == ""
    assert settings.max_turns == 5
