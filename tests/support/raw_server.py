"""A server that sends whatever bytes a test wants, and a worker aimed at any address."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clacky_tui import commands
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.frames import Reply, reply_frames
from clacky_tui.providers.demo.prefix_cache import InputTokens
from clacky_tui.providers.demo.script import Turn
from clacky_tui.providers.demo.server import DemoServer
from support.worker import KEY, MODEL, Harness

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
_WAIT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer: these bytes, then the end of the connection; with `hold` it stays open, silent."""

    content: bytes
    hold: bool = False


class RawServer:
    """Answers one connection after the other on a free port of 127.0.0.1, the last answer forever."""

    def __init__(self, answers: Sequence[Raw], tls: ssl.SSLContext | None = None) -> None:
        self._answers = list(answers)
        self._tls = tls
        self.connections = 0
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._socket.getsockname(), timeout=1).close()
        self._thread.join(_WAIT_SECONDS)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._over.is_set():
                connection.close()
                return
            answer = self._answers[min(self.connections, len(self._answers) - 1)]
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection, answer), daemon=True).start()

    def _answer(self, connection: socket.socket, answer: Raw) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if self._tls is not None:
                connection = stack.enter_context(
                    self._tls.wrap_socket(connection, server_side=True)
                )
            _read_request(connection)
            connection.sendall(answer.content)
            if answer.hold:
                self._over.wait(_WAIT_SECONDS)


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (piece := connection.recv(65536)):
            return
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece


def untrusted_tls(folder: Path) -> ssl.SSLContext:
    """What a server on 127.0.0.1 encrypts with, by a fresh certificate that it signed itself."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    kind = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    command = ["openssl", "req", "-x509", *kind.split()]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    return tls


def frames(wire: WireFormat, turn: Turn, **rest: Any) -> list[bytes]:
    """The frames of a good reply with 1,000 tokens of input."""
    reply = Reply(turn, InputTokens(1000), digest="d1", model=MODEL, **rest)
    return [frame.data for frame in reply_frames(wire, reply)]


def good(wire: WireFormat, text: str) -> Raw:
    """A whole reply."""
    return Raw(HEAD + b"".join(frames(wire, Turn(text))))


@asynccontextmanager
async def worker_at(
    url: str, folder: Path, wire: WireFormat = "anthropic", **options: Any
) -> AsyncIterator[Harness]:
    """A worker whose model is served at `url`; `options` go to the worker or its model entry."""
    entry = ModelEntry(
        model=options.pop("model", MODEL),
        api_key=options.pop("key", KEY),
        base_url=url if wire == "anthropic" else f"{url}/v1",
        anthropic_format=wire == "anthropic",
        fallback_model=options.pop("fallback_model", ""),
        fallback_base_url=options.pop("fallback_base_url", ""),
    )
    harness = Harness(DemoServer([]))
    harness.worker = AgentWorker(
        options.pop("settings", Settings()),
        harness.deliver,
        working_dir=folder,
        mode=PermissionMode.AUTO_APPROVE,
        entry=entry,
        **options,
    )
    serving = asyncio.create_task(harness.worker.run())
    try:
        yield harness
    finally:
        harness.send(commands.Shutdown())
        await serving
