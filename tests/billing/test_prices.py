"""The price book: which source answers, and that its arithmetic stays exact."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from pathlib import Path

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import Usage as CatalogueUsage
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.billing.price_catalogue import catalogue_price
from clacky_tui.billing.price_overrides import PriceOverrides, read_overrides
from clacky_tui.billing.prices import PriceBook, user_price_book
from clacky_tui.domain.usage import Usage

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
USAGE = Usage(1_000, 2_000, 300, 100, 500)
BOOK = PriceBook()
CATALOGUE = f"genai-prices {genai_prices.__version__}"


def overrides(folder: Path, text: str) -> PriceOverrides:
    path = folder / "pricing.yml"
    path.write_text(text)
    return read_overrides(path)


def test_the_providers_own_figure_comes_first(tmp_path: Path) -> None:
    book = PriceBook(overrides(tmp_path, "gpt-5.5: {input: 1, output: 2}"))
    cost = book.cost("gpt-5.5", "api.openai.com", USAGE, AT, Decimal("0.001"))
    assert (cost.amount, cost.source, cost.price_source) == (Decimal("0.001"), "api", "api")
    assert BOOK.cost("no-such-model", "", None, AT, Decimal(0)).amount == 0


@pytest.mark.parametrize("nonsense", ["NaN", "Infinity", "-1", "1e50"])
def test_a_nonsensical_figure_of_the_provider_is_ignored(nonsense: str) -> None:
    cost = BOOK.cost("claude-opus-4.5", "", Usage(1_000), AT, Decimal(nonsense))
    assert (cost.amount, cost.source) == (Decimal("0.005"), "price")


def test_then_the_users_file_then_the_table_then_the_catalogue(tmp_path: Path) -> None:
    book = PriceBook(overrides(tmp_path, "GPT-5.5: {input: 1, output: 2}"))
    sources = [
        book.cost(model, "", Usage(1), AT).price_source
        for model in ("openai/gpt-5.5", "gpt-5.4", "claude-opus-4-1")
    ]
    assert sources == ["override:pricing.yml", "table:octo-0.11.2", CATALOGUE]


def test_a_model_no_source_knows_and_usage_nobody_reported_have_no_price() -> None:
    for cost in (
        BOOK.cost("no-such-model", "api.openai.com", USAGE, AT),
        BOOK.cost("claude-opus-4.5", "", None, AT),
    ):
        assert (cost.amount, cost.source, cost.price_source) == (None, "unknown", "")


@pytest.mark.parametrize(
    "model", ["claude-opus-4-1:batch", "x-ai/grok-4:free", "claude-opus-5-fast"]
)
def test_variants_with_a_rate_of_their_own_are_never_guessed(model: str) -> None:
    assert BOOK.price(model, "openrouter.ai", AT) is None


@pytest.mark.parametrize("provider", ["localhost", "127.0.0.1", "192.168.1.5", "box.local", "::1"])
def test_a_server_on_the_local_network_has_no_catalogue_price(provider: str) -> None:
    assert BOOK.price("gpt-4o", provider, AT) is None
    assert BOOK.price("gpt-4o", "api.openai.com", AT) is not None


@pytest.mark.parametrize(
    ("model", "provider", "entry"),
    [
        ("glm-5.3-flash", "api.z.ai", "zai/GLM-5.3-Flash"),
        ("glm-5.3-flash", "open.bigmodel.cn", "zhipuai/GLM-5.3-Flash"),
        ("openai/gpt-4o", "some.gateway.example", "openai/gpt-4o"),
        ("openai/gpt-4o", "openrouter.ai", "openrouter/openai/gpt-4o"),
        ("gpt-4o", "", "openai/gpt-4o"),
        ("grok-4", "unheard-of", "x-ai/grok-4-0709"),
        (
            "us.anthropic.claude-opus-4-1-20250805-v1:0",
            "bedrock-runtime.us-east-1.amazonaws.com",
            "aws/regional.anthropic.claude-opus-4-1-20250805-v1:0",
        ),
    ],
)
def test_the_catalogue_answers_for_the_provider_that_is_asked(
    model: str, provider: str, entry: str
) -> None:
    price = catalogue_price(model, provider, AT)
    assert price is not None
    assert price.model == entry


@given(st.text(), st.text())
def test_any_name_at_any_provider_is_priced_or_unknown_without_an_error(
    model: str, provider: str
) -> None:
    BOOK.price(model, provider, AT)


def catalogue_models() -> list[tuple[str, str]]:
    sellers = {"anthropic", "openai", "google", "deepseek", "x-ai", "zai", "minimax", "openrouter"}
    return [
        (seller.id, model.id)
        for seller in get_snapshot().providers
        if seller.id in sellers
        for model in seller.models
    ]


@pytest.mark.parametrize("tokens", [10_000, 150_000, 250_000, 600_000])
def test_catalogue_figures_come_to_what_the_catalogue_itself_computes(tokens: int) -> None:
    usage = Usage(tokens, 20_000, 3_000, 1_000, 5_000)
    theirs = CatalogueUsage(
        input_tokens=usage.total_input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_creation_tokens,
        cache_write_1h_tokens=usage.cache_creation_1h_tokens,
        output_tokens=usage.output_tokens,
    )
    compared = 0
    for seller, model in catalogue_models():
        price = catalogue_price(model, seller, AT)
        if price is None or not price.model.startswith(f"{seller}/"):
            continue
        with localcontext() as context:
            context.prec = 60
            expected = genai_prices.calc_price(
                theirs, model, provider_id=seller, genai_request_timestamp=AT
            )
        assert price.cost(usage) == expected.total_price, price.model
        compared += 1
    assert compared > 300


def test_the_catalogue_is_read_without_a_network_and_only_when_it_is_needed() -> None:
    script = """
import socket, sys, threading
def refuse(*_, **__): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
from datetime import UTC, datetime
from clacky_tui.billing.prices import PriceBook
book = PriceBook()
at = datetime(2026, 11, 20, tzinfo=UTC)
assert book.price("claude-sonnet-4-5", "api.anthropic.com", at)
assert "genai_prices" not in sys.modules
assert book.price("grok-4", "api.x.ai", at)
assert "genai_prices" in sys.modules
assert threading.active_count() == 1
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_users_price_book_reads_the_data_directory(clacky_home: Path) -> None:
    assert user_price_book().price("my-model", "", AT) is None
    clacky_home.mkdir()
    (clacky_home / "pricing.yml").write_text("my-model: {input: 1, output: 2}\nbad: 3\n")
    book = user_price_book()
    assert book.cost("my-model", "", Usage(1_000_000), AT).amount == 1
    assert "bad" in book.problems[0]


def test_searches_of_the_vendors_own_are_a_fee_on_top_of_the_tokens() -> None:
    """Anthropic: 10 USD for 1,000 searches; whose fee is not known has no cost, never the rest of it."""
    used = Usage(1_000_000, web_searches=3)
    found = PriceBook().cost("claude-sonnet-4-5", "", used, AT)
    assert (found.amount, found.source) == (Decimal("6.03"), "price")
    assert PriceBook().cost("kimi-k2.5", "", used, AT).amount is None
    assert PriceBook().cost("kimi-k2.5", "", used, AT, Decimal("0.5")).amount == Decimal("0.5")
