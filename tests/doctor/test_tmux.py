"""What a real tmux says of its options."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clacky_tui.doctor.tmux import examine_tmux

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The environment of a pane of a server of our own."""
    socket = tmp_path / "tmux"
    monkeypatch.delenv("TMUX", raising=False)

    def run(*arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(socket), "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    run("new-session", "-d", "-x", "80", "-y", "24", "sleep 600")
    try:
        run("set-option", "-s", "escape-time", "500")
        run("set-option", "-s", "set-clipboard", "off")
        pid, pane = run("display-message", "-p", "#{pid} #{pane_id}").split()
        variables = {"TMUX": f"{socket},{pid},0", "TMUX_PANE": pane}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield {**os.environ, **variables, "TERM": "xterm-256color"}
    finally:
        run("kill-server")


def test_options_that_stand_in_the_way_are_named_with_the_command(tmux: dict[str, str]) -> None:
    told = {finding.check: finding for finding in examine_tmux(tmux)}
    assert told["escape-time"].remedy == "tmux set -s escape-time 10"
    assert told["set-clipboard"].remedy == "tmux set -s set-clipboard on"
    assert told["default-terminal"].level == "warn"
    for check in ("escape-time", "set-clipboard"):
        subprocess.run(told[check].remedy.split(), env=tmux, check=True)
    again = {finding.check: finding.level for finding in examine_tmux(tmux)}
    assert again["escape-time"] == again["set-clipboard"] == "ok"


def test_outside_tmux_nothing_is_said() -> None:
    assert list(examine_tmux({"TERM": "xterm"})) == []
