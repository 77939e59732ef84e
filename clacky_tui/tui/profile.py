"""How much the line to the terminal is spared: drawing less often, moving less, no mouse."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.terminal import over_ssh


@dataclass(frozen=True, slots=True)
class Profile:
    """What widgets may spend. Nothing is animated in any of them."""

    name: str
    flush_seconds: float
    """Between two drawings of a growing reply; figures of design/architecture.md, section 4."""
    spinner_seconds: float | None
    """Between two frames of the spinner; None keeps it still."""
    mouse: bool
    """Whether the mouse is reported when the person has not said."""


LOCAL = Profile("local", flush_seconds=0.05, spinner_seconds=0.25, mouse=True)
SSH = Profile("ssh", flush_seconds=0.2, spinner_seconds=0.5, mouse=False)
LOW_BANDWIDTH = Profile("low-bandwidth", flush_seconds=0.75, spinner_seconds=1.0, mouse=False)
PROFILES = {profile.name: profile for profile in (LOCAL, SSH, LOW_BANDWIDTH)}

_in_use: Profile | None = None


def choose_profile(preferences: Preferences, environ: Mapping[str, str]) -> Profile:
    """The profile for a terminal reached as `environ` tells.

    ``CLACKY_PROFILE`` goes before the preference, and both before what is seen: a mosh session is
    low-bandwidth (mosh keeps only the newest screen anyway), one over SSH is ssh. Inside tmux or
    screen the mouse is left to them.
    """
    wanted = environ.get("CLACKY_PROFILE", "")
    name = wanted if wanted in PROFILES else preferences.profile
    if name in PROFILES:
        profile = PROFILES[name]
    elif any(key.startswith("MOSH") for key in environ):
        profile = LOW_BANDWIDTH
    else:
        profile = SSH if over_ssh(environ) else LOCAL
    mouse = profile.mouse and not (environ.get("TMUX") or environ.get("STY"))
    return replace(
        profile,
        spinner_seconds=None if preferences.reduced_motion else profile.spinner_seconds,
        mouse=mouse if preferences.mouse == "auto" else preferences.mouse == "on",
    )


def use_profile(profile: Profile | None) -> None:
    """Let everything that draws from now on go by `profile`; None chooses by the environment."""
    global _in_use
    _in_use = profile


def current_profile() -> Profile:
    """The profile in use: one process has one terminal."""
    return _in_use or choose_profile(Preferences(), os.environ)
