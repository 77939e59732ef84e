"""What the web tools may reach, and the search services a person has a key for."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr


def _host_and_port(entry: str) -> str:
    """`entry` in lower case.

    Raises:
        ValueError: it is more or less than ``host`` or ``host:port``.
    """
    text = entry.strip().lower()
    parts = urlsplit(f"//{text}")
    plain = parts.hostname and parts.netloc == text and "@" not in text and parts.port != 0
    if not plain:
        raise ValueError(f"{entry!r} is not a host such as intranet.example or 127.0.0.1:3000")
    return text


def _web_address(url: str) -> str:
    """`url` without the slash at its end.

    Raises:
        ValueError: it is no http or https address.
    """
    parts = urlsplit(url)
    if url and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError("it must start with https:// or http://")
    return url.rstrip("/")


class WebSettings(BaseModel):
    """The `web` section of the settings. The keys are secrets: no repr, log or dump shows them."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    allowed_hosts: tuple[Annotated[str, AfterValidator(_host_and_port)], ...] = ()
    """Hosts that `web_fetch` may reach though their address is private: ``host`` for every port,
    ``host:port`` for one. An IPv6 address stands in brackets."""
    brave_api_key: SecretStr = SecretStr("")
    tavily_api_key: SecretStr = SecretStr("")
    exa_api_key: SecretStr = SecretStr("")
    searxng_url: Annotated[str, AfterValidator(_web_address)] = ""
    """Address of a SearXNG server whose JSON output is enabled."""

    def allows(self, host: str, port: int) -> bool:
        """True when the person allowed `host` (ASCII, no brackets) on `port`."""
        name = f"[{host}]" if ":" in host else host.rstrip(".")
        return name in self.allowed_hosts or f"{name}:{port}" in self.allowed_hosts
