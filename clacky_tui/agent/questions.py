"""Questions to the person that the worker waits for, each with an id."""

from __future__ import annotations

import asyncio
import secrets

from clacky_tui.commands import Approve


def new_request_id() -> str:
    """A fresh id for anything a person may answer."""
    return secrets.token_hex(6)


class Questions:
    """Open approval requests. An answer whose question is gone changes nothing."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Approve]] = {}

    def open(self) -> tuple[str, asyncio.Future[Approve]]:
        """A fresh id and the future its answer will fulfil."""
        request_id = new_request_id()
        future: asyncio.Future[Approve] = asyncio.get_running_loop().create_future()
        self._open[request_id] = future
        future.add_done_callback(lambda _: self._open.pop(request_id, None))
        return request_id, future

    def answer(self, command: Approve) -> None:
        future = self._open.get(command.request_id)
        if future is not None and not future.done():
            future.set_result(command)

    def approve_all(self) -> None:
        """Answer yes to everything open: the person switched asking off."""
        for request_id in list(self._open):
            self.answer(Approve(request_id=request_id, answer="yes"))
