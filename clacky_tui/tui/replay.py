"""What was said in a resumed session, read from its journal a few screens at a time, the newest first."""

from __future__ import annotations

import asyncio
from pathlib import Path

from clacky_tui import events
from clacky_tui.sessions.backwards import read_events_backwards
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.story import Story
from clacky_tui.tui.telling import tell

PAGE_EVENTS = 200
"""About five screens of a working session."""

_OF_A_CALL = (
    events.ToolPreview,
    events.ApprovalAsked,
    events.ApprovalGiven,
    events.ToolStarted,
    events.ToolFinished,
)


class Replay:
    """Reads one journal backwards.

    Args:
        path: the journal.
        end: byte before which it is read; 0 when there is nothing to read.
        simulated: whether the session's costs are pretended.
        token_line: the preference of that name.
    """

    def __init__(self, path: Path, end: int, *, simulated: bool, token_line: str = "full") -> None:
        self._path = path
        self._start = end
        self._simulated = simulated
        self._token_line = token_line
        self._headless: list[events.Event] = []
        """Of calls whose beginning is still to be read."""

    @property
    def has_earlier(self) -> bool:
        """False once the first line was read."""
        return self._start > 0

    async def earlier(self, count: int = PAGE_EVENTS) -> list[Entry]:
        """The entries of the `count` events before those read so far; none at the beginning.

        Raises:
            OSError: the journal cannot be read.
        """
        if not self.has_earlier:
            return []
        page = await asyncio.to_thread(read_events_backwards, self._path, self._start, count)
        self._start = page.start
        return await asyncio.to_thread(self._entries, [envelope.event for envelope in page.events])

    def _entries(self, page: list[events.Event]) -> list[Entry]:
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
        return story.entries

    def _tell(self, event: events.Event, story: Story) -> None:
        tell(event, story, simulated=self._simulated, token_line=self._token_line)
