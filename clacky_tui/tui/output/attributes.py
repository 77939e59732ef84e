"""How cells look, each look interned as one character, and the control sequences between two looks."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from rich.color import Color, ColorSystem
from rich.style import Style

DEFAULT = "\0"
"""The terminal's own look: no colour, no attribute, no link."""
NO_LINK = "\x1b]8;;\x1b\\"

# Rich's names of the attributes, in SGR order, with the parameter that sets each (ECMA-48, xterm).
_SETS = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("blink2", "6"),
    ("reverse", "7"),
    ("conceal", "8"),
    ("strike", "9"),
    ("underline2", "21"),
    ("frame", "51"),
    ("encircle", "52"),
    ("overline", "53"),
)
# One parameter clears all attributes of its group.
_CLEARS = (
    ("22", ("1", "2")),
    ("23", ("3",)),
    ("24", ("4", "21")),
    ("25", ("5", "6")),
    ("27", ("7",)),
    ("28", ("8",)),
    ("29", ("9",)),
    ("54", ("51", "52")),
    ("55", ("53",)),
)
_UNSEEN_ON_BLANK = frozenset(("1", "2", "3", "8"))
"""Attributes that change nothing about a blank cell."""
_URL_PUNCTUATION = "!#$%&'()*+,-./:;=?@[]_~"


class Look(NamedTuple):
    """`sets` holds SGR parameters, `foreground` and `background` are SGR parameters or empty."""

    sets: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""
    url: str = ""

    @property
    def blank(self) -> Look:
        """The plainest look in which a blank cell looks the same."""
        sets = self.sets - _UNSEEN_ON_BLANK
        # Lines and reversed cells show the text colour on a blank too.
        return self._replace(sets=sets, foreground=self.foreground if sets or self.url else "")

    @property
    def written(self) -> str:
        """As the first frame writes looks: attributes, foreground, background; without the link."""
        return f"{';'.join(_attributes(self))}/{self.foreground}/{self.background}"

    @classmethod
    def read(cls, written: str) -> Look:
        """The look that `written` says.

        Raises:
            ValueError: it is not written that way.
        """
        attributes, foreground, background = written.split("/")
        return cls(frozenset(filter(None, attributes.split(";"))), foreground, background)


class Looks:
    """Interns looks: equal looks share one character, whatever styles they come from.

    Args:
        color_system: what the terminal can show; richer colours are brought down to it.
        takes_links: False where no link may be sent.
    """

    def __init__(self, color_system: ColorSystem, *, takes_links: bool = True) -> None:
        self._color_system = color_system
        self._takes_links = takes_links
        self.no_link = NO_LINK if takes_links else ""
        """Ends whatever link is open."""
        self._looks = [Look()]
        self._codes = {Look(): DEFAULT}
        self._of_style: dict[Style, str] = {}
        self._link_numbers: dict[str, int] = {}
        # As attributes, so that what is kept goes when these looks go.
        self.blank_of = lru_cache(None)(self._blank_of)
        self.can_erase = lru_cache(None)(self._can_erase)
        self.has_background = lru_cache(None)(self._has_background)
        self.change = lru_cache(8192)(self._change)

    def __len__(self) -> int:
        return len(self._looks)

    def __getitem__(self, code: str) -> Look:
        return self._looks[ord(code)]

    def of_style(self, style: Style | None) -> str:
        """The code of how `style` looks; its meta data does not show and does not count."""
        if style is None:
            return DEFAULT
        code = self._of_style.get(style)
        if code is None:
            if len(self._of_style) > 8192:  # styles that carry offsets in the text never end
                self._of_style.clear()
            code = self._of_style[style] = self.code(self._look_of(style))
        return code

    def code(self, look: Look) -> str:
        """The character that stands for `look`."""
        code = self._codes.get(look)
        if code is None:
            code = self._codes[look] = chr(len(self._looks))
            self._looks.append(look)
        return code

    def unlinked(self, code: str) -> str:
        """The same look without its link."""
        return self.code(self[code]._replace(url=""))

    def _blank_of(self, code: str) -> str:
        """The plainest look in which a blank cell looks the same as in `code`."""
        return self.code(self[code].blank)

    def _can_erase(self, code: str) -> bool:
        """True when an erased cell looks like a blank in `code`, on terminals that erase in colour."""
        look = self[code].blank
        return not look.sets and not look.url

    def _has_background(self, code: str) -> bool:
        return bool(self[code].background)

    def _change(self, old: str, new: str) -> str:
        """The shortest control sequences from one look to another."""
        before, after = self[old], self[new]
        link = "" if before.url == after.url else self._link(after.url)
        if before._replace(url="") == after._replace(url=""):
            return link
        anew = ";".join(("0", *_sets_and_colors(after)))
        if anew == "0":
            return f"{link}\x1b[m"
        steps: list[str] = []
        held = before.sets
        for clear, group in _CLEARS:
            if any(one in before.sets and one not in after.sets for one in group):
                steps.append(clear)
                held -= frozenset(group)
        steps += [one for _, one in _SETS if one in after.sets and one not in held]
        if before.foreground != after.foreground:
            steps.append(after.foreground or "39")
        if before.background != after.background:
            steps.append(after.background or "49")
        return f"{link}\x1b[{min(anew, ';'.join(steps), key=len)}m"

    def _link(self, url: str) -> str:
        if not url:
            return self.no_link
        # An id of its own lets the terminal light up all parts of a link that wraps.
        number = self._link_numbers.setdefault(url, len(self._link_numbers))
        return f"\x1b]8;id={number};{url}\x1b\\"

    def _look_of(self, style: Style) -> Look:
        return Look(
            frozenset(parameter for name, parameter in _SETS if getattr(style, name)),
            self._color(style.color, foreground=True),
            self._color(style.bgcolor, foreground=False),
            quote(style.link, safe=_URL_PUNCTUATION) if style.link and self._takes_links else "",
        )

    def _color(self, color: Color | None, *, foreground: bool) -> str:
        if color is None or color.is_default:
            return ""
        return ";".join(color.downgrade(self._color_system).get_ansi_codes(foreground))


def _sets_and_colors(look: Look) -> list[str]:
    return _attributes(look) + [color for color in (look.foreground, look.background) if color]


def _attributes(look: Look) -> list[str]:
    return [one for _, one in _SETS if one in look.sets]
