"""SKUs: to look at, and to pause with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog import pausing
from catalog.admin.base import CachedRowAdmin, StandingFilter
from catalog.models import Sku
from catalog.sync.words import figure


class SkuStandingFilter(StandingFilter):
    """On sale, paused by us, or retired by the provider."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rest = super().lookups(request, model_admin)
        return [("on_sale", _("on sale")), ("paused", _("paused")), *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "on_sale":
            return queryset.filter(retired_at=None, paused_at=None)
        if self.value() == "paused":
            return queryset.exclude(paused_at=None)
        return super().queryset(request, queryset)


class PauseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


@admin.register(Sku)
class SkuAdmin(CachedRowAdmin):
    list_display = ("name", "operator", "country", "category", "amount", "cost", "standing")
    list_filter = (
        SkuStandingFilter,
        "category",
        "require_fetch_bundle",
        ("country", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("operator", "country")
    search_fields = (
        "name", "product__name", "operator__name", "country__name", "provider_id__exact",
    )  # fmt: skip
    ordering = ("name",)
    shown = (
        ("name", "provider_id"),
        ("standing", "paused_at"),
        ("operator", "country", "product"),
        ("category", "benefit_type", "validity"),
        ("amount", "delivered", "cost"),
        ("exchange_rate", "fee", "sales_tax", "is_sales_tax_charged"),
        ("allow_decimal", "require_fetch_bundle"),
        ("dial_codes", "local_number_length"),
        "description",
        "additional_information",
    )
    actions = ("pause", "unpause")

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_sku")

    @admin.display(description=_("amount"), ordering="min_face_value")
    def amount(self, sku: Sku) -> str:
        return _span(sku.min_face_value, sku.max_face_value, sku.face_currency)

    @admin.display(description=_("delivered"))
    def delivered(self, sku: Sku) -> str:
        return _span(sku.min_delivered, sku.max_delivered, sku.delivered_currency)

    @admin.display(description=_("cost"), ordering="min_cost")
    def cost(self, sku: Sku) -> str:
        return _span(sku.min_cost, sku.max_cost, sku.cost_currency)

    @admin.display(description=_("state"))
    def standing(self, sku: Sku) -> str:
        if sku.retired_at:
            return str(_("retired"))
        if sku.paused_at:
            return str(_("paused: %(reason)s") % {"reason": sku.pause_reason})
        return str(_("on sale") if sku.has_amount else _("no usable amount"))

    @admin.action(description=_("Pause: take off sale"), permissions=["pause"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Sku]) -> HttpResponse | None:
        form = PauseForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            return self._ask_reason(request, queryset, form)
        reason = form.cleaned_data["reason"]
        ids = pausing.pause_skus(sku_ids=queryset.values_list("pk", flat=True), reason=reason)
        self._log(request, ids, f"Paused: {reason}")
        text = ngettext(
            "%(count)d SKU is off sale now.", "%(count)d SKUs are off sale now.", len(ids)
        )
        self.message_user(request, text % {"count": len(ids)}, messages.SUCCESS)
        return None

    @admin.action(description=_("Unpause: put back on sale"), permissions=["pause"])
    def unpause(self, request: HttpRequest, queryset: QuerySet[Sku]) -> None:
        ids = pausing.unpause_skus(sku_ids=queryset.values_list("pk", flat=True))
        self._log(request, ids, "Unpaused")
        text = ngettext(
            "%(count)d SKU is paused no more.", "%(count)d SKUs are paused no more.", len(ids)
        )
        self.message_user(request, text % {"count": len(ids)}, messages.SUCCESS)

    def _ask_reason(
        self, request: HttpRequest, queryset: QuerySet[Sku], form: PauseForm
    ) -> HttpResponse:
        """The page between: what is chosen, and why it is taken off sale."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take SKUs off sale"),
            "opts": self.opts,
            "form": form,
            "count": queryset.count(),
            "skus": queryset[:20],
            "checkbox": ACTION_CHECKBOX_NAME,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(
            request, "admin/catalog/sku/pause.html", context, status=422 if form.errors else 200
        )

    def _log(self, request: HttpRequest, ids: list[int], text: str) -> None:
        if ids and request.user.pk is not None:
            rows = Sku.objects.filter(pk__in=ids).only("name")
            LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, text)


def _span(low: Any, high: Any, currency: str) -> str:
    """ "10.00 USD", "1.00–50.00 EUR"; nothing for what the provider does not say."""
    ends = dict.fromkeys(figure(end) for end in (low, high) if end is not None)
    return f"{'–'.join(ends)} {currency}".strip() if ends else ""
