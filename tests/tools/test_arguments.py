"""Arguments as models write them: read, repaired where that is safe, fitted to the schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.errors import ToolError
from clacky_tui.tools.arguments import GUARDED_TOOLS, parse_arguments
from clacky_tui.tools.registry import TOOL_NAMES
from clacky_tui.tools.schema import tool_schema


def parse(tool: str, text: str) -> dict[str, Any]:
    return parse_arguments(tool_schema(tool), text)


def refusal(tool: str, text: str) -> str:
    with pytest.raises(ToolError) as caught:
        parse(tool, text)
    assert caught.value.code == "arguments"
    return caught.value.message


def test_plain_json_comes_back_as_it_is() -> None:
    given_arguments = {"path": "a.py", "old_string": "x\n", "new_string": "<b>\\1</b>"}
    assert parse("edit", json.dumps(given_arguments)) == given_arguments


def test_html_in_content_is_unchanged() -> None:
    content = '<p class="x">a</p>\n</parameter>\n<parameter name="y">'
    assert parse("write", json.dumps({"path": "a", "content": content}))["content"] == content


def test_raw_newlines_inside_strings_are_accepted() -> None:
    assert parse("terminal", '{"command": "echo a\nls\tb"}') == {"command": "echo a\nls\tb"}


def test_no_text_means_no_arguments() -> None:
    assert parse("list_tasks", "") == {}
    assert "path missing" in refusal("file_reader", " ")


def test_unknown_names_are_dropped() -> None:
    assert parse("glob", '{"pattern": "*.py", "recursive": true}') == {"pattern": "*.py"}


def test_null_counts_as_absent() -> None:
    assert parse("glob", '{"pattern": "*", "limit": null}') == {"pattern": "*"}
    assert "pattern missing" in refusal("glob", '{"pattern": null}')


def test_arguments_encoded_twice_are_decoded() -> None:
    assert parse("glob", json.dumps('{"pattern": "*"}')) == {"pattern": "*"}


def test_trailing_commas_are_taken_out_but_not_from_strings() -> None:
    text = '{"path": "a,}", "content": "x, ]",}'
    assert parse("write", text) == {"path": "a,}", "content": "x, ]"}


def test_missing_brackets_are_added_for_reading_tools() -> None:
    assert parse("file_reader", '{"path": "a.py"') == {"path": "a.py"}
    assert parse("todo_manager", '{"action": "add", "task": ["a", "b"') == {
        "action": "add",
        "task": ["a", "b"],
    }


def test_a_string_cut_off_is_never_closed() -> None:
    assert "cut off" in refusal("file_reader", '{"path": "a.p')


def test_a_number_that_may_have_lost_digits_is_never_completed() -> None:
    assert "cut off" in refusal("file_reader", '{"path": "a.py", "max_lines": 10')


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("write", '{"path": "a.py", "content": "abc'),
        ("write", '{"path": "a.py", "content": "abc"'),
        ("edit", '{"path": "a.py", "old_string": "x", "new_string": "y"'),
        ("terminal", '{"command": "rm -rf /tmp/x'),
        ("terminal", '{"command": "rm -rf /tmp/x"'),
    ],
)
def test_truncated_writes_edits_and_commands_are_refused(tool: str, text: str) -> None:
    message = refusal(tool, text)
    assert "cut off" in message
    assert "smaller pieces" in message


def test_parameters_written_as_tags_are_read() -> None:
    text = (
        '<invoke name="file_reader"><parameter name="path">a.py</parameter>\n'
        '<parameter name="max_lines">5</parameter></invoke>'
    )
    assert parse("file_reader", text) == {"path": "a.py", "max_lines": 5}


def test_tags_that_leaked_into_json_names_are_read() -> None:
    text = json.dumps({'path">a.py</parameter>\n<parameter name="max_lines': 5})
    assert parse("file_reader", text) == {"path": "a.py", "max_lines": 5}


def test_tags_inside_tagged_content_are_ambiguous_and_refused() -> None:
    inner = '<parameter name="content"><parameter name="x">1</parameter></parameter>'
    refusal("write", f'<parameter name="path">a</parameter>{inner}')


def test_other_tainted_names_are_refused() -> None:
    assert "< or >" in refusal("glob", '{"<pattern>": "*"}')


@pytest.mark.parametrize(
    ("tool", "sent", "name", "fitted"),
    [
        ("glob", {"pattern": "*", "limit": "5"}, "limit", 5),
        ("glob", {"pattern": "*", "limit": 5.0}, "limit", 5),
        ("glob", {"pattern": 404}, "pattern", "404"),
        ("grep", {"pattern": "x", "case_insensitive": "True"}, "case_insensitive", True),
        ("grep", {"pattern": "x", "case_insensitive": 0}, "case_insensitive", False),
        ("grep", {"pattern": "x", "context_lines": 99}, "context_lines", 10),
        ("grep", {"pattern": "x", "context_lines": -1}, "context_lines", 0),
        ("todo_manager", {"action": "add", "task": "a"}, "task", "a"),
        ("todo_manager", {"action": "add", "task": '["a", "b"]'}, "task", ["a", "b"]),
        ("todo_manager", {"action": "add", "task": "[x] a"}, "task", "[x] a"),
        ("todo_manager", {"action": "complete", "id": "3"}, "id", 3),
        ("todo_manager", {"action": "complete", "id": "[1, 2]"}, "id", [1, 2]),
        ("todo_manager", {"action": "complete", "id": ["1", 2]}, "id", [1, 2]),
        ("request_user_feedback", {"question": "?", "options": "a"}, "options", ["a"]),
        ("terminal", {"command": "x", "env": '{"A": 1}'}, "env", {"A": "1"}),
        ("browser", {"action": "act", "x": "1.5"}, "x", 1.5),
    ],
)
def test_values_are_coerced(tool: str, sent: dict[str, Any], name: str, fitted: object) -> None:
    value = parse(tool, json.dumps(sent))[name]
    assert value == fitted
    assert type(value) is type(fitted)


@pytest.mark.parametrize(
    ("tool", "sent", "words"),
    [
        ("todo_manager", {"action": "start"}, "add, list, complete, remove, clear"),
        ("glob", {"pattern": "*", "limit": 0}, "at least 1"),
        ("glob", {"pattern": "*", "limit": "many"}, "whole number"),
        ("glob", {"pattern": "*", "limit": True}, "whole number"),
        ("glob", {"pattern": ["*"]}, "has to be a text"),
        ("grep", {"pattern": "x", "case_insensitive": "yes"}, "true or false"),
        ("write", {"path": "a", "content": {"json": 1}}, "has to be a text"),
        ("write", {"path": "a", "content": 1.0}, "has to be a text"),
        ("terminal", {"command": "x", "env": [1]}, "object"),
        ("browser", {"action": "act", "x": "left"}, "number"),
        ("browser", {"action": "act", "x": float("nan")}, "number"),
        ("todo_manager", {"action": "complete", "id": "one"}, "whole number"),
    ],
)
def test_values_that_do_not_fit_are_named(tool: str, sent: dict[str, Any], words: str) -> None:
    assert words in refusal(tool, json.dumps(sent))


def test_half_a_surrogate_pair_is_not_text() -> None:
    assert "surrogate" in refusal("write", '{"path": "a", "content": "\\ud800"}')


def test_the_refusal_helps() -> None:
    message = refusal("edit", '{"path": "a", "old_string": "b"}')
    assert "arguments of edit" in message
    assert "new_string missing" in message
    assert "Seen: path, old_string." in message
    assert "Required: path, old_string, new_string." in message
    assert "replace_all?: boolean" in message
    assert all(f"\n{number}. " in message for number in (1, 2, 3))


@pytest.mark.parametrize("text", ["[1]", "3", "null", "nonsense", "{]", "[" * 5000, "9" * 5000])
def test_what_is_no_object_is_refused(text: str) -> None:
    refusal("glob", text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(tool=st.sampled_from(TOOL_NAMES), text=st.text(max_size=200))
def test_any_text_gives_arguments_or_a_refusal(tool: str, text: str) -> None:
    try:
        assert isinstance(parse(tool, text), dict)
    except ToolError as error:
        assert error.code == "arguments"


@given(tool=st.sampled_from(TOOL_NAMES), values=st.lists(JSON_VALUES, min_size=20, max_size=20))
def test_any_values_give_known_names_or_a_refusal(tool: str, values: list[object]) -> None:
    names = tool_schema(tool).parameters["properties"]
    sent = dict(zip(names, values, strict=False))
    try:
        fitted = parse(tool, json.dumps(sent))
    except ToolError as error:
        assert error.code == "arguments"
    else:
        assert set(fitted) <= set(names)


@given(path=st.text(st.characters(codec="utf-8")), content=st.text(st.characters(codec="utf-8")))
def test_what_is_written_is_never_altered(path: str, content: str) -> None:
    for ascii_only in (True, False):
        text = json.dumps({"path": path, "content": content}, ensure_ascii=ascii_only)
        assert parse("write", text) == {"path": path, "content": content}


@given(
    tool=st.sampled_from(sorted(GUARDED_TOOLS)),
    content=st.text(st.characters(codec="utf-8"), min_size=1),
    share=st.floats(0, 1, exclude_max=True),
)
def test_no_prefix_of_a_guarded_call_is_ever_accepted(
    tool: str, content: str, share: float
) -> None:
    sent = {
        "write": {"path": "a", "content": content},
        "edit": {"path": "a", "old_string": "x", "new_string": content},
        "terminal": {"command": content},
    }[tool]
    text = json.dumps(sent)
    cut = text[: int(len(text) * share)]
    if tool == "terminal" and not cut:
        assert parse(tool, cut) == {}
    else:
        refusal(tool, cut)
