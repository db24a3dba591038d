"""The sale bar: what a typed line means at a shop, and every way to read its amount."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import Sku
from catalog.msisdn import is_whole
from portal.offers import Offer
from portal.templatetags.counter import apart, money_text
from topup import amounts
from topup.bar import Line, read
from topup.errors import TopupError
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.base import Number
from topup.models import Sale, Shop
from topup.services.expecting import expected_at
from topup.services.pricebooks import rules_for
from topup.services.pricing import check_face_value


@dataclass(frozen=True)
class Reading:
    """One way to read an amount: this SKU at this face value. `price`: None if not known yet.

    `says_which`: the operator sells the same amount in another way, too, so a row says which
    of them it is.
    """

    sku: Sku
    face_value: Decimal
    price: Decimal | None
    says_which: bool = False

    @property
    def amount_text(self) -> str:
        """What is typed beside a range; nothing for a fixed SKU."""
        return self.sku.typed_amount(self.face_value)


def line_of(text: str) -> Line:
    """A typed line; numbers are whole by the countries we have, else by the numbering plans."""
    return read(text, fits=is_whole)


def readings(shop: Shop, offer: Offer, line: Line) -> list[Reading]:
    """Every SKU on offer whose face value the amount is, or lies in; in every currency."""
    skus = [tile.sku for group in offer.groups for tile in group.tiles]
    return _priced(shop, [
        (sku, value) for sku in skus for value in amounts.ways(line.amount, sku.face_currency)
        if _takes(sku, value, line.currency)
    ])  # fmt: skip


def question(line: Line, found: list[Reading]) -> str:
    """What is asked about an amount that may be a thousand or a part.

    "" where it is plain in the money of all that is sold for it, or nothing is.
    """
    for currency in {reading.sku.face_currency: None for reading in found}:
        if len(amounts.ways(line.amount, currency)) > 1:
            return amounts.unclear(line.amount, currency)
    return ""


def same_again(shop: Shop, offer: Offer, sold: Sale) -> list[Reading]:
    """The goods of an earlier sale, if the operator of this number has them on sale; else none."""
    found = [tile.sku for group in offer.groups for tile in group.tiles
             if tile.sku.pk == sold.sku_id]  # fmt: skip
    fitting = [sku for sku in found if _takes(sku, sold.face_value, sold.face_currency)]
    return _priced(shop, [(sku, sold.face_value) for sku in fitting])


def _priced(shop: Shop, goods: list[tuple[Sku, Decimal]]) -> list[Reading]:
    if not goods:
        return []
    known = rules_for(shop, skus=[sku for sku, _face in goods])
    made = [expected_at(known=known, sku=sku, face_value=face, currency=shop.currency)
            for sku, face in goods]  # fmt: skip
    same = Counter((sku.face_currency, face) for sku, face in goods)
    return [
        Reading(sku, face, told.price if told else None, same[sku.face_currency, face] > 1)
        for (sku, face), told in zip(goods, made, strict=True)
    ]


def _takes(sku: Sku, amount: Decimal, currency: str) -> bool:
    if KINDS[BY_CATEGORY[sku.category]].NUMBER != Number.NEEDED:
        return False
    if currency and currency != sku.face_currency:
        return False
    try:
        check_face_value(sku, amount)
    except TopupError:
        return False
    return True


def why_not(offer: Offer, line: Line, sold: Sale | None) -> str:
    """Why a line cannot be sold as it is, in a sentence; "" if it waits for an operator."""
    if line.amount and not any(amounts.ways(line.amount)):
        return amounts.no_amount()
    if offer.operator is None:
        return ""
    name = offer.operator.name
    if line.amount:
        amount = apart(f"{_as_told(line.amount)} {line.currency}".strip())
        told = _("%(operator)s does not sell %(amount)s. Choose an amount below.")
        return told % {"operator": name, "amount": amount}
    if sold is None:
        return ""
    told = _("Not the same again: this number is of %(operator)s, and %(goods)s is not sold there.")
    return told % {"operator": name, "goods": goods_of(sold)}


def _as_told(amount: str) -> str:
    """As a figure, where it is one; else as it was typed."""
    read = amounts.ways(amount)
    return f"{read[0].normalize():f}" if len(read) == 1 else amount


def goods_of(sold: Sale) -> str:
    """ "Digicel Jamaica 3-100 USD, $25": what was sold, in words."""
    amount = money_text(sold.face_value, sold.face_currency, trim=True)
    return f"{sold.sku_name}, {amount}"
