"""Pictures that strangers send: decoded, limited, and drawn anew before they are kept.

What is kept is our own JPEG of the dots alone: no metadata (places, names, previews),
no second picture, nothing that a reader of files could take for a program.
"""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from topup.errors import PictureError

MOST_BYTES = 4 * 1024 * 1024
#: A small file can hold a picture that fills the memory: looked at before it is decoded.
MOST_DOTS = 50_000_000
#: Of a kind that can only be decoded whole, some ten bytes for each dot: a long screenshot.
MOST_DOTS_WHOLE = 16_000_000
#: A JPEG may paint all its dots anew with every 30 bytes: a small one could take an hour.
MOST_SCANS = 100
_SCAN = b"\xff\xda"
LONGEST_SIDE = 1600
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 80


@dataclass(frozen=True)
class Picture:
    """A JPEG of ours and its SHA-256."""

    jpeg: bytes
    digest: str


def redraw(data: bytes) -> Picture:
    """The picture as we keep it: upright, at most 1600 dots a side; the same one, the same bytes.

    Takes up to a second: never inside a transaction. Error: `PictureError` with a
    sentence for what is too large, too many dots, or no picture at all.
    """
    out = BytesIO()
    _on_white(decoded(data, longest_side=LONGEST_SIDE)).save(out, "JPEG", quality=_QUALITY)
    jpeg = out.getvalue()
    return Picture(jpeg, hashlib.sha256(jpeg).hexdigest())


def too_large() -> str:
    return _("The picture is too large. Send one of at most 4 MB, such as a screenshot.")


def decoded(data: bytes, *, longest_side: int) -> Image.Image:
    """The first picture of a file, upright, made no larger, RGB or RGBA. Errors as of `redraw`.

    Save a new picture of its dots, not this one: it may still know what stood beside them.
    """
    if len(data) > MOST_BYTES:
        raise PictureError(too_large())
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as opened:
            _check_dots(opened, scans=data.count(_SCAN))
            # A JPEG is decoded at the size that is wanted: less memory, and ten times as fast.
            opened.draft("RGB", (longest_side, longest_side))
            opened.thumbnail((longest_side, longest_side))
            return _plain(ImageOps.exif_transpose(opened))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(_("This is no picture. Send a JPEG, PNG or WebP.")) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_many_dots()) from None
    except Exception:  # decoders raise whatever they like on what is broken
        raise PictureError(_("The picture cannot be read. Take it again and send it.")) from None


def _check_dots(opened: Image.Image, *, scans: int) -> None:
    most = MOST_DOTS if opened.format == "JPEG" else MOST_DOTS_WHOLE
    is_endless = opened.format in ("JPEG", "MPO") and scans > MOST_SCANS
    if opened.width * opened.height > most or is_endless:
        raise PictureError(_too_many_dots())


def _too_many_dots() -> str:
    return _("The picture has too many dots. Send a smaller one, such as a screenshot.")


def _plain(shown: Image.Image) -> Image.Image:
    """Dots that every encoder knows; RGBA where something can be seen through."""
    is_seen_through = "A" in shown.getbands() or "transparency" in shown.info
    return shown.convert("RGBA" if is_seen_through else "RGB")


def _on_white(shown: Image.Image) -> Image.Image:
    """A new picture of the dots alone; what could be seen through is white."""
    clean = Image.new("RGB", shown.size, "white")
    clean.paste(shown, mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
    return clean
