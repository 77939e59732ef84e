"""Where an edit applies, and how far the matcher bends."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clacky_tui.errors import ToolError
from clacky_tui.tools.edit_match import replace_text, unescape


def edited(text: str, old: str, new: str, *, replace_all: bool = False) -> str:
    return replace_text(text, old, new, replace_all=replace_all, file_name="f.py").text


def refusal(text: str, old: str, new: str) -> str:
    with pytest.raises(ToolError) as caught:
        edited(text, old, new)
    return caught.value.message


def test_exact_text_is_replaced_and_needs_no_tolerance() -> None:
    outcome = replace_text("a\nb\nc\n", "b", "x", replace_all=False, file_name="f")
    assert (outcome.text, outcome.replacements, outcome.tolerance) == ("a\nx\nc\n", 1, "")


@pytest.mark.parametrize("new", [r"\1", r"\\0", r"\g<0>", "\\\\\\\\", "$1 $& `x`"])
def test_the_new_text_is_literal(new: str) -> None:
    assert edited("say hello now", "hello", new) == f"say {new} now"


def test_replace_all_replaces_every_occurrence() -> None:
    outcome = replace_text("a b a b a", "a", "xx", replace_all=True, file_name="f")
    assert (outcome.text, outcome.replacements) == ("xx b xx b xx", 3)


def test_more_than_one_place_is_refused_with_the_lines() -> None:
    message = refusal("x = 1\ny\nx = 1\n", "x = 1", "x = 2")
    assert "2 times (lines 1, 3)" in message
    assert "replace_all" in message


def test_an_empty_old_text_is_refused() -> None:
    assert "old_string is empty" in refusal("abc", "", "x")


def test_the_same_text_twice_is_refused() -> None:
    assert "the same" in refusal("abc", "a", "a")


def test_white_space_around_the_old_text_is_forgiven() -> None:
    assert edited("a = 1\nb = 2\n", "\n\nb = 2\n\n", "\n\nb = 3\n\n") == "a = 1\nb = 3\n"
    assert edited("last", "last\n", "new\n") == "new"


def test_trimmed_text_never_matches_inside_a_word() -> None:
    assert "was not found" in refusal("concatenate", " cat ", " dog ")


def test_trimmed_text_keeps_the_indent_of_the_file() -> None:
    text = "if x:\n\tfoo()\n"
    assert edited(text, "    foo()\n\n", "    bar()\n    baz()\n\n") == "if x:\n\tbar()\n\tbaz()\n"


def test_escaped_text_matches_and_the_new_text_is_unescaped_too() -> None:
    text = 'print("a")\nprint("b")\n'
    old = 'print(\\"a\\")\\nprint(\\"b\\")'
    assert edited(text, old, 'print(\\"c\\")\\n') == 'print("c")\n\n'


def test_escapes_that_stand_in_the_file_stay_escapes() -> None:
    text = 'x = "a\\nb"\n'
    assert edited(text, '"a\\nb"', '"a\\nc"') == 'x = "a\\nc"\n'


def test_lines_match_whatever_their_indentation_and_the_new_ones_are_indented_to_fit() -> None:
    text = "class A:\n    def f(self):\n        return 1\n"
    old = "def f(self):\n    return 1"
    new = "def f(self):\n    x = 2\n    return x"
    outcome = replace_text(text, old, new, replace_all=False, file_name="f")
    assert outcome.text == "class A:\n    def f(self):\n        x = 2\n        return x\n"
    assert outcome.tolerance == "indentation"


def test_too_deep_an_indent_is_taken_back() -> None:
    text = "def f():\n    return 1\n"
    old = "    def f():\n        return 1\n"
    new = "    @cache\n    def f():\n        return 2\n"
    assert edited(text, old, new) == "@cache\ndef f():\n    return 2\n"


def test_spaces_become_the_tabs_of_the_file() -> None:
    text = "{\n\tif (a) {\n\t\tb();\n\t}\n}\n"
    old = "    if (a) {\n        b();\n    }"
    new = "    if (a) {\n        if (c) {\n            b();\n        }\n    }"
    expected = "{\n\tif (a) {\n\t\tif (c) {\n\t\t\tb();\n\t\t}\n\t}\n}\n"
    assert edited(text, old, new) == expected


def test_two_space_steps_become_four() -> None:
    text = "def f():\n    if a:\n        b()\n"
    old = "  if a:\n    b()"
    new = "  if a:\n    if c:\n      b()"
    assert edited(text, old, new) == "def f():\n    if a:\n        if c:\n            b()\n"


def test_each_window_is_indented_to_its_own_place() -> None:
    text = "a:\n  x\n  y\nb:\n    x\n    y\n"
    assert edited(text, "x\ny", "z\nw", replace_all=True) == "a:\n  z\n  w\nb:\n    z\n    w\n"


def test_a_window_at_the_end_keeps_the_missing_newline() -> None:
    assert edited("a:\n    x\n    y", "x\ny\n", "z\nw\n") == "a:\n    z\n    w"


def test_crlf_files_match_lf_text_and_keep_their_line_ends() -> None:
    text = "a\r\nb\r\nc\r\n"
    assert edited(text, "a\nb\n", "x\ny\n") == "x\r\ny\r\nc\r\n"
    assert edited(text, "b\r\nc", "z") == "a\r\nz\r\n"


def test_lines_that_are_not_touched_keep_mixed_line_ends() -> None:
    assert edited("a\nb\r\nc\nd\n", "c", "x\ny") == "a\nb\r\nx\ny\nd\n"
    assert edited("a\r\nb\r\nc\nd\r\n", "b\nc", "x\ny") == "a\r\nx\r\ny\nd\r\n"


def test_a_near_miss_names_the_line_and_shows_what_is_there() -> None:
    text = "one\ntwo\ndef f():\n    return 1\nfive\nsix\n"
    message = refusal(text, "def f():\n    return 2\n", "x")
    assert "on line 3" in message
    assert "two\ndef f():\n    return 1\nfive" in message
    assert "Read the file again" in message


def test_a_far_miss_says_not_found() -> None:
    message = refusal("abc\n", "xyz", "x")
    assert message.startswith("old_string was not found in f.py.")
    assert "Read the file again" in message


def test_an_edit_without_effect_is_refused() -> None:
    assert "already reads" in refusal("x\n", " x ", "x")


def test_unescape_reads_each_escape_once() -> None:
    assert unescape(r"a\nb\t\"\\n\u00e9\x") == 'a\nb\t"\\né\\x'
    assert unescape(r"\ud83d\ude00") == r"\ud83d\ude00"


LINES = st.text(st.sampled_from('ab \t\\n"x\r\n'), max_size=60)


@given(before=LINES, old=LINES, after=LINES, new=LINES)
def test_unique_text_is_replaced_where_it_stands(
    before: str, old: str, after: str, new: str
) -> None:
    plain = [part.replace("\r", "") for part in (before, old, after, new)]
    before, old, after, new = plain
    text = before + old + after
    assume(old and old != new)
    assume(text.count(old) == 1 and text.index(old) == len(before))
    assert edited(text, old, new) == before + new + after


@given(text=LINES, old=LINES, new=LINES, replace_all=st.booleans())
def test_any_input_gives_a_text_or_a_refusal(
    text: str, old: str, new: str, replace_all: bool
) -> None:
    try:
        outcome = replace_text(text, old, new, replace_all=replace_all, file_name="f")
    except ToolError as error:
        assert error.message
    else:
        assert outcome.text != text
        assert outcome.replacements >= 1
