"""While a session runs, what it used goes to the person's own collector of metrics, if they named one.

A process of its own sends (`clacky_tui.usage.push`), so neither the agent nor a screen waits for it.
Nothing runs while nothing was used.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from clacky_tui import events
from clacky_tui.agent.session import Emit
from clacky_tui.domain.telemetry import METRICS_ENDPOINT, SETTING, MetricsTarget, metrics_target
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr

PATIENCE_SECONDS = 60.0
"""How long one sending may take; the collector itself is waited for much less."""
CLOSE_SECONDS = 1.0
"""How long an exit waits for the last sending, which then comes to its end by itself."""
_COMMAND = (sys.executable, "-P", "-m", "clacky_tui.usage.push")
"""-P: nothing is imported from the project's folder."""


class Telemetry:
    """Sends some time after something was used, at most once per interval, and at the end.

    Args:
        configured: the address the settings name now; empty leaves it to the environment.
        warn: tells the person, once, that a collector does not take what is sent.
        environ: variables, OpenTelemetry's among them.
    """

    def __init__(
        self,
        configured: Callable[[], str],
        warn: Callable[[str], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._configured = configured
        self._warn = warn
        self._environ = environ
        self._used = 0
        """Requests so far."""
        self._sent = 0
        """Of these, those in sums that arrived."""
        self._has_failed = False
        self._has_warned = False
        self._sending: asyncio.Task[None] | None = None

    def listening(self, deliver: Emit) -> Emit:
        """`deliver`, heard here too; on the running loop."""

        def hear_and_deliver(envelope: events.Envelope) -> None:
            deliver(envelope)
            if isinstance(envelope.event, events.UsageRecorded) and not envelope.event.simulated:
                self._used += 1
                if self._sending is None or self._sending.done():
                    self._sending = asyncio.create_task(self._send_in_time())

        return hear_and_deliver

    async def close(self) -> None:
        """Send what has not arrived yet, unless the collector is known not to answer."""
        self._has_warned = True  # nobody listens any more
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])
        target = self._target()
        if target is None or self._used == self._sent or self._has_failed:
            return
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            process = subprocess.Popen(  # noqa: ASYNC220  returns at once, and may outlive the loop
                _COMMAND,
                env=self._environment(target),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            await asyncio.to_thread(process.wait, CLOSE_SECONDS)

    async def _send_in_time(self) -> None:
        while self._sent < self._used and (target := self._target()) is not None:
            await asyncio.sleep(target.interval_seconds)
            used = self._used
            problem = await self._send(target)
            self._has_failed = bool(problem)
            if problem:
                self._tell(
                    tr(
                        "Usage does not arrive at the collector of {origin}: {problem}",
                        origin=target.origin,
                        problem=problem,
                    )
                )
                return
            self._sent = used

    async def _send(self, target: MetricsTarget) -> str:
        """What went wrong; empty when the sums have arrived."""
        try:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                env=self._environment(target),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            return tr("no process can be started ({reason}).", reason=error.strerror)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, said = await process.communicate()
        except TimeoutError:
            return tr("it took too long.")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if not process.returncode:
            return ""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else tr("its process ended with {code}.", code=process.returncode)

    def _target(self) -> MetricsTarget | None:
        try:
            target = metrics_target(self._configured(), self._environ)
        except ConfigError as error:
            self._tell(str(error))
            return None
        if target is not None and target.origin != SETTING and find_spec("opentelemetry") is None:
            return None  # the variables were meant for other programs
        return target

    def _environment(self, target: MetricsTarget) -> dict[str, str]:
        return {**self._environ, METRICS_ENDPOINT: target.endpoint}

    def _tell(self, text: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(text)
