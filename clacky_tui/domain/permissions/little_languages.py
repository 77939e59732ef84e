"""The programs inside commands: which sed, awk, jq and printf texts only read.

Each function returns True only for what it fully understands.
"""

from __future__ import annotations

import itertools
import re

_BRACKET = r"\[\^?\]?(?:\[:\w+:\]|[^\]\[\n\\])+\]"
_SED_REGEX = rf"/(?:[^/\\\n\[]|\\[^\n]|{_BRACKET})+/I?"
_SED_ADDRESS = rf"(?:\d+(?:~\d+)?|\$|{_SED_REGEX})"
_SED_RANGE = rf"(?:{_SED_ADDRESS}(?:,[ ]*(?:{_SED_ADDRESS}|[+~]\d+))?[ ]*!?)?"
_SED_PLAIN = r"[pdqQ=lnNPDgGhHx]"


def _substitute(mark: str) -> str:
    piece = rf"(?:[^{mark}\\\n\[]|\\[^\n]|{_BRACKET})*"
    replacement = rf"(?:[^{mark}\\\n]|\\[^\n])*"
    return rf"s{mark}{piece}{mark}{replacement}{mark}[gpiI\d]*"


_SED_COMMAND = (
    rf"[ ]*{_SED_RANGE}[ ]*(?:{_SED_PLAIN}|"
    + "|".join(_substitute(re.escape(mark)) for mark in "/|#,:@!%_+")
    + r")[ ]*"
)
_SED_SCRIPT = re.compile(
    rf"{_SED_COMMAND}(?:;{_SED_COMMAND})*;?[ ]*"
    rf"|[ ]*{_SED_RANGE}[ ]*\{{{_SED_COMMAND}(?:;{_SED_COMMAND})*;?[ ]*\}}[ ]*"
)
_SED_LIMIT_CHARACTERS = 400

_AWK_ACTING = re.compile(
    r"\b(?:system|getline|close|fflush|ENVIRON|ARGV|PROCINFO|SYMTAB|FUNCTAB|include|load|extension"
    r"|function|func|nextfile)\b|[@#\\`]|(?<!\|)\|(?!\|)|\|&"
)
_AWK_LAST_WORD = re.compile(r"(?:[\w$]+|\])[ \t]*$")
_AWK_KEYWORDS = frozenset(
    ["print", "printf", "return", "in", "else", "do", "case", "delete", "exit", "getline"]
)
_AWK_LIMIT_CHARACTERS = 1000
_AWK_BEFORE_REGEX = frozenset("~(,!&|{;\n")

_JQ_ACTING = re.compile(
    r"\b(?:env|ENV|import|include|input_filename|modulemeta|get_search_list|halt|halt_error"
    r"|input|inputs|debug|stderr|getpath_file|__loc__|__prog_args)\b"
)
_PRINTF_PIECE = re.compile(r"[^%\\]|\\.|%%|%[-+ 0#]*\d*(?:\.\d+)?([sbqcdiouxXeEfFgG])", re.DOTALL)
_PRINTF_TEXTS = frozenset("sbqc")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def sed_only_reads(script: str) -> bool:
    """Whether a sed script only prints: no ``w``, ``e``, ``r``, no labels."""
    return len(script) <= _SED_LIMIT_CHARACTERS and bool(_SED_SCRIPT.fullmatch(script))


def awk_only_reads(program: str) -> bool:
    """Whether an awk program neither writes, runs, nor looks at the environment."""
    bare = _without_awk_texts(program) if len(program) <= _AWK_LIMIT_CHARACTERS else None
    if bare is None or _AWK_ACTING.search(bare):
        return False
    braces = parentheses = 0
    for character in bare:
        braces += (character == "{") - (character == "}")
        parentheses += (character == "(") - (character == ")")
        if character == ">" and braces > 0 and parentheses == 0:
            return False
    return braces == parentheses == 0


def _without_awk_texts(program: str) -> str | None:
    """`program` with texts and regular expressions blanked; None when one does not end."""
    kept: list[str] = []
    before = ""
    position = 0
    while position < len(program):
        character = program[position]
        if character == "/" and before and before not in _AWK_BEFORE_REGEX:
            if not _divides("".join(kept)):
                return None
        elif character in '"/':
            end = position + 1
            while end < len(program) and program[end] not in (character, "\n"):
                end += 2 if program[end] == "\\" else 1
            inside = re.sub(_BRACKET, "", program[position + 1 : end])
            if end >= len(program) or program[end] == "\n":
                return None
            if character == "/" and "[" in inside.replace("\\[", ""):
                return None
            position = end
            kept.append(" 0 ")
            before = "0"
            position += 1
            continue
        kept.append(character)
        before = before if character in " \t" else character
        position += 1
    return "".join(kept)


def _divides(before: str) -> bool:
    """Whether a ``/`` after `before` surely divides, rather than begins a regular expression."""
    word = _AWK_LAST_WORD.search(before)
    return word is not None and word[0].strip() not in _AWK_KEYWORDS


def jq_only_reads(program: str) -> bool:
    """Whether a jq filter looks neither at the environment nor at other files."""
    return not _JQ_ACTING.search(program)


def printf_only_prints(form: str, arguments: list[str | None]) -> bool:
    """Whether the shell's printf evaluates nothing: zsh computes the values of ``%d``."""
    wanted: list[str] = []
    position = 0
    while position < len(form):
        piece = _PRINTF_PIECE.match(form, position)
        if piece is None:
            return False
        position = piece.end()
        wanted += [piece[1]] if piece[1] else []
    return all(
        kind in _PRINTF_TEXTS or _NUMBER.fullmatch(text or "x")
        for kind, text in zip(itertools.cycle(wanted), arguments, strict=False)
    )
