"""From an endpoint to the provider that speaks its wire format."""

from __future__ import annotations

from clacky_tui.providers.anthropic import AnthropicProvider
from clacky_tui.providers.base import Endpoint, Provider
from clacky_tui.providers.openai_chat import OpenAIChatProvider


def make_provider(endpoint: Endpoint) -> Provider:
    """A provider for `endpoint`; nothing is connected or imported before its first request."""
    match endpoint.wire:
        case "anthropic":
            return AnthropicProvider(endpoint)
        case "openai_chat":
            return OpenAIChatProvider(endpoint)
    raise NotImplementedError(f"no provider for the wire format {endpoint.wire}")
