"""Opening a sale: hold, sale and first event in one transaction, and cancelling one."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog.contextvars import bind_contextvars

from catalog.models import Sku
from catalog.queries import wallet_currency_mismatch
from ledger import services as ledger
from ledger.errors import InsufficientFloatError as LedgerRefusal
from topup import sealing
from topup.answers import NO_ANSWERS, Answers
from topup.errors import (
    BadQuoteError,
    InsufficientFloatError,
    NotSellableError,
    OwedError,
    PriceChangedError,
    QuoteExpiredError,
    SaleConflictError,
    SellingStoppedError,
    ShopFrozenError,
)
from topup.kinds import BY_CATEGORY
from topup.locks import comes_again
from topup.models import Device, Kind, Person, Sale, SaleEvent, Shift, Shop, Tender
from topup.models.alarm import StopKind
from topup.safetyerrors import SafetyError
from topup.services import alarms, limits, offerclaims, pauses, paying, safety
from topup.services.moves import move
from topup.services.paying import Payment
from topup.services.pricing import Quote, check_sellable, version_of
from topup.services.shifts import shift_is_over
from topup.services.shops import is_frozen
from topup.states import SaleState


@dataclass(frozen=True)
class OpenedSale:
    """The sale of a form's key, and whether this press made it."""

    sale: Sale
    is_new: bool
    left: Decimal | None = None  # to collect, after what was owed; negative: to give back


@comes_again
def open_sale(
    *, agent: Person, quote: Quote, device: Device | None = None, tender: str = Tender.CASH,
    collected_currency: str = "", shift: Shift | None = None, owed_id: int | None = None,
    code: str = "", answers: Answers = NO_ANSWERS, at_till: bool = True,
    fence: Callable[[], None] | None = None, beside: Collection[str] = (),
) -> OpenedSale:  # fmt: skip
    """The sale of this quote: made now, or found if its key was used before.

    Looks for the key before every other check, so a lost answer, a double click
    or an expired quote leads to the one sale. Safe to repeat.
    Errors (nothing sold): `BadQuoteError` for a quote of another shop,
    `SaleConflictError`, `QuoteExpiredError`, `PriceChangedError`,
    `NotSellableError`, `InsufficientFloatError`, `ShopFrozenError`,
    `SellingStoppedError`, `LimitError`, `BlockedNumberError`, `TenderError`,
    `NoShiftError`, `ShiftOverError`, `OwedError`, `OperatorPausedError`, `SafetyError`
    for what must be answered first, by `answers`, `CoolDownError`, and `OfferError` for an
    offer of a kiosk that somebody else has.
    `device` is the till it is sold at; one of another shop is not written down.
    `shift` is the agent's own unless told; a sale that is not `at_till` is of none. How it
    is paid is fixed by the first press, like all its terms. `owed_id` and `code` pay with
    money the shop owes the customer. `fence` is called in the sale's transaction, before
    all else; what it raises keeps the sale from being made. `beside` are keys of sales that
    are made together with it, after one look at all of them.
    """
    bind_contextvars(correlation_id=quote.correlation_id)  # for the log of this request
    if quote.shop_id != agent.shop_id:
        raise BadQuoteError
    if found := _existing(agent, quote):
        return found
    shop = Shop.objects.select_related("float_account").get(pk=quote.shop_id)
    sku = _check(shop, quote)
    try:
        payment = paying.prepare(
            agent=agent, shop=shop, quote=quote, tender=tender, currency=collected_currency,
            shift=shift, owed_id=owed_id, code=code, at_till=at_till,
        )  # fmt: skip
        with shift_is_over():
            if fence:
                fence()
            sale = _write(agent, shop, sku, quote, device, payment, answers, beside)
            left = payment.settle(sale, agent)
            transaction.on_commit(lambda: nudge(sale.pk), robust=True)
    except LedgerRefusal as refusal:
        raise InsufficientFloatError(
            available=refusal.available, needed=refusal.needed, currency=refusal.currency
        ) from None
    except SafetyError as refusal:
        # Here, where the sale is undone: a wrong answer stays written.
        safety.write_down(agent=agent, shop=shop, key=quote.correlation_id, refusal=refusal)
        raise
    except (IntegrityError, OwedError):
        # Two presses at once: the other one made the sale between our look and our write.
        if found := _existing(agent, quote):
            return found
        raise
    return OpenedSale(sale, is_new=True, left=left)


def _existing(agent: Person, quote: Quote) -> OpenedSale | None:
    sale = Sale.objects.filter(correlation_id=quote.correlation_id).first()
    if sale is None:
        return None
    same = (sale.shop_id, sale.sku_id, sale.face_value, sale.recipient, sale.price, sale.extras)
    if same != (agent.shop_id, quote.sku_id, quote.face_value, quote.recipient, quote.price,
                quote.clear_extras):  # fmt: skip
        raise SaleConflictError
    return OpenedSale(sale, is_new=False)


def check_may_sell(*, shop: Shop) -> None:
    """Errors: `ShopFrozenError`, `SellingStoppedError`. Asked before a price is told, too."""
    if is_frozen(shop):
        raise ShopFrozenError
    if alarms.is_stopped(StopKind.SELLING) or wallet_currency_mismatch():
        raise SellingStoppedError


def _check(shop: Shop, quote: Quote) -> Sku:
    check_may_sell(shop=shop)
    sku = Sku.objects.select_related("product", "operator").filter(pk=quote.sku_id).first()
    if sku is None:
        raise NotSellableError
    check_sellable(sku)
    if quote.is_expired:
        raise QuoteExpiredError
    if quote.version != version_of(shop, sku):
        raise PriceChangedError
    return sku


def _write(
    agent: Person, shop: Shop, sku: Sku, quote: Quote, device: Device | None, payment: Payment,
    answers: Answers, beside: Collection[str],
) -> Sale:  # fmt: skip
    hold = ledger.place_hold(
        account=shop.float_account, amount=quote.charge, key=quote.correlation_id
    )
    # After the hold: of two sales at once the second waits for it, and then sees the first.
    limits.check_sale(
        shop=shop, sku=sku, price=quote.price, recipient=quote.recipient, account=quote.account
    )
    kind = Kind(BY_CATEGORY[sku.category])
    safety.guard(agent=agent, shop=shop, quote=quote, kind=kind, answers=answers, beside=beside)
    pauses.let_through(shop=shop, sku=sku, key=quote.correlation_id)
    sale = Sale.objects.create(
        correlation_id=quote.correlation_id,
        shop=shop,
        agent=agent,
        hold=hold,
        kind=kind,
        recipient=quote.recipient,
        sku=sku,
        provider_sku_id=sku.provider_id,
        sku_name=sku.name,
        product_name=sku.product.name if sku.product else "",
        operator_name=sku.operator.name if sku.operator else "",
        country_code=sku.country_id or "",
        snapshot=sku.raw,
        extras=quote.clear_extras,
        sealed_extras=sealing.seal(quote.secret_extras) if quote.secret_extras else b"",
        months=quote.months,
        face_value=quote.face_value,
        face_currency=quote.face_currency,
        promised_amount=quote.delivered_amount,
        promised_currency=quote.delivered_currency if quote.delivered_amount else "",
        currency=quote.currency,
        price=quote.price,
        cost=quote.cost,
        commission=quote.commission,
        charge=quote.charge,
        price_rule_id=quote.price_rule_id,
        commission_rule_id=quote.commission_rule_id,
        device=device if device and device.shop_id == shop.pk else None,
        **payment.columns,
        quote_expires_at=quote.expires_at,
        receipt_day=timezone.localdate(timezone=shop.zone),
    )
    offerclaims.settle(quote=quote, sale=sale)
    SaleEvent.objects.create(sale=sale, to_state=SaleState.CREATED, by=agent)
    return sale


def nudge(sale_id: int) -> None:
    """Tell a worker at once; the sweep would find the sale without it."""
    current_app.send_task("topup.submit_sale_task", [sale_id])


@transaction.atomic
def cancel_sale(*, sale_id: int, by: Person | None = None, note: str = "") -> bool:
    """Cancel a sale that no worker has claimed, and give the money back. Safe to repeat."""
    sale = Sale.objects.get(pk=sale_id)
    if sale.state != SaleState.CREATED:
        return False
    moved = move(
        sale, SaleState.CANCELLED, note=note or "cancelled", by=by,
        settled_at=timezone.now(), next_poll_at=None,
    )  # fmt: skip
    if moved:
        ledger.release_hold(hold_id=sale.hold_id)
    return moved
