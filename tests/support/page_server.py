"""A server on loopback that answers with whatever bytes a test wants, and what to answer."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


class PageServer:
    """Answers each path with its bytes, or lets a function write; `requests` are the raw heads."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.scheme = "http"
        self.pages: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[PageServer]:
        server = await asyncio.start_server(self._serve, self.host, 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        self.scheme = "https" if tls else "http"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(head)
            length = header(head, "content-length")
            self.bodies.append(await reader.readexactly(int(length)) if length else b"")
            path = head.split(" ")[1].partition("?")[0]
            answer = self.pages.get(path, reply(b"missing", status="404 Not Found"))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


def header(head: str, name: str) -> str:
    """A header's value in a raw head; empty when it is missing."""
    for line in head.split("\r\n"):
        if line.lower().startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    return ""


def reply(
    body: bytes = b"",
    content_type: str = "text/html",
    *,
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """One whole HTTP response."""
    fields = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    return reply(status=status, headers={"location": target})


def gzipped(body: bytes, content_type: str = "text/plain") -> bytes:
    return reply(gzip.compress(body), content_type, headers={"content-encoding": "gzip"})


def json_reply(value: Any, status: str = "200 OK") -> bytes:
    return reply(json.dumps(value).encode(), "application/json", status=status)


def make_certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A fresh certificate for `names`, signed by itself, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    alternatives = ",".join(f"IP:{name}" if name[0].isdigit() else f"DNS:{name}" for name in names)
    options = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subprocess.run(
        [
            *("openssl", "req", "-x509", *options.split(), "-subj", f"/CN={names[0]}"),
            *("-addext", f"subjectAltName={alternatives}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return certificate, key


def server_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    return tls
