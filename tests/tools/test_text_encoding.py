"""Bytes that come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.text_encoding import decode_exact, decode_text


@given(st.one_of(st.binary(max_size=60), st.text(max_size=30).map(str.encode)))
def test_what_is_read_is_written_back(content: bytes) -> None:
    text, encoding = decode_exact(content)
    assert encoding.encode(text) == content
    decode_text(content).encode()


@pytest.mark.parametrize(
    ("content", "text", "label"),
    [
        (b"plain", "plain", ""),
        ("grün 价格".encode(), "grün 价格", ""),
        (b"\xef\xbb\xbfx", "x", "UTF-8 with a byte-order mark"),
        ("\ufeffä".encode("utf-16-le"), "ä", "UTF-16-LE"),
        ("\ufeffä".encode("utf-16-be"), "ä", "UTF-16-BE"),
        ("café à la crème".encode("cp1252"), "café à la crème", "Windows-1252"),
        ("“quoted” – €".encode("cp1252"), "“quoted” – €", "Windows-1252"),
        (b"caf\xe9 \x81", "caf\xe9 \x81", "Latin-1"),
        ("价格, 人民币".encode("gb18030"), "价格, 人民币", "GB 18030"),
    ],
)
def test_encodings(content: bytes, text: str, label: str) -> None:
    decoded, encoding = decode_exact(content)
    assert decoded == decode_text(content) == text
    assert encoding.label == label


def test_utf8_with_a_few_bad_bytes_stays_utf8() -> None:
    content = "grün ".encode() + b"\xff\n"
    assert decode_exact(content)[1].label == ""
    assert decode_text(content) == "grün \ufffd\n"
