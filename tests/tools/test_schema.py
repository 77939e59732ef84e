"""The schemas are the cached prefix: sixteen, frozen, the same bytes everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from clacky_tui.tools.file_reader import DEFAULT_LINES
from clacky_tui.tools.glob import DEFAULT_LIMIT
from clacky_tui.tools.grep import (
    CONTEXT_LINES_LIMIT,
    DEFAULT_FILE_PATTERN,
    DEFAULT_MAX_FILE_SIZE,
    DEFAULT_MAX_FILES,
    DEFAULT_MAX_MATCHES_PER_FILE,
    DEFAULT_MAX_TOTAL_MATCHES,
)
from clacky_tui.tools.registry import TOOL_NAMES
from clacky_tui.tools.schema import tool_schema, tool_schemas

PRINT_SCHEMAS = """
import json, sys
from dataclasses import asdict
from clacky_tui.tools.schema import tool_schemas
sys.stdout.write(json.dumps([asdict(s) for s in tool_schemas()]))
"""


def test_the_sixteen_stand_in_their_frozen_order() -> None:
    assert len(TOOL_NAMES) == 16
    assert tuple(schema.name for schema in tool_schemas()) == TOOL_NAMES


def test_two_processes_with_different_hash_seeds_write_the_same_bytes() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PRINT_SCHEMAS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    here = json.dumps([asdict(schema) for schema in tool_schemas()]).encode()
    assert outputs == [here, here]


def test_nobody_can_change_a_schema() -> None:
    parameters = tool_schema("edit").parameters
    with pytest.raises(TypeError):
        parameters["required"] = []  # type: ignore[index]
    with pytest.raises(TypeError):
        parameters["properties"]["path"]["type"] = "integer"
    with pytest.raises(TypeError):
        parameters["properties"].pop("path")
    assert isinstance(parameters["required"], tuple)


def test_an_unknown_schema_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        tool_schema("agent")


def test_defaults_in_code_are_the_defaults_the_model_is_told() -> None:
    def default(tool: str, name: str) -> object:
        return tool_schema(tool).parameters["properties"][name]["default"]

    assert default("file_reader", "max_lines") == DEFAULT_LINES
    assert default("glob", "limit") == DEFAULT_LIMIT
    assert default("grep", "file_pattern") == DEFAULT_FILE_PATTERN
    assert default("grep", "max_files") == DEFAULT_MAX_FILES
    assert default("grep", "max_matches_per_file") == DEFAULT_MAX_MATCHES_PER_FILE
    assert default("grep", "max_total_matches") == DEFAULT_MAX_TOTAL_MATCHES
    assert default("grep", "max_file_size") == DEFAULT_MAX_FILE_SIZE
    context_lines = tool_schema("grep").parameters["properties"]["context_lines"]
    assert context_lines["maximum"] == CONTEXT_LINES_LIMIT
