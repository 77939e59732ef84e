"""Programs that run their words as a command: what stands inside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.permissions.tables import WRAPPERS
from clacky_tui.domain.shell.syntax import SimpleCommand

_ASSIGNMENT = re.compile(r"\w+=")
_DEPTH = 6


def base_name(name: str) -> str:
    """The program's name without its folder."""
    return name.rpartition("/")[2]


def unwrapped(name: str, arguments: Sequence[Argument]) -> list[Argument]:
    """The command inside the wrapper `name`; empty when there is none."""
    valued, operands = WRAPPERS[name]
    rest = list(arguments)
    index = 0
    while index < len(rest):
        start = rest[index].start
        if start == "--":
            index += 1
            break
        if name == "env" and _ASSIGNMENT.match(start):
            index += 1
        elif start.startswith("-") and len(start) > 1:
            index += 2 if len(start) == 2 and start[1] in valued else 1
        else:
            break
    return rest[index + operands :]


def base_names(command: SimpleCommand) -> Iterator[str]:
    """The names of the program `command` runs and of those it wraps."""
    arguments = [Argument(word.value, word.span) for word in command.words]
    for _ in range(_DEPTH):
        if not arguments or arguments[0].text is None:
            return
        name = base_name(arguments[0].text)
        yield name
        if name not in WRAPPERS:
            return
        arguments = unwrapped(name, arguments[1:])
