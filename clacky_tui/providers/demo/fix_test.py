"""Scenario: read a failing test, plan, edit, run the tests, report; one step per request."""

from __future__ import annotations

import json
import re
from pathlib import Path

from clacky_tui.providers.demo.exchange import Exchange, Outcome
from clacky_tui.providers.demo.sample_project import (
    CODE_FILE,
    RIGHT_LINE,
    TEST_COMMAND,
    TEST_FILE,
    WRONG_LINE,
)
from clacky_tui.providers.demo.script import ScriptedCall, Turn

_TASKS = ["Correct the discount in orders.py", "Run the tests", "Say what was wrong"]
_REASONING = """\
A test fails, and I know neither the test nor the code yet. I should read both before I change \
anything: the test says what is expected, the code says what happens instead. The two files do not \
depend on each other, so I can ask for both at once."""

_READ, _PLAN, _EDIT, _TICK_EDIT, _TEST, _TICK_REST = range(6)
"""Which batch of calls does what, counted from the first after the request."""


def fix_failing_test(exchange: Exchange) -> Turn:
    """The next step of the fix, or why it cannot go on."""
    batches = exchange.batches
    if not batches:
        try:
            return _read(exchange.lay_out_sample())
        except OSError as error:
            return Turn(f"I cannot lay out the sample project: {error}")
    folder = Path(str(batches[_READ][0].call.arguments.get("path"))).parent
    latest = len(batches) - 1
    failed = next((outcome for outcome in batches[latest] if outcome.problem), None)
    if failed and latest in (_READ, _EDIT, _TEST):
        return Turn(_excuse(failed, folder, edited=latest == _TEST))
    match latest:
        case 0:
            return _plan()
        case 1:
            return _edit(folder)
        case 2:
            ids = _todo_ids(batches[_PLAN])
            return Turn(tool_calls=(_complete(ids[0]),))
        case 3:
            arguments = {"command": TEST_COMMAND, "cwd": str(folder)}
            call = ScriptedCall("terminal", arguments)
            return Turn("Now the tests, all of them.", tool_calls=(call,))
        case 4:
            return Turn(tool_calls=(_complete(_todo_ids(batches[_PLAN])[1:]),))
        case _:
            return Turn(_report(batches[_TEST][0], folder))


def _read(folder: Path) -> Turn:
    return Turn(
        f"I'll read the test and the code it covers, in `{folder}`.",
        reasoning=_REASONING,
        tool_calls=tuple(
            ScriptedCall("file_reader", {"path": str(folder / name)})
            for name in (TEST_FILE, CODE_FILE)
        ),
    )


def _plan() -> Turn:
    return Turn(
        "The test wants ten percent off 28.99 to be 2.90. `Order.discount` multiplies by the percent "
        "figure and never divides by 100, so it takes off 289.90.",
        tool_calls=(ScriptedCall("todo_manager", {"action": "add", "task": _TASKS}),),
    )


def _edit(folder: Path) -> Turn:
    arguments = {
        "path": str(folder / CODE_FILE),
        "old_string": WRONG_LINE,
        "new_string": RIGHT_LINE,
    }
    return Turn(tool_calls=(ScriptedCall("edit", arguments),))


def _complete(ids: int | list[int]) -> ScriptedCall:
    return ScriptedCall("todo_manager", {"action": "complete", "id": ids})


def _todo_ids(added: tuple[Outcome, ...]) -> list[int]:
    """The numbers the three tasks were given; a list that was empty starts at 1."""
    found = re.findall(r'(?:#|"id":\s*)(\d+)', added[0].result)
    ids = list(dict.fromkeys(int(number) for number in found))
    return ids[-len(_TASKS) :] if len(ids) >= len(_TASKS) else [1, 2, 3]


def _excuse(failed: Outcome, folder: Path, *, edited: bool) -> str:
    if not failed.refused:
        return (
            f"I stop here: `{failed.call.name}` failed with: {failed.problem}\n\n"
            "Ask for the fix again to start over with a fresh sample project."
        )
    state = (
        f"The edit in `{folder / CODE_FILE}` is in place, but the tests have not been run."
        if edited
        else f"Nothing in `{folder}` has been changed."
    )
    told = (
        f' You said: "{failed.feedback}" A real model would act on that.' if failed.feedback else ""
    )
    return f"You refused that step, so I stop. {state}{told}"


def _report(tested: Outcome, folder: Path) -> str:
    output = _output_text(tested.result)
    ran = re.search(r"Ran (\d+) tests?", output)
    count = f"{ran[1]} tests" if ran else "the tests"
    if ran and re.search(r"^OK\b", output, re.MULTILINE):
        return (
            f"Fixed: {count} ran, all pass. The discount was a percentage that was never divided by "
            f"100; one line of `{folder / CODE_FILE}` changed.\n\n"
            "The folder is yours to look around in."
        )
    failed = re.search(r"FAILED \(([^)]*)\)", output)
    if failed:
        return (
            f"Not fixed: of {count} some still fail ({failed[1]}). Open the run above to see why."
        )
    return (
        f"The edit is in place, but I cannot tell from the output whether {count} passed. "
        "Open the run above to see what it printed."
    )


def _output_text(result: str) -> str:
    """What the command printed, whether the result is plain text or JSON around it."""
    try:
        value = json.loads(result)
    except ValueError:
        return result
    return str(value.get("output")) if isinstance(value, dict) else result
