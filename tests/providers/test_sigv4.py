"""Signatures that Amazon has published: vectors of the aws-sig-v4-test-suite, by their names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from clacky_tui.providers.base import AwsCredentials
from clacky_tui.providers.sigv4 import credentials_from, signed_headers

SUITE = AwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeo"
    "IYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5V"
    "SXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yj"
    "c8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def sign(
    method: str,
    path: str = "/",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    credentials: AwsCredentials = SUITE,
    at: datetime = AT,
    url: str = "https://example.amazonaws.com",
) -> dict[str, str]:
    return signed_headers(
        method,
        url + path,
        headers or {},
        body,
        credentials,
        region="us-east-1",
        service="service",
        at=at,
    )


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "signature"),
    [
        pytest.param(
            "GET",
            "/",
            {},
            b"",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            id="get-vanilla",
        ),
        pytest.param(
            "POST",
            "/",
            {},
            b"",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            id="post-vanilla",
        ),
        pytest.param(
            "GET",
            f"/{UNRESERVED}",
            {},
            b"",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
            id="get-unreserved",
        ),
        pytest.param(
            "GET",
            "/\u1234",
            {},
            b"",
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
            id="get-utf8",
        ),
        pytest.param(
            "POST",
            "/",
            {"my-header1": "VALUE1"},
            b"",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            id="post-header-value-case",
        ),
        pytest.param(
            "GET",
            "/",
            {"my-header1": " value1", "my-header2": ' "a   b   c"'},
            b"",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            id="get-header-value-trim",
        ),
        pytest.param(
            "POST",
            "/",
            FORM,
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            id="post-x-www-form-urlencoded",
        ),
    ],
)
def test_published_vectors(
    method: str, path: str, headers: dict[str, str], body: bytes, signature: str
) -> None:
    names = ";".join(sorted([*headers, "host", "x-amz-date"]))
    assert sign(method, path, headers, body)["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )


def test_a_session_token_is_sent_and_signed() -> None:
    """The vector post-sts-header-before."""
    credentials = AwsCredentials(SUITE.access_key_id, SUITE.secret_access_key, SUITE_TOKEN)
    headers = sign("POST", credentials=credentials)
    assert headers["x-amz-security-token"] == SUITE_TOKEN
    assert headers["authorization"].endswith(
        "SignedHeaders=host;x-amz-date;x-amz-security-token, "
        "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    )


def test_the_time_is_told_in_utc_whatever_zone_it_comes_in() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    assert sign("GET", at=elsewhere) == sign("GET")


def test_an_encoded_path_is_encoded_once_more() -> None:
    assert (
        sign("POST", "/model/a%3A0")["authorization"] != sign("POST", "/model/a:0")["authorization"]
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example", "a.example"),
        ("https://a.example:443", "a.example"),
        ("https://a.example:8443", "a.example:8443"),
        ("http://a.example:443", "a.example:443"),
        ("http://[::1]:80", "[::1]"),
    ],
)
def test_the_signed_host_is_the_one_that_is_sent(url: str, host: str) -> None:
    assert sign("POST", url=url)["host"] == host


def test_credentials_come_from_the_environment_as_aws_tools_read_it() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret-key"}
    assert credentials_from({}) is credentials_from({"AWS_ACCESS_KEY_ID": "AKID"}) is None
    assert credentials_from(environ) == AwsCredentials("AKID", "secret-key")
    found = credentials_from({**environ, "AWS_SESSION_TOKEN": "token"})
    assert found == AwsCredentials("AKID", "secret-key", "token")
    assert "secret-key" not in repr(found)
