"""Walks a shell command in the order it runs and collects what stands against running it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from clacky_tui.domain.permissions import rough
from clacky_tui.domain.permissions.findings import Finding, Reach
from clacky_tui.domain.permissions.names import HARMLESS_DEVICES
from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.permissions.own_rules import OWN_RULES, names_read
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.programs import ProgramJudge
from clacky_tui.domain.permissions.state import (
    HARMLESS_PARAMETERS,
    State,
    counts,
    is_plain_name,
    resolve,
)
from clacky_tui.domain.permissions.tables import DOWNLOADERS, EVALUATORS, INTERPRETERS, SHELLS
from clacky_tui.domain.permissions.wrappers import base_names
from clacky_tui.domain.shell.parse import parse
from clacky_tui.domain.shell.syntax import (
    AndOr,
    Arithmetic,
    Case,
    Command,
    Expansion,
    For,
    Function,
    Group,
    If,
    Part,
    Pipeline,
    Redirect,
    Script,
    ShellSyntaxError,
    SimpleCommand,
    Span,
    Substitution,
    Test,
    Variable,
    While,
    Word,
)
from clacky_tui.domain.shell.walk import commands_in, parts_in, scripts_of, simple_in, words_of
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

RECURSION_LIMIT = 6
"""Commands within the words of commands (``sh -c 'sh -c …'``) deeper than this are not read."""

_ARITHMETIC_NAME = re.compile(r"[A-Za-z_]\w*")
_SUBSTITUTED = re.compile(r"\$\([^()]*\)")
_ARITHMETIC_CHANGE = re.compile(r"(?<![=!<>])=(?!=)|\+\+|--")
_READING = frozenset(("<", "<<<", "<<", "<<-", "<&", ">&"))

Findings = list[Finding]


def findings_of_text(
    text: str, places: Places, state: State, depth: int = 0, span: Span | None = None
) -> Findings:
    """What stands against running `text`.

    Args:
        depth: how many commands it stands in, as a word.
        span: where all of it stands in the outermost text; None when it is that text itself.
    """
    if depth > RECURSION_LIMIT:
        assert span is not None
        return [Finding(RiskClass.CONFIRM, phrase("is nested too deeply to read"), span)]
    try:
        script = parse(text)
    except ShellSyntaxError as error:
        found = rough.findings(text)
        if not found:
            here = Span(error.position, min(error.position + 1, len(text)))
            why = phrase("the command {message}", message=error.message)
            found = [Finding(RiskClass.CONFIRM, why, here, Reach.OUTSIDE_READ)]
    else:
        walker = _Walker(text, places, depth)
        walker.script(script, state)
        found = walker.findings
    if span is not None:
        found = [replace(finding, span=span, rule="") for finding in found]
    return list(dict.fromkeys(found))


class _Walker:
    def __init__(self, text: str, places: Places, depth: int) -> None:
        self.findings: Findings = []
        self._text = text
        self._places = places
        self._depth = depth

    def _ask(self, why: str, span: Span, reach: Reach = Reach.INSIDE) -> None:
        self.findings.append(Finding(RiskClass.CONFIRM, why, span, reach))

    # --- order of running ------------------------------------------------------------------------

    def script(self, script: Script, state: State) -> State:
        for and_or in script.lists:
            state = self._and_or(and_or, state)
        return state

    def _and_or(self, and_or: AndOr, state: State) -> State:
        if and_or.background:
            self._ask(phrase("goes on running in the background (&)"), and_or.span)
        success, failure = self._pipeline(and_or.pipelines[0], state)
        for operator, pipeline in zip(and_or.operators, and_or.pipelines[1:], strict=True):
            before = success if operator == "&&" else failure
            then_success, then_failure = self._pipeline(pipeline, before)
            if operator == "&&":
                success, failure = then_success, failure.joined(then_failure)
            else:
                success, failure = success.joined(then_success), then_failure
        return success.joined(failure)

    def _pipeline(self, pipeline: Pipeline, state: State) -> tuple[State, State]:
        commands = pipeline.commands
        if len(commands) == 1:
            success, failure = self._command(commands[0], state, None)
            return (failure, success) if pipeline.negated else (success, failure)
        self._remote_code(commands, pipeline.span)
        feeder: Command | None = None
        for command in commands:
            if not (isinstance(command, Group) and command.is_subshell) and _moves(command):
                self._ask(phrase("changes the folder inside a pipe"), command.span)
            self._command(command, state, feeder)
            feeder = command
        after = state.without(name for command in commands for name in _assigned(command))
        return after, after

    def _remote_code(self, commands: Sequence[Command], span: Span) -> None:
        """A pipe from a program that downloads to one that runs what it reads."""
        downloads = False
        for command in commands:
            for simple in simple_in(command):
                programs = set(base_names(simple))
                if downloads and programs & (SHELLS | INTERPRETERS | EVALUATORS):
                    why = phrase("runs what it downloads, unseen")
                    self.findings.append(Finding(RiskClass.REMOTE_CODE, why, span))
                    return
                downloads |= bool(programs & DOWNLOADERS)

    def _command(
        self, command: Command, state: State, feeder: Command | None
    ) -> tuple[State, State]:
        """The states after `command` succeeded and failed."""
        if isinstance(command, SimpleCommand):
            return self._simple(command, state, feeder)
        for word in words_of(command):
            self._word(word, state)
        if not isinstance(command, Function):
            for redirect in command.redirects:
                self._redirect(redirect, state)
        after = self._compound(command, state)
        return after, after

    def _compound(self, command: Command, state: State) -> State:
        match command:
            case Group(body=body, is_subshell=is_subshell):
                after = self.script(body, state)
                return state if is_subshell else after
            case For():
                return self._for(command, state)
            case While():
                inside = self._loop_state(command, state)
                inside = self.script(command.condition, inside)
                return inside.joined(self.script(command.body, inside))
            case If():
                ends: list[State] = []
                for condition, body in command.branches:
                    state = self.script(condition, state)
                    ends.append(self.script(body, state))
                ends.append(self.script(command.otherwise, state) if command.otherwise else state)
                return _all(ends)
            case Case():
                return _all([state, *(self.script(body, state) for _, body in command.arms)])
            case Function():
                self._function(command)
                return state
            case Test():
                words = [resolve(word, {}, state, self._places.scope) for word in command.words]
                words = [replace(word, pattern="", splits=False) for word in words]
                self.findings += OWN_RULES["[["](words, self._places, state, command.span)
        return state

    def _loop_state(self, command: Command, state: State) -> State:
        """What holds at the start of any round of a loop."""
        if _moves(command):
            self._ask(phrase("changes the folder inside a loop"), command.span)
        inside = state.without(_assigned(command))
        number = (Argument(None, command.span, is_number=True),)
        for name in _counters(command):
            if name in state.variables and self._is_numeric(name, state):
                inside = inside.setting(name, number)
        return inside

    def _for(self, command: For, state: State) -> State:
        if not is_plain_name(command.variable):
            why = phrase("sets the variable {name}", name=command.variable)
            self._ask(why, command.span)
        values: tuple[Argument, ...] | None = None
        if command.words is not None:
            scope = self._places.scope
            resolved = [resolve(word, {}, state, scope) for word in command.words]
            if all(a.text is not None and not a.extended for a in resolved):
                values = tuple(resolved)
        inside = self._loop_state(command, state).setting(command.variable, values)
        after = self.script(command.body, inside)
        return state.joined(after)

    def _function(self, command: Function) -> None:
        inner = list(simple_in(command.body))
        calls = [c for c in inner if c.words and c.words[0].value == command.name]
        if len(calls) > 1 or any(call.background for call in calls):
            why = phrase("starts itself again and again until the computer stops")
            self.findings.append(Finding(RiskClass.DENY, why, command.span))
        why = phrase("defines {name}, which can hide what a name does", name=command.name)
        self._ask(why, command.span)
        self._command(command.body, State(frozenset((self._places.root,))), None)

    # --- words and redirects ---------------------------------------------------------------------

    def _word(self, word: Word, state: State) -> None:
        for part in parts_in(word.parts):
            self._part(part, word.span, state)

    def _part(self, part: Part, span: Span, state: State) -> None:
        match part:
            case Substitution(script=script):
                if file := _file_shown(script):
                    self._redirect(file, state)
                else:
                    self.script(script, state)
            case Expansion(operator=operator) if "=" in operator:
                self._ask(phrase("sets a variable inside an expansion"), span)
            case Expansion(name=name) | Variable(name=name) if self._is_environment(name, state):
                why = phrase("uses ${name}, whose value is only known when it runs", name=name)
                self._ask(why, span)
            case Arithmetic(text=text, inner=inner):
                text = _SUBSTITUTED.sub("", text)
                used = _ARITHMETIC_NAME.findall(text)
                numeric = all(self._is_numeric(name, state) for name in used)
                if (
                    not numeric
                    or _ARITHMETIC_CHANGE.search(text)
                    or any(
                        not (isinstance(p, Variable) and self._is_numeric(p.name, state))
                        and not (isinstance(p, Substitution) and counts(p.script))
                        for p in inner
                    )
                ):
                    self._ask(phrase("computes with values that are only known when it runs"), span)

    def _is_environment(self, name: str, state: State) -> bool:
        known = name in state.variables or name in HARMLESS_PARAMETERS
        return not (known or name == "PWD")

    @staticmethod
    def _is_numeric(name: str, state: State) -> bool:
        if name in HARMLESS_PARAMETERS:
            return True
        values = state.variables.get(name)
        return bool(values) and all(v.is_number or (v.text or "").isdigit() for v in values or ())

    def _redirect(self, redirect: Redirect, state: State) -> None:
        self._word(redirect.target, state)
        if redirect.body is not None:
            self._word(redirect.body, state)
        target = resolve(redirect.target, {}, state, self._places.scope)
        target = replace(target, span=redirect.span)
        if target.extended:
            self._ask(phrase("has a pattern that zsh may read in its own way"), redirect.span)
        if redirect.operator in ("<&", ">&") and (target.text or "x") not in "012-":
            self._ask(phrase("uses a file opened earlier"), redirect.span)
        if redirect.operator == "<":
            if target.text is not None and target.text.startswith(("/dev/tcp", "/dev/udp")):
                self._ask(phrase("opens a network connection"), redirect.span, Reach.OUTSIDE_READ)
            found = self._places.reading(target, state)
            self.findings += [found] if found else []
        elif redirect.operator not in _READING and target.text not in HARMLESS_DEVICES:
            if target.text is not None and target.text.startswith(("/dev/tcp", "/dev/udp")):
                self._ask(phrase("opens a network connection"), redirect.span, Reach.OUTSIDE_READ)
                return
            found = self._places.changing(target, state, phrase("writes to"))
            self.findings.append(found)

    # --- simple commands -------------------------------------------------------------------------

    def _simple(
        self, command: SimpleCommand, state: State, feeder: Command | None
    ) -> tuple[State, State]:
        before = len(self.findings)
        for word in (*command.values, *command.words):
            self._word(word, state)
        for redirect in command.redirects:
            self._redirect(redirect, state)
        self._downloaded_words(command)
        if not command.words:
            if not command.assignments:
                why = phrase("redirects without a program, for which zsh starts one")
                self._ask(why, command.span)
            after = self._assign(command, state)
            self._name_rules(command, state, before)
            return after, after
        name = command.words[0].value
        if command.assignments and not (name == "read" and command.assignments == ("IFS",)):
            names = ", ".join(command.assignments)
            self._ask(phrase("sets {names} for the command", names=shown(names)), command.span)
        judge = ProgramJudge(self._places, state, self._depth, findings_of_text)
        moved: set[str] = set()
        for bindings in state.bindings((*command.words, *(r.target for r in command.redirects))):
            scope = self._places.scope
            arguments = [resolve(word, bindings, state, scope) for word in command.words]
            self.findings += judge.program(arguments, command, feeder)
            if name == "cd":
                moved |= judge.folders_after_cd(arguments)
        self._name_rules(command, state, before)
        if name == "read":
            arguments = [resolve(word, {}, state, self._places.scope) for word in command.words]
            for variable in names_read(arguments[1:]):
                state = state.setting(variable, None)
        if name == "cd":
            return replace(state, folders=frozenset(moved) or state.folders), state
        return state, state

    def _assign(self, command: SimpleCommand, state: State) -> State:
        for name, word in zip(command.assignments, command.values, strict=True):
            if not is_plain_name(name):
                self._ask(phrase("sets the variable {name}", name=name), command.span)
            values: list[Argument] | None = []
            for bindings in state.bindings([word]):
                argument = resolve(word, bindings, state, self._places.scope)
                unknown = argument.text is None and not argument.is_number
                if unknown or argument.pattern or values is None:
                    values = None
                else:
                    values.append(argument)
            known = None if values is None or (word.value is None and not values) else tuple(values)
            state = state.setting(name, known)
        return state

    def _downloaded_words(self, command: SimpleCommand) -> None:
        """``sh -c "$(curl …)"``, ``bash <(curl …)``, ``eval $(curl …)`` and their like."""
        programs = set(base_names(command))
        first = command.words[0] if command.words else None
        bare = first is not None and first.value is None
        if not bare and not programs & (SHELLS | INTERPRETERS | EVALUATORS):
            return
        for word in words_of(command):
            for part in parts_in(word.parts):
                if isinstance(part, Substitution) and any(
                    set(base_names(inner)) & DOWNLOADERS for inner in commands_in(part.script)
                ):
                    why = phrase("runs what it downloads, unseen")
                    self.findings.append(Finding(RiskClass.REMOTE_CODE, why, command.span))
                    return

    def _name_rules(self, command: SimpleCommand, state: State, before: int) -> None:
        """Give the findings of `command` the rule that would allow exactly it."""
        words = (*command.words, *command.values, *(r.target for r in command.redirects))
        text = self._text[command.span.start : command.span.end]
        if any(word.value is None for word in words) or "\n" in text:
            return
        folders = sorted(state.folders)
        home = self._places.root
        if folders != [home]:
            if len(folders) > 1:
                return
            inside = folders[0].removeprefix(home.rstrip("/") + "/")
            text = f"{text} (in {inside})"
        self.findings[before:] = [
            finding if finding.rule else replace(finding, rule=text)
            for finding in self.findings[before:]
        ]


def _file_shown(script: Script) -> Redirect | None:
    """The redirect of ``$(<file)``, which shells read without a program."""
    if len(script.lists) != 1 or len(script.lists[0].pipelines) != 1:
        return None
    match script.lists[0].pipelines[0].commands:
        case (
            SimpleCommand(words=(), assignments=(), redirects=(Redirect(operator="<") as file,)),
        ):
            return file
    return None


def _assigned(command: Command) -> set[str]:
    """The variables that `command` or a part of it may set."""
    found: set[str] = set()
    for simple in simple_in(command):
        found.update(simple.assignments)
        if simple.words and simple.words[0].value == "read":
            found.update(word.value or "" for word in simple.words[1:])
    found.update(_loop_variables(command))
    return found


def _counters(command: Command) -> set[str]:
    """The variables that `command` only ever sets to a computed number."""
    other = _loop_variables(command)
    found: set[str] = set()
    for simple in simple_in(command):
        if simple.words and simple.words[0].value == "read":
            other.update(word.value or "" for word in simple.words[1:])
        for name, value in zip(simple.assignments, simple.values, strict=True):
            computed = len(value.parts) == 1 and isinstance(value.parts[0], Arithmetic)
            (found if computed else other).add(name)
    return found - other


def _loop_variables(command: Command) -> set[str]:
    found = {command.variable} if isinstance(command, For) else set()
    for script in scripts_of(command):
        for and_or in script.lists:
            for pipeline in and_or.pipelines:
                for inner in pipeline.commands:
                    found |= _loop_variables(inner)
    return found


def _moves(command: Command) -> bool:
    """Whether `command` may change the working directory of its own shell."""
    if isinstance(command, SimpleCommand):
        return bool(command.words) and command.words[0].value in ("cd", "pushd", "popd")
    if isinstance(command, Group) and command.is_subshell:
        return False
    return any(
        _moves(inner)
        for script in scripts_of(command)
        for and_or in script.lists
        for pipeline in and_or.pipelines
        for inner in pipeline.commands
    )


def _all(states: Sequence[State]) -> State:
    joined = states[0]
    for state in states[1:]:
        joined = joined.joined(state)
    return joined
