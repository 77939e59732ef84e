"""Reads shell commands: the part of the language that bash and zsh read alike.

What is not surely understood raises `ShellSyntaxError`; nothing is guessed. Reading takes time
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from clacky_tui.domain.shell.simple import SimpleCommandReader
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
from clacky_tui.i18n import phrase

__all__ = ["ShellSyntaxError", "parse", "simple_commands"]

TEXT_LIMIT_CHARACTERS = 1_000_000

_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""Characters that a person cannot see, or takes for a plain blank."""

_RESERVED = re.compile(
    r"(?:\]\]|if|then|elif|else|fi|for|while|until|do|done|case|esac|function|select|time|\{|\}|!|\[\["
    r"|in|repeat|foreach|end|coproc|nocorrect|noglob|always|-)(?=[\s;&|()<>]|\Z)"
)
_OPENING = "if for while until case function select time { ! [["
_OPENING_WORDS = frozenset(_OPENING.split())
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FUNCTION_NAME = re.compile(r"[\w:.-]+", re.ASCII)
_FUNCTION_HEAD = re.compile(r"[\w:.-]+[ \t]*\(", re.ASCII)
_IN = re.compile(r"in(?=\s)")
_END_OF_TEST = re.compile(r"\]\](?=[\s;&|()<>]|\Z)")


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


class _Parser(SimpleCommandReader):
    def whole(self) -> Script:
        if len(self.text) > TEXT_LIMIT_CHARACTERS:
            self.fail(phrase("is too long to read"), 0)
        unshown = _UNSHOWN.search(self.text)
        if unshown:
            self.fail(phrase("has characters that do not show"), unshown.start())
        script = self._script(())
        if self.position < self.end:
            self.fail(phrase("goes on where a command should end"))
        if self.after_line:
            self.fail(phrase("has a here-document without its text"))
        return script

    def nested_script(self, closer: str) -> Script:
        self.enter()
        outer = set(self.after_line)
        script = self._script((closer,))
        if closer:
            self._expect(closer)
        elif self.position < self.end:
            self.fail(phrase("goes on where a command should end"))
        if outer != set(self.after_line):
            self.fail(phrase("has a line break between a here-document's mark and its text"))
        self.leave()
        return script

    # --- lists -----------------------------------------------------------------------------------

    def _reserved(self) -> str:
        """The reserved word at the position, or an empty text."""
        found = _RESERVED.match(self.text, self.position, self.end)
        return found[0] if found else ""

    def _expect(self, token: str) -> None:
        if not self.looking_at(token) or (token[0].isalpha() and self._reserved() != token):
            self.fail(phrase("lacks {token}", token=token))
        self.position += len(token)

    def _script(self, closers: Collection[str]) -> Script:
        """Lists up to the end or one of `closers`, which is not skipped."""
        lists: list[AndOr] = []
        while True:
            self.skip_lines()
            if self._at_closer(closers):
                break
            lists.append(self._list())
            self.skip_blanks()
            if self.looking_at(";;") and ";;" in closers:
                break
            match self.peek():
                case ";":
                    self.position += 1
                    if self.peek() in (";", "&", "|", "\\"):
                        self.fail(phrase("has an operator that shells read in different ways"))
                case "&":
                    self.position += 1
                    if self.peek() in ("&", "|", "!", ";", "\\", ">"):
                        self.fail(phrase("has an operator that shells read in different ways"))
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
            self.fail(phrase("has an empty body"))
        return script

    def _list(self) -> AndOr:
        start = self.position
        pipelines = [self._pipeline()]
        operators: list[str] = []
        while True:
            self.skip_blanks()
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
            self.fail(phrase("breaks a line inside an operator"))
        self.skip_lines()

    def _pipeline(self) -> Pipeline:
        start = self.position
        negated = False
        while (reserved := self._reserved()) in ("!", "time"):
            self.position += len(reserved)
            negated ^= reserved == "!"
            self.skip_blanks()
            if self.peek() == "-" or (negated and self._reserved() == "!"):
                self.fail(
                    phrase("has {reserved} that shells read in different ways", reserved=reserved)
                )
        commands = [self._command()]
        while True:
            self.skip_blanks()
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
            if self._at_function():
                return self._function(self.position)
            return self.simple_command()
        if reserved and reserved not in _OPENING_WORDS - {"!", "time"}:
            self.fail(phrase("has {reserved} where a command belongs", reserved=reserved))
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
        self.skip_blanks()
        while redirect := self.redirect():
            found.append(redirect)
            self.skip_blanks()
        return tuple(found)

    def _compound(self, reserved: str) -> Command:
        start = self.position
        self.position += len(reserved)
        match reserved:
            case "":
                if self.looking_at("((") or self.looking_at("(\\"):
                    self.fail(phrase("has arithmetic as a command"))
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
                self.skip_blanks()
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
        self.skip_blanks()
        name = self.match(_NAME)
        if name is None:
            self.fail(phrase("has a loop without a variable"))
        self.skip_lines()
        words: list[Word] | None = None
        if self.text.startswith(("in ", "in\t", "in;", "in\n"), self.position, self.end):
            self.position += 2
            words = []
            self.skip_blanks()
            while self.peek() not in ("", ";", "\n", "&", "|", ")", "("):
                words.extend(self.words())
                self.skip_blanks()
        if self.peek() == ";":
            self.position += 1
        self.skip_lines()
        body = self._do_body()
        return For(
            name[0], None if words is None else tuple(words), body, Span(start, self.position)
        )

    def _case(self, start: int) -> Case:
        self.skip_blanks()
        subject = self.word()
        self.skip_lines()
        if not self.match(_IN):
            self.fail(phrase("has a case without in"))
        arms: list[tuple[tuple[Word, ...], Script]] = []
        while True:
            self.skip_lines()
            if self._reserved() == "esac":
                self.position += len("esac")
                return Case(subject, tuple(arms), Span(start, self.position))
            if self.peek() == "(":
                self.position += 1
                self.skip_blanks()
            patterns = [self.word()]
            self.skip_blanks()
            while self.peek() == "|":
                self.position += 1
                self.skip_blanks()
                patterns.append(self.word())
                self.skip_blanks()
            self._expect(")")
            body = self._script((";;", "esac"))
            arms.append((tuple(patterns), body))
            if self.looking_at(";;"):
                self.position += 2
                if self.peek() == "&":
                    self.fail(phrase("has an operator that shells read in different ways"))
            elif self._reserved() != "esac":
                self.fail(phrase("lacks esac"))

    def _function(self, start: int) -> Function:
        name = self.match(_FUNCTION_NAME)
        if name is None:
            self.fail(phrase("has a function without a plain name"))
        self.skip_blanks()
        if self.peek() == "(":
            self._parentheses()
        self.skip_lines()
        if not (self.peek() == "(" or self._reserved() in _OPENING_WORDS - {"!", "time"}):
            self.fail(phrase("has a function without a body in braces"))
        body = self._command()
        return Function(name[0], body, Span(start, self.position))

    def _at_function(self) -> bool:
        return bool(_FUNCTION_HEAD.match(self.text, self.position, self.end))

    def _parentheses(self) -> None:
        self._expect("(")
        self.skip_blanks()
        self._expect(")")

    def _test(self, start: int) -> Test:
        words: list[Word] = []
        while True:
            self.skip_lines()
            if self.match(_END_OF_TEST):
                return Test(tuple(words), Span(start, self.position))
            if self.looking_at("&&") or self.looking_at("||"):
                operator = self.text[self.position : self.position + 2]
                span = Span(self.position, self.position + 2)
                words.append(Word(operator, span, False, (Literal(operator, quoted=False),)))
                self.position += 2
            elif self.looking_at("=~"):
                self.fail(
                    phrase("matches a regular expression, which shells read in different ways")
                )
            else:
                words.append(self.word())


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
