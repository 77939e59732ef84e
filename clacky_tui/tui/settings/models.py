"""The configured models as rows, and what is done to them; everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from clacky_tui.config.settings import ModelEntry, load_settings
from clacky_tui.config.writing import Fields, add_model, change_model
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr
from clacky_tui.providers.factory import WIRES
from clacky_tui.providers.presets import wire_for

MASK = "****"
_LONG_KEY = 12
"""Shorter keys show one character only (spec/tui-cli.md 6.11)."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model with its standing."""

    entry: ModelEntry
    is_default: bool
    in_file: bool
    """False for the one that the environment configures."""

    @property
    def badge(self) -> str:
        """What it is for."""
        if self.is_default:
            return tr("default")
        return tr("lite") if self.entry.type == "lite" else ""

    @property
    def host(self) -> str:
        """Where it is asked; empty when the address is none."""
        try:
            return urlsplit(self.entry.base_url).netloc.rpartition("@")[2]
        except ValueError:
            return ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A model as it stands in the form. `api_key` empty keeps the one there is."""

    model: str
    api_key: str
    base_url: str
    wire: str


def masked(key: str) -> str:
    """`key` with enough left to tell it from another."""
    if not key:
        return tr("no key")
    return f"{key[:8]}{MASK}{key[-4:]}" if len(key) > _LONG_KEY else f"{key[:1]}{MASK}"


def model_rows() -> Sequence[ModelRow]:
    """Every model, in the order of the file."""
    settings = load_settings()
    in_file = load_settings(environ={}).models
    default = settings.default_model
    return [ModelRow(entry, entry is default, entry in in_file) for entry in settings.models]


def drafted_entry(draft: Draft, before: ModelEntry | None) -> ModelEntry:
    """The model that `draft` makes of `before`, or a new one.

    Raises:
        ConfigError: something is missing, or is a mask instead of a key.
    """
    if not draft.model:
        raise ConfigError(tr("The model's name is missing."))
    if MASK in draft.api_key or "…" in draft.api_key or "\u2022" in draft.api_key:
        raise ConfigError(
            tr("That is a masked key, not a key."),
            hint=tr("Paste the whole key, or leave the field empty to keep the one there is."),
        )
    if not draft.api_key.isascii() or any(c.isspace() for c in draft.api_key):
        raise ConfigError(tr("A key has no spaces and plain letters only: paste it once more."))
    if not _is_address(draft.base_url):
        raise ConfigError(
            tr("The address has to start with https:// or http://, with a host behind it.")
        )
    wire = next((each for each in WIRES if each == draft.wire), None)
    if draft.wire and wire is None:
        known = ", ".join(WIRES)
        raise ConfigError(
            tr("There is no wire {wire}. There are: {known}.", wire=draft.wire, known=known)
        )
    old = before or ModelEntry(model=draft.model)
    address = draft.base_url.rstrip("/")
    key = SecretStr(draft.api_key) if draft.api_key else old.api_key
    native = old.anthropic_format
    spoken = wire_for(draft.model, address, key.get_secret_value(), wire=wire)
    if before is None or (address, draft.wire) != (before.base_url, before.wire):
        native = spoken == "anthropic"
    if not key.get_secret_value() and spoken != "bedrock":
        raise ConfigError(tr("The API key is missing."))
    changes = {
        "model": draft.model,
        "api_key": key,
        "base_url": address,
        "wire": draft.wire,
        "anthropic_format": native,
    }
    return old.model_copy(update=changes)


def save_entry(entry: ModelEntry, before: ModelEntry | None) -> None:
    """Write a tested model to `config.yml`: a new one, or what is different from `before`.

    Raises:
        ConfigError: the file cannot be changed from here.
        OSError: it cannot be written.
    """
    new = _fields(entry)
    if before is None:
        add_model(new)
    else:
        old = _fields(before)
        change_model(before, {key: new[key] for key in new if new[key] != old[key]})


def _fields(entry: ModelEntry) -> Fields:
    return {
        "model": entry.model,
        "api_key": entry.api_key.get_secret_value(),
        "base_url": entry.base_url,
        "anthropic_format": entry.anthropic_format,
        "wire": entry.wire or None,
    }


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
