"""What the person sent while the agent was at work: it waits for the running task, or for its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from clacky_tui.events import QueuedMessage, WaitsFor
from clacky_tui.i18n import tr


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message, or a shell line (`is_shell`), and what it waits for."""

    client_id: str
    text: str
    attachments: tuple[str, ...] = ()
    when: WaitsFor = "safe_point"
    is_shell: bool = False

    @property
    def told(self) -> QueuedMessage:
        """What a front end reads of it."""
        return QueuedMessage(
            client_id=self.client_id,
            text=self.text,
            attachments=self.attachments,
            when=self.when,
            is_shell=self.is_shell,
        )


class Inbox:
    """The queue, oldest first. `changed` is called after every change with what is left.

    Attributes:
        held: nothing starts by itself until the person has sent something more.
    """

    def __init__(self, changed: Callable[[tuple[Waiting, ...]], None]) -> None:
        self._waiting: tuple[Waiting, ...] = ()
        self._changed = changed
        self.held = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def steers(self) -> bool:
        """True when something waits that is to join the running task."""
        return any(item.when == "safe_point" for item in self._waiting)

    def put(self, item: Waiting) -> None:
        self._set((*self._waiting, item))

    def edit(self, client_id: str, text: str) -> None:
        """Replace the text of a waiting message; an empty text removes it."""
        edited = (
            replace(item, text=text) if item.client_id == client_id else item
            for item in self._waiting
        )
        self._set(tuple(item for item in edited if item.text.strip()))

    def take(self, client_id: str) -> Waiting | None:
        """The message of that id, which leaves the queue; None when it waits no more."""
        return self._take(lambda item: item.client_id == client_id)

    def take_steering(self) -> Waiting | None:
        """The oldest message for the running task, which leaves the queue; None without one."""
        return self._take(lambda item: item.when == "safe_point")

    def take_next(self) -> Waiting | None:
        """What is to be begun now, which leaves the queue; None when there is nothing, or it is held."""
        return None if self.held else self._take(lambda item: True)

    def forget(self) -> None:
        """Empty the queue without a word: its session ends, and its journal still tells of it."""
        self._waiting = ()
        self.held = False

    def _take(self, fits: Callable[[Waiting], bool]) -> Waiting | None:
        found = next((item for item in self._waiting if fits(item)), None)
        if found is not None:
            self._set(tuple(item for item in self._waiting if item is not found))
        return found

    def _set(self, waiting: tuple[Waiting, ...]) -> None:
        self._waiting = waiting
        self._changed(waiting)


def held_notice(count: int) -> str:
    """Tells the person that what they sent waits for them."""
    if count == 1:
        return tr("What you sent meanwhile still waits: it follows your next message.")
    return tr(
        "The {count} things you sent meanwhile still wait: they follow your next message.",
        count=count,
    )
