"""Themes: small TOML files, the shipped ones and the user's own, turned into Textual themes.

A file holds `name`, `dark`, `transparent` and a table `colors`. A transparent theme keeps the
terminal's own background and text colour and speaks ANSI colour names, so it costs few bytes and
fits every terminal; the others bring `foreground`, `background`, `surface`, `panel` and `muted`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from clacky_tui.errors import ConfigError
from clacky_tui.paths import user_themes_dir

DEFAULT_THEME = "hacker"

PALETTE = ("primary", "secondary", "accent", "success", "warning", "error")
"""Colours every theme has."""
GROUND = ("foreground", "background", "surface", "panel", "muted")
"""Colours of a theme that does not use the terminal's own ground."""
FIELDS: dict[str, type] = {"name": str, "dark": bool, "transparent": bool, "colors": dict}


def shipped_themes_dir() -> Path:
    """Where the themes of the product lie: inside the installed package, else in the repository."""
    from importlib.resources import files

    package = Path(str(files("clacky_tui")))
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def load_themes(problems: list[ConfigError] | None = None) -> dict[str, Theme]:
    """Every theme by name, the shipped ones first; a user's theme replaces one of the same name.

    Args:
        problems: filled with what is wrong with the user's files, which are then left out.

    Raises:
        ConfigError: a file is wrong and no list for problems was given.
    """
    themes: dict[str, Theme] = {}
    for folder in (shipped_themes_dir(), user_themes_dir()):
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = read_theme(path)
            except ConfigError as error:
                if problems is None:
                    raise
                problems.append(error)
            else:
                themes[theme.name] = theme
    return themes


def read_theme(path: Path) -> Theme:
    """The theme in the file `path`.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or a field is missing, unknown or wrong;
            the message names file and field.
    """
    import tomllib

    try:
        return parse_theme(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"The theme {path} cannot be read: {error}.") from error
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"The theme {path} is not usable: {error}.", hint="Mend the file or delete it."
        ) from error


def parse_theme(fields: dict[str, Any]) -> Theme:
    """A Textual theme from the fields of a file.

    Its CSS variables are Textual's own plus `muted` (only in themes with a ground of their own).

    Raises:
        ValueError, TypeError: names the field and what it should be.
    """
    _check_fields(fields)
    colors: dict[str, Any] = fields["colors"]
    transparent: bool = fields["transparent"]
    wanted = PALETTE if transparent else PALETTE + GROUND
    for key in wanted:
        if key not in colors:
            raise ValueError(f"colors.{key} is missing")
    for key, value in colors.items():
        if key not in wanted:
            raise ValueError(f"colors.{key} is not a colour of this kind of theme")
        _check_color(key, value)
    ground = dict.fromkeys(GROUND, "ansi_default") if transparent else colors
    return Theme(
        name=fields["name"],
        dark=fields["dark"],
        ansi=transparent,
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        foreground=ground["foreground"],
        background=ground["background"],
        surface=ground["surface"],
        panel=ground["panel"],
        variables=_ansi_variables(colors, dark=fields["dark"])
        if transparent
        else {"muted": ground["muted"], "text-muted": ground["muted"]},
    )


def _ansi_variables(colors: dict[str, str], *, dark: bool) -> dict[str, str]:
    """What Textual's own widgets need of an ANSI theme, without a colour foreign to ours."""
    black, white = ("ansi_black", "ansi_white") if dark else ("ansi_white", "ansi_black")
    return {
        "ansi-background": black,
        "ansi-foreground": white,
        "border": colors["accent"],
        "block-cursor-background": colors["accent"],
        "block-cursor-foreground": black,
        "footer-key-foreground": colors["accent"],
        "link-color": colors["primary"],
        "scrollbar": colors["primary"],
        "scrollbar-hover": colors["primary"],
        "scrollbar-active": colors["accent"],
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
    }


def _check_fields(fields: dict[str, Any]) -> None:
    for key, kind in FIELDS.items():
        if key not in fields:
            raise ValueError(f"{key} is missing")
        if not isinstance(fields[key], kind):
            raise TypeError(f"{key} must be of type {kind.__name__}")
    for key in fields:
        if key not in FIELDS:
            raise ValueError(f"{key} is not a field of a theme")
    if not fields["name"].strip():
        raise ValueError("name is empty")


def _check_color(key: str, value: Any) -> None:
    try:
        Color.parse(value)
    except (ColorParseError, TypeError, AttributeError) as error:
        raise ValueError(
            f'colors.{key} = {value!r} is not a colour; write "#rrggbb" or "ansi_blue"'
        ) from error
