"""Questions to the person that the worker waits for, each with an id."""

from __future__ import annotations

import asyncio
import secrets
from typing import Generic, TypeVar

A = TypeVar("A")


def new_request_id() -> str:
    """A fresh id for anything a person may answer."""
    return secrets.token_hex(6)


class Questions(Generic[A]):
    """Open questions of one kind. An answer whose question is gone changes nothing."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[A]] = {}

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The questions that wait, oldest first."""
        return tuple(self._open)

    def open(self) -> tuple[str, asyncio.Future[A]]:
        """A fresh id and the future its answer will fulfil."""
        request_id = new_request_id()
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._open[request_id] = future
        future.add_done_callback(lambda _: self._open.pop(request_id, None))
        return request_id, future

    def answer(self, request_id: str, answer: A) -> None:
        future = self._open.get(request_id)
        if future is not None and not future.done():
            future.set_result(answer)
