"""`clacky permissions check`: what would happen to a command, and why."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ExitCode
from clacky_tui.i18n import tr, tr_noop

if TYPE_CHECKING:
    from clacky_tui.domain.verdict import Verdict

_MODES = {mode.label: mode for mode in PermissionMode}


@click.group()
def permissions() -> None:
    """Show what runs unasked, what asks, and why."""


@permissions.command()
@click.argument("command", required=False)
@click.option(
    "--mode",
    type=click.Choice([*_MODES, *(mode.value for mode in PermissionMode)]),
    default=PermissionMode.CONFIRM_SAFES.label,
    show_default=True,
    help="The permission mode to judge in.",
)
@click.option("--cwd", metavar="DIR", help="Working directory; the current one by default.")
@click.option("--unattended", is_flag=True, help="As if nobody could be asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--stdin", is_flag=True, help='Read lines of {"command": …, "cwd": …}; needs --json.')
def check(
    command: str | None,
    mode: str,
    cwd: str | None,
    unattended: bool,
    as_json: bool,
    stdin: bool,
) -> int:
    """Judge COMMAND without running it.

    Exit codes: 0 runs unasked, 10 asks, 11 is refused, 2 wrong usage. With --stdin: 0 when every
    line was read, 1 when a line was bad (its answer then holds "error").
    """
    chosen = _MODES.get(mode) or PermissionMode(mode)
    if stdin != (command is None) or (stdin and not as_json):
        raise click.UsageError(tr("Give a COMMAND, or --stdin together with --json."))
    folder = Path(cwd) if cwd else Path.cwd()
    if stdin:
        return _check_lines(folder, chosen, attended=not unattended)
    assert command is not None
    verdict = _judged(command, folder, chosen, attended=not unattended)
    if as_json:
        click.echo(json.dumps(_answer(verdict), ensure_ascii=False))
    else:
        _show(command, verdict)
    return {"allow": ExitCode.OK, "ask": 10, "deny": 11}[verdict.decision.value]


def _judged(command: str, folder: Path, mode: PermissionMode, *, attended: bool) -> Verdict:
    from clacky_tui.domain.permissions.tools import judge
    from clacky_tui.tools.disk_scope import disk_scope

    return judge("terminal", {"command": command}, disk_scope(folder, mode, attended=attended))


def _answer(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.decision.value,
        "class": verdict.risk.value,
        "why": verdict.why,
        "spans": [[span.start, span.end] for span in verdict.spans],
    }


def _check_lines(folder: Path, mode: PermissionMode, *, attended: bool) -> int:
    code: int = ExitCode.OK
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            asked = json.loads(line)
            command, cwd = asked["command"], asked.get("cwd")
            if not isinstance(command, str) or not isinstance(cwd, str | None):
                raise TypeError("command and cwd must be text")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            code = ExitCode.FAILURE
            reason = f'line {number} is not {{"command": text, "cwd": text}}: {error!r}'
            answer: dict[str, Any] = {"error": reason}
        else:
            place = folder / cwd if cwd else folder
            answer = _answer(_judged(command, place, mode, attended=attended))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return code


def _show(command: str, verdict: Verdict) -> None:
    words = {
        "allow": tr_noop("runs unasked"),
        "ask": tr_noop("asks"),
        "deny": tr_noop("is refused"),
    }
    click.echo(f"{tr(words[verdict.decision.value])} ({verdict.risk.value.replace('_', ' ')})")
    if verdict.why:
        click.echo(f"  {tr(verdict.why)}")
    click.echo(_marked(command, verdict))
    if verdict.rule:
        from clacky_tui.domain.permissions.rules import rule_words

        click.echo(
            tr("  To allow it for good: {rule}", rule=rule_words(verdict.rule).replace("\n", "; "))
        )


def _marked(command: str, verdict: Verdict) -> str:
    """`command` with a line of carets under each line that has a deciding piece."""
    spans = [(span.start, span.end) for span in verdict.spans]
    lines: list[str] = []
    start = 0
    for line in command.split("\n"):
        shown = "".join(c if c.isprintable() else "�" for c in line)
        marked = [any(a <= start + i < b for a, b in spans) for i in range(len(line))]
        carets = "".join(
            ("^" if mark else " ") * _cells(character)
            for mark, character in zip(marked, shown, strict=True)
        )
        lines += ["  " + shown, *(["  " + carets.rstrip()] if any(marked) else [])]
        start += len(line) + 1
    return "\n".join(lines)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
