"""Sales with their whole timeline: every step, request, answer and ledger line, in order."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ledger.admin import ReadOnly
from topup.models import Person, Sale
from topup.services import timeline
from topup.services.asking import ask_now

SHOWN = (
    "correlation_id", "state", "basis", "flag", "shop", "agent", "kind", "recipient", "sku_name",
    "operator_name", "country_code", "face_value", "face_currency", "delivered_amount",
    "delivered_currency", "currency", "price", "cost", "commission", "charge", "invoice_amount",
    "provider_reference", "operator_reference", "response_code", "response_message",
    "created_at", "submitted_at", "send_before", "settled_at", "next_poll_at",
)  # fmt: skip


@admin.register(Sale)
class SaleAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "shop", "agent", "recipient", "sku_name", "paid", "state", "flag")
    list_filter = ("state", ("flag", admin.EmptyFieldListFilter), "kind", "shop", "created_at")
    list_select_related = ("shop", "agent")
    search_fields = ("=correlation_id", "recipient", "=provider_reference")
    fields = SHOWN
    readonly_fields = SHOWN
    list_per_page = 50
    actions = ("poll",)
    change_form_template = "admin/topup/sale/change_form.html"

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def paid(self, sale: Sale) -> str:
        return f"{sale.price:.2f} {sale.currency}"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        extra = {**(extra_context or {})}
        if object_id and (sale := self.get_object(request, object_id)):
            extra["timeline"] = timeline.of(sale)
        return super().changeform_view(request, object_id, form_url, extra)

    @admin.action(description=gettext_lazy("Ask the provider now"))
    def poll(self, request: HttpRequest, queryset: QuerySet[Sale]) -> None:
        asked = sum(self._ask(request, sale) for sale in queryset)
        messages.success(request, _("%(count)d sales will be asked about now.") % {"count": asked})

    def _ask(self, request: HttpRequest, sale: Sale) -> bool:
        person = request.user if isinstance(request.user, Person) else None
        return ask_now(sale_id=sale.pk, by=person)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.poll_view))
        return [path("<int:sale_id>/poll/", view, name="topup_sale_poll"), *super().get_urls()]

    def poll_view(self, request: HttpRequest, sale_id: int) -> HttpResponse:
        """Ask the provider about one sale; never sends anything again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sale = get_object_or_404(Sale, pk=sale_id)
        if self._ask(request, sale):
            messages.success(request, _("The provider will be asked now."))
        else:
            messages.info(request, _("This sale was never sent; there is nothing to ask."))
        return HttpResponseRedirect(reverse("admin:topup_sale_change", args=[sale.pk]))
