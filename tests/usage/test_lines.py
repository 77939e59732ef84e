"""Lines that are decoded at once come to the same as lines that are decoded one by one."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.usage import lines as lines_module
from clacky_tui.usage.entry import MOST_TOKENS, Tokens, count
from clacky_tui.usage.lines import TORN_CAVEAT, typed_objects_of
from clacky_tui.usage.reader import Reading


class Used(msgspec.Struct):
    tokens: Tokens = None


class Line(msgspec.Struct):
    name: str | None = None
    used: Used | None = None


DECODER = msgspec.json.Decoder(Line)

damaged_counts = st.sampled_from((-1, 1.5, "5", True, MOST_TOKENS + 1, [], {}, 1e400))
counts = st.one_of(st.none(), st.integers(0, MOST_TOKENS), st.just(7.0), damaged_counts)
used = st.one_of(counts, st.fixed_dictionaries({"tokens": counts, "other": counts}))
objects = st.fixed_dictionaries(
    {"text": st.sampled_from(("plain", "\u00fc", "\ud83d", '{"a"'))},
    optional={"name": st.one_of(st.sampled_from(("", "a", "\u00fc")), counts), "used": used},
)
texts = st.one_of(
    objects.map(lambda found: json.dumps(found).encode()),
    st.sampled_from((b"", b"  ", b"\r", b"null", b"[1]", b"5", b'{"name":"to', b"\0", b"{}{}")),
    st.sampled_from((b'{"name":"\xff"}', b'{"name":', b'"late"}', b"{", b"}", b"[", b"]", b"1 2")),
)


@given(st.lists(texts), st.integers(1, 60))
def test_a_line_means_the_same_among_any_others(found: list[bytes], chunk: int) -> None:
    whole = b"".join(line + b"\n" for line in found)
    together, by_chunks = Reading(), Reading()
    read = _read(whole + b'{"name":"begun"', together)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "CHUNK_BYTES", chunk)
        assert _read(whole + b'{"name":"begun"', by_chunks) == read
    assert read == [expected for line in found if (expected := _expected(line)) is not None]
    assert by_chunks == together
    assert together.offset == len(whole)
    torn = sum(bool(line.strip()) and not _is_json(line) for line in found)
    assert together.caveats == ({TORN_CAVEAT: torn} if torn else {})


def _read(text: bytes, reading: Reading) -> list[Line]:
    return list(typed_objects_of(io.BytesIO(text), reading, DECODER))


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return False
    return True


def _expected(line: bytes) -> Line | None:
    """What stands on `line`, worked out value by value."""
    value: Any = json.loads(line.decode("utf-8", "replace")) if _is_json(line) else None
    if not isinstance(value, dict):
        return None
    name, inner = value.get("name"), value.get("used")
    return Line(
        name=name if isinstance(name, str) else None,
        used=Used(count(inner.get("tokens"))) if isinstance(inner, dict) else None,
    )


def test_an_object_over_several_lines_is_damage_wherever_reading_begins() -> None:
    text = b'{"name":\n"a"}\n{"name":"b"}\n'
    reading = Reading()
    assert _read(text, reading) == [Line("b")]
    assert reading.caveats == {TORN_CAVEAT: 2}
    assert _read(text[9:], Reading()) == [Line("b")]
