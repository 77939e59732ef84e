"""What drawing costs: a 4,000-token answer, keys, an idle minute, a slow line; the layer beside Textual.

    python tests/benchmarks/output.py [stream] [keys] [idle] [slow]

Goals stand beside the figures. Absolute times belong to the machine; bytes and ratios travel.
"""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from answer import ANSWER, BYTES_PER_TOKEN, PIECES_PER_SECOND  # noqa: E402
from model_server import model_env  # noqa: E402
from probe import Probe, percentile, table  # noqa: E402
from run import CLACKY, COMPOSER, END, empty_home  # noqa: E402

from clacky_tui.providers.demo.script import Step  # noqa: E402

LONG_ANSWER = ANSWER * 2
TOKENS = len(LONG_ANSWER) // BYTES_PER_TOKEN
LONGEST_SECONDS = 120.0
KEY_PAUSE_SECONDS = 0.2
KEYS = 40
IDLE_SECONDS = 60
SLOW_BYTES_PER_SECOND = 4096
LOCAL: dict[str, str] = {}
SSH = {"SSH_CONNECTION": "127.0.0.1 1 127.0.0.1 22"}
PLAIN = {"CLACKY_OUTPUT": "plain"}


@dataclass
class SlowProbe(Probe):
    """A terminal behind a line that carries so many bytes a second."""

    def read(self, timeout_seconds: float) -> bytes:
        end = time.monotonic() + max(timeout_seconds, 0.001)
        while time.monotonic() < end and not self._allowed():
            time.sleep(0.002)
        count = self._allowed()
        ready, _, _ = select.select([self.fd], [], [], max(0.0, end - time.monotonic()))
        if not count or not ready:
            self._begin = self._begin if ready else time.monotonic()
            self._taken = self._taken if ready else 0
            return b""
        piece = self.take(count)
        self._taken += len(piece)
        return piece

    def __post_init__(self) -> None:
        super().__post_init__()
        self._begin, self._taken = time.monotonic(), 0

    def _allowed(self) -> int:
        """Bytes that could have come since the line was last empty, without those taken."""
        allowed = int((time.monotonic() - self._begin) * SLOW_BYTES_PER_SECOND)
        return max(0, min(allowed - self._taken, SLOW_BYTES_PER_SECOND // 50))


@contextmanager
def streaming(profile: dict[str, str], kind: type[Probe] = Probe) -> Iterator[Probe]:
    """Clacky at rest, connected to a server that will say the long answer."""
    steps = [Step(text=LONG_ANSWER)]
    with model_env(steps, tokens_per_second=PIECES_PER_SECOND) as model, empty_home() as env:  # noqa: SIM117
        with kind(CLACKY, env | profile | model) as probe:
            probe.wait_for(COMPOSER)
            probe.wait_for(model["CLACKY_MODEL"].encode())  # the agent is up as well
            probe.settle(1.0)
            yield probe


def typed_until(probe: Probe, end: bytes) -> list[float]:
    """Milliseconds from each key to its letter, until `end` has come."""
    echoes: list[float] = []
    deadline = time.monotonic() + LONGEST_SECONDS
    while end not in probe.output and time.monotonic() < deadline:
        pause = time.monotonic() + KEY_PAUSE_SECONDS
        while time.monotonic() < pause:
            probe.read(pause - time.monotonic())
        if len(echoes) % 24 == 23:
            probe.clear_line()
            probe.read(0.1)
        echoes.append(probe.echo() * 1000)
    return echoes


def answer(profile: dict[str, str], *, typing: bool, kind: type[Probe] = Probe) -> list[str]:
    """The figures of one streamed answer."""
    with streaming(profile, kind) as probe:
        sent, seconds = len(probe.output), probe.processor_seconds
        probe.press(b"go\r")
        if typing:
            echoes = typed_until(probe, END)
        else:
            echoes = []
            probe.wait_for(END, LONGEST_SECONDS)
        probe.settle(0.5, 5)
        bytes_per_token = (len(probe.output) - sent) / TOKENS
        figures = [f"{probe.processor_seconds - seconds:.2f}", f"{bytes_per_token:.1f}"]
    shares = (
        [f"{percentile(echoes, share):.1f}" for share in (0.5, 0.95, 1)] if echoes else [""] * 3
    )
    return [*figures, *shares, str(len(echoes))]


HEADING = ("", "processor s", "bytes/token", "echo p50 ms", "p95", "max", "keys")


def stream() -> str:
    rows = [
        ["Textual's own output, typing", *answer(PLAIN, typing=True)],
        ["layer, local, typing", *answer(LOCAL, typing=True)],
        ["layer, local", *answer(LOCAL, typing=False)],
        ["layer, SSH, typing", *answer(SSH, typing=True)],
        ["layer, SSH", *answer(SSH, typing=False)],
        ["goal local / SSH", "<= 2", "<= 20 / 12", "", "<= 5", "<= 20", ""],
    ]
    return table(f"{TOKENS} tokens at {PIECES_PER_SECOND} pieces a second", HEADING, rows)


def slow() -> str:
    rows = [
        ["Textual's own output", *answer(PLAIN | SSH, typing=True, kind=SlowProbe)],
        ["layer, SSH", *answer(SSH, typing=True, kind=SlowProbe)],
        ["layer, local", *answer(LOCAL, typing=True, kind=SlowProbe)],
        ["goal", "", "", "", "<= 150", "<= 150", ""],
    ]
    return table(f"The same on a line of {SLOW_BYTES_PER_SECOND} bytes a second", HEADING, rows)


def keys() -> str:
    """Bytes of single keystrokes while nothing else happens."""
    rows = []
    for label, profile in (("Textual's own output", PLAIN), ("layer", LOCAL)):
        with empty_home() as env, Probe(CLACKY, env | profile) as probe:
            probe.wait_for(COMPOSER)
            probe.settle(1.0)
            probe.echo()
            probe.settle(0.2)
            sent, echoes = [], []
            for _ in range(KEYS):
                before = len(probe.output)
                echoes.append(probe.echo() * 1000)
                probe.settle(0.05, 1)
                sent.append(len(probe.output) - before)
            mean = f"{sum(sent) / KEYS:.1f}"
            rows.append([label, mean, f"{max(sent)}", f"{percentile(echoes, 0.95):.1f}"])
    rows.append(["goal", "<= 30", "", ""])
    return table("A key at rest", ("", "bytes, mean", "bytes, max", "echo p95 ms"), rows)


def idle() -> str:
    """Bytes and processor of a minute in which nothing happens."""
    rows = []
    for label, profile in (("Textual's own output", PLAIN), ("layer", LOCAL)):
        with empty_home() as env, Probe(CLACKY, env | profile) as probe:
            probe.wait_for(COMPOSER)
            probe.settle(2.0)
            sent, seconds = len(probe.output), probe.processor_seconds
            end = time.monotonic() + IDLE_SECONDS
            while time.monotonic() < end:
                probe.read(end - time.monotonic())
            share = (probe.processor_seconds - seconds) / IDLE_SECONDS
            rows.append([label, f"{len(probe.output) - sent}", f"{share:.2%}"])
    rows.append(["goal", "0", "<= 0.5 %"])
    return table(f"{IDLE_SECONDS} idle seconds", ("", "bytes", "processor"), rows)


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["keys", "stream", "slow", "idle"]
    for benchmark in (keys, stream, slow, idle):
        if benchmark.__name__ in chosen:
            print(benchmark(), flush=True)
