"""Tills: a token whose hash is kept, and what a PIN opens at one."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from topup.errors import (
    NotInChargeError,
    PinError,
    ShopFrozenError,
    TillBrakedError,
    TillFrozenError,
    TopupError,
)
from topup.models import AuditEntry, Device, Level, Person, Role, What
from topup.services import tills
from topup.services.people import set_pin
from topup.services.shops import open_shop, place, set_frozen

pytestmark = pytest.mark.django_db
PIN = "7391"


@pytest.fixture
def owner(shop):
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=shop, first_name="Zoe")
    set_pin(person=owner, pin=PIN)
    return owner


@pytest.fixture
def token(shop, owner):
    return tills.enrol(shop=shop, name="Front", by=owner)[1]


def sign_in(token, person, pin=PIN):
    return tills.sign_in(device=tills.find(token), person_id=person.pk, pin=pin)


def test_only_the_hash_of_a_token_is_kept(shop, token):
    (device,) = Device.objects.all()
    assert (device.name, device.shop) == ("Front", shop)
    assert device.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) >= 43
    assert tills.find(token) == device


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\x00", "é"])
def test_another_token_is_no_till(token, shop, owner):
    tills.enrol(shop=shop, name="Front", by=owner)
    assert tills.find(token) is None


def test_only_those_in_charge_make_tills_of_their_shop(shop, other_shop, agent, owner):
    for by, at in ((agent, shop), (owner, other_shop)):
        with pytest.raises(NotInChargeError):
            tills.enrol(shop=at, name="x", by=by)
    assert not Device.objects.exists()


def test_the_right_pin_opens_a_till_of_the_own_shop(token, owner, other_agent):
    assert sign_in(token, owner) == owner
    with pytest.raises(PinError):
        sign_in(token, owner, "4826")
    set_pin(person=other_agent, pin=PIN)
    with pytest.raises(PinError):
        sign_in(token, other_agent)


def test_a_frozen_till_opens_to_nobody(token, owner):
    device = tills.find(token)
    assert tills.set_frozen(device=device, is_frozen=True) is True
    assert tills.set_frozen(device=device, is_frozen=True) is False
    with pytest.raises(TillFrozenError):
        sign_in(token, owner)
    tills.set_frozen(device=device, is_frozen=False)
    assert sign_in(token, owner) == owner


def test_a_till_of_a_frozen_branch_opens_to_nobody(token, owner, shop):
    above = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
    place(shop=shop, parent=above)
    for frozen in (above, shop):
        set_frozen(shop=frozen, is_frozen=True)
        with pytest.raises(ShopFrozenError):
            sign_in(token, owner)
        set_frozen(shop=frozen, is_frozen=False)
    assert sign_in(token, owner) == owner


def test_a_locked_till_names_those_with_a_pin(token, owner, agent, shop, other_agent):
    staff = Person.objects.create_user("staff", shop=shop, is_staff=True)
    left = Person.objects.create_user("left", shop=shop, is_active=False)
    for person in (other_agent, staff, left):
        set_pin(person=person, pin=PIN)
    assert tills.people_at(tills.find(token)) == [owner]
    set_pin(person=agent, pin=PIN)
    assert tills.people_at(tills.find(token)) == [agent, owner]


def test_a_till_is_found_with_one_query(token, shop, django_assert_num_queries):
    place(shop=shop, parent=open_shop(name="North", level=Level.SUB_DISTRIBUTOR))
    with django_assert_num_queries(1):
        device = tills.find(token)
        assert (device.shop.name, device.is_shut) == ("Corner", False)


def test_when_a_till_was_seen_is_written_once_a_minute(token, monkeypatch):
    first = tills.find(token).last_seen_at
    tills.see(tills.find(token))
    assert tills.find(token).last_seen_at == first
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    tills.see(tills.find(token))
    assert tills.find(token).last_seen_at == later


def test_who_tries_one_person_after_another_is_braked_by_the_till(token, owner, shop):
    """With five tries a person he would have sixty for twelve people."""
    set_pin(person=owner, pin=PIN)
    people = [Person.objects.create_user(f"p{number}", shop=shop) for number in range(8)]
    for person in people:
        set_pin(person=person, pin=PIN)
    errors = []
    for number in range(tills.MOST_WRONG + 3):
        if number == 5:
            assert sign_in(token, owner) == owner, "a right one neither counts nor wipes out"
        with pytest.raises(TopupError) as told:
            sign_in(token, people[number % 8], "4826")
        errors.append(type(told.value))
    assert errors == [PinError] * tills.MOST_WRONG + [TillBrakedError] * 3
    with pytest.raises(TillBrakedError):
        sign_in(token, owner)
    [braked] = AuditEntry.objects.filter(what=What.SIGN_IN_BRAKED)
    assert (braked.object_name, braked.shop_id) == ("Front", shop.pk)
    _back, other = tills.enrol(shop=shop, name="Back", by=owner)
    assert sign_in(other, owner) == owner, "another till goes on"


def test_tries_at_the_same_moment_do_not_pass_the_brake_together(token, owner, monkeypatch):
    """Counted only when it was wrong, all of them would be looked at."""
    looked = []

    def slow(**_asked):
        looked.append(1)
        if len(looked) <= tills.MOST_WRONG:
            with pytest.raises(TopupError):  # the next one comes before this one has ended
                sign_in(token, owner, "4826")
        raise PinError

    monkeypatch.setattr(tills, "try_pin", slow)
    with pytest.raises(PinError):
        sign_in(token, owner, "4826")
    assert len(looked) == tills.MOST_WRONG
