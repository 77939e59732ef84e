"""The person's next message, guessed by a cheap model after a task and offered to them.

Off unless the person wants it, since it costs money (spec/tui-cli.md 11.3). The request is one of its
own: it sends a few lines of the conversation, nothing of its cached prefix. Whatever goes wrong
with it is no trouble of the person's and is not told.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from clacky_tui import events
from clacky_tui.agent.bookkeeping import Bookkeeper, check_budgets
from clacky_tui.agent.model_desk import ModelDesk
from clacky_tui.agent.session import Session
from clacky_tui.agent.side_request import ask_aside
from clacky_tui.agent.target import configured_target
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.prices import user_price_book
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.todos import Todo
from clacky_tui.errors import ClackyError

MESSAGES = 8
MESSAGE_CHARACTERS = 400
TODOS = 6
TODO_CHARACTERS = 80
MAX_OUTPUT_TOKENS = 40
LONGEST_CHARACTERS = 80
"""A longer answer is no short line and is dropped; the figures are those of spec/agent-core.md 1.13."""
LIMIT_SECONDS = 15.0
NOTHING = "NONE"

_INSTRUCTION = """\
Below is the end of a conversation between a user and a coding agent. Guess the one message the user \
would most likely send next. Answer with that message only, on one line, in the user's own language \
and manner: at most 30 letters, or 15 Chinese characters, no quotes. If nothing is likely, answer \
{nothing}.

{conversation}"""


class Suggester:
    """Makes offers in one session while nothing else goes on.

    Args:
        session: whose conversation is read, and which pays.
        desk: knows the models.
        wanted: whether the person wants offers, asked each time.
    """

    def __init__(self, session: Session, desk: ModelDesk, wanted: Callable[[], bool]) -> None:
        self._session = session
        self._desk = desk
        self._wanted = wanted
        self._asking: asyncio.Task[None] | None = None
        self._offered = False

    def start(self) -> None:
        """A task has ended well and nothing waits: think of the next message."""
        if self._wanted() and self._desk.entry is not None and self._asking is None:
            self._asking = asyncio.create_task(self._suggest())

    async def stop(self) -> None:
        """Something new begins: ask no further, and take back what was offered."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
            await asyncio.wait([asking])
        if self._offered:
            self._offered = False
            self._session.emit(events.SuggestionOffered(text=""))

    async def _suggest(self) -> None:
        session = self._session
        asked = question(session.history.messages, session.tools.todos.pending)
        with contextlib.suppress(ClackyError, OSError):
            text = read_suggestion(await self._ask(asked))
            if text:
                self._offered = True
                session.emit(events.SuggestionOffered(text=text))

    async def _ask(self, asked: str) -> str:
        """The model's answer; empty when it failed.

        Raises:
            ClackyError: the model cannot be used, or a budget is used up; nothing was sent.
        """
        session, settings = self._session, self._desk.settings
        entry = settings.lite_model or self._desk.entry
        assert entry is not None
        ledger = default_ledger(simulated=False)
        await check_budgets(session, ledger, turns_done=0)
        prices = await asyncio.to_thread(user_price_book)
        target = await asyncio.to_thread(configured_target, entry)
        try:
            answer = await ask_aside(
                target,
                (Message("user", asked, Origin.NOTICE),),
                Bookkeeper(session, ledger, prices),
                purpose="suggestion",
                session_id=session.id,
                max_output_tokens=MAX_OUTPUT_TOKENS,
                limit_seconds=LIMIT_SECONDS,
            )
        finally:
            await target.close()
        return "" if answer.error else answer.text


def question(messages: Sequence[Message], todos: Sequence[Todo]) -> str:
    """What the model is asked: the last messages said by either side, cut short, and open todos."""
    said = [m for m in messages if m.origin in (Origin.USER, Origin.MODEL) and m.text.strip()]
    lines = [
        f"{'user' if message.origin is Origin.USER else 'agent'}: "
        f"{message.text.strip()[:MESSAGE_CHARACTERS]}"
        for message in said[-MESSAGES:]
    ]
    lines += [f"open todo: {todo.task[:TODO_CHARACTERS]}" for todo in todos[:TODOS]]
    return _INSTRUCTION.format(nothing=NOTHING, conversation="\n".join(lines))


def read_suggestion(answer: str) -> str:
    """The message in the model's answer; empty when there is none worth an offer."""
    line = next((line.strip() for line in answer.splitlines() if line.strip()), "")
    line = line.strip("\"'`“”‘’「」").strip()
    return "" if line.upper() == NOTHING or len(line) > LONGEST_CHARACTERS else line
