"""A last look at text that could not be read as a command: the worst is refused all the same."""

from __future__ import annotations

import re

from clacky_tui.domain.permissions.findings import Finding
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

_START = (
    r"(?:^|[;&|(`{\n]|\b(?:then|do|else|time|exec|env|xargs|nohup|command)\s)\s*(?:\w+=\S*\s+)*"
)
_DENIED = re.compile(
    rf"{_START}(?:/\S*/)?(?:sudo|doas|su|pkexec|visudo|mkfs[.\w]*|shutdown|reboot|halt|poweroff"
    r"|wipefs)(?=\s|$)"
)
_REMOVED = re.compile(
    rf"{_START}rm(?:\s+-\S+)*\s+(?:--\s+)?['\"]?(?:/|~|\$HOME|\$\{{HOME\}})/?\*?['\"]?(?=[\s;&|)]|$)"
)
_FORK_BOMB = re.compile(r"([\w:.-]+)\s*\(\)\s*\{\s*\1\s*\|\s*\1\s*&\s*\}")
_PIPED = re.compile(
    r"\b(?:curl|wget)\b[^\n;]*\|\s*(?:env\s+)?(?:\w*sh|python[0-9.]*|perl|ruby|node)\b"
)


def findings(text: str) -> list[Finding]:
    """Denials and downloaded code that `text` plainly names."""
    looks = (
        (_DENIED, RiskClass.DENY, phrase("runs what no mode allows")),
        (_REMOVED, RiskClass.DENY, phrase("removes what everything else needs")),
        (
            _FORK_BOMB,
            RiskClass.DENY,
            phrase("starts itself again and again until the computer stops"),
        ),
        (_PIPED, RiskClass.REMOTE_CODE, phrase("runs what it downloads, unseen")),
    )
    return [
        Finding(risk, why, Span(*found.span()))
        for pattern, risk, why in looks
        if (found := pattern.search(text))
    ]
