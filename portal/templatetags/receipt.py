"""QR codes, drawn here: no script, and no address that would hold what they say."""

import segno
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code as a picture of its own lines. Of text that `portal.paper.qr` lets through."""
    drawn = segno.make_qr(text, error="m").svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return format_html(
        '<div class="qr" role="img" aria-label="{}">{}</div>', label, mark_safe(drawn)
    )
