"""Disputes at the counter: raised from a sale, looked at, taken back."""

from django.contrib import messages
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import disputewords
from portal.decorators import AgentRequest, agent_page
from portal.forms.disputes import DisputeForm
from portal.http import page, see_other
from portal.views.sell import sale_url
from topup.errors import DisputeError
from topup.models import Dispute, Sale
from topup.models.dispute import OPEN_DISPUTES
from topup.queries import sale_for
from topup.services import disputes

PER_PAGE = 20


@require_GET
@agent_page
def dispute_list(request: AgentRequest) -> HttpResponse:
    """Open disputes by their deadline, then the decided ones, the newest first."""
    typed = request.GET.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 5 else 1
    first = (max(number, 1) - 1) * PER_PAGE
    found = _ordered(disputes.disputes_for(request.user)).select_related("sale", "raised_by")
    rows = list(found[first : first + PER_PAGE + 1])
    context = {
        "disputes": rows[:PER_PAGE], "has_more": len(rows) > PER_PAGE, "newer": max(number, 1) - 1,
        "older": max(number, 1) + 1, "looks": disputewords.LOOKS, "now": timezone.now(),
    }  # fmt: skip
    return page(request, "disputes/list.html", context)


def _ordered(found: QuerySet[Dispute]) -> QuerySet[Dispute]:
    is_open = Case(
        When(state__in=OPEN_DISPUTES, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    due = Case(When(state__in=OPEN_DISPUTES, then=F("due_at")))
    return found.order_by(is_open, due, "-id")


@require_http_methods(["GET", "POST"])
@agent_page
def raise_dispute(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """What is not right, beside what was sold. One that is open already is led to."""
    sale = _own_sale(request, correlation_id)
    form = DisputeForm(request.POST if request.method == "POST" else None)
    latest = disputes.latest_of(sale)
    if request.method == "GET" and not disputes.may_raise(sale=sale, latest=latest):
        return see_other(request, sale_url(sale))
    if form.is_valid():
        try:
            made = disputes.raise_dispute(sale=sale, by=request.user, **form.cleaned_data)
        except DisputeError as error:
            form.add_error("text" if form.cleaned_data["reason"] else "reason", error.message)
        else:
            by = date_format(timezone.localtime(made.due_at), "DATETIME_FORMAT")
            text = _(
                "Your distributor has been told. The distributor answers by %(time)s at the latest."
            )
            messages.success(request, text % {"time": by})
            return see_other(request, sale_url(sale))
    context = {"sale": sale, "form": form}
    return page(request, "disputes/raise.html", context, status=422 if form.errors else 200)


@require_POST
@agent_page
def withdraw(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """Take the open dispute of a sale back."""
    sale = _own_sale(request, correlation_id)
    found = disputes.latest_of(sale)
    if found is None:
        raise Http404
    try:
        disputes.withdraw(dispute_id=found.pk, by=request.user)
    except DisputeError as error:
        messages.warning(request, error.message)
    return see_other(request, sale_url(sale))


def _own_sale(request: AgentRequest, correlation_id: str) -> Sale:
    try:
        return sale_for(request.user, correlation_id)
    except Sale.DoesNotExist:
        raise Http404 from None
