"""What every tool offers, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from clacky_tui.domain.messages import ImagePart
from clacky_tui.domain.task_tree import TaskRow
from clacky_tui.domain.todos import TodoList
from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.tools.background import BackgroundTasks
from clacky_tui.tools.terminal.pool import ShellPool

Arguments = Mapping[str, Any]
"""A call's arguments after repair, coercion and validation against the tool's schema."""


@dataclass(frozen=True, slots=True)
class SearchPause:
    """A search service is not asked before `until` (seconds of `time.monotonic`)."""

    until: float
    cause: str


@dataclass(frozen=True, slots=True)
class Reverted:
    """What taking files back came to: names of `restored`, names with reasons, and sentences."""

    to_task: int
    restored: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[str, ...]
    not_covered: tuple[str, ...]


class TaskHistory(Protocol):
    """The tasks of a session and the files as each left them."""

    def rows(self, limit: int) -> tuple[TaskRow, ...]:
        """The newest tasks, oldest first."""
        ...

    async def revert_last(self) -> Reverted | None:
        """Undo the nearest task that changed files, the present one included; None if none did."""
        ...

    async def revert_to(self, task_id: int) -> Reverted:
        """Take the files to any task.

        Raises:
            ClackyError: no such task.
        """
        ...


@dataclass(slots=True)
class ToolContext:
    """What a call may touch. One per session; tools keep no state of their own.

    `emit_output` takes pieces of live output (text, already safe to show). `file_stamps` remembers
    (mtime_ns, size) of each file as the session last read or wrote it, `search_pauses` the search
    services that failed of late, by name. `tasks` is None outside a session.
    """

    working_dir: Path
    emit_output: Callable[[str], None] = lambda text: None
    todos: TodoList = field(default_factory=TodoList)
    file_stamps: dict[Path, tuple[int, int]] = field(default_factory=dict)
    background: BackgroundTasks = field(default_factory=BackgroundTasks)
    shells: ShellPool = field(default_factory=ShellPool)
    web: WebSettings = field(default_factory=WebSettings)
    search_pauses: dict[str, SearchPause] = field(default_factory=dict)
    tasks: TaskHistory | None = None

    def for_call(self, emit_output: Callable[[str], None]) -> ToolContext:
        """A view for one call: its live output is its own, all objects are the session's.

        Only `todos` is exchanged by tools; the caller takes it over afterwards.
        """
        return replace(self, emit_output=emit_output)

    async def close(self) -> None:
        """End every process the session's tools started. To be called when the session closes."""
        await self.background.stop_all()
        await self.shells.close()

    def resolve(self, path: str) -> Path:
        """`path` as an absolute path: ``~`` expands, a relative one starts at `working_dir`."""
        expanded = Path(path).expanduser()
        return expanded if expanded.is_absolute() else self.working_dir / expanded


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to.

    Attributes:
        content: the text the model reads.
        summary: a few words for the person, e.g. ``"42 lines"`` or ``"exit 1"``.
        ok: False shows the call as failed; the model reads `content` either way.
        output: longer text a person may open; empty when `content` says it all.
        card: structured result, `type` as in spec/tools-skills.md 1.0.
        changed_paths: files this call created or changed.
        images: pictures for the model; sent in a message after the batch's results, because inside
            a result they would be counted as text.
    """

    content: str
    summary: str
    ok: bool = True
    output: str = ""
    card: Mapping[str, Any] | None = None
    changed_paths: tuple[Path, ...] = ()
    images: tuple[ImagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an edit or a write would change, before anything is changed."""

    path: Path
    diff: str
    added_lines: int
    removed_lines: int
    new_file: bool


class Tool(Protocol):
    """One of the sixteen. Its schema stands in `schemas.json` under the same name."""

    name: str
    verb: str
    """First word of the line a person reads, e.g. ``"Read"`` or ``"$"``."""

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        """The rest of that line on one line: a path, a command, a pattern."""
        ...

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        """Do it.

        Raises:
            ToolError: it cannot be done; the message tells the model what to try next.
            asyncio.CancelledError: interrupted; nothing the call started is left running.
        """
        ...


class PreviewingTool(Tool, Protocol):
    """A tool whose change can be shown before it is made (edit, write)."""

    async def preview(self, arguments: Arguments, context: ToolContext) -> Preview:
        """The change `run` would make with the same arguments, raising the same `ToolError`."""
        ...
