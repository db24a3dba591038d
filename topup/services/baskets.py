"""Baskets: several items with one payment.

All sales of a basket are opened in one transaction with the end of the basket, by the same
`open_sale` and under each item's own key: a crash in the middle leaves nothing, a second
press or a lost answer finds the sold basket, and no item is sold twice, here or from its
check page. Orders are sent when the transaction is over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from topup.answers import NO_ANSWERS, Answers
from topup.basketerrors import (
    BasketChangedError,
    BasketError,
    BasketItemError,
    NewPriceError,
    RunError,
    TwinError,
)
from topup.errors import (
    InsufficientFloatError,
    LimitError,
    SellingStoppedError,
    ShiftError,
    ShopFrozenError,
    TenderError,
    TopupError,
)
from topup.locks import lock_basket, lock_float
from topup.models import Basket, BasketItem, Device, Person, Sale, Shop, Tender
from topup.models.basket import BasketState
from topup.safetyerrors import CoolDownError, SafetyError
from topup.services import basketlines, limits, opening, safety, shifts
from topup.services.basketlines import Errors, Line
from topup.services.pricing import Quote

MOST_ITEMS = 10
ABANDONED_AFTER, EMPTY_FOR = timedelta(days=1), timedelta(hours=1)
_SWEPT = 200
#: What keeps all items from being sold, not one of them.
_OF_ALL = (InsufficientFloatError, SellingStoppedError, ShopFrozenError, ShiftError, TenderError)

_IN_THE_WAY = ("55P03", "40P01")  # somebody else has a lock and waits for one of ours


@dataclass(frozen=True)
class Payment:
    """How all of it is paid, what the page showed, and what was said to it, by item."""

    tender: str = Tender.CASH
    currency: str = ""
    seen: str = ""  # `basketlines.fingerprint` of what was looked at
    answers: Mapping[int, Answers] = field(default_factory=dict)
    accepted: Mapping[int, Decimal] = field(default_factory=dict)  # new prices


def open_of(person: Person) -> Basket | None:
    """The open basket of a person at his shop; there is one at most."""
    return Basket.objects.filter(
        person=person, shop=person.shop_id, state=BasketState.OPEN
    ).first()  # fmt: skip


def count_of(person: Person) -> int:
    """How many items wait in it; one query."""
    return BasketItem.objects.filter(
        basket__person=person, basket__shop=person.shop_id, basket__state=BasketState.OPEN
    ).count()  # fmt: skip


@transaction.atomic
def add(*, agent: Person, shop: Shop, quote: Quote) -> BasketItem:
    """Put a quote in the person's basket, once for each key. Sells and holds nothing.

    Error: `BasketError` for a basket that is full, and for a quote that was sold or lies
    in a basket of somebody else.
    """
    basket = _locked_open(agent, shop)
    if Sale.objects.filter(correlation_id=quote.correlation_id).exists():
        raise BasketError(_("This was sold already."))
    if basket.items.filter(key=quote.correlation_id).exists():
        return basket.items.get(key=quote.correlation_id)
    if basket.items.count() >= MOST_ITEMS:
        told = _("A basket takes %(most)d items. Sell these first.")
        raise BasketError(told % {"most": MOST_ITEMS})
    item, is_new = BasketItem.objects.get_or_create(
        key=quote.correlation_id,
        defaults={"basket": basket, "quote": quote.token, "sku_id": quote.sku_id,
                  "price": quote.price},
    )  # fmt: skip
    if not is_new:
        raise BasketError(_("This is in another basket already."))
    _touch(basket)
    return item


def _locked_open(agent: Person, shop: Shop) -> Basket:
    for _try in range(3):
        made, _new = Basket.objects.get_or_create(
            person=agent, shop=shop, state=BasketState.OPEN
        )  # fmt: skip
        basket = lock_basket(made.pk)
        if basket and basket.state == BasketState.OPEN:  # else it was sold in this moment
            return basket
    raise BasketError


@transaction.atomic
def remove(*, item_id: int, by: Person) -> None:
    """Take an item out. Safe to repeat. Error: `BasketItem.DoesNotExist` for one not his own."""
    item = BasketItem.objects.get(pk=item_id, basket__person=by, basket__shop=by.shop_id)
    basket = lock_basket(item.basket_id)
    if basket and basket.state == BasketState.OPEN:
        basket.items.filter(pk=item_id).delete()
        _touch(basket)


def _touch(basket: Basket) -> None:
    Basket.objects.filter(pk=basket.pk).update(changed_at=timezone.now())


def problem(*, agent: Person, shop: Shop, lines: Collection[Line]) -> TopupError | None:
    """What keeps all of it from being sold, before money is taken; None if nothing does.

    The float and the day's limit are asked for the sum. A look ahead: the sales decide.
    """
    quotes = [line.quote for line in lines if line.is_ready and line.quote]
    needed = sum((one.charge for one in quotes), Decimal(0))
    try:
        opening.check_may_sell(shop=shop)
        shifts.shift_for_sale(agent, shop)
        _check_day(shop, sum((one.price for one in quotes), Decimal(0)))
        account = shop.float_account
        account.refresh_from_db()
        left = account.available + account.credit_limit
        if needed > left:
            raise InsufficientFloatError(available=left, needed=needed, currency=shop.currency)
    except TopupError as error:
        return error
    return None


def _check_day(shop: Shop, price: Decimal) -> None:
    most = limits.limits_of(shop).day_limit
    if most is None or limits.sold_today(shop)[0] + price <= most:
        return
    raise LimitError(
        _("This is more than the shop may sell today. Nothing was sold. Remove something.")
    )


def sell(
    *, basket_key: UUID, agent: Person, shop: Shop, payment: Payment, device: Device | None = None
) -> Basket:
    """Sell all that is ready, or nothing; the sold basket, whoever presses again. Safe to repeat.

    Items that are not sold now stay, in a new basket. Calls the provider before its
    transaction, for prices that are over. Errors, nothing sold: `Basket.DoesNotExist` for
    one not his own, `BasketChangedError` if not exactly what was `seen` would be sold,
    `BasketItemError` for what one sale says or asks, and what says no to all of them.
    """
    basket = Basket.objects.get(key=basket_key, person=agent, shop=shop)
    if basket.state == BasketState.SOLD:
        return basket
    errors = basketlines.renew(basket, shop=shop)
    try:
        return _sell(basket.pk, agent, shop, device, payment, errors)
    except BasketItemError as refusal:
        # Here, where the sales are undone: a wrong answer stays written.
        if isinstance(refusal.cause, SafetyError):
            key = BasketItem.objects.values_list("key", flat=True).get(pk=refusal.item_id)
            safety.write_down(agent=agent, shop=shop, key=key, refusal=refusal.cause)
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in _IN_THE_WAY:
            raise
        raise BasketError(_("This is being sold elsewhere now. Press again.")) from None


@transaction.atomic
def _sell(
    basket_id: int, agent: Person, shop: Shop, device: Device | None, payment: Payment,
    errors: Errors,
) -> Basket:  # fmt: skip
    basket = lock_basket(basket_id)
    if basket is None:
        raise BasketError
    if basket.state == BasketState.SOLD:  # the other one of two presses
        return basket
    lines = basketlines.lines_of(basket, agent=agent, shop=shop, errors=errors)
    ready = [line for line in lines if line.is_ready]
    if not ready or basketlines.fingerprint(lines) != payment.seen:
        raise BasketChangedError
    lock_float(shop.float_account_id)
    together = [line.item.key for line in ready]
    for line in ready:
        # All stand on one page: only what is the same is asked about, as a second time.
        _open(line, agent, device, payment, () if line.is_twin else together)
    basket.state, basket.sold_at = BasketState.SOLD, timezone.now()
    basket.tender, basket.currency = payment.tender, payment.currency or shop.currency
    basket.device = device if device and device.shop_id == shop.pk else None
    basket.save(update_fields=["state", "sold_at", "tender", "currency", "device"])
    _keep([line.item.pk for line in lines if not line.is_ready], agent, shop)
    return basket


def _open(
    line: Line, agent: Person, device: Device | None, payment: Payment, beside: Collection[str]
) -> None:
    item, quote = line.item, line.quote
    assert quote is not None
    answers = payment.answers.get(item.pk, NO_ANSWERS)
    try:
        if line.has_new_price and payment.accepted.get(item.pk) != quote.price:
            raise NewPriceError
        if line.is_twin and not answers.second_time:
            raise TwinError
        opened = opening.open_sale(
            agent=agent, quote=quote, device=device, tender=payment.tender,
            collected_currency=payment.currency, answers=answers, beside=beside,
        )  # fmt: skip
    except _OF_ALL:
        raise
    except CoolDownError:  # begun by the items before it, and undone with them
        raise BasketItemError(item_id=item.pk, cause=RunError()) from None
    except TopupError as cause:
        raise BasketItemError(item_id=item.pk, cause=cause) from None
    if not opened.is_new:  # sold from its check page in this moment, and paid there
        raise BasketChangedError
    BasketItem.objects.filter(pk=item.pk).update(sale=opened.sale, price=quote.price)


def _keep(item_ids: list[int], agent: Person, shop: Shop) -> None:
    """What was not sold waits in a basket of its own."""
    if item_ids:
        rest = Basket.objects.create(person=agent, shop=shop)
        BasketItem.objects.filter(pk__in=item_ids).update(basket=rest)


@transaction.atomic
def sweep() -> int:
    """Throw away open baskets that nobody touched for a day, and empty ones. Safe to repeat."""
    now, rows = timezone.now(), Basket.objects.filter(state=BasketState.OPEN)
    old = rows.filter(changed_at__lt=now - ABANDONED_AFTER)
    empty = rows.filter(changed_at__lt=now - EMPTY_FOR, items=None)
    due = [*old.values_list("pk", flat=True)[:_SWEPT], *empty.values_list("pk", flat=True)[:_SWEPT]]
    free = rows.filter(pk__in=due).select_for_update(skip_locked=True, of=("self",))
    mine = [one.pk for one in free if one.changed_at < now - EMPTY_FOR]
    BasketItem.objects.filter(basket__in=mine).delete()
    Basket.objects.filter(pk__in=mine).delete()
    return len(mine)
