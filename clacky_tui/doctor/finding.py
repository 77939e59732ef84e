"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what was found, `remedy` exactly what to do about it; empty when nothing is."""

    level: Level
    area: str
    check: str
    text: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """One line of the report."""
        told = f"{self.level:<4}  {self.area}, {self.check}: {self.text}"
        return f"{told} To mend it: {self.remedy}" if self.remedy else told

    def to_json_dict(self) -> dict[str, str]:
        return asdict(self)
