"""What counts as a secret, and that masking is exact about everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.redact import MASK, mask_tokens, redact

TOKENS = [
    "sk-test-0123456789abcdef",
    "sk-ant-api03-AbCdEfGh12345678901234",
    "ghp_" + "a1" * 18,
    "github_pat_" + "a1_" * 12,
    "xoxb-1234567890-abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "AIza" + "a1-_b" * 7,
    "glpat-" + "a1" * 10,
    "hf_" + "Ab" * 17,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN",
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:8])
def test_a_credential_is_known_by_its_shape_and_keeps_four_letters(token: str) -> None:
    masked = mask_tokens(f'key = "{token}" # used')
    assert masked == f'key = "{token[:4]}{MASK}" # used'


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("API_KEY=abcdefghijklmnop", "efghijklmnop"),
        ('{"password": "hunter2", "user": "ann"}', "hunter2"),
        ("client_secret: 'abc def ghi jkl'", "ghi"),
        ("Authorization: Basic Zm9vOmJhcg==", "Zm9v"),
        ("Set-Cookie: session=abc; Path=/", "abc"),
        ("curl --token abcdefghijklmnop https://x", "efgh"),
        ("curl -H 'X: Bearer abcdefghijklmnop'", "efgh"),
        ("postgres://ann:s3cr3t@db/shop", "s3cr3t"),
    ],
)
def test_a_value_behind_a_telling_name_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)
    assert mask_tokens(text) == text


def test_the_rest_of_the_line_stays() -> None:
    assert redact('{"password": "hunter2", "user": "ann"}') == (
        f'{{"password": "{MASK}", "user": "ann"}}'
    )
    assert redact("postgres://ann:s3cr3t@db/shop") == f"postgres://ann:{MASK}@db/shop"


def test_a_private_key_keeps_only_its_frame() -> None:
    begin, end = "-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----"
    assert mask_tokens(f"a\n{begin}\nMHcC\nAQEE\n{end}\nb") == f"a\n{begin}\n{MASK}\n{end}\nb"
    assert "MHcC" not in mask_tokens(f"{begin}\nMHcC")  # cut off before its end


def test_the_words_for_a_private_key_hide_nothing_after_them() -> None:
    source = 'MARKS = ("-----BEGIN RSA PRIVATE KEY-----",)\nprint("still here")\n'
    assert redact(source) == source


def test_a_key_inside_json_is_masked() -> None:
    begin, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
    text = f'{{"private_key": "{begin}\\nMIIE\\nAQEE\\n{end}\\n", "id": 7}}'
    masked = mask_tokens(text)
    assert "MIIE" not in masked and "AQEE" not in masked
    assert masked.endswith('"id": 7}')


def test_configured_values_are_masked_wherever_they_stand() -> None:
    assert mask_tokens("x=plain-words-key;", {"plain-words-key", "x"}) == f"x=plai{MASK};"


def test_our_own_source_is_left_exact() -> None:
    for file in (Path(__file__).parents[2] / "clacky_tui").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert mask_tokens(text) == text, file


@pytest.mark.parametrize(
    "text",
    ["max_tokens: 4096", "def token(self): return self.token", "sk-fading-circle-large-box", "a@b"],
)
def test_ordinary_words_are_no_secrets(text: str) -> None:
    assert redact(text) == text


WORDS = [
    "sk-",
    "token",
    "api_key",
    "--",
    "Cookie",
    "://",
    "u",
    "@",
    ":",
    "=",
    "[",
    "…",
    "'",
    '"',
    "Bearer",
]
FRAME = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"]
PIECES = st.sampled_from([*TOKENS, *WORDS, *FRAME, MASK, "\n", " "])


@given(st.lists(PIECES, max_size=25).map("".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)
    assert mask_tokens(mask_tokens(text)) == mask_tokens(text)
