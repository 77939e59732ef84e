"""Command-line options of programs known to be harmless, and reading arguments by them.

A program's options are written in a small notation, words separated by blanks:

``-abc`` flags; ``-n:`` takes a text, ``-f@`` a path; ``-U?`` takes an attached text or none;
``-L;`` takes a number attached or a text as a word of its own: further letters are options.
``--all`` a flag; ``--max=`` takes a text, ``--to@`` a path, ``--color?`` an attached text or none.
``-e:!`` the value stands for the pattern otherwise taken from the first operand.
``#`` numbers are options (``-20``).
The last word says what the operands are: ``paths``, ``texts``, ``none``, ``pattern`` (a text, then
paths), ``one`` (at most one path), ``listed`` (texts, only beside
``--list``), ``free`` (anything, even options).

What is not listed is not harmless, abbreviations included.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from clacky_tui.domain.shell.syntax import Span
from clacky_tui.i18n import phrase

Kind = Literal["text", "path", "pattern"]

_LISTING = frozenset(("--list", "-l"))
_NUMBER = re.compile(r"-[0-9]*")
_PLACE = re.compile(r"/[\w.]|~")
_TOKEN = re.compile(r"(--?)([\w.+-]+?|\.)([:@?=;]?)(!?)")


@dataclass(frozen=True, slots=True)
class Argument:
    """One word as the program receives it.

    Attributes:
        text: None when only known at run time.
        pattern: the text as a shell pattern, quoted characters escaped; empty without one.
        prefix: what it surely begins with when `text` is None.
        splits: may become several words.
        extended: an unquoted ``^`` or ``#`` that a zsh with extended patterns may read as one.
        is_number: digits, whatever they are.
    """

    text: str | None
    span: Span
    pattern: str = ""
    prefix: str = ""
    splits: bool = False
    extended: bool = False
    is_number: bool = False

    @property
    def start(self) -> str:
        """The characters it surely begins with."""
        return self.prefix if self.text is None else self.text


@dataclass(frozen=True, slots=True)
class Options:
    """What the notation says."""

    letters: dict[str, str]
    words: dict[str, str]
    pattern_options: frozenset[str]
    numbers: bool
    operands: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the arguments are not harmless."""

    why: str
    span: Span


@dataclass(frozen=True, slots=True)
class Read:
    """Arguments sorted: each value or operand with its kind, and the options with their values."""

    values: tuple[tuple[Kind, Argument], ...]
    given: Mapping[str, Sequence[Argument]]


@cache
def options(notation: str) -> Options:
    """The parsed notation; see the module's docstring."""
    *tokens, operands = notation.split()
    letters: dict[str, str] = {}
    words: dict[str, str] = {}
    patterns: set[str] = set()
    numbers = False
    for token in tokens:
        if token == "#":
            numbers = True
            continue
        found = _TOKEN.fullmatch(token)
        assert found, token
        dashes, names, kind, pattern = found.groups()
        for name in [names] if dashes == "--" else names:
            (words if dashes == "--" else letters)[name] = kind.replace("=", ":")
            if pattern:
                patterns.add(dashes + name)
    return Options(letters, words, frozenset(patterns), numbers, operands)


def read(arguments: list[Argument], known: Options, name: str) -> Read | Problem:
    """`arguments` sorted by the options `known` of the program `name`, or what is wrong."""
    values: list[tuple[Kind, Argument]] = []
    operands: list[Argument] = []
    given: dict[str, list[Argument]] = {}
    rest = deque(arguments)
    while rest:
        argument = rest.popleft()
        if known.operands == "free":
            return Read((), {})
        if argument.splits:
            return Problem(
                phrase("{name} gets words that are only known when it runs", name=name),
                argument.span,
            )
        start = argument.start
        if (not start or (start[0] in "*?[" and argument.pattern)) and argument.text != "":
            return Problem(
                phrase("a name found by {name} could act as an option", name=name), argument.span
            )
        if argument.text == "--":
            operands.extend(rest)
            break
        if not start.startswith("-") or start == "-":
            operands.append(argument)
            continue
        text = argument.text
        if text is None:
            return Problem(
                phrase("{name} gets an option that is only known when it runs", name=name),
                argument.span,
            )
        problem = _option(argument, text, known, name, rest, values, given)
        if problem:
            return problem
    return _with_operands(operands, known, name, values, given)


def _option(
    argument: Argument,
    text: str,
    known: Options,
    name: str,
    rest: deque[Argument],
    values: list[tuple[Kind, Argument]],
    given: dict[str, list[Argument]],
) -> Problem | None:
    """Read the option in `text`; takes its value off `rest`."""
    unknown = Problem(
        phrase("{name} {text} is not known to be harmless", name=name, text=text[:40]),
        argument.span,
    )
    if text.startswith("--"):
        word, has_value, value = text[2:].partition("=")
        kind = known.words.get(word)
        if kind is None or (has_value and not kind):
            return unknown
        if argument.pattern and not has_value:
            return unknown
        worth = given.setdefault(f"--{word}", [])
        if has_value and argument.pattern and kind == "@":
            return unknown
        if has_value:
            worth.append(Argument(value, argument.span))
            _keep(kind, worth[-1], values)
        elif kind in (":", "@") and rest:
            value_word = rest.popleft()
            if text not in known.pattern_options:
                if _looks_like_option(value_word):
                    return unknown
                if _looks_like_place(value_word):
                    kind = "@"
            worth.append(value_word)
            _keep(kind, value_word, values)
        return None
    if known.numbers and text[1:].isdigit():
        return None
    if argument.pattern:
        return unknown
    for index, letter in enumerate(text[1:], start=2):
        kind = known.letters.get(letter)
        if kind is None:
            if known.numbers and letter.isdigit():
                continue
            return unknown
        worth = given.setdefault(f"-{letter}", [])
        if kind:
            value = text[index:]
            if kind == ";" and value and not value.isdigit():
                return unknown
            if value:
                worth.append(Argument(value, argument.span))
                _keep(kind, worth[-1], values)
            elif kind != "?" and rest:
                value_word = rest.popleft()
                if f"-{letter}" not in known.pattern_options:
                    if _looks_like_option(value_word):
                        return unknown
                    if _looks_like_place(value_word) and not name.startswith("git "):
                        kind = "@"
                worth.append(value_word)
                _keep(kind, value_word, values)
            return None
    return None


def _looks_like_option(value: Argument) -> bool:
    """Whether a program that takes no value here would see an option in `value`."""
    start = value.start
    return bool(value.pattern) or (start.startswith("-") and not _NUMBER.fullmatch(start))


def _looks_like_place(value: Argument) -> bool:
    """Whether a program that takes no value here would read outside the project."""
    return bool(_PLACE.match(value.start)) or ".." in value.start.split("/")


def _keep(kind: str, value: Argument, values: list[tuple[Kind, Argument]]) -> None:
    if value.splits or value.pattern:
        values.append(("path", Argument(None, value.span)))
    else:
        values.append(("path" if kind == "@" else "text", value))


def _with_operands(
    operands: list[Argument],
    known: Options,
    name: str,
    values: list[tuple[Kind, Argument]],
    given: dict[str, list[Argument]],
) -> Read | Problem:
    splitting = next((o for o in operands if o.splits), None)
    if splitting:
        return Problem(
            phrase("{name} gets words that are only known when it runs", name=name), splitting.span
        )
    match known.operands:
        case "none" if operands:
            return Problem(
                phrase("{name} {start} may change something", name=name, start=operands[0].start),
                operands[0].span,
            )
        case "listed" if operands and not given.keys() & _LISTING:
            return Problem(
                phrase("{name} {start} may change something", name=name, start=operands[0].start),
                operands[0].span,
            )
        case "one" if len(operands) > 1:
            return Problem(phrase("{name} writes to its second file", name=name), operands[1].span)
        case "texts" | "listed":
            values.extend(("text", operand) for operand in operands)
            operands = []
        case "pattern" if operands and not given.keys() & known.pattern_options:
            values.append(("pattern", operands[0]))
            operands = operands[1:]
    values.extend(("path", operand) for operand in operands)
    return Read(tuple(values), given)
