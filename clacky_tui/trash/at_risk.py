"""What a shell command could destroy, read from its text alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from clacky_tui.domain.shell.parse import parse
from clacky_tui.domain.shell.syntax import (
    Command,
    Function,
    Script,
    ShellSyntaxError,
    SimpleCommand,
    Word,
)
from clacky_tui.domain.shell.walk import commands_in, scripts_of

GUARDED = frozenset({"rm", "rmdir", "unlink", "shred"})
"""Called by name they go through the shims of shell.py; called by path they do not."""

_WRITING_REDIRECTS = frozenset({">", ">|", "&>", "<>"})
_WRAPPERS = frozenset(
    {"sudo", "doas", "busybox", "env", "command", "builtin", "exec"}
    | {"nice", "nohup", "time", "timeout", "stdbuf", "ionice", "setsid"}
)
_AROUND_SHIMS = frozenset({"sudo", "doas", "busybox", "-p", "-i"})
"""Wrappers, and options of wrappers, behind which another `rm` than the shim runs."""
_WRAPPER_ARGUMENT = re.compile(r"-.*|\w+=.*|\d+(\.\d+)?[smhd]?", re.DOTALL)
_SHELLS = frozenset({"sh", "bash", "zsh", "dash"})
_COPIERS = frozenset({"cp", "mv", "install", "ln", "rsync"})
_IN_PLACE = {
    "sed": re.compile(r"-[nErsuz]*i.*|--in-place.*", re.DOTALL),
    "perl": re.compile(r"-[A-Za-z0-9]*i.*", re.DOTALL),
    "ruby": re.compile(r"-[A-Za-z0-9]*i.*", re.DOTALL),
}
_FIND_OUTPUTS = {
    **dict.fromkeys(("-print", "-print0", "-ls"), 0),
    **dict.fromkeys(("-printf", "-fprint", "-fprint0", "-fls"), 1),
    "-fprintf": 2,
}
"""Actions of `find` that print, and how many words follow each."""
_FIND_RUN = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_HARMFUL = frozenset({"sed", "perl", "truncate", "mv", "cp", "ln", "dd", *_SHELLS})
_GIT_RESTORING = frozenset({"checkout", "restore", "switch", "reset", "rm", "stash", "clean"})
_DEPTH_LIMIT = 4


class RiskKind(StrEnum):
    """What to look for on the disk."""

    FILES = "files"
    """`words` are files, or patterns of files, that may be written."""
    TREES = "trees"
    """`words` are files and folders that may be deleted with all in them."""
    COPY = "copy"
    """`words` are sources and, last, where they are copied or moved to."""
    MIRROR = "mirror"
    """`words` as in COPY; what the sources do not have is deleted at the target."""
    FIND = "find"
    """`words` are the arguments of a `find` that prints what would be destroyed."""
    GIT_CLEAN = "git clean"
    """`words` are the arguments of a `git` that tells what it would remove."""
    GIT_TRACKED = "git tracked"
    """`words` are options of `git`; changed tracked files may lose their changes."""
    GIT_STASH = "git stash"
    """`words` are options of `git`; stashes may be dropped."""
    DIRECTORY = "directory"
    """`words` is the folder that relative paths of later risks start from."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A word of a command. `value` is None when only the running shell knows it."""

    value: str | None
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Risk:
    """One way of destroying something; `command` is the part of the text that would do it."""

    kind: RiskKind
    words: tuple[Operand, ...]
    command: str


def risks_of(text: str) -> Iterator[Risk]:
    """The risks of `text` in order; deletions through the shims are none.

    Raises:
        ShellSyntaxError: the text cannot be read with certainty.
    """
    yield from _risks(text, 0)


def may_destroy(text: str) -> bool:
    """Whether `text` has a risk, or cannot be read with certainty."""
    try:
        return any(risk.kind is not RiskKind.DIRECTORY for risk in risks_of(text))
    except ShellSyntaxError:
        return True


def _risks(text: str, depth: int) -> Iterator[Risk]:
    script = parse(text)
    for compound in _compounds(script):
        yield from _redirect_risks(compound, text)
    for command in commands_in(script):
        yield from _redirect_risks(command, text)
        words = _unwrapped(command.words)
        if not words or words[0].value is None:
            continue
        wrappers = command.words[: len(command.words) - len(words)]
        around = any(word.value in _AROUND_SHIMS for word in wrappers)
        guarded = words[0].value in GUARDED and not around
        shown = text[command.span.start : command.span.end]
        yield from _program_risks(words, shown, depth) if not guarded else ()


def _compounds(script: Script) -> Iterator[Command]:
    """Every compound command outside substitutions: its own redirects belong to no simple one."""
    for and_or in script.lists:
        for pipeline in and_or.pipelines:
            for command in pipeline.commands:
                yield from _compound(command)


def _compound(command: Command) -> Iterator[Command]:
    if isinstance(command, SimpleCommand):
        return
    yield command
    if isinstance(command, Function):
        yield from _compound(command.body)
    for inner in scripts_of(command):
        yield from _compounds(inner)


def _redirect_risks(command: Command, text: str) -> Iterator[Risk]:
    if isinstance(command, Function):
        return
    for redirect in command.redirects:
        if redirect.operator in _WRITING_REDIRECTS and redirect.target.value != "/dev/null":
            shown = text[command.span.start : max(command.span.end, redirect.span.end)]
            yield Risk(RiskKind.FILES, (_operand(redirect.target),), shown)


def _unwrapped(words: Sequence[Word]) -> Sequence[Word]:
    """`words` without `sudo`, `env`, `timeout 5` and the like in front."""
    while words and words[0].value in _WRAPPERS:
        words = words[1:]
        while words and _WRAPPER_ARGUMENT.fullmatch(words[0].value or ""):
            words = words[1:]
    return words


def _program_risks(words: Sequence[Word], shown: str, depth: int) -> Iterator[Risk]:
    name = PurePosixPath(words[0].value or "").name
    arguments = tuple(map(_operand, words[1:]))
    values = [argument.value for argument in arguments]
    if name == "cd":
        target = [argument for argument in arguments if argument.value not in ("--", "-P", "-L")]
        yield Risk(RiskKind.DIRECTORY, tuple(target[:1]) or (Operand(None),), shown)
    elif name in GUARDED:
        yield Risk(RiskKind.TREES, _operands(arguments), shown)
    elif name in _SHELLS:
        if depth < _DEPTH_LIMIT and "-c" in values[:-1]:
            inner = values[values.index("-c") + 1]
            yield from _risks(inner, depth + 1) if inner is not None else ()
    elif name in _PROGRAMS:
        yield from _PROGRAMS[name](name, arguments, shown)


def _in_place(name: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    if any(_IN_PLACE[name].fullmatch(argument.value or "") for argument in arguments):
        yield Risk(RiskKind.FILES, _operands(arguments), shown)


def _tee(_: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    values = {argument.value for argument in arguments}
    if not values & {"-a", "--append", "-ai", "-ia"}:
        yield Risk(RiskKind.FILES, _operands(arguments), shown)


def _truncate(_: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    yield Risk(RiskKind.FILES, _operands(arguments), shown)


def _dd(_: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    for argument in arguments:
        if argument.value is not None and argument.value.startswith("of="):
            yield Risk(RiskKind.FILES, (Operand(argument.value[3:]),), shown)


def _copier(name: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    values = [argument.value or "" for argument in arguments]
    if name == "ln" and not any(re.fullmatch(r"-\w*f\w*|--force", value) for value in values):
        return
    operands = list(_operands(arguments))
    for index, value in enumerate(values):
        if value in ("-t", "--target-directory") and index + 1 < len(values):
            target = arguments[index + 1]
            operands = [*(o for o in operands if o is not target), target]
        elif value.startswith("--target-directory="):
            operands.append(Operand(value.partition("=")[2]))
    deletes = name == "rsync" and any(value.startswith("--del") for value in values)
    if len(operands) > 1:
        yield Risk(RiskKind.MIRROR if deletes else RiskKind.COPY, tuple(operands), shown)


def _find(_: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    """The same search with each action taken out and printing where a harmful one stood."""
    printing: list[Operand] = []
    harmful, rest = False, list(arguments)
    while rest:
        word = rest.pop(0)
        if word.value == "-delete":
            harmful = True
            printing.append(Operand("-print0"))
        elif word.value in _FIND_RUN:
            inner = []
            while rest and (taken := rest.pop(0)).value not in (";", "+"):
                inner.append(taken)
            destroys = bool(inner) and _destroys(inner[0].value)
            harmful = harmful or destroys
            printing.append(Operand("-print0" if destroys else "-true"))
        elif word.value in _FIND_OUTPUTS:
            del rest[: _FIND_OUTPUTS[word.value]]
            printing.append(Operand("-true"))
        else:
            printing.append(word)
    if harmful:
        yield Risk(RiskKind.FIND, tuple(printing), shown)


def _destroys(program: str | None) -> bool:
    """Whether a `find` that runs `program` may destroy; deletions by the shims are kept anyway."""
    if program is None or program in GUARDED:
        return program is None
    name = PurePosixPath(program).name
    return name in GUARDED or name in _FIND_HARMFUL


def _git(_: str, arguments: Sequence[Operand], shown: str) -> Iterator[Risk]:
    rest = list(arguments)
    options: list[Operand] = []
    while rest and (rest[0].value or "").startswith("-"):
        taken = 2 if rest[0].value in ("-C", "-c", "--git-dir", "--work-tree") else 1
        options += rest[:taken]
        del rest[:taken]
    if not rest or rest[0].value not in _GIT_RESTORING:
        return
    subcommand, values = rest[0].value, {argument.value for argument in rest[1:]}
    if subcommand == "clean":
        dry = [Operand("-n"), *_without_asking(rest[1:])]
        yield Risk(RiskKind.GIT_CLEAN, (*options, rest[0], *dry), shown)
    elif subcommand == "stash":
        if values & {"drop", "clear"}:
            yield Risk(RiskKind.GIT_STASH, tuple(options), shown)
    elif subcommand != "reset" or values & {"--hard", "--merge", "--keep"}:
        yield Risk(RiskKind.GIT_TRACKED, tuple(options), shown)


def _without_asking(arguments: Sequence[Operand]) -> Iterator[Operand]:
    """Arguments of `git clean` less those that would ask, say nothing or undo its dry run."""
    for argument in arguments:
        value = argument.value or ""
        if re.fullmatch(r"-[dfinqxX]+", value):
            yield Operand("-n" + re.sub("[finq]", "", value[1:]))
        elif not re.fullmatch(r"--(inter|q|no-|f).*", value, re.DOTALL):
            yield argument


_PROGRAMS: dict[str, Callable[[str, Sequence[Operand], str], Iterator[Risk]]] = {
    **dict.fromkeys(_IN_PLACE, _in_place),
    **dict.fromkeys(_COPIERS, _copier),
    "tee": _tee,
    "sponge": _tee,
    "truncate": _truncate,
    "dd": _dd,
    "find": _find,
    "git": _git,
}


def _operands(arguments: Sequence[Operand]) -> tuple[Operand, ...]:
    """`arguments` without options; the value of an option may stay, and mostly names no file."""
    kept, literal = [], False
    for argument in arguments:
        value = argument.value
        if value == "--" and not literal:
            literal = True
        elif literal or value is None or not value.startswith("-") or value == "-":
            kept.append(argument)
    return tuple(kept)


def _operand(word: Word) -> Operand:
    return Operand(word.value, word.has_glob)
