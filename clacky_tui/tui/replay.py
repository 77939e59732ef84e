"""What was said in a resumed session, read from its journal a few screens at a time, the newest first."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from clacky_tui import events
from clacky_tui.sessions.backwards import read_events_backwards
from clacky_tui.sessions.records import event_of, journal_records
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.story import Story
from clacky_tui.tui.telling import tell

PAGE_EVENTS = 200
"""About five screens of a working session."""
HEAD_RECORDS = 50
"""Among the first of a journal one says whether the session is held with the demo model."""

_OF_A_CALL = (
    events.ToolPreview,
    events.ApprovalAsked,
    events.ApprovalGiven,
    events.ToolStarted,
    events.ToolFinished,
)


class Replay:
    """Reads one journal backwards. Blocking; use it in one thread after another.

    Args:
        path: the journal.
        end: byte before which it is read; 0 when there is nothing to read.
        simulated: whether the session's costs are pretended.
        token_line: the preference of that name.
    """

    def __init__(self, path: Path, end: int, *, simulated: bool, token_line: str = "full") -> None:
        self._path = path
        self._end = self._start = end
        self._simulated = simulated
        self._token_line = token_line
        self._headless: list[events.Event] = []
        """Of calls whose beginning is still to be read."""

    @classmethod
    def at_end(cls, path: Path, *, token_line: str = "full") -> Replay:
        """Reads the whole of a journal as it is now.

        Raises:
            OSError: it cannot be read.
        """
        end, simulated = path.stat().st_size, _is_simulated(path)
        return cls(path, end, simulated=simulated, token_line=token_line)

    def began_at(self, path: Path, end: int) -> bool:
        """Whether it reads the journal in `path` from the byte `end` backwards."""
        return (self._path, self._end) == (path, end)

    @property
    def has_earlier(self) -> bool:
        """False once the first line was read."""
        return self._start > 0

    def earlier(self, count: int = PAGE_EVENTS) -> list[Entry]:
        """The entries of the `count` events before those read so far; none at the beginning.

        Raises:
            OSError: the journal cannot be read.
        """
        if not self.has_earlier:
            return []
        is_newest = self._start == self._end
        page = read_events_backwards(self._path, self._start, count)
        self._start = page.start
        story = self._story([envelope.event for envelope in page.events])
        if not is_newest:
            story.settle_question()  # what answered it is in a page told before
        return story.entries

    def _story(self, page: list[events.Event]) -> Story:
        story = Story([])
        headless: list[events.Event] = []
        for event in page:
            if isinstance(event, _OF_A_CALL) and event.call_id not in story.tools:
                headless.append(event)
            elif isinstance(event, events.TextDone):
                story.add_reply(event.text)
            else:
                self._tell(event, story)
        later, self._headless = self._headless, headless
        for event in later:
            if isinstance(event, _OF_A_CALL) and event.call_id in story.tools:
                self._tell(event, story)
            else:
                self._headless.append(event)
        return story

    def _tell(self, event: events.Event, story: Story) -> None:
        tell(event, story, simulated=self._simulated, token_line=self._token_line)


def _is_simulated(path: Path) -> bool:
    for record in islice(journal_records(path), HEAD_RECORDS):
        event = event_of(record)
        if event.get("kind") == "session.opened":
            return event.get("simulated") is True
    return False
