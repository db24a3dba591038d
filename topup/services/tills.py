"""Tills: browsers that belong to a shop, where its people change by PIN.

Wrong PINs lock the person's PIN (see `topup.services.people`). Who tries one person after
another is braked by the till (`topup.services.pinbrake`): a right PIN does not wipe out
what it counts, or one of the shop could guess those of all others.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from topup.errors import NotInChargeError, ShopFrozenError, TillBrakedError, TillFrozenError
from topup.models import Device, Person, Role, Shop
from topup.services import pinbrake
from topup.services.people import try_pin

MOST_PEOPLE = 60  # on the page of a locked till
MOST_WRONG = 12  # PINs at one till, of all people together
_SEEN_EVERY = timedelta(minutes=1)


def enrol(*, shop: Shop, name: str, by: Person) -> tuple[Device, str]:
    """A new till of the shop, and the token for its cookie; only its hash is kept.

    Error: `NotInChargeError` for who is not in charge of this shop.
    """
    if by.shop_id != shop.pk or not by.sees_whole_shop:
        raise NotInChargeError
    token = secrets.token_urlsafe(32)
    device = Device.objects.create(
        shop=shop, name=name, token_hash=_hash(token), enrolled_by=by, last_seen_at=timezone.now()
    )
    return device, token


def find(token: str) -> Device | None:
    """The till of a cookie, with its shop; one query.

    Its `is_shut` is true if the shop, or anything above it, is frozen.
    """
    if not token or len(token) > 100:
        return None
    tills = Device.objects.select_related("shop").annotate(is_shut=is_shut())
    return tills.filter(token_hash=_hash(token)).first()


def is_shut() -> Exists:
    """Of rows with a `shop`: true if the shop, or anything above it, is frozen."""
    above = Func(
        OuterRef("shop__ancestors"), F("pk"), function="array_position",
        output_field=IntegerField(),
    )  # fmt: skip
    shops = Shop.objects.alias(above=above).filter(Q(pk=OuterRef("shop_id")) | Q(above__gt=0))
    return Exists(shops.filter(is_frozen=True))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def see(device: Device) -> None:
    """Write down that the till is in use; at most once a minute."""
    now = timezone.now()
    if device.last_seen_at is None or device.last_seen_at < now - _SEEN_EVERY:
        Device.objects.filter(pk=device.pk).update(last_seen_at=now)


def people_at(device: Device) -> list[Person]:
    """Who can sign in at a till: those of its shop with a PIN, by name."""
    return people_with_pin(device.shop_id)


def people_with_pin(shop_id: int) -> list[Person]:
    """Those of a shop who have a PIN, by name."""
    found = Person.objects.filter(shop_id=shop_id, is_active=True, is_staff=False)
    found = found.exclude(pin_hash="").exclude(role=Role.ADMIN)
    return list(found.order_by("first_name", "username")[:MOST_PEOPLE])


def sign_in(*, device: Device, person_id: int, pin: str) -> Person:
    """Who may sign in at this till with this PIN.

    Errors: `TillFrozenError`, `ShopFrozenError`, `TillBrakedError`, `PinError`,
    `PinLockedError`.
    """
    if device.is_frozen:
        raise TillFrozenError
    if device.is_shut:  # type: ignore[attr-defined]
        raise ShopFrozenError
    with pinbrake.one_try(device, most=MOST_WRONG, error=TillBrakedError):
        return try_pin(person_id=person_id, shop=device.shop, pin=pin)


def stamp_of(person: Person) -> str:
    """What a session that a PIN opened remembers of it: a new PIN ends the session."""
    return salted_hmac("till", person.pin_hash, algorithm="sha256").hexdigest()[:32]


def tills_of(by: Person) -> QuerySet[Device]:
    """The tills of a shop, for those in charge of it, the last used first; else none."""
    if by.shop_id is None or not by.sees_whole_shop:
        return Device.objects.none()
    return Device.objects.filter(shop_id=by.shop_id).order_by(
        F("last_seen_at").desc(nulls_last=True), "-pk"
    )


def set_frozen(*, device: Device, is_frozen: bool) -> bool:
    """Freeze a till (its sessions end with the next request), or let it go on.

    False if it was so already.
    """
    found = Device.objects.filter(pk=device.pk, is_frozen=not is_frozen)
    device.is_frozen = is_frozen
    return bool(found.update(is_frozen=is_frozen))
