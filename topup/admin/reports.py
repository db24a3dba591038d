"""The distributor's report: sales, commissions, margins and variance over shops and branches."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget, AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Sum
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.admin import ReadOnly, figure
from ledger.models import Account, AccountKind
from ledger.queries import house_balance
from topup.models import DayTotal, Shop
from topup.periods import MOST_DAYS, Choice, Period, chosen
from topup.services import exports
from topup.services.drawing import day_chart, share_chart
from topup.services.reports import By, Row, report, reports, total

TOP = 100  # rows on the page; the file has them all


class ReportForm(forms.Form):
    """A period, a branch or shop, and what the rows stand for."""

    period = forms.ChoiceField(label=gettext_lazy("Period"), choices=Choice, required=False)
    first = forms.DateField(
        label=pgettext_lazy("day", "From"), required=False, widget=AdminDateWidget
    )
    last = forms.DateField(label=pgettext_lazy("day", "To"), required=False, widget=AdminDateWidget)
    shop = forms.ModelChoiceField(
        Shop.objects.all(), label=gettext_lazy("Shop or branch"), required=False,
        widget=AutocompleteSelect(DayTotal._meta.get_field("shop"), admin.site),
    )  # fmt: skip
    by = forms.ChoiceField(label=gettext_lazy("Rows"), choices=By, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        choice = Choice(data.get("period") or Choice.WEEK)
        if choice != Choice.OWN:
            return data | {"days": chosen(choice, timezone.localdate())}
        first, last = data.get("first"), data.get("last")
        if not first or not last:
            raise forms.ValidationError(_("Choose both days."))
        if first > last:
            raise forms.ValidationError(_("The first day is after the last one."))
        if (days := Period(first, last)).length > MOST_DAYS:
            raise forms.ValidationError(_("At most %(days)d days at once.") % {"days": MOST_DAYS})
        return data | {"days": days}


@admin.register(DayTotal)
class DayTotalAdmin(ReadOnly, admin.ModelAdmin):
    """Only a report: whoever may look at sales may look at their sums."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("topup.view_sale")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.report_view)
        return [path("", view, name="topup_daytotal_changelist")]

    def report_view(self, request: HttpRequest) -> HttpResponseBase:
        """The report of a period, on the page or (`as=csv`, `as=xlsx`) as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked: dict[str, Any] = {"period": Choice.WEEK, "by": By.DAY, **request.GET.dict()}
        if not (typed := str(asked.get("shop", ""))).isdecimal() or len(typed) > 17:
            asked["shop"] = "0" if asked.get("shop") else ""  # the widget wants a number
        form = ReportForm(asked)
        if not form.is_valid():
            return self._page(request, form, {}, status=422)
        period, by = form.cleaned_data["days"], By(form.cleaned_data["by"] or By.DAY)
        shops = _shops(form.cleaned_data["shop"])
        if request.GET.get("as") in ("csv", "xlsx"):
            rows = report(shops=shops, period=period, by=by)
            name = f"margins-{by}-{period.first}-{period.last}.{request.GET['as']}"
            return _file(name, by, rows)
        return self._page(request, form, _context(shops, period, by))

    def _page(
        self, request: HttpRequest, form: ReportForm, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        query = request.GET.copy()
        query.pop("as", None)
        common = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form,
            "title": _("Sales and margins"), "query": query.urlencode(),
            "media": self.media + form.media,
        }  # fmt: skip
        return TemplateResponse(
            request, "admin/topup/reports/report.html", {**common, **context}, status=status
        )


def _shops(chosen_shop: Shop | None) -> list[Shop]:
    """The shop and all below it; all shops for none."""
    shops = Shop.objects.order_by("pk")
    if chosen_shop:
        below = Q(pk=chosen_shop.pk) | Q(ancestors__contains=[chosen_shop.pk])
        shops = shops.filter(below)
    return list(shops)


def _context(shops: Sequence[Shop], period: Period, by: By) -> dict[str, Any]:
    found = reports(shops=shops, period=period, by=[By.DAY, by, By.SHOP])
    days, rows, top = found[By.DAY], found[by], found[By.SHOP]
    sums = total(days)
    currency = sums[0][0] if sums else ""
    return {
        "by": by, "rows": [_cells(row.label, row) for row in rows[:TOP]],
        "has_more": len(rows) > TOP,
        "totals": [_cells("", Row(None, "", name, figures)) for name, figures in sums],
        "day_chart": day_chart(days, period=period, currency=currency, write=figure),
        "shop_chart": share_chart(
            top, currency=currency, write=figure, name="by-shop", title=_("Top shops")
        ),
        "promises": _promises(),
    }  # fmt: skip


def _cells(label: str, row: Row) -> dict[str, Any]:
    """A row of the table: figures as the admin writes them."""
    amounts = [figure(getattr(row.figures, name) + 0) for name in exports.HOUSE_COLUMNS[3:]]
    counts = [row.figures.sales, row.figures.refused, row.figures.refunds]
    return {"label": label, "currency": row.currency, "cells": [*counts, *amounts]}


def _promises() -> list[dict[str, str]]:
    """What we owe the shops against what lies at the provider, by currency."""
    floats = Account.objects.filter(kind=AccountKind.FLOAT, balance__gt=0)
    found = floats.order_by("currency").values_list("currency").annotate(Sum("balance"))
    return [_promise(currency, promised) for currency, promised in found]


def _promise(currency: str, promised: Decimal) -> dict[str, str]:
    there = house_balance(AccountKind.PROVIDER, currency)
    return {
        "currency": currency, "promised": figure(promised), "there": figure(there),
        "gap": figure(there - promised),
    }  # fmt: skip


def _file(name: str, by: By, rows: Iterable[Row]) -> StreamingHttpResponse | FileResponse:
    columns = exports.HOUSE_COLUMNS
    head = exports.report_head(by, columns)
    return exports.answer(name, head, exports.report_rows(rows, columns))
