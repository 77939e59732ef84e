"""One page over HTTP: every hop checked, every wait and size bounded."""

from __future__ import annotations

import asyncio
import errno
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clacky_tui import __version__
from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.errors import ToolError
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.web.addresses import (
    Resolve,
    WebAddress,
    parse_address,
    reachable_addresses,
    resolve_host,
)
from clacky_tui.tools.wording import one_line, size_words

if TYPE_CHECKING:
    import httpx

ERROR_PAGE_BYTES = 64 * 1024
"""How much of the page of an error status is read."""

_HEADERS = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    f"Chrome/130.0 Safari/537.36 clacky-tui/{__version__}",
    "accept": "text/html,application/xhtml+xml,text/markdown,text/plain;q=0.9,*/*;q=0.8",
    "accept-language": "en,zh;q=0.9,*;q=0.5",
    "accept-encoding": "gzip",
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_INFLATE_STEP_BYTES = 256 * 1024
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and hops a download may take (spec/tools-skills.md 4.5)."""

    connect_seconds: float = 10.0
    read_seconds: float = 15.0
    """Longest silence of the server."""
    total_seconds: float = 60.0
    size_bytes: int = 10 * 1024 * 1024
    """Counted after decompression too."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Download:
    """What arrived. `url` is where the redirects ended; `content_type` the whole header."""

    url: str
    status: int
    content_type: str
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Downloader:
    """Fetches pages for `web_fetch`; keeps nothing between two of them.

    Args:
        limits: how long and how much.
        resolve: looks names up.
    """

    def __init__(self, limits: Limits | None = None, resolve: Resolve = resolve_host) -> None:
        self._limits = limits or Limits()
        self._resolve = resolve

    async def get(
        self, url: str, settings: WebSettings, check_type: Callable[[str, int | None], None]
    ) -> Download:
        """The page at `url`, redirects followed; a bad status is a `Download` too.

        Args:
            url: http or https.
            settings: the private hosts that may be reached.
            check_type: given content type and announced size of a good reply, before its body is
                read; may raise `ToolError` to refuse it.

        Raises:
            ToolError: a bad address, a private one, too many redirects, no connection, too slow,
                too large.
        """
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                trust = await asyncio.to_thread(_trust)
                return await self._follow(url, settings, check_type, trust)
        except TimeoutError:
            raise refused(
                f"{one_line(url)[:200]} took longer than {self._limits.total_seconds:g} s "
                "and was stopped.",
                hint="Try again later, or use terminal with curl for a long download.",
                code="timeout",
            ) from None

    async def _follow(
        self,
        url: str,
        settings: WebSettings,
        check_type: Callable[[str, int | None], None],
        trust: ssl.SSLContext,
    ) -> Download:
        for _ in range(self._limits.redirects + 1):
            address = parse_address(url)
            async with self._reply(address, settings, trust) as response:
                target = response.headers.get("location")
                if response.status_code not in _REDIRECTS or target is None:
                    return await self._received(address, response, check_type)
                url = _joined(address, target)
        raise refused(
            f"More than {self._limits.redirects} redirects; the last one leads to "
            f"{one_line(url)[:200]}.",
            hint="Fetch that address, or find the page with web_search.",
            code="redirects",
        )

    async def _received(
        self,
        address: WebAddress,
        response: httpx.Response,
        check_type: Callable[[str, int | None], None],
    ) -> Download:
        content_type = response.headers.get("content-type", "")
        if 200 <= response.status_code < 300:
            announced = response.headers.get("content-length", "")
            size_bytes = int(announced) if announced.isascii() and announced.isdigit() else None
            check_type(content_type, size_bytes)
            if size_bytes is not None and size_bytes > self._limits.size_bytes:
                raise self._too_large(address)
            body = await _read(response, address, self._limits.size_bytes)
            if len(body) > self._limits.size_bytes:
                raise self._too_large(address)
        else:
            body = (await _read(response, address, ERROR_PAGE_BYTES))[:ERROR_PAGE_BYTES]
        return Download(address.url, response.status_code, content_type, body)

    @asynccontextmanager
    async def _reply(
        self, address: WebAddress, settings: WebSettings, trust: ssl.SSLContext
    ) -> AsyncIterator[httpx.Response]:
        import httpx

        reachable = await reachable_addresses(address, settings, self._resolve)
        limits = self._limits
        # A client per hop: cookies are kept by IP address here, and two sites may share one. A proxy
        # would look the name up once more, so none is used.
        async with httpx.AsyncClient(
            verify=trust,
            trust_env=False,
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
        ) as client:
            try:
                response = await _send(client, address, reachable)
                try:
                    yield response
                finally:
                    await response.aclose()
            except httpx.HTTPError as error:
                raise self._network_error(address, error) from error

    def _network_error(self, address: WebAddress, error: httpx.HTTPError) -> ToolError:
        import httpx

        host = address.host
        causes = list(_causes(error))
        numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
        if isinstance(error, httpx.ConnectTimeout):
            what = f"{host} did not accept a connection within {self._limits.connect_seconds:g} s."
            return refused(what, hint="Try again later or use another source.", code="timeout")
        if isinstance(error, httpx.TimeoutException):
            what = f"{host} sent nothing for {self._limits.read_seconds:g} s."
            return refused(what, hint="Try again later or use another source.", code="timeout")
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return refused(
                f"The TLS certificate of {host} is not trusted.",
                hint="Use another source; if the network has its own authority, the person can "
                "name it in SSL_CERT_FILE.",
                code="tls",
            )
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            what = f"No secure connection to {host} could be made."
            return refused(what, hint="Check whether the page is at http://.", code="tls")
        if errno.ECONNREFUSED in numbers:
            what = f"{host} refuses connections on port {address.port}."
            return refused(what, hint="Check the address and its port.", code="refused")
        if isinstance(error, httpx.ConnectError):
            what = f"There is no way to {host} on the network."
            return refused(what, hint="Check the network, or use another source.", code="network")
        what = f"The connection to {host} broke off, or what it sent is no HTTP."
        return refused(what, hint="Try again, or use another source.", code="network")

    def _too_large(self, address: WebAddress) -> ToolError:
        return refused(
            f"{address.url} is larger than {size_words(self._limits.size_bytes)}, "
            "the most web_fetch reads.",
            hint="Download it with terminal (curl -o file) and search it with grep.",
            code="too_large",
        )


async def _send(
    client: httpx.AsyncClient, address: WebAddress, reachable: list[str]
) -> httpx.Response:
    """The reply of the first address that takes the connection; name and certificate stay the host's."""
    import httpx

    url = httpx.URL(address.url)
    failure: httpx.TransportError | None = None
    for ip in reachable:
        request = client.build_request(
            "GET",
            url.copy_with(host=ip),
            headers={**_HEADERS, "host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": address.host},
        )
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = failure or error
    raise failure or httpx.ConnectError("no address")


async def _read(response: httpx.Response, address: WebAddress, limit_bytes: int) -> bytes:
    """The body, decompressed; reading stops just above `limit_bytes`.

    Decompressed here rather than by httpx, which makes all of a chunk at once, and of a compression
    inside a compression: a bomb could take all memory before its size is seen.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise refused(
            f"{address.host} sends its pages compressed as {one_line(encoding)[:40]}, which was "
            "not asked for.",
            hint="Use terminal with curl --compressed, or another source.",
        )
    unpack = _Gunzip() if encoding.endswith("gzip") else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        if unpack is None:
            body += chunk
        else:
            try:
                for piece in unpack.feed(chunk):
                    body += piece
                    if len(body) > limit_bytes:
                        break
                    await asyncio.sleep(0)
            except zlib.error:
                raise refused(
                    f"The compressed page of {address.host} is damaged.",
                    hint="Try again, or use another source.",
                ) from None
        if len(body) > limit_bytes:
            break
    return bytes(body)


class _Gunzip:
    """A gzip stream, of one member or several, unpacked in bounded steps."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            yield self._member.decompress(packed, _INFLATE_STEP_BYTES)
            packed = self._member.unused_data or self._member.unconsumed_tail


def _trust() -> ssl.SSLContext:
    """The authorities that are trusted; reading them takes a while, so call it in a thread."""
    import httpx

    return httpx.create_ssl_context()


def _joined(address: WebAddress, target: str) -> str:
    import httpx

    try:
        return str(httpx.URL(address.url).join(target))
    except (httpx.InvalidURL, ValueError):
        raise refused(
            f"{address.url} redirects to {one_line(target)[:200]}, which is not a usable address.",
            hint="Find the page with web_search.",
            code="url",
        ) from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
