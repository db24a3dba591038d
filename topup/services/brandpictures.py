"""Logo and icon of a brand: whatever was sent, drawn anew in the sizes that pages ask for.

Nothing of the file is kept but its dots: no metadata, no second frame, no script.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image

from topup.errors import PictureError
from topup.models import BrandPicture
from topup.services.pictures import decoded

LOGO = "logo"
LOGO_BOX = (480, 96)  # dots: twice what the header has room for
ICON_SIZES = (192, 512)
LEAST_ICON = min(ICON_SIZES)
#: Of a maskable icon the system may cut off all but the circle in its middle.
_SAFE = 0.8


@dataclass(frozen=True)
class Drawing:
    """One picture of ours, and what it is for."""

    purpose: str
    content: bytes
    width: int
    height: int


def draw_logo(data: bytes) -> list[Drawing]:
    """A WebP that fits the header. Error: `PictureError`, in words."""
    shown = decoded(data, longest_side=LOGO_BOX[0] * 2)
    shown = shown.crop(_seen(shown))
    shown.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    clean = Image.new(shown.mode, shown.size)
    clean.paste(shown)
    out = BytesIO()
    clean.save(out, "WEBP", quality=90, method=6)
    return [Drawing(LOGO, out.getvalue(), *clean.size)]


def _seen(shown: Image.Image) -> tuple[int, int, int, int]:
    """The part that is not seen through: an empty margin would make the logo small."""
    box = shown.getchannel("A").getbbox() if shown.mode == "RGBA" else None
    return box or (0, 0, *shown.size)


def draw_icon(data: bytes) -> list[Drawing]:
    """PNGs for a screen of apps, each whole and to be cut. Error: `PictureError`, in words."""
    shown = decoded(data, longest_side=max(ICON_SIZES))
    if abs(shown.width - shown.height) > shown.height // 50 or shown.width < LEAST_ICON:
        told = _("The icon must be square, with at least %(least)d dots a side.")
        raise PictureError(told % {"least": LEAST_ICON})
    return [
        *(_drawing(f"any-{size}", _scaled(shown, size)) for size in ICON_SIZES),
        *(_drawing(f"maskable-{size}", _maskable(shown, size)) for size in ICON_SIZES),
    ]


def keep(drawings: Sequence[Drawing]) -> str:
    """Keep all drawings of one file; the digest that names them. Safe to repeat."""
    contents = b"".join(drawing.content for drawing in drawings)
    digest = hashlib.sha256(contents).hexdigest()[:32]
    BrandPicture.objects.bulk_create(
        [
            BrandPicture(
                digest=digest, purpose=one.purpose, content=one.content, width=one.width,
                height=one.height,
            )
            for one in drawings
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return digest


def _drawing(purpose: str, picture: Image.Image) -> Drawing:
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return Drawing(purpose, out.getvalue(), *picture.size)


def _scaled(shown: Image.Image, size: int) -> Image.Image:
    clean = Image.new(shown.mode, (size, size))
    clean.paste(shown.resize((size, size), Image.Resampling.LANCZOS))
    return clean


def _maskable(shown: Image.Image, size: int) -> Image.Image:
    """The icon inside the circle that is never cut, on the ground it has at its corner."""
    small = _scaled(shown, round(size * _SAFE)).convert("RGBA")
    corner = small.getpixel((0, 0))
    assert isinstance(corner, tuple)
    is_solid = corner[3] == 255
    ground = Image.new("RGB", (size, size), corner[:3] if is_solid else "white")
    edge = (size - small.width) // 2
    ground.paste(small, (edge, edge), mask=small.getchannel("A"))
    return ground
