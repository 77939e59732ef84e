"""Themes: small TOML files, the shipped ones and the user's own, turned into Textual themes.

A file is named like its theme and holds `dark`, `transparent` and a table `colors` with every key of
`PALETTE` and `GROUND`. Colours are ``#rrggbb`` or ANSI names such as ``ansi_green``, which the
terminal's own palette decides; `muted` may be ``dim``: the text colour, dimmed by the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr
from clacky_tui.paths import user_themes_dir

if TYPE_CHECKING:
    from clacky_tui.tui.brightness import Brightness

DEFAULT_THEME = "hacker"

PALETTE = ("primary", "secondary", "accent", "success", "warning", "error")
GROUND = ("foreground", "background", "surface", "panel", "muted")
"""A transparent theme leaves all of these to the terminal."""
DIM = "dim"
FIELDS: dict[str, type] = {"dark": bool, "transparent": bool, "colors": dict}
_TERMINALS_OWN = "ansi_default"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
"""Textual makes a CSS class of a theme's name."""


def shipped_themes_dir() -> Path:
    """Where the themes of the product lie: inside the installed package, else in the repository."""
    from importlib.resources import files

    package = Path(str(files("clacky_tui")))
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def theme_files() -> dict[str, Path]:
    """The file of every theme by name, the shipped ones first; a user's file replaces one of them."""
    folders = (shipped_themes_dir(), user_themes_dir())
    return {
        path.stem: path
        for folder in folders
        for path in sorted(folder.glob("*.toml"), key=lambda path: path.stem)
    }


def default_theme(brightness: Brightness | None, environ: Mapping[str, str]) -> str:
    """The name of the theme for a terminal like this, of whose person nothing is known.

    Args:
        brightness: of the background; None, when it is not known, counts as dark.
    """
    if environ.get("NO_COLOR"):
        return "mono"
    if brightness != "light":
        return DEFAULT_THEME
    many_colors = environ.get("COLORTERM") in ("truecolor", "24bit") or any(
        part in environ.get("TERM", "") for part in ("256color", "direct", "kitty")
    )
    return "light" if many_colors else "ansi-16"


def load_theme(name: str, *, transparent: bool | None = None) -> Theme:
    """The theme called `name`.

    Args:
        transparent: whether the terminal's own background shows; None leaves it to the file.

    Raises:
        ConfigError: there is none of that name, or its file is wrong.
    """
    files = theme_files()
    if name not in files:
        raise ConfigError(
            tr("There is no theme {name!r}.", name=name),
            hint=tr("Themes: {files}.", files=", ".join(files)),
        )
    return read_theme(files[name], transparent=transparent)


def load_themes(
    problems: list[ConfigError] | None = None, *, transparent: bool | None = None
) -> dict[str, Theme]:
    """Every theme by name, in the order of `theme_files`.

    Args:
        problems: filled with what is wrong with files, which are then left out; where a user's file
            replaced a shipped one, that one is taken.
        transparent: as for `load_theme`.

    Raises:
        ConfigError: a file is wrong and no list for problems was given.
    """
    themes: dict[str, Theme] = {}
    for name, path in theme_files().items():
        try:
            themes[name] = read_theme(path, transparent=transparent)
        except ConfigError as error:
            if problems is None:
                raise
            problems.append(error)
            shipped = shipped_themes_dir() / path.name
            if shipped != path and shipped.exists():
                themes[name] = read_theme(shipped, transparent=transparent)
    return themes


def load_or_default(
    name: str, problems: list[ConfigError], *, transparent: bool | None = None
) -> Theme:
    """The theme called `name`; the default one, and a line in `problems`, when it cannot be had."""
    try:
        return load_theme(name, transparent=transparent)
    except ConfigError as error:
        problems.append(error)
        shipped = shipped_themes_dir() / f"{name if _NAME.fullmatch(name) else DEFAULT_THEME}.toml"
        path = shipped if shipped.exists() else shipped.with_stem(DEFAULT_THEME)
        return read_theme(path, transparent=transparent)


def read_theme(path: Path, *, transparent: bool | None = None) -> Theme:
    """The theme in the file `path`.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or a field is missing, unknown or wrong;
            the message names file and field.
    """
    import tomllib

    try:
        return parse_theme(
            path.stem, tomllib.loads(path.read_text("utf-8")), transparent=transparent
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            tr("The theme {path} cannot be read: {error}.", path=path, error=error),
            hint=tr("Mend the file or delete it."),
        ) from error
    except (ValueError, TypeError) as error:
        raise ConfigError(
            tr("The theme {path} is not usable: {error}.", path=path, error=error),
            hint=tr("Mend the file or delete it."),
        ) from error


def parse_theme(name: str, fields: dict[str, Any], *, transparent: bool | None = None) -> Theme:
    """A Textual theme from the fields of a file.

    Its CSS variables are Textual's own plus `muted`, which is missing where that is `DIM`.

    Raises:
        ValueError, TypeError: names the field and what it should be.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(tr("its file name must be small letters, digits and hyphens"))
    _check_fields(fields)
    colors: dict[str, str] = dict(fields["colors"])
    _check_colors(colors)
    if fields["transparent"] if transparent is None else transparent:
        # On an unknown background only the terminal's own text colour, dimmed, is sure to be seen.
        colors |= {**dict.fromkeys(GROUND, _TERMINALS_OWN), "muted": DIM}
    uses_ansi = any(color.startswith("ansi_") for color in colors.values())
    variables = _cursor_variables(colors, dark=fields["dark"])
    if uses_ansi:
        variables |= _ansi_variables(colors, dark=fields["dark"])
    if colors["muted"] != DIM:
        names = ("muted", "text-muted", "text-disabled")
        variables |= dict.fromkeys(names, colors["muted"])
    return Theme(
        name=name,
        dark=fields["dark"],
        ansi=uses_ansi,
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        foreground=colors["foreground"],
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["panel"],
        variables=variables,
    )


def _cursor_variables(colors: dict[str, str], *, dark: bool) -> dict[str, str]:
    """How Textual's own widgets show what is chosen: in the accent's colour, the text in the ground's."""
    ground, cursor = colors["background"], colors["accent"]
    if ground == _TERMINALS_OWN:  # no text can have the colour of an unknown ground
        ground = "ansi_black" if dark else "ansi_white"
    if cursor == _TERMINALS_OWN:
        cursor = "ansi_white" if dark else "ansi_black"
    places = ("block-cursor", "block-cursor-blurred", "input-selection", "screen-selection")
    return {
        **{f"{place}-background": cursor for place in places},
        **{f"{place}-foreground": ground for place in places},
    }


def _ansi_variables(colors: dict[str, str], *, dark: bool) -> dict[str, str]:
    """What Textual's own widgets need of an ANSI theme, without a colour foreign to ours."""
    black, white = ("ansi_black", "ansi_white") if dark else ("ansi_white", "ansi_black")
    return {
        "ansi-background": black,
        "ansi-foreground": white,
        "border": colors["accent"],
        "footer-key-foreground": colors["accent"],
        "link-color": colors["primary"],
        "link-color-hover": colors["accent"],
        "link-background-hover": _TERMINALS_OWN,
        "scrollbar": colors["primary"],
        "scrollbar-hover": colors["primary"],
        "scrollbar-active": colors["accent"],
        "scrollbar-background": _TERMINALS_OWN,
        "scrollbar-background-hover": _TERMINALS_OWN,
        "scrollbar-background-active": _TERMINALS_OWN,
    }


def _check_fields(fields: dict[str, Any]) -> None:
    for key, kind in FIELDS.items():
        if key not in fields:
            raise ValueError(tr("{key} is missing", key=key))
        if not isinstance(fields[key], kind):
            raise TypeError(tr("{key} must be of type {kind}", key=key, kind=kind.__name__))
    for key in fields:
        if key not in FIELDS:
            raise ValueError(tr("{key} is not a field of a theme", key=key))


def _check_colors(colors: dict[str, Any]) -> None:
    for key in (*PALETTE, *GROUND):
        if key not in colors:
            raise ValueError(tr("colors.{key} is missing", key=key))
    for key, value in colors.items():
        if key not in (*PALETTE, *GROUND):
            raise ValueError(tr("colors.{key} is not a colour of a theme", key=key))
        if (key, value) != ("muted", DIM):
            _check_color(key, value)


def _check_color(key: str, value: Any) -> None:
    try:
        Color.parse(value)
    except (ColorParseError, TypeError, AttributeError) as error:
        raise ValueError(
            tr(
                'colors.{key} = {value!r} is not a colour; write "#rrggbb" or "ansi_blue"',
                key=key,
                value=value,
            )
        ) from error
