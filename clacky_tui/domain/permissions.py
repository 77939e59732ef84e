"""Whether a tool call may run or a person is asked first. Pure: no disk, no clock.

Commands are read conservatively: only one simple command, made of plain words, with a program and
options known to be read-only, runs without a question. Everything else asks and says why. Paths
are judged by their text; callers resolve symbolic links first.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from clacky_tui.domain.modes import PermissionMode


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one call.

    Attributes:
        asks: True when a person has to agree first.
        reason: why it asks, in plain words; empty when it runs.
        session_rule: what "all this session" would allow, in words; empty when not on offer.
    """

    asks: bool
    reason: str = ""
    session_rule: str = ""


RUNS = Verdict(asks=False)

_READING = "glob web_search web_fetch todo_manager request_user_feedback invoke_skill list_tasks"
_READING_TOOLS = frozenset(_READING.split())
_ALWAYS_ASKING = {
    "undo_task": "undo changes files",
    "redo_task": "redo changes files",
    "browser": "the browser acts in your name",
}

SECRET_NAMES = (
    *(".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "credentials", "credentials.*"),
    *("secrets", "secrets.*", ".netrc", ".pgpass", ".npmrc", ".pypirc", ".htpasswd"),
    *(".git-credentials", ".ssh", ".aws", ".gnupg", ".kube"),
)
"""File and folder names whose content may be secret, without regard to case."""

SECRET_PATHS = ("*/.clacky/config.yml", "*/.docker/config.json")
"""Secret files whose name or folder alone would say too little."""

_STARTUP = ".bashrc .bash_profile .bash_login .profile .zshrc .zshenv .zprofile .gitconfig .git"
STARTUP_NAMES = frozenset(_STARTUP.split())
"""Names whose content runs later by itself: edits of them always ask (spec 3.7)."""


def judge(
    tool: str, arguments: Mapping[str, Any], mode: PermissionMode, working_dir: str
) -> Verdict:
    """Whether this call asks.

    Args:
        tool: canonical tool name.
        arguments: the call's arguments; may be incomplete.
        mode: `CONFIRM_ALL` and `AUTO_APPROVE` never ask.
        working_dir: absolute path of the session's working directory.
    """
    if mode is not PermissionMode.CONFIRM_SAFES or tool in _READING_TOOLS:
        return RUNS
    match tool:
        case "terminal":
            return _judge_command(arguments, working_dir)
        case "edit" | "write":
            return _judge_change(_text(arguments, "path"), working_dir)
        case "file_reader" | "grep":
            name = secret_part(_text(arguments, "path"))
            reason = f"reads what may hold secrets: {_shown(name)}" if name else ""
            return Verdict(asks=bool(name), reason=reason)
        case "trash_manager":
            empties = arguments.get("action") == "empty"
            return Verdict(empties, "emptying the trash is for good" if empties else "")
        case _:
            return Verdict(asks=True, reason=_ALWAYS_ASKING.get(tool, "an unknown tool"))


def session_rule_key(tool: str, arguments: Mapping[str, Any], working_dir: str = "") -> str:
    """What an allowance for the session covers; calls with the same key are the same.

    ``"edit"`` for edits and writes inside `working_dir`; the file for other ones; the exact command
    with its directory and variables for `terminal`; the exact arguments for the rest. Without
    `working_dir` only relative paths count as inside.
    """
    if tool in ("edit", "write"):
        path = _text(arguments, "path")
        if _change_is_ordinary(path, working_dir):
            return "edit"
        return f"edit {_absolute(path, working_dir)}"
    if tool == "terminal":
        kept = {name: arguments.get(name) for name in ("command", "cwd", "env")}
        return f"terminal {json.dumps(kept, sort_keys=True, default=str)}"
    return f"{tool} {json.dumps(dict(arguments), sort_keys=True, default=str)}"


def is_secret_target(path: str) -> bool:
    """True for files that no mode may write: keys, cloud credentials, ``.env`` (spec 3.3)."""
    parts = [part.lower() for part in path.split("/")]
    in_secret_folder = any(folder in parts[:-1] for folder in (".ssh", ".aws"))
    is_env = any(part == ".env" or part.startswith(".env.") for part in parts)
    return in_secret_folder or is_env or parts[-1].endswith(".env")


def secret_part(text: str) -> str:
    """The part of a path or command argument that looks secret; empty when none does."""
    for part in re.split(r"[/:=]", text):
        if any(fnmatchcase(part.lower(), name) for name in SECRET_NAMES):
            return part
    return text if any(fnmatchcase(f"/{text.lower()}", path) for path in SECRET_PATHS) else ""


# --- edits -------------------------------------------------------------------------------------


def _judge_change(path: str, working_dir: str) -> Verdict:
    if not _inside(path, working_dir):
        return Verdict(
            asks=True, reason=f"changes a file outside the working directory: {_shown(path)}"
        )
    name = _startup_part(path)
    if name:
        return Verdict(asks=True, reason=f"changes what may run later by itself: {_shown(name)}")
    return Verdict(True, "edits ask in this mode", "all edits this session")


def _change_is_ordinary(path: str, working_dir: str) -> bool:
    return bool(path) and _inside(path, working_dir) and not _startup_part(path)


def _startup_part(path: str) -> str:
    return next((part for part in path.split("/") if part.lower() in STARTUP_NAMES), "")


def _absolute(path: str, working_dir: str) -> str:
    return posixpath.normpath(posixpath.join(working_dir, path))


def _inside(path: str, working_dir: str) -> bool:
    """Whether `path` stays in `working_dir`, judged by text; ``~`` never does."""
    if path.startswith("~"):
        return False
    if not working_dir:
        return not path.startswith("/") and posixpath.normpath(path).split("/")[0] != ".."
    folder = posixpath.normpath(working_dir)
    absolute = _absolute(path, folder)
    return absolute == folder or absolute.startswith(folder.rstrip("/") + "/")


# --- commands ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Program:
    """Options of a read-only program that keep it so.

    `letters` may be bundled (``-la``) and carry a number (``-n20``); `words` stand for
    themselves; `values` take ``=value``.
    """

    letters: str = ""
    words: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()


def _program(letters: str, words: str = "", values: str = "") -> _Program:
    return _Program(letters, frozenset(words.split()), frozenset(values.split()))


_COLOR = "--color --no-color"

SAFE_PROGRAMS: Mapping[str, _Program] = {
    "ls": _program(
        "1AFGRSUXacdfghiklmnopqrstux",
        f"--all --almost-all --human-readable --recursive --reverse --directory --size {_COLOR}"
        " --group-directories-first --inode",
        "--color --sort --time --time-style",
    ),
    "pwd": _program("LP"),
    "cat": _program("AETbenstuv", "--number --show-all --show-ends --show-tabs"),
    "head": _program("cnqv", "--quiet --silent --verbose", "--lines --bytes"),
    "tail": _program("cnqv", "--quiet --silent --verbose", "--lines --bytes"),
    "wc": _program("Lclmw", "--bytes --chars --lines --words --max-line-length"),
    "file": _program("Lbhi", "--brief --mime --mime-type --mime-encoding --dereference"),
    "stat": _program("Lcftx", "--dereference --terse --file-system", "--format --printf"),
    "du": _program(
        "DLPSabcdhklmsx",
        "--all --apparent-size --human-readable --summarize --total --bytes",
        "--max-depth --threshold",
    ),
    "tree": _program("CDFILPadfhnprstu", "--dirsfirst --noreport --gitignore --du"),
    "grep": _program(
        "ABCEFGHLPacehilmnoqsvwx",
        "--count --ignore-case --line-number --invert-match --word-regexp --only-matching"
        f" --extended-regexp --fixed-strings --perl-regexp --files-with-matches {_COLOR}",
        "--color --regexp --context --after-context --before-context --max-count",
    ),
}
"""Programs that only read. Options that write, follow for ever or read lists are left out."""

_GIT_DIFF_WORDS = (
    "--cached --staged --stat --shortstat --numstat --summary --name-only --name-status --patch"
    f" --no-patch --check --word-diff --raw --minimal --patience --histogram --dirstat {_COLOR}"
    " --ignore-all-space --ignore-space-change --ignore-blank-lines --no-ext-diff --no-textconv"
    " --find-renames --function-context --no-renames"
)
_GIT_DIFF_VALUES = "--unified --diff-filter --stat --color --word-diff --find-renames"
_GIT_LOG_WORDS = (
    f"{_GIT_DIFF_WORDS} --oneline --graph --all --decorate --no-merges --merges --reverse"
    " --follow --abbrev-commit --first-parent --branches --tags --remotes --no-decorate"
)
_GIT_LOG_VALUES = (
    f"{_GIT_DIFF_VALUES} --max-count --skip --author --committer --grep --since --until --after"
    " --before --date --format --pretty --decorate --abbrev"
)
SAFE_GIT_COMMANDS: Mapping[str, _Program] = {
    "status": _program(
        "bsuvz",
        "--short --branch --porcelain --long --ignored --verbose --show-stash -uno -uall -unormal",
        "--porcelain --untracked-files --ignored",
    ),
    "diff": _program("CMRUbipsuwz", _GIT_DIFF_WORDS, _GIT_DIFF_VALUES),
    "log": _program("CMSULbginpsuwz", _GIT_LOG_WORDS, _GIT_LOG_VALUES),
    "show": _program("CMUbpsuwz", _GIT_LOG_WORDS, _GIT_LOG_VALUES),
}
"""Read-only git commands; ``--output`` and external diff programs are left out."""

_WORD = re.compile(
    r"""[ \t]*(?:
        '(?P<single>[^'\n]*)'
        | "(?P<double>[^"$`\\!\n]*)"
        | (?P<plain>[\w./,:@%+=^~-]+)
    )(?=[ \t]|\Z)""",
    re.VERBOSE,
)
"""A plain word, or one quoted whole without anything a shell would expand inside."""

_UNSAFE_SYNTAX = re.compile(r"&&|\|\||>>|<<|\$\(|[^\w \t./,:@%+=^~-]")
_TILDE_AFTER_NAME = re.compile(r"[\w@^]~")
_NUMBERED = re.compile(r"-[A-Za-z]*\d*")
_SHOWN_CHARACTERS = 60


def _judge_command(arguments: Mapping[str, Any], working_dir: str) -> Verdict:
    command = _text(arguments, "command")
    if not command.strip():
        return RUNS
    reason = _place_trouble(arguments, working_dir) or _command_trouble(command)
    return Verdict(True, reason, "this exact command this session") if reason else RUNS


def _place_trouble(arguments: Mapping[str, Any], working_dir: str) -> str:
    cwd = _text(arguments, "cwd")
    if cwd and not _inside(cwd, working_dir):
        return f"runs outside the working directory: {_shown(cwd)}"
    if cwd and secret_part(cwd):
        return f"reads what may hold secrets: {_shown(cwd)}"
    return "sets environment variables" if arguments.get("env") else ""


def _command_trouble(command: str) -> str:
    """Why `command` is not surely read-only, or an empty text."""
    words = _words(command)
    if isinstance(words, str):
        return words
    head, *rest = words
    if re.match(r"\w+=", head):
        return f"sets a variable for the command: {_shown(head)}"
    if "/" in head:
        return f"runs a program by its path: {_shown(head)}"
    if head == "git":
        return _git_trouble(rest)
    program = SAFE_PROGRAMS.get(head)
    if program is None:
        return f"runs a program not known to be read-only: {_shown(head)}"
    return _arguments_trouble(head, program, rest)


def _git_trouble(words: list[str]) -> str:
    if words and words[0] == "--no-pager":
        words = words[1:]
    name = words[0] if words else ""
    program = SAFE_GIT_COMMANDS.get(name)
    if program is None:
        return f"runs a git command not known to be read-only: {_shown(f'git {name}'.strip())}"
    return _arguments_trouble(f"git {name}", program, words[1:])


def _words(command: str) -> list[str] | str:
    """The words of one simple command, or why it is not one."""
    words: list[str] = []
    stripped = command.strip(" \t")
    position = 0
    while position < len(stripped):
        match = _WORD.match(stripped, position)
        if match is None:
            return _syntax_trouble(stripped[position:])
        quoted = match["single"] if match["single"] is not None else match["double"]
        word = match["plain"] if quoted is None else quoted
        if not word.isprintable():
            return "has characters that do not show"
        if quoted is not None and not words:
            return "hides the program's name in quotes"
        if quoted is None and "~" in _TILDE_AFTER_NAME.sub("", word):
            return f"names a path outside the working directory: {_shown(word)}"
        words.append(word)
        position = match.end()
    return words


def _syntax_trouble(rest: str) -> str:
    found = _UNSAFE_SYNTAX.search(rest)
    if found is None:
        return "uses shell syntax this reader does not know"
    sign = found.group()
    if sign in "\r\n":
        return "has more than one line"
    if not sign.isprintable():
        return "has characters that do not show"
    return f"uses shell syntax beyond plain words: {sign}"


def _arguments_trouble(name: str, program: _Program, words: list[str]) -> str:
    options_over = False
    for word in words:
        trouble = _value_trouble(word)
        if trouble:
            return trouble
        if options_over or not word.startswith("-") or word == "-":
            continue
        if word == "--":
            options_over = True
        elif not _known_option(program, word):
            return f"uses an option not known to be harmless: {_shown(f'{name} {word}')}"
    return ""


def _known_option(program: _Program, word: str) -> bool:
    option, has_value, _ = word.partition("=")
    if has_value:
        return option in program.values
    if word in program.words:
        return True
    letters = word[1:].rstrip("0123456789")
    return _NUMBERED.fullmatch(word) is not None and all(c in program.letters for c in letters)


def _value_trouble(word: str) -> str:
    if any(part[:1] in ("/", "~") for part in re.split(r"[:=]", word)) or ".." in word.split("/"):
        return f"names a path outside the working directory: {_shown(word)}"
    if any(".." in part.split("/") for part in re.split(r"[:=]", word)):
        return f"names a path outside the working directory: {_shown(word)}"
    secret = secret_part(word)
    return f"reads what may hold secrets: {_shown(secret)}" if secret else ""


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    return value if isinstance(value, str) else ""


def _shown(text: str) -> str:
    """`text` short and printable, for a reason that people read."""
    printable = "".join(c if c.isprintable() else "�" for c in text)
    if len(printable) <= _SHOWN_CHARACTERS:
        return printable
    return printable[:_SHOWN_CHARACTERS] + "…"
