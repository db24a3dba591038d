"""Kiosks: making one by a code that works once, its token, and what is done to it from afar.

A kiosk's token opens the pages of a kiosk and shuts all others (`portal.kiosk`). It sells
nothing and holds no money, so it has no account, no person and no PIN of its own.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from topup.errors import NotInChargeError, PinSparedError
from topup.kioskerrors import EnrolCodeError, KioskRetiredError, LeaveBrakedError
from topup.models import Kiosk, PaperState, Person, Shop, SpentToken, What
from topup.models.alarm import AlarmKind
from topup.services import alarms, audit, pinbrake
from topup.services.people import try_pin
from topup.services.tills import is_shut

#: Nothing that looks like something else: no 0 O, no 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10  # digits, for the keypad of a screen that has no other keys
CODE_FOR = timedelta(hours=1)
ROTATE_EVERY = timedelta(days=1)
ROTATE_AGAIN = timedelta(minutes=1)  # the new token has not come back: its answer was lost
GRACE = timedelta(minutes=5)  # for requests that were under way with the old token
KNOWN_DEAD = 100  # tokens of a kiosk, a day each: an older copy is as unknown as a guess
_SEEN_EVERY = timedelta(seconds=45)
THERE_WITHIN = timedelta(minutes=3)  # an open page beats twice a minute
CALLS_FOR = timedelta(minutes=15)
COMES_WITHIN = timedelta(minutes=3)
MOST_WRONG = 3  # PINs at one kiosk: fewer than lock a person's
LEFT_TO_TILLS = 2  # of a person's tries: all kiosks, however long, lock nobody's PIN
_TRIES = 20  # for a terminal id that nobody has


def create(*, shop: Shop, name: str, by: Person) -> tuple[Kiosk, str]:
    """A new kiosk of the shop, and the code for its browser; only a hash of it is kept.

    Error: `NotInChargeError` for who is neither in charge of this shop nor the distributor's.
    """
    _require_charge(shop.pk, by)
    for _try in range(_TRIES):
        kiosk = Kiosk(shop=shop, name=name, terminal_id=f"K-{_letters(4)}", created_by=by)
        try:
            with transaction.atomic():
                kiosk.save(force_insert=True)
        except IntegrityError:  # the name of the terminal is taken
            continue
        return kiosk, new_code(kiosk=kiosk, by=by)
    raise RuntimeError("no terminal id is free")


def new_code(*, kiosk: Kiosk, by: Person) -> str:
    """Another code for the kiosk, good once and for an hour; the one before is worth nothing.

    The browser that is the kiosk now stays it until the code is used.
    Errors: `NotInChargeError`, `KioskRetiredError`.
    """
    _require_charge(kiosk.shop_id, by)
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_LENGTH))
    found = Kiosk.objects.filter(pk=kiosk.pk, retired_at=None)
    if not found.update(
        enrol_code_hash=_code_hash(code), enrol_expires_at=timezone.now() + CODE_FOR,
        enrolled_by=by,
    ):  # fmt: skip
        raise KioskRetiredError
    return f"{code[:5]} {code[5:]}"


def is_code(kiosk: Kiosk, code: str) -> bool:
    """True while this is the kiosk's code: neither used nor too old."""
    is_young = kiosk.enrol_expires_at is not None and kiosk.enrol_expires_at > timezone.now()
    return is_young and kiosk.enrol_code_hash == _code_hash(_plain(code))


@transaction.atomic
def swap(code: str) -> tuple[Kiosk, str]:
    """The kiosk of a code, and the token for its cookie. A code works once.

    Another browser that was this kiosk is none from now on, and what is known of copies is
    forgotten with the tokens that they were of. Error: `EnrolCodeError`.
    """
    hashed, now, token = _code_hash(_plain(code)), timezone.now(), secrets.token_urlsafe(32)
    found = Kiosk.objects.filter(
        enrol_code_hash=hashed, enrol_expires_at__gt=now, retired_at=None
    )  # fmt: skip
    if not found.update(
        enrol_code_hash=None, enrol_expires_at=None, enrolled_at=now, last_seen_at=now,
        token_hash=_hash(token), old_token_hash=None, rotated_at=now, old_until=None,
        old_token_used_at=None,
        help_wanted_at=None, help_answered_at=None, reloaded_at=now,
    ):  # fmt: skip
        raise EnrolCodeError
    kiosk = Kiosk.objects.get(token_hash=_hash(token))
    SpentToken.objects.filter(kiosk=kiosk).delete()
    return kiosk, token


def find(token: str) -> Kiosk | None:
    """The kiosk of a cookie, with its shop and float account; one query.

    Its `is_shut` is true if the shop, or anything above it, is frozen; `came_by_old` if
    the token is the one before the last.
    """
    if not _may_be_token(token):
        return None
    hashed = _hash(token)
    is_good = Q(old_until=None) | Q(old_until__gt=timezone.now())
    kiosks = Kiosk.objects.select_related("shop__float_account").annotate(is_shut=is_shut())
    kiosk = kiosks.filter(
        Q(token_hash=hashed) | (Q(old_token_hash=hashed) & is_good), retired_at=None
    ).first()
    if kiosk:
        kiosk.came_by_old = kiosk.token_hash != hashed  # type: ignore[attr-defined]
    return kiosk


def rotate(kiosk: Kiosk) -> str | None:
    """A new token if it is time for one, for a kiosk that `find` gave; else None.

    Of requests at the same moment one gets it. The old one is good until the new one
    has come back.
    """
    now = timezone.now()
    if not _is_due(kiosk, now):
        return None
    token = secrets.token_urlsafe(32)
    came_by_old: bool = kiosk.came_by_old  # type: ignore[attr-defined]
    old = kiosk.old_token_hash if came_by_old else kiosk.token_hash
    found = Kiosk.objects.filter(
        pk=kiosk.pk, token_hash=kiosk.token_hash, rotated_at=kiosk.rotated_at
    )
    fresh = _hash(token)
    with transaction.atomic():
        if not found.update(token_hash=fresh, old_token_hash=old, rotated_at=now, old_until=None):
            return None
        _remember(kiosk)
    return token


def _remember(kiosk: Kiosk) -> None:
    """The token that was replaced just now, in the place of the oldest one that is known."""
    assert kiosk.token_hash, "a kiosk that came by a token has one"
    SpentToken.objects.create(kiosk=kiosk, token_hash=kiosk.token_hash)
    known = SpentToken.objects.filter(kiosk=kiosk).order_by("-pk")
    SpentToken.objects.filter(pk__in=known.values("pk")[KNOWN_DEAD:]).delete()


def notice_copy(token: str) -> bool:
    """An alarm if a token that `find` does not know is a dead one of a kiosk that is in use.

    Whoever brings it has a copy, or has the kiosk itself while the copy goes on. Written once
    until a new code is used, however often it comes; it opens nothing and shuts nothing.
    True if it was news.
    """
    if not _may_be_token(token):
        return False
    spent = SpentToken.objects.select_related("kiosk__shop").filter(
        token_hash=_hash(token), kiosk__token_hash__isnull=False, kiosk__old_token_used_at=None
    ).first()  # fmt: skip
    return spent is not None and _tell_copy(spent.kiosk)


@transaction.atomic
def _tell_copy(kiosk: Kiosk) -> bool:
    """Not if the kiosk has another token meanwhile: that may be by a new code."""
    found = Kiosk.objects.filter(
        pk=kiosk.pk, token_hash=kiosk.token_hash, old_token_used_at=None
    )  # fmt: skip
    if not found.update(old_token_used_at=timezone.now()):
        return False
    text = f"{kiosk}, {kiosk.shop.name}: an old key was used; from where is in the audit log"
    alarms.raise_alarm(AlarmKind.COPY, text, about=f"kiosk {kiosk.pk}")
    return True


def _is_due(kiosk: Kiosk, now: datetime) -> bool:
    age = now - (kiosk.rotated_at or now)
    if kiosk.came_by_old:  # type: ignore[attr-defined]
        return kiosk.old_until is None and age >= ROTATE_AGAIN
    return age >= ROTATE_EVERY


def see(kiosk: Kiosk, *, version: str = "", paper: str = "") -> None:
    """Write down that the kiosk is there, and what it says of itself; news at once.

    A new token that comes back ends the time of the old one.
    """
    now = timezone.now()
    changed: dict[str, Any] = {}
    if kiosk.last_seen_at is None or kiosk.last_seen_at < now - _SEEN_EVERY:
        changed["last_seen_at"] = now
    if kiosk.old_token_hash and kiosk.old_until is None and not kiosk.came_by_old:  # type: ignore[attr-defined]
        changed["old_until"] = now + GRACE
    if version and version[:100] != kiosk.version:
        changed["version"] = version[:100]
    if paper in PaperState and paper != kiosk.paper:
        changed["paper"] = paper
    if changed:
        Kiosk.objects.filter(pk=kiosk.pk).update(**changed)
        for field, value in changed.items():
            setattr(kiosk, field, value)


def wants_reload(kiosk: Kiosk) -> bool:
    """True until a page of the kiosk was loaded after somebody asked for it."""
    wanted, done = kiosk.reload_wanted_at, kiosk.reloaded_at
    return wanted is not None and (done is None or done < wanted)


def loaded(kiosk: Kiosk, *, age: int) -> None:
    """The kiosk says that its page is `age` milliseconds old; kept where a new one was wanted."""
    at = timezone.now() - timedelta(milliseconds=age)
    if wants_reload(kiosk) and kiosk.reload_wanted_at and at > kiosk.reload_wanted_at:
        kiosk.reloaded_at = at
        Kiosk.objects.filter(pk=kiosk.pk).update(reloaded_at=at)


def block(*, kiosk: Kiosk, by: Person) -> bool:
    """Customers see that it is out of service, from its next look on. False if it was so."""
    return _change(kiosk, by, Q(is_blocked=False), is_blocked=True)


def unblock(*, kiosk: Kiosk, by: Person) -> bool:
    """It serves customers again. False if it did."""
    return _change(kiosk, by, Q(is_blocked=True), is_blocked=False)


def reload(*, kiosk: Kiosk, by: Person) -> bool:
    """Its page is loaded anew as soon as no customer is at it. Safe to repeat."""
    return _change(kiosk, by, Q(), reload_wanted_at=timezone.now())


def say(*, kiosk: Kiosk, text: str, by: Person) -> bool:
    """A line that every customer there sees; "" takes it away. False if it was so."""
    text = " ".join(text.split())[:200]
    return _change(kiosk, by, ~Q(message=text), message=text)


def refill(*, kiosk: Kiosk, by: Person) -> bool:
    """Somebody has put in paper. False if it was not known to lack any."""
    return _change(kiosk, by, ~Q(paper=PaperState.OK), paper=PaperState.OK)


def retire(*, kiosk: Kiosk, by: Person) -> bool:
    """Out of service for good: its token and its code open nothing. False if it was so."""
    return _change(
        kiosk, by, Q(), retired_at=timezone.now(), token_hash=None, old_token_hash=None,
        enrol_code_hash=None, enrol_expires_at=None, help_wanted_at=None,
    )  # fmt: skip


def _change(kiosk: Kiosk, by: Person, if_so: Q, **values: object) -> bool:
    _require_charge(kiosk.shop_id, by)
    found = Kiosk.objects.filter(if_so, pk=kiosk.pk, retired_at=None)
    is_done = bool(found.update(**values))
    if is_done:
        for field, value in values.items():
            setattr(kiosk, field, value)
    return is_done


def call_help(kiosk: Kiosk) -> None:
    """A customer wants somebody to come. Safe to repeat: the first press counts."""
    now = timezone.now()
    is_new = Q(help_wanted_at=None) | Q(help_wanted_at__lte=now - CALLS_FOR)
    found = Kiosk.objects.filter(is_new, pk=kiosk.pk)
    if found.update(help_wanted_at=now, help_answered_at=None):
        kiosk.help_wanted_at, kiosk.help_answered_at = now, None


def answer_help(*, kiosk: Kiosk, by: Person) -> bool:
    """Somebody of the shop goes there. False if nobody calls; and for another shop's kiosk."""
    if by.shop_id != kiosk.shop_id:
        return False
    calls = Kiosk.objects.filter(pk=kiosk.pk).exclude(help_wanted_at=None)
    return bool(calls.update(help_wanted_at=None, help_answered_at=timezone.now()))


def calling(shop_id: int) -> QuerySet[Kiosk]:
    """The kiosks of a shop where a customer waits for help, the longest first.

    A call that nobody answered for `CALLS_FOR` is over: the customer is gone.
    """
    since = timezone.now() - CALLS_FOR
    return Kiosk.objects.filter(
        shop_id=shop_id, retired_at=None, help_wanted_at__gt=since
    ).order_by("help_wanted_at")  # fmt: skip


def help_state(kiosk: Kiosk) -> str:
    """ "called" while nobody has answered, "coming" for some minutes after that, else ""."""
    now = timezone.now()
    if kiosk.help_wanted_at and kiosk.help_wanted_at > now - CALLS_FOR:
        return "called"
    answered = kiosk.help_answered_at
    return "coming" if answered and answered > now - COMES_WITHIN else ""


def is_off(kiosk: Kiosk) -> bool:
    """True if a kiosk that `find` gave serves no customers: blocked, or its shop is frozen."""
    return kiosk.is_blocked or kiosk.is_shut  # type: ignore[attr-defined,no-any-return]


def leave(*, kiosk: Kiosk, person_id: int, pin: str) -> Person:
    """The browser is no kiosk any more, by the PIN of one of the shop; a new code makes it one.

    Errors: `LeaveBrakedError`, `PinError`, `PinLockedError`.
    """
    try:
        with pinbrake.one_try(kiosk, most=MOST_WRONG, error=LeaveBrakedError):
            person = try_pin(person_id=person_id, shop=kiosk.shop, pin=pin, spare=LEFT_TO_TILLS)
    except PinSparedError:  # until he has signed in, by PIN at a till or with his password
        raise LeaveBrakedError from None
    Kiosk.objects.filter(pk=kiosk.pk).update(
        token_hash=None, old_token_hash=None, enrolled_at=None, help_wanted_at=None
    )
    audit.record(What.CHANGED, name=str(kiosk), person=person, kiosk_mode="left")
    return person


def kiosks_of(by: Person) -> QuerySet[Kiosk]:
    """The kiosks of a shop that are not retired, for those in charge of it; else none."""
    if by.shop_id is None or not by.sees_whole_shop:
        return Kiosk.objects.none()
    return Kiosk.objects.filter(shop_id=by.shop_id, retired_at=None).order_by(
        F("help_wanted_at").asc(nulls_last=True), "name", "pk"
    )


def _require_charge(shop_id: int, by: Person) -> None:
    if not by.is_staff and not (by.shop_id == shop_id and by.sees_whole_shop):
        raise NotInChargeError


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _plain(code: str) -> str:
    """A code as it may be typed: with spaces and dashes."""
    return "".join(sign for sign in code[:40] if sign in "0123456789")


def _code_hash(code: str) -> str:
    return salted_hmac("kiosk.enrol", code, algorithm="sha256").hexdigest()


def _may_be_token(token: str) -> bool:
    return 0 < len(token) <= 100


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
