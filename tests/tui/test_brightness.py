"""How bright a terminal is: what the environment knows, what an answer says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tui.brightness import (
    brightness_in,
    brightness_of_environment,
    budget_seconds,
)
from clacky_tui.tui.terminal import takes_commands

DARK = b"\x1b]11;rgb:1a1a/1b1b/2626\x1b\\"
LIGHT = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x07"


@pytest.mark.parametrize(
    ("colorfgbg", "brightness"),
    [
        ("15;0", "dark"),
        ("0;15", "light"),
        ("0;default;7", "light"),
        ("7;8", "dark"),
        ("15;default", None),
        ("0;99", None),
        ("", None),
    ],
)
def test_the_environment_may_know(colorfgbg: str, brightness: str | None) -> None:
    assert brightness_of_environment({"COLORFGBG": colorfgbg}) == brightness


def test_terminals_that_cannot_answer_are_not_asked() -> None:
    for term in ("dumb", "linux", ""):
        assert not takes_commands({"TERM": term})
    assert takes_commands({"TERM": "xterm-256color"})
    assert budget_seconds({}) == 0.1
    assert budget_seconds({"SSH_CONNECTION": "1 2 3 4"}) == 0.3


@pytest.mark.parametrize(
    ("sent", "brightness"), [(DARK, "dark"), (LIGHT, "light"), (DARK[:9], None), (b"", None)]
)
def test_the_answer_is_read(sent: bytes, brightness: str | None) -> None:
    assert brightness_in(sent) == brightness


@given(channels=st.tuples(*[st.integers(0, 255)] * 3), digits=st.sampled_from((2, 4)))
def test_every_colour_is_dark_or_light(channels: tuple[int, int, int], digits: int) -> None:
    color = "/".join(f"{channel:02x}" * (digits // 2) for channel in channels)
    luma = sum(w * c for w, c in zip((0.299, 0.587, 0.114), channels, strict=True)) / 255
    answer = f"\x1b]4;1;rgb:00/00/00\x07\x1b]11;rgb:{color}\x1b\\".encode()
    assert brightness_in(answer) == ("dark" if luma < 0.5 else "light")
