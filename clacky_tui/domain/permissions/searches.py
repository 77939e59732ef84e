"""Searches through whole folders that would print secrets on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from clacky_tui.domain.permissions import names
from clacky_tui.domain.permissions.findings import Finding
from clacky_tui.domain.permissions.options import Argument, Read
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.state import MATCHES_LIMIT, State, escaped, join
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

_GREPS = frozenset(("grep", "egrep", "fgrep"))
_RECURSING = frozenset(("-r", "--recursive", "-d"))
_INTO_HIDDEN = frozenset(("--hidden", "-.", "-u", "--unrestricted"))
_EVERY_LINE = frozenset(("-v", "--invert-match", "--passthru"))
_GLOB_OPTIONS = ("--include", "-g", "--glob", "--iglob")
_SOURCE = (
    "py python js ts rust go ruby java c cpp css html md markdown sh php swift kotlin sql vue lua"
    " svelte scala elixir csharp"
)
_SOURCE_TYPES = frozenset(_SOURCE.split())
_SECRET_FILES = (".env", ".env.local", "id_rsa", "server.pem", "server.key")
_DATA_FILES = ("credentials.json", "secrets.yml", "secrets.yaml", "secrets.toml", "passwords.txt")
_PLAIN_FILES = ("readme", "app.py", "data.json", "notes.txt", ".github")

_SECRET_LINES = (
    "SECRET_KEY=hunter2",
    "DATABASE_URL=postgres://10.0.0.5:5432/x1",
    "API_KEY=" + "sk-" + "proj-Ab3dE6fGh1JkLmNoPq",
    "AWS_SECRET_ACCESS_KEY=" + "wJalr/K7MDENG+bPxRfiCY",
    "-" * 5 + "BEGIN RSA PRIVATE KEY" + "-" * 5,
    "MIIEpAIBAAKCAQEAx7Vd3Q9kLm2+Zz==",
    "password: correct-horse-4711",
    '  "auth_token": "' + "ghp" + '_x1Y2z3",',
)
"""What files that hold secrets look like inside; in pieces, so that nothing masks this source."""

_SECRET_WORDS = re.compile(
    r"key|secret|token|passw|pwd|credential|private|begin|akia|bearer|auth|\bsk-|ghp_",
    re.IGNORECASE,
)
_SLOW = re.compile(r"\)[*+{?]|\\\)\\?[*+{?]")
_BASIC = re.compile(r"\\([|+?(){}])|([|+?(){}])")
_CLASSES = {
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:alnum:]": "a-zA-Z0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:punct:]": r"!-/:-@",
}


def aims_at_secrets(pattern: str) -> bool:
    """Whether a file name pattern finds secret files and hardly any others."""
    last = pattern.lower().rstrip("/").rpartition("/")[2]
    if names.secret_part(last):
        return True
    finds = [name for name in (*_SECRET_FILES, *_DATA_FILES) if fnmatchcase(name, last)]
    return bool(finds) and not any(fnmatchcase(name, last) for name in _PLAIN_FILES)


def hunt(program: str, read: Read, places: Places, state: State) -> Finding | None:
    """What stands against a search of whole folders that `program` (``git grep`` too) makes."""
    given = read.given
    is_git = program == "git grep"
    if program in _GREPS:
        if not given.keys() & _RECURSING:
            return None
    elif program != "rg" and not is_git:
        return None
    globs = [argument for option in _GLOB_OPTIONS for argument in given.get(option, ())]
    positive = [a for a in globs if not (a.text or "").startswith("!")]
    for glob in positive:
        if glob.text is None or aims_at_secrets(glob.text):
            why = phrase(
                "searches files that may hold secrets: {text}", text=shown(glob.text or "")
            )
            return Finding(RiskClass.SECRET_READ, why, glob.span)
    if _only_source(positive, given):
        return None
    hidden = program != "rg" or bool(positive or given.keys() & _INTO_HIDDEN)
    patterns = [a for kind, a in read.values if kind == "pattern"]
    for option in ("-e", "--regexp"):
        patterns += given.get(option, ())
    files = [a for option in ("-f", "--file") for a in given.get(option, ())]
    patterns += [replace(a, text=None) for a in files]
    for pattern in patterns:
        every = bool(given.keys() & _EVERY_LINE)
        if not every and not _finds_secrets(program, pattern.text, given):
            continue
        paths = [a.text for kind, a in read.values if kind == "path" and a not in files] or ["."]
        if any(_may_hold_secrets(path, places, state, hidden=hidden) for path in paths):
            why = phrase(
                "searches files that may hold secrets for {text}", text=shown(pattern.text or "")
            )
            return Finding(RiskClass.SECRET_READ, why, pattern.span)
    return None


def _only_source(globs: Sequence[Argument], given: Mapping[str, Sequence[Argument]]) -> bool:
    types = [a.text for option in ("-t", "--type") for a in given.get(option, ())]
    if types:
        return all(name in _SOURCE_TYPES for name in types) and not globs
    every = (*_SECRET_FILES, *_DATA_FILES)
    return bool(globs) and not any(
        fnmatchcase(name, (glob.text or "*").lower().rpartition("/")[2])
        for glob in globs
        for name in every
    )


def _finds_secrets(
    program: str, pattern: str | None, given: Mapping[str, Sequence[Argument]]
) -> bool:
    """Whether the pattern would find lines of typical secret files, as far as can be told."""
    if pattern is None or _SECRET_WORDS.search(pattern):
        return True
    folded = bool(given.keys() & {"-i", "--ignore-case", "-y", "-S", "--smart-case"})
    fixed = program == "fgrep" or bool(given.keys() & {"-F", "--fixed-strings"})
    if not fixed and (_SLOW.search(pattern) or len(pattern) > 300):
        return True
    basic = program in ("grep", "git grep") and not given.keys() & {
        "-E", "-P", "--extended-regexp", "--perl-regexp"
    }  # fmt: skip
    for alternative in pattern.split("\n"):
        text = re.escape(alternative) if fixed else alternative
        for name, characters in _CLASSES.items():
            text = text.replace(name, characters)
        if basic and not fixed:
            text = _BASIC.sub(lambda m: m[1] or f"\\{m[2]}", text)
        try:
            compiled = re.compile(text, re.IGNORECASE if folded else re.NOFLAG)
        except (re.error, OverflowError):
            return True
        if any(compiled.search(line) for line in _SECRET_LINES):
            return True
    return False


def _may_hold_secrets(path: str | None, places: Places, state: State, *, hidden: bool) -> bool:
    """Whether files that look secret lie below `path`."""
    if path is None:
        return True
    look = places.scope.matching
    for folder in state.folders:
        real = places.real(path, folder)
        if hidden and real == places.root:
            return True
        if look is None:
            continue
        found = [*look(f"{escaped(join(folder, path))}/**/*")]
        found += look(f"{escaped(join(folder, path))}/**/.*") if hidden else ()
        if len(found) > MATCHES_LIMIT or any(places.secret(places.real(f, "/")) for f in found):
            return True
    return False
