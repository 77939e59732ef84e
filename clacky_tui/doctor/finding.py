"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from clacky_tui.i18n import tr

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what was found, `remedy` exactly what to do about it; empty when nothing is.

    All four are phrases or names: `line` is in the language of the person, JSON always in English.
    """

    level: Level
    area: str
    check: str
    text: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """One line of the report."""
        told = f"{self.level:<4}  {tr(self.area)}, {tr(self.check)}: {tr(self.text)}"
        if not self.remedy:
            return told
        return tr("{finding} To mend it: {remedy}", finding=told, remedy=tr(self.remedy))

    def to_json_dict(self) -> dict[str, str]:
        return asdict(self)
