"""What programs that do more than read would do with their arguments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from clacky_tui.domain.permissions import names
from clacky_tui.domain.permissions.findings import Finding, Reach
from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.permissions.places import Places, shown
from clacky_tui.domain.permissions.state import State
from clacky_tui.domain.permissions.tables import (
    DENIED,
    GIT_AWAY,
    GIT_WHYS,
    OUR_NAMES,
    WHYS,
)
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.i18n import phrase

Findings = list[Finding]
_RECURSIVE = re.compile(r"-[a-zA-Z]*[rR][a-zA-Z]*|--recursive")
_AWAY = frozenset(
    [
        "ssh",
        "scp",
        "rsync",
        "sftp",
        "ftp",
        "telnet",
        "nc",
        "ncat",
        "socat",
        "curl",
        "wget",
        "docker",
        "kubectl",
        "helm",
    ]
)
_POWER_WORDS = frozenset(["poweroff", "reboot", "halt", "suspend", "hibernate", "kexec"])
_OUTPUT_OPTIONS = frozenset(("-o", "--output", "-O", "--output-document"))
_TARGET_OPTION = re.compile(r"-t|--target-directory(?:=(.*))?")


def findings_of(
    name: str, arguments: Sequence[Argument], span: Span, places: Places, state: State
) -> Findings:
    """What running `name` with `arguments` would do; empty when nothing stands out."""
    if why := denied(name, arguments):
        return [Finding(RiskClass.DENY, phrase("{name} {why}", name=name, why=why), span)]
    special = _ACTIONS.get(name)
    findings = special(arguments, span, places, state) if special else []
    for argument in arguments:
        findings += _touches(name, argument, places, state)
    return findings


def denied(name: str, arguments: Sequence[Argument]) -> str:
    """Why no mode runs this, as a phrase after the program's name; empty when one may."""
    texts = [argument.text or "" for argument in arguments]
    if name in DENIED:
        return DENIED[name]
    if name.startswith("mkfs"):
        return phrase("makes a new file system over an old one")
    if name == "systemctl" and _POWER_WORDS & set(texts):
        return phrase("switches the computer off")
    if name == "init" and texts[:1] in (["0"], ["6"]):
        return phrase("switches the computer off")
    if name == "history" and any(re.fullmatch(r"-[a-z]*[cdw][a-z]*", text) for text in texts):
        return phrase("erases the history of commands")
    if name in ("kill", "pkill", "killall"):
        if any(_is_ours(text) for text in texts) or any("$PPID" in a.start for a in arguments):
            return phrase("would end the agent's own process")
        if name == "kill" and texts[-1:] == ["-1"] and (len(texts) > 1):
            return phrase("would end every process")
    return ""


def _is_ours(text: str) -> bool:
    return any(re.search(rf"(?<![\w-]){name}(?![\w-])", text.lower()) for name in OUR_NAMES)


def _touches(name: str, argument: Argument, places: Places, state: State) -> Findings:
    """Secrets and places outside the project among the arguments of any program."""
    text = (argument.text or argument.prefix).removeprefix("@")
    if not text or len(text) > 4096 or "\n" in text:
        return []
    secret = names.secret_part(text) if " " not in text else ""
    if secret:
        why = phrase("{name} gets what may hold secrets: {secret}", name=name, secret=shown(secret))
        return [Finding(RiskClass.SECRET_READ, why, argument.span)]
    if argument.text is None or not (text[0] in "/~" or ".." in text.split("/")):
        return []
    found = places.reading_path(text, argument.span, state)
    if found and found.risk is RiskClass.OUTSIDE:
        found = replace(
            found,
            why=phrase(
                "{name} gets a path outside the project: {text}", name=name, text=shown(text)
            ),
        )
    return [found] if found else []


def operands(arguments: Sequence[Argument], valued: str = "") -> list[Argument]:
    """The arguments that are not options; `valued` letters take the next word."""
    found: list[Argument] = []
    skip = over = False
    for argument in arguments:
        start = argument.start
        if skip:
            skip = False
        elif over or not start.startswith("-") or start == "-":
            found.append(argument)
        elif start == "--":
            over = True
        else:
            skip = len(start) == 2 and start[1] in valued
    return found


def _recursive(arguments: Sequence[Argument]) -> bool:
    return any(_RECURSIVE.fullmatch(argument.start) for argument in arguments)


def _remove(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    if any(argument.start.startswith("--no-pres") for argument in arguments):
        return [Finding(RiskClass.DENY, phrase("removes the whole file system"), span)]
    findings: Findings = []
    for operand in operands(arguments):
        if places.holds_everything(operand, state):
            why = phrase(
                "removes what everything else needs: {text}", text=shown(operand.text or "")
            )
            findings.append(Finding(RiskClass.DENY, why, operand.span))
        else:
            findings.append(places.changing(operand, state, "removes"))
    return findings


def _copy(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    found = operands(arguments, "tSg")
    findings: Findings = []
    for index, argument in enumerate(arguments):
        option = _TARGET_OPTION.fullmatch(argument.text or "")
        if option and option[1]:
            findings.append(
                places.changing(Argument(option[1], argument.span), state, phrase("writes to"))
            )
        elif option and index + 1 < len(arguments):
            findings.append(places.changing(arguments[index + 1], state, phrase("writes to")))
    if found:
        findings.append(places.changing(found[-1], state, phrase("writes to")))
    return findings


def _move(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    findings = _copy(arguments, span, places, state)
    for source in operands(arguments, "tSg")[:-1]:
        if places.holds_everything(source, state):
            why = phrase("moves what everything else needs: {text}", text=shown(source.text or ""))
            findings.append(Finding(RiskClass.DENY, why, source.span))
        else:
            findings.append(places.changing(source, state, "moves"))
    return findings


def _create(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    return [
        places.changing(operand, state, phrase("writes to"))
        for operand in operands(arguments, "msdrt")
    ]


def _rights(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    findings: Findings = []
    for operand in operands(arguments)[1:]:
        if _recursive(arguments) and places.holds_everything(operand, state):
            why = phrase(
                "changes the rights of everything below {text}", text=shown(operand.text or "")
            )
            findings.append(Finding(RiskClass.DENY, why, operand.span))
        else:
            findings.append(places.changing(operand, state, phrase("changes the rights of")))
    return findings


def _dd(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    findings: Findings = []
    for argument in arguments:
        text = argument.text or ""
        if text.startswith("of="):
            findings.append(places.changing(Argument(text[3:], argument.span), state, "overwrites"))
    return findings


def _sed(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    if not any(re.match(r"-[nErsuz]*i|--in-place", argument.start) for argument in arguments):
        return []
    return [places.changing(operand, state) for operand in operands(arguments, "ef")[1:]]


def _find(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    starts: list[Argument] = []
    for argument in arguments:
        if argument.start.startswith(("-", "(", "!")):
            break
        starts.append(argument)
    texts = [argument.text or "" for argument in arguments]
    removes = "-delete" in texts or any(
        first.startswith(("-exec", "-ok"))
        and second.rpartition("/")[2] in ("rm", "shred", "unlink")
        for first, second in itertools.pairwise(texts)
    )
    findings: Findings = []
    for start in starts if removes else []:
        if places.holds_everything(start, state):
            why = phrase("removes files below {text}", text=shown(start.text or ""))
            findings.append(Finding(RiskClass.DENY, why, span))
        else:
            findings.append(places.changing(start, state, phrase("removes files below")))
    return findings


def _download(arguments: Sequence[Argument], span: Span, places: Places, state: State) -> Findings:
    findings: Findings = []
    for first, second in itertools.pairwise(arguments):
        names_file = first.text in _OUTPUT_OPTIONS and not second.start.startswith("-")
        if names_file and "://" not in second.start:
            findings.append(places.changing(second, state, phrase("writes to")))
    return findings


def default_finding(name: str, arguments: Sequence[Argument], span: Span) -> Finding:
    """The finding for a program not known to only read."""
    reach = Reach.OUTSIDE_READ if name in _AWAY else Reach.INSIDE
    if name == "git":
        command = next((a.text for a in arguments if a.text and not a.text.startswith("-")), "")
        why = GIT_WHYS.get(
            command or "",
            phrase("git {command} is not known to only read", command=shown(command or "")),
        )
        reach = Reach.OUTSIDE_READ if command in GIT_AWAY else Reach.INSIDE
        return Finding(RiskClass.CONFIRM, why, span, reach)
    if name == "crontab":
        return Finding(
            RiskClass.OUTSIDE, phrase("crontab changes what runs later"), span, Reach.LATER
        )
    why = WHYS.get(name, phrase("{name} is not known to only read", name=shown(name)))
    if not why.startswith(name):
        why = phrase("{name} {why}", name=shown(name), why=why)
    return Finding(RiskClass.CONFIRM, why, span, reach)


_Action = Callable[[Sequence[Argument], Span, Places, State], Findings]
_ACTIONS: dict[str, _Action] = {
    **dict.fromkeys(("rm", "rmdir", "unlink", "shred"), _remove),
    **dict.fromkeys(("cp", "install", "ln", "rsync", "scp"), _copy),
    **dict.fromkeys(("mkdir", "touch", "tee", "truncate", "mkfifo"), _create),
    **dict.fromkeys(("chmod", "chown", "chgrp"), _rights),
    **dict.fromkeys(("curl", "wget"), _download),
    "mv": _move,
    "dd": _dd,
    "sed": _sed,
    "find": _find,
}
