"""The public page of a sale, behind the QR code of its receipt: where it stands, never a code.

No sign-in, no cookie, nothing kept. Who guesses addresses is held back.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from catalog.msisdn import group
from portal import languages, passportwords
from portal.brake import source_of
from portal.paper import Row
from portal.templatetags.counter import money_alone
from portal.views.receipts import left_on
from topup import pacing
from topup.models import Sale
from topup.services import esims, passport, receipts, vouchers

MINUTE, TEN_MINUTES = 60, 600
MOST_QUESTIONS = 5  # to the provider, about one eSIM in ten minutes
MOST_QUESTIONS_HERE = 20  # and from one address


@require_safe
def status(request: HttpRequest, signed: str) -> HttpResponse:
    """Where a sale stands, for whoever holds its receipt."""
    if not _may_look(request):
        return _too_many(request)
    return _page(request, _sale(signed), signed)


@require_safe
def data(request: HttpRequest, signed: str) -> HttpResponse:
    """The same, with what is left on the eSIM; the provider is asked now."""
    if not _may_look(request):
        return _too_many(request)
    sale = _sale(signed)
    if not esims.may_ask(sale):
        raise Http404
    if not _may_ask(request, sale):
        return _page(request, sale, signed, is_soon=True)
    return _page(request, sale, signed, asks=True)


def _sale(signed: str) -> Sale:
    try:
        return passport.find(signed)
    except Sale.DoesNotExist:
        raise Http404 from None


def _may_look(request: HttpRequest) -> bool:
    most: int = settings.PUBLIC_LOOKS
    return pacing.may("look", source_of(request), most=most, seconds=MINUTE)


def _may_ask(request: HttpRequest, sale: Sale) -> bool:
    """Each question holds a thread for seconds: what cannot be counted is not asked."""
    may = partial(pacing.may, seconds=TEN_MINUTES, uncounted=False)
    here = may("data", source_of(request), most=MOST_QUESTIONS_HERE)
    return here and may("esim", str(sale.pk), most=MOST_QUESTIONS)


def _page(
    request: HttpRequest, sale: Sale, signed: str, *, asks: bool = False, is_soon: bool = False
) -> HttpResponse:
    code = languages.of_visitor(request, otherwise=sale.receipt_language)
    with override(code), timezone.override(sale.shop.zone):
        context: dict[str, Any] = {
            "sale": sale, "signed": signed, "rows": _rows(sale),
            "look": passportwords.look(sale, is_code_awaited=vouchers.is_awaited(sale)),
            "may_ask_data": esims.may_ask(sale), "data_problem": "",
        }  # fmt: skip
        if asks:
            context |= left_on(sale)
        if is_soon:
            context["data_problem"] = _("It was asked a moment ago. Wait a few minutes.")
        return _answer(request, context, code)


def _rows(sale: Sale) -> list[Row]:
    at = localtime(sale.settled_at or sale.created_at)
    paid, currency = sale.price, sale.currency
    if sale.collected_amount is not None:
        paid, currency = sale.collected_amount, sale.collected_currency
    found = [
        Row(_("Receipt"), receipts.number_of(sale), is_code=True),
        Row(_("Date"), f"{date_format(at, 'DATE_FORMAT')} {time_format(at, 'TIME_FORMAT')}"),
        Row(_("Number"), passport.masked(group(sale.recipient)) if sale.recipient else "",
            is_code=True),
        Row(_("Operator"), sale.operator_name),
        Row(_("Paid"), money_alone(paid, currency), is_code=True),
        Row(_("Shop"), sale.shop.name),
        Row(_("Help"), sale.shop.hotline, is_code=True),
    ]  # fmt: skip
    return [row for row in found if row.value]


def _too_many(request: HttpRequest) -> HttpResponse:
    code = languages.of_visitor(request)
    with override(code):
        answer = _answer(request, {}, code, status=429)
    answer["Retry-After"] = str(MINUTE)
    return answer


def _answer(
    request: HttpRequest, context: dict[str, Any], code: str, *, status: int = 200
) -> HttpResponse:
    context |= {"language": languages.language(code), "languages": languages.offered()}
    answer = render(request, "receipts/passport.html", context, status=status)
    answer["Content-Language"] = code
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Vary"] = "Accept-Language"
    return answer
