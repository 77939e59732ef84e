"""The one way to a provider: a POST, its reply streamed or whole, over a lazily made client."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from clacky_tui import __version__
from clacky_tui.errors import ProviderError
from clacky_tui.i18n import tr
from clacky_tui.providers import failures
from clacky_tui.providers.base import Endpoint
from clacky_tui.providers.pulse import bytes_arrived
from clacky_tui.providers.sse import SseFrame, SseParser

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 300.0
"""Longest silence inside a reply; both figures from spec/agent-core.md 2.2."""
WHOLE_REPLY_TIMEOUT_SECONDS = 600.0
"""The same where the reply comes as a whole: nothing is heard until the last token is written. Ten
minutes is what the vendors' own clients wait for such a reply."""

READ_INTERVAL_SECONDS = 0.05
"""A long reply is read this often, then all that has come: the screen is not drawn more often, and
waking up for each of 120 tokens a second cost more processor than all that is done with them."""
_PROMPT_PIECES = 16
"""The first pieces of a reply are read as they come; a short one, such as a tool call, ends with them."""
_IN_HAND_SECONDS = 0.001
"""A piece that took longer than this had to come over the network, so nothing else is here."""
_FAST_BYTES_PER_SECOND = 400_000
"""About 3,000 tokens a second; with a pause in between, buffers would fill and hold the server up."""
_DRAIN_SECONDS = 0.5
_KEEP_ALIVE_SECONDS = 60.0
_MAX_ERROR_BODY_BYTES = 1 << 20
_MAX_REPLY_BYTES = 24 << 20
_LOOPBACK = re.compile(r"https?://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(/|$)", re.I)
_SENDABLE_KEY = re.compile(r"[\x21-\x7e]*")
_ERROR_NUMBER = re.compile(r"^\[Errno -?\d+\] ")
_CERTIFICATE_REFUSED = "CERTIFICATE_VERIFY_FAILED"

FrameT = TypeVar("FrameT")


class FrameParser(Protocol[FrameT]):
    """Bytes in as they arrive, the frames they complete out."""

    def feed(self, chunk: bytes) -> list[FrameT]: ...


class HttpTransport:
    """An HTTP client bound to one endpoint.

    httpx is imported and the certificates are read in a thread, when the first request is sent.
    Certificates are always verified; redirects are never followed, as they would carry the key away.

    Args:
        endpoint: where requests go.
        read_timeout_seconds: longest silence of the server before the request counts as cut; by
            default what suits the way `endpoint` replies.
    """

    def __init__(self, endpoint: Endpoint, *, read_timeout_seconds: float | None = None) -> None:
        self._endpoint = endpoint
        usual = READ_TIMEOUT_SECONDS if endpoint.streams else WHOLE_REPLY_TIMEOUT_SECONDS
        self._read_timeout_seconds = usual if read_timeout_seconds is None else read_timeout_seconds
        self._client: httpx.AsyncClient | None = None
        self._building = asyncio.Lock()

    def post_sse(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        is_last: Callable[[SseFrame], bool],
    ) -> AsyncGenerator[SseFrame, None]:
        """`post` for a reply of server-sent events."""
        return self.post(url, headers, body, SseParser(), is_last)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        parser: FrameParser[FrameT],
        is_last: Callable[[FrameT], bool],
    ) -> AsyncGenerator[FrameT, None]:
        """POST `body` and yield the frames of the reply, up to the first that `is_last`.

        Closing the generator, or cancelling the task that waits for it, closes the connection.
        What `parser` raises comes through as it is.

        Raises:
            ProviderError: no connection, a status other than 200, or a body that is no event stream.
        """
        async with self._replying(url, headers, body) as chunks:
            async for frame in self._frames(chunks, parser):
                yield frame
                if is_last(frame):
                    await _drain(chunks)
                    return

    async def post_whole(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """POST `body` and read the reply to its end.

        Raises:
            ProviderError: no connection, or a status other than 200.
        """
        async with self._replying(url, headers, body) as chunks:
            return await _read_limited(chunks, _MAX_REPLY_BYTES)

    @asynccontextmanager
    async def _replying(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The body of a reply with status 200, as it arrives."""
        client = await self._ready_client()
        import httpx

        try:
            async with client.stream("POST", url, content=body, headers=headers) as response:
                chunks = response.aiter_bytes()
                if response.status_code != 200:
                    raise failures.status_error(
                        self._endpoint,
                        response.status_code,
                        await _read_limited(chunks),
                        response.headers.get("retry-after"),
                        now=datetime.now(UTC),
                    )
                yield chunks
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise self._bad_url() from None
        except httpx.HTTPError as error:
            raise self._transport_error(error) from error

    async def aclose(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _frames(
        self, chunks: AsyncIterator[bytes], parser: FrameParser[FrameT]
    ) -> AsyncIterator[FrameT]:
        unknown_kind = True
        clock = asyncio.get_running_loop().time
        pieces, received = 0, 0
        began_at = asked_at = clock()
        async for chunk in chunks:
            came_at = clock()
            pieces, received = pieces + 1, received + len(chunk)
            bytes_arrived()
            if unknown_kind and (start := chunk.lstrip(b" \t\r\n\xef\xbb\xbf")):
                unknown_kind = False
                if start[:1] in b"<{":
                    body = chunk + await _read_limited(chunks)
                    raise failures.not_a_stream_error(self._endpoint, body)
            for frame in parser.feed(chunk):
                yield frame
            is_all_here = came_at - asked_at > _IN_HAND_SECONDS
            is_fast = received > _FAST_BYTES_PER_SECOND * (came_at - began_at)
            if pieces > _PROMPT_PIECES and is_all_here and not is_fast:
                await asyncio.sleep(came_at + READ_INTERVAL_SECONDS - clock())
            asked_at = clock()

    async def _ready_client(self) -> httpx.AsyncClient:
        async with self._building:
            if self._client is None:
                self._check_endpoint()
                self._client = await asyncio.to_thread(self._build_client)
            return self._client

    def _check_endpoint(self) -> None:
        aws = self._endpoint.aws
        keys = [self._endpoint.api_key]
        if aws is not None:
            keys += [aws.access_key_id, aws.secret_access_key, aws.session_token]
        if not all(_SENDABLE_KEY.fullmatch(key) for key in keys):
            raise failures.config_error(
                self._endpoint,
                tr("The API key holds a space or a character that no HTTP header can carry."),
                code="auth",
                hint=tr("Copy the key again into {KEY_SETTING}.", KEY_SETTING=failures.KEY_SETTING),
            )
        base_url = self._endpoint.base_url
        try:
            parts = urlsplit(base_url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            usable = usable and base_url.isprintable() and " " not in base_url
        except ValueError:
            usable = False
        if not usable:
            raise self._bad_url()

    def _build_client(self) -> httpx.AsyncClient:
        import ssl

        import httpx

        base_url = self._endpoint.base_url
        # Reading the certificate store takes a while and plain HTTP has no use for it; this context
        # trusts nobody, so it could not weaken a TLS connection either.
        plain = base_url.lower().startswith("http://")
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
        timeout = httpx.Timeout(self._read_timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS)
        try:
            return httpx.AsyncClient(
                verify=verify,
                timeout=timeout,
                limits=httpx.Limits(keepalive_expiry=_KEEP_ALIVE_SECONDS),
                headers={"user-agent": f"clacky-tui/{__version__}", "accept-encoding": "identity"},
                # A proxy from the environment cannot reach this machine's own loopback.
                trust_env=_LOOPBACK.match(base_url) is None,
            )
        except (ImportError, ValueError, OSError) as error:
            raise failures.config_error(
                self._endpoint,
                tr("The connection cannot be set up: {error}", error=error),
                code="network",
                hint=tr(
                    "Check the proxy and certificate variables of the environment "
                    "(HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE)."
                ),
            ) from error

    def _bad_url(self) -> ProviderError:
        return failures.config_error(
            self._endpoint,
            tr("base_url is not a usable address."),
            code="url",
            hint=tr(
                "Set {URL_SETTING} in full: https://host or https://host:port/path.",
                URL_SETTING=failures.URL_SETTING,
            ),
        )

    def _transport_error(self, error: httpx.HTTPError) -> ProviderError:
        import httpx

        endpoint = self._endpoint
        match error:
            case httpx.ConnectTimeout():
                cause = tr(
                    "no connection within {CONNECT_TIMEOUT_SECONDS:g} s",
                    CONNECT_TIMEOUT_SECONDS=CONNECT_TIMEOUT_SECONDS,
                )
            case httpx.ConnectError() if _CERTIFICATE_REFUSED in str(error):
                return failures.network_error(
                    endpoint,
                    tr("its TLS certificate is not trusted"),
                    hint=tr("If your network has its own authority, name it in SSL_CERT_FILE."),
                    retryable=False,
                )
            case httpx.ConnectError() | httpx.ProxyError() | httpx.PoolTimeout():
                cause = _ERROR_NUMBER.sub("", str(error)) or tr("no connection")
            case httpx.TimeoutException():
                return failures.cut_error(
                    endpoint,
                    tr(
                        "no byte for {read_timeout_seconds:g} s",
                        read_timeout_seconds=self._read_timeout_seconds,
                    ),
                )
            case _:
                return failures.cut_error(endpoint)
        hint = tr(
            "Check your network connection, and {URL_SETTING}.", URL_SETTING=failures.URL_SETTING
        )
        return failures.network_error(endpoint, cause, hint=hint, retryable=True)


async def _read_limited(
    chunks: AsyncIterator[bytes], limit_bytes: int = _MAX_ERROR_BODY_BYTES
) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        bytes_arrived()
        body += chunk
        if len(body) >= limit_bytes:
            break
    return bytes(body)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    # A reply read to its end leaves the connection fit for the next request, which saves a TLS
    # handshake; a server that keeps the stream open after its last frame must not delay the turn.
    import httpx

    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in chunks:
                pass
