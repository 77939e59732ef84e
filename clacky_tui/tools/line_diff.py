"""The difference of two texts by lines, as a unified diff that is safe to show."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from clacky_tui.tools.wording import counted, visible

CONTEXT_LINES = 3
COMPARED_LINES_LIMIT = 6000
"""Changed regions with more lines than this (both sides) are shown as replaced whole."""

_NO_NEWLINE = "\n\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class LineDiff:
    """A unified diff and what it adds and removes, in lines. `text` is empty without a change."""

    text: str
    added_lines: int
    removed_lines: int

    @property
    def summary(self) -> str:
        """Short words for a line's right-hand column: ``"+1 −1"``."""
        return f"+{self.added_lines} −{self.removed_lines}"


def diff_lines(old: str, new: str, label: str) -> LineDiff:
    """Compare two texts; control characters in the result are drawn as pictures.

    CRLF and LF count as the same line end. `label` stands in the two header lines. Only what lies
    between the first and the last difference is looked at line by line.
    """
    before, after = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if before == after:
        return LineDiff("", 0, 0)
    skipped, before, after = _changed_part(before, after)
    old_lines, new_lines = _lines(before), _lines(after)
    few = len(old_lines) + len(new_lines) <= COMPARED_LINES_LIMIT
    hunks, added, removed = (_compared if few else _replaced_whole)(old_lines, new_lines, skipped)
    text = "\n".join([f"--- {label}", f"+++ {label}", *hunks])
    return LineDiff(visible(text), added, removed)


def _compared(before: list[str], after: list[str], skipped: int) -> tuple[list[str], int, int]:
    output: list[str] = []
    added = removed = 0
    matcher = difflib.SequenceMatcher(None, before, after)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        body: list[str] = []
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                body += [" " + line for line in before[i1:i2]]
                continue
            body += ["-" + line for line in before[i1:i2]]
            body += ["+" + line for line in after[j1:j2]]
            removed += i2 - i1
            added += j2 - j1
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        output.append(f"@@ -{_range(skipped, i1, i2)} +{_range(skipped, j1, j2)} @@")
        output += body
    return output, added, removed


def _replaced_whole(
    before: list[str], after: list[str], skipped: int
) -> tuple[list[str], int, int]:
    """One hunk with the context of both ends; of each side at most the first lines are shown."""
    head = _equal_count(before[:CONTEXT_LINES], after[:CONTEXT_LINES])
    tail = _equal_count(before[head:][: -CONTEXT_LINES - 1 : -1], after[head:][::-1])
    body = [f" {line}" for line in before[:head]]
    changed = before[head : len(before) - tail], after[head : len(after) - tail]
    for sign, lines in zip("-+", changed, strict=True):
        body += [sign + line for line in lines[:COMPARED_LINES_LIMIT]]
        if len(lines) > COMPARED_LINES_LIMIT:
            body.append(f"\\ {counted(len(lines) - COMPARED_LINES_LIMIT, 'more line')}")
    body += [f" {line}" for line in before[len(before) - tail :]]
    old_range, new_range = (_range(skipped, 0, len(lines)) for lines in (before, after))
    return [f"@@ -{old_range} +{new_range} @@", *body], len(changed[1]), len(changed[0])


def _equal_count(before: list[str], after: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((k for k, (a, b) in pairs if a != b), min(len(before), len(after)))


def _changed_part(before: str, after: str) -> tuple[int, str, str]:
    """Both texts from `CONTEXT_LINES` before the first difference to as many after the last.

    The number in front says how many lines were left out before that.
    """
    same_head = _common_head(before, after)
    limit = min(len(before), len(after)) - same_head
    same_tail = _common_tail(before, after, limit)
    start = before.rfind("\n", 0, same_head) + 1
    for _ in range(CONTEXT_LINES):
        start = before.rfind("\n", 0, max(start - 1, 0)) + 1
    end = len(before) - same_tail
    for _ in range(CONTEXT_LINES + 1):
        end = before.find("\n", end) + 1 or len(before)
    left_out = len(before) - end
    return before.count("\n", 0, start), before[start:end], after[start : len(after) - left_out]


def _common_head(before: str, after: str) -> int:
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_tail(before: str, after: str, limit: int) -> int:
    low, high = 0, limit
    old_end, new_end = len(before), len(after)
    while low < high:
        middle = (low + high + 1) // 2
        if before[old_end - middle : old_end - low] == after[new_end - middle : new_end - low]:
            low = middle
        else:
            high = middle - 1
    return low


def shorten_diff(text: str, limit_lines: int, kept_lines: int) -> str:
    """`text`, or its first `kept_lines` and a note when it has more than `limit_lines`."""
    lines = text.split("\n")
    if len(lines) <= limit_lines:
        return text
    rest = counted(len(lines) - kept_lines, "more line")
    return "\n".join([*lines[:kept_lines], f"… {rest}"])


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    else:
        lines[-1] += _NO_NEWLINE
    return lines


def _range(offset: int, start: int, stop: int) -> str:
    count = stop - start
    first = offset + start + (1 if count else 0)
    return str(first) if count == 1 else f"{first},{count}"
