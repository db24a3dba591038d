"""The colours of a page from one that somebody chose. Pure.

Only lightness is moved, in OKLCH (https://bottosson.github.io/posts/oklab/), and only as
far as it must be: words, links, buttons and borders hold WCAG 2.2 contrast on every ground
of both schemes, whatever was chosen. The grounds are those of static/css/tokens.css.
"""

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

#: The product's own colour; it comes with shades made by hand, in tokens.css.
OURS = "#0b5d57"
FORM = re.compile(r"#[0-9a-f]{6}")
READ = 4.5  # contrast of what is read
_SPARE = 0.01  # lost when a colour is written in 8 bits
_STEP = 0.004  # of lightness
_BLACK, _WHITE = 0.0, 1.0


@dataclass(frozen=True)
class Shades:
    """What one scheme needs: the colour, pressed or hovered, its soft ground, words on it."""

    brand: str
    strong: str
    pale: str
    on_brand: str


@dataclass(frozen=True)
class Scheme:
    """Grounds and words that do not change with the colour."""

    page: str
    card: str
    text: str
    line: str
    ours: Shades


LIGHT = Scheme(
    page="#f4f6f7", card="#ffffff", text="#11181c", line="#d5dbe0",
    ours=Shades("#0b5d57", "#08443f", "#e2f3f0", "#ffffff"),
)  # fmt: skip
DARK = Scheme(
    page="#0f1716", card="#182322", text="#eef4f3", line="#324240",
    ours=Shades("#63d2c4", "#8be3d8", "#1d3835", "#06201d"),
)  # fmt: skip


@dataclass(frozen=True)
class Tone:
    """A colour in OKLCH: lightness 0 to 1, chroma, hue in radians."""

    lightness: float
    chroma: float
    hue: float

    def at(self, lightness: float, *, most: float = 1.0) -> str:
        """The same hue in another lightness, with at most so much chroma."""
        return _hex(Tone(lightness, min(self.chroma, most), self.hue))


@lru_cache(maxsize=64)
def shades(colour: str, scheme: Scheme) -> Shades:
    """All shades of a colour, written "#rrggbb", in a scheme."""
    if colour == OURS:
        return scheme.ours
    return _in_light(colour, scheme) if scheme is LIGHT else _in_dark(colour, scheme)


@lru_cache(maxsize=64)
def style_sheet(colour: str) -> str:
    """The custom properties of tokens.css that a colour changes; "" for our own."""
    if colour == OURS:
        return ""
    light, dark = _properties(shades(colour, LIGHT)), _properties(shades(colour, DARK))
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


@lru_cache(maxsize=64)
def sheet_name(colour: str) -> str:
    """The name of its style sheet: the colour, and a hash of what stands in it."""
    sheet = style_sheet(colour)
    return f"{colour[1:]}-{hashlib.sha256(sheet.encode()).hexdigest()[:12]}" if sheet else ""


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: from 1 for two that are the same to 21 for black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _properties(found: Shades) -> str:
    return (
        f"--brand: {found.brand}; --brand-strong: {found.strong}; "
        f"--brand-pale: {found.pale}; --on-brand: {found.on_brand};"
    )


def _in_light(colour: str, scheme: Scheme) -> Shades:
    tone = tone_of(colour)
    pale = tone.at(0.955, most=0.025)
    brand = _moved(colour, _BLACK, on=(scheme.page, scheme.card, pale))
    lightness = tone_of(brand).lightness
    strong = tone.at(lightness - 0.07 if lightness > 0.25 else lightness + 0.2)
    return Shades(brand, strong, pale, scheme.card)


def _in_dark(colour: str, scheme: Scheme) -> Shades:
    tone = tone_of(colour)
    pale = tone.at(0.32, most=0.035)
    brand = _moved(colour, _WHITE, on=(scheme.page, scheme.card, pale))
    lightness = tone_of(brand).lightness
    away = _WHITE if lightness < 0.9 else _BLACK
    strong = tone.at(lightness + (0.07 if away else -0.08))
    ink = _moved(tone.at(0.22, most=0.04), _BLACK, on=(brand, strong))
    return Shades(brand, strong, pale, ink)


def _moved(colour: str, towards: float, *, on: Sequence[str]) -> str:
    """The colour itself if it can be read on all of them, else as near to it as can be."""
    if _is_read(colour, on):
        return colour
    tone = tone_of(colour)
    for number in range(1, math.ceil(1 / _STEP) + 1):
        lightness = tone.lightness + (number * _STEP if towards else -number * _STEP)
        if not 0 < lightness < 1:
            break
        if _is_read(found := tone.at(lightness), on):
            return found
    return "#ffffff" if towards else "#000000"


def _is_read(colour: str, on: Sequence[str]) -> bool:
    return all(contrast(colour, ground) >= READ + _SPARE for ground in on)


def tone_of(colour: str) -> Tone:
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    return Tone(lightness, math.hypot(a, b), math.atan2(b, a))


def _hex(tone: Tone) -> str:
    """Written in sRGB; with as much of its chroma as a screen can show in that lightness."""
    low, high = 0.0, tone.chroma
    if _fits(_rgb(tone)):
        low = high
    while high - low > 0.001:
        half = (low + high) / 2
        fits = _fits(_rgb(Tone(tone.lightness, half, tone.hue)))
        low, high = (half, high) if fits else (low, half)
    parts = map(_encoded, _rgb(Tone(tone.lightness, low, tone.hue)))
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _rgb(tone: Tone) -> tuple[float, float, float]:
    """Linear light; outside of 0 to 1 where no screen can show it."""
    a, b = tone.chroma * math.cos(tone.hue), tone.chroma * math.sin(tone.hue)
    long = (tone.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (tone.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (tone.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _fits(parts: tuple[float, float, float]) -> bool:
    return all(-1e-6 <= part <= 1 + 1e-6 for part in parts)


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_decoded(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _encoded(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
