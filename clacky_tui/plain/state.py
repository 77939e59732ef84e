"""How the session stands, gathered from its events, for the answers that are given on demand."""

from __future__ import annotations

from dataclasses import dataclass, fields

from clacky_tui import events


@dataclass(slots=True)
class SessionState:
    """What events have told so far.

    `busy` is true from the moment something was sent until it is over, so that nobody is asked for
    the next line in between.
    """

    opened: events.SessionOpened | None = None
    closed: events.SessionClosed | None = None
    session_id: str = ""
    name: str = ""
    model: str = ""
    mode: str = ""
    working_dir: str = ""
    reasoning_level: str = "off"
    simulated: bool = False
    running: bool = False
    compressing: bool = False
    expecting: bool = True
    """Something was sent and has not begun; at first it is the session itself."""
    last_usage: events.UsageRecorded | None = None
    gauge: events.ContextGauged | None = None
    background: tuple[events.BackgroundTask, ...] = ()
    waiting: tuple[events.QueuedMessage, ...] = ()
    todos: tuple[events.TodoItem, ...] = ()
    last_output: str = ""
    """All that the last tool call returned."""

    @property
    def busy(self) -> bool:
        return self.expecting or self.running or self.compressing

    def note(self, envelope: events.Envelope) -> None:
        """Take in what `envelope` says."""
        match envelope.event:
            case events.SessionOpened() as opened:
                self._open(envelope.session_id, opened)
            case events.SessionClosed() as closed:
                self.closed = closed
            case events.SessionTitled(name=name):
                self.name = name
            case events.TaskStarted():
                self.running, self.expecting = True, False
            case events.TaskEnded(outcome=outcome):
                self.running = False
                # What waits begins at once, unless the task broke off.
                self.expecting = bool(self.waiting) and outcome in ("done", "cancelled")
            case events.ToolStarted() if not self.running:
                self.expecting = True  # a command of the person's own
            case events.ToolFinished(output=output):
                self.last_output = output
                if not self.running:
                    self.expecting = bool(self.waiting)
            case events.CompressionStarted(reason=reason):
                self.compressing = reason != "idle"
            case events.CompressionFinished():
                self.compressing = False
            case events.UsageRecorded() as usage:
                self.last_usage = usage
            case events.ContextGauged() as gauge:
                self.gauge = gauge
            case events.BackgroundTasksChanged(tasks=tasks):
                self.background = tasks
            case events.QueueChanged(waiting=waiting):
                self.waiting = waiting
            case events.TodosChanged(items=items):
                self.todos = items
            case events.ModelChanged(model=model, simulated=simulated):
                self.model, self.simulated = model, simulated
            case events.ModeChanged(mode=mode):
                self.mode = mode
            case events.WorkingDirChanged(path=path):
                self.working_dir = path
            case events.ReasoningLevelChanged(level=level):
                self.reasoning_level = level
            case _:
                pass

    def _open(self, session_id: str, opened: events.SessionOpened) -> None:
        for field in fields(self):
            setattr(self, field.name, field.default)
        self.expecting = False
        self.opened, self.session_id, self.name = opened, session_id, opened.name
        self.model, self.mode = opened.model, opened.mode
        self.working_dir, self.simulated = opened.working_dir, opened.simulated
