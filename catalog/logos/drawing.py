"""Draws a picture anew: two small WebPs of ours, whatever came in.

Nothing of the file is kept but its dots: no metadata, no second frame, no script.
"""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

SMALL, LARGE = 64, 128  # dots a side
#: A small file can hold a picture that fills the memory: looked at before it is decoded.
MOST_DOTS = 16_000_000
#: A JPEG may paint all its dots anew with every 30 bytes: a small one could take minutes.
MOST_SCANS = 100
_SCAN = b"\xff\xda"
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class DrawError(Exception):
    """These bytes are no picture that we keep; the text says why, in a few words."""


@dataclass(frozen=True)
class Drawn:
    """Both sizes, and a name for them: the same picture has the same one."""

    small: bytes
    large: bytes
    digest: str


def draw(data: bytes) -> Drawn:
    """The picture in the middle of two squares, all of it. Error: `DrawError`."""
    shown = _decoded(data)
    small, large = _square(shown, SMALL), _square(shown, LARGE)
    return Drawn(small, large, hashlib.sha256(small + large).hexdigest()[:32])


def _decoded(data: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_DOTS:
                raise DrawError("too many dots")
            if opened.format in ("JPEG", "MPO") and data.count(_SCAN) > MOST_SCANS:
                raise DrawError("too many scans")
            opened.draft("RGB", (LARGE * 2, LARGE * 2))  # a JPEG: less memory
            shown = opened.convert("RGBA")
    except DrawError:
        raise
    except UnidentifiedImageError:
        raise DrawError("no picture") from None
    except Exception:  # decoders raise whatever they like on what is broken
        raise DrawError("a broken picture") from None
    if min(shown.size) < 8 or not shown.getchannel("A").getbbox():
        raise DrawError("an empty picture")
    return shown


def _square(shown: Image.Image, side: int) -> bytes:
    fitted = shown.copy()
    scale = side / max(fitted.size)
    size = max(1, round(fitted.width * scale)), max(1, round(fitted.height * scale))
    fitted = fitted.resize(size, Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (side, side))
    canvas.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2))
    out = BytesIO()
    canvas.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()
