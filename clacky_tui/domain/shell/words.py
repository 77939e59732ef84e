"""Reads one shell word: quotes, escapes, expansions. Where bash and zsh differ, it refuses."""

from __future__ import annotations

import re
from typing import NoReturn

from clacky_tui.domain.shell.syntax import (
    Arithmetic,
    Expansion,
    Literal,
    Part,
    Script,
    ShellSyntaxError,
    Span,
    Substitution,
    Tilde,
    Variable,
    Word,
)
from clacky_tui.i18n import phrase

NESTING_LIMIT = 24
"""Commands nested deeper are not read: nobody could check them either."""

_METACHARACTERS = frozenset(" \t\n|&;()<>")
_PLAIN = re.compile(r"[^\s'\"\\$`|&;()<>*?\[~!^=:]+")
_QUOTED_RUN = re.compile(r'[^"\\$`!]+')
_HERE_DOCUMENT_RUN = re.compile(r"[^\\$`]+")
_SINGLE_QUOTED = re.compile(r"'([^']*)'")
_TILDE = re.compile(r"~([\w.-]*)(?=[/\s|&;()<>]|\Z)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SPECIAL_PARAMETER = re.compile(r"[0-9@*#?$!_-]")
_BRACED_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]+|[@*#?$!-]", re.ASCII)
_LENGTH = re.compile(r"#([A-Za-z_]\w*)(?:\[[@*]\])?\}", re.ASCII)
_SUBSCRIPT = re.compile(r"\[(?:[@*]|[0-9]+)\]")
_SLICE = re.compile(r":[0-9]+(?::[0-9]+)?(?=\})")
_OPERATOR = re.compile(r":?[-=+?]|##?|%%?|//?")
_OPERAND_RUN = re.compile(r"[^$`}{'\"\\\n<>(]+")
_ARITHMETIC_RUN = re.compile(r"[\w \t+\-*/%<>=!&|?:,~^]+", re.ASCII)
_BRACE_RANGE = re.compile(r"(0|[1-9][0-9]{0,2})\.\.(0|[1-9][0-9]{0,2})", re.ASCII)
_BRACE_GROUP = re.compile(r"\{([^{}]*)\}")
_ANSI_ESCAPES = dict(zip("ntrabfveE\\'\"", "\n\t\r\a\b\f\v\x1b\x1b\\'\"", strict=True))
_ANSI_CODE = re.compile(
    r"x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})", re.ASCII
)
_QUOTED_ESCAPES = frozenset('$`"\\')
_MARK_AFTER = frozenset(" \t\n\"=)]'}")
"""What may follow ``!`` without an interactive shell seeing its history in it."""


class WordReader:
    """A position in `text` and the reading of words there; `end` is where it must stop."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.end = len(text)
        self._depth = 0

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        """Raises: ShellSyntaxError, always."""
        raise ShellSyntaxError(message, self.position if position is None else position)

    def peek(self, ahead: int = 0) -> str:
        """The character `ahead` of the position; empty at the end."""
        at = self.position + ahead
        return self.text[at] if at < self.end else ""

    def looking_at(self, prefix: str) -> bool:
        """Whether `prefix` comes next."""
        return self.text.startswith(prefix, self.position, self.end)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """`pattern` matched at the position and skipped, or None."""
        found = pattern.match(self.text, self.position, self.end)
        if found:
            self.position = found.end()
        return found

    def enter(self) -> None:
        """Count one level of nesting; undone by `leave`."""
        self._depth += 1
        if self._depth > NESTING_LIMIT:
            self.fail(phrase("is nested too deeply to read"))

    def leave(self) -> None:
        self._depth -= 1

    def nested_script(self, closer: str) -> Script:
        """The commands up to the character `closer`, which is skipped."""
        raise NotImplementedError

    # --- words -----------------------------------------------------------------------------------

    def word(self) -> Word:
        """The word at the position, which must become exactly one.

        Raises:
            ShellSyntaxError: there is none, braces make several of it, or it cannot be read surely.
        """
        words = self.words()
        if len(words) != 1:
            self.fail(phrase("uses braces where one word belongs"))
        return words[0]

    def words(self) -> tuple[Word, ...]:
        """The word at the position; several where braces expand."""
        start = self.position
        parts: list[Part] = []
        has_glob = False
        while (character := self.peek()) and character not in _METACHARACTERS:
            has_glob |= self._word_piece(character, start, parts)
        if self.position == start:
            process = self._process_substitution()
            if process is None:
                self.fail(phrase("has an operator where a word belongs"))
            parts.append(process)
        if self.looking_at("<(") or self.looking_at(">("):
            self.fail(phrase("joins a word with a process substitution"))
        if self.peek() in ("<", ">") and self.text[self.position - 1] == "}":
            self.fail(phrase("has a redirect that shells read in different ways"))
        span = Span(start, self.position)
        merged = _merged(parts)
        self._check_equals(merged, start)
        return tuple(
            _word(expanded, span, has_glob=has_glob) for expanded in self._braces(merged, start)
        )

    def _word_piece(self, character: str, start: int, parts: list[Part]) -> bool:
        """Read one piece of an unquoted word into `parts`; True when it makes a pattern of it."""
        match character:
            case "'":
                found = self.match(_SINGLE_QUOTED)
                if found is None:
                    self.fail(phrase("has a quote that is never closed"))
                parts.append(Literal(found[1], quoted=True))
            case '"':
                self.position += 1
                parts.append(Literal("", quoted=True))
                parts.extend(self._double_quoted())
            case "\\":
                follower = self.peek(1)
                if not follower or follower == "\n":
                    self.fail(phrase("breaks a line inside a word"))
                parts.append(Literal(follower, quoted=True))
                self.position += 2
            case "$":
                parts.append(self._dollar(quoted=False))
            case "`":
                parts.append(self._backticks(quoted=False))
            case "~" if self.position == start:
                found = self.match(_TILDE)
                if found is None:
                    self.fail(phrase("has a ~ that shells read in different ways"))
                parts.append(Tilde(found[1]))
            case "~" | "!" | "^" | "*" | "?" | "[" | "=" | ":":
                if character == "!":
                    self._check_mark()
                if character == "~" and self.text[self.position - 1] in "=:":
                    self.fail(phrase("has a ~ that shells read in different ways"))
                first = self.position == start
                parts.append(Literal(character, quoted=False))
                self.position += 1
                return character in "*?[" or (character == "^" and first)
            case _:
                found = self.match(_PLAIN)
                if found is None:
                    self.fail(phrase("has a blank that is not a plain one"))
                parts.append(Literal(found[0], quoted=False))
        return False

    def _check_mark(self) -> None:
        follower = self.peek(1)
        if follower and follower not in _MARK_AFTER:
            self.fail(phrase("has a ! that an interactive shell replaces from its history"))

    def _check_equals(self, parts: tuple[Part, ...], start: int) -> None:
        match parts:
            case (Literal(text, quoted=False), *rest) if text.startswith("="):
                if text not in ("=", "==") or rest:
                    self.fail(phrase("starts a word with =, which zsh replaces by a path"), start)

    def _braces(self, parts: tuple[Part, ...], start: int) -> list[tuple[Part, ...]]:
        """`parts` with ``{a,b}`` expanded; one entry per resulting word."""
        loose = "".join(p.text for p in parts if isinstance(p, Literal) and not p.quoted)
        if "{" not in loose and "}" not in loose:
            return [parts]
        rest = _BRACE_GROUP.sub("", loose)
        if "{" in rest or "}" in rest:
            self.fail(phrase("has braces without a partner, or inside each other"), start)
        groups = list(_BRACE_GROUP.finditer(loose))
        expanding = [g for g in groups if "," in g[1] or ".." in g[1]]
        if not expanding:
            return [parts]
        group = groups[0]
        numbers = _BRACE_RANGE.fullmatch(group[1])
        if len(parts) > 1 or len(groups) > 1 or (".." in group[1] and not numbers):
            self.fail(phrase("has braces that are not a plain list"), start)
        before, after = loose[: group.start()], loose[group.end() :]
        choices = group[1].split(",")
        if numbers:
            first, last = int(numbers[1]), int(numbers[2])
            step = 1 if first <= last else -1
            choices = [str(number) for number in range(first, last + step, step)]
        results = [f"{before}{choice}{after}" for choice in choices]
        if any(not result or result[0] in "~=^" for result in results):
            self.fail(phrase("has braces that are not a plain list"), start)
        return [(Literal(result, quoted=False),) for result in results]

    # --- quotes and expansions -------------------------------------------------------------------

    def _double_quoted(self) -> list[Part]:
        opened = self.position - 1
        parts: list[Part] = []
        while (character := self.peek()) != '"':
            if not character:
                self.fail(phrase("has a quote that is never closed"), opened)
            if character == "!":
                self._check_mark()
                parts.append(Literal("!", quoted=True))
                self.position += 1
            else:
                self._expandable_piece(character, _QUOTED_RUN, _QUOTED_ESCAPES, parts)
        self.position += 1
        return parts

    def here_document(self, start: int, end: int) -> tuple[Part, ...]:
        """The parts of an unquoted here-document between two offsets; the position is kept."""
        saved = self.position, self.end
        self.position, self.end = start, end
        parts: list[Part] = [Literal("", quoted=True)]
        escapes = _QUOTED_ESCAPES - {'"'}
        while character := self.peek():
            self._expandable_piece(character, _HERE_DOCUMENT_RUN, escapes, parts)
        self.position, self.end = saved
        return _merged(parts)

    def _expandable_piece(
        self, character: str, run: re.Pattern[str], escapes: frozenset[str], parts: list[Part]
    ) -> None:
        match character:
            case "\\":
                follower = self.peek(1)
                if not follower:
                    self.fail(phrase("has a quote that is never closed"))
                if follower == "!":
                    self.fail(phrase("has a ! that an interactive shell replaces from its history"))
                if follower != "\n":
                    text = follower if follower in escapes else f"\\{follower}"
                    parts.append(Literal(text, quoted=True))
                self.position += 2
            case "$":
                parts.append(self._dollar(quoted=True))
            case "`":
                parts.append(self._backticks(quoted=True))
            case _:
                found = self.match(run)
                assert found is not None
                parts.append(Literal(found[0], quoted=True))

    def _dollar(self, *, quoted: bool) -> Part:
        """What the ``$`` at the position begins."""
        start = self.position
        self.position += 1
        if self.looking_at("(("):
            return self._arithmetic(quoted=quoted)
        match self.peek():
            case "(":
                self.position += 1
                return Substitution(self.nested_script(")"), quoted)
            case "{":
                self.position += 1
                return self._braced(quoted=quoted)
            case "'" if not quoted:
                return Literal(self._ansi_quoted(), quoted=True)
            case "'" | "[" | "\\" | "+" | "=" | "~" | "^":
                self.fail(phrase("has a $ that shells read in different ways"), start)
            case '"' if not quoted:
                self.fail(phrase("has a $ that shells read in different ways"), start)
        found = self.match(_NAME) or self.match(_SPECIAL_PARAMETER)
        if found is None:
            return Literal("$", quoted=True)
        self._check_after_name(found[0])
        return Variable(found[0], quoted)

    def _check_after_name(self, name: str) -> None:
        follower, next_one = self.peek(), self.peek(1)
        joined = follower == "\\" and next_one == "\n"
        modifier = follower == ":" and (next_one.isalpha() or next_one in "&#")
        longer = name.isdigit() and follower.isdigit()
        if name == "#" and follower:
            longer = follower.isalnum() or follower in "_{$*@?!-"
        if joined or follower == "[" or (modifier and next_one) or longer:
            self.fail(phrase("has a variable that shells read in different ways"))

    def _braced(self, *, quoted: bool) -> Part:
        length = self.match(_LENGTH)
        if length:
            return Expansion(length[1], "length", (), quoted)
        found = self.match(_BRACED_NAME)
        if found is None:
            self.fail(phrase("has a ${…} that shells read in different ways"))
        name = found[0]
        subscript = self.match(_SUBSCRIPT)
        if self.peek() == "}":
            self.position += 1
            return Expansion(name, "[]", (), quoted) if subscript else Variable(name, quoted)
        if self.match(_SLICE):
            self.position += 1
            return Expansion(name, "slice", (), quoted)
        operator = self.match(_OPERATOR)
        if operator is None:
            self.fail(phrase("has a ${…} that shells read in different ways"))
        return Expansion(name, operator[0], self._operand(), quoted)

    def _operand(self) -> tuple[Part, ...]:
        """What stands after the operator in ``${name-…}``, up to the brace."""
        self.enter()
        parts: list[Part] = []
        while (character := self.peek()) != "}":
            if character == "$":
                parts.append(self._dollar(quoted=True))
            elif character == "`":
                parts.append(self._backticks(quoted=True))
            elif found := self.match(_OPERAND_RUN):
                parts.append(Literal(found[0], quoted=False))
            else:
                self.fail(phrase("has a ${…} that shells read in different ways"))
        self.position += 1
        self.leave()
        return _merged(parts)

    def _arithmetic(self, *, quoted: bool) -> Arithmetic:
        self.enter()
        self.position += 2
        start = self.position
        depth = 0
        inner: list[Part] = []
        while True:
            character = self.peek()
            if character == ")" and depth == 0:
                break
            if character == "(":
                depth += 1
                self.position += 1
            elif character == ")":
                depth -= 1
                self.position += 1
            elif character == "$":
                inner.append(self._dollar(quoted=True))
            elif not self.match(_ARITHMETIC_RUN):
                self.fail(phrase("has arithmetic that is not plain"))
        text = self.text[start : self.position]
        if self.peek(1) != ")":
            self.fail(phrase("has $(( that may be a command"))
        self.position += 2
        self.leave()
        return Arithmetic(text, tuple(inner), quoted)

    def _ansi_quoted(self) -> str:
        opened = self.position
        self.position += 1
        pieces: list[str] = []
        while (character := self.peek()) != "'":
            if not character:
                self.fail(phrase("has a quote that is never closed"), opened)
            self.position += 1
            if character != "\\":
                pieces.append(character)
                continue
            if (escaped := self.peek()) in _ANSI_ESCAPES:
                pieces.append(_ANSI_ESCAPES[escaped])
                self.position += 1
                continue
            code = self.match(_ANSI_CODE)
            number = -1
            if code:
                short, octal, *long = code.groups()
                number = int(octal, 8) if octal else int(short or long[0] or long[1], 16)
            bytes_only = code is not None and (code[1] or code[2]) and number > 0x7F
            if code is None or bytes_only or not 0 < number < 0xD800:
                self.fail(phrase("has an escape that shells read in different ways"))
            pieces.append(chr(number))
        self.position += 1
        return "".join(pieces)

    def _backticks(self, *, quoted: bool) -> Substitution:
        start = self.position
        closed = self.text.find("`", start + 1, self.end)
        if closed < 0:
            self.fail(phrase("has a backtick that is never closed"))
        if "\\" in self.text[start:closed] or '"' in self.text[start:closed]:
            self.fail(phrase("has quotes inside backticks"))
        saved = self.end
        self.position, self.end = start + 1, closed
        script = self.nested_script("")
        self.position, self.end = closed + 1, saved
        return Substitution(script, quoted)

    def _process_substitution(self) -> Substitution | None:
        if not (self.looking_at("<(") or self.looking_at(">(")):
            return None
        self.position += 2
        script = self.nested_script(")")
        if self.peek() and self.peek() not in _METACHARACTERS:
            self.fail(phrase("joins a word with a process substitution"))
        return Substitution(script, is_process=True)


def _merged(parts: list[Part]) -> tuple[Part, ...]:
    """`parts` with neighbouring literals of one kind joined."""
    merged: list[Part] = []
    pending: list[Literal] = []

    def flush() -> None:
        if pending:
            merged.append(Literal("".join(p.text for p in pending), pending[0].quoted))
            pending.clear()

    for part in parts:
        if not isinstance(part, Literal):
            flush()
            merged.append(part)
            continue
        if pending and pending[0].quoted != part.quoted:
            flush()
        pending.append(part)
    flush()
    return tuple(merged)


def _word(parts: tuple[Part, ...], span: Span, *, has_glob: bool) -> Word:
    texts = [part.text for part in parts if isinstance(part, Literal)]
    value = "".join(texts) if len(texts) == len(parts) else None
    return Word(value, span, has_glob and value not in ("[", "[["), parts)
