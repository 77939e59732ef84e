"""A text area whose rows are drawn only when something about it has changed."""

from __future__ import annotations

from typing import Any, Self

from textual.geometry import Region
from textual.strip import Strip
from textual.widgets._text_area import TextArea


class KeptRows(TextArea):
    """Keeps its rows: the toolkit asks for them whenever anything in the same container is drawn."""

    _kept: tuple[Region, list[Strip]] | None = None

    def draw_rows(self, crop: Region) -> list[Strip]:
        """The rows of `crop`, drawn anew."""
        return super().render_lines(crop)

    def refresh(self, *regions: Region, **what: Any) -> Self:
        self._kept = None
        return super().refresh(*regions, **what)

    def notify_style_update(self) -> None:
        self._kept = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._kept is None or self._kept[0] != crop:
            self._kept = crop, self.draw_rows(crop)
        return self._kept[1]
