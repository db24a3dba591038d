"""People of a shop: who looks after whom, and their PINs.

A PIN is hashed like a password, but it is short: it opens nothing but a till of the
person's own shop (see `topup.services.tills`), and wrong tries lock it.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from topup.errors import (
    NameTakenError,
    NotInChargeError,
    PinError,
    PinLockedError,
    PinSparedError,
    WeakPinError,
)
from topup.locks import lock_person
from topup.models import Person, Role, Shop, What
from topup.services import audit

TRIES = 5  # wrong ones in a row until the PIN is locked
LOCKED_FOR = timedelta(minutes=15)  # the first time; doubled each time after
LOCKED_AT_MOST = timedelta(hours=24)
PIN_LENGTHS = range(4, 9)
_RUNS = ("01234567890", "09876543210")
_KEYPAD = {"2580", "0852", "1379", "1397", "7913", "147258", "159753", "258025"}


def check_pin_rules(pin: str) -> None:
    """Error: `WeakPinError` for what is not 4 to 8 digits, or what anybody would try first."""
    if not (pin.isascii() and pin.isdigit() and len(pin) in PIN_LENGTHS):
        raise WeakPinError
    is_run = any(pin in run for run in _RUNS)
    half, rest = divmod(len(pin), 2)
    is_pair = not rest and (pin[:2] * half == pin or pin[:half] * 2 == pin)
    if is_run or is_pair or len(set(pin)) == 1 or pin in _KEYPAD:
        raise WeakPinError.easy()


def set_pin(*, person: Person, pin: str) -> None:
    """A new PIN; a lock of the old one ends with it. Error: `WeakPinError`."""
    check_pin_rules(pin)
    person.pin_hash = make_password(pin)
    _write_tries(person, tries=0, locked_until=None, also="pin_hash")


def clear_pin_lock(*, person: Person) -> bool:
    """Wrong tries are forgotten: by one in charge, or by the right password.

    False if there were none.
    """
    found = Person.objects.filter(pk=person.pk).exclude(pin_tries=0, pin_locked_until=None)
    person.pin_tries, person.pin_locked_until = 0, None
    return bool(found.update(pin_tries=0, pin_locked_until=None))


def try_pin(*, person_id: int, shop: Shop, pin: str, spare: int = 0) -> Person:
    """The person, if this is his PIN. Every wrong one is counted, one at a time.

    `spare`: so many tries before the lock are kept for another place; then nothing is tried.
    Errors: `PinError` with the tries that are left, also for somebody of another shop,
    frozen, or without a PIN; `PinLockedError` with the minutes to wait; `PinSparedError`.
    """
    found = _try(person_id, shop, pin, spare)  # the count is kept, so the error comes after it
    if isinstance(found, PinError):
        raise found
    return found


@transaction.atomic
def _try(person_id: int, shop: Shop, pin: str, spare: int) -> Person | PinError:
    person = lock_person(person_id)
    if person is None or not opens_till(person, shop):
        return PinError()
    if is_pin_locked(person):
        return PinLockedError(until=person.pin_locked_until)
    if TRIES - person.pin_tries % TRIES <= spare:
        return PinSparedError()
    if check_password(pin, person.pin_hash):
        if person.pin_tries or person.pin_locked_until:
            _write_tries(person, tries=0, locked_until=None)
        return person
    tries = person.pin_tries + 1
    rounds, rest = divmod(tries, TRIES)
    audit.record(What.SIGN_IN_REFUSED if rest else What.SIGN_IN_BRAKED, person=person)
    if rest:
        _write_tries(person, tries=tries, locked_until=None)
        return PinError(left=TRIES - rest)
    pause = min(LOCKED_FOR * 2 ** min(rounds - 1, 10), LOCKED_AT_MOST)
    _write_tries(person, tries=tries % 10_000, locked_until=timezone.now() + pause)
    return PinLockedError(until=person.pin_locked_until)


def _write_tries(person: Person, *, tries: int, locked_until: object, also: str = "") -> None:
    person.pin_tries, person.pin_locked_until = tries, locked_until  # type: ignore[assignment]
    fields = ["pin_tries", "pin_locked_until", *([also] if also else [])]
    person.save(update_fields=fields)


def opens_till(person: Person, shop: Shop) -> bool:
    """True for one of the shop who is not frozen and has a PIN. Never one of the distributor."""
    is_ours = person.shop_id == shop.pk and person.role != Role.ADMIN
    return bool(is_ours and person.is_active and person.pin_hash and not person.is_staff)


def is_pin_locked(person: Person) -> bool:
    return bool(person.pin_locked_until and person.pin_locked_until > timezone.now())


def people_of(by: Person) -> QuerySet[Person]:
    """Everybody of the shop, for one in charge of it; else nobody."""
    if by.shop_id is None or not by.sees_whole_shop:
        return Person.objects.none()
    return Person.objects.filter(shop_id=by.shop_id).exclude(role=Role.ADMIN)


def may_manage(by: Person, person: Person) -> bool:
    """An owner looks after everybody else of his shop, a manager after its cashiers."""
    if by.shop_id is None or by.shop_id != person.shop_id or by.pk == person.pk or person.is_staff:
        return False
    return by.role == Role.OWNER or (by.role == Role.MANAGER and person.role == Role.CASHIER)


def roles_to_give(by: Person) -> list[Role]:
    """The roles one in charge may give to somebody new."""
    return {Role.OWNER: [Role.CASHIER, Role.MANAGER], Role.MANAGER: [Role.CASHIER]}.get(
        Role(by.role), []
    )


@dataclass(frozen=True)
class NewPerson:
    """Somebody to add; with a PIN, a password, or both."""

    username: str
    role: Role = Role.CASHIER
    first_name: str = ""
    last_name: str = ""
    language: str = "en"
    pin: str = ""
    password: str = ""


def add_person(*, by: Person, new: NewPerson) -> Person:
    """Somebody new at the shop of one in charge.

    Errors: `NotInChargeError`, `NameTakenError`, `WeakPinError`. The password's rules are
    the form's to check.
    """
    if new.role not in roles_to_give(by):
        raise NotInChargeError
    if new.pin:
        check_pin_rules(new.pin)
    person = Person(
        username=new.username, role=new.role, shop_id=by.shop_id, first_name=new.first_name,
        last_name=new.last_name, language=new.language,
        password=make_password(new.password or None),
        pin_hash=make_password(new.pin) if new.pin else "",
    )  # fmt: skip
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise NameTakenError from None
    return person


def set_language(*, person: Person, language: str) -> None:
    """What somebody reads from now on. Safe to repeat. Error: `ValueError` for one not ours."""
    if language not in dict(settings.LANGUAGES):
        raise ValueError(language)
    person.language = language
    Person.objects.filter(pk=person.pk).exclude(language=language).update(language=language)


def set_active(*, person: Person, is_active: bool) -> bool:
    """Freeze somebody (his sessions end with the next request) or let him in again.

    False if it was so already.
    """
    found = Person.objects.filter(pk=person.pk, is_active=not is_active)
    person.is_active = is_active
    return bool(found.update(is_active=is_active))
