"""Tills: making one of this browser, its locked page, and changing who is at it."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import till
from portal.decorators import AgentRequest, agent_page, door
from portal.forms.till import PinForm, TillForm
from portal.http import page, see_other
from topup.errors import TopupError
from topup.models import Device, Person
from topup.services import tills


@require_http_methods(["GET", "POST"])
@agent_page
def start(request: AgentRequest) -> HttpResponse:
    """What this browser is: no till yet, with the form to make it one, or which till."""
    problem = _why_not(request)
    if problem:
        return page(request, "403.html", {"problem": problem}, status=403)
    if request.method != "POST" or request.device:
        return page(request, "till/start.html", {"till": request.device, "form": TillForm()})
    form = TillForm(request.POST)
    if not form.is_valid():
        return page(request, "till/start.html", {"till": None, "form": form}, status=422)
    _made, token = tills.enrol(shop=request.shop, name=form.cleaned_data["name"], by=request.user)
    answer = see_other(request, reverse("till:start"))
    till.set_cookie(answer, token)
    return answer


@require_POST
@agent_page
def forget(request: AgentRequest) -> HttpResponse:
    """The browser is no till any more; its token opens nothing from now on."""
    problem = _why_not(request)
    if problem:
        return page(request, "403.html", {"problem": problem}, status=403)
    if request.device:
        tills.set_frozen(device=request.device, is_frozen=True)
    answer = see_other(request, reverse("till:start"))
    till.forget_cookie(answer)
    return answer


def _why_not(request: AgentRequest) -> str:
    if not request.user.sees_whole_shop:
        return _("Only the owner or a manager makes a browser a till.")
    if till.came_by_pin(request):
        return _("A PIN is not enough for this. Sign in with your password, then come back.")
    return ""


@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest) -> HttpResponse:
    """The page of a locked till: who is there, and the PIN. Shows nothing of who was."""
    device: Device | None = request.device  # type: ignore[attr-defined]
    if request.user.is_authenticated and request.method == "GET":
        return see_other(request, _next(request))
    if device is None:
        return see_other(request, f"{resolve_url('session:sign_in')}?{_query(request)}")
    if request.method == "POST":
        return _sign_in(request, device)
    return _lock_page(request, device, chosen=request.GET.get("person", ""))


def _sign_in(request: HttpRequest, device: Device) -> HttpResponse:
    form, chosen = PinForm(request.POST), request.POST.get("person", "")
    if not form.is_valid():
        problem = str(next(iter(form.errors.values()))[0])
        return _lock_page(request, device, chosen=chosen, problem=problem, status=422)
    data = form.cleaned_data
    try:
        person = tills.sign_in(device=device, person_id=data["person"], pin=data["pin"])
    except TopupError as error:
        return _lock_page(request, device, chosen=chosen, problem=error.message, status=422)
    there = _next(request)
    till.lock(request)  # nothing of an earlier session is left, whoever it was
    till.sign_in(request, person, device)
    answer = see_other(request, there)
    till.set_cookie(answer, request.COOKIES[till.COOKIE])
    return answer


def _lock_page(
    request: HttpRequest, device: Device, *, chosen: str, problem: str = "", status: int = 200
) -> HttpResponse:
    people = tills.people_at(device)
    person = next((person for person in people if str(person.pk) == chosen), None)
    context = {
        "till": device, "people": people, "person": person, "problem": problem,
        "next": _next(request, default=""), "query": _query(request),
    }  # fmt: skip
    return page(request, "till/pin.html" if person else "till/lock.html", context, status=status)


def _next(request: HttpRequest, default: str = "/") -> str:
    """Where the visitor wanted to go, on this site."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return there if there and is_ours else default


def _query(request: HttpRequest) -> str:
    there = _next(request, default="")
    return urlencode({"next": there}) if there else ""


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Lock now: one press, and somebody else may sign in."""
    till.lock(request)
    return see_other(request, door(request))


@require_GET
def look(request: HttpRequest) -> HttpResponse:
    """Asked by a page that lies open: nothing, or the way to the locked page."""
    if isinstance(request.user, Person):
        return HttpResponse(status=204)
    htmx = getattr(request, "htmx", None)
    if not htmx:
        raise Http404
    there = htmx.current_url_abs_path or ""
    return see_other(request, f"{door(request)}?{urlencode({'next': there})}")
