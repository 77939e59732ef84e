"""The error family: what happened, where, and what to do next.

Every error a person may read carries a `hint`: the one next step. `code` is a stable short word
that front ends and tests may match on; it never changes with the wording.
"""

from __future__ import annotations

from enum import IntEnum

from clacky_tui.i18n import tr


class ExitCode(IntEnum):
    """Process exit codes (spec/tui-cli.md 1.4; signals as 128 + number)."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class ClackyError(Exception):
    """Base of all errors that are shown to a person.

    Args:
        message: what happened and where, one sentence.
        code: stable short word, e.g. ``"auth"``.
        hint: the next step, one sentence; may be empty.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    @property
    def told(self) -> str:
        """All of it, in the language of the person."""
        return f"{tr(self.message)} {tr(self.hint)}".rstrip()


class ConfigError(ClackyError):
    """The configuration cannot be used as it is."""

    code = "config"


class SessionError(ClackyError):
    """A stored session cannot be found, read or changed."""

    code = "session"


class ToolError(ClackyError):
    """A tool cannot do what was asked; the text goes to the model as the result."""

    code = "tool"


class ProviderError(ClackyError):
    """A model request failed.

    Attributes:
        status: HTTP status, or None when there was no response.
        retryable: True when the same request may succeed later.
        retry_after_seconds: what the server asked for, or None.
    """

    code = "provider"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str = "",
        status: int | None = None,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class BudgetError(ClackyError):
    """A budget stops the task before the next request is sent."""

    code = "budget"
