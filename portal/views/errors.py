"""Pages for what went wrong, in plain words."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.decorators import check_url
from portal.http import page, see_other


def csrf_failure(request: HttpRequest, reason: str = "", **_rest: Any) -> HttpResponse:
    """The page was open since before a sign-in. A posted quote comes back with its key."""
    if again := check_url(request.POST.get("quote", "")):
        return see_other(request, again)
    text = _("This page was open for too long. Nothing was changed. Open it again and repeat.")
    return page(request, "403.html", {"problem": text}, status=403)
