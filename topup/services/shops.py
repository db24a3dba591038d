"""Opening shops, placing them in the tree, and funding them."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.models import Entry
from topup.errors import LevelError, MoneyError, NotInChargeError, TreeError
from topup.locks import lock_person, lock_tree
from topup.models import Kiosk, Level, Person, Shop
from topup.services import alone

MOST_ABOVE = 4  # sub-distributors between the distributor and a shop


def at_counter() -> QuerySet[Shop]:
    """Shops as a page of the counter needs them: with the float, and `has_kiosk`."""
    kiosks = Kiosk.objects.filter(shop=OuterRef("pk"), retired_at=None)
    return Shop.objects.select_related("float_account").annotate(has_kiosk=Exists(kiosks))


@transaction.atomic
def open_shop(
    *, name: str, currency: str | None = None, credit_limit: Decimal = Decimal(0), **columns: Any
) -> Shop:
    """A new shop with its float account, in the wallet's currency unless told.

    `columns` are others of `Shop` (parent, tier, limits, …). Error: `TreeError`.
    """
    shop = Shop(name=name, **columns)
    if shop.parent_id:
        lock_tree()
    shop.ancestors = _line_above(shop.parent_id)
    shop.float_account = ledger.open_float(
        code=f"float:{uuid4().hex[:16]}",  # not the name: names change
        currency=currency or settings.VALUETOPUP_WALLET_CURRENCY,
        credit_limit=credit_limit,
    )
    shop.save()
    return shop


@transaction.atomic
def place(*, shop: Shop, parent: Shop | None, level: str = "") -> None:
    """Put a shop, with all below it, under another; with `level` change that too. Safe to repeat.

    Error: `TreeError` as `check_place`.
    """
    level = level or shop.level
    above = check_place(shop_id=shop.pk, parent=parent, level=level)
    old = len(Shop.objects.values_list("ancestors", flat=True).get(pk=shop.pk))
    shop.parent, shop.ancestors, shop.level = parent, above, level
    shop.save(update_fields=["parent", "ancestors", "level"])
    below = list(Shop.objects.filter(ancestors__contains=[shop.pk]).only("ancestors"))
    for child in below:
        child.ancestors = [*above, *child.ancestors[old:]]
    Shop.objects.bulk_update(below, ["ancestors"])


def check_place(*, shop_id: int | None, parent: Shop | None, level: str) -> list[int]:
    """What a shop (None: a new one) under `parent` would have above it, the top first.

    Moves wait for each other from here to the end of the transaction, and all is read
    anew: two at once make no ring. Error: `TreeError` under itself, under a shop that is
    no sub-distributor, too deep, or for a plain shop that has others below it.
    """
    lock_tree()
    above = _line_above(parent.pk if parent else None)
    if shop_id is None:
        return above
    if shop_id in above:
        raise TreeError(_("A shop cannot lie under itself."))
    below = Shop.objects.filter(ancestors__contains=[shop_id]).values_list("ancestors", flat=True)
    lengths = [len(line) - line.index(shop_id) for line in below]
    if lengths and len(above) + max(lengths) > MOST_ABOVE:
        raise TreeError(_("The tree would be too deep."))
    if lengths and level != Level.SUB_DISTRIBUTOR:
        raise LevelError
    return above


def _line_above(parent_id: int | None) -> list[int]:
    """What a shop under this one has above it, the top first; read under the lock of the tree."""
    if parent_id is None:
        return []
    level, ancestors = Shop.objects.values_list("level", "ancestors").get(pk=parent_id)
    if level != Level.SUB_DISTRIBUTOR:
        raise TreeError(_("Shops lie under a sub-distributor, not under another shop."))
    above = [*ancestors, parent_id]
    if len(above) > MOST_ABOVE:
        raise TreeError(_("The tree would be too deep."))
    return above


def branch_of(shop: Shop) -> QuerySet[Shop]:
    """The shop and all below it."""
    return Shop.objects.filter(Q(pk=shop.pk) | Q(ancestors__contains=[shop.pk]))


@transaction.atomic
def set_frozen(*, shop: Shop, is_frozen: bool) -> bool:
    """Freeze a shop, with all below it, or let it sell again. False if it was so already.

    What lies below keeps its own mark: it sells again with the branch, if it was not
    frozen by itself.
    """
    changed = Shop.objects.filter(pk=shop.pk, is_frozen=not is_frozen).update(is_frozen=is_frozen)
    shop.is_frozen = is_frozen
    return bool(changed)


def set_hotline(*, shop: Shop, hotline: str, by: Person) -> None:
    """The number that customers read, on receipts and at kiosks; "" for none.

    Error: `NotInChargeError` for who is not in charge of this shop.
    """
    if by.shop_id != shop.pk or not by.sees_whole_shop:
        raise NotInChargeError
    shop.hotline = hotline
    shop.save(update_fields=["hotline"])


def is_frozen(shop: Shop) -> bool:
    """True if the shop, or anything above it, is frozen."""
    return shop.is_frozen or (
        bool(shop.ancestors) and Shop.objects.filter(pk__in=shop.ancestors, is_frozen=True).exists()
    )


@transaction.atomic
def add_float_alone(*, shop: Shop, amount: Decimal, by: Person, memo: str, key: str) -> Entry:
    """As `add_float`, by one person's word. Error: `MoneyError` above what he may within a day."""
    lock_person(by.pk)  # two words at once are counted one after another
    is_posted = Entry.objects.filter(key=f"deposit:{key}").exists()
    if not is_posted and amount > alone.left(account_id=shop.float_account_id, by=by):
        text = _(
            "With what you have put in within a day this is above %(limit)s. "
            "Two people must approve: let the shop ask for a deposit."
        )
        raise MoneyError(text % {"limit": f"{alone.limit():f}"})
    return add_float(shop=shop, amount=amount, by=by, memo=memo, key=key)


def add_float(*, shop: Shop, amount: Decimal, by: Person | None, memo: str, key: str) -> Entry:
    """A ledger entry that moves a float (negative corrects). Safe to repeat by its key."""
    return ledger.deposit(
        account=shop.float_account,
        amount=amount,
        key=f"deposit:{key}",
        by_id=by.pk if by else None,
        memo=memo,
    )
