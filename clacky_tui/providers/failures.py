"""What went wrong on the way to a provider, as a `ProviderError` that says what to do next.

Status mapping and the order in which a message is looked for: spec/agent-core.md 2.11.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from clacky_tui.errors import ProviderError
from clacky_tui.i18n import phrase, tr, tr_noop
from clacky_tui.providers.base import Endpoint

KEY_SETTING = phrase("api_key in config.yml or CLACKY_API_KEY")
URL_SETTING = phrase("base_url in config.yml or CLACKY_BASE_URL")
_MODEL_SETTING = phrase("model in config.yml or CLACKY_MODEL")

WEB_PAGE_TEXT = phrase("a web page came back instead of an API reply")
_MAX_MESSAGE_CHARACTERS = 2000
_SHORTEST_SECRET = 8
"""Below this a key is a placeholder such as ``demo``, and blanking it would garble messages."""

_HTML_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_PASSING_400 = re.compile(r"throttlingexception|throttl|unavailable|quota", re.IGNORECASE)
_NO_CREDIT = re.compile(r"quota|credit balance|insufficient.{0,10}(balance|credit|fund)", re.I)
_ABOUT_MODEL = re.compile(r"\bmodel", re.IGNORECASE)


def host_label(endpoint: Endpoint) -> str:
    """Host and port of `endpoint`, without anything that could be a secret."""
    authority = endpoint.base_url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
    return authority.rsplit("@", 1)[-1] or tr("the provider")


def looks_like_html(body: bytes) -> bool:
    """True when `body` starts as a web page does."""
    return _HTML_START.match(body) is not None


def body_message(body: bytes) -> str:
    """What an error body says, on one line; empty when it says nothing."""
    if looks_like_html(body):
        return WEB_PAGE_TEXT
    raw = body.decode("utf-8", "replace")
    try:
        value: Any = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    return _one_line(_json_message(value) or (raw[:201] if isinstance(value, dict) else raw))


def status_error(
    endpoint: Endpoint, status: int, body: bytes, retry_after: str | None, *, now: datetime
) -> ProviderError:
    """The error for a response with a `status` other than 200.

    Args:
        body: the whole response body.
        retry_after: the ``Retry-After`` header, or None.
        now: timezone-aware; a date in `retry_after` is counted from it.
    """
    said = body_message(_without_secrets(body, endpoint))
    code, hint, retryable = _meaning(status, said, endpoint)
    return _failure(
        endpoint,
        tr(
            "{host} answered {status}: {said}",
            host=host_label(endpoint),
            status=status,
            said=said or tr("no details"),
        ),
        code=code,
        hint=hint,
        status=status,
        retryable=retryable,
        retry_after_seconds=parse_retry_after(retry_after, now=now) if retryable else None,
    )


def not_a_stream_error(endpoint: Endpoint, body: bytes) -> ProviderError:
    """The error for a status of 200 whose body is no event stream: a web page, or plain JSON."""
    return _bad_reply(endpoint, tr_noop("{host} did not stream its reply: {said}"), body)


def no_reply_error(endpoint: Endpoint, body: bytes) -> ProviderError:
    """The error for a status of 200 whose whole body is no reply: a web page, or any other JSON."""
    return _bad_reply(endpoint, tr_noop("{host} sent something else than a reply: {said}"), body)


def stream_error(
    endpoint: Endpoint, said: str, *, code: str = "server", retryable: bool = True
) -> ProviderError:
    """The error for an error event in the middle of a stream; mostly sending again may help.

    It has no status: the response began with 200, and what was generated may well be billed.
    """
    message = tr(
        "{host} broke off its reply: {said}",
        host=host_label(endpoint),
        said=_one_line(said) or tr("no details"),
    )
    hint = _NO_CREDIT_HINT if code == "credit" else _BUSY_HINT if retryable else ""
    return _failure(endpoint, message, code=code, hint=hint, retryable=retryable)


def cut_error(endpoint: Endpoint, cause: str = "") -> ProviderError:
    """The error for a request that was sent and whose reply never became complete."""
    message = tr(
        "The reply from {host} was cut off before it was complete", host=host_label(endpoint)
    )
    return _failure(
        endpoint,
        f"{message}{f' ({cause})' if cause else ''}.",
        code="cut",
        hint=tr("It is worth another try."),
        retryable=True,
    )


def network_error(endpoint: Endpoint, cause: str, *, hint: str, retryable: bool) -> ProviderError:
    """The error for a connection that was never made, so nothing was sent; `cause` is a phrase."""
    message = tr(
        "Cannot talk to {host}: {cause}.", host=host_label(endpoint), cause=_one_line(cause)
    )
    return _failure(endpoint, message, code="network", hint=hint, retryable=retryable)


def config_error(endpoint: Endpoint, message: str, *, code: str, hint: str) -> ProviderError:
    """The error for an endpoint that cannot be used as it is configured."""
    return _failure(endpoint, message, code=code, hint=hint)


def parse_retry_after(header: str | None, *, now: datetime) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date; None when it says neither."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _meaning(status: int, said: str, endpoint: Endpoint) -> tuple[str, str, bool]:
    """(code, hint, retryable) of a status."""
    no_credit = _NO_CREDIT.search(said) is not None
    match status:
        case 400 if _PASSING_400.search(said):
            return "throttled", _NO_CREDIT_HINT if no_credit else _BUSY_HINT, True
        case 400 if no_credit:
            return "credit", _NO_CREDIT_HINT, False
        case 400:
            return "bad_request", "", False
        case 401:
            return (
                "auth",
                tr("The API key was refused: check {KEY_SETTING}.", KEY_SETTING=KEY_SETTING),
                False,
            )
        case 402:
            return "credit", _NO_CREDIT_HINT, False
        case 403:
            hint = tr(
                "The key is known but may not do this: check what it allows, or the model name."
            )
            return "forbidden", hint, False
        case 404 if _ABOUT_MODEL.search(said):
            hint = tr(
                "The model name {model!r} is not known there: check {MODEL_SETTING}.",
                model=endpoint.model,
                MODEL_SETTING=_MODEL_SETTING,
            )
            return "model", hint, False
        case 404:
            return (
                "url",
                tr("The URL is wrong: check {URL_SETTING}.", URL_SETTING=URL_SETTING),
                False,
            )
        case 408:
            return "timeout", _BUSY_HINT, True
        case 424:  # Bedrock's word for a model that stumbled over the request
            return "server", _BUSY_HINT, True
        case 429:
            return "rate_limit", _NO_CREDIT_HINT if no_credit else _BUSY_HINT, True
        case _ if 300 <= status < 400:
            return (
                "url",
                tr(
                    "It wants to redirect: put the final address into {URL_SETTING}.",
                    URL_SETTING=URL_SETTING,
                ),
                False,
            )
        case 529:
            return "overloaded", _BUSY_HINT, True
        case _ if status >= 500:
            return "server", _BUSY_HINT, True
        case _:
            return "http", "", False


_BUSY_HINT = tr_noop("The provider is busy or in trouble: wait a little and send it again.")
_NO_CREDIT_HINT = tr_noop("The account is out of credit: top it up, or use another key or model.")


def _bad_reply(endpoint: Endpoint, what_it_did: str, body: bytes) -> ProviderError:
    said = body_message(_without_secrets(body, endpoint))
    if said == WEB_PAGE_TEXT:
        message = tr(
            "{host} is not answering as an API: {said}.", host=host_label(endpoint), said=tr(said)
        )
        hint = tr("A proxy, a login page or a wrong base_url may stand in between.")
    else:
        message = tr(what_it_did, host=host_label(endpoint), said=said)
        hint = tr(
            "It is worth another try; if it stays, check {URL_SETTING}.", URL_SETTING=URL_SETTING
        )
    return _failure(endpoint, message, code="bad_reply", hint=hint, status=200, retryable=True)


def _json_message(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    error = value.get("error")
    nested = error.get("message") if isinstance(error, dict) else None
    # AWS gateways spell it with a capital.
    said = value.get("message") or value.get("Message")
    candidates = (value.get("upstreamMessage"), nested, said, error)
    return next((text for text in candidates if isinstance(text, str) and text.strip()), "")


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:_MAX_MESSAGE_CHARACTERS]


def _failure(endpoint: Endpoint, message: str, *, hint: str = "", **details: Any) -> ProviderError:
    for secret in _secrets(endpoint):
        message = message.replace(secret, "[key]")
    if not message.endswith((".", "!", "?", "。")):
        message += "."
    return ProviderError(message, hint=tr(hint), **details)


def _without_secrets(body: bytes, endpoint: Endpoint) -> bytes:
    """`body` with every secret blanked; done before a long message is cut, which could halve one."""
    for secret in _secrets(endpoint):
        body = body.replace(secret.encode(), b"[key]")
    return body


def _secrets(endpoint: Endpoint) -> list[str]:
    aws = endpoint.aws
    # AWS repeats the signed request, session token and all, when it refuses a signature.
    texts = [endpoint.api_key, *((aws.secret_access_key, aws.session_token) if aws else ())]
    return [text for text in texts if len(text) >= _SHORTEST_SECRET]
