"""The step between goods and price: what the goods ask for besides, and whose bill it is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.models import Sku
from portal import checkwords, queuewords
from portal.decorators import AgentRequest, agent_page
from portal.forms.details import PREFIX, SHOWN, DetailsForm, carried, typed_in
from portal.forms.sell import GoodsForm, NumberForm
from portal.http import goods_url, page, see_other
from topup.errors import ExtraError, TopupError
from topup.kinds import BY_CATEGORY, KINDS, bill
from topup.kinds.base import Number, clean
from topup.models import Kind
from topup.services import accounts, pricing
from topup.services.accounts import Account
from topup.services.pricing import Quote
from topup.services.remembering import remembered


@require_GET
@agent_page
def details(request: AgentRequest) -> HttpResponse:
    """The fields of the chosen goods. For a bill first the account, then whose it is."""
    number, goods = NumberForm(request.GET), GoodsForm(request.GET, wants_amount=False)
    if not (number.is_valid() & goods.is_valid()):
        return see_other(request, goods_url(**_goods_of(request.GET), **carried(request.GET)))
    sku = goods.cleaned_data["sku"]
    known = _remembered(request, sku, number.cleaned_data["msisdn"])
    form = DetailsForm(sku, carried(request.GET) | _shown(request.GET), remembered=known)
    return details_page(request, number, goods, form)


def details_page(
    request: AgentRequest, number: NumberForm, goods: GoodsForm, form: DetailsForm, *,
    error: TopupError | None = None,
) -> HttpResponse:  # fmt: skip
    """The page of the fields; with an error 422, told where it has to be mended."""
    sku, account = form.sku, None
    problem, mend = _told(form, goods, error)
    if is_bill(sku) and form.was_shown and not form.errors:
        try:
            account = _account(request, form)
        except ExtraError as unknown:
            form.fail(unknown.name, unknown.message)
        except TopupError as other:
            problem, mend = other.message, "details"
    typed = goods.data.get(f"amount-{sku.pk}", "")
    if not typed and account and (due := account.amount_for(sku)):
        typed = f"{due.normalize():f}"
    context: dict[str, Any] = {
        "form": form, "sku": sku, "operator": sku.operator, "account": account,
        "problem": problem, "mend": mend, "is_bill": is_bill(sku),
        "number": number.data.get("number", ""), "msisdn": recipient_of(sku, number),
        "amount_text": typed, "asks_amount": is_bill(sku) and not sku.is_fixed,
        "due_hint": checkwords.near_due(account, sku) if account else "",
        "account_box": form.box(bill.ACCOUNT.name),
        "back_url": _back_url(goods), "offer_id": _offer_of(goods),
        "other_account_url": details_url(goods.data, is_shown=False),
    }  # fmt: skip
    status = 422 if problem or form.errors else 200
    return page(request, "sell/details.html", context, status=status)


def _back_url(goods: GoodsForm) -> str:
    """Where something else is chosen; what a customer chose at a kiosk stays as it is."""
    if offer_id := _offer_of(goods):
        return reverse("queue:offer", args=[offer_id])
    return goods_url(**_goods_of(goods.data), **carried(goods.data))


def _offer_of(goods: GoodsForm) -> int:
    return queuewords.offer_id_of(goods.data.get("offer", ""))


def details_url(data: Mapping[str, str], *, is_shown: bool = False) -> str:
    """The page of the fields for these goods, with what was typed so far and is no secret."""
    kept = _goods_of(data) | carried(data) | ({SHOWN: "1"} if is_shown else {})
    return f"{reverse('sell:details')}?{urlencode(kept)}"


def make_quote(
    request: AgentRequest, number: NumberForm, goods: GoodsForm, form: DetailsForm
) -> Quote:
    """The price of these goods. Errors: those of `pricing.quote` and `find_account`."""
    paid, found = goods.cleaned_data["face_value"], {}
    if is_bill(form.sku):
        found = _account(request, form).kept(paid, form.sku.face_currency)
    return pricing.quote(
        shop=request.shop, sku=form.sku, face_value=paid,
        recipient=recipient_of(form.sku, number), extras=form.typed, found=found,
    )  # fmt: skip


def is_bill(sku: Sku) -> bool:
    return BY_CATEGORY.get(sku.category) == Kind.BILL


def recipient_of(sku: Sku, number: NumberForm) -> str:
    """The number, where the goods go to one: an eSIM goes to none, whatever was typed before."""
    kind = BY_CATEGORY.get(sku.category)
    takes_none = kind and KINDS[kind].NUMBER == Number.NONE
    return "" if takes_none else str(number.cleaned_data.get("msisdn", ""))


def _account(request: AgentRequest, form: DetailsForm) -> Account:
    """The account that was typed. Errors: `ExtraError` for one that is none, or is not known."""
    typed = clean((bill.ACCOUNT,), form.typed)[bill.ACCOUNT.name]
    return accounts.find_account(shop=request.shop, by=request.user, sku=form.sku, number=typed)


def _remembered(request: AgentRequest, sku: Sku, msisdn: str) -> dict[str, str]:
    if sku.category not in BY_CATEGORY:
        return {}
    typed = typed_in(request.GET, f"{PREFIX}{bill.ACCOUNT.name}") if is_bill(sku) else ""
    account = " ".join(typed.split())[:60]
    return remembered(shop=request.shop, sku=sku, recipient=msisdn, account=account)


def _told(form: DetailsForm, goods: GoodsForm, error: TopupError | None) -> tuple[str, str]:
    """A problem that belongs to no field of the form, and the id of what to mend."""
    amount = f"amount-{form.sku.pk}"
    if isinstance(error, ExtraError):
        form.fail(error.name, error.message)
        return "", ""
    if error:
        return error.message, amount
    return " ".join(map(str, goods.non_field_errors())), amount


def _goods_of(data: Mapping[str, str]) -> dict[str, str]:
    sku = data.get("sku", "")
    names = ("number", "operator", "sku", f"amount-{sku}", "offer")
    return {n: text for n in names if (text := data.get(n, "")) and len(n + text) < 100}


def _shown(data: Mapping[str, str]) -> dict[str, str]:
    return {SHOWN: "1"} if SHOWN in data else {}
