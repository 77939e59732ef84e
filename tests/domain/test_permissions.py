"""What runs, what asks, and why."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.permissions import (
    SAFE_GIT_COMMANDS,
    SAFE_PROGRAMS,
    is_secret_target,
    judge,
    secret_part,
    session_rule_key,
)

WORKING_DIR = "/home/ada/shop"


def asks(tool: str, **arguments: object) -> str:
    """The reason, or an empty text when the call runs."""
    verdict = judge(tool, arguments, PermissionMode.CONFIRM_SAFES, WORKING_DIR)
    assert verdict.asks == bool(verdict.reason)
    return verdict.reason


def command_asks(command: str) -> str:
    return asks("terminal", command=command)


@pytest.mark.parametrize("mode", [PermissionMode.CONFIRM_ALL, PermissionMode.AUTO_APPROVE])
@pytest.mark.parametrize("tool", ["terminal", "edit", "browser", "trash_manager"])
def test_the_free_modes_never_ask(mode: PermissionMode, tool: str) -> None:
    arguments = {"command": "rm -rf /", "path": "/etc/passwd", "action": "empty"}
    assert not judge(tool, arguments, mode, WORKING_DIR).asks


@pytest.mark.parametrize("tool", ["glob", "web_fetch", "todo_manager", "list_tasks"])
def test_reading_tools_run(tool: str) -> None:
    assert not asks(tool)


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "ls -la",
        "  ls -la src/shop  ",
        "pwd",
        "cat README.md",
        "cat 'a b.txt' \"c d.txt\"",
        "head -n 20 a.py",
        "head -20 a.py",
        "tail -n +5 a.py",
        "head --lines=3 a.py",
        "wc -l a.py b.py",
        "file a.png",
        "stat -c %s a.py",
        "du -sh .",
        "du --max-depth=1",
        "tree -L 2 -I node_modules",
        "grep -n total shop/orders.py",
        "grep -in 'def total(self)' a.py",
        "grep -e x -A3 a.py",
        "git status",
        "git status --short --branch",
        "git status --porcelain=v1",
        "git --no-pager log --oneline -5",
        "git log -n 3 --stat HEAD~3..HEAD",
        "git log --since=yesterday --author=ada",
        "git diff --cached -- shop/orders.py",
        "git diff main...feature/x",
        "git show HEAD:README.md",
        "git show HEAD~2 --name-only",
        "cat größe.txt 说明.md",
        "cat -- -odd-name",
    ],
)
def test_simple_reading_commands_run(command: str) -> None:
    assert command_asks(command) == ""


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("python3 x.py", "runs a program not known to be read-only: python3"),
        ("rm a", "not known to be read-only: rm"),
        ("pytest -q", "not known to be read-only: pytest"),
        ("find . -delete", "not known to be read-only: find"),
        ("env", "not known to be read-only: env"),
        ("sudo ls", "not known to be read-only: sudo"),
        ("cd src", "not known to be read-only: cd"),
        ("echo x", "not known to be read-only: echo"),
        ("if true", "not known to be read-only: if"),
        ("./ls", "runs a program by its path: ./ls"),
        ("/bin/ls", "runs a program by its path: /bin/ls"),
        ("A=1 ls", "sets a variable for the command: A=1"),
        ("GIT_PAGER=x git log", "sets a variable"),
        ("ls && rm a", "beyond plain words: &&"),
        ("ls; rm a", "beyond plain words: ;"),
        ("ls & rm a", "beyond plain words: &"),
        ("ls | sh", "beyond plain words: |"),
        ("ls || x", "beyond plain words: ||"),
        ("ls > a", "beyond plain words: >"),
        ("ls >> a", "beyond plain words: >>"),
        ("ls 2>/dev/null", "beyond plain words: >"),
        ("cat < a", "beyond plain words: <"),
        ("cat $HOME", "beyond plain words: $"),
        ("cat $(x)", "beyond plain words: $("),
        ("cat `x`", "beyond plain words: `"),
        ('cat "$(x)"', 'beyond plain words: "'),
        ("cat *.py", "beyond plain words: *"),
        ("cat a?.py", "beyond plain words: ?"),
        ("cat [ab]", "beyond plain words: ["),
        ("cat {a,b}", "beyond plain words: {"),
        ("(ls)", "beyond plain words: ("),
        ("ls # x", "beyond plain words: #"),
        ("! ls", "beyond plain words: !"),
        ("cat a\\ b", "beyond plain words: \\"),
        ("cat a'b'", "beyond plain words: '"),
        ("cat 'a'b", "beyond plain words: '"),
        ("'ls' -l", "hides the program's name in quotes"),
        ('"rm" a', "hides the program's name in quotes"),
        ("ls\nrm a", "more than one line"),
        ("ls\n", "more than one line"),
        ("ls\r", "more than one line"),
        ("ls '\x1b[2K'", "do not show"),
        ("ls \u202e", "do not show"),
        ("ls \u00a0x", "do not show"),
        ("cat /etc/passwd", "outside the working directory: /etc/passwd"),
        ("cat '/etc/passwd'", "outside the working directory"),
        ("cat ../x", "outside the working directory: ../x"),
        ("cat a/../../x", "outside the working directory"),
        ("ls ..", "outside the working directory"),
        ("ls ~", "outside the working directory"),
        ("ls ~bob/x", "outside the working directory"),
        ("ls --sort=/x", "outside the working directory"),
        ("git show HEAD:../x", "outside the working directory"),
        ("cat .env", "may hold secrets: .env"),
        ("cat config/.ENV.local", "may hold secrets"),
        ("cat x/server.pem", "may hold secrets: server.pem"),
        ("head id_rsa", "may hold secrets: id_rsa"),
        ("git show HEAD:.env", "may hold secrets: .env"),
        ("cat -- .ssh/config", "may hold secrets: .ssh"),
        ("tail -f a.log", "not known to be harmless: tail -f"),
        ("tail --follow a.log", "not known to be harmless"),
        ("tree -o a", "not known to be harmless: tree -o"),
        ("file -C", "not known to be harmless"),
        ("file -m magic a", "not known to be harmless"),
        ("grep -r x .", "not known to be harmless: grep -r"),
        ("grep -rn x", "not known to be harmless"),
        ("grep -f patterns a", "not known to be harmless"),
        ("wc --files0-from=a", "not known to be harmless"),
        ("du -X a", "not known to be harmless"),
        ("git", "git command not known to be read-only: git"),
        ("git push", "git command not known to be read-only: git push"),
        ("git -C x status", "git command not known to be read-only: git -C"),
        ("git -c core.pager=x log", "git command not known to be read-only"),
        ("git log --output=x", "not known to be harmless"),
        ("git diff --ext-diff", "not known to be harmless"),
        ("git diff --no-index a b", "not known to be harmless"),
        ("git log --show-signature", "not known to be harmless"),
        ("git branch -D x", "git command not known to be read-only"),
    ],
)
def test_everything_else_asks_and_says_why(command: str, reason: str) -> None:
    assert reason in command_asks(command)


def test_where_a_command_runs_counts() -> None:
    assert not asks("terminal", command="ls", cwd="src")
    assert not asks("terminal", command="ls", cwd=f"{WORKING_DIR}/src")
    assert "outside the working directory: /etc" in asks("terminal", command="ls", cwd="/etc")
    assert "outside" in asks("terminal", command="ls", cwd="../other")
    assert "outside" in asks("terminal", command="ls", cwd="~")
    assert "secrets" in asks("terminal", command="ls", cwd=".ssh")
    assert asks("terminal", command="git log", env={"A": "b"}) == "sets environment variables"


def test_a_call_without_a_command_needs_no_question() -> None:
    assert not asks("terminal", handle_id="abc")
    assert not asks("terminal", command=" ")


def test_a_command_offers_exactly_itself_for_the_session() -> None:
    verdict = judge("terminal", {"command": "make"}, PermissionMode.CONFIRM_SAFES, WORKING_DIR)
    assert verdict.session_rule == "this exact command this session"


@pytest.mark.parametrize("tool", ["edit", "write"])
def test_edits_ask_and_offer_all_edits(tool: str) -> None:
    for path in ("shop/orders.py", f"{WORKING_DIR}/a.py", "a/../b.py"):
        verdict = judge(tool, {"path": path}, PermissionMode.CONFIRM_SAFES, WORKING_DIR)
        assert verdict.reason == "edits ask in this mode"
        assert verdict.session_rule == "all edits this session"
        assert session_rule_key(tool, {"path": path}, WORKING_DIR) == "edit"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/etc/hosts", "outside the working directory: /etc/hosts"),
        ("../other/a.py", "outside the working directory"),
        ("a/../../b", "outside the working directory"),
        ("/home/ada/shop-two/a", "outside the working directory"),
        ("~/a", "outside the working directory"),
        (".git/hooks/pre-commit", "run later by itself: .git"),
        (".bashrc", "run later by itself: .bashrc"),
    ],
)
def test_some_edits_ask_every_time(path: str, reason: str) -> None:
    verdict = judge("edit", {"path": path}, PermissionMode.CONFIRM_SAFES, WORKING_DIR)
    assert verdict.asks
    assert reason in verdict.reason
    assert verdict.session_rule == ""
    assert session_rule_key("edit", {"path": path}, WORKING_DIR) != "edit"


def test_reading_what_may_be_secret_asks() -> None:
    assert asks("file_reader", path="a.py") == ""
    assert asks("file_reader", path="/etc/hosts") == ""
    assert "secrets: .env" in asks("file_reader", path="sub/.env")
    assert "secrets: id_ed25519" in asks("grep", path="~/.x/id_ed25519", pattern="a")
    assert "config.yml" in asks("file_reader", path="~/.clacky/config.yml")
    assert asks("grep", pattern=".env") == ""


def test_other_tools() -> None:
    assert asks("trash_manager", action="empty")
    assert not asks("trash_manager", action="list")
    assert asks("undo_task")
    assert asks("redo_task", task_id=1)
    assert asks("browser", action="status")
    assert asks("made_up_tool") == "an unknown tool"


def test_keys_tell_apart_what_differs() -> None:
    key = session_rule_key
    assert key("terminal", {"command": "make"}) == key("terminal", {"command": "make"})
    assert key("terminal", {"command": "make"}) != key("terminal", {"command": "make "})
    assert key("terminal", {"command": "make"}) != key("terminal", {"command": "make", "cwd": "x"})
    assert key("terminal", {"command": "m"}) != key("terminal", {"command": "m", "env": {"A": "b"}})
    assert key("edit", {"path": "a"}) == key("write", {"path": "b"}) == "edit"
    assert key("edit", {"path": "/x"}) == "edit /x"
    assert key("edit", {"path": ""}, WORKING_DIR) != "edit"
    assert key("browser", {"action": "open"}) != key("browser", {"action": "close"})


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("/x/.env", True),
        ("/x/.env.example", True),
        ("/x/prod.env", True),
        ("/x/.ENV", True),
        ("/x/.ssh/config", True),
        ("/x/.aws/credentials", True),
        ("/x/.environment", False),
        ("/x/environment.py", False),
        ("/x/.ssh", False),
        ("/x/a.pem", False),
    ],
)
def test_secret_targets(path: str, secret: bool) -> None:
    assert is_secret_target(path) is secret


def test_ordinary_names_are_not_secret() -> None:
    for name in ("env.py", "keyboard.py", "id_map.py", "monkey", "README.md", "pem.txt"):
        assert secret_part(name) == ""


def test_reasons_are_short_and_printable() -> None:
    reason = command_asks("x" * 200 + "\x1b")
    assert reason.isprintable()
    assert len(command_asks("x" * 500)) < 120
    assert asks("edit", path="/\x1b[2K").isprintable()


HEADS = [*SAFE_PROGRAMS, *(f"git {name}" for name in SAFE_GIT_COMMANDS)]
SHELL_SIGNS = "|&;<>()$`\\\"'*?[]{}!#\n"


@given(
    head=st.sampled_from(HEADS),
    before=st.text(string.ascii_letters + " -./", max_size=12),
    sign=st.sampled_from([c for c in SHELL_SIGNS if c not in "'\""]),
    after=st.text(string.printable, max_size=12),
)
def test_a_shell_sign_outside_quotes_always_asks(
    head: str, before: str, sign: str, after: str
) -> None:
    assert command_asks(f"{head} {before}{sign}{after}")


@given(command=st.text(st.sampled_from("ls cat-/.~'\"$\\`|;a=\n\t*"), max_size=30))
def test_what_runs_holds_nothing_a_shell_would_act_on(command: str) -> None:
    if command.strip() and not command_asks(command):
        unquoted = "".join(
            part for i, part in enumerate(command.replace('"', "'").split("'")) if i % 2 == 0
        )
        assert not set(unquoted) & set(SHELL_SIGNS)
        assert "`" not in command or "'" in command
        assert command.split()[0] in SAFE_PROGRAMS


@given(
    arguments=st.dictionaries(
        st.sampled_from(["command", "path", "cwd", "env"]), st.none() | st.text() | st.integers()
    )
)
def test_any_arguments_get_a_verdict(arguments: dict[str, object]) -> None:
    for tool in ("terminal", "edit", "file_reader", "trash_manager"):
        verdict = judge(tool, arguments, PermissionMode.CONFIRM_SAFES, WORKING_DIR)
        assert verdict.reason.isprintable()
        assert session_rule_key(tool, arguments, WORKING_DIR)
