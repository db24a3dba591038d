"""What is written where when all is over: the database, the provider's journal, the pages.

Only gathers. What it must be is in `verdict`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from ledger.models import AccountKind
from ledger.queries import house_balance
from portal.drill.shopper import Press
from topup import books
from topup.models import Alarm, Sale, Shop, Voucher, VoucherState
from topup.services.pricing import Quote
from topup.states import UNFINISHED
from valuetopup.simulator.exact_json import loads


@dataclass(frozen=True)
class SaleFact:
    """One row of ours; money in the wallet's currency."""

    name: str  # the correlation id
    state: str
    basis: str
    shop: str
    recipient: str
    charge: Decimal
    invoice: Decimal | None
    has_pin: bool
    lacks_details: bool = False


@dataclass
class OrderFact:
    """What the provider's journal says of one correlation id."""

    posts: int = 0
    executed: int = 0
    charged: Decimal = Decimal(0)
    pins: list[str] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class FloatFact:
    """One shop's money: what it began with, and what its account says now."""

    shop: str
    start: Decimal
    balance: Decimal
    held: Decimal


@dataclass(frozen=True)
class PressFact:
    """One confirm that was pressed: what was agreed, and what the pages answered."""

    name: str  # of the quote, so of its sale
    trouble: str
    charge: Decimal
    recipient: str
    sale_names: frozenset[str]
    refusal: str = ""
    heading: str = ""
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class Facts:
    """Everything the verdict is made of."""

    presses: Sequence[PressFact]
    sales: Sequence[SaleFact]
    orders: Mapping[str, OrderFact]
    floats: Sequence[FloatFact]
    wallet_opened: Decimal
    wallet_available: Decimal
    provider_account: Decimal
    book_problems: Sequence[str]
    missing_parts: Sequence[str] = ()
    complaints: Sequence[str] = ()
    alarms: Mapping[str, int] = field(default_factory=dict)


def unfinished() -> int:
    """Sales that are not final, or whose invoice or code has not come yet."""
    waits = Voucher.objects.filter(state=VoucherState.AWAITED).values("sale_id")
    return (
        Sale.objects.filter(state__in=UNFINISHED)
        | Sale.objects.filter(invoice_is_assumed=True)
        | Sale.objects.filter(pk__in=waits, state__in=("completed", "delivered_late"))
    ).count()


def float_balances() -> dict[str, Decimal]:
    """Shop: what its account says."""
    return {shop.name: shop.float_account.balance for shop in _shops()}


def gather(
    *, presses: Sequence[Press], starts: Mapping[str, Decimal], journal: Path, control: str,
    currency: str, missing_parts: Sequence[str], complaints: Sequence[str],
) -> Facts:  # fmt: skip
    """Read everything. Nothing may run any more that writes."""
    wallet = loads(requests.get(f"{control}wallet", timeout=10).content)
    return Facts(
        presses=[_press(press) for press in presses],
        sales=[_sale(sale) for sale in Sale.objects.select_related("shop").order_by("pk")],
        orders=read_journal(journal),
        floats=_floats(starts),
        wallet_opened=Decimal(wallet["opened"]),
        wallet_available=Decimal(wallet["available"]),
        provider_account=house_balance(AccountKind.PROVIDER, currency),
        book_problems=list(books.problems()),
        missing_parts=missing_parts,
        complaints=complaints,
        alarms=Counter(Alarm.objects.values_list("kind", flat=True)),
    )


def read_journal(path: Path) -> dict[str, OrderFact]:
    """Count the lines of the provider's journal, by correlation id."""
    orders: dict[str, OrderFact] = {}
    for line in path.read_bytes().splitlines():
        event = loads(line)
        if event["event"] != "post":
            continue
        order = orders.setdefault(event["correlationId"], OrderFact())
        order.posts += 1
        taken = event.get("order")
        if taken and taken["code"] == "000":
            order.executed += 1
            order.charged += Decimal(taken["charged"])
            order.pins += [pin["pinNumber"] for pin in _pins(taken)]
    return orders


def _pins(taken: dict[str, Any]) -> list[dict[str, Any]]:
    return (taken.get("payload") or {}).get("pins") or []


def _sale(sale: Sale) -> SaleFact:
    voucher = Voucher.objects.filter(sale=sale).first()
    awaited = voucher is not None and voucher.state == VoucherState.AWAITED
    return SaleFact(
        name=sale.correlation_id,
        state=sale.state,
        basis=sale.basis,
        shop=sale.shop.name,
        recipient=sale.recipient,
        charge=sale.charge,
        invoice=sale.invoice_amount,
        has_pin=sale.kind == "pin",
        lacks_details=sale.is_delivered and (awaited or sale.invoice_is_assumed),
    )


def _press(press: Press) -> PressFact:
    quote = Quote.from_token(press.form.hidden["quote"], shop=_shop_of(press.shopper.person))
    return PressFact(
        name=quote.correlation_id,
        trouble=press.wish.trouble,
        charge=quote.charge,
        recipient=quote.recipient,
        sale_names=frozenset(url.strip("/").rpartition("/")[2] for url in press.sale_urls),
        refusal=press.refusal,
        heading=press.heading,
        words=press.words,
    )


def _floats(starts: Mapping[str, Decimal]) -> list[FloatFact]:
    return [
        FloatFact(s.name, starts[s.name], s.float_account.balance, s.float_account.held)
        for s in _shops()
    ]


def _shops() -> list[Shop]:
    return list(Shop.objects.select_related("float_account").order_by("name"))


def _shop_of(person: str) -> Shop:
    return Shop.objects.get(people__username=person)
