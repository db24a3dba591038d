"""A receipt as data; pages and paper only lay it out."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language

from catalog import texts
from catalog.msisdn import group
from topup.models import Device, Owed, OwedState, Person, ReceiptPrint, Sale
from topup.services import (
    accounts,
    brands,
    claimcode,
    delivered,
    looks,
    offerclaims,
    owed,
    soldgoods,
    vouchers,
)
from topup.services.delivered import Arrival
from topup.services.looks import Eyes
from topup.services.paperlogos import PaperLogo
from topup.services.vouchers import VoucherContent
from topup.states import GIVEN_BACK


@dataclass(frozen=True)
class Receipt:
    """Everything a receipt says. Amounts beside their currencies."""

    number: str
    correlation_id: str
    shop_name: str
    shop_address: str
    hotline: str
    brand: str  # under whose name the shop sells; "" for the product's own
    logo: PaperLogo | None = field(repr=False)
    agent_name: str
    at: datetime
    kind: str
    kind_name: str
    operator: str
    product: str
    country: str  # of goods without a number
    contents: str
    recipient: str
    account: str  # whose bill was paid, as it stands on the bill
    account_name: str
    due: tuple[Decimal, str] | None  # where not what was due was paid
    face_value: Decimal
    face_currency: str
    months: int  # of a plan; `face_value` is for one
    is_amount_told: bool  # neither the product's name nor what arrives says it
    arrival: Arrival | None  # None once the sale came to nothing
    price: Decimal
    currency: str
    tender: str
    collected_amount: Decimal
    collected_currency: str
    used: Decimal | None  # of what was collected: money that was owed to the customer
    #: Whoever shows it may have his money back; "" where nobody counts cash.
    claim_code: str = field(repr=False)
    #: Of a sale that began at a kiosk: with both numbers it tells there how the sale stands,
    #: and shows the code; so the claim number is "" wherever the code is hidden.
    kiosk_code: str
    kiosk_claim: str = field(repr=False)
    owed: Owed | None
    state: str
    is_delivered: bool
    is_given_back: bool  # it came to nothing, and the customer may have his money
    provider_reference: str
    operator_reference: str
    validity: str
    voucher: VoucherContent | None = field(repr=False)
    is_code_hidden: bool  # there is a code, and it was not asked for
    is_code_awaited: bool


def build(
    *, sale: Sale, person: Person, with_code: bool = True, device: Device | None = None,
    printed: ReceiptPrint | None = None,
) -> Receipt:  # fmt: skip
    """The receipt of a sale for one of its shop's people, in the language of the moment.

    Its code is opened, and counted as shown, only `with_code`; `printed` is the print that
    it is for. The code for money back is written down as looked at, but for a print.
    Error: `PermissionDenied` for another shop.
    """
    eyes, voucher = Eyes(person=person, device=device, printed=printed), None
    if with_code:
        voucher = vouchers.read(sale=sale, person=person, device=device, printed=printed)
    old = Owed.objects.filter(used_for=sale).first() if sale.shift_id else None
    now, offer = owed.owed_of(sale), offerclaims.offer_of(sale)
    is_hidden = not with_code and vouchers.has_secret(sale)
    is_awaited = vouchers.is_awaited(sale)
    arrival = delivered.arrival_of(sale, is_code_awaited=is_awaited)
    brand = brands.current()
    return Receipt(
        number=number_of(sale),
        correlation_id=sale.correlation_id,
        shop_name=sale.shop.name,
        shop_address=sale.shop.address,
        hotline=sale.shop.hotline,
        brand=brand.own_name,
        logo=brand.paper,
        agent_name=sale.agent.get_full_name() or sale.agent.get_username(),
        at=sale.settled_at or sale.created_at,
        kind=sale.kind,
        kind_name=sale.get_kind_display(),
        operator=sale.operator_name,
        product=texts.name_of(sale.sku_id, get_language() or "") or sale.sku_name,
        country=soldgoods.country_of(sale),
        contents=soldgoods.contents_of(sale),
        recipient=group(sale.recipient) if sale.recipient else "",
        account=str(sale.extras.get("account_number", "")),
        account_name=str(sale.extras.get("account_name", "")),
        due=accounts.due_of(sale.extras),
        face_value=sale.face_value,
        face_currency=sale.face_currency,
        months=sale.months,
        is_amount_told=soldgoods.is_amount_told(sale, arrival),
        arrival=arrival,
        price=sale.price,
        currency=sale.currency,
        tender=str(sale.get_tender_display()),
        collected_amount=sale.price if sale.collected_amount is None else sale.collected_amount,
        collected_currency=sale.collected_currency or sale.currency,
        used=old.amount if old else None,
        claim_code=_claim_code(sale, now, eyes),
        kiosk_code=claimcode.spoken(offer.code) if offer else "",
        kiosk_claim=offerclaims.claim_number(sale) if offer and not is_hidden else "",
        owed=now,
        state=str(sale.get_state_display()),
        is_delivered=sale.is_delivered,
        is_given_back=sale.state in GIVEN_BACK,
        provider_reference=sale.provider_reference,
        operator_reference=sale.operator_reference,
        validity=str(sale.snapshot.get("validity") or ""),
        voucher=voucher,
        is_code_hidden=is_hidden,
        is_code_awaited=is_awaited,
    )


def _claim_code(sale: Sale, now: Owed | None, eyes: Eyes) -> str:
    """The code of a sale whose money may yet go back; none once it has."""
    if sale.shift_id is None or (now and now.state != OwedState.OWED):
        return ""
    if eyes.printed is None:
        looks.keep_money(sale=sale, eyes=eyes, owed_since=now.since if now else None)
    return claimcode.spoken(claimcode.code_of(sale.correlation_id))


def language_for(sale: Sale) -> str:
    """What the customer reads: as chosen for this sale, else for his number last; "" if unknown."""
    if sale.receipt_language or not sale.recipient:
        return sale.receipt_language
    known = Sale.objects.filter(shop_id=sale.shop_id, recipient=sale.recipient)
    known = known.exclude(receipt_language="").order_by("-pk")
    return known.values_list("receipt_language", flat=True).first() or ""


def number_of(sale: Sale) -> str:
    """The printed receipt number: short enough to read out over a phone.

    Its day is the shop's own, kept with the sale; sales that have none kept theirs in UTC.
    """
    return f"{sale.receipt_day or sale.created_at:%y%m%d}-{sale.pk:06d}"
