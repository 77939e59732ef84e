"""The newest output of a running tool: bounded, cheap to add to, read from its end."""

from __future__ import annotations

from collections import deque

KEPT_CHARS = 400_000
"""Two characters for each cell of a big screen, many times over; the rest is in the tool's file."""


class OutputTail:
    """Pieces as they came. `total_chars` counts all that was ever added."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._chars = 0
        self.total_chars = 0

    def append(self, text: str) -> None:
        """Add `text`; what no longer fits is dropped from the front."""
        self._pieces.append(text)
        self._chars += len(text)
        self.total_chars += len(text)
        while self._chars - len(self._pieces[0]) >= KEPT_CHARS:
            self._chars -= len(self._pieces.popleft())

    def last(self, chars: int) -> str:
        """At least the newest `chars` characters, as far as there are any."""
        pieces: list[str] = []
        for piece in reversed(self._pieces):
            if chars <= 0:
                break
            pieces.append(piece[-chars:])
            chars -= len(piece)
        return "".join(reversed(pieces))

    def since(self, total_chars: int) -> str | None:
        """What came after `total_chars` characters; None when a part of that is gone."""
        missing = self.total_chars - total_chars
        return None if missing > self._chars else self.last(missing)

    def clear(self) -> None:
        """Forget everything but the count."""
        self._pieces.clear()
        self._chars = 0
