"""Deposits at the counter: asked for before anything is paid, shown, and taken back."""

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import moneywords
from portal.decorators import AgentRequest, View, agent_page
from portal.forms.money import DepositForm, ProofForm, form_key
from portal.http import page, see_other
from portal.uploads import PictureHandler
from topup.errors import MoneyConflictError, MoneyError
from topup.models import DepositProof, DepositRequest, DepositState, PaidBy
from topup.services import deposits, pictures

PER_PAGE = 20


def in_charge_page(view: View) -> View:
    """For those who look after the shop's money. Error: `PermissionDenied`."""

    @wraps(view)
    def guarded(request: AgentRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.sees_whole_shop:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return agent_page(guarded)


@require_GET
@in_charge_page
def deposit_list(request: AgentRequest) -> HttpResponse:
    """The shop's deposits, the newest first."""
    typed = request.GET.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 1
    first = (max(number, 1) - 1) * PER_PAGE
    rows = list(request.shop.deposits.order_by("-id")[first : first + PER_PAGE + 1])
    context = {
        "deposits": rows[:PER_PAGE], "has_more": len(rows) > PER_PAGE, "number": max(number, 1),
        "looks": moneywords.LOOKS,
    }  # fmt: skip
    return page(request, "money/deposits.html", context)


@require_http_methods(["GET", "POST"])
@in_charge_page
def ask(request: AgentRequest) -> HttpResponse:
    """How much and how; leads to the page with the reference to write on the payment.

    The address may fill it in: a form that was sent after the session ended comes back so.
    """
    form = DepositForm(
        request.POST if request.method == "POST" else None, initial=request.GET.dict()
    )
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                asked = deposits.ask(by=request.user, shop=request.shop, **_typed(form))
                return see_other(request, deposit_url(asked.deposit))
            except MoneyError as error:
                form.add_error(None, error.message)
                status = 409 if isinstance(error, MoneyConflictError) else 422
    context = {"form": form, "key": form_key(form), "ways": PaidBy.choices}
    return page(request, "money/ask.html", context, status=status)


def _typed(form: DepositForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {**data, "paid_by": PaidBy(data["paid_by"])}


@require_GET
@in_charge_page
def deposit(request: AgentRequest, reference: str) -> HttpResponse:
    """One deposit: its reference, how to pay, what can be shown for it, what became of it."""
    found = _own_deposit(request, reference)
    typed = request.GET.get("bank_reference", "") or found.bank_reference
    return _deposit_page(request, found, ProofForm(initial={"bank_reference": typed}))


@csrf_exempt
def proof(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Reference of the bank and picture, added. The form has a file: its handler comes first."""
    request.upload_handlers = [PictureHandler(request)]
    return _proof(request, reference)


@csrf_protect
@require_POST
@in_charge_page
def _proof(request: AgentRequest, reference: str) -> HttpResponse:
    found, form = _own_deposit(request, reference), ProofForm(request.POST, request.FILES)
    if not form.is_valid():
        return _deposit_page(request, found, form, status=422)
    data = form.cleaned_data["picture"]
    try:
        deposits.add_proof(
            deposit_id=found.pk, by=request.user, picture=pictures.redraw(data) if data else None,
            bank_reference=form.cleaned_data["bank_reference"],
        )  # fmt: skip
    except MoneyError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        found.refresh_from_db()
        return _deposit_page(request, found, form, status=422)
    messages.success(request, _("Kept. Your distributor sees it."))
    return see_other(request, deposit_url(found))


@require_POST
@in_charge_page
def take_back(request: AgentRequest, reference: str) -> HttpResponse:
    """The shop does not pay after all."""
    found = _own_deposit(request, reference)
    try:
        deposits.take_back(deposit_id=found.pk, by=request.user)
    except MoneyError as error:
        messages.warning(request, error.message)
    return see_other(request, deposit_url(found))


@require_GET
@in_charge_page
def picture(request: AgentRequest, reference: str) -> HttpResponse:
    """The shop's own proof, as a picture and nothing else."""
    kept = DepositProof.objects.filter(deposit=_own_deposit(request, reference)).first()
    if kept is None:
        raise Http404
    response = HttpResponse(bytes(kept.picture), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="proof.jpg"'
    return response


def deposit_url(found: DepositRequest) -> str:
    return reverse("money:deposit", args=[found.reference])


def _own_deposit(request: AgentRequest, reference: str) -> DepositRequest:
    rows = request.shop.deposits.select_related("asked_by")
    found = rows.filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def _deposit_page(
    request: AgentRequest, found: DepositRequest, form: ProofForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "deposit": found, "form": form, "look": moneywords.LOOKS[found.state],
        "has_picture": DepositProof.objects.filter(deposit=found).exists(),
        "pay_to": settings.DEPOSIT_PAY_TO, "is_open": found.state == DepositState.WAITING,
        "typed": form["bank_reference"].value(),
    }  # fmt: skip
    return page(request, "money/deposit.html", context, status=status)
