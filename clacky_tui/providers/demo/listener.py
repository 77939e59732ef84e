"""The demo model's HTTP side: one thread per connection, replies paced like a real model's."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import socketserver
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.conversation import read_conversation
from clacky_tui.providers.demo.frames import Reply, reply_frames, whole_body
from clacky_tui.providers.demo.model import DemoModel, RecordedRequest
from clacky_tui.providers.demo.prefix_cache import BreakpointError
from clacky_tui.providers.demo.script import Step

_MAX_BODY_BYTES = 64 << 20
_WATCH_SECONDS = 0.02
"""How often a paused stream looks whether its client is still there."""

_WIRES: Mapping[str, WireFormat] = {
    "/v1/messages": "anthropic",
    "/v1/chat/completions": "openai_chat",
}
_SECRET_HEADERS = frozenset({"authorization", "x-api-key"})
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a reply is sent; zero for as fast as the socket takes it."""

    first_token_seconds: float
    seconds_per_token: float


class Listener(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1 until `close`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, model: DemoModel, pace: Pace) -> None:
        self.model = model
        self.pace = pace
        self.closing = threading.Event()
        self._open_sockets: set[socket.socket] = set()
        self._sockets_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._accept, name="demo-model", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        """Hang up on everybody and stop listening."""
        self.closing.set()
        # A connection wakes the accepting thread, which then sees that it is over: no polling.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.server_port), timeout=1).close()
        self._thread.join(timeout=1)
        with self._sockets_lock:
            for open_socket in self._open_sockets:
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def server_bind(self) -> None:
        # HTTPServer's own looks the host name up, which can take seconds without a name server.
        socketserver.TCPServer.server_bind(self)
        self.server_port = self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not worth a traceback on the person's screen."""

    def process_request(self, request: Any, client_address: Any) -> None:
        if self.closing.is_set():
            self.shutdown_request(request)
            return
        with self._sockets_lock:
            self._open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._sockets_lock:
            self._open_sockets.discard(request)
        super().shutdown_request(request)


class _ConnectionOverError(Exception):
    """The scripted end of the connection, a client that is gone, or a server that closes."""


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """The person's terminal is no log."""

    def do_POST(self) -> None:
        wire = _WIRES.get(self.path)
        length = self.headers.get("content-length") or ""
        if wire is None or not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            self._send_plain(404, '{"message": "no such path, or no usable body"}')
            return
        request = self._read_request(int(length))
        if not isinstance(request.body.get("messages"), list):
            self._send_plain(400, _error_body(wire, 400, "the body is no request of this API"))
            return
        conversation = read_conversation(wire, request.body)
        step = self.server.model.answer(request, conversation)
        if step.status != 200 or step.body is not None:
            body = _error_body(wire, step.status) if step.body is None else step.body
            self._send_plain(step.status, body, step.headers, step.content_type)
            return
        try:
            counted = self.server.model.count_input(wire, request.body)
        except BreakpointError as error:
            self._send_plain(400, _error_body(wire, 400, str(error)))
            return
        reply = Reply(
            turn=step.turn,
            input_tokens=counted,
            digest=conversation.digest,
            model=str(request.body.get("model")),
            finish=step.finish,
            usage=step.usage,
            error_event=step.error_event,
        )
        try:
            if request.body.get("stream") is True:
                self._stream(wire, reply, step, request)
            else:
                self._send_whole(wire, reply, step, request)
        except (OSError, _ConnectionOverError):
            self.close_connection = True

    def _read_request(self, length: int) -> RecordedRequest:
        raw = self.rfile.read(length)
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            body = {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        return RecordedRequest(
            path=self.path,
            client_port=self.client_address[1],
            headers={k: v for k, v in headers.items() if k not in _SECRET_HEADERS},
            key=headers.get("x-api-key") or bearer,
            body=body if isinstance(body, dict) else {},
            raw=raw,
        )

    def _send_plain(
        self,
        status: int,
        body: bytes | str,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self._send_head(status, {"content-type": content_type, **(headers or {})}, len(content))
        self.wfile.write(content)

    def _send_head(self, status: int, headers: Mapping[str, str], length: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(length))
        self.end_headers()

    def _stream(self, wire: WireFormat, reply: Reply, step: Step, request: RecordedRequest) -> None:
        self._send_head(200, {"content-type": "text/event-stream", **step.headers}, None)
        if step.start_gate is not None:
            self._wait_for(step.start_gate, request)
        pace = self.server.pace
        due = time.monotonic() + pace.first_token_seconds
        gate = threading.Event() if step.stall else step.gate
        bytes_left = step.cut_after_bytes
        for frame in reply_frames(wire, reply):
            if gate is not None and frame.stage == "end":
                self._wait_for(gate, request)
                gate = None
            if frame.tokens:
                due += frame.tokens * pace.seconds_per_token
                self._wait_until(due, request)
            if bytes_left is not None and len(frame.data) >= bytes_left:
                # Without the chunk that ends the body: the client sees a connection that broke.
                if bytes_left:
                    self._send_chunk(frame.data[:bytes_left], request)
                raise _ConnectionOverError
            bytes_left = None if bytes_left is None else bytes_left - len(frame.data)
            self._send_chunk(frame.data, request)
        if gate is not None:
            self._wait_for(gate, request)
        self._send_chunk(b"", request)

    def _send_whole(
        self, wire: WireFormat, reply: Reply, step: Step, request: RecordedRequest
    ) -> None:
        content = whole_body(wire, reply)
        self._send_head(200, {"content-type": "application/json", **step.headers}, len(content))
        gates = (step.start_gate, threading.Event() if step.stall else step.gate)
        for gate in gates:
            if gate is not None:
                self._wait_for(gate, request)
        pace = self.server.pace
        writing_seconds = reply.output_tokens * pace.seconds_per_token
        self._wait_until(time.monotonic() + pace.first_token_seconds + writing_seconds, request)
        if step.cut_after_bytes is not None and step.cut_after_bytes <= len(content):
            self.wfile.write(content[: step.cut_after_bytes])
            raise _ConnectionOverError
        try:
            self.wfile.write(content)
        except OSError:
            request.client_left.set()
            raise

    def _send_chunk(self, content: bytes, request: RecordedRequest) -> None:
        """One piece of a chunked body; an empty one ends it."""
        try:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
        except OSError:
            request.client_left.set()
            raise

    def _wait_for(self, event: threading.Event, request: RecordedRequest) -> None:
        while not event.wait(_WATCH_SECONDS):
            self._check_connection(request)

    def _wait_until(self, due: float, request: RecordedRequest) -> None:
        while (remaining := due - time.monotonic()) > 0:
            self.server.closing.wait(min(remaining, _WATCH_SECONDS))
            self._check_connection(request)

    def _check_connection(self, request: RecordedRequest) -> None:
        """Raises _ConnectionOverError when there is nobody left to talk to."""
        if self.server.closing.is_set():
            raise _ConnectionOverError
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return
        try:
            gone = self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            gone = True
        if gone:
            request.client_left.set()
            raise _ConnectionOverError


def _error_body(wire: WireFormat, status: int, message: str = "") -> str:
    kind = _ERROR_TYPES.get(status, "api_error")
    error = {"type": kind, "message": message or f"scripted status {status}"}
    return json.dumps(
        {"type": "error", "error": error} if wire == "anthropic" else {"error": error}
    )
