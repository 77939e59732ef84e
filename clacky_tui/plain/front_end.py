"""Plain mode from start to end: what is typed becomes commands, what is told becomes lines.

Three threads: this one reads, one tells, the worker has its own. While the agent works nobody is
asked for anything, but a line typed meanwhile counts; what is told while the prompt stands empty is
said over it, and waits while something is being typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from clacky_tui import commands, events
from clacky_tui.actions import find_action
from clacky_tui.agent.worker_thread import WorkerThread
from clacky_tui.config.preferences import Preferences
from clacky_tui.errors import ExitCode
from clacky_tui.i18n import tr
from clacky_tui.input_history import InputHistory
from clacky_tui.paths import history_file, shorten_home
from clacky_tui.plain import questions, wording
from clacky_tui.plain.actions import PLAIN_ACTIONS, PlainActions
from clacky_tui.plain.keyboard import Keyboard
from clacky_tui.plain.questions import Question
from clacky_tui.plain.state import SessionState
from clacky_tui.plain.teller import Teller
from clacky_tui.plain.writer import LineWriter
from clacky_tui.sessions.rows import SHORT_ID

if TYPE_CHECKING:
    from clacky_tui.agent.worker_thread import StartWorker
    from clacky_tui.config.settings import ModelEntry, Settings

CLOSE_SECONDS = 5.0
"""How long leaving waits for the worker to save."""
QUIET_SECONDS = 0.1
"""How long nothing must have been told before the prompt stands."""
WORD_SECONDS = 0.3
"""How long a word is held back that may not be whole."""
SHELL_SIGN = "!"
_ENDING = {signal.SIGTERM: ExitCode.TERMINATED, signal.SIGHUP: ExitCode.HANGUP}


class PlainFrontEnd:
    """Runs one sitting.

    Args:
        start: makes the worker, given where to deliver envelopes.
        load: reads the settings anew.
        preferences: what the person has set about the screen.
    """

    def __init__(
        self,
        start: StartWorker,
        load: Callable[[], tuple[Settings, ModelEntry | None]],
        preferences: Preferences,
    ) -> None:
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)  # full, it wakes as well
        self._preferences = preferences
        self._writer = LineWriter(sys.stdout, self._leave)
        self._state = SessionState()
        self._teller = Teller(self._writer, self._state)
        self._keyboard = Keyboard()
        self._history = InputHistory(history_file())
        self._told: queue.SimpleQueue[events.Envelope | Exception | None] = queue.SimpleQueue()
        self._worker = WorkerThread(start, self._told.put, self._told.put)
        self._actions = PlainActions(
            self._writer,
            self._state,
            self._worker.send,
            load,
            self._teller.questions.ask,
            self._leave,
        )
        self._prompting = False
        self._line_over = threading.Event()
        self._over = False
        self._failed = False
        self._wants_to_leave = False
        self._sent = 0

    def run(self) -> int:
        """Until the person leaves; returns the process exit code."""
        telling = threading.Thread(target=self._tell_all, name="teller", daemon=True)
        code = ExitCode.OK
        with _ending_signals():
            try:
                if problem := asyncio.run(self._history.load()):
                    self._writer.line(problem, "warning")
                self._keyboard.remember(self._history.entries)
                telling.start()
                self._worker.start()
                while not self._over:
                    self._step()
            except SystemExit as ending:
                code = ExitCode(int(ending.code or 0))
            except KeyboardInterrupt:
                pass  # pressed again while the first one was served: they want out
        self._close(telling)
        return ExitCode.FAILURE if self._failed else code

    # --- reading ---------------------------------------------------------------------------

    def _step(self) -> None:
        """Read one line, or wait for something to happen."""
        try:
            quiet_seconds = QUIET_SECONDS if self._wants_line() else None
            match self._keyboard.wait(self._wake_read, quiet_seconds):
                case "line":
                    self._take_unasked()
                case None:
                    self._take(*self._ask())
                case "wake":
                    pass  # something was told: look again what is wanted now
        except KeyboardInterrupt:
            self._interrupt()
        except EOFError:
            self._end_of_input()

    def _wants_line(self) -> bool:
        return self._teller.questions.current is not None or not self._state.busy

    def _ask(self) -> tuple[str, Question | None]:
        """A line, and the question that stood when it was typed: a later one is not answered by it."""
        self._line_over.clear()
        self._prompting = True
        try:
            line = self._keyboard.ask()
            question = self._teller.questions.current
            if pasted := self._keyboard.pasted():
                return f"{line}\n{pasted}".rstrip("\n"), question
            while line.endswith("\\"):
                line = f"{line[:-1]}\n{self._keyboard.ask()}"
            return line, question
        finally:
            self._prompting = False
            self._line_over.set()

    def _take_unasked(self) -> None:
        """What was typed while the agent worked: it is never an answer to a question."""
        typed = self._keyboard.take()
        if not typed:
            raise EOFError
        if line := typed.rstrip("\r\n"):
            self._take_message(line)

    def _take(self, line: str, question: Question | None) -> None:
        self._wants_to_leave = False
        is_command = line.lstrip().startswith(("/", "／")) and find_action(line, PLAIN_ACTIONS)
        if question is None or is_command:
            if line.strip():
                self._take_message(line)
            return
        choice = question.answer(line)
        if choice is None:
            self._writer.line(tr(questions.ASKS_AGAIN), "note")
            return
        self._teller.questions.withdraw(question.request_id)
        if choice.command is not None:
            self._answer(choice.command)

    def _answer(self, command: commands.Command) -> None:
        if isinstance(command, commands.AnswerFeedback):
            self._state.expecting = True
        self._worker.send(command)

    def _take_message(self, text: str) -> None:
        if wish := find_action(text, PLAIN_ACTIONS):
            self._actions.run(wish)
            return
        if text.strip() == SHELL_SIGN:
            self._writer.line(tr(wording.NO_COMMAND), "note")
            return
        self._history.add(text)
        self._keyboard.remember([text])
        command = self._command_of(text)
        if not self._state.busy:
            self._state.expecting = True
        self._worker.send(command)
        self._save_history()

    def _command_of(self, text: str) -> commands.Command:
        self._sent += 1
        client_id = str(self._sent)
        if text.startswith(SHELL_SIGN):
            line = text.removeprefix(SHELL_SIGN).strip()
            return commands.RunShell(command=line, client_id=client_id)
        steers = self._preferences.while_running == "steer"
        files = tuple(self._actions.attachments)
        self._actions.attachments.clear()
        return commands.Submit(
            text=text,
            attachments=files,
            client_id=client_id,
            when="safe_point" if steers else "next_task",
        )

    def _save_history(self) -> None:
        try:
            told = asyncio.run(self._history.save())
        except OSError as error:
            told = tr("The input history is not saved: {error}", error=error.strerror)
        if told:
            self._writer.line(told, "warning")

    # --- stopping and leaving --------------------------------------------------------------

    def _interrupt(self) -> None:
        """Ctrl+C: the question, what runs, then plain mode itself."""
        self._writer.line("")
        question = self._teller.questions.current
        if question is not None and not self._wants_to_leave:
            self._teller.questions.withdraw(question.request_id)
            if question.dropped is not None:
                self._worker.send(question.dropped)
                return
        if self._state.busy:
            self._writer.line(tr(wording.STOPPING), "note")
            self._worker.send(commands.Interrupt())
        elif self._wants_to_leave:
            self._leave()
        else:
            self._wants_to_leave = True
            self._writer.line(tr(wording.LEAVE_HINT), "note")

    def _end_of_input(self) -> None:
        """Nothing more will be typed; what came through a pipe is carried out before the end."""
        self._writer.line("")
        while not self._keyboard.is_terminal and self._state.busy and not self._over:
            question = self._teller.questions.current
            if question is not None:
                break  # nobody is there to answer
            self._keyboard.wait(self._wake_read)
        self._leave()

    def _leave(self) -> None:
        self._over = True
        self._wake()

    def _close(self, telling: threading.Thread) -> None:
        """Save everything, say the rest, and where it lies."""
        self._worker.send(commands.Shutdown())
        saved = self._worker.join(CLOSE_SECONDS)
        self._told.put(None)
        telling.join(CLOSE_SECONDS)
        if not saved:
            self._writer.line(
                tr("The agent did not end in time; what it was doing is lost."), "warning"
            )
        if (closed := self._state.closed) and closed.journal_path:
            cost = wording.cost_lines(self._state)[0]
            self._writer.line(
                tr(
                    "{cost}. The session is {path}.",
                    cost=cost,
                    path=shorten_home(closed.journal_path),
                )
            )
            self._writer.line(
                tr(
                    "Go on with it: clacky --plain -a {session_id}",
                    session_id=self._state.session_id[:SHORT_ID],
                )
            )

    # --- telling ---------------------------------------------------------------------------

    def _tell_all(self) -> None:
        """On a thread: say what comes, until None."""
        while (item := self._next()) is not None:
            while self._prompting and self._keyboard.typed and not self._over:
                self._line_over.wait(1.0)
            with self._writer.over_prompt(self._prompting, self._wants_line):
                self._tell(item)
                with contextlib.suppress(queue.Empty):
                    while (item := self._told.get_nowait()) is not None:
                        self._tell(item)
            self._wake()
            if item is None:
                return

    def _next(self) -> events.Envelope | Exception | None:
        if self._writer.holds_back:
            with contextlib.suppress(queue.Empty):
                return self._told.get(timeout=WORD_SECONDS)
            self._writer.let_go()
        return self._told.get()

    def _tell(self, item: events.Envelope | Exception) -> None:
        if isinstance(item, Exception):
            self._teller.lost(item)
            self._failed = True
            self._leave()
        else:
            self._teller.show(item)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b".")


@contextlib.contextmanager
def _ending_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end what is being waited for with their exit code.

    Afterwards nothing, Ctrl+C neither, keeps the session from being saved.
    """

    def on_signal(number: int, _: FrameType | None) -> None:
        raise SystemExit(int(_ENDING[signal.Signals(number)]))

    for number in _ENDING:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number in (*_ENDING, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
