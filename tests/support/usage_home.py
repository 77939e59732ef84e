"""A home with histories of Claude Code, and `clacky usage` on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from clacky_tui.usage.index import UsageIndex, default_index_path
from clacky_tui.usage.refresh import refresh

SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"


class UsageHome:
    """What one person's agents left behind."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._replies = 0

    def reply(
        self,
        at: datetime,
        *,
        session: str = "s1",
        model: str = SONNET,
        project: str = "/src/alpha",
        given: int = 1_000,
        read: int = 0,
        wrote: int = 0,
        generated: int = 100,
    ) -> None:
        """Claude Code had a reply."""
        self._replies += 1
        folder = self.home / ".claude" / "projects" / project.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        usage = {
            "input_tokens": given,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": wrote,
            "output_tokens": generated,
        }
        line = {
            "type": "assistant",
            "timestamp": at.isoformat(),
            "sessionId": session,
            "cwd": project,
            "message": {
                "id": f"msg_{self._replies}",
                "model": model,
                "stop_reason": "end_turn",
                "usage": usage,
            },
        }
        with (folder / f"{session}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def replies(self, start: datetime, minutes: tuple[int, ...], **fields: Any) -> None:
        """A reply at each of `minutes` after `start`."""
        for minute in minutes:
            self.reply(start + timedelta(minutes=minute), **fields)

    def index(self) -> UsageIndex:
        """The person's index, up to date."""
        index = UsageIndex(default_index_path())
        refresh(index, workers=1)
        return index

    def run(self, *arguments: str, stdin: str = "") -> Result:
        """`clacky usage` with `arguments`."""
        from clacky_tui.cli.usage import usage

        return CliRunner().invoke(usage, arguments, input=stdin)

    def json(self, *arguments: str) -> Any:
        """What it prints as JSON."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def moved_home(folder: Path, monkeypatch: Any, zone: str = "UTC") -> Iterator[UsageHome]:
    """A fixture's body: `folder` is the home, `zone` the machine's."""
    import time

    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    yield UsageHome(folder)
    monkeypatch.undo()
    time.tzset()
