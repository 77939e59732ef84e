"""What a typed line stands for: a command, or a message."""

from __future__ import annotations

import pytest

from clacky_tui.actions import ACTIONS, find_action
from clacky_tui.commands import COMMAND
from clacky_tui.tui.app import ClackyApp


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("/context", "show_tab('context')"),
        ("/Compact ", "tell_worker('compact')"),
        ("/undo-compact", "tell_worker('undo_compression')"),
        ("／cost", "show_cost"),
        ("quit", "leave"),
        ("?", "help"),
        ("/quit", "leave"),
        ("/models", "pick_model"),
        ("/model", "pick_model"),
        ("/model  Claude-Opus-4.6", ("", "set_model", ("Claude-Opus-4.6",))),
        ("/model x'); quit('", None),
        ("/cd a folder", ("", "set_working_dir", ("a folder",))),
        ("/rename [b]my name", ("", "rename_session", ("[b]my name",))),
        ("/cd", "pick_directory"),
        ("/cd a\nand look there", None),
        ("/attach  my shot.png ", ("", "attach", ("my shot.png",))),
        ("/attach", "attach_help"),
    ],
)
def test_a_line_runs_its_action(text: str, call: object) -> None:
    wish = find_action(text)
    assert (wish.call if wish else None) == call


@pytest.mark.parametrize(
    "text",
    ["", " ", "/", "/context please", "/path/like/this", "/model a b", "exit now", "fix /cost"],
)
def test_anything_else_is_a_message(text: str) -> None:
    assert find_action(text) is None


def test_every_action_has_its_method() -> None:
    for action in ACTIONS:
        for method in filter(None, (action.run.split("(")[0], action.run_with)):
            assert callable(getattr(ClackyApp, f"action_{method}"))


def test_every_command_that_an_action_names_exists() -> None:
    told = [action.run for action in ACTIONS if action.run.startswith("tell_worker(")]
    kinds = [run.removeprefix("tell_worker('").removesuffix("')") for run in told]
    assert kinds == ["compact", "undo_compression", "lift_budgets", "test_models", "ask_trust"]
    for kind in kinds:
        assert COMMAND.validate_python({"kind": kind}).kind == kind
