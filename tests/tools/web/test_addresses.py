"""Which addresses may be fetched, and in which disguises private ones come."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.errors import ToolError
from clacky_tui.tools.web.addresses import (
    is_public,
    parse_address,
    reachable_addresses,
    resolve_host,
)

PRIVATE_NETWORKS = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
        *("::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]
PRIVATE_ADDRESSES = st.sampled_from(PRIVATE_NETWORKS).flatmap(
    lambda network: st.ip_addresses(network=network)
)
PRIVATE_V4_ADDRESSES = PRIVATE_ADDRESSES.filter(lambda ip: ip.version == 4)


@given(PRIVATE_ADDRESSES)
def test_no_address_of_a_private_network_is_public(ip: object) -> None:
    assert not is_public(str(ip))


@given(PRIVATE_V4_ADDRESSES)
def test_no_private_ipv4_address_is_public_inside_an_ipv6_one(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    for wrapped in (
        (0xFFFF << 32) | number,
        number,
        (0x0064_FF9B << 96) | number,
        (0x2002 << 112) | (number << 80) | 1,
        (0x2001_0000 << 96) | (number ^ 0xFFFF_FFFF),
    ):
        assert not is_public(str(ipaddress.IPv6Address(wrapped)))


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("::", "::ffff:127.0.0.1", "fe80::1%eth0", "not an address", "", "2001:db8::1"),
    ],
)
def test_metadata_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "0"),
        *("127.0.0.01", "1.2.3.4.5", "256.1.1.1", "127.0.0.1.", "x.0x7f", "１２７.1"),
    ],
)
def test_disguised_numbers_are_no_hosts(host: str) -> None:
    with pytest.raises(ToolError) as caught:
        parse_address(f"http://{host}/")
    assert caught.value.code == "url"
    assert "plain host" in caught.value.message


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{:d}", "{:#x}", "0{:o}"]))
def test_a_number_alone_is_never_a_host(number: int, form: str) -> None:
    with pytest.raises(ToolError):
        parse_address(f"http://{form.format(number)}/")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "tool"),
        ("   ", "tool"),
        ("example.com/x", "scheme"),
        ("ftp://example.com", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://", "url"),
        ("http:///path", "url"),
        ("http://[::1", "url"),
        ("http://exa mple.com", "url"),
        ("http://example.com:99999/", "url"),
        ("http://example.com:0/", "url"),
        ("http://exam\nple.com/", "url"),
        ("https://user:secret@example.com/", "url"),
        ("http://" + "a" * 70_000, "url"),
    ],
)
def test_unusable_addresses_say_why(url: str, code: str) -> None:
    with pytest.raises(ToolError) as caught:
        parse_address(url)
    assert caught.value.code == code
    assert "secret" not in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


def test_an_address_is_encoded_and_loses_its_fragment() -> None:
    address = parse_address("  HTTPS://Bücher.Example/a b?q=ü#part ")
    assert address.host == "xn--bcher-kva.example"
    assert address.port == 443
    assert address.url == "https://xn--bcher-kva.example/a%20b?q=%C3%BC"
    assert parse_address("http://[2606:4700::1]:81/").host == "2606:4700::1"


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "https://example.com/"]))
def test_any_text_is_an_address_or_refused(text: str, start: str) -> None:
    try:
        address = parse_address(start + text)
    except ToolError as error:
        assert error.message
    else:
        assert address.scheme in ("http", "https")
        assert address.host.isascii()
        assert "#" not in address.url
        assert parse_address(address.url) == address


async def reachable(
    found: list[str], *allowed: str, url: str = "http://page.example/"
) -> list[str]:
    async def resolve(host: str, port: int) -> list[str]:
        return found

    return await reachable_addresses(
        parse_address(url), WebSettings(allowed_hosts=allowed), resolve
    )


async def test_one_private_answer_among_public_ones_refuses_the_host() -> None:
    assert await reachable(["93.184.216.34"]) == ["93.184.216.34"]
    with pytest.raises(ToolError) as caught:
        await reachable(["93.184.216.34", "10.0.0.1"])
    assert caught.value.code == "private_address"
    assert "page.example:80 to settings.web.allowed_hosts" in caught.value.message


async def test_an_allowed_host_may_be_private_on_its_port_only() -> None:
    assert await reachable(["10.0.0.1"], "page.example") == ["10.0.0.1"]
    assert await reachable(["10.0.0.1"], "page.example:80") == ["10.0.0.1"]
    for entry in ("page.example:81", "other.example", "example"):
        with pytest.raises(ToolError):
            await reachable(["10.0.0.1"], entry)
    assert await reachable(["fd00::1"], "[fd00::1]:8080", url="http://[fd00::1]:8080/")


async def test_a_name_nobody_knows_is_told_apart() -> None:
    with pytest.raises(ToolError) as caught:
        await reachable([])
    assert caught.value.code == "dns"


async def test_the_system_resolver_knows_loopback() -> None:
    assert await resolve_host("127.0.0.1", 80) == ["127.0.0.1"]
    assert not any(map(is_public, await resolve_host("localhost", 80)))
