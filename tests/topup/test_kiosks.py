"""Kiosks: the code that works once, the token of the day, what is done from afar."""

from datetime import timedelta

import pytest
from django.utils import timezone

from topup.errors import NotInChargeError, PinError
from topup.kioskerrors import EnrolCodeError, KioskRetiredError
from topup.models import AuditEntry, Kiosk, Person, Role
from topup.services import kiosks
from topup.services.people import set_pin
from topup.services.shops import open_shop, place, set_frozen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def clock(monkeypatch):
    """Moves the product's clock."""
    real, passed = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + passed[0])

    def forward(**by):
        passed[0] += timedelta(**by)

    return forward


@pytest.fixture
def shop(db):
    return open_shop(name="Corner")


@pytest.fixture
def owner(shop):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=shop)


@pytest.fixture
def made(shop, owner):
    return kiosks.create(shop=shop, name="Door", by=owner)


@pytest.fixture
def token(made):
    return kiosks.swap(made[1])[1]


def test_a_code_works_once_however_it_is_typed(made):
    kiosk, code = made
    assert (len(code), kiosk.terminal_id[:2]) == (9, "K-")
    assert kiosks.find("") is kiosks.find("x") is None
    found, token = kiosks.swap(f" {code.lower().replace('-', ' ')} ")
    assert (found.pk, kiosks.find(token).pk) == (kiosk.pk, kiosk.pk)
    with pytest.raises(EnrolCodeError):
        kiosks.swap(code)
    assert token not in str(Kiosk.objects.values().get())


def test_a_code_is_good_for_an_hour(made, clock):
    clock(minutes=61)
    with pytest.raises(EnrolCodeError):
        kiosks.swap(made[1])


@pytest.mark.parametrize("code", ["", "-", "ABCD-2345", "\x00", "0" * 40, "٢٢٢٢٢٢٢٢"])
def test_what_is_no_code_enrols_nothing(made, token, code):
    """An enrolled kiosk has no code: an empty one is not its code either."""
    with pytest.raises(EnrolCodeError):
        kiosks.swap(code)


def test_a_new_code_takes_the_place_of_the_old_and_its_browser_that_of_the_old(made, token, owner):
    kiosk, _code = made
    first = kiosks.new_code(kiosk=kiosk, by=owner)
    second = kiosks.new_code(kiosk=kiosk, by=owner)
    with pytest.raises(EnrolCodeError):
        kiosks.swap(first)
    assert kiosks.find(token), "the browser is the kiosk until the code is used"
    _kiosk, other = kiosks.swap(second)
    assert (kiosks.find(token), kiosks.find(other).pk) == (None, kiosk.pk)
