"""Kiosks of the shop, for those in charge: making one, and what is done to it from afar."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import till
from portal.decorators import AgentRequest, agent_page
from portal.forms.kiosks import HotlineForm, KioskForm, MessageForm, RetireForm
from portal.http import page, see_other
from portal.kiosk import page_version
from topup import sealing
from topup.models import Kiosk
from topup.services import kiosks, shops

CODE = "kiosk_code"  # in the session: of which kiosk, and the code, sealed, until it is used
MOST_SHOWN = 50


@require_http_methods(["GET", "POST"])
@agent_page
def kiosk_list(request: AgentRequest) -> HttpResponse:
    """All kiosks of the shop; the form makes another one."""
    _require_charge(request)
    form = KioskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (problem := _why_no_code(request)):
        form.add_error(None, problem)
    elif request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        made, code = kiosks.create(shop=request.shop, name=name, by=request.user)
        return _to_code(request, made, code)
    return _list(request, form, HotlineForm(initial={"hotline": request.shop.hotline}))


def _list(request: AgentRequest, form: KioskForm, hotline_form: HotlineForm) -> HttpResponse:
    context = {
        "kiosks": kiosks.kiosks_of(request.user)[:MOST_SHOWN], "form": form,
        "hotline_form": hotline_form, "no_code": _why_no_code(request),
        "lately": timezone.now() - kiosks.THERE_WITHIN,
    }  # fmt: skip
    has_errors = bool(form.errors or hotline_form.errors)
    return page(request, "people/kiosks.html", context, status=422 if has_errors else 200)


@require_POST
@agent_page
def hotline(request: AgentRequest) -> HttpResponse:
    """The number that customers read at kiosks and on receipts."""
    _require_charge(request)
    form = HotlineForm(request.POST)
    if not form.is_valid():
        return _list(request, KioskForm(), form)
    shops.set_hotline(shop=request.shop, hotline=form.cleaned_data["hotline"], by=request.user)
    messages.success(request, _("The hotline is set."))
    return see_other(request, reverse("people:kiosks"))


@require_GET
@agent_page
def kiosk(request: AgentRequest, kiosk_id: int) -> HttpResponse:
    """One kiosk: how it is, and what can be done to it."""
    found = _found(request, kiosk_id)
    return _page(request, found, MessageForm(initial={"text": found.message}), RetireForm())


def _page(
    request: AgentRequest, found: Kiosk, form: MessageForm, retire_form: RetireForm
) -> HttpResponse:
    context = {
        "kiosk": found, "form": form, "retire_form": retire_form, "code": _code_of(request, found),
        "no_code": _why_no_code(request), "enrol_url": _enrol_url(request),
        "lately": timezone.now() - kiosks.THERE_WITHIN, "help": kiosks.help_state(found),
        "waits_for_reload": kiosks.wants_reload(found),
        "is_old": bool(found.version) and not found.version.startswith(page_version()),
    }  # fmt: skip
    has_errors = bool(form.errors or retire_form.errors)
    return page(request, "people/kiosk.html", context, status=422 if has_errors else 200)


@require_POST
@agent_page
def code(request: AgentRequest, kiosk_id: int) -> HttpResponse:
    """Another code; the browser that is the kiosk stays it until the code is used."""
    found = _found(request, kiosk_id)
    if problem := _why_no_code(request):
        return page(request, "403.html", {"problem": problem}, status=403)
    return _to_code(request, found, kiosks.new_code(kiosk=found, by=request.user))


@require_POST
@agent_page
def message(request: AgentRequest, kiosk_id: int) -> HttpResponse:
    """A line for every customer there."""
    found, form = _found(request, kiosk_id), MessageForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, RetireForm())
    kiosks.say(kiosk=found, text=form.cleaned_data["text"], by=request.user)
    return _done(request, found, _("The kiosk %(name)s shows this from its next look on."))


@require_POST
@agent_page
def retire(request: AgentRequest, kiosk_id: int) -> HttpResponse:
    """Out of service for good."""
    found, form = _found(request, kiosk_id), RetireForm(request.POST)
    if not form.is_valid():
        return _page(request, found, MessageForm(initial={"text": found.message}), form)
    kiosks.retire(kiosk=found, by=request.user)
    messages.success(request, _("The kiosk %(name)s is out of service.") % {"name": found.name})
    return see_other(request, reverse("people:kiosks"))


#: What is done by one press, and what is told then.
DEEDS: dict[str, tuple[Callable[..., object], Callable[[], str]]] = {
    "block": (kiosks.block, lambda: _("The kiosk %(name)s is blocked.")),
    "unblock": (kiosks.unblock, lambda: _("The kiosk %(name)s serves customers again.")),
    "reload": (kiosks.reload, lambda: _("The kiosk %(name)s loads its page anew.")),
    "refill": (kiosks.refill, lambda: _("The kiosk %(name)s has paper.")),
    "come": (kiosks.answer_help, lambda: _("The kiosk %(name)s says that somebody comes.")),
}


@require_POST
@agent_page
def deed(request: AgentRequest, kiosk_id: int, deed: str) -> HttpResponse:
    """One press."""
    found = _found(request, kiosk_id)
    work, told = DEEDS[deed]
    work(kiosk=found, by=request.user)
    return _done(request, found, told())


def _to_code(request: AgentRequest, found: Kiosk, code: str) -> HttpResponse:
    """The code is shown on the kiosk's page, to who made it, until it is used."""
    request.session[CODE] = [found.pk, sealing.seal(code).decode()]
    return see_other(request, reverse("people:kiosk", args=[found.pk]))


def _code_of(request: AgentRequest, found: Kiosk) -> str:
    pk, sealed = request.session.get(CODE, [0, ""])
    try:
        code = str(sealing.unseal(sealed.encode())) if pk == found.pk else ""
    except sealing.SealError:  # under a key that is gone
        return ""
    return code if kiosks.is_code(found, code) else ""


def _enrol_url(request: AgentRequest) -> str:
    return request.build_absolute_uri(reverse("kiosk:enrol"))


def _why_no_code(request: AgentRequest) -> str:
    """A code makes something that outlasts a PIN."""
    if till.came_by_pin(request):
        return _("A PIN is not enough for this. Sign in with your password, then come back.")
    return ""


def _require_charge(request: AgentRequest) -> None:
    if not request.user.sees_whole_shop:
        raise PermissionDenied


def _found(request: AgentRequest, kiosk_id: int) -> Kiosk:
    _require_charge(request)
    return get_object_or_404(kiosks.kiosks_of(request.user), pk=kiosk_id)


def _done(request: AgentRequest, found: Kiosk, text: str) -> HttpResponse:
    messages.success(request, text % {"name": found.name})
    return see_other(request, reverse("people:kiosk", args=[found.pk]))
