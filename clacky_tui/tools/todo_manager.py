"""The `todo_manager` tool: the checklist of a session, kept on the tool context."""

from __future__ import annotations

import json
from collections.abc import Sequence

from clacky_tui.domain.todos import Todo, TodoList
from clacky_tui.i18n import phrase, tr_noop
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, one_line

_START = "Nothing is done yet: begin with the first pending item."
_RULES = "Keep to the project's rules."


_CHANGES = {
    "complete": tr_noop("complete {numbers}"),
    "remove": tr_noop("remove {numbers}"),
}


class TodoManager:
    """Adds, completes, removes and lists; a list with nothing pending left is cleared."""

    name = "todo_manager"
    verb = "Todo"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        action = one_line(str(arguments.get("action", "")))
        if action == "add":
            return phrase("add {count}", count=counted(len(_tasks(arguments)), "task"))
        if action in _CHANGES and (numbers := _numbers(_ids(arguments))):
            return phrase(_CHANGES[action], numbers=numbers)
        return phrase(action)

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        match arguments.get("action"):
            case "add":
                return _add(arguments, context)
            case "list":
                return _result("list", _words(context.todos), context.todos)
            case "complete":
                return _complete(arguments, context)
            case "remove":
                return _remove(arguments, context)
            case "clear":
                return _clear(context)
            case other:
                raise refused(
                    f"todo_manager has no action {one_line(str(other))}.",
                    hint="Use add, list, complete, remove or clear.",
                )


def _add(arguments: Arguments, context: ToolContext) -> ToolResult:
    tasks = _tasks(arguments)
    if not tasks:
        raise refused("There is no task to add.", hint="Give task: a text or a list of texts.")
    known = {todo.id for todo in context.todos.items}
    context.todos = context.todos.add(tasks)
    added = [todo for todo in context.todos.items if todo.id not in known]
    content = f"Added {counted(len(added), 'task')}, {len(context.todos.items)} in the list:\n"
    content += "\n".join(_line(todo) for todo in added)
    return _result("add", f"{content}\n{_START}", context.todos)


def _complete(arguments: Arguments, context: ToolContext) -> ToolResult:
    known, unknown = _found(arguments, context.todos)
    done_before = [todo.id for todo in known if todo.status == "completed"]
    todos = context.todos.complete([todo.id for todo in known])
    fresh = [todo for todo in known if todo.status == "pending"]
    sentences = []
    if fresh:
        sentences.append(f"Completed {_numbers([todo.id for todo in fresh])}.")
    if done_before:
        sentences.append(f"{_numbers(done_before)} was already completed.")
    if unknown:
        sentences.append(f"Not in the list: {_numbers(unknown)}.")
    sentences.append(f"Progress {_progress(todos)}.")
    if todos.pending:
        context.todos = todos
        sentences.append(f"Next: #{todos.pending[0].id} {todos.pending[0].task}. {_RULES}")
    else:
        context.todos = TodoList()
        sentences.append("All tasks are completed; the list is cleared. Report to the person.")
    return _result("complete", " ".join(sentences), todos)


def _remove(arguments: Arguments, context: ToolContext) -> ToolResult:
    known, unknown = _found(arguments, context.todos)
    context.todos = context.todos.remove([todo.id for todo in known])
    sentences = [f"Removed {_numbers([todo.id for todo in known])}."]
    if unknown:
        sentences.append(f"Not in the list: {_numbers(unknown)}.")
    sentences.append(f"{counted(len(context.todos.items), 'task')} left.")
    return _result("remove", " ".join(sentences), context.todos)


def _clear(context: ToolContext) -> ToolResult:
    cleared = len(context.todos.items)
    context.todos = TodoList()
    return _result("clear", f"Cleared {counted(cleared, 'task')}.", context.todos)


def _found(arguments: Arguments, todos: TodoList) -> tuple[list[Todo], list[int]]:
    """The named items, and the named ids that do not exist; at least one item is there."""
    ids = list(dict.fromkeys(_ids(arguments)))
    if not ids:
        raise refused("The task's id is missing.", hint="Give id; list shows the numbers.")
    known = [todo for todo_id in ids if (todo := todos.find(todo_id)) is not None]
    if not known:
        raise refused(f"Not in the list: {_numbers(ids)}.", hint=_words(todos))
    return known, [todo_id for todo_id in ids if todos.find(todo_id) is None]


def _tasks(arguments: Arguments) -> list[str]:
    given = arguments.get("task")
    if isinstance(given, str):
        given = _json_list(given) or [given]
    if not isinstance(given, Sequence):
        return []
    return [task for task in (one_line(str(item)) for item in given) if task]


def _ids(arguments: Arguments) -> list[int]:
    given = arguments.get("id")
    if isinstance(given, str):
        given = _json_list(given) or given.split(",")
    if isinstance(given, int):
        given = [given]
    if not isinstance(given, Sequence):
        return []
    try:
        return [int(item) for item in given]
    except (TypeError, ValueError):
        raise refused("An id is not a number.", hint="Use the numbers that list shows.") from None


def _json_list(text: str) -> list[object]:
    if not text.lstrip().startswith("["):
        return []
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _numbers(ids: Sequence[int]) -> str:
    return ", ".join(f"#{todo_id}" for todo_id in ids)


def _progress(todos: TodoList) -> str:
    return f"{todos.completed_count}/{len(todos.items)}"


def _line(todo: Todo) -> str:
    return f"[{'x' if todo.status == 'completed' else ' '}] #{todo.id} {todo.task}"


def _words(todos: TodoList) -> str:
    if not todos.items:
        return "The list is empty."
    return "\n".join(
        [f"{_progress(todos)} done, {len(todos.pending)} pending", *map(_line, todos.items)]
    )


def _result(action: str, content: str, todos: TodoList) -> ToolResult:
    return ToolResult(
        content=content,
        summary=phrase("{progress} done", progress=_progress(todos))
        if todos.items
        else phrase("no tasks"),
        card={
            "type": "todo",
            "action": action,
            "todos": [
                {"id": todo.id, "task": todo.task, "status": todo.status} for todo in todos.items
            ],
            "progress": _progress(todos),
        },
    )
