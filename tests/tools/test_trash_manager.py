"""The trash_manager tool on a session's project."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.registry import get_tool
from clacky_tui.tools.trash_manager import TrashManager
from clacky_tui.trash.store import ProjectTrash

TOOL = TrashManager()
pytestmark = pytest.mark.usefixtures("noon_here")


async def call(context: ToolContext, action: str, **more: object) -> ToolResult:
    return await TOOL.run({"action": action, **more}, context)


async def refusal(context: ToolContext, action: str, **more: object) -> str:
    with pytest.raises(ToolError) as caught:
        await call(context, action, **more)
    return caught.value.message


def discard(folder: Path, name: str, content: str = "text", days_ago: int = 0) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    item = ProjectTrash(folder).discard(path, "rm")
    if days_ago:
        at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
        content_now = json.loads(item.sidecar.read_text())
        item.sidecar.write_text(json.dumps({**content_now, "deleted_at": at}))


def test_the_registry_has_it() -> None:
    assert isinstance(get_tool("trash_manager"), TrashManager)


async def test_an_empty_trash_is_no_failure(context: ToolContext) -> None:
    for action in ("list", "status"):
        result = await call(context, action)
        assert result.ok
        assert "empty" in result.content
    assert "0 items" in (await call(context, "empty")).content
    assert "restore" in (await call(context, "help")).content


async def test_list_is_numbered_newest_first(context: ToolContext, folder: Path) -> None:
    discard(folder, "old.txt", "x" * 2048, days_ago=400)
    discard(folder, "src/new.txt")
    discard(folder, "yester.txt", days_ago=1)
    first, *rows = (await call(context, "list")).content.splitlines()
    assert first == "3 items, newest first:"
    assert rows[0].startswith("1. src/new.txt  4 bytes, today ")
    assert rows[0].endswith(", by rm")
    assert rows[1].startswith("2. yester.txt  4 bytes, yesterday ")
    year = (datetime.now(UTC) - timedelta(days=400)).astimezone().year
    assert rows[2].startswith(f"3. old.txt  2.0 KB, {year}-")


async def test_a_long_list_is_cut(context: ToolContext, folder: Path) -> None:
    for number in range(60):
        discard(folder, f"f{number}")
    lines = (await call(context, "list")).content.splitlines()
    assert len(lines) == 52
    assert lines[-1].startswith("and 10 older")


async def test_restore_by_path_number_and_folder(context: ToolContext, folder: Path) -> None:
    for name in ("a", "src/x", "src/y"):
        discard(folder, name)
    result = await call(context, "restore", file_path="a")
    assert (result.content, result.summary) == ("Restored a.", "1 item restored")
    assert result.changed_paths == (folder / "a",)
    result = await call(context, "restore", file_path=str(folder / "src"))
    assert result.content == "Restored src/x.\nRestored src/y."
    discard(folder, "b")
    assert (await call(context, "restore", file_path="1")).content == "Restored b."


async def test_restore_of_a_saved_copy_says_what_became_of_the_file(
    context: ToolContext, folder: Path
) -> None:
    (folder / "a").write_text("old")
    trash = ProjectTrash(folder)
    trash.keep_copy(folder / "a", "sed -i s/o/0/ a", trash.copies())
    (folder / "a").write_text("new")
    assert "copy before sed -i s/o/0/ a" in (await call(context, "list")).content
    result = await call(context, "restore", file_path="a")
    assert result.content == "Restored a. What stood there is now in the trash."
    assert (folder / "a").read_text() == "old"


async def test_restores_that_cannot_be(context: ToolContext, folder: Path) -> None:
    assert "empty" in await refusal(context, "restore", file_path="a")
    discard(folder, "src/a")
    assert "path is missing" in await refusal(context, "restore")
    assert "Did you mean" in await refusal(context, "restore", file_path="lib/a")
    (folder / "src" / "a").write_text("occupied")
    assert "exists" in await refusal(context, "restore", file_path="src/a")
    assert (folder / "src" / "a").read_text() == "occupied"
    discard(folder, "src/b")
    partly = await call(context, "restore", file_path="src")
    assert not partly.ok
    assert "Restored src/b." in partly.content
    assert "exists" in partly.content


async def test_status_and_empty(context: ToolContext, folder: Path) -> None:
    discard(folder, "a.py", days_ago=8)
    discard(folder, "b.py")
    status = (await call(context, "status")).content
    assert status.startswith("2 items, 8 bytes, in ")
    assert "Kinds: .py 2" in status
    emptied = await call(context, "empty")
    assert emptied.content == "Deleted 1 item for good, 4 bytes freed."
    assert (await call(context, "empty", days_old=0)).summary == "1 item deleted"


@pytest.mark.parametrize("action", ["list", "status", "empty", "help"])
async def test_the_card_says_what_the_model_reads(context: ToolContext, action: str) -> None:
    discard(context.working_dir, "a.txt")
    result = await call(context, action)
    assert result.card == {"type": "generic", "action": action, "message": result.content}


async def test_an_unknown_action_is_refused(context: ToolContext) -> None:
    message = await refusal(context, "delete")
    assert "no action delete" in message
    assert "rm in terminal" in message


def test_the_subject(context: ToolContext) -> None:
    assert TOOL.subject({"action": "list"}, context) == "list"
    assert TOOL.subject({"action": "restore", "file_path": "a\nb"}, context) == "restore a b"
    assert TOOL.subject({"action": "empty"}, context) == "empty, older than 7 days"
    assert TOOL.subject({"action": "empty", "days_old": 1}, context) == "empty, older than 1 day"
