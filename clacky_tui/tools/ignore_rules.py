"""The lines of one ignore file, as git reads them (gitignore(5)): the last rule that matches decides.

Each rule is asked about one entry at a time. What lies below an ignored folder never comes up,
because the walk does not enter it; that is why ``*``, ``!*/``, ``!*.py`` work as in git.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


class IgnoreRules:
    """The rules of one ignore file; a line that is no valid rule is left out."""

    def __init__(self, lines: Iterable[str]) -> None:
        parsed = [rule for rule in map(_parsed, lines) if rule is not None]
        self._of_files = _Lookup([r for r in parsed if not r.folders_only])
        self._of_folders = _Lookup(parsed)

    def verdict(self, parts: Sequence[str], *, folder: bool) -> bool | None:
        """True ignores the entry, False brings it back, None when no rule speaks of it.

        Args:
            parts: names from the ignore file's folder down to the entry.
            folder: whether the entry is a directory.
        """
        return (self._of_folders if folder else self._of_files).verdict(parts)


class _Parsed:
    __slots__ = ("anchored", "expression", "folders_only", "ignores")

    def __init__(
        self, expression: str, *, ignores: bool, anchored: bool, folders_only: bool
    ) -> None:
        self.expression = expression
        self.ignores = ignores
        self.anchored = anchored
        self.folders_only = folders_only


class _Lookup:
    """Rules as two expressions, last rule first: over the name alone, and over the whole path."""

    def __init__(self, rules: list[_Parsed]) -> None:
        numbered = list(enumerate(rules))[::-1]
        self._names = _Alternatives([(n, r) for n, r in numbered if not r.anchored])
        self._paths = _Alternatives([(n, r) for n, r in numbered if r.anchored])
        self._ignores = [rule.ignores for rule in rules]

    def verdict(self, parts: Sequence[str]) -> bool | None:
        number = self._names.last_matching(parts[-1])
        if self._paths.any:
            number = max(number, self._paths.last_matching("/".join(parts)))
        return self._ignores[number] if number >= 0 else None


class _Alternatives:
    def __init__(self, numbered: list[tuple[int, _Parsed]]) -> None:
        self.any = bool(numbered)
        self._numbers = [number for number, _ in numbered]
        self._match = re.compile("|".join(f"({r.expression})" for _, r in numbered)).fullmatch

    def last_matching(self, text: str) -> int:
        """The number of the last rule that fits, or -1."""
        found = self._match(text) if self.any else None
        return self._numbers[found.lastindex - 1] if found and found.lastindex else -1


def _parsed(line: str) -> _Parsed | None:
    pattern = _without_trailing_spaces(line)
    if not pattern or pattern.startswith("#"):
        return None
    brings_back = pattern.startswith("!")
    pattern = pattern.removeprefix("!")
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    anchored = "/" in pattern
    pattern = pattern.removeprefix("/")
    if not pattern:
        return None
    try:
        expression = _expression(pattern)
        re.compile(expression)
    except (ValueError, re.error):
        return None
    return _Parsed(
        expression, ignores=not brings_back, anchored=anchored, folders_only=folders_only
    )


def _without_trailing_spaces(line: str) -> str:
    kept = line.rstrip("\r\n").rstrip(" ")
    escapes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " if escapes % 2 and len(kept) < len(line.rstrip("\r\n")) else kept


def _expression(pattern: str) -> str:
    segments = pattern.split("/")
    pieces: list[str] = []
    last = len(segments) - 1
    for index, segment in enumerate(segments):
        if segment != "**":
            pieces.append(_segment(segment) + ("" if index == last else "/"))
        elif index == last:
            pieces.append(".+")
        else:
            pieces.append("(?:.*/)?")
    return "(?s:" + "".join(pieces) + ")"


def _segment(text: str) -> str:
    """One path segment.

    Raises:
        ValueError: it ends in a backslash or holds a bracket that never closes.
    """
    out: list[str] = []
    index = 0
    while index < len(text):
        character = text[index]
        index += 1
        match character:
            case "*":
                if not out or out[-1] != "[^/]*":
                    out.append("[^/]*")
            case "?":
                out.append("[^/]")
            case "[":
                expression, index = _bracket(text, index)
                out.append(expression)
            case "\\":
                if index == len(text):
                    raise ValueError("a backslash at the end")
                out.append(re.escape(text[index]))
                index += 1
            case _:
                out.append(re.escape(character))
    return "".join(out)


def _bracket(text: str, start: int) -> tuple[str, int]:
    """The set that opens before `start`, and the index after its end."""
    index = start
    negated = text[index : index + 1] in ("!", "^")
    index += negated
    items: list[str] = []
    first = True
    while True:
        character = text[index : index + 1]
        if not character:
            raise ValueError("a bracket that never closes")
        index += 1
        if character == "]" and not first:
            break
        first = False
        if character == "-" and items and text[index : index + 1] not in ("]", ""):
            items.append("-")
            continue
        if character == "\\":
            character = text[index : index + 1]
            index += 1
        items.append("\\" + character if character in "\\]^[-&~|" else re.escape(character))
    return f"(?!/)[{'^' if negated else ''}{''.join(items)}]", index
