"""Providers by address, models by name, and the wire that follows from both."""

from __future__ import annotations

import re

import pytest

from clacky_tui.errors import ConfigError
from clacky_tui.providers.base import AwsCredentials, WireFormat
from clacky_tui.providers.factory import WIRES, make_endpoint, make_provider
from clacky_tui.providers.presets import (
    Preset,
    context_window_tokens,
    fallback_model,
    lite_model,
    native_model,
    preset_for,
    presets,
    supports_vision,
    wire_for,
)

OPENROUTER = "https://openrouter.ai/api/v1"
OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "https://api.anthropic.com"
GLM = "https://open.bigmodel.cn/api/paas/v4"
QWEN = "https://dashscope.aliyuncs.com/compatible-mode/v1"
DEEPSEEK = "https://api.deepseek.com"
TOKYO = "https://bedrock-runtime.ap-northeast-1.amazonaws.com"
AWS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}

EVERY = pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)


def test_providers_stand_in_display_order() -> None:
    assert [preset.id for preset in presets()] == [
        "openrouter",
        "deepseekv4",
        "minimax",
        "kimi",
        "kimi-coding",
        "anthropic",
        "mimo",
        "glm",
        "openai",
        "qwen",
        "bedrock",
    ]


@EVERY
def test_every_preset_holds_together(preset: Preset) -> None:
    addresses = [preset.base_url, *(variant.base_url for variant in preset.variants)]
    assert all(address.startswith("https://") and address[-1] != "/" for address in addresses)
    assert preset.default_model in preset.models
    assert {preset.wire, *(rule.wire for rule in preset.model_wires)} <= set(WIRES)
    assert all(re.compile(rule.pattern) for rule in preset.model_wires)
    tables = (preset.lite_models, preset.fallback_models, preset.model_vision)
    assert {name for table in tables for name in table} <= set(preset.models)
    partners = {*preset.lite_models.values(), *preset.fallback_models.values()}
    assert partners | ({preset.lite_model} - {""}) <= set(preset.models)
    assert preset.website_url.startswith("https://")


@EVERY
def test_every_address_of_a_preset_leads_back_to_it(preset: Preset) -> None:
    for address in (preset.base_url, *(variant.base_url for variant in preset.variants)):
        assert preset_for(address) is preset
        assert preset_for(f"{address}/") is preset
        assert preset_for(f"{address}/more") is preset


@EVERY
def test_no_fallback_leads_round_in_a_circle(preset: Preset) -> None:
    for model in preset.models:
        seen = [model]
        while (following := fallback_model(seen[-1], preset.base_url)) is not None:
            assert following not in seen
            seen.append(following)


@pytest.mark.parametrize(
    "address", ["", "https://api.example.com/v1", f"{OPENAI}x", f"{TOKYO}.example.com", "http://a"]
)
def test_an_unknown_address_has_no_preset(address: str) -> None:
    assert preset_for(address) is None


@pytest.mark.parametrize(
    ("model", "base_url", "api_key", "wire"),
    [
        ("gpt-5.5", OPENAI, "sk-1", "openai_responses"),
        ("o3", OPENAI, "sk-1", "openai_chat"),
        ("claude-sonnet-4-6", ANTHROPIC, "sk-ant-1", "anthropic"),
        ("claude-sonnet-4-6", f"{ANTHROPIC}/v1", "sk-ant-1", "anthropic"),
        ("anthropic/claude-sonnet-4-6", OPENROUTER, "sk-or-1", "anthropic"),
        ("claude-3-opus", OPENROUTER, "sk-or-1", "anthropic"),
        ("openai/gpt-5.5", OPENROUTER, "sk-or-1", "openai_chat"),
        ("kimi-for-coding", "https://api.kimi.com/coding", "k", "anthropic"),
        ("kimi-k2.6", "https://api.moonshot.ai/v1", "k", "openai_chat"),
        ("deepseek-v4-pro", DEEPSEEK, "k", "openai_chat"),
        ("deepseek-v4-pro", f"{DEEPSEEK}/anthropic", "k", "anthropic"),
        ("jp.anthropic.claude-sonnet-4-6", TOKYO, "", "bedrock"),
        ("m", "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "", "bedrock"),
        ("claude-sonnet-4-6", ANTHROPIC, "ABSKexample", "bedrock"),
        ("abs-claude-sonnet-4-6", "https://proxy.example", "k", "bedrock"),
        ("llama", "http://127.0.0.1:8080/v1", "", "openai_chat"),
    ],
)
def test_the_wire_follows_from_key_model_and_address(
    model: str, base_url: str, api_key: str, wire: WireFormat
) -> None:
    assert wire_for(model, base_url, api_key) == wire


def test_the_anthropic_flag_decides_where_no_preset_does_better() -> None:
    assert wire_for("m", "https://proxy.example", "k", anthropic_format=True) == "anthropic"
    assert wire_for("m", TOKYO, "", anthropic_format=True) == "bedrock"


def test_a_wire_that_was_asked_for_wins() -> None:
    assert wire_for("gpt-5.5", OPENAI, "k", wire="openai_responses") == "openai_responses"
    assert wire_for("abs-m", OPENAI, "ABSK", wire="openai_chat") == "openai_chat"


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("claude-haiku-4.5", "claude-haiku-4-5"),
        ("claude-opus-4-7", "claude-opus-4-7"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001"),
    ],
)
def test_anthropic_is_sent_the_dashed_name(model: str, sent: str) -> None:
    assert native_model(model, "anthropic", ANTHROPIC) == sent
    assert native_model(model, "anthropic", OPENROUTER) == model


@pytest.mark.parametrize(
    ("model", "base_url", "lite"),
    [
        ("gpt-5.5", OPENAI, "gpt-5.4-mini"),
        ("gpt-5.4-mini", OPENAI, None),
        ("anthropic/claude-opus-4-7", OPENROUTER, "anthropic/claude-haiku-4-5"),
        ("deepseek-v4-pro", DEEPSEEK, "deepseek-v4-flash"),
        ("something-new", DEEPSEEK, "deepseek-v4-flash"),
        ("deepseek-v4-flash", DEEPSEEK, None),
        ("kimi-k2.6", "https://api.moonshot.cn/v1", None),
        ("gpt-5.5", "https://api.example.com", None),
    ],
)
def test_lite_models(model: str, base_url: str, lite: str | None) -> None:
    assert lite_model(model, base_url) == lite


def test_fallback_models() -> None:
    assert fallback_model("openai/gpt-5.5", OPENROUTER) == "openai/gpt-5.4-mini"
    assert fallback_model("anthropic/claude-opus-4-6", OPENROUTER) == "anthropic/claude-sonnet-4-6"
    assert fallback_model("gpt-5.5", OPENAI) is None
    assert fallback_model("gpt-5.5", "https://api.example.com") is None


@pytest.mark.parametrize(
    ("model", "base_url", "sees"),
    [
        ("gpt-5.5", OPENAI, True),
        ("glm-5.1", GLM, False),
        ("glm-5v-turbo", GLM, True),
        ("qwen3.6-27b", QWEN, True),
        ("qwen3.6-27b", QWEN.replace("dashscope", "dashscope-intl"), True),
        ("qwen3.6-max", QWEN, False),
        ("mimo-v2-omni", "https://api.xiaomimimo.com/v1", True),
        ("claude-sonnet-4-6", ANTHROPIC, True),
        ("anything", "https://api.example.com", True),
    ],
)
def test_vision(model: str, base_url: str, sees: bool) -> None:
    assert supports_vision(model, base_url) is sees


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-3-5-sonnet-20241022", 200_000),
        ("claude-sonnet-4-20250514", 200_000),
        ("claude-opus-4-1", 200_000),
        ("claude-haiku-4-5", 200_000),
        ("claude-sonnet-4-5-20250929", 200_000),
        ("claude-sonnet-4.6", 1_000_000),
        ("anthropic/claude-opus-4-7", 1_000_000),
        ("jp.anthropic.claude-sonnet-4-6", 1_000_000),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 200_000),
        ("claude-sonnet-5", 1_000_000),
        ("gpt-5.4", 1_050_000),
        ("openai/gpt-5.4-mini", 400_000),
        ("openai/gpt-5.5", 1_000_000),
        ("o3", 200_000),
        ("deepseek-v4-pro", 1_000_000),
        ("kimi-k2.6", 262_144),
        ("MiniMax-M2.7", 204_800),
        ("glm-5.1", None),
        ("gpt-4o", None),
        ("", None),
    ],
)
def test_context_windows_are_told_where_they_are_known(model: str, tokens: int | None) -> None:
    assert context_window_tokens(model) == tokens


def test_windows_agree_with_the_price_package() -> None:
    """The second source of the table; both must be asked again when either changes."""
    snapshot = pytest.importorskip("genai_prices.data_snapshot").get_snapshot()
    providers = {"anthropic", "openai", "deepseek", "moonshotai", "minimax"}
    compared = 0
    for provider in snapshot.providers:
        if provider.id not in providers:
            continue
        for model in provider.models:
            ours = context_window_tokens(model.id)
            if ours is not None and model.context_window is not None:
                assert (model.id, ours) == (model.id, model.context_window)
                compared += 1
    assert compared > 20


def test_an_endpoint_is_made_of_what_is_configured() -> None:
    made = make_endpoint("claude-sonnet-4.6", ANTHROPIC, "key", environ={})
    assert (made.wire, made.model, made.base_url) == ("anthropic", "claude-sonnet-4-6", ANTHROPIC)
    chosen = make_endpoint("gpt-5.5", OPENAI, "key", wire="openai-responses", environ=AWS)
    assert (chosen.wire, chosen.aws) == ("openai_responses", None)


def test_bedrock_without_a_key_takes_credentials_from_the_environment() -> None:
    made = make_endpoint("m", TOKYO, "", environ=AWS)
    assert (made.wire, made.region) == ("bedrock", "ap-northeast-1")
    assert made.aws == AwsCredentials("AKID", "secret")
    behind_proxy = make_endpoint("m", "https://proxy.example", "", wire="bedrock", environ=AWS)
    assert behind_proxy.region == "eu-west-1"
    with_key = make_endpoint("m", TOKYO, "ABSKexample", environ=AWS)
    assert (with_key.api_key, with_key.aws) == ("ABSKexample", None)


def test_an_unknown_wire_is_named() -> None:
    with pytest.raises(ConfigError, match="carrier-pigeon") as caught:
        make_endpoint("m", OPENAI, "key", wire="carrier-pigeon", environ={})
    assert "openai_responses" in caught.value.hint


@pytest.mark.parametrize("wire", WIRES)
def test_every_wire_has_a_provider(wire: WireFormat) -> None:
    made = make_endpoint("m", "https://proxy.example", "key", wire=wire, environ={})
    assert make_provider(made).endpoint.wire == wire
