"""Reads shell commands: the part of the language that bash and zsh read alike.

What is not surely understood raises `ShellSyntaxError`; nothing is guessed. Reading takes time
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from clacky_tui.domain.shell.syntax import (
    AndOr,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Literal,
    Pipeline,
    Redirect,
    Script,
    ShellSyntaxError,
    SimpleCommand,
    Span,
    Test,
    While,
    Word,
)
from clacky_tui.domain.shell.walk import commands_in
from clacky_tui.domain.shell.words import WordReader

__all__ = ["ShellSyntaxError", "parse", "simple_commands"]

TEXT_LIMIT_CHARACTERS = 1_000_000

_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""Characters that a person cannot see, or takes for a plain blank."""

_RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|function|select|time|\{|\}|!|\[\["
    r"|repeat|foreach|end|coproc|nocorrect|noglob|always|-)(?=[\s;&|()<>]|\Z)"
)
_OPENING = "if for while until case function select time { ! [["
_OPENING_WORDS = frozenset(_OPENING.split())
_BLANKS = re.compile(r"[ \t]+")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FUNCTION_NAME = re.compile(r"[\w:.-]+", re.ASCII)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
_INDEXED = re.compile(r"[A-Za-z_]\w*\[", re.ASCII)
_OWN_LINE_COMMENT = re.compile(r"#[\w ,.:/+=@%-]*(?=\n|\Z)")
_TRAILING_COMMENT = re.compile(r"#(?:[ ]*\w[\w,.:+@%]*)*[ ]*(?=\n|\Z)")
_REDIRECT = re.compile(r"([0-9]*)(<<<|<<-|<<|<>|<&|>>|>\||>&|<|>)|(&>>|&>)")
_DUPLICATE = re.compile(r"(?:[0-9]|-)(?=[\s;&|()<>]|\Z)")
_IN = re.compile(r"in(?=\s)")
_END_OF_TEST = re.compile(r"\]\](?=[\s;&|()<>]|\Z)")
_ZSH_NUMBER_GLOB = re.compile(r"<[0-9]*-[0-9]*>")


def parse(text: str) -> Script:
    """The commands of `text`.

    Raises:
        ShellSyntaxError: `text` is no command, or bash and zsh may read it differently.
    """
    return _Parser(text).whole()


def simple_commands(text: str) -> tuple[SimpleCommand, ...]:
    """Every simple command of `text` in order of appearance.

    Also inside pipes, lists, loops, functions, substitutions (within double quotes and
    here-documents too). What stands in quotes for another program to read, such as ``sh -c '…'``,
    is not looked into.

    Raises:
        ShellSyntaxError: as `parse`.
    """
    return tuple(commands_in(parse(text)))


class _Parser(WordReader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._after_line: dict[int, int] = {}
        """Where reading goes on after the line end at an offset: past its here-documents."""

    def whole(self) -> Script:
        if len(self.text) > TEXT_LIMIT_CHARACTERS:
            self.fail("is too long to read", 0)
        unshown = _UNSHOWN.search(self.text)
        if unshown:
            self.fail("has characters that do not show", unshown.start())
        script = self._script(())
        if self.position < self.end:
            self.fail("goes on where a command should end")
        if self._after_line:
            self.fail("has a here-document without its text")
        return script

    def nested_script(self, closer: str) -> Script:
        self.enter()
        outer = set(self._after_line)
        script = self._script((closer,))
        if closer:
            self._expect(closer)
        elif self.position < self.end:
            self.fail("goes on where a command should end")
        if outer != set(self._after_line):
            self.fail("has a line break between a here-document's mark and its text")
        self.leave()
        return script

    # --- blanks and line ends --------------------------------------------------------------------

    def _skip_blanks(self) -> None:
        """Skip blanks, continued lines and a comment."""
        while True:
            self.match(_BLANKS)
            if not self.looking_at("\\\n"):
                break
            if self.position and self.text[self.position - 1] not in " \t\n":
                self.fail("breaks a line inside a word")
            self.position += 2
        if self.peek() == "#":
            before = self.position - 1
            while before >= 0 and self.text[before] in " \t":
                before -= 1
            own_line = before < 0 or self.text[before] == "\n"
            if not self.match(_OWN_LINE_COMMENT if own_line else _TRAILING_COMMENT):
                self.fail("has a comment that an interactive zsh would run")

    def _skip_lines(self) -> None:
        """Skip blanks, comments and line ends."""
        self._skip_blanks()
        while self.peek() == "\n":
            self._end_line()
            self._skip_blanks()

    def _end_line(self) -> None:
        """Skip a line end and the here-documents that begin after it."""
        self.position = self._after_line.pop(self.position, self.position + 1)

    def _here_document(self, operator: str, target: Word, mark: int) -> Word:
        """The text of the here-document whose operator stands at `mark`."""
        delimiter = target.value
        if delimiter is None or "\n" in delimiter or not delimiter:
            self.fail("has a here-document whose end is not a plain word", mark)
        quoted = any(isinstance(part, Literal) and part.quoted for part in target.parts)
        newline = self.text.find("\n", self.position, self.end)
        if newline < 0:
            self.fail("has a here-document without its text", mark)
        start = line_start = self._after_line.get(newline, newline + 1)
        while True:
            line_end = self.text.find("\n", line_start, self.end)
            stop = self.end if line_end < 0 else line_end
            line = self.text[line_start:stop]
            if (line.lstrip("\t") if operator == "<<-" else line) == delimiter:
                break
            if line_end < 0:
                self.fail("has a here-document that is never closed", mark)
            if not quoted and line.endswith("\\"):
                self.fail("breaks a line inside a here-document", stop)
            line_start = line_end + 1
        self._after_line[newline] = min(stop + 1, self.end)
        text = self.text[start:line_start]
        parts = (Literal(text, True),) if quoted else self.here_document(start, line_start)
        texts = [part.text for part in parts if isinstance(part, Literal)]
        value = "".join(texts) if len(texts) == len(parts) else None
        return Word(value, Span(start, line_start), parts=parts)

    # --- lists -----------------------------------------------------------------------------------

    def _reserved(self) -> str:
        """The reserved word at the position, or an empty text."""
        found = _RESERVED.match(self.text, self.position, self.end)
        return found[0] if found else ""

    def _expect(self, token: str) -> None:
        if not self.looking_at(token) or (token[0].isalpha() and self._reserved() != token):
            self.fail(f"lacks {token}")
        self.position += len(token)

    def _script(self, closers: Collection[str]) -> Script:
        """Lists up to the end or one of `closers`, which is not skipped."""
        lists: list[AndOr] = []
        while True:
            self._skip_lines()
            if self._at_closer(closers):
                break
            lists.append(self._list())
            self._skip_blanks()
            if self.looking_at(";;") and ";;" in closers:
                break
            match self.peek():
                case ";":
                    self.position += 1
                    if self.peek() in (";", "&", "|", "\\"):
                        self.fail("has an operator that shells read in different ways")
                case "&":
                    self.position += 1
                    if self.peek() in ("&", "|", "!", ";", "\\", ">"):
                        self.fail("has an operator that shells read in different ways")
                    lists[-1] = _in_background(lists[-1])
                case "\n":
                    pass
                case _:
                    break
        return Script(tuple(lists))

    def _at_closer(self, closers: Collection[str]) -> bool:
        if self.position >= self.end:
            return True
        if self.peek() == ")":
            return True
        if self.looking_at(";;"):
            return True
        reserved = self._reserved()
        return bool(reserved) and reserved in closers

    def _body(self, *closers: str) -> Script:
        """Like `_script`, but at least one command."""
        script = self._script(closers)
        if not script.lists:
            self.fail("has an empty body")
        return script

    def _list(self) -> AndOr:
        start = self.position
        pipelines = [self._pipeline()]
        operators: list[str] = []
        while True:
            self._skip_blanks()
            if not (self.looking_at("&&") or self.looking_at("||")):
                break
            operators.append(self.text[self.position : self.position + 2])
            self.position += 2
            self._after_operator()
            pipelines.append(self._pipeline())
        span = Span(start, pipelines[-1].span.end)
        return AndOr(tuple(pipelines), tuple(operators), span)

    def _after_operator(self) -> None:
        if self.peek() == "\\":
            self.fail("breaks a line inside an operator")
        self._skip_lines()

    def _pipeline(self) -> Pipeline:
        start = self.position
        negated = False
        while (reserved := self._reserved()) in ("!", "time"):
            self.position += len(reserved)
            negated ^= reserved == "!"
            self._skip_blanks()
            if self.peek() == "-" or (negated and self._reserved() == "!"):
                self.fail(f"has {reserved} that shells read in different ways")
        commands = [self._command()]
        while True:
            self._skip_blanks()
            if self.peek() != "|" or self.looking_at("||"):
                break
            self.position += 2 if self.looking_at("|&") else 1
            self._after_operator()
            commands.append(self._command())
        return Pipeline(tuple(commands), Span(start, commands[-1].span.end), negated)

    # --- commands --------------------------------------------------------------------------------

    def _command(self) -> Command:
        reserved = self._reserved()
        if not reserved and self.peek() != "(":
            return self._simple()
        if reserved and reserved not in _OPENING_WORDS - {"!", "time"}:
            self.fail(f"has {reserved} where a command belongs")
        self.enter()
        command = self._compound(reserved)
        self.leave()
        if isinstance(command, Function):
            return command
        redirects = self._redirects()
        if not redirects:
            return command
        span = Span(command.span.start, redirects[-1].span.end)
        return replace(command, redirects=redirects, span=span)

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        self._skip_blanks()
        while redirect := self._redirect():
            found.append(redirect)
            self._skip_blanks()
        return tuple(found)

    def _compound(self, reserved: str) -> Command:
        start = self.position
        self.position += len(reserved)
        match reserved:
            case "":
                if self.looking_at("((") or self.looking_at("(\\"):
                    self.fail("has arithmetic as a command")
                self.position += 1
                body = self._body()
                self._expect(")")
                return Group(body, Span(start, self.position), is_subshell=True)
            case "{":
                body = self._body("}")
                self._expect("}")
                return Group(body, Span(start, self.position), is_subshell=False)
            case "if":
                return self._if(start)
            case "while" | "until":
                condition = self._body("do")
                body = self._do_body()
                return While(condition, body, Span(start, self.position))
            case "for" | "select":
                return self._for(start)
            case "case":
                return self._case(start)
            case "function":
                self._skip_blanks()
                return self._function(start)
            case _:
                return self._test(start)

    def _do_body(self) -> Script:
        self._expect("do")
        body = self._body("done")
        self._expect("done")
        return body

    def _if(self, start: int) -> If:
        branches = []
        otherwise = None
        while True:
            condition = self._body("then")
            self._expect("then")
            branches.append((condition, self._body("elif", "else", "fi")))
            closer = self._reserved()
            if closer != "elif":
                break
            self.position += len(closer)
        if self._reserved() == "else":
            self.position += len("else")
            otherwise = self._body("fi")
        self._expect("fi")
        return If(tuple(branches), otherwise, Span(start, self.position))

    def _for(self, start: int) -> For:
        self._skip_blanks()
        name = self.match(_NAME)
        if name is None:
            self.fail("has a loop without a variable")
        self._skip_lines()
        words: list[Word] | None = None
        if self.text.startswith(("in ", "in\t", "in;", "in\n"), self.position, self.end):
            self.position += 2
            words = []
            self._skip_blanks()
            while self.peek() not in ("", ";", "\n", "&", "|", ")", "("):
                words.extend(self.words())
                self._skip_blanks()
        if self.peek() == ";":
            self.position += 1
        self._skip_lines()
        body = self._do_body()
        return For(
            name[0], None if words is None else tuple(words), body, Span(start, self.position)
        )

    def _case(self, start: int) -> Case:
        self._skip_blanks()
        subject = self.word()
        self._skip_lines()
        if not self.match(_IN):
            self.fail("has a case without in")
        arms: list[tuple[tuple[Word, ...], Script]] = []
        while True:
            self._skip_lines()
            if self._reserved() == "esac":
                self.position += len("esac")
                return Case(subject, tuple(arms), Span(start, self.position))
            if self.peek() == "(":
                self.position += 1
                self._skip_blanks()
            patterns = [self.word()]
            self._skip_blanks()
            while self.peek() == "|":
                self.position += 1
                self._skip_blanks()
                patterns.append(self.word())
                self._skip_blanks()
            self._expect(")")
            body = self._script((";;", "esac"))
            arms.append((tuple(patterns), body))
            if self.looking_at(";;"):
                self.position += 2
                if self.peek() == "&":
                    self.fail("has an operator that shells read in different ways")
            elif self._reserved() != "esac":
                self.fail("lacks esac")

    def _function(self, start: int) -> Function:
        name = self.match(_FUNCTION_NAME)
        if name is None:
            self.fail("has a function without a plain name")
        self._skip_blanks()
        if self.peek() == "(":
            self._parentheses()
        self._skip_lines()
        if not (self.peek() == "(" or self._reserved() in _OPENING_WORDS - {"!", "time"}):
            self.fail("has a function without a body in braces")
        body = self._command()
        return Function(name[0], body, Span(start, self.position))

    def _parentheses(self) -> None:
        self._expect("(")
        self._skip_blanks()
        self._expect(")")

    def _test(self, start: int) -> Test:
        words: list[Word] = []
        while True:
            self._skip_lines()
            if self.match(_END_OF_TEST):
                return Test(tuple(words), Span(start, self.position))
            if self.looking_at("&&") or self.looking_at("||"):
                operator = self.text[self.position : self.position + 2]
                span = Span(self.position, self.position + 2)
                words.append(Word(operator, span, False, (Literal(operator, quoted=False),)))
                self.position += 2
            elif self.looking_at("=~"):
                self.fail("matches a regular expression, which shells read in different ways")
            else:
                words.append(self.word())

    # --- simple commands -------------------------------------------------------------------------

    def _simple(self) -> Command:
        start = self.position
        self.enter()
        names: list[str] = []
        values: list[Word] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self._skip_blanks()
            if self.peek() == "(" and len(words) == 1 and not (names or redirects):
                self.leave()
                self.position = start
                return self._function(start)
            if redirect := self._redirect():
                redirects.append(redirect)
                continue
            if self.peek() in ("", "\n", ";", "&", "|", ")"):
                break
            if not words and self._assignment(names, values):
                continue
            if not words and _INDEXED.match(self.text, self.position, self.end):
                self.fail("sets part of an array, or names its program by a pattern")
            words.extend(self.words())
        self.leave()
        if self.position == start:
            self.fail("lacks a command")
        spans = [word.span for word in (*words, *values)] + [r.span for r in redirects]
        end = max(span.end for span in spans)
        return SimpleCommand(
            tuple(words), tuple(redirects), tuple(names), Span(start, end), values=tuple(values)
        )

    def _assignment(self, names: list[str], values: list[Word]) -> bool:
        found = self.match(_ASSIGNMENT)
        if found is None:
            return False
        names.append(found[0].rstrip("+="))
        if not self.peek() or self.peek() in " \t\n;&|)":
            here = Span(self.position, self.position)
            values.append(Word("", here, False, (Literal("", quoted=True),)))
            return True
        value = self.word()
        values.append(replace(value, value=None) if found[0].endswith("+=") else value)
        return True

    def _redirect(self) -> Redirect | None:
        """The redirect at the position, if one is there."""
        found = _REDIRECT.match(self.text, self.position, self.end)
        if found is None or self.looking_at("<(") or self.looking_at(">("):
            return None
        if _ZSH_NUMBER_GLOB.match(self.text, self.position, self.end):
            self.fail("has <…> that zsh reads as a pattern")
        start = self.position
        descriptor, operator = found[1], found[2] or found[3]
        if descriptor and len(descriptor) > 1:
            self.fail("has a file descriptor that shells read in different ways")
        self.position = found.end()
        if self.peek() in ("!", "\\", "&", "|", "(") or (operator == ">>" and self.peek() == ">"):
            self.fail("has a redirect that shells read in different ways")
        self._skip_blanks()
        if operator in (">&", "<&") and not _DUPLICATE.match(self.text, self.position, self.end):
            self.fail("has a redirect that shells read in different ways")
        target = self.word()
        span = Span(start, self.position)
        body = self._here_document(operator, target, start) if operator in ("<<", "<<-") else None
        return Redirect(operator, target, span, int(descriptor) if descriptor else None, body)


def _in_background(and_or: AndOr) -> AndOr:
    """`and_or` with its simple commands marked as run by ``&``."""
    pipelines = tuple(
        replace(
            pipeline,
            commands=tuple(
                replace(command, background=True) if isinstance(command, SimpleCommand) else command
                for command in pipeline.commands
            ),
        )
        for pipeline in and_or.pipelines
    )
    return replace(and_or, pipelines=pipelines, background=True)
