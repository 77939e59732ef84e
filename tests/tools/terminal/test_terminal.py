"""The terminal tool: what a command's result says, in bash and in zsh."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.terminal_session import TerminalSession, handle_of, running, until

from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.terminal.limit import OUTPUT_LIMIT_BYTES
from clacky_tui.tools.terminal.results import PERSON_OUTPUT_BYTES
from clacky_tui.trash import before_command
from clacky_tui.trash.store import ProjectTrash


def saved(result: ToolResult) -> Path:
    """The file with all output a result points to."""
    assert result.card is not None
    path = str(result.card["full_output_file"])
    assert path in result.content
    return Path(path)


async def test_output_exit_code_and_summary(each_shell: TerminalSession) -> None:
    result = await each_shell.run("echo out; echo err >&2; (exit 3)")
    assert result.content == "out\nerr\n[exit code 3]"
    assert result.summary == "exit 3"
    assert not result.ok
    assert result.output == "out\nerr"
    assert result.card is not None
    assert result.card["exit_code"] == 3
    assert result.card["status"] == "finished"


async def test_success_without_output(each_shell: TerminalSession) -> None:
    result = await each_shell.run("true")
    assert result.content == "(no output)\n[exit code 0]"
    assert result.ok


@pytest.mark.parametrize(
    ("command", "output", "exit_code"),
    [
        ("echo a # comment", "a", 0),
        ("# only a comment", "", 0),
        ("echo a\necho b\n\n", "a\nb", 0),
        ("echo a \\\n  b", "a b", 0),
        ("cat <<E\n$((1+1)) '\"\nE\necho c", "2 '\"\nc", 0),
        ("cat <<'E'\n$x\\\nE", "$x\\", 0),
        ("printf 'no newline'", "no newline", 0),
        ("false | true", "", 0),
        ("kill -TERM $(sh -c 'echo $PPID') & wait $!", None, None),
        ("(exit 130)", "", 130),
        ("f() { return 4; }; f", "", 4),
        ("echo '!!' \"!x\"", "!! !x", 0),
    ],
)
async def test_commands_of_every_shape(
    each_shell: TerminalSession, command: str, output: str | None, exit_code: int | None
) -> None:
    result = await each_shell.run(command)
    if output is not None:
        assert (result.output, result.card and result.card["exit_code"]) == (output, exit_code)
    assert (await each_shell.run("echo next")).output == "next"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("echo 'open", "unmatched"),
        ('echo "open', "unmatched"),
        ("if true; then", ""),
        ("echo ${unset_name?is missing}; echo after", "is missing"),
        ("readonly fixed=1; fixed=2; echo after", "fixed"),
        ("echo )", "parse error"),
    ],
)
async def test_errors_that_make_a_shell_drop_the_line(
    each_shell: TerminalSession, command: str, says: str
) -> None:
    result = await each_shell.run(command)
    words = {"unmatched": "matching", "parse error": "syntax error"}
    assert says in result.output or words.get(says, says) in result.output
    assert (await each_shell.run("cat <<E\nnext\nE")).content == "next\n[exit code 0]"


async def test_shell_options_do_not_outlive_the_command(each_shell: TerminalSession) -> None:
    assert "echo x" in (await each_shell.run("set -x; echo x")).output
    assert (await each_shell.run("echo a; set -u; set -v")).output == "a"
    assert (await each_shell.run('echo "[$nothing]"')).output == "[]"


async def test_set_e_and_exit_end_the_shell_not_the_session(each_shell: TerminalSession) -> None:
    for command, code in (("set -e; false; echo no", 1), ("echo a; exit 7", 7), ("false; exit", 1)):
        result = await each_shell.run(command)
        assert result.card is not None
        assert result.card["exit_code"] == code
        assert result.output in ("", "a")
        assert (await each_shell.run("echo next")).output == "next"
    assert (await each_shell.run("kill -SEGV $$")).summary == "exit 139"


async def test_cwd_and_env_are_of_one_call(each_shell: TerminalSession) -> None:
    folder = each_shell.context.working_dir
    (folder / "sub dir").mkdir()
    command = 'pwd; echo "$A $PAGER $GIT_PAGER $TERM $GIT_TERMINAL_PROMPT $HOME"; cd /'
    result = await each_shell.run(command, cwd="sub dir", env={"A": "b 'c'\n$d", "HOME": "/x"})
    assert result.output == f"{folder}/sub dir\nb 'c'\n$d cat cat xterm-256color 0 /x"
    again = await each_shell.run('pwd; echo "[$A] $HOME"')
    assert again.output == f"{folder}\n[] {folder.parent}/home"


async def test_one_shell_keeps_what_is_defined(each_shell: TerminalSession) -> None:
    await each_shell.run("f() { echo called; }; export KEPT=1; x=2; alias hi='echo hello'")
    assert (await each_shell.run('f; echo "$KEPT $x"; hi')).output == "called\n1 2\nhello"


async def test_two_hundred_commands_use_one_shell_and_leak_nothing(
    session: TerminalSession,
) -> None:
    first = await session.run("echo $$")
    descriptors = len(list(Path("/proc/self/fd").iterdir()))  # noqa: ASYNC240
    for number in range(200):
        assert (await session.run(f"echo {number}; true")).output == str(number)
    assert (await session.run("echo $$")).output == first.output
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors  # noqa: ASYNC240


async def test_what_a_command_did_to_the_terminal_is_undone(each_shell: TerminalSession) -> None:
    settings = (await each_shell.run("stty -a")).output
    await each_shell.run("stty sane raw echo rows 7; echo done")
    assert (await each_shell.run("stty -a")).output == settings
    assert "rows 40; columns 120" in settings


async def test_redirections_of_the_shell_itself_end_with_the_command(
    each_shell: TerminalSession,
) -> None:
    assert (await each_shell.run("exec >log 2>&1; echo hidden")).output == ""
    assert (await each_shell.run("cat log")).output == "hidden"


async def test_a_marker_cannot_be_forged(each_shell: TerminalSession) -> None:
    fake = r"printf '\036%s:1:0\036' 0123456789abcdef"
    assert (await each_shell.run(f"{fake}; echo real; (exit 2)")).summary == "exit 2"
    dump = await each_shell.run("set; typeset -f; echo the end; (exit 5)")
    assert dump.summary == "exit 5"


async def test_colours_cursor_garbage_and_progress_are_cleaned(session: TerminalSession) -> None:
    command = (
        r"printf '\033[31mred\033[0m\n10%%\r100%%\n\033]0;title\007\033[2K\033[1Gx\033[?25l\n'"
    )
    assert (await session.run(command)).output == "red\n100%\nx"


async def test_binary_output_is_text_in_the_end(session: TerminalSession) -> None:
    result = await session.run("head -c 20000 /dev/urandom; echo; echo end")
    result.content.encode()
    assert not set(map(chr, (*range(9), *range(11, 32), 127))) & set(result.content)


async def test_output_is_shown_while_it_comes(session: TerminalSession) -> None:
    shown: list[str] = []
    session.context.emit_output = shown.append
    command = "echo early; while [ ! -e go ]; do sleep 0.02; done; echo late"
    task = asyncio.create_task(session.run(command))
    await until(lambda: "".join(shown) == "early\n")
    (session.context.working_dir / "go").touch()
    await task
    assert "".join(shown) == "early\nlate\n"


async def test_a_character_split_between_writes_is_whole(session: TerminalSession) -> None:
    command = r"printf '\342\202'; sleep 0.1; printf '\254 caf\303'; sleep 0.1; printf '\251'"
    shown: list[str] = []
    session.context.emit_output = shown.append
    assert (await session.run(command)).output == "€ café"
    assert "".join(shown) == "€ café"


async def test_ten_thousand_lines(each_shell: TerminalSession) -> None:
    result = await each_shell.run("seq 1 10000; echo the end; (exit 1)")
    assert len(result.content.encode()) <= OUTPUT_LIMIT_BYTES + len("\n[exit code 1]")
    assert result.content.startswith("1\n2\n")
    assert result.content.endswith("the end\n[exit code 1]")
    assert len(result.output.encode()) <= PERSON_OUTPUT_BYTES + 10
    lines = saved(result).read_text().splitlines()
    assert lines == [*map(str, range(1, 10001)), "the end"]


async def test_fifty_megabytes_do_not_block_the_loop(session: TerminalSession) -> None:
    size = 50_000_000
    task = asyncio.create_task(session.run(f"yes 'some line of text' | head -c {size}; exit 3"))
    turns = 0
    while not task.done():
        await asyncio.sleep(0.005)
        turns += 1
    result = await task
    assert saved(result).stat().st_size == size
    assert "47.7 MB" in result.content
    assert turns > 20


async def test_one_endless_line(session: TerminalSession) -> None:
    result = await session.run("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end")
    assert "x… [line of" in result.content
    assert saved(result).stat().st_size == 3_000_005
    assert len(result.content.encode()) <= OUTPUT_LIMIT_BYTES + 20


async def test_a_command_of_three_megabytes_runs(session: TerminalSession) -> None:
    assert (await session.run(f"x={'y' * 3_000_000}; echo ${{#x}}")).output == "3000000"


async def test_what_a_command_destroys_is_in_the_trash(each_shell: TerminalSession) -> None:
    folder = each_shell.context.working_dir
    for name in ("one", "two", "three", "four"):
        (folder / name).write_text(name)
    command = "rm one; echo two | xargs rm; sh -c 'rm three'; echo new > four; ls"
    assert (await each_shell.run(command)).output == "four"
    await each_shell.run("echo four | xargs rm", env={"PATH": "/usr/bin:/bin"})
    kept = ProjectTrash(folder).contents().items
    assert sorted(item.original_path.name for item in kept) == [
        *("four", "four", "one", "three", "two")
    ]


async def test_what_could_not_be_saved_is_told_before_the_command_and_once_after_it(
    session: TerminalSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(before_command, "COMMAND_LIMIT_BYTES", 10)
    (session.context.working_dir / "large").write_text("more than ten bytes")
    told: list[str] = []
    session.context.emit_output = told.append
    waiting = await session.run("echo new > large; echo go on?; read answer")
    notice = "not saved to the trash before the command: large: it is too large"
    assert told[0].startswith(notice)
    assert f"[{notice}" in waiting.content
    assert notice not in (await session.on(handle_of(waiting), input="y\n")).content


async def test_many_things_that_could_not_be_saved_are_one_line(session: TerminalSession) -> None:
    targets = " ".join(f'"$target{number}"' for number in range(5))
    result = await session.run(f"for t in {targets}; do :; done; " + "; ".join(
        f': > "$target{number}"' for number in range(5)
    ))  # fmt: skip
    [line] = [line for line in result.content.splitlines() if "not saved" in line]
    assert "only the shell knows" in line


async def test_without_a_trash_no_command_runs(session: TerminalSession, tmp_path: Path) -> None:
    (tmp_path / "clacky-home").write_text("not a folder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLACKY_HOME", str(tmp_path / "clacky-home"))
        assert "trash" in await session.refusal(command="touch ran")
    assert not (session.context.working_dir / "ran").exists()


async def test_calls_that_cannot_be(session: TerminalSession) -> None:
    (session.context.working_dir / "file").touch()
    assert "no command and no handle_id" in await session.refusal()
    assert "no command" in await session.refusal(command=" \n")
    assert "NUL" in await session.refusal(command="a\0b")
    assert "not a folder" in await session.refusal(command="ls", cwd="nowhere")
    assert "not a folder" in await session.refusal(command="ls", cwd="file")
    for name in ("A=B", "", "a b", "UID", "x;ls"):
        assert "environment variable" in await session.refusal(command="ls", env={name: "c"})
    assert "no command with handle abc" in await session.refusal(handle_id="abc")
    assert "over at once" in await session.refusal(command="ls -la", **{"async": True})


async def test_no_shell_at_all_is_told(
    session: TerminalSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bash").write_text("not a program")
    (tmp_path / "bash").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/false")
    assert "No shell could be made ready" in await session.refusal(command="ls")


async def test_closing_ends_the_shell(session: TerminalSession, temporary_dir: Path) -> None:
    pid = int((await session.run("echo $$")).output)
    assert running(pid)
    await session.context.close()
    assert not running(pid)
    assert not list(temporary_dir.glob("clacky-terminals-*/*"))  # noqa: ASYNC240
    assert "closed" in await session.refusal(command="echo late")


def test_the_subject_hides_nothing(session: TerminalSession, context: ToolContext) -> None:
    def subject(**arguments: object) -> str:
        return session.tool.subject(arguments, context)

    folder = context.working_dir
    assert subject(command="pytest  -q\n") == "pytest -q"
    assert subject(command="ls\n\n  rm x\x1b[2K") == "ls \\n rm x[2K"
    assert subject(command="ls", cwd="sub") == "ls (in sub)"
    assert subject(command="ls", cwd=str(folder)) == "ls"
    assert subject(command="npm start", **{"async": True}) == "npm start (in the background)"
    assert subject(handle_id="abc", kill=True) == "stop abc"
    assert subject(handle_id="abc", input="y\n") == 'type "y\\n" into abc'
    assert subject(handle_id="abc", input="\x03") == 'type "\\x03" into abc'
    assert subject(handle_id="abc") == "check abc"
