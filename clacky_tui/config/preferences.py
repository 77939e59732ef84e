"""How the screen looks and behaves: `ui.toml`, read before the first frame, changed line by line.

Apart from `config.yml`, which belongs to the agent and may hold keys: this file is small, quick to
read and written by the app itself whenever a person changes something in the Settings tab.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from clacky_tui import paths
from clacky_tui.domain.money import currency_of
from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, exclusive, write_atomic
from clacky_tui.i18n import tr

CHOICES: dict[str, tuple[str, ...]] = {
    "brightness": ("auto", "dark", "light"),
    "language": ("auto", "en", "zh"),
    "profile": ("auto", "local", "ssh", "low-bandwidth"),
    "mouse": ("auto", "on", "off"),
    "glyphs": ("auto", "unicode", "ascii"),
    "notify": ("auto", "bell", "off"),
    "while_running": ("queue", "steer"),
    "token_line": ("full", "short", "off"),
}
"""What a text of that name may be; texts not named here are free."""
_ANY_CURRENCY = "XXX"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person may set about the screen. Every default is what a new user gets."""

    theme: str = ""
    """A theme's name; empty takes the default one for the terminal's brightness."""
    brightness: str = "auto"
    """Whether the terminal's background is dark; "auto" asks the terminal."""
    transparent: bool | None = None
    """Whether the terminal's own background shows; None leaves it to the theme."""
    language: str = "auto"
    """ "auto" follows the locale."""
    profile: str = "auto"
    """How much the line to the terminal is spared; "auto" looks at how it was reached."""
    mouse: str = "auto"
    """ "auto" leaves the mouse to the terminal inside tmux and over SSH."""
    glyphs: str = "auto"
    """ "ascii" for terminals and readers without Unicode; "auto" follows the locale."""
    copy_on_select: bool = True
    """True copies what was selected with the mouse as soon as the button is let go."""
    reduced_motion: bool = False
    """True keeps every spinner still."""
    notify: str = "auto"
    """How the person is called when a task waits or ends while they look elsewhere."""
    while_running: str = "queue"
    """What Enter does while a task runs: wait for its end, or join it at its next safe point."""
    token_line: str = "full"
    """How much is said of tokens and cost under a reply."""
    suggestions: bool = False
    """True lets a cheap request propose the next message; it costs money."""
    currency: str = "USD"
    """What amounts are shown in, by its three letters; they are kept in USD."""
    exchange_rate: str = ""
    """How much of `currency` one USD buys, as a number in quotes or without; empty takes the
    default rate (`domain.money.DEFAULT_RATES`)."""
    problems: tuple[str, ...] = field(default=(), repr=False)
    """What in the file could not be used, one sentence each; shown, never fatal."""


def load_preferences(path: Path | None = None) -> Preferences:
    """Read `path`, `ui.toml` by default. What is missing or wrong has its default."""
    file = path or paths.preferences_file()
    try:
        text = file.read_text("utf-8")
        import tomllib  # most people have no such file, and start a little sooner

        document = tomllib.loads(text, parse_float=Decimal)
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError) as error:
        return Preferences(
            problems=(
                tr("{file}: it cannot be read and was ignored: {error}.", file=file, error=error),
            )
        )
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in document.items():
        if name == "exchange_rate" and type(value) in (int, Decimal):
            value = str(value)
        problem = problem_of(name, value)
        if problem is None:
            values[name] = value
        else:
            problems.append(f"{file}: {problem}")
    if problem := _currency_problem(values):
        problems.append(f"{file}: {problem}")
    return Preferences(**values, problems=tuple(problems))


def _currency_problem(values: dict[str, Any]) -> str | None:
    """Why the currency cannot be had at the rate; then neither of them stays in `values`."""
    if "currency" not in values and "exchange_rate" not in values:
        return None
    try:
        currency_of(values.get("currency", ""), values.get("exchange_rate", ""))
    except ValueError as error:
        values.pop("currency", None)
        values.pop("exchange_rate", None)
        return str(error)
    return None


def problem_of(name: str, value: object) -> str | None:
    """Why `name` cannot have `value`, as a sentence; None when it can."""
    defaults = {each.name: each.default for each in fields(Preferences) if each.repr}
    if name not in defaults:
        return tr(
            "{name} is no setting; the settings are {defaults}.",
            name=name,
            defaults=", ".join(defaults),
        )
    if isinstance(defaults[name], str):
        if not isinstance(value, str):
            return tr("{name} must be a text in quotes.", name=name)
        if name in CHOICES and value not in CHOICES[name]:
            return tr(
                "{name} must be one of {CHOICES}.", name=name, CHOICES=", ".join(CHOICES[name])
            )
        if name == "currency":
            return _currency_problem({"currency": value, "exchange_rate": "1"})
        if name == "exchange_rate":
            return _currency_problem({"currency": _ANY_CURRENCY, "exchange_rate": value or "1"})
    elif not isinstance(value, bool):
        return tr("{name} must be true or false.", name=name)
    return None


def save_preference(name: str, value: str | bool | None, path: Path | None = None) -> None:
    """Write one setting and leave every other line as it is; None takes the setting out.

    Blocks on the disk; safe from other processes. A file that is no TOML is not touched.

    Raises:
        ConfigError: `name` cannot have `value`, or the file is no TOML.
        OSError: it could not be read or written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = path or paths.preferences_file()
    if value is not None and (problem := problem_of(name, value)) is not None:
        raise ConfigError(problem)
    with exclusive(file):
        try:
            document = tomlkit.parse(file.read_text("utf-8"))
        except FileNotFoundError:
            document = tomlkit.document()
        except (TOMLKitError, UnicodeDecodeError) as error:
            raise ConfigError(
                tr(
                    "{file} cannot be read, so nothing was written: {error}.",
                    file=file,
                    error=error,
                ),
                hint=tr("Mend or remove the file."),
            ) from None
        if value is None:
            document.pop(name, None)
        else:
            if name == "currency" and document.get(name) != value:
                document.pop("exchange_rate", None)  # it is the rate of another currency
            document[name] = value
        write_atomic(file, tomlkit.dumps(document).encode(), mode=PRIVATE_FILE_MODE)
