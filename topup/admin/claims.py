"""Claims on the provider: paid back into the wallet, or written off by two people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator, figure
from topup.admin.base import ActedUpon, sale_link
from topup.admin.deciding import WIDE, Button, DecidePage, Words
from topup.models import Claim, ClaimState, Person
from topup.models.dispute import OPEN_CLAIMS
from topup.services import claims

SHOWN = (
    ("claimed", "standing"), "of_sale", "provider_reference", "opened_at", "asked_by", "note",
    "reference", ("closed_by", "closed_at"),
)  # fmt: skip
MAY_POST = ("ledger.add_entry",)


class ClaimFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", gettext_lazy("open")), *ClaimState.choices[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.filter(state__in=OPEN_CLAIMS)
        return queryset.filter(state=self.value()) if self.value() else queryset


class ClaimForm(forms.Form):
    """The reference of a credit, or why there will be none; the button says which."""

    reference = forms.CharField(
        label=gettext_lazy("The provider’s reference"), max_length=60, required=False, widget=WIDE,
        help_text=gettext_lazy("Of the credit: the money is back in the wallet."),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Why it will not be paid"), max_length=200, required=False, widget=WIDE,
        help_text=gettext_lazy("For a write-off; a second person must agree."),
    )  # fmt: skip


@admin.register(Claim)
class ClaimAdmin(DecidePage, ActedUpon, admin.ModelAdmin):
    list_display = (
        "opened_at", "decide", "of_sale", "provider_reference", "claimed", "standing", "note",
    )  # fmt: skip
    list_filter = (ClaimFilter,)
    list_select_related = ("sale",)
    search_fields = ("sale__correlation_id__exact", "sale__provider_reference__exact")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = SHOWN
    readonly_fields = flatten(SHOWN)
    change_form_template = "admin/topup/decided.html"
    decide_form = ClaimForm
    decide_title = gettext_lazy("Close the claim")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        found: QuerySet[Claim] = super().get_queryset(request)
        return found.select_related("sale__shop", "asked_by", "closed_by")

    @admin.display(description=gettext_lazy("to do"))
    def decide(self, claim: Claim) -> str:
        if not claim.is_open:
            return ""
        return format_html('<a href="{}">{}</a>', self.decide_url(claim), _("Close"))

    @admin.display(description=gettext_lazy("sale"))
    def of_sale(self, claim: Claim) -> str:
        return sale_link(claim.sale)

    @admin.display(description=gettext_lazy("the provider’s id"))
    def provider_reference(self, claim: Claim) -> str:
        return claim.sale.provider_reference

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def claimed(self, claim: Claim) -> str:
        return f"{figure(claim.amount)} {claim.currency}"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, claim: Claim) -> str:
        return claim.get_state_display()

    def facts(self, row: Claim) -> list[tuple[Words, Any]]:
        return [
            (_("amount"), self.claimed(row)), (_("state"), self.standing(row)),
            (_("sale"), sale_link(row.sale)), (_("shop"), row.sale.shop),
            (_("the provider’s id"), row.sale.provider_reference),
            (_("opened"), row.opened_at), (_("write-off asked for by"), row.asked_by),
            (_("note"), row.note),
        ]  # fmt: skip

    def buttons(self, row: Claim) -> list[Button]:
        if not row.is_open:
            return []
        credited = Button("credited", gettext_lazy("The provider has paid"), _credited, MAY_POST)
        if row.state == ClaimState.OPEN:
            return [credited, Button("ask", gettext_lazy("Ask to write it off"), _ask)]
        agreed = Button("write_off", gettext_lazy("Write it off"), _write_off, MAY_POST)
        return [credited, agreed, Button("keep", gettext_lazy("Keep the claim"), _keep)]


def _credited(row: Claim, by: Person, data: dict[str, Any]) -> Words:
    return str(claims.claim_credited(claim_id=row.pk, by=by, reference=data["reference"]))


def _ask(row: Claim, by: Person, data: dict[str, Any]) -> Words:
    return str(claims.ask_write_off(claim_id=row.pk, by=by, note=data["note"]))


def _write_off(row: Claim, by: Person, data: dict[str, Any]) -> Words:
    return str(claims.write_off(claim_id=row.pk, by=by))


def _keep(row: Claim, by: Person, data: dict[str, Any]) -> Words:
    return str(claims.keep_claim(claim_id=row.pk, by=by))
