"""Who looks after whom, and PINs: hashed, locked after wrong tries, worth nothing elsewhere."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.utils import timezone

from tests.topup.test_opening import in_threads
from topup.errors import NameTakenError, NotInChargeError, PinError, PinLockedError, WeakPinError
from topup.models import AuditEntry, Person, Role, What
from topup.services import people
from topup.services.people import NewPerson, set_pin, try_pin

pytestmark = pytest.mark.django_db
PIN, WRONG = "7391", "0000"
EASY = [
    "1234", "0000", "4321", "7890", "0987", "1212", "12341234", "123123", "2580", "5555",
    "01234567", "9876",
]  # fmt: skip
LOCKED = (
    "Too many wrong PINs: this PIN is locked for 15 minutes. Wait, or sign in with the "
    "password, or ask the owner to unlock it."
)


@pytest.fixture
def ann(shop):
    ann = Person.objects.create_user("ann", shop=shop)
    set_pin(person=ann, pin=PIN)
    return ann


@pytest.fixture
def crew(shop, other_shop):
    """One of each role, and an owner from elsewhere."""
    made = {
        role: Person.objects.create_user(f"the {role}", role=role, shop=shop)
        for role in (Role.OWNER, Role.MANAGER, Role.CASHIER)
    }
    made["other"] = Person.objects.create_user("other", role=Role.OWNER, shop=other_shop)
    made["boss"] = Person.objects.create_user("boss", role=Role.ADMIN, is_staff=True)
    return made


def guess(person, pin=WRONG):
    """What a try says."""
    try:
        return try_pin(person_id=person.pk, shop=person.shop, pin=pin)
    except PinError as error:
        return error


def test_a_pin_is_kept_hashed_and_opens(ann):
    pin = "73918264"  # four digits are in a hash by chance now and then
    set_pin(person=ann, pin=pin)
    ann.refresh_from_db()
    assert pin not in ann.pin_hash
    assert identify_hasher(ann.pin_hash).algorithm == "md5"
    assert guess(ann, pin) == ann


def test_a_pin_that_anybody_would_try_first_is_refused(ann):
    for pin in EASY:
        with pytest.raises(WeakPinError, match="too easy to guess"):
            set_pin(person=ann, pin=pin)
    assert guess(ann, PIN) == ann


def test_a_pin_is_4_to_8_digits(ann):
    for pin in ("", "739", "739182645", "73a1", "７３９１", "73 91", "-739"):
        with pytest.raises(WeakPinError, match="4 to 8 digits"):
            set_pin(person=ann, pin=pin)


def test_other_pins_are_taken(ann):
    for pin in ("7391", "1357", "19870", "123498", "73918264"):
        set_pin(person=ann, pin=pin)
        assert guess(ann, pin) == ann


def test_five_wrong_tries_lock_the_pin_and_say_so(ann):
    assert [str(guess(ann)) for _ in range(5)] == [
        "This is not the PIN. 4 tries are left, then it is locked for some time.",
        "This is not the PIN. 3 tries are left, then it is locked for some time.",
        "This is not the PIN. 2 tries are left, then it is locked for some time.",
        "This is not the PIN. 1 try is left, then it is locked for some time.",
        LOCKED,
    ]
    assert isinstance(guess(ann, PIN), PinLockedError), "the right one does not open it either"
    ann.refresh_from_db()
    assert ann.pin_tries == 5, "and a try at a locked PIN is not counted"
    log = AuditEntry.objects.filter(person_id=ann.pk, subject="").order_by("pk")
    told = [What.SIGN_IN_REFUSED] * 4 + [What.SIGN_IN_BRAKED]
    assert list(log.values_list("what", flat=True)) == told


def test_every_further_five_lock_it_twice_as_long(ann, monkeypatch):
    real, offset = timezone.now, timedelta()
    monkeypatch.setattr(timezone, "now", lambda: real() + offset)
    pauses = []
    for _ in range(9):
        for _ in range(5):
            found = guess(ann)
        pauses.append(round((found.until - timezone.now()).total_seconds() / 60))
        offset += timedelta(minutes=pauses[-1] + 1)
    assert pauses == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert guess(ann, PIN) == ann
    ann.refresh_from_db()
    assert (ann.pin_tries, ann.pin_locked_until) == (0, None)


def test_a_new_pin_or_one_in_charge_ends_the_lock(ann):
    for _ in range(5):
        guess(ann)
    people.clear_pin_lock(person=ann)
    assert guess(ann, PIN) == ann
    for _ in range(5):
        guess(ann)
    set_pin(person=ann, pin="4826")
    assert guess(ann, "4826") == ann


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"pin_hash": ""}, {"is_staff": True}, {"role": Role.ADMIN}]
)
def test_the_pin_of_somebody_who_may_not_is_no_pin(ann, change):
    Person.objects.filter(pk=ann.pk).update(**change)
    assert str(guess(ann, PIN)) == "This is not the PIN. Type it again."


def test_a_pin_opens_no_other_shop(ann, other_shop):
    with pytest.raises(PinError):
        try_pin(person_id=ann.pk, shop=other_shop, pin=PIN)
    with pytest.raises(PinError):
        try_pin(person_id=0, shop=other_shop, pin=PIN)
    ann.refresh_from_db()
    assert ann.pin_tries == 0, "strangers do not lock it"


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_counted_one_by_one(ann):
    found = in_threads(8, lambda number: guess(ann))
    ann.refresh_from_db()
    assert ann.pin_tries == 5
    assert sum(isinstance(error, PinLockedError) for error in found) == 4


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_tries_at_once_would_pass_uncounted(ann, monkeypatch):
    """Shows that the lock is needed: the same code, reading the row without it."""
    meet, slow = threading.Barrier(2), people.check_password

    def check_together(pin, hashed):
        meet.wait(60)
        return slow(pin, hashed)

    monkeypatch.setattr(people, "lock_person", lambda pk: Person.objects.get(pk=pk))
    monkeypatch.setattr(people, "check_password", check_together)
    in_threads(2, lambda number: guess(ann))
    ann.refresh_from_db()
    assert ann.pin_tries == 1


def test_an_owner_manages_all_others_and_a_manager_cashiers(crew):
    may = {(by, whom) for by in crew for whom in crew if people.may_manage(crew[by], crew[whom])}
    assert may == {("owner", "manager"), ("owner", "cashier"), ("manager", "cashier")}
    assert {p.username for p in people.people_of(crew["manager"])} == {
        "the owner", "the manager", "the cashier",
    }  # fmt: skip
    for nobody in ("cashier", "boss"):
        assert not people.people_of(crew[nobody]).exists()


def test_two_owners_manage_each_other_and_none_himself(crew, shop):
    second = Person.objects.create_user("second", role=Role.OWNER, shop=shop)
    assert people.may_manage(crew["owner"], second)
    assert people.may_manage(second, crew["owner"])
    assert not people.may_manage(second, second)


@pytest.mark.parametrize(
    ("by", "role", "may"),
    [
        ("owner", Role.CASHIER, True), ("owner", Role.MANAGER, True), ("owner", Role.OWNER, False),
        ("owner", Role.ADMIN, False), ("manager", Role.CASHIER, True),
        ("manager", Role.MANAGER, False), ("cashier", Role.CASHIER, False),
        ("boss", Role.CASHIER, False),
    ],
)  # fmt: skip
def test_who_may_add_whom(crew, shop, by, role, may):
    new = NewPerson(username="new", role=role, first_name="Nia", pin=PIN)
    if not may:
        with pytest.raises(NotInChargeError):
            people.add_person(by=crew[by], new=new)
        return
    made = people.add_person(by=crew[by], new=new)
    assert (made.shop, made.role, made.has_usable_password()) == (shop, role, False)
    assert (made.is_staff, made.is_superuser) == (False, False)
    assert guess(made, PIN) == made


def test_a_user_name_is_given_once(crew):
    people.add_person(by=crew["owner"], new=NewPerson(username="new", password="Long-enough-7"))
    with pytest.raises(NameTakenError):
        people.add_person(by=crew["other"], new=NewPerson(username="new", pin=PIN))
    assert Person.objects.get(username="new").check_password("Long-enough-7")
