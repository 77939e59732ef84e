"""What is found out about a terminal by asking it."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest
from support.answering_tty import AnsweringTty

from clacky_tui.doctor.finding import Finding
from clacky_tui.doctor.keys import examine_keys
from clacky_tui.doctor.terminal import examine_environment, examine_live
from clacky_tui.doctor.tty import Tty

DA1 = {b"\x1b[c": b"\x1b[?62;22;52c"}
XTERM = {"TERM": "xterm-256color"}
KNOWING = {
    **DA1,
    b"\x1b[>q": b"\x1bP>|ghost\x07ty 1.0\x1b\\",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?u": b"\x1b[?0u",
}


@pytest.fixture(autouse=True)
def size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))


def found(
    terminal: AnsweringTty, environ: Mapping[str, str] = XTERM, *, clipboard: bool = False
) -> dict[str, Finding]:
    with Tty(terminal.path, wait_seconds=2) as tty:
        return {f.check: f for f in examine_live(tty, environ, clipboard=clipboard)}


def test_a_terminal_that_knows_everything_has_nothing_to_mend() -> None:
    with AnsweringTty(KNOWING) as terminal:
        told = found(terminal)
    assert {finding.level for finding in told.values()} == {"ok"}
    assert "2026) is known" in told["whole frames"].text
    assert "kitty" in told["keys"].text
    assert "says that it takes OSC 52" in told["clipboard"].text
    assert told["name"].text == "it calls itself ghostty 1.0."


def test_a_terminal_that_knows_little_is_told_what_that_means() -> None:
    with AnsweringTty({b"\x1b[c": b"\x1b[?6c"}) as terminal:
        told = found(terminal)
    assert "not known" in told["whole frames"].text
    assert "Ctrl+J" in told["keys"].text
    assert "cannot be known" in told["clipboard"].text
    assert b"]52;" not in terminal.received


def test_a_mute_terminal_is_not_waited_for_twice() -> None:
    with AnsweringTty({}, tells_cursor=False) as terminal, Tty(terminal.path, 0.05) as tty:
        told = {f.check: f for f in examine_live(tty, XTERM)}
    assert told["answers"].level == "warn"
    assert list(told) == ["size", "answers"]


def test_wrong_widths_are_named_with_what_helps() -> None:
    with AnsweringTty(DA1, widths={"▸◐✓·›": 9}) as terminal:
        told = found(terminal)["character widths"]
    assert told.level == "warn"
    assert "take 9 cells and not 5" in told.text
    assert "glyphs" in told.remedy


def test_the_clipboard_is_only_said_to_work_when_it_was_read_back() -> None:
    read = b"\x1b]52;c;?\x07"
    with AnsweringTty({**DA1, read: b"\x1b]52;c;Y2xhY2t5IGRvY3Rvcg==\x07"}) as terminal:
        assert found(terminal, clipboard=True)["clipboard"].level == "ok"
    for answer in (b"", b"\x1b]52;c;c29tZXRoaW5nIGVsc2U=\x07"):
        with AnsweringTty({**DA1, read: answer}) as terminal:
            told = found(terminal, clipboard=True)["clipboard"]
            assert told.level == "warn"
            assert "paste now" in told.remedy
            assert "something else" not in told.line


def test_a_console_is_asked_nothing_it_might_show() -> None:
    with AnsweringTty(DA1) as terminal:
        told = found(terminal, {"TERM": "linux"}, clipboard=True)
    assert set(told) == {"size", "character widths"}
    assert b"\x1b]" not in terminal.received
    assert b"\x1bP" not in terminal.received


def test_keys_are_told_as_they_arrive() -> None:
    answers = {b"Ctrl+Enter (": b"\x1b[13;5u", b"Shift+Enter (": b"\r", b"Alt+2 (": b"\x1b"}
    with AnsweringTty(answers) as terminal, Tty(terminal.path) as tty:
        told = [(f.check, f.level) for f in examine_keys(tty, wait_seconds=5)]
    assert told == [("Ctrl+Enter", "ok"), ("Shift+Enter", "warn")]
    assert terminal.received.endswith(b"\x1b[<u")


def test_a_key_that_does_not_come_is_said_so() -> None:
    with AnsweringTty({}) as terminal, Tty(terminal.path) as tty:
        told = list(examine_keys(tty, wait_seconds=0.01))
    assert [f.text for f in told] == ["nothing arrived."] * 4
    assert all(f.remedy for f in told)


@pytest.mark.parametrize(
    ("environ", "check", "level", "words"),
    [
        ({}, "TERM", "fail", "not set"),
        ({"TERM": "dumb"}, "TERM", "warn", "line by line"),
        ({"TERM": "linux"}, "colours", "warn", "ansi-16"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "colours", "ok", "16 million"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "colours", "ok", "NO_COLOR"),
        ({"TERM": "xterm", "SSH_TTY": "/dev/pts/1"}, "connection", "ok", "SSH"),
        ({"TERM": "xterm", "MOSH_KEY": "x"}, "connection", "ok", "mosh"),
    ],
)
def test_the_environment_tells(environ: dict[str, str], check: str, level: str, words: str) -> None:
    told = {finding.check: finding for finding in examine_environment(environ)}[check]
    assert told.level == level
    assert words in told.text
    assert bool(told.remedy) == (level != "ok")


def test_the_terminal_is_left_as_it_was() -> None:
    import termios

    with AnsweringTty(KNOWING) as terminal:
        fd = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)
        before = termios.tcgetattr(fd)
        found(terminal)
        assert termios.tcgetattr(fd) == before
        os.close(fd)
