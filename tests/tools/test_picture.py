"""Pictures as the model gets them."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from clacky_tui.errors import ToolError
from clacky_tui.paths import scripts_dir
from clacky_tui.tools import picture
from clacky_tui.tools.documents.run_script import install_script
from clacky_tui.tools.picture import image_type, load_picture


def sent(loaded: picture.Picture) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(loaded.part.data)))


def without_pillow() -> None:
    script = install_script("scale_image.py")
    script.write_text("# VERSION: 999\nraise ModuleNotFoundError(\"No module named 'PIL'\")\n")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
async def test_wide_pictures_are_scaled_to_800(kind: str, folder: Path) -> None:
    Image.new("RGB", (1600, 400), "blue").save(folder / "wide", kind)
    loaded = await load_picture(folder / "wide")
    assert loaded.file_type == f"image/{kind.lower()}"
    assert sent(loaded).size == (800, 200)
    assert loaded.part.media_type == ("image/jpeg" if kind == "JPEG" else "image/png")


async def test_small_kinds_no_provider_takes_become_png(folder: Path) -> None:
    Image.new("RGB", (8, 8)).save(folder / "a.bmp")
    assert (await load_picture(folder / "a.bmp")).part.media_type == "image/png"


async def test_without_pillow_a_small_picture_goes_as_it_is(folder: Path) -> None:
    without_pillow()
    Image.new("RGB", (1600, 4)).save(folder / "a.png")
    loaded = await load_picture(folder / "a.png")
    assert base64.b64decode(loaded.part.data) == (folder / "a.png").read_bytes()
    assert scripts_dir().is_dir()


async def test_without_pillow_others_name_the_library(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pillow()
    Image.new("RGB", (8, 8)).save(folder / "a.bmp")
    with pytest.raises(ToolError, match=r"needs the Python library pillow.*pip install --target"):
        await load_picture(folder / "a.bmp")
    monkeypatch.setattr(picture, "BASE64_LIMIT_BYTES", 10)
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    with pytest.raises(ToolError, match="pillow"):
        await load_picture(folder / "a.png")


async def test_pictures_over_the_limits_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    monkeypatch.setattr(picture, "BASE64_LIMIT_BYTES", 10)
    with pytest.raises(ToolError, match="over the limit"):
        await load_picture(folder / "a.png")
    monkeypatch.setattr(picture, "FILE_LIMIT_BYTES", 10)
    with pytest.raises(ToolError, match="Scale it down"):
        await load_picture(folder / "a.png")


def test_text_that_begins_like_a_picture_is_none() -> None:
    assert image_type(b"BM is a bitmap, they say") == ""
    assert image_type(b"GIF") == ""
    assert image_type(b"RIFF\0\0\0\0WAVE") == ""
