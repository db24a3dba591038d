"""People of the shop, for those in charge; and everybody's own PIN."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import till
from portal.decorators import AgentRequest, View, agent_page
from portal.forms.people import NewPersonForm, OwnPinForm, SetPinForm
from portal.http import page, see_other
from topup.errors import PinError, TopupError
from topup.models import Person
from topup.services import people, tills

PER_PAGE = 50


@require_GET
@agent_page
def people_list(request: AgentRequest) -> HttpResponse:
    """Everybody of the shop, and its tills."""
    _require_charge(request)
    typed = request.GET.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 1
    first = (max(1, number) - 1) * PER_PAGE
    found = people.people_of(request.user).order_by("-is_active", "first_name", "username")
    rows = list(found[first : first + PER_PAGE + 1])
    context = {
        "people": rows[:PER_PAGE], "page": max(1, number), "has_more": len(rows) > PER_PAGE,
        "tills": tills.tills_of(request.user)[:PER_PAGE],
    }  # fmt: skip
    return page(request, "people/list.html", context)


@require_http_methods(["GET", "POST"])
@agent_page
def add(request: AgentRequest) -> HttpResponse:
    """Somebody new."""
    _require_charge(request)
    form = NewPersonForm(
        request.POST or None, by=request.user, came_by_pin=till.came_by_pin(request)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = people.add_person(by=request.user, new=form.new)
        except TopupError as error:
            form.refuse(error)
        else:
            text = _("%(name)s is added.") % {"name": _name(made)}
            messages.success(request, text)
            return see_other(request, reverse("people:list"))
    context = {"form": form, "role": form["role"].value() or form.roles[0][0]}
    return page(request, "people/add.html", context, status=422 if form.errors else 200)


@require_GET
@agent_page
def person(request: AgentRequest, person_id: int) -> HttpResponse:
    """One of the shop, and what one in charge may do about him."""
    found = _found(request, person_id)
    return _person_page(request, found, SetPinForm())


def _person_page(request: AgentRequest, found: Person, form: SetPinForm) -> HttpResponse:
    context = {
        "person": found, "form": form, "may_manage": people.may_manage(request.user, found),
        "is_locked": people.is_pin_locked(found),
    }  # fmt: skip
    return page(request, "people/person.html", context, status=422 if form.errors else 200)


@require_POST
@agent_page
def pin(request: AgentRequest, person_id: int) -> HttpResponse:
    """A new PIN for somebody; a lock of the old one ends."""
    found, form = _managed(request, person_id), SetPinForm(request.POST)
    if not form.is_valid():
        return _person_page(request, found, form)
    people.set_pin(person=found, pin=form.cleaned_data["pin"])
    return _done(request, found, _("%(name)s has a new PIN."))


def _deed(work: Callable[[Person], object], told: Callable[[], str]) -> View:
    """A press about somebody that changes him and leads back to his page."""

    @require_POST
    @agent_page
    def view(request: AgentRequest, person_id: int) -> HttpResponse:
        found = _managed(request, person_id)
        work(found)
        return _done(request, found, told())

    return view


freeze = _deed(
    lambda found: people.set_active(person=found, is_active=False),
    lambda: _("%(name)s is frozen: nothing can be done under this name any more."),
)
unfreeze = _deed(
    lambda found: people.set_active(person=found, is_active=True),
    lambda: _("%(name)s may sign in again."),
)
unlock = _deed(
    lambda found: people.clear_pin_lock(person=found),
    lambda: _("The PIN of %(name)s is unlocked."),
)


@require_POST
@agent_page
def till_deed(request: AgentRequest, device_id: int, deed: str) -> HttpResponse:
    """Freeze a till of the shop, or let it go on."""
    _require_charge(request)
    device = get_object_or_404(tills.tills_of(request.user), pk=device_id)
    is_frozen = deed == "freeze"
    tills.set_frozen(device=device, is_frozen=is_frozen)
    text = _("The till %(name)s is frozen.") if is_frozen else _("The till %(name)s goes on.")
    messages.success(request, text % {"name": device.name})
    return see_other(request, reverse("people:list"))


@require_http_methods(["GET", "POST"])
@agent_page
def own(request: AgentRequest) -> HttpResponse:
    """One's own PIN; a password or the old PIN shows that it is oneself."""
    form = OwnPinForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _proves(request, form):
        people.set_pin(person=request.user, pin=form.cleaned_data["pin"])
        till.keep_pin_session(request, request.user)
        messages.success(request, _("Your new PIN is set."))
        return see_other(request, reverse("sell:start"))
    return page(request, "people/own.html", {"form": form}, status=422 if form.errors else 200)


def _proves(request: AgentRequest, form: OwnPinForm) -> bool:
    """True for the password (with its brake) or the PIN (with its tries)."""
    proof = form.cleaned_data["proof"]
    if people.opens_till(request.user, request.shop) and proof.isascii() and proof.isdigit():
        try:
            people.try_pin(person_id=request.user.pk, shop=request.shop, pin=proof)
        except PinError as error:
            form.add_error("proof", error.message)
            return False
        return True
    if authenticate(request, username=request.user.username, password=proof) == request.user:
        return True
    form.add_error("proof", _("This is not your password. Type it again."))
    return False


def _require_charge(request: AgentRequest) -> None:
    if not request.user.sees_whole_shop:
        raise PermissionDenied


def _found(request: AgentRequest, person_id: int) -> Person:
    _require_charge(request)
    return get_object_or_404(people.people_of(request.user), pk=person_id)


def _managed(request: AgentRequest, person_id: int) -> Person:
    found = _found(request, person_id)
    if not people.may_manage(request.user, found):
        raise PermissionDenied
    return found


def _done(request: AgentRequest, found: Person, text: str) -> HttpResponse:
    messages.success(request, text % {"name": _name(found)})
    return see_other(request, reverse("people:person", args=[found.pk]))


def _name(person: Person) -> str:
    return person.get_full_name() or person.get_username()
