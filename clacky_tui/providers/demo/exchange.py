"""What a scenario sees: the person's newest request and everything that has happened since."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.providers.demo.conversation import Conversation, Entry, SeenCall

FEEDBACK_TOOL = "request_user_feedback"

_WORKING_DIR = re.compile(r"Working directory: (.+?)\]?\s*$", re.DOTALL)
_REFUSED = "NOT performed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call and what came of it."""

    call: SeenCall
    result: str

    @property
    def refused(self) -> bool:
        """True when the person said no."""
        return _REFUSED in self.result and self.problem != ""

    @property
    def problem(self) -> str:
        """Why it failed, in the tool's words; empty when it did not."""
        try:
            value = json.loads(self.result)
        except ValueError:
            first_line = self.result.strip().partition("\n")[0]
            return first_line if first_line.lower().startswith("error") else ""
        error = value.get("error") if isinstance(value, dict) else None
        return str(error) if error else ""

    @property
    def feedback(self) -> str:
        """What the person said when refusing; empty when nothing."""
        if not self.refused:
            return ""
        return str(json.loads(self.result).get("user_feedback") or "")


@dataclass(frozen=True, slots=True)
class Exchange:
    """The newest request and the batches of calls made for it, oldest first.

    `lay_out_sample` makes the sample project and returns its folder.
    """

    request: str
    batches: tuple[tuple[Outcome, ...], ...]
    working_dir: str
    answers_question: bool
    """True when `request` answers what the model asked before."""
    lay_out_sample: Callable[[], Path]


def read_exchange(conversation: Conversation, lay_out_sample: Callable[[], Path]) -> Exchange:
    """The newest exchange of `conversation`; texts in brackets are the program's, not a person's."""
    entries = conversation.entries
    typed = [i for i, e in enumerate(entries) if e.kind == "user" and not _is_scaffolding(e.text)]
    newest = typed[-1] if typed else len(entries)
    since = entries[newest + 1 :]
    results = {entry.call_id: entry.text for entry in since if entry.kind == "tool"}
    return Exchange(
        request=entries[newest].text if typed else "",
        batches=tuple(
            tuple(Outcome(call, results.get(call.id, "")) for call in entry.calls)
            for entry in since
            if entry.calls
        ),
        working_dir=_working_dir(entries),
        answers_question=_asked_before(entries[:newest]),
        lay_out_sample=lay_out_sample,
    )


def _is_scaffolding(text: str) -> bool:
    return text.lstrip().startswith("[")


def _working_dir(entries: tuple[Entry, ...]) -> str:
    for entry in reversed(entries):
        if entry.kind == "user" and entry.text.startswith("[Session context"):
            found = _WORKING_DIR.search(entry.text)
            if found:
                return found[1]
    return "."


def _asked_before(entries: tuple[Entry, ...]) -> bool:
    replies = [entry for entry in entries if entry.kind == "assistant"]
    return bool(replies) and any(call.name == FEEDBACK_TOOL for call in replies[-1].calls)
