"""The language of the pages: for oneself, or for who uses this browser."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from portal import languages
from portal.http import SeeOther, page


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Each language by its own name; leads back to where one came from."""
    after = _after(request)
    codes = {one.code for one in languages.all_of_them()}
    if request.method == "POST" and (code := request.POST.get("language", "")) in codes:
        response = SeeOther(after)
        languages.choose(request, response, code)
        return response
    context = {"languages": languages.all_of_them(), "after": after}
    status = 422 if request.method == "POST" else 200
    return page(request, "session/language.html", context, status=status)


def _after(request: HttpRequest) -> str:
    """The page one came from, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None
    )  # fmt: skip
    return wanted if is_ours else reverse("home")
