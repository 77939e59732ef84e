"""What readers say of their figures, in the language of the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from clacky_tui.i18n import use_language
from clacky_tui.tui.billing.sources import reason_words
from clacky_tui.usage.reader import Found
from clacky_tui.usage.readers.registry import READERS


@pytest.fixture
def chinese() -> Iterator[None]:
    use_language("zh")
    yield
    use_language("en")


def reasons() -> list[str]:
    """Of every reader where much was found and much was wrong with it."""
    told = []
    for lower_bounds in (0, 1_234):
        for first_at in (None, 1_779_000_000_000):
            found = Found(
                sources=3,
                unreadable=0,
                entries=1_234,
                kinds={"editor": 1},
                lower_bounds=lower_bounds,
                first_at=first_at,
                facts={"2025-01-02": 56_789},
            )
            told += [reader.coverage(found)[1] for reader in READERS]
    return sorted({reason for reason in told if reason})


def test_in_english_a_reason_stays_as_it_is() -> None:
    assert reasons()
    assert [reason_words(reason) for reason in reasons()] == reasons()


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("reason", reasons())
def test_every_reason_has_its_chinese_with_the_same_figures(reason: str) -> None:
    words = reason_words(reason)
    assert set(re.findall("[A-Za-z]{2,}", words)) <= {"Cursor", "token"}
    assert sorted(re.findall(r"[\d,-]{2,}", words)) == sorted(re.findall(r"[\d,-]{2,}", reason))


def test_braces_are_no_placeholders() -> None:
    assert reason_words("12 files of {x} are gone") == "12 files of {x} are gone"
