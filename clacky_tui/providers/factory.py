"""From a configured model to its endpoint, and from an endpoint to the provider that speaks its wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr
from clacky_tui.providers.anthropic import AnthropicProvider
from clacky_tui.providers.base import Endpoint, Provider, WireFormat
from clacky_tui.providers.bedrock import BedrockProvider, region_of
from clacky_tui.providers.openai_chat import OpenAIChatProvider
from clacky_tui.providers.openai_responses import OpenAIResponsesProvider
from clacky_tui.providers.presets import native_model, wire_for
from clacky_tui.providers.sigv4 import credentials_from

WIRES: tuple[WireFormat, ...] = get_args(WireFormat)


def make_endpoint(
    model: str,
    base_url: str,
    api_key: str,
    *,
    anthropic_format: bool = False,
    wire: str = "",
    region: str = "",
    streams: bool = True,
    environ: Mapping[str, str],
) -> Endpoint:
    """The endpoint of a configured model.

    Args:
        wire: the user's own choice of `WIRES`; empty leaves it to the presets.
        region: AWS region, for Bedrock behind an address that does not name it.
        streams: False where the server cannot stream.
        environ: where Bedrock finds AWS credentials and region when there is no `api_key`.

    Raises:
        ConfigError: there is no such wire format.
    """
    known = next((name for name in WIRES if name == wire.replace("-", "_")), None)
    if wire and known is None:
        raise ConfigError(
            tr("The model {model} has an unknown wire ({wire}).", model=model, wire=wire),
            hint=f"Known: {', '.join(WIRES)}.",
        )
    spoken = wire_for(model, base_url, api_key, anthropic_format=anthropic_format, wire=known)
    name = native_model(model, spoken, base_url)
    endpoint = Endpoint(spoken, base_url, api_key, name, region=region, streams=streams)
    if spoken != "bedrock" or api_key:
        return endpoint
    region = (
        region_of(endpoint) or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
    )
    return replace(endpoint, region=region, aws=credentials_from(environ))


def make_provider(endpoint: Endpoint) -> Provider:
    """A provider for `endpoint`; nothing is connected or imported before its first request."""
    match endpoint.wire:
        case "anthropic":
            return AnthropicProvider(endpoint)
        case "openai_chat":
            return OpenAIChatProvider(endpoint)
        case "openai_responses":
            return OpenAIResponsesProvider(endpoint)
        case "bedrock":
            return BedrockProvider(endpoint)
