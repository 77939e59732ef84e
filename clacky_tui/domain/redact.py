"""Secrets in text replaced by masks (spec/tools-skills.md 3.8).

Two strengths: `mask_tokens` touches only what is a credential by its very shape or is known to be one,
so that ordinary source code stays exact; `redact` also takes whatever stands behind a telling name.
Both leave an already masked text as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "…[masked]"
KEPT_CHARACTERS = 4
SHORT_CHARACTERS = 12
"""Shorter secrets keep nothing: four letters would be too large a part of them."""
KNOWN_CHARACTERS = 8
"""A configured value shorter than this is not looked for: it would mask ordinary words."""

SECRET_NAME = re.compile(
    r"api[_-]?key|secret|token(?!s)|passw(?:or)?d|authorization|cookie|private[_-]?key",
    re.IGNORECASE,
)
"""Names of keys, variables and options whose values are secret."""

_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9_])(?:
        sk-(?:[a-z]+[0-9]*-){0,3}(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_]{16}[A-Za-z0-9_-]*
        | gh[pousr]_[A-Za-z0-9]{30,}
        | github_pat_[A-Za-z0-9_]{30,}
        | xox[abp]-[A-Za-z0-9-]{10,}
        | AKIA[A-Z0-9]{16}
        | AIza[A-Za-z0-9_-]{35}
        | glpat-[A-Za-z0-9_-]{20,}
        | hf_[A-Za-z0-9]{30,}
        | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
    )""",
    re.VERBOSE,
)
_PEM_BODY = r"[A-Za-z0-9+/=\\:,.\s-]"
_PEM = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)(?=\r?\n|\\[rn])(?!\n…\[masked\])"
    rf"(?:{_PEM_BODY}+?(-----END [A-Z0-9 ]*PRIVATE KEY-----)|{_PEM_BODY}+)"
)
"""A key, whole or cut off before its end; not the mere words for one in a source file."""
_BEARER = re.compile(r"(\bBearer\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_USERINFO = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)([^\s/@]+)(?=@)", re.IGNORECASE)
_NAME = rf"[\w.-]{{0,80}}?(?:{SECRET_NAME.pattern})[\w.-]{{0,80}}"
_HEADER = re.compile(
    r"((?:^|['\"\s])(?:authorization|(?:set-)?cookie)\s*:\s*)([^'\"\n]+)", re.IGNORECASE
)
_ASSIGNED = re.compile(
    rf"((?<![\w.-]){_NAME}['\"]?[ \t]*[:=][ \t]*)(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"',;]+))",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"((?<!\S)--{_NAME}[ \t]+)(?!-)(\S+)", re.IGNORECASE)
_PLAIN_VALUES = frozenset({"true", "false", "null", "none", "~", "|", ">", "{", "["})


def mask_tokens(text: str, known: Iterable[str] = ()) -> str:
    """`text` with credentials masked that are recognised by their shape, or are among `known`.

    Args:
        text: any text.
        known: exact values, such as the configured keys.
    """
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= KNOWN_CHARACTERS and value in text:
            text = text.replace(value, _masked(value))
    while (masked := _TOKEN.sub(lambda match: _masked(match[0]), text)) != text:
        text = masked  # what follows a credential directly shows only once that is masked
    return _PEM.sub(_mask_key, text) if "PRIVATE KEY-----" in text else text


def _mask_key(key: re.Match[str]) -> str:
    return f"{key[1]}\n{MASK}\n{key[2] or ''}"


def redact(text: str, known: Iterable[str] = ()) -> str:
    """`mask_tokens`, and every value that a name, header, option or address says is secret."""
    text = mask_tokens(text, known)
    text = _HEADER.sub(lambda match: match[1] + _masked(match[2]), text)
    text = _BEARER.sub(lambda match: match[1] + _masked(match[2]), text)
    text = _USERINFO.sub(lambda match: match[1] + _masked(match[2]), text)
    text = _ASSIGNED.sub(_mask_assigned, text)
    return _OPTION.sub(lambda match: match[1] + _masked(match[2]), text)


def _mask_assigned(match: re.Match[str]) -> str:
    for group, quote in ((2, '"'), (3, "'"), (4, "")):
        if value := match[group]:
            if value.lower() in _PLAIN_VALUES:
                return match[0]
            return f"{match[1]}{quote}{_masked(value)}{quote}"
    return match[0]


def _masked(value: str) -> str:
    if value.endswith(MASK):
        return value
    return (value[:KEPT_CHARACTERS] if len(value) >= SHORT_CHARACTERS else "") + MASK
