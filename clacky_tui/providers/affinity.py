"""How a provider is asked to send a session's requests to the machine that holds its cache."""

from __future__ import annotations

from collections.abc import Mapping

from clacky_tui.providers.base import Endpoint
from clacky_tui.providers.failures import host_label

_HEADERS: Mapping[str, str] = {
    "openrouter.ai": "x-session-id",
    "api.x.ai": "x-grok-conv-id",
    "api.fireworks.ai": "x-session-affinity",
}
"""By host, after each provider's guide to prompt caching."""

_CACHE_KEY_HOSTS = frozenset({"api.openai.com", "api.moonshot.cn", "api.moonshot.ai"})
"""Where the body's `prompt_cache_key` does it."""


def affinity_headers(endpoint: Endpoint, session_id: str) -> dict[str, str]:
    """The header that names the session, or nothing where none is known."""
    name = _HEADERS.get(host_label(endpoint))
    return {name: session_id} if name and session_id else {}


def takes_cache_key(endpoint: Endpoint) -> bool:
    """True where `prompt_cache_key` is known to be understood; elsewhere it may be refused."""
    return host_label(endpoint) in _CACHE_KEY_HOSTS
