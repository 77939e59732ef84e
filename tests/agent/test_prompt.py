"""What every request carries: small, and true of the tools it speaks of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clacky_tui.agent.prompt import build_system_prompt
from clacky_tui.tools.schema import tool_schemas

LIMIT_TOKENS = 5000
BYTES_PER_TOKEN = 4


def test_prompt_and_tools_stay_within_their_budget(tmp_path: Path) -> None:
    tools = [
        {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
        for tool in tool_schemas()
    ]
    sent = build_system_prompt(tmp_path) + json.dumps(tools)
    assert len(sent.encode()) <= LIMIT_TOKENS * BYTES_PER_TOKEN


@pytest.mark.parametrize("word", ["async", "handle", "input", "kill", "cwd"])
def test_what_the_prompt_says_of_the_terminal_is_an_argument_of_it(
    tmp_path: Path, word: str
) -> None:
    terminal = next(tool for tool in tool_schemas() if tool.name == "terminal")
    assert word in build_system_prompt(tmp_path)
    assert any(name.partition("_")[0] == word for name in terminal.parameters["properties"])
