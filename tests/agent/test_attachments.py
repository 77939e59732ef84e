"""Files sent along with a message, from the command to the request."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.pdf import pdf
from support.worker import Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.providers.demo.script import ScriptedCall, Step

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def temporary_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield


async def submitted(harness: Harness, *paths: Path | str) -> None:
    harness.send(commands.Submit(text="Look.", attachments=tuple(map(str, paths))))
    await harness.next(events.TaskEnded)


def user_parts(harness: Harness) -> list[dict[str, Any]]:
    """What the last request says in the person's name, pictures among it."""
    messages = json.loads(harness.server.requests[-1].raw)["messages"]
    contents = [message["content"] for message in messages if message["role"] == "user"]
    blocks: list[dict[str, Any]] = []
    for content in contents:
        blocks += [{"type": "text", "text": content}] if isinstance(content, str) else content
    return blocks


def said(harness: Harness) -> str:
    return "\n".join(part.get("text", "") for part in user_parts(harness))


async def test_a_picture_goes_inline_and_is_described(tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(PIXEL)
    async with running_worker([Step(text="A dot.")], tmp_path) as harness:
        await submitted(harness, "dot.png")
        kinds = [part["type"] for part in user_parts(harness)]
        assert kinds.count("image") == 1
        assert "[File: dot.png]\nType: image/png\nSize: 70 bytes" in said(harness)


async def test_a_model_without_eyes_is_told_and_so_is_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.agent.workbench.supports_vision", lambda model, url: False)
    (tmp_path / "dot.png").write_bytes(PIXEL)
    async with running_worker([Step(text="?")], tmp_path, wire="openai_chat") as harness:
        await submitted(harness, "dot.png")
        assert "image_url" not in harness.server.requests[-1].raw.decode()
        assert "cannot see pictures" in said(harness)
        assert "cannot see pictures" in harness.all(events.Notice)[-1].text


async def test_a_document_is_read_and_its_text_is_at_hand(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(pdf("The quick brown fox jumps"))
    (tmp_path / "plain.txt").write_text("plain")
    async with running_worker([Step(text="Read.")], tmp_path) as harness:
        await submitted(harness, tmp_path / "paper.pdf", tmp_path / "plain.txt")
        [line] = [x for x in said(harness).splitlines() if x.startswith("Text: ")]
        text = await asyncio.to_thread(Path(line.removeprefix("Text: ")).read_text)
        assert "quick brown fox" in text
        assert f"[File: plain.txt]\nType: txt\nSize: 5 bytes\nPath: {tmp_path}" in said(harness)


async def test_files_that_cannot_be_used_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    async with running_worker([Step(text="Hm.")], tmp_path) as harness:
        await submitted(harness, "broken.pdf", "missing.txt")
        assert harness.all(events.TaskEnded)[-1].outcome == "done"
        problems = [notice.text for notice in harness.all(events.Notice)]
        assert any(text.startswith("broken.pdf: ") for text in problems)
        assert any(text.startswith("missing.txt: ") for text in problems)
        assert "[File: missing.txt]\nNote: " in said(harness)


async def test_files_of_a_message_that_waits_go_with_it(tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(PIXEL)
    steps = [Step(tool_calls=(ScriptedCall("terminal", {"command": "touch x"}),)), Step(text="A.")]
    async with running_worker(steps, tmp_path) as harness:
        harness.send(commands.Submit(text="Begin."))
        await harness.next(events.ApprovalAsked)
        harness.send(commands.Submit(text="This too.", attachments=("dot.png",)))
        await harness.next(events.QueueChanged)
        await harness.approve()
        await harness.next(events.TaskEnded)
        assert [part["type"] for part in user_parts(harness)].count("image") == 1
