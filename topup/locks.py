"""Every row lock of selling."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps

from django.db import OperationalError, connection

from ledger.models import Account
from topup.models import (
    Basket,
    Claim,
    DayClose,
    DepositRequest,
    Dispute,
    Kiosk,
    KioskOffer,
    Person,
    PriceBook,
    Resolution,
    Sale,
    Shift,
    Shop,
    Voucher,
)

TREE_LOCK = 20261125  # any number that no other advisory lock has
_CIRCLE = "40P01"  # SQLSTATE of the one of two who wait for each other that is sent away


def comes_again[**P, R](deed: Callable[P, R]) -> Callable[P, R]:
    """A deed with a transaction of its own, done once more if it was sent away from a circle.

    Nothing of it is left then. Inside another transaction that one has to end first.
    """

    @wraps(deed)
    def done(*values: P.args, **named: P.kwargs) -> R:
        try:
            return deed(*values, **named)
        except OperationalError as error:
            if connection.in_atomic_block or getattr(error.__cause__, "sqlstate", "") != _CIRCLE:
                raise
        return deed(*values, **named)

    return done


@contextmanager
def alone(number: int) -> Iterator[bool]:
    """True for one at a time of those who ask for this number; it ends with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def lock_sale(sale_id: int) -> Sale:
    """The sale, locked until the end of the transaction; only its own row."""
    return Sale.objects.select_for_update(of=("self",)).get(pk=sale_id)


def lock_due(*, now: datetime, limit: int) -> list[int]:
    """Sales due for a question, longest due first; those that another has locked are left out."""
    due = Sale.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        next_poll_at__lte=now
    )
    return list(due.order_by("next_poll_at").values_list("pk", flat=True)[:limit])


def lock_deposit(deposit_id: int) -> DepositRequest:
    """The deposit, locked until the end of the transaction; only its own row."""
    deposits = DepositRequest.objects.select_for_update(of=("self",))
    return deposits.select_related("shop__float_account").get(pk=deposit_id)


def lock_shops(*shop_ids: int) -> dict[int, Shop]:
    """Shops by id, so that none is frozen or moved meanwhile. Sales go on: no key is changed."""
    rows = Shop.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=shop_ids)
    return {shop.pk: shop for shop in rows.select_related("float_account").order_by("pk")}


def lock_tree() -> None:
    """The tree of shops, until the end of the transaction: moves wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def lock_person(person_id: int) -> Person | None:
    """A person, so that wrong tries are counted one by one. Sales go on: no key is changed."""
    rows = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk=person_id)
    return rows.select_related("shop").first()


def lock_shift(shift_id: int) -> Shift:
    """A shift alone: who would sell in it or move its cash waits, and then sees the end."""
    return Shift.objects.select_for_update(of=("self",)).get(pk=shift_id)


def share_shift(shift_id: int) -> Shift:
    """A shift together with others who sell in it: nobody counts or hands it over meanwhile.

    Never `lock_shift` in a transaction that has a float: sales hold floats, then shifts.
    """
    return Shift.objects.raw("SELECT * FROM topup_shift WHERE id = %s FOR SHARE", [shift_id])[0]


def lock_books() -> None:
    """Only one price book is published or withdrawn at a time: the first one's row is the key."""
    PriceBook.objects.select_for_update(of=("self",), no_key=True).get(version=1)


def lock_book(book_id: int) -> PriceBook:
    """A price book; waits for whoever is changing a rule of it, and holds the next one back."""
    return PriceBook.objects.select_for_update(of=("self",)).get(pk=book_id)


def lock_voucher(sale_id: int) -> Voucher | None:
    """The voucher of a sale: who shows it and who refunds it wait for each other."""
    return Voucher.objects.select_for_update(of=("self",)).filter(sale_id=sale_id).first()


def lock_dispute(dispute_id: int) -> Dispute:
    """A dispute; its sale is locked before it, by `lock_sale`."""
    return Dispute.objects.select_for_update(of=("self",)).get(pk=dispute_id)


def lock_claim(claim_id: int) -> Claim:
    """A claim alone. An invoice that comes late locks the sale first, then its claim."""
    return Claim.objects.select_for_update(of=("self",)).get(pk=claim_id)


def lock_resolution(resolution_id: int) -> Resolution:
    """A decision that waits; its sale is locked before it."""
    return Resolution.objects.select_for_update(of=("self",)).get(pk=resolution_id)


def lock_close(close_id: int) -> DayClose:
    """The close of a day: it is counted, asked about and sealed by one at a time."""
    return DayClose.objects.select_for_update(of=("self",)).get(pk=close_id)


def lock_basket(basket_id: int) -> Basket | None:
    """A basket: who adds, removes and sells wait for each other. Before the float; None if gone."""
    return Basket.objects.select_for_update(of=("self",)).filter(pk=basket_id).first()


def lock_kiosk(kiosk_id: int) -> Kiosk:
    """A kiosk, so that its offers are counted one by one."""
    return Kiosk.objects.select_for_update(of=("self",), no_key=True).get(pk=kiosk_id)


def lock_offer(offer_id: int) -> KioskOffer | None:
    """An offer of a kiosk: who claims, releases, ends and sells it wait for each other.

    A sale locks it after its float. None if it was thrown away.
    """
    return KioskOffer.objects.select_for_update(of=("self",)).filter(pk=offer_id).first()


def lock_float(account_id: int) -> None:
    """A shop's float, for several sales in one transaction; no later lock is waited for long.

    A single sale writes its hold and then waits for the float. Who has the float and waits
    for that hold would block both: he gives up first, with `OperationalError` 55P03.
    """
    rows = Account.objects.select_for_update(of=("self",), no_key=True)
    rows.get(pk=account_id)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")  # of a deadlock: 1 s
