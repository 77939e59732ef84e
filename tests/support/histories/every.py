"""Every agent's histories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from support.histories import (
    claude,
    codex,
    copilot,
    cursor,
    gemini,
    hermes,
    kimi,
    opencode,
    pi,
    qwen,
)
from support.histories.truth import Truth

HISTORIES: Mapping[str, Callable[[Path, int], Truth]] = {
    each.AGENT: each.write
    for each in (claude, codex, gemini, cursor, copilot, kimi, qwen, hermes, pi, opencode)
}
