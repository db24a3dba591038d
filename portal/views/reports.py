"""Reports of a shop and the statement of its float, on the page and as files."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.decorators import AgentRequest, agent_page
from portal.forms.reports import PeriodForm
from portal.http import page
from portal.templatetags.counter import money_text
from topup.models import Person
from topup.periods import Choice, Period
from topup.services import exports, statements
from topup.services.drawing import MOST_WEEKS, day_chart, share_chart
from topup.services.exports import Cells
from topup.services.reports import By, report, reports, total

GROUPS = (By.DAY, By.OPERATOR, By.CASHIER, By.KIND)


@require_GET
@agent_page
def sales(request: AgentRequest) -> HttpResponse:
    """What was sold in a period. A cashier sees his own, those in charge the whole shop."""
    form = _report_form(request)
    only, currency = _only(request), request.shop.currency
    times = By.MONTH if form.period.length > MOST_WEEKS else By.DAY
    by = times if form.by == By.DAY else form.by
    found = reports(
        shops=[request.shop], period=form.period, by=[times, by, By.OPERATOR], agent=only
    )
    days, rows, operators = found[times], found[by], found[By.OPERATOR]

    def write(amount: Decimal) -> str:
        return money_text(amount, currency, trim=True)

    context = {
        "form": form, "by": by, "rows": rows, "totals": total(days), "is_own": only is not None,
        "shows_margin": not request.user.hides_margin,
        "day_chart": day_chart(days, period=form.period, currency=currency, write=write),
        "share_chart": share_chart(
            operators, currency=currency, write=write, name="by-operator",
            title=_("Share of each operator"),
        ),
    }  # fmt: skip
    return page(request, "reports/sales.html", context, status=422 if form.problem else 200)


@require_GET
@agent_page
def export(request: AgentRequest) -> HttpResponseBase:
    """The report of a period, or every sale that ended in it (`what=sales`), as a file."""
    form = _report_form(request)
    if form.problem:
        return _no_file(request, form, reverse("reports:sales"))
    if request.GET.get("what") == "sales":
        rows = exports.sales_rows(shop=request.shop, period=form.period, agent=_only(request))
        return _file(request, form, "sales", exports.sales_head(request.shop), rows)
    found = report(shops=[request.shop], period=form.period, by=form.by, agent=_only(request))
    columns = exports.SHOP_COLUMNS
    return _file(
        request, form, f"report-{form.by}", exports.report_head(form.by, columns),
        exports.report_rows(found, columns),
    )  # fmt: skip


@require_GET
@agent_page
def statement(request: AgentRequest) -> HttpResponse:
    """Every line of the float in a period. Only for people in charge."""
    form = _statement_form(request)
    found = statements.statement(shop=request.shop, period=form.period, before=form.before)
    context = {
        "form": form, "statement": found, "account": request.shop.float_account,
        "shows_margin": not request.user.hides_margin,
        "older_url": form.url(before=str(found.older)) if found.older else "",
    }  # fmt: skip
    return page(request, "reports/statement.html", context, status=422 if form.problem else 200)


@require_GET
@agent_page
def statement_export(request: AgentRequest) -> HttpResponseBase:
    """The statement of a period as a file."""
    form = _statement_form(request)
    if form.problem:
        return _no_file(request, form, reverse("reports:statement"))
    rows = exports.statement_rows(shop=request.shop, period=form.period)
    return _file(request, form, "statement", exports.statement_head(request.shop), rows)


def _report_form(request: AgentRequest) -> PeriodForm:
    groups = tuple(by for by in GROUPS if by != By.CASHIER or request.user.sees_whole_shop)
    return PeriodForm(request.GET, today=timezone.localdate(), groups=groups)


def _statement_form(request: AgentRequest) -> PeriodForm:
    if not request.user.sees_whole_shop:
        raise PermissionDenied
    return PeriodForm(request.GET, today=timezone.localdate(), usual=Choice.MONTH)


def _no_file(request: AgentRequest, form: PeriodForm, back: str) -> HttpResponse:
    """Days that make no sense have no file: why, and the way to choose others."""
    context = {"form": form, "back": f"{back}{form.url()}#from"}
    return page(request, "reports/no_file.html", context, status=422)


def _only(request: AgentRequest) -> Person | None:
    return None if request.user.sees_whole_shop else request.user


def _file(
    request: AgentRequest, form: PeriodForm, what: str, head: Cells, rows: Iterable[Cells]
) -> StreamingHttpResponse | FileResponse:
    name = file_name(what, request.shop.name, form.period, form.format)
    return exports.answer(name, head, rows)


def file_name(what: str, whose: str, period: Period, ending: str) -> str:
    """Letters, digits and dashes only, whatever the shop is called."""
    parts = [what, slugify(whose)[:40], period.first.isoformat(), period.last.isoformat()]
    return f"{'-'.join(part for part in parts if part)}.{ending}"
