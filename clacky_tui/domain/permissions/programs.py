"""Judges one program with its arguments, and the commands within those."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from clacky_tui.domain.permissions import actions
from clacky_tui.domain.permissions.findings import Finding, Reach
from clacky_tui.domain.permissions.git import git_findings
from clacky_tui.domain.permissions.names import is_source
from clacky_tui.domain.permissions.options import Argument, Problem, options, read
from clacky_tui.domain.permissions.own_rules import OWN_RULES
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.readers import (
    GLOBS_ARE_HARMLESS,
    NAMES_ONLY,
    READERS,
    TOOLCHAIN_FILES,
    VERSION_QUESTIONS,
)
from clacky_tui.domain.permissions.rules import general_rule
from clacky_tui.domain.permissions.searches import hunt
from clacky_tui.domain.permissions.state import State, escaped, join
from clacky_tui.domain.permissions.tables import INTERPRETERS, SHELLS, WRAPPERS
from clacky_tui.domain.permissions.wrappers import base_name, unwrapped
from clacky_tui.domain.shell.syntax import Command, SimpleCommand, Span
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

Findings = list[Finding]
TextJudge = Callable[[str, Places, State, int, Span | None], Findings]

_WRAPPING_LIMIT = 8
_TIMEOUT = re.compile(r"\d+(?:\.\d+)?[smhd]?")
_TIMEOUT_OPTIONS = "-s: -k: -v --signal= --kill-after= --preserve-status --foreground free"
_COMMAND_OPTION = re.compile(r"-[A-Za-z]*c")
_XARGS_FED = re.compile(r"-0|--null|-r|--no-run-if-empty|-[nLP]\d+")
_XARGS_READERS = frozenset(["wc", "head", "tail", "cat", "ls", "stat", "file", "du", "grep"])


class ProgramJudge:
    """Judges programs in one state."""

    def __init__(self, places: Places, state: State, depth: int, judge_text: TextJudge) -> None:
        self._places = places
        self._state = state
        self._depth = depth
        self._judge_text = judge_text

    def program(
        self, words: Sequence[Argument], command: SimpleCommand, feeder: Command | None
    ) -> Findings:
        """What stands against running `words` as a part of `command`, fed by the `feeder`."""
        return self._program(words, command, feeder, 0)

    def _program(
        self,
        words: Sequence[Argument],
        command: SimpleCommand,
        feeder: Command | None,
        wrapping: int,
    ) -> Findings:
        if not words:
            return []
        first, arguments = words[0], list(words[1:])
        if first.text is None or first.pattern or wrapping > _WRAPPING_LIMIT:
            why = phrase("runs a program whose name is only known when it runs")
            return [Finding(RiskClass.CONFIRM, why, first.span, Reach.OUTSIDE_READ)]
        name = base_name(first.text)
        if "/" in first.text:
            why = phrase("runs a program by its path: {text}", text=shown(first.text))
            findings = [Finding(RiskClass.CONFIRM, why, first.span)]
            return findings + self._acting(name, first, arguments, command, feeder, wrapping)
        if len(words) > 1 and words[1].span == first.span:
            why = phrase("builds a command from braces")
            return [Finding(RiskClass.CONFIRM, why, first.span)]
        reading = self._reading(name, first.span, arguments, command, feeder, wrapping)
        if reading is not None:
            patterns = [
                self._places.reading(a, self._state, names_only=name in NAMES_ONLY)
                for a in arguments
                if a.pattern
            ]
            reading = [*reading, *(found for found in patterns if found)]
            odd = next((a.span for a in arguments if _is_odd_pattern(name, a)), None)
            if odd:
                why = phrase("{name} gets a pattern that zsh may read in its own way", name=name)
                reading.append(Finding(RiskClass.CONFIRM, why, odd))
        if reading is not None and all(f.risk is not RiskClass.CONFIRM for f in reading):
            return reading
        acting = self._acting(name, first, arguments, command, feeder, wrapping)
        if reading:
            return reading + [f for f in acting if f.risk is not RiskClass.CONFIRM]
        return acting

    # --- programs that only read -----------------------------------------------------------------

    def _reading(
        self,
        name: str,
        span: Span,
        arguments: list[Argument],
        command: SimpleCommand,
        feeder: Command | None,
        wrapping: int,
    ) -> Findings | None:
        """What stands against it as a reader; None when `name` is not one."""
        places, state = self._places, self._state
        if len(arguments) == 1 and self._asks_version(name, arguments[0]):
            return []
        if name == "cd":
            return self._cd(arguments, span)
        if name == "git":
            return git_findings(arguments, span, places, state)
        if name == "timeout":
            return self._timeout(arguments, command, feeder, wrapping)
        if name == "xargs":
            return self._fed_xargs(arguments, feeder)
        if name in OWN_RULES:
            return OWN_RULES[name](arguments, places, state, span)
        notation = READERS.get(name)
        if notation is None:
            return None
        return self._by_table(name, notation, arguments)

    def _by_table(self, name: str, notation: str, arguments: list[Argument]) -> Findings:
        places, state = self._places, self._state
        if name in GLOBS_ARE_HARMLESS or (name == "du" and self._finds_no_options(arguments)):
            arguments = [
                replace(a, text=f"./{a.text}", pattern=f"./{a.pattern}")
                if a.pattern and a.start[:1] in ("*", "?", "[")
                else a
                for a in arguments
            ]
        result = read(arguments, options(notation), name)
        if isinstance(result, Problem):
            return [Finding(RiskClass.CONFIRM, result.why, result.span)]
        findings = []
        for kind, argument in result.values:
            if kind == "path" and (
                found := places.reading(argument, state, names_only=name in NAMES_ONLY)
            ):
                findings.append(found)
            if kind == "path" and name == "strings" and argument.start.startswith("@"):
                why = phrase("strings takes its options from a file")
                findings.append(Finding(RiskClass.CONFIRM, why, argument.span))
            shows = name == "diff" and not result.given.keys() & {"-q", "--brief"}
            if kind == "path" and shows and places.is_folder(argument, state):
                why = phrase("diff compares all files of a folder, links and secrets too")
                findings.append(Finding(RiskClass.CONFIRM, why, argument.span))
        hunting = hunt(name, result, places, state)
        return findings + ([hunting] if hunting else [])

    def _finds_no_options(self, arguments: list[Argument]) -> bool:
        """Whether somebody looked, and no file that a pattern finds has the name of an option."""
        look = self._places.scope.matching
        return look is not None and not any(
            path.rpartition("/")[2].startswith("-")
            for argument in arguments
            if argument.pattern and "/" not in argument.pattern
            for folder in self._state.folders
            for path in look(join(escaped(folder), argument.pattern))
        )

    def _asks_version(self, name: str, argument: Argument) -> bool:
        text = None if argument.pattern else argument.text
        if name not in VERSION_QUESTIONS.get(text or "", frozenset()):
            return False
        return not any(
            self._places.exists_above(file, self._state) for file in TOOLCHAIN_FILES.get(name, ())
        )

    def _cd(self, arguments: list[Argument], span: Span) -> Findings:
        if len(arguments) == 2 and arguments[0].text == "--":
            arguments = arguments[1:]
        target = arguments[0] if len(arguments) == 1 else None
        if target is None or not target.text or target.pattern or target.text[0] in "-+":
            why = phrase("changes to a folder that is only known when it runs")
            return [Finding(RiskClass.CONFIRM, why, span)]
        reached = [target.text, *self._by_text(target.text)]
        findings = [
            self._places.reading_path(path, target.span, self._state, phrase("goes"))
            for path in reached
        ]
        return [finding for finding in findings if finding is not None][:1]

    def _by_text(self, path: str) -> list[str]:
        """Where ``cd`` leads when it takes ``..`` off the path's text, links not followed."""
        if path.startswith("~"):
            return []
        return [posixpath.normpath(join(folder, path)) for folder in self._state.folders]

    def folders_after_cd(self, arguments: Sequence[Argument]) -> set[str]:
        """Where ``cd`` with these words leads, by the path's text and by the real folders."""
        operands = [a for a in arguments[1:] if a.text != "--"]
        if len(operands) != 1 or operands[0].text is None:
            return set()
        path = operands[0].text
        found = set(self._by_text(path))
        for folder in self._state.folders:
            found.add(self._places.real(path, folder))
        return found

    def _timeout(
        self,
        arguments: list[Argument],
        command: SimpleCommand,
        feeder: Command | None,
        wrapping: int,
    ) -> Findings | None:
        inner = unwrapped("timeout", arguments)
        before = arguments[: len(arguments) - len(inner)]
        known = options(_TIMEOUT_OPTIONS)
        plain = all(a.text is not None and not a.pattern for a in before)
        lasting = bool(before) and _TIMEOUT.fullmatch(before[-1].text or "")
        flags = [a.text for a in before if a.text and a.text.startswith("-")]
        expected = {f"-{letter}" for letter in known.letters} | {f"--{w}" for w in known.words}
        if not (inner and plain and lasting) or any(
            flag.partition("=")[0] not in expected for flag in flags if flag
        ):
            return None
        return self._program(inner, command, feeder, wrapping + 1)

    def _fed_xargs(self, arguments: list[Argument], feeder: Command | None) -> Findings | None:
        """``find … -name '*.py' -print0 | xargs -0 wc -l``: names that cannot be options."""
        inner = unwrapped("xargs", arguments)
        flags = [a.text or "" for a in arguments[: len(arguments) - len(inner)]]
        if not inner or inner[0].text not in _XARGS_READERS or not {"-0", "--null"} & set(flags):
            return None
        if not all(_XARGS_FED.fullmatch(flag) for flag in flags):
            return None
        if not isinstance(feeder, SimpleCommand):
            return None
        if not _finds_source([word.value or "" for word in feeder.words]):
            return None
        name = inner[0].text or ""
        words = list(inner[1:])
        if name == "grep" and not any(not word.start.startswith("-") for word in words[-1:]):
            return None
        return self._by_table(name, READERS[name], words)

    # --- programs that do more -------------------------------------------------------------------

    def _acting(
        self,
        name: str,
        first: Argument,
        arguments: list[Argument],
        command: SimpleCommand,
        feeder: Command | None,
        wrapping: int,
    ) -> Findings:
        places, state = self._places, self._state
        findings = actions.findings_of(name, arguments, command.span, places, state)
        own = actions.default_finding(name, arguments, _joined(first, command))
        if "/" not in first.text if first.text else False:
            own = replace(own, rule=general_rule(name, arguments, command))
        if not any(f.risk is RiskClass.CONFIRM for f in findings):
            findings.append(own)
        if name in WRAPPERS:
            inner = unwrapped(name, arguments)
            findings += self._program(inner, command, feeder, wrapping + 1)
        findings += self._inner_texts(name, arguments, command, feeder)
        return findings

    def _inner_texts(
        self,
        name: str,
        arguments: list[Argument],
        command: SimpleCommand,
        feeder: Command | None,
    ) -> Findings:
        """The commands that stand as text in the arguments, or come in by a pipe."""
        texts: list[str | None] = []
        if name in SHELLS:
            for index, argument in enumerate(arguments):
                if _COMMAND_OPTION.fullmatch(argument.start):
                    texts += [a.text for a in arguments[index + 1 : index + 2]]
                    break
            texts += [r.body.value for r in command.redirects if r.body is not None]
            texts += [r.target.value for r in command.redirects if r.operator == "<<<"]
            texts += _printed_by(feeder)
        elif name == "eval":
            texts.append(_spaced(arguments))
        elif name == "env":
            texts += [a.text for f, a in itertools.pairwise(arguments) if f.text == "-S"]
        elif name in ("ssh", "watch", "parallel", "script", "su"):
            texts.append(_spaced(actions.operands(arguments)[1 if name == "ssh" else 0 :]))
        elif name == "find":
            return self._find_commands(arguments, command)
        elif name in INTERPRETERS:
            return []
        findings: Findings = []
        for text in texts:
            if text is None:
                why = phrase("runs a command that is only known when it runs")
                reach = Reach.OUTSIDE_READ
                findings.append(Finding(RiskClass.CONFIRM, why, command.span, reach))
            else:
                findings += self._judge_text(
                    text, self._places, self._state, self._depth + 1, command.span
                )
        return findings

    def _find_commands(self, arguments: list[Argument], command: SimpleCommand) -> Findings:
        findings: Findings = []
        for index, argument in enumerate(arguments):
            if argument.text in ("-exec", "-execdir", "-ok", "-okdir"):
                inner = arguments[index + 1 :]
                ends = [i for i, a in enumerate(inner) if a.text in (";", "+")]
                findings += self._program(inner[: ends[0]] if ends else inner, command, None, 1)
        return findings


def _is_odd_pattern(name: str, argument: Argument) -> bool:
    """Whether zsh may find files by it; ``HEAD^`` is a revision, what echo prints is harmless."""
    if name == "git" and argument.extended:
        return bool(re.search(r"#|/\^", argument.start))
    return argument.extended and name != "echo"


def _finds_source(fed: list[str]) -> bool:
    """``find . -name '*.py' -type f … -print0``: only real source files, named last."""
    if fed[:1] != ["find"] or fed[-1] != "-print0" or fed[1:2] == [] or fed[1][:1] in "-(!,":
        return False
    ending = [second for first, second in itertools.pairwise(fed) if first == "-name"]
    tests = [word for word in fed[1:-1] if word.startswith(("-", "(", ")", "!", ","))]
    return (
        len(ending) == 1
        and bool(re.fullmatch(r"\*\.\w+", ending[0]))
        and is_source(f"x{ending[0][1:]}")
        and any(pair == ("-type", "f") for pair in itertools.pairwise(fed))
        and all(test in ("-name", "-type", "-not", "-path", "-maxdepth", "!") for test in tests)
        and not any(
            first in ("-not", "!") and second != "-path"
            for first, second in itertools.pairwise(fed)
        )
    )


def _joined(first: Argument, command: SimpleCommand) -> Span:
    """The whole command, or only its inner part when wrapped."""
    return Span(first.span.start, command.span.end)


def _spaced(arguments: Sequence[Argument]) -> str | None:
    texts = [argument.text for argument in arguments]
    return None if None in texts else " ".join(text or "" for text in texts)


def _printed_by(feeder: Command | None) -> list[str | None]:
    """What a literal ``echo`` or ``printf`` sends into a pipe."""
    if not isinstance(feeder, SimpleCommand) or not feeder.words:
        return []
    if feeder.words[0].value not in ("echo", "printf"):
        return []
    texts = [word.value for word in feeder.words[1:]]
    return [None if None in texts else " ".join(text or "" for text in texts)]
