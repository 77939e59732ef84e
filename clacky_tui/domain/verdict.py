"""The answer to "may this call run?", and what the answer depends on."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.shell.syntax import Span


class Decision(StrEnum):
    """What happens to a call."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class RiskClass(StrEnum):
    """What a call can do, worst last (spec/tools-skills.md 3.5)."""

    SAFE = "safe"
    """Only reads, inside the project."""
    EDIT = "edit"
    """Changes files of the project through edit or write."""
    CONFIRM = "confirm"
    """Runs code, changes something, or cannot be told."""
    OUTSIDE = "outside"
    """Reads or writes outside the project, or what runs later by itself."""
    SECRET_READ = "secret_read"
    REMOTE_CODE = "remote_code"
    """Runs what it downloads."""
    SECRET_WRITE = "secret_write"
    DENY = "deny"
    """Irreversible or against the host: never, in any mode."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and under which wishes a call is judged. Paths are absolute.

    Attributes:
        real_path: an absolute path with its symbolic links followed; looks at the disk when the
            caller gives one that does.
        matching: the existing paths an absolute shell pattern finds (``**`` at any depth); None when
            nobody looks, then patterns are judged by their text.
        git_runs: what asking git in an absolute folder would run or reach besides the project's own
            repository, as a phrase after "git"; empty when nothing, None when nobody looks.
        allowed_rules: what was allowed for the session or for good, as `Verdict.rule` names it.
        attended: False when nobody can be asked.
    """

    working_dir: str
    mode: PermissionMode = PermissionMode.CONFIRM_SAFES
    home: str = ""
    data_dir: str = ""
    temp_dir: str = "/tmp"
    allowed_rules: frozenset[str] = frozenset()
    attended: bool = True
    real_path: Callable[[str], str] = posixpath.normpath
    matching: Callable[[str], Sequence[str]] | None = None
    git_runs: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one call.

    Attributes:
        why: in plain words; empty for what runs without remark.
        spans: the pieces of the command that decided, for highlighting.
        rule: what "this session" or "always" would allow, shown to the person and kept as is;
            empty when not on offer.
    """

    decision: Decision
    risk: RiskClass
    why: str = ""
    spans: tuple[Span, ...] = ()
    rule: str = ""

    @property
    def asks(self) -> bool:
        return self.decision is Decision.ASK
