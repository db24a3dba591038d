"""The screens on which a customer chooses: language, what, number, operator, product, amount.

Each asks one thing and is a form whose buttons are the answers. Every POST leads to a GET,
wrong ones too: going back in the browser never sends a form again, and shows nothing that
is not of the visit that is under way. What was chosen is in `portal.visit`, in no address.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from catalog.models import Country
from catalog.msisdn import MsisdnError, country_of, normalize
from portal import kioskcountries, kioskgoods, languages, visit
from portal.forms.kiosk import NUMBER, KeypadForm, amount_pad, whole
from portal.kiosk import KioskRequest
from portal.kioskscreen import chose, here, kiosk_screen, mend, screen, to
from portal.visit import Visit
from topup import amounts
from topup.errors import TopupError
from topup.services.pricing import check_face_value


@kiosk_screen()
def start(request: KioskRequest) -> HttpResponse:
    """The first screen: a language. To come here ends a visit, however the browser came."""
    if request.method == "POST":
        code = languages.known(request.POST.get("language", ""))
        if not code:
            return to("start")
        visit.begin(request, code)
        return to("kind")
    if visit.of(request).language:  # else the side steps would lead on into what was chosen
        visit.begin(request)
        return to("start")
    return screen(request, "start", {"languages": languages.offered()}, back="start")


@kiosk_screen()
def language(request: KioskRequest) -> HttpResponse:
    """Another language in the middle of a visit; what was chosen stays."""
    if request.method == "POST":
        if code := languages.known(request.POST.get("language", "")):
            visit.keep(request, language=code)
        return to(here(request))
    return screen(request, "language", {"languages": languages.offered()}, back=here(request))


@kiosk_screen("kind")
def kind(request: KioskRequest) -> HttpResponse:
    """What do you want? Pictures."""
    if request.method == "POST":
        wanted = request.POST.get("kind", "")
        if not kioskgoods.is_kind(wanted):
            return to("kind")
        made = chose(request, "kind", kind=wanted)
        return to("number" if made.is_by_number else "country")
    return screen(request, "kind", {"deeds": kioskgoods.deeds(request.shop)})


@kiosk_screen("country")
def country(request: KioskRequest) -> HttpResponse:
    """The country of goods that go to no number."""
    if request.method == "POST":
        code = _posted_country(request)
        if not code:
            return to("country")
        chose(request, "country", country=code)
        return to("operator")
    found = kioskgoods.countries(request.shop, visit.of(request).kind)
    return screen(request, "country", kioskcountries.shown(request, found))


@kiosk_screen("number")
def dial(request: KioskRequest) -> HttpResponse:
    """The country of the number, for who does not know its code; none where he types it."""
    if request.method == "POST":
        chose(request, "number", country=_posted_country(request), msisdn="")
        return to("number")
    found = kioskgoods.countries(request.shop, visit.of(request).kind)
    told = kioskcountries.shown(request, found) | {"may_leave_out": True}
    return screen(request, "dial", told)


@kiosk_screen("number")
def number(request: KioskRequest) -> HttpResponse:
    """The number, on the keypad."""
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
        msisdn = normalize(form.text, country=kioskgoods.chosen_country(visit.of(request)))
    except MsisdnError as error:
        return mend(request, "number", error.message, number=form.text)
    chose(request, "number", number=form.text, msisdn=msisdn)
    return to("operator")


@kiosk_screen("operator")
def operator(request: KioskRequest) -> HttpResponse:
    """The operator: the one that the number seems to belong to is marked, and never chosen."""
    choices = kioskgoods.choices(request.shop, visit.of(request))
    if request.method == "POST":
        wanted = whole(request.POST.get("operator", ""))
        if not any(one.operator.pk == wanted and not one.trouble for one in choices):
            return to("operator")
        chose(request, "operator", operator=wanted)
        return to("product")
    return screen(request, "operator", {"choices": choices})


@kiosk_screen("product")
def product(request: KioskRequest) -> HttpResponse:
    """What it costs, what arrives, and the fee: one press chooses."""
    now = visit.of(request)
    if request.method == "POST":
        sku = kioskgoods.sku_of(request.shop, now, whole(request.POST.get("sku", "")))
        if sku is None:
            return mend(request, "product", _("This is not on sale any more. Choose another."))
        face = "" if kioskgoods.takes_amount(sku) else f"{sku.min_face_value:f}"
        chose(request, "product", sku=sku.pk, face_value=face)
        return to("read_back" if face else "amount")
    return screen(request, "product", {"offer": kioskgoods.goods(request.shop, now)})


@kiosk_screen("amount")
def amount(request: KioskRequest) -> HttpResponse:
    """How much, where the customer says it himself."""
    sku = kioskgoods.chosen_sku(visit.of(request))
    if sku is None or not kioskgoods.takes_amount(sku):
        return to("product")
    pad = amount_pad(sku.face_currency)
    if request.method == "GET":
        return screen(request, "amount", {"sku": sku, "pad": pad})
    form = KeypadForm(request.POST, pad)
    if not form.is_done:
        chose(request, "amount", amount=form.text)
        return to("amount")
    try:
        check_face_value(sku, face := amounts.read(form.text, sku.face_currency))
    except (TopupError, ValueError) as error:
        return mend(request, "amount", str(error), amount=form.text, face_value="")
    chose(request, "amount", amount=form.text, face_value=f"{face:f}")
    return to("read_back")


def _posted_country(request: KioskRequest) -> str:
    """The code of the country that was pressed; "" for what is none."""
    code = request.POST.get("country", "")[:2]
    return code if Country.objects.filter(pk=code).exists() else ""


def _typed(now: Visit) -> dict[str, object]:
    """The number so far: its country, and how it will be used as soon as it is whole enough."""
    chosen = kioskgoods.chosen_country(now)
    try:
        msisdn = normalize(now.number, country=chosen)
    except MsisdnError:
        msisdn = ""
    told = msisdn if len(msisdn) > 8 else ""
    begun = told or ("" if chosen else now.number.lstrip("+").removeprefix("00"))
    country = country_of(begun) if begun else None  # of a whole number it is its own, not a wish
    return {
        "pad": NUMBER, "country": country or (None if told else chosen), "chosen": chosen,
        "typed": now.number, "told": told,
    }  # fmt: skip
