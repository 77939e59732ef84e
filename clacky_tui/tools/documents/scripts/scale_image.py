# VERSION: 1
"""Writes an image, at most 800 pixels wide, to stdout: scale_image.py FILE. Needs Pillow."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).absolute().parent.parent / "libraries"))

from PIL import Image, ImageOps

WIDTH_LIMIT_PIXELS = 800
SENT_AS_IS = {"PNG", "JPEG", "GIF", "WEBP"}


def main() -> None:
    """JPEG stays JPEG, the rest becomes PNG; what is small enough is not touched."""
    path = Path(sys.argv[1])
    with Image.open(path) as image:
        if image.width <= WIDTH_LIMIT_PIXELS and image.format in SENT_AS_IS:
            sys.stdout.buffer.write(path.read_bytes())
            return
        kind = "JPEG" if image.format == "JPEG" else "PNG"
        upright = ImageOps.exif_transpose(image)
        upright = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    height = max(1, round(upright.height * WIDTH_LIMIT_PIXELS / upright.width))
    if upright.width > WIDTH_LIMIT_PIXELS:
        upright = upright.resize((WIDTH_LIMIT_PIXELS, height), Image.Resampling.LANCZOS)
    upright.save(sys.stdout.buffer, kind)


if __name__ == "__main__":
    main()
