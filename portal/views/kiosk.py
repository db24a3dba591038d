"""The screens on which a customer chooses: language, what, number, operator, product, amount.

Each asks one thing and is a form whose buttons are the answers. Every POST leads to a GET,
wrong ones too: going back in the browser never sends a form again, and shows nothing that
is not of the visit that is under way. What was chosen is in `portal.visit`, in no address.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Country
from catalog.msisdn import MsisdnError, country_of, normalize
from portal import kioskcountries, kioskgoods, languages, visit
from portal.forms.kiosk import AMOUNT, NUMBER, KeypadForm, whole
from portal.forms.sell import read_amount
from portal.kiosk import KioskRequest, kiosk_page
from portal.kioskscreen import early, mend, screen, to
from portal.kiosksteps import forgotten
from portal.visit import Visit
from topup.errors import TopupError
from topup.services.pricing import check_face_value

page_of_kiosk = require_http_methods(["GET", "POST"])


@page_of_kiosk
@kiosk_page
def start(request: KioskRequest) -> HttpResponse:
    """The first screen: a language. Choosing one begins a new visit."""
    if request.method == "POST":
        code = languages.known(request.POST.get("language", ""))
        if not code:
            return to("start")
        visit.begin(request, code)
        return to("kind")
    return screen(request, "start", {"languages": languages.offered()}, back="start")


@page_of_kiosk
@kiosk_page
def language(request: KioskRequest) -> HttpResponse:
    """Another language in the middle of a visit; what was chosen stays."""
    here = visit.of(request).here or "start"
    if request.method == "POST":
        if code := languages.known(request.POST.get("language", "")):
            visit.keep(request, language=code)
        return to(here)
    return screen(request, "language", {"languages": languages.offered()}, back=here)


@page_of_kiosk
@kiosk_page
def kind(request: KioskRequest) -> HttpResponse:
    """What do you want? Pictures."""
    if answered := early(request, "kind"):
        return answered
    if request.method == "POST":
        wanted = request.POST.get("kind", "")
        if not kioskgoods.is_kind(wanted):
            return to("kind")
        made = visit.keep(request, **forgotten("kind") | {"kind": wanted})
        return to("number" if made.is_by_number else "country")
    return screen(request, "kind", {"deeds": kioskgoods.deeds(request.shop)})


@page_of_kiosk
@kiosk_page
def country(request: KioskRequest) -> HttpResponse:
    """The country of goods that go to no number."""
    if answered := early(request, "country"):
        return answered
    if request.method == "POST":
        if not Country.objects.filter(pk=request.POST.get("country", "")[:2]).exists():
            return to("country")
        code = request.POST["country"][:2]
        visit.keep(request, **forgotten("country") | {"country": code})
        return to("operator")
    found = kioskgoods.countries(request.shop, visit.of(request).kind)
    return screen(request, "country", kioskcountries.shown(request, found))


@page_of_kiosk
@kiosk_page
def dial(request: KioskRequest) -> HttpResponse:
    """The country of the number, for who does not know its code."""
    if answered := early(request, "number"):
        return answered
    if request.method == "POST":
        code = request.POST.get("country", "")[:2]
        if not Country.objects.filter(pk=code).exists():
            code = ""  # the code of the country stands in the number
        visit.keep(request, **forgotten("number") | {"country": code, "msisdn": ""})
        return to("number")
    found = kioskgoods.countries(request.shop, visit.of(request).kind)
    told = kioskcountries.shown(request, found) | {"may_leave_out": True}
    return screen(request, "dial", told)


@page_of_kiosk
@kiosk_page
def number(request: KioskRequest) -> HttpResponse:
    """The number, on the keypad."""
    if answered := early(request, "number"):
        return answered
    if request.method == "GET":
        return screen(request, "number", _typed(visit.of(request)))
    form = KeypadForm(request.POST, NUMBER)
    if form.is_look:
        looked = _typed(visit.keep(request, number=form.text))
        return render(request, "kiosk/_number_told.html", looked)
    if not form.is_done:
        visit.keep(request, number=form.text)
        return to("number")
    try:
        msisdn = normalize(form.text, country=_country(visit.of(request)))
    except MsisdnError as error:
        return mend(request, "number", error.message, number=form.text)
    visit.keep(request, **forgotten("number") | {"number": form.text, "msisdn": msisdn})
    return to("operator")


@page_of_kiosk
@kiosk_page
def operator(request: KioskRequest) -> HttpResponse:
    """The operator: the one that the number seems to belong to is marked, and never chosen."""
    if answered := early(request, "operator"):
        return answered
    choices = kioskgoods.choices(request.shop, visit.of(request))
    if request.method == "POST":
        wanted = whole(request.POST.get("operator", ""))
        if not any(one.operator.pk == wanted and not one.trouble for one in choices):
            return to("operator")
        visit.keep(request, **forgotten("operator") | {"operator": wanted})
        return to("product")
    return screen(request, "operator", {"choices": choices})


@page_of_kiosk
@kiosk_page
def product(request: KioskRequest) -> HttpResponse:
    """What it costs, what arrives, and the fee: one press chooses."""
    if answered := early(request, "product"):
        return answered
    now = visit.of(request)
    if request.method == "POST":
        sku = kioskgoods.sku_of(request.shop, now, whole(request.POST.get("sku", "")))
        if sku is None:
            return mend(request, "product", _("This is not on sale any more. Choose another."))
        amount = "" if kioskgoods.takes_amount(sku) else f"{sku.min_face_value:f}"
        visit.keep(request, **forgotten("product") | {"sku": sku.pk, "amount": amount})
        return to("read_back" if amount else "amount")
    return screen(request, "product", {"offer": kioskgoods.goods(request.shop, now)})


@page_of_kiosk
@kiosk_page
def amount(request: KioskRequest) -> HttpResponse:
    """How much, where the customer says it himself."""
    if answered := early(request, "amount"):
        return answered
    sku = kioskgoods.chosen_sku(visit.of(request))
    if sku is None or not kioskgoods.takes_amount(sku):
        return to("product")
    if request.method == "GET":
        return screen(request, "amount", {"sku": sku, "pad": AMOUNT})
    form = KeypadForm(request.POST, AMOUNT)
    if not form.is_done:
        visit.keep(request, amount=form.text)
        return to("amount")
    try:
        check_face_value(sku, read_amount(form.text))
    except (TopupError, ValueError) as error:
        return mend(request, "amount", str(error), amount=form.text)
    visit.keep(request, **forgotten("amount") | {"amount": form.text})
    return to("read_back")


def _country(now: Visit) -> Country | None:
    return Country.objects.defer("raw").filter(pk=now.country).first() if now.country else None


def _typed(now: Visit) -> dict[str, object]:
    """The number so far: its country, and how it will be used as soon as it is whole enough."""
    chosen = _country(now)
    try:
        msisdn = normalize(now.number, country=chosen)
    except MsisdnError:
        msisdn = ""
    of_number = country_of(now.number.lstrip("+").removeprefix("00")) if now.number else None
    return {
        "pad": NUMBER, "country": chosen or of_number, "chosen": chosen, "typed": now.number,
        "told": msisdn if len(msisdn) > 8 else "",
    }  # fmt: skip
