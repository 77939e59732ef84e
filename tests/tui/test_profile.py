"""How much the line to the terminal is spared, and what widgets make of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.scene import OPENED, SceneApp

from clacky_tui import events
from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.profile import LOCAL, SSH, choose_profile, current_profile, use_profile


@pytest.fixture(autouse=True)
def by_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "CLACKY_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    yield
    use_profile(None)


@pytest.mark.parametrize(
    ("environ", "preference", "name"),
    [
        ({}, "auto", "local"),
        ({"SSH_CONNECTION": "a 1 b 2"}, "auto", "ssh"),
        ({"SSH_TTY": "/dev/pts/1"}, "auto", "ssh"),
        ({"SSH_TTY": "/dev/pts/1", "MOSH_IP": "x"}, "auto", "low-bandwidth"),
        ({"SSH_TTY": "/dev/pts/1"}, "local", "local"),
        ({}, "low-bandwidth", "low-bandwidth"),
        ({"CLACKY_PROFILE": "ssh"}, "local", "ssh"),
        ({"CLACKY_PROFILE": "fast"}, "auto", "local"),
    ],
)
def test_the_line_chooses_the_profile_and_a_person_goes_before(
    environ: dict[str, str], preference: str, name: str
) -> None:
    assert choose_profile(Preferences(profile=preference), environ).name == name


@pytest.mark.parametrize(
    ("environ", "preference", "mouse"),
    [
        ({}, "auto", True),
        ({"TMUX": "/tmp/x,1,0"}, "auto", False),
        ({"STY": "1.x"}, "auto", False),
        ({"SSH_TTY": "/dev/pts/1"}, "auto", False),
        ({"TMUX": "/tmp/x,1,0"}, "on", True),
        ({}, "off", False),
    ],
)
def test_the_mouse_is_left_to_the_terminal_where_that_is_better(
    environ: dict[str, str], preference: str, mouse: bool
) -> None:
    assert choose_profile(Preferences(mouse=preference), environ).mouse is mouse


def test_the_slower_the_line_the_less_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [
        choose_profile(Preferences(profile=name), {}).flush_seconds
        for name in ("local", "ssh", "low-bandwidth")
    ]
    assert seconds == [0.05, 0.2, 0.75]
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    assert current_profile() == SSH
    use_profile(LOCAL)
    assert current_profile() == LOCAL


@pytest.mark.parametrize("reduced_motion", [True, False])
async def test_with_reduced_motion_nothing_turns(reduced_motion: bool) -> None:
    use_profile(choose_profile(Preferences(reduced_motion=reduced_motion), {}))
    app = SceneApp([OPENED, events.TaskStarted(text="go")])
    async with app.run_test() as pilot:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert (app._bar._spinner is None) is reduced_motion
        words = "".join(segment.text for segment in app._bar.render_line(0))
        assert "working" in words
