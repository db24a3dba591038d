"""Sales with their whole timeline: every step, request, answer and ledger line, in order."""

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ledger.admin import BoundedPaginator, figure
from topup import refusals
from topup.admin.base import ActedUpon, in_words, person_of
from topup.admin.bookwords import book_link, rule_link
from topup.admin.resolving import SaleDecisions
from topup.models import Sale
from topup.responses import response_for
from topup.services import timeline
from topup.services.asking import ask_now
from topup.states import SaleState

SHOWN = (
    "correlation_id",
    ("standing", "basis", "flag"),
    ("shop", "agent"),
    ("kind", "recipient", "country_code"),
    ("sku_name", "operator_name"),
    ("face_value", "face_currency"),
    ("promised_amount", "promised_currency", "delivered_amount", "delivered_currency"),
    ("price", "commission", "charge", "currency"),
    ("cost", "invoice_amount"),
    ("price_book", "price_by", "commission_by"),
    ("provider_reference", "operator_reference"),
    ("response_code", "response_message"),
    ("answer_in_words", "whose_turn"),
    ("created_at", "submitted_at", "send_before"),
    ("settled_at", "next_poll_at"),
)
_NUMBER = re.compile(r"\+?[\d\s().-]{7,25}")


class StateFilter(admin.SimpleListFilter):
    """Every state by itself: people read the same word for some of them."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, in_words(state)) for state in SaleState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class FlagFilter(admin.SimpleListFilter):
    title = _("flag")
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("for a person to look at"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(flag="") if self.value() == "yes" else queryset


@admin.register(Sale)
class SaleAdmin(SaleDecisions, ActedUpon, admin.ModelAdmin):
    list_display = (
        "created_at", "shop", "agent", "recipient", "sku_name", "paid", "standing", "flag",
    )  # fmt: skip
    list_filter = (StateFilter, FlagFilter, "kind", "shop", "created_at")
    list_select_related = ("shop", "agent")
    search_fields = (
        "correlation_id__exact", "recipient__startswith", "provider_reference__exact",
    )  # fmt: skip
    search_help_text = _("Our id, the provider's reference, or the beginning of the number.")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER  # they count every row
    fields = SHOWN
    readonly_fields = flatten(SHOWN)
    list_per_page = 50
    actions = ("poll",)
    change_form_template = "admin/topup/sale/change_form.html"

    @admin.display(description=_("price"), ordering="price")
    def paid(self, sale: Sale) -> str:
        return f"{figure(sale.price)} {sale.currency}"

    @admin.display(description=_("state"), ordering="state")
    def standing(self, sale: Sale) -> str:
        return in_words(SaleState(sale.state))

    @admin.display(description=_("what the code means"))
    def answer_in_words(self, sale: Sale) -> str:
        found = response_for(sale.response_code)
        return found.advice if found else ""

    @admin.display(description=_("whose turn"))
    def whose_turn(self, sale: Sale) -> str:
        step = refusals.step(sale)
        return str(step.label) if step else ""

    @admin.display(description=_("price book"))
    def price_book(self, sale: Sale) -> str:
        return book_link(sale.price_rule.book) if sale.price_rule else ""

    @admin.display(description=_("price by the rule"))
    def price_by(self, sale: Sale) -> str:
        return rule_link(sale.price_rule) if sale.price_rule else ""

    @admin.display(description=_("commission by the rule"))
    def commission_by(self, sale: Sale) -> str:
        return rule_link(sale.commission_rule) if sale.commission_rule else ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A number in any spelling is one word, not many."""
        if _NUMBER.fullmatch(search_term.strip()):
            search_term = re.sub(r"\D", "", search_term)
        return super().get_search_results(request, queryset, search_term)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        extra = {**(extra_context or {})}
        if object_id and (sale := self.get_object(request, object_id)):
            extra |= {"row": sale, "timeline": timeline.of(sale)}
            extra["may_ask"] = self.has_act_permission(request)
        return super().changeform_view(request, object_id, form_url, extra)

    @admin.action(description=_("Ask the provider now"), permissions=["act"])
    def poll(self, request: HttpRequest, queryset: QuerySet[Sale]) -> None:
        asked = sum(self._ask(request, sale) for sale in queryset)
        text = ngettext(
            "%(count)d sale is asked about now.", "%(count)d sales are asked about now.", asked
        )
        messages.success(request, text % {"count": asked})

    def _ask(self, request: HttpRequest, sale: Sale) -> bool:
        is_asked = ask_now(sale_id=sale.pk, by=person_of(request))
        if is_asked:
            self.log_change(request, sale, "Asked the provider")
        return is_asked

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.poll_view))
        return [path("<int:sale_id>/poll/", view, name="topup_sale_poll"), *super().get_urls()]

    def poll_view(self, request: HttpRequest, sale_id: int) -> HttpResponse:
        """Ask the provider about one sale; never sends anything again."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        sale = get_object_or_404(Sale, pk=sale_id)
        if self._ask(request, sale):
            messages.success(request, _("The provider will be asked now."))
        else:
            messages.info(
                request,
                _("There is nothing to ask: this sale was not sent, or is just being sent."),
            )
        return HttpResponseRedirect(reverse("admin:topup_sale_change", args=[sale.pk]))
