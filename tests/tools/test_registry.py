"""Names of tools, as models write them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.registry import TOOL_NAMES, get_tool, resolve_name, unknown_tool
from clacky_tui.tools.unavailable import UNAVAILABLE_TOOLS


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("edit", "edit"),
        ("Edit", "edit"),
        ("Read", "file_reader"),
        ("READ_FILE", "file_reader"),
        ("file-reader", "file_reader"),
        ("read-file", "file_reader"),
        ("bash", "terminal"),
        ("safe_shell", "terminal"),
        ("ls", "glob"),
        ("MultiEdit", "edit"),
        ("TodoWrite", "todo_manager"),
        ("WebBrowser", "browser"),
        ("skill", "invoke_skill"),
        ("ask", "request_user_feedback"),
        ("trash", "trash_manager"),
        (" grep ", "grep"),
    ],
)
def test_names_resolve(written: str, meant: str) -> None:
    assert resolve_name(written) == meant


@pytest.mark.parametrize("name", ["", "foo", "task", "agent", "apply_patch", "rm", "delete"])
def test_names_without_a_tool_resolve_to_none(name: str) -> None:
    assert resolve_name(name) is None


def test_an_unknown_name_gets_the_closest_ones() -> None:
    assert "edit" in unknown_tool("edits").message
    assert "todo_manager" in unknown_tool("todo-managr").message


def test_a_name_close_to_nothing_gets_the_whole_list() -> None:
    message = unknown_tool("qqqq\x1b[31m").message
    assert "terminal, file_reader" in message
    assert "\x1b" not in message


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("rm", "rm"),
        ("Remove", "rm"),
        ("apply-patch", "edit"),
        ("Agent", "directly"),
        ("task", "todo"),
    ],
)
def test_some_names_get_advice_instead_of_an_alias(name: str, advice: str) -> None:
    assert advice in unknown_tool(name).message.partition(". ")[2]


@pytest.mark.parametrize("name", TOOL_NAMES)
def test_every_tool_is_there_under_its_name(name: str) -> None:
    tool = get_tool(name)
    assert tool.name == name
    assert tool.verb
    assert get_tool(name) is tool


def test_get_tool_refuses_other_names() -> None:
    with pytest.raises(ToolError):
        get_tool("bash")


@pytest.mark.parametrize("name", UNAVAILABLE_TOOLS)
async def test_tools_not_built_say_so_and_what_to_use(name: str, context: ToolContext) -> None:
    with pytest.raises(ToolError) as caught:
        await get_tool(name).run({}, context)
    assert f"{name} is not available in this version." in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.code == "unavailable"


def test_a_tool_not_built_still_has_a_line(context: ToolContext) -> None:
    assert get_tool("web_fetch").subject({"url": "http://x\n\x07y"}, context) == "http://x y"
    assert get_tool("browser").subject({}, context) == ""


def test_getting_a_tool_imports_nothing_heavy() -> None:
    heavy = {"httpx", "textual", "rich", "ddgs", "html_to_markdown"}
    program = (
        "import sys; from clacky_tui.tools.registry import TOOL_NAMES, get_tool;"
        "[get_tool(name) for name in TOOL_NAMES];"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert output.stdout.decode().strip() == "[]"
