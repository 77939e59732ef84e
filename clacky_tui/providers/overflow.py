"""Whether a provider refused a request because the conversation is longer than its window.

Providers have no common code for it, only wordings: those of spec/agent-core.md 4.9 and a few met
elsewhere. The test is broad on purpose: a false alarm costs one compression, a miss ends the task.
"""

from __future__ import annotations

import re

from clacky_tui.errors import ProviderError

_PHRASES = (
    "context length",
    "context_length_exceeded",
    "maximum context",
    "maximum input length",
    "prompt is too long",
    "input is too long",
    "exceeds the maximum context",
    "exceeds the model's context",
    "exceeds the model's maximum",
    "reduce the length of the input",
    "reduce the length of the messages",
    "reduce the length of your",
    "reduce the length of the prompt",
    "range of input length",
    "parameter=input_tokens",
    # Gemini, xAI, llama.cpp, Kimi, MiniMax and GLM, in this order.
    "exceeds the maximum number of tokens",
    "maximum prompt length",
    "exceeds the available context size",
    "exceeded model token limit",
    "context window exceeds",
    "prompt exceeds max length",
)
_COUNTED = re.compile(r"\d\s*tokens?\s*>\s*\d")
_ABOUT_SOMETHING_ELSE = re.compile(
    r"\bauth|api.?key|file.?(?:path|name)|parameter is invalid|missing .{0,40}field|malformed"
)


def is_overflow(error: ProviderError) -> bool:
    """True when `error` says that the input does not fit; only a refused request can say so."""
    if error.status != 400 and not (error.status is None and error.code == "bad_request"):
        return False
    said = error.message.lower()
    if _ABOUT_SOMETHING_ELSE.search(said):
        return False
    return any(phrase in said for phrase in _PHRASES) or _COUNTED.search(said) is not None
