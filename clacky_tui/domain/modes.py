"""Permission modes: how much runs without asking (stored values are the original's)."""

from __future__ import annotations

from enum import StrEnum


class PermissionMode(StrEnum):
    """When a person is asked (spec/tools-skills.md 3.10)."""

    CONFIRM_SAFES = "confirm_safes"
    """Reading runs; edits and commands ask."""
    CONFIRM_ALL = "confirm_all"
    """Everything runs; questions of the model wait for a person (the name is historical)."""
    AUTO_APPROVE = "auto_approve"
    """Everything runs; questions are answered automatically."""

    @property
    def label(self) -> str:
        """The short word shown in the session bar."""
        return _LABELS[self]

    @property
    def toggled(self) -> PermissionMode:
        """What Shift+Tab leads to."""
        if self is PermissionMode.AUTO_APPROVE:
            return PermissionMode.CONFIRM_SAFES
        return PermissionMode.AUTO_APPROVE


_LABELS = {
    PermissionMode.CONFIRM_SAFES: "confirm",
    PermissionMode.CONFIRM_ALL: "free",
    PermissionMode.AUTO_APPROVE: "auto",
}
