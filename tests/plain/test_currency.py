"""Amounts in plain lines are in the currency that the person chose; those of a single run are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

ROOT = str(Path(__file__).parents[2])


def run(home: Path, folder: Path, *arguments: str, typed: str = "") -> str:
    home.mkdir(exist_ok=True)
    (home / "ui.toml").write_text('currency = "EUR"\nexchange_rate = "0.5"\n')
    server = DemoServer(script=[Step(text="Done.")], tokens_per_second=0)
    server.start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clacky_tui", *arguments],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": ROOT,
                "PYTHONUTF8": "1",
                "CLACKY_API_KEY": "sk-plain-0123456789",
                "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
                "CLACKY_MODEL": "claude-sonnet-4-5",
                "CLACKY_ANTHROPIC_FORMAT": "true",
            },
            input=typed,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_plain_lines_follow(clacky_home: Path, tmp_path: Path) -> None:
    told = run(clacky_home, tmp_path, "--plain", typed="hi\n/exit\n")
    assert "cost €" in told
    assert "$" not in told


def test_a_single_run_stays_with_usd(clacky_home: Path, tmp_path: Path) -> None:
    told = run(clacky_home, tmp_path, "-m", "hi")
    assert "cost=$" in told
    assert "€" not in told
