"""Readers whose arguments follow rules of their own: find, sed, awk, jq, test, date, printf."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from clacky_tui.domain.permissions import little_languages
from clacky_tui.domain.permissions.findings import Finding
from clacky_tui.domain.permissions.names import secret_part
from clacky_tui.domain.permissions.options import Argument, Problem, options, read
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.state import State, is_plain_name
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

_FIND_TESTS = (
    "-print -print0 -prune -not -a -o -and -or ! ( ) , -empty -true -false -depth -xdev -mount"
    " -daystart -ls -readable -writable -executable -nouser -nogroup -quit"
)
_FIND_TEXTS = (
    "-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -size -mtime"
    " -mmin -atime -amin -ctime -cmin -perm -user -group -uid -gid -maxdepth -mindepth -links -inum"
    " -newermt -lname -ilname -printf -used"
)
FIND_TESTS = frozenset(_FIND_TESTS.split())
FIND_TEXTS = frozenset(_FIND_TEXTS.split())
_FIND_PATHS = frozenset(("-newer", "-anewer", "-cnewer", "-samefile"))
_FIND_WHYS = {
    "-delete": phrase("find -delete removes what it finds"),
    **dict.fromkeys(
        ("-exec", "-execdir", "-ok", "-okdir"), phrase("find runs a command for each file")
    ),
    **dict.fromkeys(("-fprint", "-fprint0", "-fprintf", "-fls"), phrase("find writes to a file")),
}
_SECRET_NAME_TESTS = frozenset(("-name", "-iname", "-path", "-ipath", "-wholename"))

_SED = "-nErsuz -e:! --quiet --silent --regexp-extended --expression=! --null-data pattern"
_AWK = "-F: -v: --field-separator= --assign= pattern"
_JQ = (
    "-rcnsSejaCM --raw-output --compact-output --null-input --slurp --sort-keys --exit-status"
    " --join-output --ascii-output --color-output --monochrome-output --tab --raw-input -R pattern"
)
_TEST_FILES = frozenset(
    [
        "-e",
        "-f",
        "-d",
        "-r",
        "-w",
        "-x",
        "-s",
        "-L",
        "-h",
        "-b",
        "-c",
        "-p",
        "-S",
        "-g",
        "-u",
        "-k",
        "-O",
        "-G",
        "-N",
    ]
)
_TEST_NUMBERS = frozenset(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"])
_TEST_TEXTS = frozenset(["=", "==", "!=", "<", ">"])
_TEST_FILE_PAIRS = frozenset(["-nt", "-ot", "-ef"])
_TEST_JOINTS = frozenset(["!", "(", ")", "-a", "-o", "&&", "||"])
_INTEGER = re.compile(r"-?\d+")
_DATE = "-uR -d: -I? -j --date= --utc --universal --iso-8601? --rfc-3339= --rfc-email texts"

Findings = list[Finding]
OwnRule = Callable[[list[Argument], Places, State, Span], Findings]


def _confirm(why: str, span: Span) -> Findings:
    return [Finding(RiskClass.CONFIRM, why, span)]


def _found(*findings: Finding | None) -> Findings:
    return [finding for finding in findings if finding is not None]


def _find(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    findings: Findings = []
    starting = True
    rest = iter(arguments)
    for argument in rest:
        start, text = argument.start, argument.text
        if argument.splits or (argument.pattern and start[:1] in ("", "*", "?", "[", "-")):
            why = phrase("a name found by find could act as an option")
            return findings + _confirm(why, argument.span)
        if starting and (text in ("-H", "-P") or not start.startswith(("-", "(", "!", ","))):
            if text not in ("-H", "-P"):
                findings += _found(places.reading(argument, state))
            continue
        starting = False
        if text in FIND_TESTS:
            continue
        value = next(rest, None)
        if text in FIND_TEXTS and value is not None:
            if value.splits or value.pattern:
                why = phrase("a name found by find could act as an option")
                return findings + _confirm(why, value.span)
            name = secret_part(value.text or "") if text in _SECRET_NAME_TESTS else ""
            if name:
                why = phrase("looks for what may hold secrets: {name}", name=shown(name))
                findings.append(Finding(RiskClass.SECRET_READ, why, value.span))
        elif text in _FIND_PATHS and value is not None:
            findings += _found(places.reading(value, state))
        else:
            why = _FIND_WHYS.get(
                text or "", phrase("find {start} is not known to be harmless", start=shown(start))
            )
            return findings + _confirm(why, argument.span)
    return findings


def _with_program(notation: str, name: str, only_reads: Callable[[str], bool]) -> OwnRule:
    """The rule of a program whose first operand is a program in a little language."""

    def rule(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
        known = options(notation)
        result = read(arguments, known, name)
        if isinstance(result, Problem):
            return _confirm(result.why, result.span)
        scripts = [a for kind, a in result.values if kind == "pattern"]
        if result.given.keys() & known.pattern_options:
            scripts += [a for kind, a in result.values if kind == "text"]
        for script in scripts:
            if script.text is None or script.pattern or not only_reads(script.text):
                why = phrase("the {name} program is not known to only read", name=name)
                return _confirm(why, script.span)
        if not scripts:
            return _confirm(phrase("{name} has no program", name=name), span)
        paths = [a for kind, a in result.values if kind == "path"]
        return _found(*(places.reading(path, state) for path in paths))

    return rule


def _test(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    texts = [argument.text for argument in arguments]
    if any(a.splits or a.pattern for a in arguments):
        return _confirm(phrase("compares words that are only known when it runs"), span)
    findings: Findings = []
    for (left, left_text), (right, right_text) in pairwise(
        [*zip(arguments, texts, strict=True), (arguments[-1], "")] if arguments else []
    ):
        if left_text in ("-v", "-R", "-o", "-t") and left_text != "-o":
            return _confirm(
                phrase("test {left_text} is not known to be harmless", left_text=left_text),
                left.span,
            )
        if left_text in _TEST_FILES and right is not left:
            findings += _found(places.reading(right, state))
        if right_text in _TEST_FILE_PAIRS:
            findings += _found(places.reading(left, state))
        if left_text in _TEST_FILE_PAIRS:
            findings += _found(places.reading(right, state))
        compared = left if right_text in _TEST_NUMBERS else right
        if (left_text in _TEST_NUMBERS or right_text in _TEST_NUMBERS) and not _is_number(compared):
            return _confirm(
                phrase("compares numbers that are only known when it runs"), compared.span
            )
        known = _TEST_NUMBERS | _TEST_TEXTS | _TEST_FILE_PAIRS | _TEST_FILES | _TEST_JOINTS
        is_operator = left_text and re.fullmatch(r"-[A-Za-z]+", left_text)
        if is_operator and left_text not in known | {"-n", "-z"}:
            return _confirm(
                phrase("test {left_text} is not known to be harmless", left_text=left_text),
                left.span,
            )
    return findings


def _is_number(argument: Argument) -> bool:
    return argument.is_number or bool(_INTEGER.fullmatch(argument.text or ""))


def _bracket(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    if not arguments or arguments[-1].text != "]":
        return _confirm(phrase("[ is not closed"), span)
    return _test(arguments[:-1], places, state, span)


def _date(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    result = read(arguments, options(_DATE), "date")
    if isinstance(result, Problem):
        return _confirm(result.why, result.span)
    for argument in arguments:
        is_clock = argument.start[:1] not in ("+", "-")
        if is_clock and (argument.text or "").replace(".", "").isdigit():
            return _confirm(phrase("date sets the clock"), argument.span)
    return []


def _printf(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    form = arguments[0] if arguments else None
    if form is None or form.text is None or form.text.startswith("-") or form.pattern:
        return _confirm(phrase("printf with an option or a format only known when it runs"), span)
    if not little_languages.printf_only_prints(form.text, [a.text for a in arguments[1:]]):
        return _confirm(phrase("printf computes a value that is only known when it runs"), span)
    return []


def _read_variable(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    result = read(arguments, options("-rs -d: -p: -n: -t: texts"), "read")
    if isinstance(result, Problem):
        return _confirm(result.why, result.span)
    for argument in names_read(arguments):
        if not is_plain_name(argument):
            return _confirm(phrase("sets the variable {argument}", argument=shown(argument)), span)
    return []


def names_read(arguments: list[Argument]) -> list[str]:
    """The variables that ``read`` sets."""
    result = read(arguments, options("-rs -d:! -p:! -n:! -t:! texts"), "read")
    if isinstance(result, Problem):
        return []
    operands = []
    skip = False
    for argument in arguments:
        text = argument.text or ""
        if not skip and not text.startswith("-"):
            operands.append(text)
        skip = not skip and bool(re.fullmatch(r"-[rs]*[dpnt]", text))
    return operands


def _query(arguments: list[Argument], places: Places, state: State, span: Span) -> Findings:
    """``command -v`` only asks; otherwise it runs its words."""
    if arguments and arguments[0].text in ("-v", "-V") and not any(a.splits for a in arguments):
        return []
    return _confirm(phrase("command runs another program"), span)


OWN_RULES: dict[str, OwnRule] = {
    "find": _find,
    "sed": _with_program(_SED, "sed", little_languages.sed_only_reads),
    "awk": _with_program(_AWK, "awk", little_languages.awk_only_reads),
    "gawk": _with_program(_AWK, "awk", little_languages.awk_only_reads),
    "mawk": _with_program(_AWK, "awk", little_languages.awk_only_reads),
    "jq": _with_program(_JQ, "jq", little_languages.jq_only_reads),
    "test": _test,
    "[": _bracket,
    "[[": _test,
    "date": _date,
    "printf": _printf,
    "read": _read_variable,
    "command": _query,
}
"""What stands against running a program, by its name."""
