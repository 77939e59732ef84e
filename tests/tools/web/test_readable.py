"""What a model reads of a body."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clacky_tui.tools.overflow import overflow_dir
from clacky_tui.tools.web.readable import Kind, Page, decode, kind_of, page_of, read_page

URL = "https://site.example/dir/page"


@pytest.fixture(autouse=True)
def spill_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def html_page(body: str) -> Page:
    return page_of(body.encode(), "text/html; charset=utf-8", URL, 100_000)


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("text/html; charset=utf-8", Kind.HTML),
        ("Application/XHTML+XML", Kind.HTML),
        ("application/json", Kind.JSON),
        ("application/ld+json", Kind.JSON),
        ("text/markdown", Kind.TEXT),
        ("application/atom+xml", Kind.TEXT),
        ("application/pdf", Kind.PDF),
        ("image/svg+xml", Kind.TEXT),
        ("video/mp4", Kind.BINARY),
        ("application/vnd.ms-excel", Kind.BINARY),
        ("application/octet-stream", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_kinds_by_their_header(content_type: str, kind: Kind) -> None:
    assert kind_of(content_type) is kind


def test_an_unknown_kind_is_looked_at() -> None:
    for body, kind in (
        (b"  <!DOCTYPE HTML><p>x", "html"),
        (b"words", "text"),
        (b"\x00\x01", "binary"),
        (b"%PDF-1.4", "pdf"),
        ("wörter".encode("utf-16"), "text"),
        (b"", "text"),
    ):
        assert page_of(body, "application/octet-stream", URL, 100).kind == kind


def test_what_a_browser_hides_is_left_out() -> None:
    page = html_page(
        "<body><header>Site</header><nav>Menu</nav><p hidden>a</p><template>b</template>"
        "<p style='display: none'>c</p><script>d</script><style>e</style><!-- f -->"
        "<aside>g</aside><p>seen</p><form><input value=h></form><footer>i</footer></body>"
    )
    assert page.head == "seen"


def test_links_are_whole_and_pictures_keep_their_words() -> None:
    page = html_page(
        '<p><a href="../up">up</a> <a href="?q=1">ask</a> <img alt="Map" src="/m.png">'
        '<img alt="Dot" src="data:image/png;base64,AAAA"></p>'
    )
    assert "[up](https://site.example/up)" in page.head
    assert "[ask](https://site.example/dir/page?q=1)" in page.head
    assert "![Map](https://site.example/m.png)" in page.head
    assert "Dot" in page.head
    assert "base64" not in page.head


def test_title_and_description_are_one_line_and_short() -> None:
    page = html_page(
        f"<title>A\n {'t' * 300}</title><meta property='og:description' content='said &amp; done'>x"
    )
    assert page.title.startswith("A ttt")
    assert len(page.title) == 200
    assert page.description == "said & done"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('{"a":1,"b":[true]}', '{\n "a": 1,\n "b": [\n  true\n ]\n}'),
        ('{"big":1e400}', '{"big":1e400}'),
        ('{"a":1,"a":2}', '{"a":1,"a":2}'),
        ('{"cut":', '{"cut":'),
        ('{\n"a":\n1\n}', '{\n"a":\n1\n}'),
    ],
)
def test_json_is_indented_only_when_nothing_else_changes(source: str, shown: str) -> None:
    assert page_of(source.encode(), "application/json", URL, 1000).head == shown


def test_a_charset_is_taken_from_mark_header_and_page_in_this_order() -> None:
    assert decode(codecs.BOM_UTF8 + "é".encode(), "text/plain; charset=latin-1") == "é"
    assert decode("é".encode("utf-16"), "") == "é"
    assert decode(b"\xe9<meta charset=utf-8>", "text/html; charset=iso-8859-1")[0] == "é"
    page = '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">日本'
    assert decode(page.encode("cp932"), "text/html").endswith("日本")
    assert decode("<meta charset=utf-16>é".encode(), "text/html").endswith("é")
    assert decode("é".encode(), "text/html; charset=unicode_escape") == "é"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=400) | st.text(alphabet="<>/adivp =\"'&;#x\n", max_size=200).map(str.encode),
    st.sampled_from(["text/html", "text/plain", "application/json", "", "text/html; charset=gbk"]),
    st.integers(1, 300),
)
def test_any_body_becomes_a_page(body: bytes, content_type: str, limit: int) -> None:
    page = page_of(body, content_type, URL, limit)
    assert len(page.head) <= limit
    assert page.truncated == (page.characters > len(page.head))
    json.dumps(page.head).encode()
    if page.full_file:
        full = Path(page.full_file).read_bytes().decode()
        assert len(full) == page.characters
        assert full.startswith(page.head)
        rest = "\n".join(full.split("\n")[page.lines_shown :])
        assert full.endswith(rest)
        assert len(page.head) + len(rest) + 1 >= len(full)


async def test_the_process_gives_the_same_page(tmp_path: Path) -> None:
    body = b"<title>T</title><p>words</p>"
    page = await read_page(body, content_type="text/html", url=URL, max_characters=50)
    assert page == page_of(body, "text/html", URL, 50)
    assert not overflow_dir().exists()
