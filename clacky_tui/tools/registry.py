"""The sixteen tools by name, and what a name the model made up was meant to be."""

from __future__ import annotations

import difflib
from functools import cache

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import Tool
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.unavailable import UNAVAILABLE_TOOLS
from clacky_tui.tools.wording import one_line

TOOL_NAMES = (
    "terminal",
    "file_reader",
    "write",
    "edit",
    "glob",
    "grep",
    "web_search",
    "web_fetch",
    "todo_manager",
    "request_user_feedback",
    "invoke_skill",
    "undo_task",
    "redo_task",
    "list_tasks",
    "browser",
    "trash_manager",
)
"""The frozen order; the same as in `schemas.json`."""

_ALIASES_OF = {
    "file_reader": "read read_file filereader file_read cat",
    "write": "write_file create_file file_write",
    "edit": "file_edit replace replace_in_file str_replace multiedit",
    "terminal": "shell bash exec execute run_command run command safe_shell",
    "web_search": "search websearch internet_search online_search",
    "web_fetch": "fetch webfetch browse url_fetch http_get",
    "grep": "search_files search_in_files find_in_files search_code",
    "glob": "find_files list_files file_glob search_filenames ls",
    "invoke_skill": "skill run_skill",
    "todo_manager": "todo task_manager todowrite",
    "request_user_feedback": "ask_user user_feedback ask",
    "undo_task": "undo",
    "redo_task": "redo",
    "list_tasks": "tasks task_history",
    "browser": "webbrowser",
    "trash_manager": "trash",
}
ALIASES = {alias: name for name, words in _ALIASES_OF.items() for alias in words.split()}
"""What models call our tools (spec/tools-skills.md 5.2)."""

ADVICE = {
    "delete": "Use terminal with rm to delete files.",
    "rm": "Use terminal with rm to delete files.",
    "remove": "Use terminal with rm to delete files.",
    "task": "Use todo_manager to plan steps, or do the work directly.",
    "agent": "Do the work directly with the tools at hand.",
    "apply_patch": "Use edit for each change, or write for a whole file.",
}
"""Names that fit no single tool, with what to do instead."""

_CLOSE_NAMES = 3
_CLOSENESS = 0.6


def resolve_name(name: str) -> str | None:
    """The tool meant by `name`, or None.

    In order: exact, without regard to case, alias, and the last two again with hyphens read as
    underscores.
    """
    if name in TOOL_NAMES:
        return name
    lower = name.strip().lower()
    for spelling in (lower, lower.replace("-", "_")):
        if spelling in TOOL_NAMES:
            return spelling
        if spelling in ALIASES:
            return ALIASES[spelling]
    return None


def unknown_tool(name: str) -> ToolError:
    """The answer to a name that `resolve_name` does not know: advice, or the closest names."""
    wanted = name.strip().lower().replace("-", "_")
    shown = one_line(name)[:80] or "(no name)"
    message = f"There is no tool named {shown}."
    if wanted in ADVICE:
        return refused(message, code="unknown_tool", hint=ADVICE[wanted])
    close = difflib.get_close_matches(wanted, (*TOOL_NAMES, *ALIASES), _CLOSE_NAMES * 3, _CLOSENESS)
    names = list(dict.fromkeys(ALIASES.get(match, match) for match in close))[:_CLOSE_NAMES]
    hint = f"Did you mean {' or '.join(names)}?" if names else f"Tools: {', '.join(TOOL_NAMES)}."
    return refused(message, code="unknown_tool", hint=hint)


@cache
def get_tool(name: str) -> Tool:
    """The tool of this exact name; the same object each time, imported on first use.

    Raises:
        ToolError: no such tool; see `resolve_name`.
    """
    match name:
        case "terminal":
            from clacky_tui.tools.terminal.tool import Terminal

            return Terminal()
        case "file_reader":
            from clacky_tui.tools.file_reader import FileReader

            return FileReader()
        case "write":
            from clacky_tui.tools.write import Write

            return Write()
        case "edit":
            from clacky_tui.tools.edit import Edit

            return Edit()
        case "glob":
            from clacky_tui.tools.glob import Glob

            return Glob()
        case "grep":
            from clacky_tui.tools.grep import Grep

            return Grep()
        case "web_search":
            from clacky_tui.tools.web.search import WebSearch

            return WebSearch()
        case "web_fetch":
            from clacky_tui.tools.web.fetch import WebFetch

            return WebFetch()
        case "todo_manager":
            from clacky_tui.tools.todo_manager import TodoManager

            return TodoManager()
        case "request_user_feedback":
            from clacky_tui.tools.request_user_feedback import RequestUserFeedback

            return RequestUserFeedback()
        case "undo_task":
            from clacky_tui.tools.undo_task import UndoTask

            return UndoTask()
        case "redo_task":
            from clacky_tui.tools.redo_task import RedoTask

            return RedoTask()
        case "list_tasks":
            from clacky_tui.tools.list_tasks import ListTasks

            return ListTasks()
        case "trash_manager":
            from clacky_tui.tools.trash_manager import TrashManager

            return TrashManager()
        case unbuilt if unbuilt in UNAVAILABLE_TOOLS:
            return UNAVAILABLE_TOOLS[unbuilt]
        case _:
            raise unknown_tool(name)
