"""What a bad response means, in words a person can act on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scripted_server import KEY, endpoint

from clacky_tui.errors import ProviderError
from clacky_tui.providers.failures import (
    WEB_PAGE_TEXT,
    body_message,
    parse_retry_after,
    status_error,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HERE = endpoint("anthropic", "https://user:pw@api.example.com:8443/v1?k=1", "gpt-nope")


def failure(status: int, body: object = "", retry_after: str | None = None) -> ProviderError:
    raw = body if isinstance(body, str) else json.dumps(body)
    return status_error(HERE, status, raw.encode(), retry_after, now=NOW)


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable", "hint"),
    [
        (400, {"error": {"message": "prompt is too long"}}, "bad_request", False, ""),
        (400, {"message": "ThrottlingException: slow down"}, "throttled", True, "busy"),
        (400, {"message": "model temporarily Unavailable"}, "throttled", True, "busy"),
        (400, {"message": "Quota exceeded"}, "throttled", True, "credit"),
        (400, {"error": {"message": "Your credit balance is too low"}}, "credit", False, "credit"),
        (401, {"error": {"message": "invalid x-api-key"}}, "auth", False, "key was refused"),
        (402, {"error": {"message": "Insufficient credits"}}, "credit", False, "out of credit"),
        (403, {"error": {"message": "not allowed"}}, "forbidden", False, "model name"),
        (404, {"error": {"message": "The model does not exist"}}, "model", False, "gpt-nope"),
        (404, "page not found", "url", False, "base_url"),
        (302, "", "url", False, "redirect"),
        (418, "", "http", False, ""),
        (408, "", "timeout", True, "busy"),
        (429, {"error": {"message": "slow down"}}, "rate_limit", True, "busy"),
        (500, "", "server", True, "busy"),
        (503, "<html>bad gateway</html>", "server", True, "busy"),
        (529, {"error": {"message": "Overloaded"}}, "overloaded", True, "busy"),
    ],
)
def test_each_status_says_what_to_do(
    status: int, body: object, code: str, retryable: bool, hint: str
) -> None:
    error = failure(status, body)
    assert (error.status, error.code, error.retryable) == (status, code, retryable)
    assert hint in error.hint
    assert error.message.startswith(f"api.example.com:8443 answered {status}: ")


def test_message_is_looked_for_in_the_order_of_the_spec() -> None:
    full = {"upstreamMessage": "up", "error": {"message": "nested"}, "message": "flat"}
    assert body_message(json.dumps(full).encode()) == "up"
    assert body_message(json.dumps({**full, "upstreamMessage": ""}).encode()) == "nested"
    assert body_message(b'{"message": "flat", "error": "word"}') == "flat"
    assert body_message(b'{"error": "word"}') == "word"
    assert body_message(b"plain words") == "plain words"
    assert body_message(b'["a list"]') == '["a list"]'
    assert body_message(b" <!DOCTYPE HTML><p>hi") == WEB_PAGE_TEXT
    unknown = json.dumps({"detail": "x" * 500})
    assert body_message(unknown.encode()) == unknown[:201]


def test_control_characters_of_a_body_do_not_reach_the_message() -> None:
    assert body_message(b'{"message": "a\\u001b[2Jb\\nc"}') == "a [2Jb c"


def test_the_key_and_the_password_of_the_url_are_never_repeated() -> None:
    error = failure(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}})
    assert KEY not in str(error)
    assert "[key]" in error.message
    assert "pw" not in str(error)


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert failure(429, "", "7.5").retry_after_seconds == 7.5
    assert failure(503, "", "Sun, 01 Mar 2026 12:01:30 GMT").retry_after_seconds == 90
    assert failure(503, "", "Sun, 01 Mar 2026 11:00:00 GMT").retry_after_seconds == 0
    assert failure(503, "", "soon").retry_after_seconds is None
    assert failure(503, "", "inf").retry_after_seconds is None
    assert failure(401, "", "9").retry_after_seconds is None


@given(st.text())
def test_any_retry_after_header_is_survived(header: str) -> None:
    seconds = parse_retry_after(header, now=NOW)
    assert seconds is None or seconds >= 0


@given(st.binary())
def test_any_body_gives_a_message_of_one_line(body: bytes) -> None:
    assert "\n" not in body_message(body)
