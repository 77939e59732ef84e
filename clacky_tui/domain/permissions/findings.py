"""What was found in a call, and what follows from it in each mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import Decision, RiskClass, Scope, Verdict
from clacky_tui.i18n import phrase


class Reach(Enum):
    """How far a finding reaches; it decides where nobody can be asked."""

    INSIDE = "inside"
    """The working directory or the temporary one."""
    OUTSIDE_READ = "outside_read"
    OUTSIDE_CHANGE = "outside_change"
    LATER = "later"
    """Changes what runs later by itself: start-up files, schedules."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to run without a question.

    Attributes:
        why: one plain sentence without a full stop.
        rule: what allowing this piece for good would be called; empty when not on offer.
    """

    risk: RiskClass
    why: str
    span: Span
    reach: Reach = Reach.INSIDE
    rule: str = ""


_ASK, _RUN, _DENY = Decision.ASK, Decision.ALLOW, Decision.DENY
_Row = tuple[Decision, Decision, Decision, Decision]
_SEVERITY = {risk: index for index, risk in enumerate(RiskClass)}

_ROWS: dict[RiskClass, _Row] = {
    RiskClass.SAFE: (_RUN, _RUN, _RUN, _RUN),
    RiskClass.EDIT: (_ASK, _RUN, _RUN, _RUN),
    RiskClass.CONFIRM: (_ASK, _RUN, _RUN, _RUN),
    RiskClass.OUTSIDE: (_ASK, _RUN, _RUN, _RUN),
    RiskClass.SECRET_READ: (_ASK, _RUN, _RUN, _RUN),
    RiskClass.REMOTE_CODE: (_ASK, _DENY, _DENY, _DENY),
    RiskClass.SECRET_WRITE: (_DENY, _DENY, _DENY, _DENY),
    RiskClass.DENY: (_DENY, _DENY, _DENY, _DENY),
}
_REACH_ROWS: dict[Reach, _Row] = {
    Reach.OUTSIDE_READ: (_ASK, _RUN, _RUN, _DENY),
    Reach.OUTSIDE_CHANGE: (_ASK, _ASK, _RUN, _DENY),
    Reach.LATER: (_ASK, _ASK, _ASK, _DENY),
}
"""Columns: `CONFIRM_SAFES` (confirm), `CONFIRM_ALL` (free: it asks nothing, whatever its stored
name says), `AUTO_APPROVE` (auto), and nobody there (spec/tools-skills.md 3.10)."""

_RULABLE = frozenset((RiskClass.EDIT, RiskClass.CONFIRM, RiskClass.OUTSIDE))


def _row(finding: Finding) -> _Row:
    if finding.reach is Reach.INSIDE or finding.risk not in _RULABLE:
        return _ROWS[finding.risk]
    return _REACH_ROWS[finding.reach]


def _decision(finding: Finding, scope: Scope) -> Decision:
    confirm, free, auto, unattended = _row(finding)
    if not scope.attended:
        return unattended
    match scope.mode:
        case PermissionMode.CONFIRM_SAFES:
            return confirm
        case PermissionMode.CONFIRM_ALL:
            return free
        case PermissionMode.AUTO_APPROVE:
            return auto


def _rulable(finding: Finding) -> bool:
    """Whether a person may allow it for good."""
    return finding.risk in _RULABLE and finding.reach is not Reach.LATER


_WEIGHT = {Decision.ALLOW: 0, Decision.ASK: 1, Decision.DENY: 2}


def decide(findings: Iterable[Finding], scope: Scope, whole: str = "") -> Verdict:
    """The verdict on a call in which `findings` were found.

    Args:
        whole: the rule that stands for the whole call where its pieces have none of their own.
    """
    found = list(findings)
    if whole and whole in scope.allowed_rules and all(map(_rulable, found)):
        return Verdict(Decision.ALLOW, _worst(found))
    open_findings = [f for f in found if not (_rulable(f) and f.rule in scope.allowed_rules)]
    decisions = [_decision(f, scope) for f in open_findings]
    decision = max(decisions, key=_WEIGHT.__getitem__, default=Decision.ALLOW)
    deciding = [f for f, d in zip(open_findings, decisions, strict=True) if d is decision]
    if decision is Decision.ALLOW:
        return Verdict(decision, _worst(found))
    risk = _worst(deciding)
    worst = [finding for finding in deciding if finding.risk is risk]
    spans = tuple(dict.fromkeys(finding.span for finding in worst))
    why = worst[0].why
    if risk is RiskClass.REMOTE_CODE and decision is Decision.DENY:
        why = phrase("{why}; download it to a file, read it, then run it", why=why)
    elif decision is Decision.DENY and not scope.attended and risk in _RULABLE:
        why = phrase("{why}, and nobody is there to agree", why=why)
    rule = _rule(open_findings, whole) if decision is Decision.ASK else ""
    return Verdict(decision, risk, why, spans, rule)


def _worst(findings: list[Finding]) -> RiskClass:
    return max((f.risk for f in findings), key=_SEVERITY.__getitem__, default=RiskClass.SAFE)


def _rule(findings: list[Finding], whole: str) -> str:
    """One rule per line for every piece that asks; empty when one may not be allowed for good."""
    if not all(map(_rulable, findings)):
        return ""
    rules = [finding.rule for finding in findings]
    return "\n".join(dict.fromkeys(rules)) if all(rules) else whole


def rules_of(rule: str) -> frozenset[str]:
    """The single rules a `Verdict.rule` stands for: what `Scope.allowed_rules` holds."""
    return frozenset(line for line in rule.split("\n") if line)
