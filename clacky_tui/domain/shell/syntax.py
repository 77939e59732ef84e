"""What a shell command is made of. Offsets count characters of the command's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


class ShellSyntaxError(ValueError):
    """The text is not a command that is surely understood.

    Attributes:
        message: why, as a phrase that follows "the command".
        position: offset of the character where reading stopped.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (character {position + 1})")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the command's text: `start` included, `end` not."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """One word after quotes are taken off.

    Attributes:
        value: what the program receives; None when that depends on an expansion (``$x``, ``$(…)``,
            ``~``). Of ``a{b,c}`` each result is a word of its own with the span of the whole.
        has_glob: an unquoted ``*``, ``?``, ``[`` or leading ``^`` may make several words of it.
        span: where it stands, quotes included.
        parts: what it is joined from.
    """

    value: str | None
    span: Span
    has_glob: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """``2>file`` has `fd` 2, `operator` ``>`` and `target` ``file``; `fd` is None when not written.

    For a here-document the target is its delimiter and `body` its text.
    """

    operator: str
    target: Word
    span: Span
    fd: int | None = None
    body: Word | None = None


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """A program with its words: ``words[0]`` names it; no words when only variables are set.

    Attributes:
        assignments: the names in ``NAME=value`` before the program.
        background: followed by a single ``&``.
        values: what the names are set to, in the same order.
    """

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    assignments: tuple[str, ...]
    span: Span
    background: bool = False
    values: tuple[Word, ...] = ()


# --- the parts of a word -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself; unquoted, it may still be a pattern."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name`` or ``${name}``; unquoted, some shells split what it holds into words."""

    name: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Expansion:
    """``${name…}`` with an `operator`; `inner` is what follows the operator."""

    name: str
    operator: str
    inner: tuple[Part, ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """What `script` prints: ``$(…)`` or backticks; ``<(…)`` and ``>(…)`` name a pipe instead."""

    script: Script
    quoted: bool = False
    is_process: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((…))``; `text` is what stands inside, `inner` the expansions in it."""

    text: str
    inner: tuple[Part, ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Tilde:
    """A leading ``~`` or ``~user``."""

    user: str


Part: TypeAlias = Literal | Variable | Expansion | Substitution | Arithmetic | Tilde


# --- how commands are put together ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``; `negated` by ``!``."""

    commands: tuple[Command, ...]
    span: Span
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by `operators` (``&&``, ``||``), one fewer than pipelines."""

    pipelines: tuple[Pipeline, ...]
    operators: tuple[str, ...]
    span: Span
    background: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """What runs one after another."""

    lists: tuple[AndOr, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """``{ …; }``, or in a shell of its own ``( … )``."""

    body: Script
    span: Span
    is_subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """``for variable in words``, also ``select``; `words` is None without ``in``."""

    variable: str
    words: tuple[Word, ...] | None
    body: Script
    span: Span
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """``while`` and ``until``."""

    condition: Script
    body: Script
    span: Span
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """`branches` are (condition, body) of ``if`` and each ``elif``."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None
    span: Span
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """`arms` are (patterns, body)."""

    subject: Word
    arms: tuple[tuple[tuple[Word, ...], Script], ...]
    span: Span
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A definition; `body` runs when `name` is called."""

    name: str
    body: Command
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """``[[ … ]]``: its words and operators, without the brackets."""

    words: tuple[Word, ...]
    span: Span
    redirects: tuple[Redirect, ...] = ()


Command: TypeAlias = SimpleCommand | Group | For | While | If | Case | Function | Test
