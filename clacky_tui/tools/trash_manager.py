"""The `trash_manager` tool: what this project's deleted and overwritten files came to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from clacky_tui.errors import ToolError
from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import display_path
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, one_line, size_words
from clacky_tui.trash.layout import ItemKind, TrashedItem
from clacky_tui.trash.store import ProjectTrash, Restored, TrashError, measured

LISTED = 50
DEFAULT_DAYS = 7

_HELP = """\
rm, rmdir and unlink in terminal move to this trash; files that a command could overwrite are copied \
here before it runs.
list: what is in the trash, newest first, numbered.
restore: bring back file_path, a path or a number of the list; for a folder also what was in it.
status: how much is there.
empty: delete for good what is older than days_old days (7)."""


class TrashManager:
    """Lists, restores, counts and empties the trash of the session's project."""

    name = "trash_manager"
    verb = "Trash"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        action = one_line(str(arguments.get("action", "")))
        match action:
            case "restore":
                path = one_line(str(arguments.get("file_path", "")))
                return phrase("restore {path}", path=path) if path else phrase("restore")
            case "empty":
                return phrase(
                    "{action}, older than {days}",
                    action=phrase(action),
                    days=counted(_days(arguments), "day"),
                )
            case _:
                return phrase(action)

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        trash = ProjectTrash(context.working_dir)
        match arguments.get("action"):
            case "list":
                work: Callable[[], ToolResult] = partial(_list, trash, context)
            case "restore":
                wanted = str(arguments.get("file_path") or "")
                work = partial(_restore, trash, wanted, context)
            case "status":
                work = partial(_status, trash, context)
            case "empty":
                work = partial(_empty, trash, _days(arguments))
            case "help":
                return _result("help", _HELP, "help")
            case other:
                raise refused(
                    f"trash_manager has no action {one_line(str(other))}.",
                    hint="Use list, restore, status, empty or help; to delete, use rm in terminal.",
                )
        try:
            return await asyncio.to_thread(work)
        except TrashError as error:
            raise ToolError(one_line(str(error)), code=error.code) from error
        except OSError as error:
            raise refused(
                f"The trash cannot be read: {error.strerror or error}.",
                hint=f"Its folder is {trash.folder}.",
            ) from error


def _list(trash: ProjectTrash, context: ToolContext) -> ToolResult:
    contents = trash.contents()
    if not contents.items:
        return _result("list", "The trash of this project is empty.", phrase("nothing in it"))
    rows = [
        f"{number}. {_line(measured(item), context)}"
        for number, item in enumerate(contents.items[:LISTED], 1)
    ]
    if len(contents.items) > LISTED:
        rows.append(f"and {len(contents.items) - LISTED} older; restore takes their paths too.")
    if contents.unreadable:
        rows.append(f"{counted(len(contents.unreadable), 'entry', 'entries')} cannot be read.")
    count = counted(len(contents.items), "item")
    return _result("list", "\n".join((f"{count}, newest first:", *rows)), count)


def _restore(trash: ProjectTrash, wanted: str, context: ToolContext) -> ToolResult:
    restored, failures = trash.restore_each(trash.select(wanted))
    if not restored:
        raise TrashError("\n".join(failures))
    lines = [_restored_line(item, context) for item in restored]
    content = "\n".join((*lines[:LISTED], *failures))
    if len(lines) > LISTED:
        content += f"\nand {len(lines) - LISTED} more."
    return ToolResult(
        content=content,
        summary=phrase("{count} restored", count=counted(len(restored), "item")),
        ok=not failures,
        card={"type": "generic", "action": "restore", "message": content},
        changed_paths=tuple(item.path for item in restored),
    )


def _restored_line(restored: Restored, context: ToolContext) -> str:
    line = f"Restored {display_path(restored.path, context)}."
    if restored.replaced is not None:
        line += " What stood there is now in the trash."
    return line


def _status(trash: ProjectTrash, context: ToolContext) -> ToolResult:
    status = trash.status()
    count = counted(status.count, "item")
    if not status.count:
        return _result(
            "status", f"The trash of this project is empty: {trash.folder}", phrase("nothing in it")
        )
    kinds = ", ".join(f"{_kind_name(kind)} {number}" for kind, number in status.by_extension)
    size = size_words(status.size_bytes)
    lines = [f"{count}, {size}, in {status.folder}", f"Kinds: {one_line(kinds)}", "Latest:"]
    lines += [_line(item, context) for item in status.latest]
    if status.unreadable:
        lines.append(f"{counted(status.unreadable, 'entry', 'entries')} cannot be read.")
    return _result(
        "status",
        "\n".join(lines),
        phrase("{count}, {size}", count=count, size=size),
    )


def _empty(trash: ProjectTrash, days: int) -> ToolResult:
    removal = trash.empty(timedelta(days=days))
    count = counted(removal.count, "item")
    content = f"Deleted {count} for good, {size_words(removal.freed_bytes)} freed."
    if removal.failures:
        content += _failure_lines(removal.failures)
    summary = phrase("{count} deleted", count=count)
    return _result("empty", content, summary, ok=not removal.failures)


def _failure_lines(failures: Sequence[str]) -> str:
    return "".join(f"\nNot deleted: {one_line(failure)}" for failure in failures)


def _days(arguments: Arguments) -> int:
    days = arguments.get("days_old", DEFAULT_DAYS)
    return max(int(days), 0) if isinstance(days, int) else DEFAULT_DAYS


def _kind_name(kind: str) -> str:
    return {"": "no extension", "/": "folders"}.get(kind, kind)


def _line(item: TrashedItem, context: ToolContext) -> str:
    path = display_path(item.original_path, context) + ("/" if item.is_directory else "")
    what = "copy before " if item.kind is ItemKind.OVERWRITTEN else "by "
    size = size_words(item.size_bytes or 0)
    return f"{path}  {size}, {_when(item.deleted_at)}, {what}{one_line(item.deleted_by)}"


def _when(at: datetime) -> str:
    """The local time in few words: ``today 14:03``, ``yesterday``, ``11/03 14:03``, ``2024-11-03``."""
    local, now = at.astimezone(), datetime.now().astimezone()
    match (now.date() - local.date()).days:
        case 0:
            return f"today {local:%H:%M}"
        case 1:
            return f"yesterday {local:%H:%M}"
        case _ if local.year == now.year:
            return f"{local:%m/%d %H:%M}"
        case _:
            return f"{local:%Y-%m-%d}"


def _result(action: str, content: str, summary: str, *, ok: bool = True) -> ToolResult:
    return ToolResult(
        content=content,
        summary=summary,
        ok=ok,
        card={"type": "generic", "action": action, "message": content},
    )
