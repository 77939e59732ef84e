"""Reads one simple command: assignments, words, redirects, here-documents."""

from __future__ import annotations

import re
from dataclasses import replace

from clacky_tui.domain.shell.syntax import (
    Literal,
    Redirect,
    SimpleCommand,
    Span,
    Word,
)
from clacky_tui.domain.shell.words import WordReader
from clacky_tui.i18n import phrase

_BLANKS = re.compile(r"[ \t]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
_INDEXED = re.compile(r"[A-Za-z_]\w*\[", re.ASCII)
_OWN_LINE_COMMENT = re.compile(r"#[\w ,.:/+=@%-]*(?=\n|\Z)")
_TRAILING_COMMENT = re.compile(r"#(?:[ ]*\w[\w,.:+@%]*)*[ ]*(?=\n|\Z)")
_REDIRECT = re.compile(r"([0-9]*)(<<<|<<-|<<|<>|<&|>>|>\||>&|<|>)|(&>>|&>)")
_DUPLICATE = re.compile(r"(?:[0-9]|-)(?=[\s;&|()<>]|\Z)")
_ZSH_NUMBER_GLOB = re.compile(r"<[0-9]*-[0-9]*>")


class SimpleCommandReader(WordReader):
    """Reads blanks, redirects and simple commands at the position."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.after_line: dict[int, int] = {}
        """Where reading goes on after the line end at an offset: past its here-documents."""

    def skip_blanks(self) -> None:
        """Skip blanks, continued lines and a comment."""
        while True:
            self.match(_BLANKS)
            if not self.looking_at("\\\n"):
                break
            if self.position and self.text[self.position - 1] not in " \t\n":
                self.fail(phrase("breaks a line inside a word"))
            self.position += 2
        if self.peek() == "#":
            before = self.position - 1
            while before >= 0 and self.text[before] in " \t":
                before -= 1
            own_line = before < 0 or self.text[before] == "\n"
            if not self.match(_OWN_LINE_COMMENT if own_line else _TRAILING_COMMENT):
                self.fail(phrase("has a comment that an interactive zsh would run"))

    def skip_lines(self) -> None:
        """Skip blanks, comments and line ends."""
        self.skip_blanks()
        while self.peek() == "\n":
            self._end_line()
            self.skip_blanks()

    def _end_line(self) -> None:
        """Skip a line end and the here-documents that begin after it."""
        self.position = self.after_line.pop(self.position, self.position + 1)

    def _here_document(self, operator: str, target: Word, mark: int) -> Word:
        """The text of the here-document whose operator stands at `mark`."""
        delimiter = target.value
        if delimiter is None or "\n" in delimiter or not delimiter:
            self.fail(phrase("has a here-document whose end is not a plain word"), mark)
        quoted = any(isinstance(part, Literal) and part.quoted for part in target.parts)
        newline = self.text.find("\n", self.position, self.end)
        if newline < 0:
            self.fail(phrase("has a here-document without its text"), mark)
        start = line_start = self.after_line.get(newline, newline + 1)
        while True:
            line_end = self.text.find("\n", line_start, self.end)
            stop = self.end if line_end < 0 else line_end
            line = self.text[line_start:stop]
            if (line.lstrip("\t") if operator == "<<-" else line) == delimiter:
                break
            if line_end < 0:
                self.fail(phrase("has a here-document that is never closed"), mark)
            if not quoted and line.endswith("\\"):
                self.fail(phrase("breaks a line inside a here-document"), stop)
            line_start = line_end + 1
        self.after_line[newline] = min(stop + 1, self.end)
        text = self.text[start:line_start]
        parts = (Literal(text, True),) if quoted else self.here_document(start, line_start)
        texts = [part.text for part in parts if isinstance(part, Literal)]
        value = "".join(texts) if len(texts) == len(parts) else None
        return Word(value, Span(start, line_start), parts=parts)

    # --- simple commands -------------------------------------------------------------------------

    def simple_command(self) -> SimpleCommand:
        """The command at the position.

        Raises:
            ShellSyntaxError: there is none, or it cannot be read surely.
        """
        start = self.position
        self.enter()
        names: list[str] = []
        values: list[Word] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.skip_blanks()
            if redirect := self.redirect():
                redirects.append(redirect)
                continue
            if self.peek() in ("", "\n", ";", "&", "|", ")"):
                break
            if not words and self._assignment(names, values):
                continue
            if not words and _INDEXED.match(self.text, self.position, self.end):
                self.fail(phrase("sets part of an array, or names its program by a pattern"))
            words.extend(self.words())
        self.leave()
        if self.position == start:
            self.fail(phrase("lacks a command"))
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

    def redirect(self) -> Redirect | None:
        """The redirect at the position, if one is there."""
        found = _REDIRECT.match(self.text, self.position, self.end)
        if found is None or self.looking_at("<(") or self.looking_at(">("):
            return None
        if _ZSH_NUMBER_GLOB.match(self.text, self.position, self.end):
            self.fail(phrase("has <…> that zsh reads as a pattern"))
        start = self.position
        descriptor, operator = found[1], found[2] or found[3]
        if descriptor and len(descriptor) > 1:
            self.fail(phrase("has a file descriptor that shells read in different ways"))
        self.position = found.end()
        if self.peek() in ("!", "\\", "&", "|", "(") or (operator == ">>" and self.peek() == ">"):
            self.fail(phrase("has a redirect that shells read in different ways"))
        self.skip_blanks()
        if operator in (">&", "<&") and not _DUPLICATE.match(self.text, self.position, self.end):
            self.fail(phrase("has a redirect that shells read in different ways"))
        target = self.word()
        if self.peek() in ("<", ">") and (target.value or "x").isdigit():
            self.fail(phrase("has a redirect that shells read in different ways"))
        span = Span(start, self.position)
        body = self._here_document(operator, target, start) if operator in ("<<", "<<-") else None
        return Redirect(operator, target, span, int(descriptor) if descriptor else None, body)
