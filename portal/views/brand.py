"""Logo, icon and colours of the brand. Public, and kept by browsers for a year.

Each address has a hash of what it answers with. Pictures come from the database by that
alone; a style sheet is worked out from the colour in its name, so it is there in an outage, too.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.views.logos import KEPT_FOR
from topup import colours
from topup.models import BrandPicture
from topup.services.brandpictures import LOGO


@require_safe
def style(request: HttpRequest, name: str) -> HttpResponse:
    """The custom properties of one colour. No query, no session."""
    colour = f"#{name.partition('-')[0]}"
    if not colours.FORM.fullmatch(colour) or colours.sheet_name(colour) != name:
        raise Http404
    return _kept(colours.style_sheet(colour).encode(), "text/css; charset=utf-8")


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """A logo. One query, no session."""
    return _kept(_content(digest, LOGO), "image/webp")


@require_safe
def icon(request: HttpRequest, digest: str, purpose: str) -> HttpResponse:
    """An icon for one purpose, in one size. One query, no session."""
    if purpose == LOGO:
        raise Http404
    return _kept(_content(digest, purpose), "image/png")


def _content(digest: str, purpose: str) -> bytes:
    found = BrandPicture.objects.filter(digest=digest, purpose=purpose)
    content = found.values_list("content", flat=True).first()
    if not content:
        raise Http404
    return bytes(content)


def _kept(content: bytes, content_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Cache-Control"] = f"public, max-age={KEPT_FOR}, immutable"
    return answer
