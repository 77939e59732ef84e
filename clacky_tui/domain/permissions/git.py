"""Judges git: which questions about the repository run unasked."""

from __future__ import annotations

import re
from dataclasses import replace

from clacky_tui.domain.permissions.findings import Finding
from clacky_tui.domain.permissions.git_readers import (
    GIT_GLOBAL_FLAGS,
    GIT_READERS,
    HARMLESS_CONFIG_KEYS,
)
from clacky_tui.domain.permissions.options import Argument, Problem, options, read
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.searches import aims_at_secrets, hunt
from clacky_tui.domain.permissions.state import State
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

_CONFIG_KEY = re.compile(HARMLESS_CONFIG_KEYS, re.IGNORECASE)
_SIGNATURE = re.compile(r"%G|%\(\*?signature|^(?:--sort=-?)?signature")
_PATHSPEC_MAGIC = re.compile(r":\([\w,:.]*\)|:[!^/]*")
_REFLOG_CHANGES = frozenset(["expire", "delete", "exists", "drop", "write", "list"])


def git_findings(
    arguments: list[Argument], span: Span, places: Places, state: State
) -> list[Finding] | None:
    """What stands against a git question; None when it is not known to be one."""
    findings: list[Finding] = []
    rest = list(arguments)
    while rest and (rest[0].text in GIT_GLOBAL_FLAGS or rest[0].text == "-C"):
        flag = rest.pop(0)
        if flag.text != "-C":
            continue
        if not rest or rest[0].text is None or rest[0].pattern:
            return None
        found = places.reading(rest[0], state)
        folders = frozenset(places.real(rest[0].text, folder) for folder in state.folders)
        state = State(folders, state.variables)
        findings += [found] if found else []
        rest.pop(0)
    if not rest or rest[0].text is None or rest[0].pattern:
        return None
    if rest[0].text in ("--version", "-v") and len(rest) == 1:
        return findings
    look = places.scope.git_runs
    for folder in state.folders if look else ():
        if look and (runs := look(folder)):
            findings.append(Finding(RiskClass.CONFIRM, phrase("git {runs}", runs=runs), span))
    name, rest = _command(rest)
    if name == "config":
        return findings if _asks_config(rest) else None
    notation = GIT_READERS.get(name)
    if notation is None:
        return None
    result = read(rest, options(notation), phrase("git {name}", name=name))
    if isinstance(result, Problem):
        return [*findings, Finding(RiskClass.CONFIRM, result.why, result.span)]
    for argument in rest:
        if _checks_signatures(argument.text or ""):
            why = phrase("git checks signatures with another program")
            findings.append(Finding(RiskClass.CONFIRM, why, argument.span))
    for kind, argument in result.values:
        if kind == "path":
            findings += _object(argument, places, state)
        if kind == "path" and "--no-index" in result.given and places.is_folder(argument, state):
            why = phrase("git compares all files of a folder, links and secrets too")
            findings.append(Finding(RiskClass.CONFIRM, why, argument.span))
    for argument in result.given.get("-L", ()) if name != "blame" else ():
        path = (argument.text or "").rpartition(":")[2]
        findings += _object(replace(argument, text=path), places, state)
    hunting = hunt(phrase("git {name}", name=name), result, places, state)
    return findings + ([hunting] if hunting else [])


def _checks_signatures(text: str) -> bool:
    return bool(_SIGNATURE.search(text)) and not text.startswith("--grep=")


def _command(words: list[Argument]) -> tuple[str, list[Argument]]:
    """The command's name, of two words where the second one decides, and what follows."""
    name = words[0].text or ""
    if len(words) > 1:
        two = f"{name} {words[1].text}"
        if two in GIT_READERS:
            return two, words[2:]
        if name == "reflog" and words[1].text not in _REFLOG_CHANGES:
            return "reflog show", words[1:]
    return name, words[1:]


def _asks_config(words: list[Argument]) -> bool:
    texts = [word.text for word in words]
    if len(texts) == 1 or (texts[:1] == ["--get"] and len(texts) == 2):
        return bool(_CONFIG_KEY.fullmatch(texts[-1] or "")) and not words[-1].pattern
    return False


def _object(argument: Argument, places: Places, state: State) -> list[Finding]:
    """A revision, a path, or ``revision:path``; judged as any of them."""
    if argument.text is None:
        why = phrase("asks git about what is only known when it runs")
        return [Finding(RiskClass.CONFIRM, why, argument.span)]
    found = [places.reading(argument, state)]
    wanted = _PATHSPEC_MAGIC.sub("", argument.text)
    if re.search(r"[*?\[]", wanted) and not argument.pattern and aims_at_secrets(wanted):
        why = phrase("reads what may hold secrets: {wanted}", wanted=shown(wanted))
        found.append(Finding(RiskClass.SECRET_READ, why, argument.span))
    revision, colon, path = argument.text.partition(":")
    if colon and not argument.pattern:
        found.append(places.reading_path(path or ".", argument.span, state))
        found.append(places.reading_path(revision or ".", argument.span, state))
    return [finding for finding in found if finding is not None]
