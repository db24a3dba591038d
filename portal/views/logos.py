"""Logos of operators and products, out of the database. Public, and kept by browsers for a year."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from catalog.models import Logo

SIZES = {64: "small", 128: "large"}
KEPT_FOR = 365 * 24 * 3600


@require_safe
def logo(request: HttpRequest, digest: str, size: int) -> HttpResponse:
    """One picture; its address has its hash, so it never changes. One query, no session."""
    column = SIZES.get(size)
    if column is None:
        raise Http404
    picture = Logo.objects.filter(digest=digest).values_list(column, flat=True).first()
    if not picture:
        raise Http404
    answer = HttpResponse(bytes(picture), content_type="image/webp")
    answer["Cache-Control"] = f"public, max-age={KEPT_FOR}, immutable"
    return answer
