"""Money the shop owes to customers: the list, and giving it back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from portal.decorators import AgentRequest, agent_page
from portal.forms.shift import PayOutForm
from portal.http import page, see_other
from portal.templatetags.counter import money_text
from topup.errors import TopupError
from topup.models import Owed, OwedState
from topup.services import owed

MOST_SHOWN = 50


@require_GET
@agent_page
def owed_list(request: AgentRequest) -> HttpResponse:
    """What the whole shop owes: a customer may come back to any of its people."""
    rows = list(owed.owed_at(request.shop.pk)[: MOST_SHOWN + 1])
    context = {"rows": rows[:MOST_SHOWN], "has_more": len(rows) > MOST_SHOWN}
    return page(request, "shift/owed.html", context)


@require_http_methods(["GET", "POST"])
@agent_page
def pay_out(request: AgentRequest, owed_id: int) -> HttpResponse:
    """Give a customer his money back, once; his code confirms it."""
    row, problem = _owed(request, owed_id), ""
    form = PayOutForm(request.POST or None, person=request.user, owed=row)
    if request.method == "POST" and form.is_valid():
        try:
            row = owed.pay_out(owed_id=row.pk, by=request.user, **form.cleaned_data)
        except TopupError as error:
            problem = error.message
            row.refresh_from_db()
        else:
            told = _("%(amount)s is written down as given back to the customer.")
            messages.success(request, told % {"amount": money_text(row.amount, row.currency)})
            return see_other(request, reverse("shift:owed"))
    context = {
        "owed": row, "form": form, "problem": problem, "is_open": row.state == OwedState.OWED,
    }  # fmt: skip
    status = 422 if problem or form.errors else 200
    return page(request, "shift/pay_out.html", context, status=status)


def _owed(request: AgentRequest, owed_id: int) -> Owed:
    rows = Owed.objects.filter(sale__shop=request.shop).select_related("sale", "shift__person")
    found = rows.filter(pk=owed_id).first()
    if found is None:
        raise Http404
    return found
