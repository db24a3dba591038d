"""Offers of kiosks, to look at: what customers chose, and which sale came of it.

No page shows the number, what was typed, a claim's price or the code of an offer that is
over: together with the claim number the code opens what was sold, at the kiosk.
"""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ledger.admin import BoundedPaginator, ReadOnly, figure
from topup.admin.base import sale_link
from topup.models import Kiosk, KioskClaim, KioskOffer
from topup.models.offer import LIVE
from topup.services.claimcode import digits_of

SHOWN = (
    "made", "of_kiosk", "of_shop", "goods", "face", "shown", "state", "claimed_by", "of_sale",
)  # fmt: skip
_CODE = re.compile(r"\d{3}\s?\d{3}")
_TERMINAL = re.compile(r"K-\w{4}", re.IGNORECASE)


class KioskShopFilter(admin.RelatedFieldListFilter):
    """The shops that have a kiosk, or had one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = _("shop")

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        with_kiosk = {"pk__in": Kiosk.objects.order_by().values("shop")}
        return field.get_choices(
            include_blank=False, limit_choices_to=with_kiosk, ordering=("name",)
        )


@admin.register(KioskOffer)
class KioskOfferAdmin(ReadOnly, admin.ModelAdmin):
    list_display = SHOWN
    list_filter = ("state", ("shop", KioskShopFilter))
    list_select_related = ("kiosk", "shop", "sku")
    search_fields = ("kiosk__terminal_id",)
    search_help_text = _(
        "The six digits of an offer that is not over, a kiosk such as K-7F3A, or the id of a sale."
    )
    ordering = ("-pk",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = readonly_fields = SHOWN

    def get_queryset(self, request: HttpRequest) -> QuerySet[KioskOffer]:
        """With the claim that stands, or that was sold: of both together there is one at most."""
        found: QuerySet[KioskOffer] = super().get_queryset(request)
        claims = KioskClaim.objects.filter(Q(ended_at=None) | Q(sale__isnull=False))
        claims = claims.select_related("agent", "sale").defer("quote")
        return found.defer("extras", "recipient").prefetch_related(
            Prefetch("claims", claims, to_attr="standing")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By what the words look like, so that each search goes along an index."""
        term = search_term.strip()
        if _CODE.fullmatch(term):
            queryset = queryset.filter(state__in=LIVE, code=digits_of(term))
        elif _TERMINAL.fullmatch(term):
            queryset = queryset.filter(kiosk__terminal_id=term.upper())
        elif term:
            sold = KioskClaim.objects.filter(sale__correlation_id=term)
            queryset = queryset.filter(pk__in=sold.values("offer"))
        return queryset, False

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, offer: KioskOffer) -> Any:
        return offer.created_at

    @admin.display(description=_("kiosk"))
    def of_kiosk(self, offer: KioskOffer) -> str:
        return str(offer.kiosk)

    @admin.display(description=_("shop"))
    def of_shop(self, offer: KioskOffer) -> str:
        return str(offer.shop)

    @admin.display(description=_("product"))
    def goods(self, offer: KioskOffer) -> str:
        return offer.sku.name if offer.sku else ""

    @admin.display(description=_("face value"))
    def face(self, offer: KioskOffer) -> str:
        return f"{figure(offer.face_value)} {offer.sku.face_currency if offer.sku else ''}".strip()

    @admin.display(description=_("price shown"), ordering="shown_price")
    def shown(self, offer: KioskOffer) -> str:
        return f"{figure(offer.shown_price)} {offer.currency}"

    @admin.display(description=_("person"))
    def claimed_by(self, offer: KioskOffer) -> str:
        return " ".join(claim.agent.get_username() for claim in _standing(offer))

    @admin.display(description=_("sale"))
    def of_sale(self, offer: KioskOffer) -> str:
        claim = next(iter(_standing(offer)), None)
        return sale_link(claim.sale) if claim else ""


def _standing(offer: KioskOffer) -> list[KioskClaim]:
    return offer.standing  # type: ignore[attr-defined,no-any-return]
