"""The parser against real bash, and against noise."""

from __future__ import annotations

import contextlib
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clacky_tui.domain.shell.parse import ShellSyntaxError, parse, simple_commands

BASH = shutil.which("bash") or "/bin/bash"


def words(text: str) -> list[list[str | None]]:
    return [[word.value for word in command.words] for command in simple_commands(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ls -la | head -5", [["ls", "-la"], ["head", "-5"]]),
        ("a && b || c; d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("a 'b c' \"d e\" f\\ g $'h\\ni'", [["a", "b c", "d e", "f g", "h\ni"]]),
        ('echo "x $(rm a) `rm b`"', [["echo", None], ["rm", "a"], ["rm", "b"]]),
        ("for f in a b; do head $f; done", [["head", None]]),
        ("while read l; do x; done < f", [["read", "l"], ["x"]]),
        ("if a; then b; elif c; then d; else e; fi", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("case $x in (a|b) c;; *) d;; esac", [["c"], ["d"]]),
        ("f() { a; }; function g { b; }", [["a"], ["b"]]),
        ("(a; (b)); { c; }", [["a"], ["b"], ["c"]]),
        ("diff <(a) >(b)", [["diff", None, None], ["a"], ["b"]]),
        ("cat <<E | b\n$(c)\nE\nd", [["cat"], ["b"], ["c"], ["d"]]),
        ("cat <<'E'\n$(c)\nE", [["cat"]]),
        ("x=$(a) y", [["y"], ["a"]]),
        ("echo ${x:-$(a)} $((1 + $(b)))", [["echo", None, None], ["a"], ["b"]]),
        ("[[ -n $(a) ]] && b", [["a"], ["b"]]),
        ("! time a", [["a"]]),
        ("a {b,c}.d HEAD@{1} {}", [["a", "b.d", "c.d", "HEAD@{1}", "{}"]]),
        ("a # plain words\nb", [["a"], ["b"]]),
    ],
)
def test_every_simple_command_is_found(text: str, expected: list[list[str | None]]) -> None:
    assert words(text) == expected


def test_a_command_tells_its_redirects_assignments_and_place() -> None:
    (command,) = simple_commands("A=1 B=2 run x 2>err >>out <in 2>&1 &")
    assert command.assignments == ("A", "B")
    assert command.background
    found = [(r.fd, r.operator, r.target.value) for r in command.redirects]
    assert found == [(2, ">", "err"), (None, ">>", "out"), (None, "<", "in"), (2, ">&", "1")]
    assert command.words[1].span.start == "A=1 B=2 run x".index(" x") + 1


def test_here_documents_keep_their_text() -> None:
    (command,) = simple_commands("cat <<A <<-'B'\none\nA\n\ttwo\n\tB\n")
    bodies = [redirect.body for redirect in command.redirects]
    assert [body.value for body in bodies if body] == ["one\n", "\ttwo\n"]


@pytest.mark.parametrize(
    "text",
    [
        *("=ls", "ls =ls", "ls *(.)", "ls (a)", "echo ${(e)x}", "echo $x:h", "echo $x[1]"),
        *("echo !!", 'echo "!x"', "noglob a", "- a", "repeat 3 a", "a &!", "a &|", "a >! b"),
        *("a >&b", "{ a }", "echo }", "a;;b", "if a", "for x in", "a &&", "| a", "(a", "a)", "'a"),
        *("a\\\nb", "a $\\\n(b)", "a &\\\n& b", "a # don't", "a <<E", "a <<E\nb", "a\x00", "a\rb"),
        *("a\u00a0b", "a \u200b", 'echo $"x"', "a[0]=1", "a=(1 2)", "((a))", "a <1-5>", "coproc a"),
        *(
            "echo ${x@P}",
            "echo ${!x}",
            "echo ${x^^}",
            "f() a",
            "a=~ b=:~",
            "`a \\`b\\``",
            "{a,{b,c}}",
        ),
    ],
)
def test_what_shells_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ShellSyntaxError):
        parse(text)


def test_an_error_names_its_place() -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse("ls | 'oops")
    assert caught.value.position >= 5
    assert "never closed" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *("ls a; " * 16_000, "'a' " * 25_000, '"$(x)" ' * 14_000, "x <<A\nA\n" * 12_000),
        *("$(" * 50_000, "(" * 100_000, "`" * 100_000, "{a," * 30_000, "# c\n" * 25_000),
        *("a" * 100_000, "\\\n" * 50_000, "<<a " * 25_000 + "\n", "if a; then b; fi;" * 6_000),
    ],
    ids=lambda text: repr(text[:8]),
)
@pytest.mark.timeout(20)
def test_large_input_ends_in_an_answer(text: str) -> None:
    with contextlib.suppress(ShellSyntaxError):
        assert all(command.words for command in simple_commands(text))


SAFE = st.text("ab.,/_-+@%:=x1 \t*?[]~^$'\"\\#!", min_size=0, max_size=6)


def quoted(text: str, style: int) -> str:
    """`text` written so that a shell reads it back."""
    match style:
        case 0:
            return "'" + text.replace("'", "'\\''") + "'"
        case 1:
            plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
            return f'"{plain}"'
        case _:
            return "".join(f"\\{c}" for c in text) or "''"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(SAFE, st.integers(0, 2)), min_size=1, max_size=4),
        min_size=1,
        max_size=40,
    )
)
def test_bash_sees_the_words_the_parser_says(commands: list[list[tuple[str, int]]]) -> None:
    lines, expected = [], []
    for pieces in commands:
        line = "printf '%s\\0' " + " ".join(quoted(*piece) for piece in pieces)
        try:
            (parsed,) = simple_commands(line)
        except ShellSyntaxError:
            continue
        values = [word.value for word in parsed.words[2:]]
        assert None not in values
        lines.append(line)
        expected += values
    done = subprocess.run([BASH, "-c", "\n".join(lines)], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == expected


FRAGMENTS = st.sampled_from(
    [
        *(
            "ls",
            "a b",
            "|",
            "&&",
            "||",
            "&",
            ";;",
            "(",
            ")",
            "{",
            "}",
            "$(",
            "`",
            '"',
            "'",
            "\\",
            "\n",
        ),
        *("<", ">", "<<E", "E", "<(", ">>", "2>&1", "if", "then", "fi", "for", "in", "do", "done"),
        *(
            "case",
            "esac",
            "while",
            "!",
            "[[",
            "]]",
            "$x",
            "${x}",
            "${x:-",
            "$((",
            "))",
            "#",
            "=",
            "~",
        ),
        *("*", "{a,b}", "x=1", "function", "f()", "time", " ", "\t", "\r", "&>", "<<<", ";"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=14).map(lambda pieces: " ".join(pieces)) | st.text(max_size=40))
def test_noise_only_ever_raises_the_syntax_error(text: str) -> None:
    try:
        commands = simple_commands(text)
    except ShellSyntaxError as error:
        assert 0 <= error.position <= len(text)
        return
    assert all(c.span.end <= len(text) for c in commands)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.lists(FRAGMENTS, min_size=1, max_size=9), min_size=30, max_size=60))
def test_bash_accepts_what_the_parser_accepts(candidates: list[list[str]]) -> None:
    accepted = []
    for pieces in candidates:
        text = " ".join(pieces)
        try:
            if parse(text).lists:
                accepted.append(text)
        except ShellSyntaxError:
            continue
    for text in accepted:
        done = subprocess.run([BASH, "-n"], input=text.encode(), capture_output=True, check=False)
        assert done.returncode == 0, (text, done.stderr)
