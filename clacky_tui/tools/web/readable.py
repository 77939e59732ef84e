"""The text a model reads of a downloaded page, made in a process of its own.

Decoding and converting ten megabytes holds Python's lock for seconds; `read_page` keeps that away
from the event loop. ``python -m clacky_tui.tools.web.readable`` reads one line of JSON and then the
body from stdin, and writes one `Page` as JSON to stdout.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from dataclasses import asdict, dataclass
from enum import Enum

from clacky_tui.tools.child import ChildFailedError, run_module
from clacky_tui.tools.overflow import save_overflow
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line, visible

CONVERT_LIMIT_SECONDS = 20.0
TITLE_CHARACTERS = 200
DESCRIPTION_CHARACTERS = 400


class Kind(Enum):
    """What can be made of a body."""

    HTML = "html"
    JSON = "json"
    TEXT = "text"
    PDF = "pdf"
    BINARY = "binary"
    UNKNOWN = "unknown"
    """The type says nothing; the bytes have to be looked at."""


@dataclass(frozen=True, slots=True)
class Page:
    """`head` is the text, or its start when `full_file` holds more of it.

    `lines_shown` counts the whole lines in `head`; a binary body has a kind and no text.
    """

    kind: str
    title: str = ""
    description: str = ""
    head: str = ""
    characters: int = 0
    lines_shown: int = 0
    truncated: bool = False
    full_file: str | None = None


_TEXTUAL = re.compile(
    r"text/.*|.*\+(xml|yaml)|application/(xml|javascript|ecmascript|x-javascript|typescript|yaml|"
    r"x-yaml|toml|x-toml|sql|graphql|x-sh|x-ndjson|jsonl|x-www-form-urlencoded|rtf|x-tex)"
)
_BINARY = re.compile(
    r"(image|audio|video|font|model)/.*|application/(zip|gzip|x-(tar|gzip|bzip2|xz|7z-compressed|"
    r"rar-compressed|msdownload|executable|sqlite3)|vnd\.(ms-|openxmlformats|oasis|rar).*|msword|wasm|"
    r"java-archive|epub\+zip)"
)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I)
_META_SEARCH_BYTES = 4096
_HEAD_CHARACTERS = 64 * 1024
_BINARY_SEARCH_BYTES = 64 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WEB_CHARSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
}
"""What a browser reads some names as (https://encoding.spec.whatwg.org, names and labels)."""
_KNOWN_CHARSETS = re.compile(
    r"utf-(8|16|16-le|16-be)|cp(12\d\d|866|874|932|949)|iso8859-\d+|gb18030|hz|big5|big5hkscs|"
    r"euc_jp|iso2022_jp|koi8-[ru]|mac-roman|tis-620"
)
_FURNITURE = [
    *("footer", "aside", "dialog", "body > header", "[role=navigation]", "[role=banner]"),
    *("[role=contentinfo]", "[role=dialog]", "[role=search]"),
]
"""Parts of a page that are not what it is about; `nav` and forms go by the library's own rules."""


async def read_page(body: bytes, *, content_type: str, url: str, max_characters: int) -> Page:
    """The readable text of `body`, at most `max_characters` of it in `Page.head`.

    Raises:
        ToolError: the page cannot be converted within `CONVERT_LIMIT_SECONDS`.
    """
    request = {"content_type": content_type, "url": url, "max_characters": max_characters}
    try:
        answer = await run_module(
            __name__,
            json.dumps(request).encode() + b"\n" + body,
            limit_seconds=CONVERT_LIMIT_SECONDS,
        )
    except (TimeoutError, ChildFailedError) as error:
        reason = str(error) or f"it took longer than {CONVERT_LIMIT_SECONDS:g} s"
        raise refused(
            f"The page at {url} could not be turned into text: {reason}.",
            hint="Download it with terminal (curl -o file) and search it with grep.",
        ) from None
    return Page(**json.loads(answer))


def kind_of(content_type: str) -> Kind:
    """The kind that the header names, before anything is read."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in ("text/html", "application/xhtml+xml"):
        return Kind.HTML
    if media_type == "application/pdf":
        return Kind.PDF
    if media_type.endswith(("/json", "+json")):
        return Kind.JSON
    if _TEXTUAL.fullmatch(media_type):
        return Kind.TEXT
    return Kind.BINARY if _BINARY.fullmatch(media_type) else Kind.UNKNOWN


def page_of(body: bytes, content_type: str, url: str, max_characters: int) -> Page:
    """What `read_page` returns; a text that is cut is saved in full."""
    kind = _sniffed(kind_of(content_type), body)
    if kind in (Kind.BINARY, Kind.PDF):
        return Page(kind.value)
    text = decode(body, content_type)
    title = description = ""
    if kind is Kind.HTML:
        title, description, text = _from_html(text, url)
    elif kind is Kind.JSON:
        text = _indented(text)
    text = visible(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    page = {
        "kind": kind.value,
        "title": one_line(title)[:TITLE_CHARACTERS],
        "description": one_line(description)[:DESCRIPTION_CHARACTERS],
        "characters": len(text),
    }
    if len(text) <= max_characters:
        return Page(**page, head=text, lines_shown=text.count("\n") + 1)
    head = text[:max_characters]
    whole_lines = head.rpartition("\n")[0]
    if len(whole_lines) > max_characters // 2:
        head = whole_lines
    file = save_overflow(text)
    return Page(
        **page,
        head=head,
        lines_shown=head.count("\n") + (head is whole_lines),
        truncated=True,
        full_file=str(file) if file else None,
    )


def decode(body: bytes, content_type: str) -> str:
    """`body` as text: by its byte order mark, the header, the page's own word, else as UTF-8.

    Bytes that do not fit become U+FFFD.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    named = _HEADER_CHARSET.search(content_type)
    in_page = _META_CHARSET.search(body[:_META_SEARCH_BYTES])
    labels = [named[1]] if named else []
    # A page whose own word could be read as ASCII is no UTF-16, whatever it says.
    if in_page and not in_page[1].lower().startswith(b"utf-16"):
        labels.append(in_page[1].decode("ascii"))
    charsets = filter(None, map(_charset, labels))
    return body.decode(next(charsets, "utf-8"), "replace")


def _charset(label: str) -> str | None:
    """Python's name of a charset that pages use; None for one that is unknown or no charset."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = _WEB_CHARSETS.get(name, name)
    return name if _KNOWN_CHARSETS.fullmatch(name) else None


def _sniffed(kind: Kind, body: bytes) -> Kind:
    start = body[:1024].lstrip()
    if start.startswith(b"%PDF-"):
        return Kind.PDF
    if kind is not Kind.UNKNOWN:
        return kind
    if start[:14].lower().startswith((b"<!doctype html", b"<html")):
        return Kind.HTML
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Kind.TEXT
    return Kind.BINARY if b"\0" in body[:_BINARY_SEARCH_BYTES] else Kind.TEXT


def _from_html(html: str, url: str) -> tuple[str, str, str]:
    """Title, description and Markdown. What a browser would not show is left out."""
    from html_to_markdown import ConversionOptions, PreprocessingOptions, convert

    head_end = re.search(r"</head\s*>|<body[\s>]", html, re.I)
    head = html[: head_end.start() if head_end else _HEAD_CHARACTERS]
    about = convert(head).metadata.document
    options = ConversionOptions(
        base_url=url,
        extract_metadata=False,
        autolinks=False,
        compact_tables=True,
        inline_data_media="alt_text_only",
        hidden_content="drop",
        exclude_selectors=_FURNITURE,
        preprocessing=PreprocessingOptions(preset="aggressive"),
    )
    text = convert(html, options).content or ""
    description = about.description or about.open_graph.get("description") or ""
    return about.title or about.open_graph.get("title") or "", description, text


def _indented(text: str) -> str:
    """JSON with indentation; as it came when that would change more than white space."""
    if text.count("\n") > 2:
        return text
    try:
        indented = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return text
    return indented if "".join(indented.split()) == "".join(text.split()) else text


def main() -> None:
    """Serve one request."""
    request = json.loads(sys.stdin.buffer.readline())
    page = page_of(
        sys.stdin.buffer.read(),
        request["content_type"],
        request["url"],
        request["max_characters"],
    )
    sys.stdout.write(json.dumps(asdict(page)))


if __name__ == "__main__":
    main()
