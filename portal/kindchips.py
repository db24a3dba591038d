"""The kinds of goods as a row of chips: each leads to the countries that have it."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog import queries
from topup.kinds import BY_CATEGORY, KINDS
from topup.models import Kind

LABELS: dict[Kind, Promise] = {
    Kind.AIRTIME: _("Top-up"), Kind.PIN: _("PIN"), Kind.BILL: _("Bills"),
    Kind.GIFT_CARD: _("Gift cards"), Kind.ESIM: _("eSIM"),
}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """One kind that the shop sells."""

    kind: str
    label: str | Promise
    is_chosen: bool


def chosen_kind(request: HttpRequest) -> str:
    """The kind of the address; "" for all, and for one that we do not sell."""
    kind = request.GET.get("kind", "")
    return kind if kind in KINDS else ""


def categories_of(kind: str) -> list[str]:
    """The catalogue's categories of a kind; of every kind that is sold, without one."""
    return [KINDS[kind].CATEGORY] if kind else list(BY_CATEGORY)


def chips(*, apart: Q, chosen: str = "") -> list[Chip]:
    """The kinds with something on sale; `apart` are SKUs that the shop does not sell."""
    on_sale = queries.categories_on_sale(list(BY_CATEGORY), apart=apart)
    kinds = {BY_CATEGORY[name] for name in on_sale}
    return [Chip(kind, label, kind == chosen) for kind, label in LABELS.items() if kind in kinds]
