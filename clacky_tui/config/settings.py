"""Settings and models: `config.yml` first, environment variables where it says nothing.

The file format is OpenClacky's (spec/agent-core.md 8.2). Four shapes are read: a mapping with a
`models` list, a bare list of models, a mapping of tier to model, and a single model on top level.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from clacky_tui import paths
from clacky_tui.config.budgets import read_budgets
from clacky_tui.config.hooks import ShellHooks, read_hooks
from clacky_tui.config.yaml_file import read_yaml
from clacky_tui.domain.budgets import ShareLimits
from clacky_tui.domain.telemetry import SETTING, endpoint_of
from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr

DEFAULT_ENV_MODEL = "claude-sonnet-4-5"
DEFAULT_ANTHROPIC_URL = "https://api.anthropic.com"

_MONEY_LIMITS = ("max_cost", "max_task_cost", "max_day_cost", "max_month_cost")
"""Written in the file with ``_usd`` behind."""
_SWITCHES = ("enable_compression", "parallel_tools", "send_unmasked_to_model", "sweep_trash")


class ModelEntry(BaseModel):
    """One configured model. The key is a secret: it never shows in a repr, log or dump."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())

    model: str
    api_key: SecretStr = SecretStr("")
    base_url: str = ""
    anthropic_format: bool = False
    type: str | None = None
    fallback_model: str = ""
    """Stands in while this model fails: another configured model, or one at the same address."""
    fallback_base_url: str = ""
    """Another address of the same provider, for the same key; asked while `base_url` fails."""
    wire: str = ""
    """A `providers.base.WireFormat`, where the presets and `anthropic_format` would choose wrongly."""
    region: str = ""
    """AWS region, for Bedrock behind an address that does not name it."""
    stream: bool = True
    """False asks for each reply as a whole, for servers that cannot stream."""

    @field_validator("base_url", "fallback_base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")


class Settings(BaseModel):
    """What the app runs on. `models` empty means: no key yet, use the demo model."""

    model_config = ConfigDict(frozen=True)

    models: tuple[ModelEntry, ...] = ()
    max_turns: int | None = 30
    """Model requests per task; None is unlimited."""
    max_cost: Decimal | None = None
    """USD per session; None is unlimited, as for the next three."""
    max_task_cost: Decimal | None = None
    """USD per task."""
    max_day_cost: Decimal | None = None
    """USD per day of the ledger, over all sessions."""
    max_month_cost: Decimal | None = None
    """USD per calendar month of the ledger."""
    budgets: tuple[ShareLimits, ...] = ()
    """USD per day and calendar month of the ledger for one model or one project."""
    over_budget: bool = False
    """True lets no amount of money stop anything; only the command line sets it."""
    max_output_tokens: int = 16_384
    enable_compression: bool = True
    """False compresses only when asked, or when the provider refuses the length."""
    compression_threshold_tokens: int = 150_000
    """Size of a request above which the conversation is compressed (spec/agent-core.md 4.1)."""
    max_sessions: int | None = 200
    """Stored sessions; older ones that are not pinned go to the bin. None keeps all."""
    parallel_tools: bool = True
    """False runs the calls of a reply one after the other, reading ones too."""
    send_unmasked_to_model: bool = False
    """True lets the model see secrets in what its tools return; a person still sees them masked."""
    sweep_trash: bool = True
    """False keeps what was deleted until a person empties the trash."""
    hooks: ShellHooks = Field(default_factory=dict)
    """Commands run around tool calls and tasks."""
    web: WebSettings = WebSettings()
    metrics_endpoint: SecretStr = SecretStr("")
    """Address of an OTLP collector that the app sends what it uses to while it runs; may hold a
    password. Empty leaves it to the environment. In the file ``telemetry: {otlp: URL}``."""
    problems: tuple[str, ...] = Field(default=(), repr=False)
    """What in the file could not be used, one sentence each; shown, never fatal."""

    @property
    def default_model(self) -> ModelEntry | None:
        """The model of type `default`, else the first one, else None."""
        marked = (entry for entry in self.models if entry.type == "default")
        return next(marked, self.models[0] if self.models else None)

    @property
    def lite_model(self) -> ModelEntry | None:
        """The model of type `lite`, for small side work; None when none is marked so."""
        return next((entry for entry in self.models if entry.type == "lite"), None)

    @property
    def secrets(self) -> frozenset[str]:
        """Every configured key, to be masked wherever it turns up."""
        web = (value for _, value in self.web if isinstance(value, SecretStr))
        keys = (*(entry.api_key for entry in self.models), *web)
        return frozenset(key.get_secret_value() for key in keys if key)


def load_settings(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read `path` (the user's config.yml by default) and the environment.

    A file that is missing is empty; one that is broken is left alone and reported in `problems`,
    so the app still starts.
    """
    file = path or paths.config_file()
    problems: list[str] = []
    document = read_yaml(file, problems)
    models = _models_of(document, file, problems)
    options = _settings_of(document, file, problems)
    if not any(entry.type == "default" for entry in models):
        from_environment = _model_from(os.environ if environ is None else environ)
        if from_environment and not models:
            models.append(from_environment)
    return Settings(models=tuple(models), problems=tuple(problems), **options)


def select_model(settings: Settings, name: str | None) -> ModelEntry | None:
    """The configured model called `name` (any case), the default one without a name.

    Raises:
        ConfigError: no configured model has that name.
    """
    if name is None:
        return settings.default_model
    for entry in settings.models:
        if entry.model.lower() == name.lower():
            return entry
    known = ", ".join(entry.model for entry in settings.models) or tr("none")
    raise ConfigError(
        tr("No model named {name!r} is configured.", name=name),
        hint=tr("Configured: {known}.", known=known),
    )


def _models_of(document: Any, file: Path, problems: list[str]) -> list[ModelEntry]:
    rows: list[Any] = []
    match document:
        case list():
            rows = document
        case {"models": list() as listed}:
            rows = listed
        case {"models": dict() as tiers}:
            rows = [_tier_row(tier, value, document) for tier, value in tiers.items()]
        case {"api_key": _}:
            rows = [document]
        case None | dict():
            rows = []
        case _:
            problems.append(
                tr("{file}: expected a mapping or a list of models; it was ignored.", file=file)
            )
    entries: list[ModelEntry] = []
    for number, row in enumerate(rows, start=1):
        try:
            entries.append(read_model(row))
        except (ConfigError, ValidationError) as error:
            problems.append(
                tr(
                    "{file}: model {number} was left out: {reason}",
                    file=file,
                    number=number,
                    reason=_reason(error),
                )
            )
    return entries


def _tier_row(tier: str, value: Any, document: Mapping[str, Any]) -> dict[str, Any]:
    shared = {k: document[k] for k in ("api_key", "base_url", "anthropic_format") if k in document}
    own = dict(value) if isinstance(value, dict) else {"model": value}
    kind = tier if tier in ("default", "lite") else None
    return shared | own | {"type": kind}


def read_model(row: Any) -> ModelEntry:
    """The model that one `row` of the file's list describes.

    Raises:
        ConfigError: it is no mapping, or has no name.
        ValidationError: a value in it is of the wrong kind.
    """
    if not isinstance(row, dict):
        raise ConfigError(tr("it is not a mapping with model, api_key and base_url."))
    fields = {str(key).removeprefix(":"): value for key, value in row.items()}
    name = fields.pop("model", None) or fields.pop("model_name", None) or fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ConfigError(tr("it has no model name."))
    fields.pop("id", None)
    return ModelEntry(model=name.strip(), **{k: v for k, v in fields.items() if v is not None})


def _settings_of(document: Any, file: Path, problems: list[str]) -> dict[str, Any]:
    section = document.get("settings") if isinstance(document, dict) else None
    if not isinstance(section, dict):
        return {}
    section = {str(key).removeprefix(":"): value for key, value in section.items()}
    options: dict[str, Any] = {}
    for key in ("max_turns", "max_sessions"):
        if key not in section:
            continue
        count = section[key]
        if count is None or (_is_whole(count) and count >= 0):
            options[key] = count or None
        else:
            problems.append(
                tr(
                    "{file}: settings.{key} must be a whole number, 0 for no limit.",
                    file=file,
                    key=key,
                )
            )
    for field_name in _MONEY_LIMITS:
        key = f"{field_name}_usd"
        if section.get(key) is None:
            continue
        try:
            limit = Decimal(str(section[key]))
        except InvalidOperation:
            limit = Decimal(-1)
        if limit.is_finite() and limit >= 0:
            options[field_name] = limit or None
        else:
            problems.append(
                tr("{file}: settings.{key} must be an amount in USD.", file=file, key=key)
            )
    for key in _SWITCHES:
        if isinstance(enabled := section.get(key), bool):
            options[key] = enabled
        elif enabled is not None:
            problems.append(tr("{file}: settings.{key} must be true or false.", file=file, key=key))
    options["budgets"] = read_budgets(section.get("budgets"), f"{file}: settings.budgets", problems)
    options["hooks"] = read_hooks(section.get("hooks"), f"{file}: settings.hooks", problems)
    threshold = section.get("compression_threshold_tokens")
    if _is_whole(threshold) and threshold > 0:
        options["compression_threshold_tokens"] = threshold
    elif threshold is not None:
        key = "compression_threshold_tokens"
        problems.append(
            tr("{file}: settings.{key} must be a whole number above 0.", file=file, key=key)
        )
    if (web := section.get("web")) is not None:
        try:
            options["web"] = WebSettings.model_validate(web)
        except ValidationError as error:
            problems.append(
                tr("{file}: settings.web was left out: {reason}", file=file, reason=_reason(error))
            )
    if (telemetry := section.get("telemetry")) is not None:
        try:
            options["metrics_endpoint"] = SecretStr(_collector_in(telemetry))
        except ConfigError as error:
            problems.append(
                tr("{file}: settings.telemetry was left out: {reason}", file=file, reason=error)
            )
    return options


def _collector_in(telemetry: Any) -> str:
    """The address under ``otlp``; empty without one."""
    if not isinstance(telemetry, dict) or set(telemetry) - {"otlp"}:
        raise ConfigError("it is a mapping with otlp alone.")
    address = telemetry.get("otlp") or ""
    if not isinstance(address, str):
        raise ConfigError(f"{SETTING} is the address of a collector.")
    if address:
        endpoint_of(address, SETTING)
    return address


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _model_from(environ: Mapping[str, str]) -> ModelEntry | None:
    def read(name: str) -> str:
        return environ.get(f"CLACKY_{name}") or environ.get(f"OCTO_{name}") or ""

    key = read("API_KEY")
    if not key:
        return None
    anthropic = read("ANTHROPIC_FORMAT").strip().lower() in ("", "true")
    return ModelEntry(
        model=read("MODEL") or DEFAULT_ENV_MODEL,
        api_key=SecretStr(key),
        base_url=read("BASE_URL") or (DEFAULT_ANTHROPIC_URL if anthropic else ""),
        anthropic_format=anthropic,
        type="default",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
