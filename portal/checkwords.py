"""What the check page, and the sale's own, say besides number, product and price."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import Sku
from portal import arrivalwords
from portal.templatetags.counter import money_text
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.base import Label, infos_of
from topup.models import Kind, Sale
from topup.services.accounts import NAME, Account, due_of
from topup.services.pricing import Quote

_HIDDEN = "••••"


@dataclass(frozen=True)
class Lines:
    """Lines of the check page; what is "" or empty is not said."""

    account: list[tuple[str, str]]  # whose bill it is
    typed: list[tuple[str, str]]  # what was typed besides
    tax: Decimal | None
    untaxed: Decimal | None
    rate: str
    is_final: bool  # cannot be given back
    arrives: Label  # what the amount that arrives is called


def lines(quote: Quote, sku: Sku) -> Lines:
    """The lines about this quote."""
    account, typed = _typed(quote, sku)
    tax, whole = quote.tax or Decimal(0), quote.delivered_amount or Decimal(0)
    is_part = 0 < tax < whole
    return Lines(
        account=account,
        typed=typed,
        tax=tax if is_part else None,
        untaxed=whole - tax if is_part else None,
        rate=_rate(quote),
        is_final=BY_CATEGORY.get(sku.category) == Kind.ESIM,
        arrives=arrivalwords.before_sale(BY_CATEGORY.get(sku.category, "")),
    )


def offered(sku: Sku) -> str:
    """What may be told besides, as words for a link; "" where there is nothing."""
    kind = BY_CATEGORY.get(sku.category)
    if not kind:
        return ""
    labels = [str(field.label) for field in KINDS[kind].fields(sku) if not field.is_tick]
    if not labels and KINDS[kind].TAKES_INFOS:
        return _("Add a detail")
    return ", ".join(labels[:3])


def of_sale(sale: Sale) -> list[tuple[str, str]]:
    """Whose bill a sale paid, and what was typed besides; no secret, and nothing for most."""
    fields = [field for field in KINDS[sale.kind].FIELDS if not field.is_tick]
    told = [(str(f.label), sale.extras[f.name]) for f in fields if f.name in sale.extras]
    if name := sale.extras.get(NAME):
        told.insert(1, (_("Name at the biller"), name))
    told += _due(sale.extras, sale.face_value, sale.face_currency)
    return told + infos_of(sale.extras)


def near_due(account: Account, sku: Sku) -> str:
    """What to pay where the biller does not take what is due, in a sentence; else ""."""
    near = account.near(sku)
    if near is None:
        return ""

    def money(amount: Decimal) -> str:
        return money_text(amount, sku.face_currency, trim=True)

    less, more, due = near.less, near.more, near.due
    told = {
        "less": money(less or due), "open": money(due - (less or due)),
        "more": money(more or due), "over": money((more or due) - due),
    }  # fmt: skip
    if less is None:
        return _("This biller takes at least %(more)s: %(over)s more than is due.") % told
    if more is None:
        return _("This biller takes at most %(less)s: that leaves %(open)s open.") % told
    return (
        _(
            "This biller takes whole amounts: %(less)s leaves %(open)s open, "
            "%(more)s is %(over)s more."
        )
        % told
    )


def _due(extras: Mapping[str, str], paid: Decimal, currency: str) -> list[tuple[str, str]]:
    """What was due, where something else is paid, and by how much they differ."""
    due = due_of(extras)
    if due is None or due == (paid, currency):
        return []
    told = [(_("Amount due"), money_text(*due))]
    if due[1] == currency:
        label = _("Stays open") if paid < due[0] else _("More than is due")
        told.append((label, money_text(abs(due[0] - paid), currency)))
    return told


def _typed(quote: Quote, sku: Sku) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    kind = BY_CATEGORY.get(sku.category)
    account: list[tuple[str, str]] = []
    typed: list[tuple[str, str]] = []
    for field in KINDS[kind].fields(sku) if kind else ():
        value = quote.extras.get(field.name, "")
        if not value or field.is_tick or field.name == "plan_months":
            continue
        line = (str(field.label), _HIDDEN if field.name in quote.secrets else value)
        (account if field.name == "account_number" else typed).append(line)
    if name := quote.extras.get(NAME):
        account.append((_("Name at the biller"), name))
    account += _due(quote.extras, quote.face_value, quote.face_currency)
    return account, typed + infos_of(quote.extras)


def _rate(quote: Quote) -> str:
    """What one unit of the face value brings, and who says so."""
    if quote.rate is None:
        return ""
    one = money_text(Decimal(1), quote.face_currency, trim=True)
    values = {"one": one, "other": money_text(_short(quote.rate), quote.delivered_currency)}
    if quote.is_estimated:
        return _("%(one)s = %(other)s, by the provider’s estimate of now") % values
    return _("%(one)s = %(other)s, by the catalogue") % values


def _short(rate: Decimal) -> Decimal:
    """Four digits after the point where the rate is small, two where it is large."""
    return rate.quantize(Decimal("0.01") if rate >= 10 else Decimal("0.0001"))
