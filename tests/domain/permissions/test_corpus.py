"""Every command of the corpus gets the verdict it stands under, in a real project folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from permission_corpus import commands

from clacky_tui.domain.permissions import judge
from clacky_tui.domain.verdict import Decision, Scope
from clacky_tui.tools.disk_scope import disk_scope

FILES = (
    "README.md pyproject.toml package.json a.txt b.txt data.json data.csv .env server.key"
    " src/app.py src/util.py tests/test_app.py docs/guide.md"
)


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory) -> Scope:
    project = tmp_path_factory.mktemp("project")
    for name in [*FILES.split(), "src/my file.py"]:
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n")
    (project / "links").mkdir()
    (project / "links/etc").symlink_to("/etc")
    (project / "links/passwd.txt").symlink_to("/etc/passwd")
    (project / "links/self").symlink_to("../src")
    return disk_scope(project)


def wrong(scope: Scope, wanted: str, right: set[Decision]) -> list[str]:
    judged = [(c, judge("terminal", {"command": c}, scope)) for v, c in commands() if v == wanted]
    return [f"{c!r}: {v.decision} ({v.why})" for c, v in judged if v.decision not in right]


def test_the_corpus_is_large() -> None:
    verdicts = [verdict for verdict, _ in commands()]
    assert verdicts.count("allow") >= 400
    assert verdicts.count("guarded") >= 1000
    assert verdicts.count("deny") >= 100


def test_reading_inside_the_project_runs_unasked(scope: Scope) -> None:
    assert wrong(scope, "allow", {Decision.ALLOW}) == []


def test_nothing_dangerous_runs_unasked(scope: Scope) -> None:
    assert wrong(scope, "guarded", {Decision.ASK, Decision.DENY}) == []


def test_the_worst_is_refused(scope: Scope) -> None:
    assert wrong(scope, "deny", {Decision.DENY}) == []


def test_nothing_dangerous_runs_when_nobody_looks_at_the_disk() -> None:
    blind = Scope(working_dir="/home/ada/shop", home="/home/ada")
    needs_disk = "links/"
    leaks = [
        command
        for verdict, command in commands(blind=True)
        if verdict in ("guarded", "deny")
        and needs_disk not in command
        and judge("terminal", {"command": command}, blind).decision is Decision.ALLOW
    ]
    assert [leak for leak in leaks if leak not in ("cat ./*", "head ./*")] == []


def test_every_question_says_why_and_shows_where(scope: Scope) -> None:
    for _, command in commands():
        verdict = judge("terminal", {"command": command}, scope)
        if verdict.decision is not Decision.ALLOW:
            assert verdict.why and verdict.spans, command
            assert all(0 <= s.start <= s.end <= len(command) for s in verdict.spans), command


def test_git_is_asked_only_in_a_repository_whose_settings_run_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    settings = tmp_path / ".git/config"
    nested = tmp_path / "vendor/nested/.git"
    nested.mkdir(parents=True)

    def decision(command: str) -> Decision:
        return judge("terminal", {"command": command}, disk_scope(tmp_path)).decision

    for harmless in (
        "[core]\n\tbare = false\n\tfsmonitor = true\n",
        '[filter "lfs"]\nclean = git-lfs x\n',
    ):
        settings.write_text(harmless)
        assert decision("git status") is Decision.ALLOW
        assert decision("git -C vendor/nested status") is Decision.ASK
        assert decision("cd vendor/nested && git status") is Decision.ASK
    for running in (
        "[core] fsmonitor = ./x\n",
        '[diff "x"]\n\ttextconv = ./x\n',
        "[include]\npath = /x\n",
    ):
        settings.write_text(running)
        assert decision("git status") is Decision.ASK


def test_a_compiler_of_the_projects_own_is_not_asked_its_version(tmp_path: Path) -> None:
    def decision() -> Decision:
        scope = disk_scope(tmp_path)
        return judge("terminal", {"command": "rustc --version"}, scope).decision

    assert decision() is Decision.ALLOW
    (tmp_path / "rust-toolchain.toml").write_text('[toolchain]\npath = "x"\n')
    assert decision() is Decision.ASK
