"""A reply while it streams: finished blocks become entries of their own, the last one stays open."""

from __future__ import annotations

from clacky_tui.tui.chat.blocks import Block, BlockSplitter, fence_language
from clacky_tui.tui.chat.entries import BlockEntry, Entry, ReasoningEntry
from clacky_tui.tui.chat.fence import Fence


class LiveReply:
    """Appends to `entries`, which nothing else adds to while the reply is open.

    `append` is all that happens per piece; the work is done by `show_pending`, on a clock.
    """

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._splitter = BlockSplitter()
        self._pending: list[str] = []
        self._open: BlockEntry | None = None
        self._fence: Fence | None = None
        self._gap_next = bool(entries) and not isinstance(entries[-1], ReasoningEntry)

    def append(self, delta: str) -> None:
        self._pending.append(delta)

    def show_pending(self) -> bool:
        """Turn what has piled up into entries; False when there was nothing."""
        if not self._pending:
            return False
        text = "".join(self._pending)
        self._pending = []
        self._close(self._splitter.feed(text))
        if tail := self._splitter.tail:
            self._show(tail)
        return True

    def finish(self) -> None:
        """Close the last block; the reply is used up."""
        self.show_pending()
        self._close(self._splitter.finish())
        self._close_fence()

    def _close_fence(self) -> None:
        if self._fence is not None:
            self._fence.is_complete = True
            self._fence = None

    def _close(self, blocks: list[Block]) -> None:
        for block in blocks:
            self._show(block)
            self._open = None
            if block.kind == "fence_open":
                self._fence = Fence(fence_language(block))
            elif block.kind == "fence_close":
                self._close_fence()
            if block.kind != "fence_open":  # draws nothing, so the gap before it is still due
                self._gap_next = block.ends_blank

    def _show(self, block: Block) -> None:
        """Put `block` into the open entry, which then shows it from its first line on as before."""
        if self._open is not None:
            self._open.replace(block)
        elif block.kind != "blank":
            fence = self._fence if block.kind in ("code", "fence_close") else None
            self._open = BlockEntry(block, fence)
            self._open.gap_before = self._gap_next
            self._entries.append(self._open)
