"""What a shell command is made of. Offsets count characters of the command's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the command's text: `start` included, `end` not."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """One word after quotes are taken off.

    Attributes:
        value: what the program receives; None when that depends on an expansion (``$x``, ``$(…)``).
        has_glob: an unquoted ``*``, ``?`` or ``[`` may make several words of it.
        span: where it stands, quotes included.
    """

    value: str | None
    span: Span
    has_glob: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """``2>file`` has `fd` 2, `operator` ``>`` and `target` ``file``; `fd` is None when not written.

    For a here-document the target is its delimiter.
    """

    operator: str
    target: Word
    span: Span
    fd: int | None = None


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """A program with its words: ``words[0]`` names it; no words when only variables are set.

    Attributes:
        assignments: the names in ``NAME=value`` before the program.
        background: followed by a single ``&``.
    """

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    assignments: tuple[str, ...]
    span: Span
    background: bool = False
