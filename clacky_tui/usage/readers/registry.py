"""Every reader, in the order of reports."""

from __future__ import annotations

from clacky_tui.usage.reader import Reader
from clacky_tui.usage.readers.claude import ClaudeReader
from clacky_tui.usage.readers.codex import CodexReader
from clacky_tui.usage.readers.copilot import CopilotReader
from clacky_tui.usage.readers.cursor import CursorReader
from clacky_tui.usage.readers.gemini import GeminiReader
from clacky_tui.usage.readers.hermes import HermesReader
from clacky_tui.usage.readers.kimi import KimiReader
from clacky_tui.usage.readers.ledger import LedgerReader, OctoReader
from clacky_tui.usage.readers.opencode import OpenCodeReader
from clacky_tui.usage.readers.pi import PiReader
from clacky_tui.usage.readers.qwen import QwenReader

READERS: tuple[Reader, ...] = (
    LedgerReader(),
    OctoReader(),
    ClaudeReader(),
    CodexReader(),
    GeminiReader(),
    CursorReader(),
    CopilotReader(),
    KimiReader(),
    QwenReader(),
    HermesReader(),
    PiReader(),
    OpenCodeReader(),
)
