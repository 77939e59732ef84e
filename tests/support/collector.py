"""An OpenTelemetry collector's OTLP/HTTP receiver on loopback, as far as metrics go."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Collector:
    """Decodes what arrives with the protocol's own messages. A context manager.

    Attributes:
        url: where it listens, without a path.
        paths: of the requests, in their order.
        headers: theirs, by names in small letters.
        status: what it answers with.
        held: True lets nothing be answered before `release`.
    """

    def __init__(self, status: int = 200, *, held: bool = False) -> None:
        self.status = status
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._free = threading.Event()
        if not held:
            self._free.set()
        self.requests: list[Any] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
                    ExportMetricsServiceRequest,
                )

                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.headers["content-type"] == "application/x-protobuf"
                collector._free.wait()
                collector.paths.append(self.path)
                collector.headers.append({k.lower(): v for k, v in self.headers.items()})
                collector.requests.append(ExportMetricsServiceRequest.FromString(body))
                self.send_response(collector.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def release(self) -> None:
        """Answer what waits, and everything from now on."""
        self._free.set()

    def points(self, metric: str) -> Iterator[tuple[dict[str, str], Any]]:
        """The points of `metric` in the last request, with their attributes."""
        for resource in self.requests[-1].resource_metrics:
            for scope in resource.scope_metrics:
                for each in scope.metrics:
                    if each.name == metric:
                        data = getattr(each, each.WhichOneof("data"))
                        for point in data.data_points:
                            yield _texts(point.attributes), point

    @property
    def resource(self) -> dict[str, str]:
        return _texts(self.requests[-1].resource_metrics[0].resource.attributes)


def _texts(attributes: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in attributes}
