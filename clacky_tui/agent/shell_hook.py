"""One hook command: started with its input on stdin, bounded, and killed with its whole group."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from clacky_tui.config.hooks import ShellHook
from clacky_tui.domain.redact import SECRET_NAME, redact
from clacky_tui.i18n import tr

OUTPUT_BYTES = 64 * 1024
"""Most of a hook's output that is kept; the rest is read and dropped."""
INPUT_VARIABLE_BYTES = 32 * 1024
"""A larger tool input is given on stdin only: the environment has a limit."""
REASON_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What a hook wants. `arguments` replace the call's; None leaves them."""

    action: Literal["allow", "deny"] = "allow"
    reason: str = ""
    arguments: Mapping[str, Any] | None = None


ALLOW = HookAnswer()


async def run_shell_hook(
    hook: ShellHook, given: Mapping[str, Any], cwd: Path, known: Iterable[str] = ()
) -> HookAnswer:
    """Run `hook` in `cwd` and read its answer.

    Exit 0 allows, unless its output is a JSON object that says otherwise; any other exit denies, as
    do a time-out and a JSON object that cannot be understood. A shell that cannot be started allows.

    Args:
        hook: the command.
        given: its input, written to stdin as JSON; `event`, `session_id`, `working_dir`,
            `tool_name` and `tool_input` also become variables.
        cwd: where it runs.
        known: secrets to keep out of its environment.
    """
    try:
        process = await asyncio.create_subprocess_shell(
            hook.command,
            cwd=cwd,
            env=hook_environment(given, known),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError:
        return ALLOW
    try:
        async with asyncio.timeout(hook.timeout):
            out, error = await _talk(process, json.dumps(given, ensure_ascii=False, default=str))
    except TimeoutError:
        return HookAnswer(
            "deny",
            tr(
                "The hook {command!r} took more than {timeout:g} s.",
                command=hook.command,
                timeout=hook.timeout,
            ),
        )
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode == 0:
        return _read_answer(out, hook)
    reason = (error.strip() or out.strip())[:REASON_CHARACTERS]
    return HookAnswer(
        "deny",
        reason
        or tr(
            "The hook {command!r} ended with exit code {returncode}.",
            command=hook.command,
            returncode=process.returncode,
        ),
    )


def hook_environment(given: Mapping[str, Any], known: Iterable[str] = ()) -> dict[str, str]:
    """Our environment without what looks secret, and the hook's input as ``CLACKY_*``."""
    secrets = frozenset(known)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not SECRET_NAME.search(name) and value not in secrets
    }
    for name in ("event", "session_id", "working_dir", "tool_name"):
        if name in given:
            environment[f"CLACKY_{name.upper()}"] = str(given[name])
    if "tool_input" in given:
        text = redact(json.dumps(given["tool_input"], ensure_ascii=False, default=str), secrets)
        if len(text.encode("utf-8", "replace")) <= INPUT_VARIABLE_BYTES and "\0" not in text:
            environment["CLACKY_TOOL_INPUT"] = text
    return environment


async def _talk(process: asyncio.subprocess.Process, text: str) -> tuple[str, str]:
    assert process.stdin and process.stdout and process.stderr
    out, error, _, _ = await asyncio.gather(
        _read(process.stdout),
        _read(process.stderr),
        _write(process.stdin, text.encode("utf-8", "replace")),
        process.wait(),
    )
    return out, error


async def _read(stream: asyncio.StreamReader) -> str:
    kept = bytearray()
    while piece := await stream.read(OUTPUT_BYTES):
        kept += piece[: OUTPUT_BYTES - len(kept)]
    return kept.decode("utf-8", "replace")


async def _write(stream: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # it need not read what it is told
        stream.write(content)
        await stream.drain()
    stream.close()


def _read_answer(out: str, hook: ShellHook) -> HookAnswer:
    """The answer a hook printed; plain text says nothing and allows."""
    if not out.lstrip().startswith("{"):
        return ALLOW
    try:
        answer = json.loads(out)
    except ValueError:
        return HookAnswer(
            "deny", tr("The hook {command!r} printed broken JSON.", command=hook.command)
        )
    action, reason = answer.get("action", "allow"), str(answer.get("reason") or "")
    arguments = answer.get("arguments")
    if action not in ("allow", "deny") or not isinstance(arguments, dict | None):
        return HookAnswer(
            "deny",
            tr("The hook {command!r} gave an answer that makes no sense.", command=hook.command),
        )
    return HookAnswer(action, reason[:REASON_CHARACTERS], arguments)
