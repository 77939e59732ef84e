"""One line to type in that keeps the order of the keys."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class LineField(Input):
    """Does what a bound key means when it comes to it.

    Textual 8.2.8 does so only when the key has bubbled up to the app: of ``x``, backspace, ``y`` that
    arrive together, as they do over a slow line, the backspace took the ``y`` away.
    """

    async def _on_key(self, event: events.Key) -> None:
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
            return
        await super()._on_key(event)
