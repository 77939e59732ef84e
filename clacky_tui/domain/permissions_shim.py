"""Stands in for `domain.permissions` with the contract of `domain.verdict` until it speaks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clacky_tui.domain import permissions
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import Decision, RiskClass, Scope, Verdict


def judge(tool: str, arguments: Mapping[str, Any], scope: Scope) -> Verdict:
    command = str(arguments.get("command") or "")
    if "sudo" in command:
        at = command.index("sudo")
        return Verdict(Decision.DENY, RiskClass.DENY, "sudo is never run", (Span(at, at + 4),))
    if "path" in arguments:
        path = str(arguments["path"])
        real = path if path.startswith("/") else f"{scope.working_dir}/{path}"
        arguments = {**arguments, "path": scope.real_path(real)}
    old = permissions.judge(tool, arguments, scope.mode, scope.working_dir)
    if not old.asks:
        return Verdict(Decision.ALLOW, RiskClass.SAFE)
    rule = ""
    if old.session_rule:
        rule = "edits in this project" if tool in ("edit", "write") else command
    if rule and rules_of(rule) <= scope.allowed_rules:
        return Verdict(Decision.ALLOW, RiskClass.CONFIRM)
    secret = "secret" in old.reason
    risk = RiskClass.SECRET_READ if secret else RiskClass.CONFIRM
    if not scope.attended:
        return Verdict(Decision.DENY, risk, old.reason)
    first = command.split()[0] if command.split() else ""
    at = command.find(first)
    spans = (Span(at, at + len(first)),) if first else ()
    return Verdict(Decision.ASK, risk, old.reason, spans, rule)


def rules_of(rule: str) -> frozenset[str]:
    return frozenset(rule.split(" && ")) if rule else frozenset()
