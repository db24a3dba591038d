"""What-if: past sales under a draft, asked for on a book's page, shown by shop."""

import math
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from ledger.admin import ReadOnly, figure
from topup.admin.base import person_of
from topup.admin.bookwords import book_name
from topup.models import PriceBook, Shop, WhatIf, WhatIfState
from topup.services import whatif
from topup.services.whatif import ShopResult, Sums
from topup.whatifchart import chart_of

USUAL = timedelta(days=30)
MOST = timedelta(days=366)
PER_PAGE = 100


class PeriodForm(forms.Form):
    """The days whose sales are replayed, both included."""

    first = forms.DateField(label=pgettext_lazy("day", "From"), widget=AdminDateWidget)
    last = forms.DateField(label=pgettext_lazy("day", "To"), widget=AdminDateWidget)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and not first <= last <= first + MOST:
            raise forms.ValidationError(_("The first day comes first, and a year is the most."))
        return data

    @property
    def period(self) -> dict[str, datetime]:
        """In the distributor's own days."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return {
            "since": timezone.make_aware(datetime.combine(first, time.min)),
            "until": timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min)),
        }


@admin.register(WhatIf)
class WhatIfAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("asked_at", "of_book", "since", "until", "state", "asked_by")
    list_select_related = ("book", "asked_by")

    @admin.display(description=gettext_lazy("price book"))
    def of_book(self, asked: WhatIf) -> str:
        return book_name(asked.book)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("result")

    def get_urls(self) -> list[Any]:
        again = require_POST(self.again_view)
        return [
            path("of/<int:object_id>/", self.admin_site.admin_view(self.ask_view),
                 name="topup_pricebook_replay"),
            path("<int:object_id>/again/", self.admin_site.admin_view(again),
                 name="topup_whatif_again"),
            *super().get_urls(),
        ]  # fmt: skip

    def ask_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The period; few sales are counted at once, many by a worker."""
        if not request.user.has_perm("topup.add_whatif"):
            raise PermissionDenied
        book = get_object_or_404(PriceBook, pk=object_id)
        today = timezone.localdate()
        form = PeriodForm(
            request.POST if request.method == "POST" else None,
            initial={"first": today - USUAL, "last": today},
        )
        if request.method == "POST" and form.is_valid():
            asked = whatif.start(book=book, by=person_of(request), **form.period)
            return self._to(asked.pk)
        context = {
            "form": form, "book": book, "book_opts": PriceBook._meta,
            "title": _("What if %(book)s had been in force?") % {"book": book_name(book)},
        }  # fmt: skip
        return self._page(request, "ask", context, status=422 if form.errors else 200)

    def again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Count once more what failed, or whose worker was lost."""
        if not request.user.has_perm("topup.add_whatif"):
            raise PermissionDenied
        if not whatif.start_again(what_if_id=object_id):
            messages.info(request, _("It is being counted, or done already."))
        return self._to(object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        """The result by shop, or how far the counting is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        known = WhatIf.objects.select_related("book", "asked_by")
        is_number = object_id.isdecimal() and len(object_id) < 18
        asked = get_object_or_404(known, pk=int(object_id) if is_number else 0)
        context = {
            "asked": asked,
            "title": _("What if: %(book)s") % {"book": book_name(asked.book)},
        }
        if asked.state == WhatIfState.DONE:
            return self._page(request, "result", {**context, **_result(request, asked)})
        is_lost = timezone.now() - asked.moved_at > whatif.DEAD_AFTER
        context["may_start"] = is_lost or asked.state == WhatIfState.FAILED
        return self._page(request, "progress", context)

    def _to(self, what_if_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:topup_whatif_change", args=[what_if_id]))

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        everything = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        template = f"admin/topup/whatif/{name}.html"
        return TemplateResponse(request, template, everything, status=status)


def _result(request: HttpRequest, asked: WhatIf) -> dict[str, Any]:
    rows = whatif.result_of(asked)
    text = request.GET.get("page", "1")
    pages = max(1, math.ceil(len(rows) / PER_PAGE))
    number = min(int(text), pages) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    number = max(1, number)
    shown = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    ends = {row.shop_id for row in [*rows[:10], *rows[-10:], *shown]}
    names = dict(Shop.objects.filter(pk__in=ends).values_list("pk", "name"))
    return {
        "rows": [(names.get(row.shop_id, ""), _figures(row.sums)) for row in shown],
        "total": _figures(whatif.total_of(rows)), "page": number, "pages": pages,
        "shops": len(rows), "winners": sum(row.sums.gain > 0 for row in rows),
        "losers": sum(row.sums.gain < 0 for row in rows), "chart": _chart(rows, names),
    }  # fmt: skip


def _chart(rows: list[ShopResult], names: dict[int, str]) -> Any:
    moved = [row for row in rows if row.sums.gain]
    ends = moved if len(moved) <= 20 else [*moved[:10], *moved[-10:]]
    return chart_of([(names.get(row.shop_id, ""), row.sums.gain) for row in ends])


def _figures(sums: Sums) -> list[str]:
    """The cells of a row: sales, blocked, then what was, what would be, and what is gained."""
    return [
        str(sums.sales), str(sums.blocked) if sums.blocked else "",
        figure(sums.commission_then), figure(sums.commission_now), signed(sums.gain),
        figure(sums.price_then), figure(sums.price_now),
        figure(sums.margin_then), figure(sums.margin_now), signed(sums.margin_gain),
    ]  # fmt: skip


def signed(amount: Any) -> str:
    """+0.40, −0.40, 0.00."""
    sign = "+" if amount > 0 else "−" if amount < 0 else ""
    return f"{sign}{figure(abs(amount))}"
