"""Messages sent while a task runs; they enter the conversation before the next model request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Waiting:
    client_id: str
    text: str
    attachments: tuple[str, ...] = ()


class Inbox:
    """The queue, oldest first. `changed` is called after every change with what is left."""

    def __init__(self, changed: Callable[[tuple[Waiting, ...]], None]) -> None:
        self._waiting: tuple[Waiting, ...] = ()
        self._changed = changed

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: Waiting) -> None:
        self._set((*self._waiting, item))

    def edit(self, client_id: str, text: str) -> None:
        """Replace the text of a waiting message; an empty text removes it."""
        edited = (
            replace(item, text=text) if item.client_id == client_id else item
            for item in self._waiting
        )
        self._set(tuple(item for item in edited if item.text.strip()))

    def take_all(self) -> tuple[Waiting, ...]:
        """Everything waiting, which leaves the queue empty."""
        taken = self._waiting
        if taken:
            self._set(())
        return taken

    def take_first(self) -> Waiting | None:
        """The oldest message, which leaves the queue; None when it is empty."""
        if not self._waiting:
            return None
        first, *rest = self._waiting
        self._set(tuple(rest))
        return first

    def _set(self, waiting: tuple[Waiting, ...]) -> None:
        self._waiting = waiting
        self._changed(waiting)
