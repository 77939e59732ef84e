"""The todo_manager tool on a session's list."""

from __future__ import annotations

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.todo_manager import TodoManager

TOOL = TodoManager()


async def todo(context: ToolContext, action: str, **more: object) -> ToolResult:
    return await TOOL.run({"action": action, **more}, context)


async def refusal(context: ToolContext, action: str, **more: object) -> str:
    with pytest.raises(ToolError) as caught:
        await todo(context, action, **more)
    return caught.value.message


def items(context: ToolContext) -> list[tuple[int, str, str]]:
    return [(item.id, item.task, item.status) for item in context.todos.items]


async def test_tasks_are_added_with_numbers(context: ToolContext) -> None:
    result = await todo(context, "add", task=[" read ", "", "fix\nit"])
    assert items(context) == [(1, "read", "pending"), (2, "fix it", "pending")]
    assert result.content == (
        "Added 2 tasks, 2 in the list:\n[ ] #1 read\n[ ] #2 fix it\n"
        "Nothing is done yet: begin with the first pending item."
    )
    assert result.summary == "0/2 done"
    assert result.card is not None
    assert result.card["progress"] == "0/2"


async def test_numbers_go_on_and_completed_tasks_leave_on_add(context: ToolContext) -> None:
    await todo(context, "add", task=["a", "b"])
    await todo(context, "complete", id=1)
    result = await todo(context, "add", task="c")
    assert items(context) == [(2, "b", "pending"), (3, "c", "pending")]
    assert "#3 c" in result.content
    assert "#2" not in result.content


async def test_completing_names_progress_and_next(context: ToolContext) -> None:
    await todo(context, "add", task=["a", "b", "c"])
    result = await todo(context, "complete", id=1)
    assert result.content.startswith("Completed #1. Progress 1/3. Next: #2 b.")
    assert "rules" in result.content
    assert result.summary == "1/3 done"
    again = await todo(context, "complete", id=[1, 2, 9])
    assert again.content.startswith(
        "Completed #2. #1 was already completed. Not in the list: #9. Progress 2/3."
    )


async def test_the_list_clears_itself_when_all_is_done(context: ToolContext) -> None:
    await todo(context, "add", task=["a", "b"])
    result = await todo(context, "complete", id=[1, 2])
    assert items(context) == []
    assert "All tasks are completed; the list is cleared." in result.content
    assert result.summary == "2/2 done"


async def test_list_remove_and_clear(context: ToolContext) -> None:
    assert (await todo(context, "list")).content == "The list is empty."
    await todo(context, "add", task=["a", "b", "c"])
    await todo(context, "complete", id=1)
    listing = await todo(context, "list")
    assert listing.content == "1/3 done, 2 pending\n[x] #1 a\n[ ] #2 b\n[ ] #3 c"
    removed = await todo(context, "remove", id=[2, 7])
    assert removed.content == "Removed #2. Not in the list: #7. 2 tasks left."
    cleared = await todo(context, "clear")
    assert cleared.content == "Cleared 2 tasks."
    assert cleared.summary == "no tasks"


async def test_texts_with_json_lists_and_numbers_are_understood(context: ToolContext) -> None:
    await todo(context, "add", task='["a", "b"]')
    assert len(items(context)) == 2
    await todo(context, "complete", id="1")
    await todo(context, "remove", id="[2]")
    assert items(context) == [(1, "a", "completed")]


async def test_calls_that_cannot_be(context: ToolContext) -> None:
    await todo(context, "add", task="a")
    assert "no task to add" in await refusal(context, "add")
    assert "no task to add" in await refusal(context, "add", task=[" "])
    assert "id is missing" in await refusal(context, "complete")
    unknown = await refusal(context, "complete", id=9)
    assert unknown.startswith("Not in the list: #9.")
    assert "#1 a" in unknown
    assert "Not in the list: #8, #9" in await refusal(context, "remove", id=[8, 9])
    assert "not a number" in await refusal(context, "remove", id="x")
    assert "no action start" in await refusal(context, "start")


def test_the_subject(context: ToolContext) -> None:
    assert TOOL.subject({"action": "add", "task": ["a", "b", "c"]}, context) == "add 3 tasks"
    assert TOOL.subject({"action": "add", "task": "a"}, context) == "add 1 task"
    assert TOOL.subject({"action": "complete", "id": [1, 2]}, context) == "complete #1, #2"
    assert TOOL.subject({"action": "remove"}, context) == "remove"
    assert TOOL.subject({"action": "list"}, context) == "list"
