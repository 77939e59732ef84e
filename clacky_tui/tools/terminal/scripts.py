"""What is typed into a shell, and the files it sources: one line of fixed form for any command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SET_UP_FILE = Path(__file__).with_name("set_up.sh")

_READ_ONLY = "BASHOPTS BASH_VERSINFO EUID GID EGID PPID SHELLOPTS UID USERNAME status"
READ_ONLY_VARIABLES = frozenset(_READ_ONLY.split())
"""Setting one of these ends the line in bash or zsh, or changes who one is."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and with what a command runs; `env` is gone again when the next one runs."""

    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    guard_env: Mapping[str, str] = field(default_factory=dict)
    path_first: Path | None = None
    """A folder that stands first on PATH, whatever rc files and hooks did."""


def set_up_line(token: str, tty: str, guard_file: Path | None) -> bytes:
    """Typed once, when the rc files are done or still running."""
    words = (str(SET_UP_FILE), token, tty, str(guard_file or ""))
    return f" \\. {' '.join(map(shlex.quote, words))}\n".encode()


def command_line(script: Path) -> bytes:
    """Runs the command that `script` (see `command_script`) holds, and tells its end.

    Tracing is switched off here too: zsh undoes that at the end of a function. The line must begin
    with a plain word: after an error bash 5.2 does not know ``{`` there.
    """
    evaluate = f'\\. {shlex.quote(str(script))} && \\builtin eval "$__clacky_command"'
    told = '{ __clacky_status=$?; \\set +x; __clacky_done "$__clacky_status"; } 2>/dev/null'
    return f" {evaluate}; {told}\n".encode()


def command_script(
    command: str, number: int, setting: Setting, tty: str, env_before: Mapping[str, str]
) -> bytes:
    """Prepares command `number`; `env_before` is the `env` of the one before, to be undone.

    The command is evaluated as one string at the top level: no quote left open in it reaches the
    shell's input, `declare` stays global, and `exit` and `set -e` mean what they say.
    """
    folder = shlex.quote(str(setting.cwd))
    lines = [f"__clacky_number={number}", f"\\exec >{shlex.quote(tty)} 2>&1"]
    lines += [_put_back(name) for name in env_before]
    lines += [
        f"\\builtin cd -- {folder} >/dev/null || \\return 1",
        "__clacky_run_hooks </dev/null >/dev/null 2>&1",
    ]
    lines += [_exported(name, value) for name, value in setting.guard_env.items()]
    for name, value in setting.env.items():
        lines += [_remember(name), _exported(name, value)]
    if setting.path_first is not None:
        first = shlex.quote(str(setting.path_first))
        lines.append(f'case $PATH in {first}:*) ;; *) \\export PATH={first}:"$PATH" ;; esac')
    lines.append(f"__clacky_command={shlex.quote(command)}")
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _exported(name: str, value: str) -> str:
    return f"\\export {name}={shlex.quote(value)}"


def _remember(name: str) -> str:
    return f'__clacky_had_{name}="${{{name}+set}}" __clacky_was_{name}="${{{name}-}}"'


def _put_back(name: str) -> str:
    was = f'"$__clacky_was_{name}"'
    return f'if [ -n "$__clacky_had_{name}" ]; then \\export {name}={was}; else \\unset {name}; fi'
