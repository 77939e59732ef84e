"""Judges the call of any tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clacky_tui.domain.permissions.commands import findings_of_text
from clacky_tui.domain.permissions.findings import Finding, Reach, decide
from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.rules import BACKGROUND_RULE, EDIT_OF, EDITS_RULE, READING
from clacky_tui.domain.permissions.state import State
from clacky_tui.domain.permissions.tables import SHELLS
from clacky_tui.domain.permissions.wrappers import base_names
from clacky_tui.domain.shell.parse import ShellSyntaxError, simple_commands
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import RiskClass, Scope, Verdict
from clacky_tui.i18n import phrase

_FREE = "web_search web_fetch todo_manager request_user_feedback list_tasks"
_FREE_TOOLS = frozenset(_FREE.split())
_READING = {"file_reader": "path", "grep": "path", "glob": "base_path"}
_ALWAYS_ASKING = {
    "undo_task": phrase("undo changes files"),
    "redo_task": phrase("redo changes files"),
}
_QUIET_BROWSER_ACTIONS = frozenset(("snapshot", "screenshot", "wait", "hover", "scroll", "status"))
_QUIET_BROWSER_KINDS = frozenset(("wait", "hover", "scroll"))
_TYPED_TO = SHELLS | frozenset(
    [
        "ssh",
        "su",
        "sudo",
        "telnet",
        "nc",
        "ncat",
        "python",
        "python3",
        "node",
        "ruby",
        "irb",
        "perl",
        "php",
        "psql",
        "mysql",
        "sqlite3",
        "docker",
        "kubectl",
        "screen",
        "tmux",
        "script",
        "login",
        "mosh",
        "ftp",
        "sftp",
    ]
)
"""Programs that run what is typed into them."""
_NOWHERE = Span(0, 0)


def judge(tool: str, arguments: Mapping[str, Any], scope: Scope) -> Verdict:
    """The verdict on calling `tool`.

    Args:
        tool: canonical tool name.
        arguments: the call's arguments; may be incomplete. For input to a running command,
            ``handle_command`` says which command that is.
    """
    places = Places(scope)
    if tool == "terminal":
        return _terminal(arguments, places)
    if tool in ("edit", "write"):
        return _change(_text(arguments, "path"), places)
    if tool in _READING:
        return _read(tool, arguments, places)
    if tool in _FREE_TOOLS:
        return decide([], scope)
    why = _why_other(tool, arguments)
    if not why:
        return decide([], scope)
    return decide([Finding(RiskClass.CONFIRM, why, _NOWHERE)], scope)


def _why_other(tool: str, arguments: Mapping[str, Any]) -> str:
    match tool:
        case "trash_manager":
            empties = arguments.get("action") == "empty"
            return phrase("emptying the trash is for good") if empties else ""
        case "browser":
            action = _text(arguments, "action")
            quiet = action in _QUIET_BROWSER_ACTIONS or (
                action == "act" and _text(arguments, "kind") in _QUIET_BROWSER_KINDS
            )
            return "" if quiet else phrase("the browser acts in your name")
        case "invoke_skill":
            return ""
        case _:
            return _ALWAYS_ASKING.get(tool, phrase("{tool} is an unknown tool", tool=shown(tool)))


# --- files -------------------------------------------------------------------------------------


def _read(tool: str, arguments: Mapping[str, Any], places: Places) -> Verdict:
    path = _text(arguments, _READING[tool]) or "."
    state = _state(places)
    found = [places.reading_path(path, _NOWHERE, state)]
    pattern = _text(arguments, "pattern") if tool == "glob" else ""
    if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
        fixed = pattern.partition("*")[0]
        found.append(places.reading_path(fixed or "/", _NOWHERE, state))
    findings = [
        replace(finding, rule=f"{READING}{places.real(path, places.root)}")
        for finding in found
        if finding is not None
    ]
    return decide(findings, places.scope)


def _change(path: str, places: Places) -> Verdict:
    if not path:
        return decide([Finding(RiskClass.CONFIRM, phrase("names no file"), _NOWHERE)], places.scope)
    finding = places.changing(Argument(path, _NOWHERE), _state(places))
    if finding.risk is RiskClass.CONFIRM:
        inside = places.inside(places.real(path, places.root))
        rule = EDITS_RULE if inside else f"{EDIT_OF}{places.real(path, places.root)}"
        finding = replace(
            finding, risk=RiskClass.EDIT, why=phrase("edits ask in this mode"), rule=rule
        )
    elif finding.reach is not Reach.LATER:
        finding = replace(finding, rule=f"{EDIT_OF}{places.real(path, places.root)}")
    return decide([finding], places.scope)


# --- commands ----------------------------------------------------------------------------------


def _terminal(arguments: Mapping[str, Any], places: Places) -> Verdict:
    command = _text(arguments, "command")
    if arguments.get("handle_id"):
        command = _typed(arguments)
    if not command.strip():
        return decide([], places.scope)
    whole_span = Span(0, len(command))
    findings: list[Finding] = []
    folder = places.root
    cwd = _text(arguments, "cwd")
    if cwd and not arguments.get("handle_id"):
        found = places.reading_path(cwd, whole_span, _state(places))
        if found:
            findings.append(
                replace(found, why=phrase("runs outside the project: {cwd}", cwd=shown(cwd)))
            )
        folder = places.real(cwd, places.root)
    if arguments.get("env"):
        names = ", ".join(map(str, arguments["env"]))
        why = phrase("sets environment variables: {names}", names=shown(names))
        findings.append(Finding(RiskClass.CONFIRM, why, whole_span))
    if arguments.get("async"):
        why = phrase("goes on running in the background")
        findings.append(Finding(RiskClass.CONFIRM, why, whole_span, rule=BACKGROUND_RULE))
    findings += findings_of_text(command, places, State(frozenset((folder,))))
    is_plain = "\n" not in command and not arguments.get("env") and folder == places.root
    return decide(findings, places.scope, command.strip() if is_plain else "")


def _typed(arguments: Mapping[str, Any]) -> str:
    """What input to a running command would make a shell run; empty for harmless input."""
    typed = _text(arguments, "input")
    if arguments.get("kill") or not typed:
        return ""
    running = _text(arguments, "handle_command")
    try:
        programs = {name for simple in simple_commands(running) for name in base_names(simple)}
    except ShellSyntaxError:
        return typed
    return typed if programs & _TYPED_TO or not running else ""


def _state(places: Places) -> State:
    return State(frozenset((places.root,)))


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    return value if isinstance(value, str) else ""
