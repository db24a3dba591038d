"""A picture of a brand in both schemes: header, place in the menu, buttons, a link; and its
logo on paper. Pure.

SVG with its colours as attributes: the CSP allows no inline style. Everything stands in the
middle of its place, so that it is the same from right to left.
"""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi as _is_rtl
from django.utils.translation import gettext as _

from topup import colours
from topup.colours import DARK, LIGHT, Scheme
from topup.services.paperlogos import PaperLogo

WIDTH, HEIGHT = 320, 184
LOGO = (120, 32)


def draw(
    *, name: str, colour: str, logo: str = "", logo_dark: str = "",
    papers: tuple[PaperLogo | None, ...] = (),
) -> SafeString:  # fmt: skip
    """Two pictures, and in words what had to be changed so that it can be read.

    `papers`: the logo as papers have it, None where it cannot be printed; () without a logo.
    """
    parts = [
        (_picture(name, colour, LIGHT, logo, is_plated=False), _told(colour, LIGHT)),
        (_picture(name, colour, DARK, logo_dark or logo, is_plated=not logo_dark),
         _told(colour, DARK)),
        *map(_on_paper, papers),
    ]  # fmt: skip
    return format_html_join("", '<div class="brand-preview">{}<p>{}</p></div>', parts)


def _on_paper(logo: PaperLogo | None) -> tuple[str, str]:
    if logo is None:
        return "", _("On paper: the name alone, because black and white cannot show the logo.")
    picture = '<img src="{}" width="{}" height="{}" alt="{}">'
    return format_html(picture, logo.address, *logo.pixels, _("Paper")), _("Paper")


def _told(colour: str, scheme: Scheme) -> str:
    """What a scheme makes of the colour, in a sentence."""
    shown = colours.shades(colour, scheme).brand
    if scheme is LIGHT:
        told = _("On light screens: as chosen.")
        moved = _("On light screens: %(shown)s, because %(chosen)s could not be read.")
    else:
        told = _("On dark screens: as chosen.")
        moved = _("On dark screens: %(shown)s, because %(chosen)s could not be read.")
    is_as_chosen = shown == colour or colour == colours.OURS
    return told if is_as_chosen else moved % {"shown": _apart(shown), "chosen": _apart(colour)}


def _apart(colour: str) -> str:
    """A colour reads from left to right, also in a sentence that does not."""
    return f"\N{LEFT-TO-RIGHT ISOLATE}{colour}\N{POP DIRECTIONAL ISOLATE}" if _is_rtl() else colour


def _picture(name: str, colour: str, scheme: Scheme, logo: str, *, is_plated: bool) -> SafeString:
    found = colours.shades(colour, scheme)
    parts = [
        _box(0, 0, WIDTH, HEIGHT, scheme.page),
        _box(0, 0, WIDTH, 56, scheme.card),
        _box(0, 55, WIDTH, 1, scheme.line),
        _mark(name, found.brand, logo, is_plated=is_plated),
        _box(184, 10, 120, 36, found.pale),
        _words(244, 33, _("Sell"), found.strong),
        _box(16, 72, 140, 44, found.brand),
        _words(86, 99, _("Sell"), found.on_brand),
        _box(164, 72, 140, 44, found.strong),
        _words(234, 99, _("Sell"), found.on_brand),
        _box(16, 128, 140, 44, found.brand),
        _box(18, 130, 136, 40, scheme.page),
        _words(86, 155, _("Sales"), found.brand),
        _words(234, 155, _("Sales"), found.brand, extra="underline"),
    ]
    return format_html(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>',
        _told(colour, scheme), WIDTH, HEIGHT, WIDTH, HEIGHT, _joined(parts),
    )  # fmt: skip


def _mark(name: str, colour: str, logo: str, *, is_plated: bool) -> SafeString:
    if not logo:
        return _words(92, 34, name if len(name) <= 16 else f"{name[:15]}…", colour)
    plate = _box(28, 8, LOGO[0] + 8, LOGO[1] + 8, "#ffffff") if is_plated else ""
    return format_html(
        '{}<image href="{}" x="32" y="12" width="{}" height="{}"></image>', plate, logo, *LOGO
    )


def _box(x: int, y: int, width: int, height: int, colour: str) -> SafeString:
    rounded = 8 if 1 < height < 50 else 0
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{}"></rect>',
        x, y, width, height, rounded, colour,
    )  # fmt: skip


def _words(x: int, y: int, text: str, colour: str, *, extra: str = "none") -> SafeString:
    return format_html(
        '<text x="{}" y="{}" fill="{}" text-anchor="middle" font-size="15" font-weight="700" '
        'text-decoration="{}">{}</text>',
        x, y, colour, extra, text,
    )  # fmt: skip


def _joined(parts: list[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
