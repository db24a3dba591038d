"""What was sold, told without its number: where it is good and what is in it.

Goods that go to no number say so themselves, on the sale's page and on the receipt.
"""

from django.utils.translation import get_language

from catalog import texts
from catalog.models import Country
from topup.models import Kind, Sale
from topup.services.delivered import Arrival

#: Kinds whose name alone says neither their country nor their contents.
TOLD = {Kind.GIFT_CARD, Kind.ESIM}
MOST = 300  # letters of a description, on paper


def country_of(sale: Sale) -> str:
    """The country of a card or an eSIM, in the language of the moment; "" for other goods."""
    if sale.kind not in TOLD or not sale.country_code:
        return ""
    found = Country.objects.filter(pk=sale.country_code).only("code", "name").first()
    return texts.country_name(found) if found else ""


def contents_of(sale: Sale) -> str:
    """What is in a card or an eSIM, in the language of the moment; "" for other goods."""
    if sale.kind not in TOLD:
        return ""
    told = sale.sku and texts.description_of(sale.sku_id, get_language() or "")
    text = told or (sale.sku.description if sale.sku else "")
    text = text or str(sale.snapshot.get("productDescription") or "")
    return "" if text == sale.sku_name else text[:MOST].strip()


def is_amount_told(sale: Sale, arrival: Arrival | None) -> bool:
    """True where neither the name of the goods nor what arrives says which amount was sold."""
    if arrival and (arrival.amount, arrival.currency) == (sale.face_value, sale.face_currency):
        return False
    return sale.months > 1 or bool(sale.sku and not sale.sku.is_fixed)
