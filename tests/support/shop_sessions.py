"""The sessions of a person with two projects, as the sessions tab lists them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from clacky_tui import events, paths
from clacky_tui.sessions.journal import append_meta
from support.stored_sessions import SessionWriter


def shop_sessions(now: datetime) -> dict[str, Path]:
    """Five sessions by name, one of them broken; they work in ``/src/shop`` and ``/src/cli``."""
    cli = "/src/cli"  # of a fixed length, as are the files then
    fix = SessionWriter("aaaa111111111111", working_dir="/src/shop", at=now - timedelta(minutes=9))
    fix.exchange(
        "fix the failing test in tests/test_orders.py",
        "The discount is applied before tax; the test wants it **after**. Changed one line in "
        "`Order.total`, all 41 tests pass.",
        "0.0412",
    )
    fix.emit(events.SessionTitled(name="fix orders"))
    click = SessionWriter("bbbb222222222222", working_dir=cli, at=now - timedelta(days=1))
    click.exchange("migrate the commands to click", "Done: 12 commands, one file each.", "1.9031")
    click.exchange("and the tests?", "They use CliRunner now.", None)
    click.emit(events.SessionTitled(name="migrate to click"))
    release = SessionWriter("cccc333333333333", working_dir=cli, at=now - timedelta(days=5))
    release.exchange("写发布说明", "发布说明写好了。", "0.0020")
    release.emit(events.SessionTitled(name="发布说明 release notes"))
    demo = SessionWriter(
        "dddd444444444444", working_dir="/src/shop", at=now - timedelta(days=60), simulated=True
    )
    demo.emit(events.TaskStarted(text="explain this project"))
    demo.usage("0.02", simulated=True)
    demo.emit(events.TextDone(text="It is a sample shop."))
    paths_by_name = {
        "fix": fix.close(),
        "click": click.close(),
        "release": release.close(),
        "demo": demo.close(),
    }
    append_meta(paths_by_name["release"], pinned=True)
    broken = paths.sessions_dir() / "2026-05-01-08-00-00-eeee5555.jsonl"
    broken.write_text("this is no session\n")
    return {**paths_by_name, "broken": broken}
