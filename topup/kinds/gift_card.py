"""Gift cards (the provider's category Gift Card): ordered, often late, then fetched."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from catalog.enums import Category
from catalog.models import Sku
from topup.kinds.base import Field, Number, check_if_given, infos_of
from topup.kinds.pin import instructions_of
from valuetopup import Answer, Client
from valuetopup.types import GiftCard, Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.GIFT_CARD
HAS_SECRET = True
NUMBER = Number.MAY
TAKES_AMOUNT = True
TAKES_INFOS = True
_NAME = r"[^\W\d_][^\x00-\x1f<>]{0,39}"

FIRST_NAME = Field(
    "first_name", gettext_lazy("First name of the customer"), _NAME,
    gettext_lazy("Type a name of at most 40 letters."), most=40, is_prompted=True,
    hint=gettext_lazy("Some cards print the name; else leave it empty."),
)  # fmt: skip
LAST_NAME = Field(
    "last_name", gettext_lazy("Last name of the customer"), _NAME,
    gettext_lazy("Type a name of at most 40 letters."), most=40, is_prompted=True,
)  # fmt: skip
FIELDS = (FIRST_NAME, LAST_NAME)
check_recipient = check_if_given


def fields(sku: Sku) -> tuple[Field, ...]:
    """The name on the card."""
    return FIELDS


def order(client: Client, sale: "Sale") -> Answer:
    """Order the card."""
    extras = sale.all_extras
    return client.gift_card(
        sku_id=sale.provider_sku_id,
        amount=sale.face_value,
        currency=sale.face_currency,
        correlation_id=sale.correlation_id,
        send_before=sale.send_before,
        first_name=extras.get("first_name"),
        last_name=extras.get("last_name"),
        recipient=sale.recipient or None,
        additional_infos=infos_of(extras),
    )


def fetch(client: Client, transaction: Transaction) -> dict[str, Any] | None:
    """The card of a finished order: asked for by the provider's own number of it.

    Errors as those of the client: the card is asked for again later.
    """
    if transaction.transaction_id is None:
        return None
    return _content(client.fetch_gift_card(transaction.transaction_id), transaction)


def secret(transaction: Transaction) -> dict[str, Any] | None:
    """The card, if the answer to order or status holds it already."""
    return _content(transaction.gift_card, transaction) if transaction.gift_card else None


def _content(card: GiftCard, transaction: Transaction) -> dict[str, Any] | None:
    if not (card.number or card.pin or card.certificate_link):
        return None
    told = {"number": card.number, "pin": card.pin, "link": card.certificate_link,
            "expiration_date": card.expiration_date}  # fmt: skip
    return {"card": told, "instructions": instructions_of(transaction)}
