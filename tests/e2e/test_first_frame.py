"""The first seconds of a start on a real pseudo-terminal: what is shown, and what becomes of the keys."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.left_running import left_running
from support.pty_screen import PtyScreen

from clacky_tui.sessions.lock import SessionLock
from clacky_tui.tui.first_frame.picture import (
    Picture,
    cell_count,
    read_picture,
    standard_picture,
)

ROOT = str(Path(__file__).parents[2])
CLACKY = [sys.executable, "-m", "clacky_tui"]
STARTS = int(os.environ.get("CLACKY_TEST_STARTS", "6"))
LONGEST_MOMENT_SECONDS = 0.6
PASTES = ("one\ntwo [A] 三", "\n;")

ASIDE = """
import sys, time
class Aside:
    def find_spec(self, name, path=None, target=None):
        if name == "textual":
            {does}
sys.meta_path.insert(0, Aside())
from clacky_tui.cli.main import main
raise SystemExit(main())
"""
"""The app, which does something else when it should import Textual."""
WAITING = [sys.executable, "-c", ASIDE.format(does="time.sleep(60)")]
BROKEN = [sys.executable, "-c", ASIDE.format(does="raise ImportError('textual is not to be had')")]


def start(
    command: list[str],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    columns: int = 80,
    rows: int = 24,
) -> PtyScreen:
    env = {"PYTHONPATH": ROOT, **(env or {})}
    return PtyScreen(command, cwd=folder, env=env, columns=columns, rows=rows)


def assert_terminal_as_found(app: PtyScreen) -> None:
    assert termios.tcgetattr(app.fd) == app.settings_before
    assert app.raw.count(b"\x1b[?1049h") == 1
    assert app.raw.rindex(b"\x1b[?1049l") > app.raw.rindex(b"\x1b[?1049h")
    assert app.raw.rindex(b"\x1b[?25h") > app.raw.rindex(b"\x1b[?25l")
    assert app.raw.rindex(b"\x1b[?2004l") > app.raw.rindex(b"\x1b[?2004h")
    assert app.raw.rindex(b"\x1b[?7h") > app.raw.rindex(b"\x1b[?7l")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A project whose path is short enough for the bar."""
    with tempfile.TemporaryDirectory(prefix="shop-") as path:
        yield Path(path)


# --- keys ----------------------------------------------------------------------------------------


def random_keys(dice: random.Random) -> tuple[list[str], str]:
    """Bursts of keys, and the text they make."""
    bursts, text = [], ""
    for _ in range(dice.randint(6, 14)):
        match dice.choice(("word", "word", "wide", "erased", "paste", "line")):
            case "word":
                keys = made = dice.choice(("fix ", "the ", "tests ", "nähe ", "é"))
            case "wide":
                keys = made = dice.choice(("优惠", "かな ", "한 ", "👍"))
            case "erased":
                keys, made = "xy\x7fz\x7f\x7f", ""
            case "paste":
                keys, made = "\x1b[200~one\rtwo [A] 三\x1b[201~", PASTES[0]
            case _:
                keys, made = "\x1b[200~\r;\x1b[201~", PASTES[1]
        bursts.append(keys)
        text += made
    return bursts, text


def shown_word(text: str) -> str:
    """The last word on the prompt; a paste of several lines stands there as a sign."""
    for paste in PASTES:
        text = text.replace(paste, "[sign Text]")
    return text.split()[-1]


@pytest.mark.parametrize("seed", range(STARTS))
def test_keys_of_any_moment_of_the_start_reach_the_composer(
    tmp_path: Path, clacky_home: Path, seed: int
) -> None:
    dice = random.Random(seed)
    bursts, text = random_keys(dice)
    moments = sorted(dice.uniform(0, LONGEST_MOMENT_SECONDS) for _ in bursts)
    with start(CLACKY, tmp_path) as app:
        began = time.monotonic()
        for moment, keys in zip(moments, bursts, strict=True):
            app.settle(max(0.0, moment - (time.monotonic() - began)))
            app.type(keys)
        app.wait_for("demo model")
        shown = shown_word(text)
        app.wait_until(lambda: shown in app.text, shown)
        app.assert_a_redraw_changes_nothing()
        app.send_signal(signal.SIGTERM)
        assert app.wait_exit() == 143
        assert_terminal_as_found(app)
    assert (clacky_home / "draft.txt").read_text() == text


def test_messages_sent_before_the_app_is_there_arrive_in_order(tmp_path: Path) -> None:
    with start(CLACKY, tmp_path, rows=40) as app:
        app.wait_for("›")
        app.type("hello one\rhello two\rhalf a thought")
        sent = re.compile("› hello one.*› hello two.*› half a thought", re.DOTALL)
        app.wait_until(lambda: sent.search(app.text) is not None, "the messages in order")


def test_enter_typed_before_the_terminal_was_raw_sends(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    command = ["sh", "-c", f'read go < "{gate}"; exec "$@"', "sh", *CLACKY]
    with start(command, tmp_path) as app:
        app.type("hello\n")  # as the line discipline makes it of Enter
        app.wait_until(lambda: b"hello\r\n" in app.raw, "the terminal's own echo")
        gate.write_text("go\n")
        app.wait_for("✓ done in")


# --- the frame -----------------------------------------------------------------------------------


def test_what_is_typed_shows_while_textual_is_imported(tmp_path: Path) -> None:
    with start(WAITING, tmp_path) as app:
        app.wait_for("● idle")
        app.type("fix the 优惠\x7f")
        app.wait_for("› fix the 优")
        app.type("\x1b[200~ of\rall shops\x1b[201~")
        app.wait_for("› all shops")
        app.type("\r")
        app.wait_until(lambda: app.text.endswith("\n›"), "an empty prompt")
        app.type("x" * 100 + "end")
        app.wait_for("xend")
        assert app.screen.display[-1].startswith("› xxx")
        assert app.screen.display[-2].startswith(" ● idle")
        app.type("\x15\x1b[A and more")  # an arrow is for the composer alone
        app.wait_until(lambda: app.text.endswith("\n›"), "an empty prompt")
        app.send_signal(signal.SIGTERM)
        app.wait_exit()


def shown_cells(picture: Picture) -> list[list[tuple[str, str]]]:
    """A picture's cells; a blank has the plainest look."""

    def look(look: str, text: str) -> list[tuple[str, str]]:
        return [("" if cell == " " else look, cell) for cell in text]

    rows = picture.on_screen(80, 24, "~/project")
    return [[cell for run in row for cell in look(*run)] for row in rows]


def test_the_first_start_shows_what_the_app_will_show(folder: Path, clacky_home: Path) -> None:
    with start(CLACKY, folder, env={"COLORTERM": ""}) as app:
        app.wait_for("demo model")
    recorded = (clacky_home / "cache" / "first-frame").read_text().partition("\n")[2]
    picture = read_picture(recorded)
    standard = standard_picture(has_colours=True, is_ascii=False)
    assert shown_cells(picture) == shown_cells(standard)
    assert (picture.prompt, picture.cursor, picture.ground) == (
        standard.prompt,
        standard.cursor,
        standard.ground,
    )


@pytest.mark.parametrize("more", [{}, {"CLACKY_ASCII": "1"}, {"NO_COLOR": "1"}])
def test_the_app_takes_over_without_drawing_anew(folder: Path, more: dict[str, str]) -> None:
    with start(CLACKY, folder, env=more) as app:
        prompt = ">" if more.get("CLACKY_ASCII") else "›"
        app.wait_for(prompt)
        frame = len(app.raw)
        app.wait_until(lambda: b"\x1b[?2026$p" in app.raw, "the end of the first frame")
        app.wait_until(lambda: app.raw.endswith(b"\x08") or "demo" in app.text, "the app's prompt")
        drawn = app.raw[frame:].partition(b"\x1b]22;default\x07")[2]
        assert b"idle" not in drawn
        assert b"Chat" not in drawn
        app.wait_for("demo model")
        assert app.raw.count(b"\x1b[2J") == 1


def test_another_theme_is_there_at_once_from_the_second_start_on(folder: Path) -> None:
    command = [*CLACKY, "--theme", "light"]
    env = {"COLORTERM": "truecolor"}
    with start(command, folder, env=env) as app:
        app.wait_for("demo model")
    with start(command, folder, env=env) as app:
        app.wait_for("›")
        app.wait_until(lambda: app.raw.endswith(b"\x1b[m"), "the whole frame")
        frame = app.cells()
        app.wait_until(lambda: b"\x1b[?2026$p" in app.raw, "the end of the first frame")
        assert frame[10][10] != "default"
        assert b"\x1b[2J" not in app.raw.partition(b"\x1b[?2026$p")[2]
        app.wait_for("demo model")
        assert app.cells()[22][:6] == frame[22][:6]


def test_a_terminal_of_another_size_meanwhile_is_drawn_anew(tmp_path: Path) -> None:
    import fcntl
    import struct

    with start(WAITING, tmp_path) as app:
        app.wait_for("● idle")
        app.screen.resize(30, 100)
        fcntl.ioctl(app.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        app.type("hello")
        app.wait_until(lambda: app.screen.display[29].startswith("› hello"), "the prompt below")
        assert app.text.count("● idle") == 1


# --- ways out ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_it_and_restores_the_terminal(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with start(WAITING, tmp_path) as app:
        app.wait_for("● idle")
        app.send_signal(number)
        assert app.wait_exit() == code
        assert_terminal_as_found(app)


def test_ctrl_c_ends_it_and_restores_the_terminal(tmp_path: Path) -> None:
    with start(WAITING, tmp_path) as app:
        app.wait_for("● idle")
        app.type("half a thought")
        app.press("ctrl+c")
        assert app.wait_exit() == 130
        assert_terminal_as_found(app)


WAYS_OUT = {
    "ctrl+q": (("ctrl+q",), 0, (0,)),
    "ctrl+c": (("ctrl+c",), 0, (130, 0)),  # 0 once the app itself takes the key
    "ctrl+c ctrl+c": (("ctrl+c", "ctrl+c"), 0, (130, 0, -signal.SIGINT)),
    "SIGTERM": ((), signal.SIGTERM, (143,)),
    "SIGHUP": ((), signal.SIGHUP, (129,)),
}
"""Keys and a signal that lead out, and the exit codes they may have."""


@pytest.mark.parametrize("way", WAYS_OUT)
@pytest.mark.parametrize("seed", range(max(1, STARTS // 6)))
def test_left_at_any_moment_of_the_start_nothing_stays_behind(
    tmp_path: Path, clacky_home: Path, way: str, seed: int
) -> None:
    keys, number, codes = WAYS_OUT[way]
    with start(CLACKY, tmp_path) as app:
        app.wait_for("›")
        app.read_for(random.Random(f"{way} {seed}").uniform(0, 2 * LONGEST_MOMENT_SECONDS))
        app.press(*keys)
        if number:
            app.send_signal(signal.Signals(number))
        assert app.wait_exit() in codes
        assert_terminal_as_found(app)
        assert b"Traceback" not in app.raw
    assert left_running(clacky_home) == []
    assert not list(clacky_home.glob("logs/screen-*.log"))
    assert not list(clacky_home.rglob("*.tmp"))
    for session in clacky_home.glob("sessions/*.jsonl"):
        with SessionLock(session) as lock:
            assert lock.acquire()


def test_a_start_that_fails_says_why_on_the_restored_screen(tmp_path: Path) -> None:
    with start(BROKEN, tmp_path) as app:
        assert app.wait_exit() == 1
        assert_terminal_as_found(app)
        assert app.raw.rindex(b"textual is not to be had") > app.raw.rindex(b"\x1b[?1049l")
    with start([*CLACKY, "--theme", "mauve"], tmp_path) as app:
        assert app.wait_exit() == 1
        assert_terminal_as_found(app)
        assert app.raw.rindex(b"no theme 'mauve'") > app.raw.rindex(b"\x1b[?1049l")


def test_where_the_layer_does_not_draw_there_is_no_first_frame(tmp_path: Path) -> None:
    with start(WAITING, tmp_path, env={"CLACKY_OUTPUT": "plain"}) as app:
        app.type("x")
        app.wait_for("x")  # from the terminal itself
        assert b"\x1b" not in app.settle(0.2).encode()
        assert b"\x1b[?1049h" not in app.raw
    with start(CLACKY, tmp_path, columns=30, rows=8) as app:
        app.wait_until(lambda: b"\x1b[?2026$p" in app.raw, "the app")
        assert b"\x1b[?2004h\x1b[?25l" not in app.raw  # how the first frame begins


def test_a_textual_it_does_not_know_gets_the_early_words_too(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from clacky_tui.cli.main import main\n"
        "from clacky_tui.tui.output import choice\n"
        "choice._DRIVER_NAMES += ('_gone_tomorrow',)\n"
        "raise SystemExit(main())\n",
    ]
    with start(command, tmp_path) as app:
        app.wait_until(lambda: "›" in app.text or "_gone_tomorrow" in app.text)
        app.type("x")
        app.wait_for("_gone_tomorrow")
        app.wait_for("› x")


def test_a_recording_that_is_no_recording_is_not_used(folder: Path, clacky_home: Path) -> None:
    file = clacky_home / "cache" / "first-frame"
    with start(CLACKY, folder) as app:
        app.wait_for("demo model")
    surroundings = file.read_text().partition("\n")[0]
    for damaged in ("1\t//\n", "1\t//\t7//\t-1\t2\n0\t//\t\x1b]0;title\x07\n", "\n\n", ""):
        file.write_text(f"{surroundings}\n{damaged}")
        with start(WAITING, folder) as app:
            app.wait_for("● idle")
            assert b"title" not in app.raw


def test_wide_characters_of_the_folder_take_their_cells(tmp_path: Path) -> None:
    folder = tmp_path.parent / "店铺"
    folder.mkdir(exist_ok=True)
    assert cell_count("店铺 é e\u0301") == 8
    with start(CLACKY, folder, env={"HOME": str(tmp_path.parent)}) as app:
        app.wait_for("~/店")
        app.wait_for("demo model")
        app.assert_a_redraw_changes_nothing()


def test_the_terminal_is_asked_while_keys_come(tmp_path: Path) -> None:
    asking = """
from clacky_tui.tui.first_frame import frame
entered = frame.FirstFrame.__enter__
def enter(self):
    first = entered(self)
    first.ask("\\x1b]11;?\\x1b\\\\")
    first.answer = first.reply(30)
    return first
left = frame.FirstFrame.__exit__
def leave(self, *error):
    left(self, *error)
    print(repr(self.answer))
frame.FirstFrame.__enter__, frame.FirstFrame.__exit__ = enter, leave
from clacky_tui.cli.main import main
raise SystemExit(main())
"""
    with start([sys.executable, "-c", asking], tmp_path) as app:
        app.wait_until(lambda: b"\x1b]11;?" in app.raw, "the question")
        app.type("half \x1b]11;rgb:0000/0000/")
        app.settle(0.05)
        app.type("0000\x1b\\a thought")
        app.wait_for("demo model")
        app.wait_for("› half a thought")
        app.type("\x1b]11;rgb:0000/0000/0000\x1b\\!")  # too late
        app.wait_for("› half a thought!")
        app.press("ctrl+q")
        app.wait_exit()
        assert rb"b'\x1b]11;rgb:0000/0000/0000\x1b\\'" in app.raw


def test_a_draft_that_was_typed_over_is_one_key_up(tmp_path: Path, clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "draft.txt").write_text("of yesterday")
    with start(CLACKY, tmp_path) as app:
        app.wait_for("›")
        app.type("of today")
        app.wait_for("demo model")
        app.wait_for("› of today")
        app.press("up")
        app.wait_for("› of yesterday")
        app.press("down")
        app.wait_for("› of today")


def test_early_keys_come_once_also_when_the_app_is_stopped_and_goes_on(tmp_path: Path) -> None:
    with start(CLACKY, tmp_path) as app:
        app.wait_for("›")
        app.type("half a thought")
        app.wait_for("demo model")
        app.wait_for("› half a thought")
        app.send_signal(signal.SIGTSTP)
        app.wait_until(lambda: app.raw.count(b"\x1b[?1049l") == 1, "the normal screen")
        app.wait_stopped()
        app.written_by_others(b"\x1b[H\x1b[2J$ ")
        app.send_signal(signal.SIGCONT)
        app.wait_for("› half a thought")
        app.type("!")
        app.wait_for("› half a thought!")
