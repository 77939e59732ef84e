"""What "always" would allow: the text of a rule."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.permissions.tables import GENERAL
from clacky_tui.domain.shell.syntax import SimpleCommand
from clacky_tui.i18n import tr, tr_noop

EDITS_RULE = tr_noop("edits in this project")
BACKGROUND_RULE = tr_noop("in the background")
EDIT_OF, READING = "edit of ", "reading "
"""What the rule for one place begins with; its path follows."""

_PLAIN = re.compile(r"[\w:.-]+")
_PYTHONS = frozenset(("python", "python3"))


def rule_words(rule: str) -> str:
    """A `Verdict.rule` in the person's language; what is kept of it stays as it is."""
    return "\n".join(map(_single_rule_words, rule.split("\n")))


def _single_rule_words(rule: str) -> str:
    if rule.startswith(EDIT_OF):
        return tr("edit of {path}", path=rule.removeprefix(EDIT_OF))
    if rule.startswith(READING):
        return tr("reading {path}", path=rule.removeprefix(READING))
    return tr(rule) if rule in (EDITS_RULE, BACKGROUND_RULE) else rule


def general_rule(name: str, arguments: Sequence[Argument], command: SimpleCommand) -> str:
    """``pytest *``, ``npm run build *``: a program whose further arguments may vary.

    Empty for what may only be allowed word for word: the text of the whole command then.
    """
    if command.assignments or command.words[0].value != name:
        return ""
    texts = [argument.text or "" for argument in arguments]
    if name in _PYTHONS and texts[:1] == ["-m"] and len(texts) > 1:
        module = texts[1]
        return f"{name} -m {module} *" if GENERAL.get(module) == frozenset() else ""
    if name == "uv" and texts[:1] == ["run"] and len(texts) > 1:
        return f"uv run {texts[1]} *" if GENERAL.get(texts[1]) == frozenset() else ""
    known = GENERAL.get(name)
    if known is None:
        return ""
    if not known:
        return f"{name} *"
    subcommand = texts[0] if texts else ""
    if subcommand not in known:
        return ""
    if subcommand == "run":
        script = texts[1] if len(texts) > 1 else ""
        return f"{name} run {script} *" if _PLAIN.fullmatch(script) and script[0] != "-" else ""
    return f"{name} {subcommand} *"
