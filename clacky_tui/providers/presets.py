"""The providers we know: addresses, models, what goes with what (spec/agent-core.md 2.2, 2.14, 7).

The facts stand in `presets.json` beside this file, in the order a person sees them. They only seed
pickers and decide defaults: any model name and any address may be used. Two of the source's entries
are corrected: Anthropic's own API spells versions with a dash (``claude-sonnet-4-6``), and on Bedrock
the small Claude is Haiku 4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from clacky_tui.providers.base import WireFormat


@dataclass(frozen=True, slots=True)
class Variant:
    """Another address of a provider."""

    label: str
    base_url: str
    region: str = ""
    """Where it is: ``cn``, ``intl``, or an AWS region."""
    wire: WireFormat | None = None
    """What it speaks, where it differs from its provider."""


@dataclass(frozen=True, slots=True)
class WireRule:
    """Models whose name matches `pattern` (searched) are spoken to in `wire`."""

    pattern: str
    wire: WireFormat


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider."""

    id: str
    name: str
    base_url: str
    wire: WireFormat
    default_model: str
    models: tuple[str, ...]
    website_url: str
    """Where its keys are made."""
    lite_model: str = ""
    """The cheap model for side work, whichever the main one is."""
    lite_models: Mapping[str, str] = field(default_factory=dict)
    """The cheap model by main model; where there is such a table it alone counts."""
    fallback_models: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    model_wires: tuple[WireRule, ...] = ()
    vision: bool | None = None
    """Whether its models see images; None where nobody says."""
    model_vision: Mapping[str, bool] = field(default_factory=dict)

    def match(self, base_url: str) -> Variant | None:
        """The address of this provider that `base_url` lies under, the most precise one."""
        addresses = (Variant(self.name, self.base_url), *self.variants)
        found = [variant for variant in addresses if _lies_under(base_url, variant.base_url)]
        return max(found, key=lambda variant: len(variant.base_url), default=None)


_BEDROCK_HOST = re.compile(
    r"https://bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)(?:/|$)"
)
"""Bedrock in any region."""
_DOTTED_VERSION = re.compile(r"^(claude-[a-z]+-\d)\.(\d)")

_WINDOWS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern), tokens)
    for pattern, tokens in (
        (r"claude-(?:opus|sonnet)-4[.-][6-9](?!\d)", 1_000_000),
        (r"claude-[a-z]+-[5-9](?!\d)", 1_000_000),
        (r"claude-(?:[a-z]+-4|3)(?!\d)", 200_000),
        (r"^gpt-5\.4-(?:mini|nano)$", 400_000),
        (r"^gpt-5\.4$", 1_050_000),
        (r"^gpt-5\.5$", 1_000_000),
        (r"^(?:o3|o4-mini)$", 200_000),
        (r"^deepseek-v4-(?:flash|pro)$", 1_000_000),
        (r"^kimi-k2\.[56]$", 262_144),
        (r"^minimax-m2\.[57]$", 204_800),
    )
)
"""Tokens of input and output together, first match wins. Figures: genai-prices 0.2.3 (2026-11), which
agrees with the vendors' model pages; models on which sources differ or are silent are left out."""


@cache
def presets() -> tuple[Preset, ...]:
    """All providers, in display order."""
    text = resources.files(__package__).joinpath("presets.json").read_text("utf-8")
    return tuple(_preset(entry) for entry in json.loads(text))


def preset_for(base_url: str) -> Preset | None:
    """The first provider that `base_url` is an address of."""
    address = base_url.removesuffix("/")
    if _BEDROCK_HOST.match(address):
        return next(preset for preset in presets() if preset.wire == "bedrock")
    return next((preset for preset in presets() if preset.match(address)), None)


def wire_for(
    model: str,
    base_url: str,
    api_key: str = "",
    *,
    anthropic_format: bool = False,
    wire: WireFormat | None = None,
) -> WireFormat:
    """The wire format to speak.

    What the user says (`wire`) wins. Then Bedrock for its keys (``ABSK...``) and proxy aliases
    (``abs-...``), then what the preset says of the model, the address or the provider, then
    `anthropic_format`, else chat completions.
    """
    if wire is not None:
        return wire
    if api_key.startswith("ABSK") or model.startswith("abs-"):
        return "bedrock"
    known = _preset_wire(model, base_url) or "openai_chat"
    return "anthropic" if anthropic_format and known == "openai_chat" else known


def native_model(model: str, wire: WireFormat, base_url: str) -> str:
    """`model` as the API spells it: Anthropic's own takes ``claude-sonnet-4-6``, never a dot."""
    preset = preset_for(base_url)
    if wire == "anthropic" and preset is not None and preset.id == "anthropic":
        return _DOTTED_VERSION.sub(r"\1-\2", model)
    return model


def lite_model(model: str, base_url: str) -> str | None:
    """The cheap model for side work beside `model`; None when there is none, or `model` is it."""
    preset = preset_for(base_url)
    if preset is None:
        return None
    lite = preset.lite_models.get(model) if preset.lite_models else preset.lite_model
    return lite if lite and lite != model else None


def fallback_model(model: str, base_url: str) -> str | None:
    """The model to turn to when `model` keeps failing, at the same provider."""
    preset = preset_for(base_url)
    return preset.fallback_models.get(model) if preset else None


def supports_vision(model: str, base_url: str) -> bool:
    """Whether `model` sees images; True where nobody says otherwise."""
    preset = preset_for(base_url)
    if preset is None:
        return True
    return preset.model_vision.get(model, preset.vision is not False)


def context_window_tokens(model: str) -> int | None:
    """Tokens that fit, input and output together; None where we are not sure."""
    name = model.lower().rpartition("/")[2].partition(":")[0]
    return next((tokens for pattern, tokens in _WINDOWS if pattern.search(name)), None)


def _preset_wire(model: str, base_url: str) -> WireFormat | None:
    preset = preset_for(base_url)
    if preset is None:
        return None
    for rule in preset.model_wires:
        if re.search(rule.pattern, model):
            return rule.wire
    variant = preset.match(base_url.removesuffix("/"))
    return (variant.wire if variant else None) or preset.wire


def _preset(entry: dict[str, Any]) -> Preset:
    rows = {
        "models": tuple(entry["models"]),
        "variants": tuple(Variant(**row) for row in entry.get("variants", ())),
        "model_wires": tuple(WireRule(**row) for row in entry.get("model_wires", ())),
    }
    return Preset(**{**entry, **rows})


def _lies_under(address: str, base_url: str) -> bool:
    return address == base_url or address.startswith(f"{base_url}/")
