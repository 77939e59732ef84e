"""Colours of source code. Pygments comes with the first fence or diff, on a thread of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rich.style import Style

from clacky_tui.tui.chat.text import Line

if TYPE_CHECKING:
    from pygments.lexer import Lexer

    from clacky_tui.tui.chat.styles import ChatStyles

Kind = Literal["", "keyword", "string", "comment", "number", "name"]
Token = tuple[str, Kind]

LONGEST_CHARS = 200_000
"""More than this is not coloured."""

_lexers: dict[str, Lexer | None] = {}


def is_loaded(language: str) -> bool:
    """True when `load` has been called for it."""
    return language in _lexers


def load(language: str) -> None:
    """Import what colours `language`, a name as after a fence or a file's name. Blocks, 5 to 50 ms."""
    if language in _lexers:
        return
    from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
    from pygments.util import ClassNotFound

    find = get_lexer_for_filename if "." in language else get_lexer_by_name
    try:
        _lexers[language] = find(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        _lexers[language] = None


def tokens_of(language: str, text: str) -> list[Token]:
    """`text` in pieces by kind, joined again the same text. Without a loaded lexer it is one piece."""
    lexer = _lexers.get(language)
    if lexer is None or len(text) > LONGEST_CHARS:
        return [(text, "")]
    tokens: list[Token] = []
    for token_type, value in lexer.get_tokens(text):
        kind = _kind(token_type)
        if tokens and tokens[-1][1] == kind:
            tokens[-1] = (tokens[-1][0] + value, kind)
        elif value:
            tokens.append((value, kind))
    if "".join(value for value, _ in tokens) != text:
        return [(text, "")]
    return tokens


def divided(tokens: list[Token], lengths: list[int]) -> list[list[Token]]:
    """`tokens` cut into consecutive parts of `lengths` characters each."""
    parts: list[list[Token]] = []
    index = offset = 0
    for length in lengths:
        part: list[Token] = []
        while length > 0 and index < len(tokens):
            value, kind = tokens[index]
            piece = value[offset : offset + length]
            part.append((piece, kind))
            length -= len(piece)
            offset += len(piece)
            if offset == len(value):
                index, offset = index + 1, 0
        parts.append(part)
    return parts


def coloured(tokens: list[Token], base: Style, styles: ChatStyles) -> Line:
    """`tokens` as runs; what has no kind is in `base`. Newlines are left out."""
    inks = {
        "": base,
        "keyword": styles.accent,
        "string": styles.success,
        "comment": styles.muted,
        "number": styles.warning,
        "name": styles.link + Style(underline=False),
    }
    return [(text, inks[kind]) for value, kind in tokens if (text := value.replace("\n", ""))]


@lru_cache(maxsize=512)
def _kind(token_type: object) -> Kind:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    if token_type in Comment:
        return "comment"
    if token_type in Keyword or token_type is Operator.Word:
        return "keyword"
    if token_type in String:
        return "string"
    if token_type in Number:
        return "number"
    if token_type in Name.Function or token_type in Name.Class or token_type in Name.Tag:
        return "name"
    return ""
