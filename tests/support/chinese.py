"""Which words of a Chinese text are English although they are no names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.binding import Binding

from clacky_tui.actions import ACTIONS
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.key_table import composer_bindings
from clacky_tui.tui.theming import theme_files

ENGLISH = re.compile(r"[A-Za-z]{2,}(?:['-][A-Za-z]+)*(?![\w…])")
"""Not what is cut off: its beginning says nothing."""
_NAMES = """
clacky tmux shell fg Textual API Anthropic OpenAI OpenRouter DeepSeek VISUAL EDITOR
MB KB USD token JSON Markdown zip toml py
ctrl alt shift enter esc tab up down left right home end pgup pgdn del space backspace delete insert
Esc Tab Page Up pageup pagedown super
confirm free auto off low medium high reload code git status en zh
claude-sonnet clacky-home src shop keymap jump orders
"""
"""What stays as it is typed: keys, units, formats, modes, and the names of the scenes."""


def allowed() -> set[str]:
    """Every name a person types or reads as it is."""
    words = set(_NAMES.split())
    for action in ACTIONS:
        words |= {action.name, *action.aliases, *ENGLISH.findall(action.argument)}
    for binding in [*ClackyApp.BINDINGS, *composer_bindings()]:
        if isinstance(binding, Binding):
            words |= {binding.id or "", *ENGLISH.findall(binding.id or "")}
            words |= set(ENGLISH.findall(binding.key))
    for name in theme_files():
        words |= {name, *ENGLISH.findall(name)}
    return words


def english_left(text: str, more: Iterable[str] = ()) -> list[str]:
    """The lines with words that are neither Chinese nor names; `more` are names of this text."""
    known = allowed().union(*map(ENGLISH.findall, more))
    return [line for line in text.splitlines() if set(ENGLISH.findall(line)) - known]
