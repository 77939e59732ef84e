"""Which address a page may be fetched from, so that no page can aim the agent at a private one."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.errors import ToolError
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port in, IP addresses out; OSError when the name is unknown."""

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last four bytes are the IPv4 address that is really reached."""
_SPECIAL_V4 = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; Oracle's metadata
    ipaddress.IPv4Network("192.88.99.0/24"),  # retired 6to4 relays
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's wire server
)
_SPECIAL_V6 = (
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments; Teredo
    ipaddress.IPv6Network("3fff::/20"),  # documentation
)
"""What older Pythons' `is_global` lets through (IANA's special-purpose address registries)."""
_HOST = re.compile(r"[a-z0-9_.:-]+")
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*", re.I)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A usable http or https address. `host` is ASCII, in lower case, without brackets."""

    url: str
    scheme: str
    host: str
    port: int


def parse_address(url: str) -> WebAddress:
    """`url` checked and written as a request needs it: encoded, without its fragment.

    Raises:
        ToolError: not an address, not http or https, or one with a user name or password in it.
    """
    import httpx

    shown = one_line(url)[:200]
    if not url.strip():
        raise refused("The address is empty.", hint="Give a full address: https://host/path.")
    try:
        parsed = httpx.URL(url.strip()).copy_with(fragment=None)
        host = parsed.raw_host.decode("ascii").lower()
        usual_port = 80 if parsed.scheme == "http" else 443
        port = usual_port if parsed.port is None else parsed.port
    except (httpx.InvalidURL, ValueError):
        raise _bad_address(shown) from None
    if parsed.scheme not in ("http", "https"):
        raise refused(
            f"{shown} is not a web address: only http and https can be fetched.",
            hint="Write it in full (https://host/path); read local files with file_reader.",
            code="scheme",
        )
    if parsed.userinfo:
        raise refused(
            "An address with a user name or password in it is not fetched.",
            hint="Leave that part out; ask the person for a page that needs a login.",
            code="url",
        )
    if not (_HOST.fullmatch(host) and 0 < port < 65536 and _plainly_written(host)):
        raise _bad_address(shown)
    return WebAddress(str(parsed), parsed.scheme, host, port)


def is_public(address: str) -> bool:
    """True for an IP address of the public internet, also when it is wrapped in an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        special = any(ip in network for network in _SPECIAL_V6)
        return ip in _GLOBAL_UNICAST and ip.is_global and not special
    special = any(ip in network for network in _SPECIAL_V4)
    return ip.is_global and not ip.is_multicast and not special


async def resolve_host(host: str, port: int) -> list[str]:
    """Every IP address of `host`, in the system's order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def reachable_addresses(
    address: WebAddress, settings: WebSettings, resolve: Resolve
) -> list[str]:
    """The IP addresses to connect to, all of them checked.

    The connection has to go to one of these: a second look-up of the name could answer otherwise.

    Raises:
        ToolError: the name is unknown, or one of its addresses is not public and the person has
            not allowed the host.
    """
    host = address.host
    try:
        found = await resolve(host, address.port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise refused(
            f"The name {host} cannot be resolved.",
            hint="Check the spelling, find the page with web_search, or check the network.",
            code="dns",
        )
    if settings.allows(host, address.port) or all(map(is_public, found)):
        return found
    raise refused(
        f"{host} is an address of this computer or of a private network, which web_fetch does "
        "not open.",
        hint="Use terminal with curl for a server of your own, or ask the person to add "
        f"{host}:{address.port} to settings.web.allowed_hosts in config.yml.",
        code="private_address",
    )


def _plainly_written(host: str) -> bool:
    """False for an IP address in disguise: one number, octal or hexadecimal parts."""
    last_label = host.rstrip(".").rpartition(".")[2]
    if ":" not in host and not _NUMERIC_LABEL.fullmatch(last_label):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bad_address(shown: str) -> ToolError:
    return refused(
        f"{shown} is not a usable address.",
        hint="Give a full address with a plain host: https://host/path.",
        code="url",
    )
