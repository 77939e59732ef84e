"""What the demo server is told to say: a turn, and for tests the ways a reply can go wrong."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A tool call. `arguments` as text goes out as it is, valid JSON or not."""

    name: str
    arguments: Mapping[str, Any] | str
    id: str = ""
    """Empty lets the server choose one that is unique in the conversation."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply, whatever the wire."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ScriptedCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One scripted answer, given to the next request that arrives.

    Order on the wire: reasoning, text, tool calls, finish reason, usage. `start_gate` holds the reply
    back before its first byte after the headers, `gate` after its text; both are waited for until
    they are set, the client leaves or the server stops. A request for no stream gets all of it at
    once, as one JSON body that either gate holds back.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ScriptedCall, ...] = ()
    finish: str | None = None
    """The wire's own finish reason; None chooses, empty ends the stream without one."""
    usage: Mapping[str, Any] | None = None
    """The wire's own usage object; None counts honestly, empty reports nothing."""
    start_gate: threading.Event | None = None
    gate: threading.Event | None = None
    stall: bool = False
    """Send nothing more after the text, and do not close either."""
    error_event: Mapping[str, Any] | None = None
    """The wire's own error object, sent after the text instead of the rest."""
    cut_after_bytes: int | None = None
    """Close the socket after so many bytes of the body, in the middle of whatever it is."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | None = None
    """A plain body instead of a stream; with another `status`, None sends the wire's error form."""
    content_type: str = "application/json"
    """Of a plain body."""

    @property
    def turn(self) -> Turn:
        return Turn(self.text, self.reasoning, self.tool_calls)
