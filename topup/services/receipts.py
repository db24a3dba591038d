"""A receipt as data; pages and paper only lay it out."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from catalog.msisdn import group
from topup.models import Person, Sale
from topup.services import vouchers
from topup.services.vouchers import VoucherContent


@dataclass(frozen=True)
class Receipt:
    """Everything a receipt says. Amounts beside their currencies."""

    number: str
    correlation_id: str
    shop_name: str
    shop_address: str
    hotline: str
    agent_name: str
    at: datetime
    kind: str
    operator: str
    product: str
    recipient: str
    face_value: Decimal
    face_currency: str
    delivered_amount: Decimal | None
    delivered_currency: str
    price: Decimal
    currency: str
    state: str
    is_delivered: bool
    provider_reference: str
    operator_reference: str
    validity: str
    voucher: VoucherContent | None = field(repr=False)
    is_code_awaited: bool


def build(*, sale: Sale, person: Person) -> Receipt:
    """The receipt of a sale for one of its shop's people.

    Error: `PermissionDenied` for another shop.
    """
    voucher = vouchers.read(sale=sale, person=person)
    return Receipt(
        number=number_of(sale),
        correlation_id=sale.correlation_id,
        shop_name=sale.shop.name,
        shop_address=sale.shop.address,
        hotline=sale.shop.hotline,
        agent_name=sale.agent.get_full_name() or sale.agent.get_username(),
        at=sale.settled_at or sale.created_at,
        kind=sale.get_kind_display(),
        operator=sale.operator_name,
        product=sale.sku_name,
        recipient=group(sale.recipient) if sale.recipient else "",
        face_value=sale.face_value,
        face_currency=sale.face_currency,
        delivered_amount=sale.delivered_amount,
        delivered_currency=sale.delivered_currency,
        price=sale.price,
        currency=sale.currency,
        state=str(sale.get_state_display()),
        is_delivered=sale.is_delivered,
        provider_reference=sale.provider_reference,
        operator_reference=sale.operator_reference,
        validity=str(sale.snapshot.get("validity") or ""),
        voucher=voucher,
        is_code_awaited=vouchers.is_awaited(sale),
    )


def number_of(sale: Sale) -> str:
    """The printed receipt number: short enough to read out over a phone."""
    return f"{sale.created_at:%y%m%d}-{sale.pk:06d}"
