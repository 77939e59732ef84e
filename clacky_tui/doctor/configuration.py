"""The files a person writes: models, settings, keys and themes. Keys are looked at, never shown."""

from __future__ import annotations

from collections.abc import Iterator

from clacky_tui import paths
from clacky_tui.config.preferences import load_preferences
from clacky_tui.config.settings import Settings
from clacky_tui.doctor.finding import Finding
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import phrase
from clacky_tui.paths import shorten_home

AREA = "configuration"


def examine_configuration(settings: Settings) -> Iterator[Finding]:
    """`settings`, and the files that only the screen reads."""
    config = shorten_home(paths.config_file())
    for problem in settings.problems:
        yield Finding("fail", AREA, "config.yml", problem, phrase("edit {config}", config=config))
    if not settings.problems:
        found = (
            phrase("{config} is sound.", config=config)
            if paths.config_file().exists()
            else phrase("there is none yet.")
        )
        yield Finding("ok", AREA, "config.yml", found)
    yield from _models(settings, config)
    preferences = load_preferences()
    file = shorten_home(paths.preferences_file())
    for problem in preferences.problems:
        yield Finding("warn", AREA, "ui.toml", problem, phrase("edit {file}", file=file))
    if not preferences.problems:
        yield Finding("ok", AREA, "ui.toml", phrase("it is sound, or there is none."))
    yield from _keymap()
    yield from _themes(preferences.theme)


def _models(settings: Settings, config: str) -> Iterator[Finding]:
    if not settings.models:
        remedy = phrase(
            "add a model to {config}, or set CLACKY_API_KEY, CLACKY_BASE_URL and CLACKY_MODEL",
            config=config,
        )
        text = phrase("none is configured, so the built-in demo model answers.")
        yield Finding("warn", AREA, "models", text, remedy)
    for entry in settings.models:
        missing = [
            name
            for name, value in (("api_key", entry.api_key), ("base_url", entry.base_url))
            if not (value if isinstance(value, str) else value.get_secret_value())
        ]
        if missing:
            text = phrase("{model} lacks {names}.", model=entry.model, names=", ".join(missing))
            yield Finding("warn", AREA, "models", text, phrase("add it in {config}", config=config))
        else:
            yield Finding(
                "ok", AREA, "models", phrase("{model} has a key and an address.", model=entry.model)
            )


def _keymap() -> Iterator[Finding]:
    if not paths.keymap_file().exists():
        yield Finding(
            "ok", AREA, "keymap.toml", phrase("there is none, the keys are the usual ones.")
        )
        return
    from clacky_tui.tui.app import ClackyApp
    from clacky_tui.tui.keymap import load_keymap

    problems: list[ConfigError] = []
    keymap = load_keymap(paths.keymap_file(), ClackyApp.BINDINGS, problems)
    remedy = phrase("edit {keymap_file}", keymap_file=shorten_home(paths.keymap_file()))
    for problem in problems:
        told = phrase("{remedy}. {hint}", remedy=remedy, hint=problem.hint)
        yield Finding(
            "warn", AREA, "keymap.toml", problem.message, told if problem.hint else remedy
        )
    if not problems:
        yield Finding(
            "ok", AREA, "keymap.toml", phrase("keys set in it: {count}.", count=len(keymap.names))
        )


def _themes(chosen: str) -> Iterator[Finding]:
    from clacky_tui.tui.theming import load_themes

    problems: list[ConfigError] = []
    themes = load_themes(problems)
    for problem in problems:
        yield Finding(
            "warn", AREA, "themes", problem.message, problem.hint or phrase("edit the file")
        )
    if chosen and chosen not in themes:
        text = phrase("the theme {chosen!r} that ui.toml names does not exist.", chosen=chosen)
        yield Finding(
            "warn", AREA, "themes", text, phrase("name one of {themes}", themes=", ".join(themes))
        )
    elif not problems:
        yield Finding("ok", AREA, "themes", phrase("{count} can be used.", count=len(themes)))
