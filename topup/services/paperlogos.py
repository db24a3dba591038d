"""A logo in black on white, as a printer of receipts draws it: a dot is burnt or it is not.

What can be seen on its ground is black, whatever its colour. Of two tones one of which lies
inside the other, that one is white, so that a star is seen in its disc. Where that leaves
nothing to see, or nothing but black, there is no logo on paper. Pure.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageChops, ImageFilter

BOX = (480, 144)  # dots
DOTS = 12  # to the millimetre: at most 40 by 12 mm
_MOST_SCALE = 4.0
_SEEN, _LEAST_SEEN = 52, 24  # of 255: how far from its ground; of pale logos half of the most
_APART = 64  # of 255: two tones
_FEW, _NEARLY_ALL = 0.01, 0.97  # parts of the picture
_MOST_STEPS = 300  # a spiral has more, and may stay black


@dataclass(frozen=True)
class PaperLogo:
    """A PNG of one bit a dot. `width` and `height` are in millimetres."""

    png: bytes = field(repr=False)
    width: float
    height: float

    @property
    def address(self) -> str:
        """The whole picture: a paper is printed without asking for anything more."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in those of CSS."""
        return round(self.width * 96 / 25.4), round(self.height * 96 / 25.4)


def on_paper(content: bytes) -> PaperLogo | None:
    """The logo of a brand for its papers; None where black and white do not show it."""
    with Image.open(BytesIO(content)) as opened:
        logo = opened.convert("RGBA")
    drawn = _drawn(_scaled(logo))
    if drawn is None:
        return None
    out = BytesIO()
    drawn.convert("1").save(out, "PNG", optimize=True)
    return PaperLogo(out.getvalue(), drawn.width / DOTS, drawn.height / DOTS)


def _scaled(logo: Image.Image) -> Image.Image:
    scale = min(BOX[0] / logo.width, BOX[1] / logo.height, _MOST_SCALE)
    size = max(1, round(logo.width * scale)), max(1, round(logo.height * scale))
    return logo.resize(size, Image.Resampling.LANCZOS)


def _drawn(logo: Image.Image) -> Image.Image | None:
    tones, solid = _on_white(logo), logo.getchannel("A").point(_from(128))
    ground = 255 if solid.getextrema()[0] == 0 else _at_the_edge(tones)
    apart = ImageChops.difference(tones, Image.new("L", tones.size, ground))
    least = min(_SEEN, _most(apart) // 2)
    ink = ImageChops.multiply(apart.point(_from(max(least, 1))), solid)
    ink = ImageChops.subtract(ink, _inside(tones, ink))
    is_shown = least >= _LEAST_SEEN and _FEW < _part(ink) < _NEARLY_ALL
    return ImageChops.invert(ink) if is_shown else None


def _on_white(logo: Image.Image) -> Image.Image:
    white = Image.new("RGBA", logo.size, "white")
    return Image.alpha_composite(white, logo).convert("L")


def _from(least: int) -> list[int]:
    """A table: all or nothing."""
    return [255 if tone >= least else 0 for tone in range(256)]


def _part(mask: Image.Image) -> float:
    """The part of a picture that a mask has."""
    return mask.histogram()[255] / (mask.width * mask.height)


def _at_the_edge(tones: Image.Image) -> int:
    """The tone that its edge has most often."""
    width, height = tones.size
    edges = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height),
             (width - 1, 0, width, height))  # fmt: skip
    counts = [sum(found) for found in zip(*(tones.crop(edge).histogram() for edge in edges),
                                          strict=True)]  # fmt: skip
    return counts.index(max(counts))


def _most(apart: Image.Image) -> int:
    """How far from the ground the logo is where it is farthest; a few dots do not count."""
    counts, seen = apart.histogram(), 0
    for tone in range(255, 0, -1):
        seen += counts[tone]
        if seen > _FEW * apart.width * apart.height:
            return tone
    return 0


def _inside(tones: Image.Image, ink: Image.Image) -> Image.Image:
    """Of two tones that the ink has, what of one lies inside the other; else nothing."""
    nothing = Image.new("L", ink.size)
    middle = _between(tones.histogram(ink))
    if middle is None:
        return nothing
    light = ImageChops.multiply(ink, tones.point(_from(middle)))
    for inner in (light, ImageChops.subtract(ink, light)):
        enclosed = ImageChops.subtract(inner, _reached(ImageChops.invert(ink), inner))
        if _part(enclosed) > _FEW / 4:
            return enclosed
    return nothing


def _reached(ground: Image.Image, tone: Image.Image) -> Image.Image:
    """The ground, and of a tone what touches it, and so on inwards."""
    seen, both = ground, ImageChops.lighter(ground, tone)
    for _step in range(_MOST_STEPS):
        grown = ImageChops.multiply(seen.filter(ImageFilter.MaxFilter(3)), both)
        if ImageChops.difference(grown, seen).getbbox() is None:
            break
        seen = grown
    return seen


def _between(counts: list[int]) -> int | None:
    """Where two tones part (after Otsu); None where there is only one."""
    total, sums = sum(counts), sum(tone * count for tone, count in enumerate(counts))
    best, found, below, below_sums = 0.0, None, 0, 0
    for tone, count in enumerate(counts):
        above = total - below
        if below and above:
            gap = (sums - below_sums) / above - below_sums / below
            spread = below * above * gap * gap
            is_two = gap >= _APART and min(below, above) > total * 5 * _FEW
            if spread > best:
                best, found = spread, tone if is_two else None
        below += count
        below_sums += tone * count
    return found
