"""The README shows the product as it is now."""

from __future__ import annotations

import re

import pytest
from support.readme import PICTURED, README, ROOT, with_parts

from clacky_tui.actions import ACTIONS
from clacky_tui.tui.navigation import TABS


def test_the_readme_is_what_its_command_writes() -> None:
    text = README.read_text("utf-8")
    assert with_parts(text) == text, "run: python tests/support/readme.py"


def test_a_key_or_picture_that_is_gone_is_noticed() -> None:
    text = README.read_text("utf-8")
    for old in ("`ctrl+p`", "approve-edit-80x24-hacker.svg"):
        assert with_parts(text.replace(old, "gone")) == text
    with pytest.raises(ValueError, match="/keys"):
        with_parts(text.replace("<!-- /keys -->", ""))


def test_every_tab_has_a_picture_and_every_link_leads_somewhere() -> None:
    text = README.read_text("utf-8")
    assert [tab for tab, _ in TABS if tab not in PICTURED] == []
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert len(links) >= len(TABS)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_that_is_named_exists() -> None:
    text = README.read_text("utf-8")
    known = {name for action in ACTIONS for name in (action.name, *action.aliases)}
    named = set(re.findall(r"`/([a-z][a-z-]+)(?: [^`]*)?`", text))
    assert len(named) > 10
    assert named <= known
