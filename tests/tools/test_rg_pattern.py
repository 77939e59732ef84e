"""The looser pattern finds every line that Python's `re` finds."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clacky_tui.tools.rg_pattern import loosened
from clacky_tui.tools.text_encoding import decode_text

needs_rg = pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")

ATOMS = [
    *("a", "b", "I", "k", "s", "é", "价", "ß", " ", "_", "-", "1", "{", "}", "]", "#", "&&", "~~"),
    *(".", "^", "$", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\b", r"\B", r"\A", r"\Z", r"\t"),
    *("[a-c]", "[^a]", r"[\w-]", r"[^\w\s]", "[]a]", "[^]]", "[é-ü]", r"[\S]", r"[^\D]", "[a&&b]"),
    *(r"\.", r"\[", r"\-", "(?:ab|c)", "(a|)", "(?P<n>b)", "(?=a)", "(?i:a)", r"\x41", "i", "K"),
]
PATTERNS = st.lists(
    st.tuples(
        st.sampled_from(ATOMS), st.sampled_from(["", "", "", "*", "+?", "?", "{1,2}", "{,2}"])
    ),
    min_size=1,
    max_size=4,
).map(lambda parts: "".join(atom + repeat for atom, repeat in parts))

LINES = st.lists(
    st.one_of(
        st.text("abcIiKkſsİı価价éßA1_- .\t\r{}]#&~\u00a0\x1c²͏\u0660", max_size=6).map(str.encode),
        st.text("abé –", max_size=5).map(lambda text: text.encode("cp1252")),
        st.text("价格a ", max_size=5).map(lambda text: text.encode("gb18030")),
        st.binary(max_size=4),
    ),
    max_size=5,
).map(b"\n".join)


@needs_rg
@settings(max_examples=150, deadline=None)
@given(
    pattern=PATTERNS,
    content=LINES,
    start=st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    case_insensitive=st.booleans(),
)
def test_no_line_is_lost(
    pattern: str, content: bytes, start: bytes, case_insensitive: bool
) -> None:
    content = (start + content).replace(b"\0", b"")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expression = re.compile(pattern, re.IGNORECASE if case_insensitive else 0)
        except re.error:
            return
        looser = loosened(pattern, case_insensitive=case_insensitive)
    text = decode_text(content).replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    if looser is None or not any(map(expression.search, lines)):
        return
    command = ["rg", "--no-config", "--quiet", f"--regexp={looser}", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    assert done.returncode == 0, (looser, done.stderr)


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?<!a)b", r"(a)\1", "a++", "(?>a)", r"\x41", "a\nb", "(?s:a)", "\ufffd"]
)
def test_what_cannot_be_widened_is_not_given_to_ripgrep(pattern: str) -> None:
    assert loosened(pattern, case_insensitive=False) is None


def test_common_patterns_are() -> None:
    for pattern in (r"\bdef \w+\(", "(?i)todo|fixme", r"^\s*import .*$", "[^,]+, x{2,}?", "价格"):
        assert loosened(pattern, case_insensitive=False) is not None
