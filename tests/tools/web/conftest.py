"""A server, and a session whose person allowed it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from support.page_server import PageServer

from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.tools.base import ToolContext


@pytest.fixture
async def server() -> AsyncIterator[PageServer]:
    async with PageServer().running() as running:
        yield running


@pytest.fixture
def context(context: ToolContext) -> ToolContext:
    """A session whose person allowed the loopback address."""
    context.web = WebSettings(allowed_hosts=("127.0.0.1",))
    return context
