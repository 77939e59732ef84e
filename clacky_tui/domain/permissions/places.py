"""Judges single paths: what reading or changing one would reach."""

from __future__ import annotations

import re

from clacky_tui.domain.permissions import names
from clacky_tui.domain.permissions.findings import Finding, Reach
from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.permissions.state import MATCHES_LIMIT, State, escaped, join
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import RiskClass, Scope
from clacky_tui.i18n import phrase

_BY_EXTENSION = re.compile(r"[\w.-]*\*\.\w+")
_GLOB = re.compile(r"[*?\[^]")
_READABLE_DEVICES = frozenset(("/dev/null", "/dev/stdin"))
_AUDIT = ("audit.log", "safety_logs")
_SHOWN_CHARACTERS = 60


class Places:
    """Judges paths within one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.root = scope.real_path(scope.working_dir)
        self._data = scope.real_path(scope.data_dir) if scope.data_dir else ""
        self._temp = scope.real_path(scope.temp_dir) if scope.temp_dir else ""

    def real(self, path: str, folder: str) -> str:
        """`path` as seen from `folder`, absolute, links followed; ``~`` paths stay outside."""
        if path.startswith("~"):
            return f"/{path}"
        return self.scope.real_path(join(folder, path))

    def inside(self, real: str) -> bool:
        """Whether a real path lies in the working directory."""
        return names.within(real, self.root)

    def secret(self, real: str) -> str:
        """The part of a real path that looks secret; folders above the project do not count."""
        if self._data and names.within(real, self._data):
            return real
        return names.secret_part(real[len(self.root) :] if self.inside(real) else real)

    def reading(
        self, argument: Argument, state: State, *, names_only: bool = False
    ) -> Finding | None:
        """What stands against reading the file or folder `argument` names.

        Args:
            names_only: only the names of what a pattern finds are told.
        """
        if argument.text is None:
            why = phrase("reads a file whose name is only known when it runs")
            return Finding(RiskClass.CONFIRM, why, argument.span)
        if argument.pattern:
            return self._reading_pattern(argument, state, names_only)
        if argument.text == "-":
            return None
        return self.reading_path(argument.text, argument.span, state)

    def reading_path(
        self, path: str, span: Span, state: State, how: str = phrase("reads")
    ) -> Finding | None:
        """What stands against reading `path`."""
        if path in _READABLE_DEVICES:
            return None
        for folder in state.folders:
            real = self.real(path, folder)
            secret = names.secret_part(path) if self.inside(real) else ""
            if secret := secret or self.secret(real):
                why = phrase("reads what may hold secrets: {secret}", secret=shown(secret))
                return Finding(RiskClass.SECRET_READ, why, span)
            if not self.inside(real):
                why = phrase("{how} outside the project: {path}", how=how, path=shown(path))
                reach = Reach.INSIDE if names.within(real, self._temp) else Reach.OUTSIDE_READ
                return Finding(RiskClass.OUTSIDE, why, span, reach)
        return None

    def _reading_pattern(
        self, argument: Argument, state: State, names_only: bool
    ) -> Finding | None:
        text, span = argument.text or "", argument.span
        secret = names.secret_part(text)
        if secret:
            why = phrase("reads what may hold secrets: {secret}", secret=shown(secret))
            return Finding(RiskClass.SECRET_READ, why, span)
        components = argument.pattern.split("/")
        if "**" in components and not _BY_EXTENSION.fullmatch(components[-1]):
            why = phrase("cannot tell where the pattern {text} leads", text=shown(text))
            return Finding(RiskClass.CONFIRM, why, span)
        wild = [i for i, component in enumerate(components) if _GLOB.search(component)]
        if any(components[i][0] in ".[^" for i in wild):
            why = phrase("the pattern {text} may find hidden files", text=shown(text))
            return Finding(RiskClass.CONFIRM, why, span)
        fixed = "/".join(components[: wild[0]]) if wild else argument.pattern
        if text.startswith("/"):
            fixed = fixed or "/"
        found = self.reading_path(fixed or ".", span, state)
        if found:
            return found
        if self.scope.matching is None:
            if wild and (wild[0] < len(components) - 1 or ".." in components):
                why = phrase("cannot tell where the pattern {text} leads", text=shown(text))
                return Finding(RiskClass.CONFIRM, why, span)
            return None
        for folder in state.folders:
            matches = self.scope.matching(join(escaped(folder), argument.pattern))
            if len(matches) > MATCHES_LIMIT:
                why = phrase("the pattern {text} finds too many files to check", text=shown(text))
                return Finding(RiskClass.CONFIRM, why, span)
            for match in matches:
                found = self.reading_path(match, span, state)
                if found and not (names_only and found.risk is RiskClass.SECRET_READ):
                    return found
        return None

    def is_folder(self, argument: Argument, state: State) -> bool:
        """Whether somebody looked, and `argument` names a folder."""
        look, text = self.scope.matching, argument.text
        if look is None or text is None:
            return False
        return any(look(f"{escaped(join(folder, text))}/.") for folder in state.folders)

    def exists_above(self, name: str, state: State) -> bool:
        """Whether somebody looked, and a file `name` is in the working directory or above it."""
        look = self.scope.matching
        if look is None:
            return False
        above = {
            "/".join(parts[:count])
            for parts in (self.real(".", folder).split("/") for folder in state.folders)
            for count in range(1, len(parts) + 1)
        }
        return any(look(f"{escaped(folder)}/{name}") for folder in above)

    def changing(self, argument: Argument, state: State, how: str = phrase("changes")) -> Finding:
        """What it means to write to, or remove, what `argument` names."""
        if argument.text is None:
            why = phrase("{how} a file whose name is only known when it runs", how=how)
            return Finding(RiskClass.CONFIRM, why, argument.span)
        text = argument.text
        if argument.pattern:
            match = _GLOB.search(argument.pattern)
            fixed = argument.pattern[: match.start()] if match else argument.pattern
            text = fixed.rpartition("/")[0] or ("/" if fixed.startswith("/") else text)
        worst: Finding | None = None
        for folder in state.folders:
            found = self._changing(text, argument, folder, how)
            if worst is None or _order(found) > _order(worst):
                worst = found
        assert worst is not None
        return worst

    def _changing(self, path: str, argument: Argument, folder: str, how: str) -> Finding:
        span = argument.span
        real, name = self.real(path, folder), shown(argument.text or path)
        mine = self.inside(real) or names.within(real, self._temp)
        if names.is_secret_target(path) or names.is_secret_target(real[len(self.root) :]):
            why = phrase(
                "{how} what may hold secrets, which the agent never writes: {name}",
                how=how,
                name=name,
            )
            return Finding(RiskClass.SECRET_WRITE, why, span)
        if not mine and names.in_system_folder(real):
            return Finding(
                RiskClass.DENY,
                phrase("{how} a part of the system: {name}", how=how, name=name),
                span,
            )
        if self._data and names.within(real, self._data):
            if any(part in real.split("/") for part in _AUDIT):
                return Finding(
                    RiskClass.DENY, phrase("tampers with the audit log: {name}", name=name), span
                )
            why = phrase("{how} the agent's own data: {name}", how=how, name=name)
            return Finding(RiskClass.OUTSIDE, why, span, Reach.OUTSIDE_CHANGE)
        relative = real[len(self.root) :] if self.inside(real) else real
        if names.startup_part(relative) or names.startup_part(path):
            why = phrase("{how} what runs later by itself: {name}", how=how, name=name)
            return Finding(RiskClass.OUTSIDE, why, span, Reach.LATER)
        if mine:
            return Finding(RiskClass.CONFIRM, phrase("{how} {name}", how=how, name=name), span)
        why = phrase("{how} a file outside the project: {name}", how=how, name=name)
        return Finding(RiskClass.OUTSIDE, why, span, Reach.OUTSIDE_CHANGE)

    def holds_everything(self, argument: Argument, state: State) -> bool:
        """Whether `argument` names the root, the home folder, one above them, or all inside."""
        text = argument.text
        if text is None:
            return False
        if argument.pattern:
            head, _, last = argument.pattern.rpartition("/")
            if last.strip("*.?") or _GLOB.search(head):
                return False
            text = head or ("/" if argument.pattern.startswith("/") else ".")
        home = self.scope.real_path(self.scope.home) if self.scope.home else ""
        for folder in state.folders:
            real = self.real(text, folder)
            above = names.within(self.root, real) and real != self.root
            if above or real in ("/", "/~") or (home and names.within(home, real)):
                return True
            if real.startswith("/~") and real.count("/") == 1:
                return True
            if not self.inside(real) and names.in_system_folder(real):
                return True
        return False


def _order(finding: Finding) -> int:
    return list(RiskClass).index(finding.risk)


def shown(text: str) -> str:
    """`text` short and printable, for a reason that people read."""
    printable = "".join(c if c.isprintable() else "�" for c in text)
    if len(printable) <= _SHOWN_CHARACTERS:
        return printable
    return printable[:_SHOWN_CHARACTERS] + "…"
