"""Visits the pieces of parsed commands."""

from __future__ import annotations

from collections.abc import Iterator

from clacky_tui.domain.shell.syntax import (
    Arithmetic,
    Case,
    Command,
    Expansion,
    For,
    Function,
    Group,
    If,
    Part,
    Script,
    SimpleCommand,
    Substitution,
    Test,
    While,
    Word,
)


def commands_in(script: Script) -> list[SimpleCommand]:
    """Every simple command of `script`, substitutions included, in order of appearance."""
    return sorted(_of_script(script), key=lambda command: command.span.start)


def simple_in(command: Command) -> list[SimpleCommand]:
    """Every simple command of `command`, itself included, in order of appearance."""
    return sorted(_of_command(command), key=lambda simple: simple.span.start)


def words_of(command: Command) -> Iterator[Word]:
    """The words of one command itself: not those of commands inside it."""
    match command:
        case SimpleCommand():
            yield from command.values
            yield from command.words
        case Test():
            yield from command.words
        case For(words=words) if words is not None:
            yield from words
        case Case():
            yield command.subject
            for patterns, _ in command.arms:
                yield from patterns
    if not isinstance(command, Function):
        for redirect in command.redirects:
            yield redirect.target
            if redirect.body is not None:
                yield redirect.body


def scripts_of(command: Command) -> Iterator[Script]:
    """The scripts a compound command is made of, in order; substitutions are not among them."""
    match command:
        case Group(body=body) | For(body=body):
            yield body
        case While():
            yield command.condition
            yield command.body
        case If():
            for branch in command.branches:
                yield from branch
            if command.otherwise is not None:
                yield command.otherwise
        case Case():
            for _, arm in command.arms:
                yield arm


def parts_in(parts: tuple[Part, ...]) -> Iterator[Part]:
    """`parts` and those inside their expansions."""
    for part in parts:
        yield part
        if isinstance(part, Expansion | Arithmetic):
            yield from parts_in(part.inner)


def _of_script(script: Script) -> Iterator[SimpleCommand]:
    for and_or in script.lists:
        for pipeline in and_or.pipelines:
            for command in pipeline.commands:
                yield from _of_command(command)


def _of_command(command: Command) -> Iterator[SimpleCommand]:
    if isinstance(command, SimpleCommand):
        yield command
    if isinstance(command, Function):
        yield from _of_command(command.body)
    for script in scripts_of(command):
        yield from _of_script(script)
    for word in words_of(command):
        for part in parts_in(word.parts):
            if isinstance(part, Substitution):
                yield from _of_script(part.script)
