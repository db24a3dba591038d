"""Guessing passwords: a few tries, then a pause, for that name from that place alone."""

import pytest
import redis
from django.core.cache import cache

from portal import brake
from tests.portal.conftest import PASSWORD, Visitor
from tests.stack import wait_for
from topup import pacing
from topup.models import AuditEntry, What

pytestmark = pytest.mark.django_db
SIGN_IN = "/session/sign-in/"


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


@pytest.fixture
def people(counter, colleague):
    for person in (counter.agent, colleague):
        person.set_password(PASSWORD)
        person.save()
    return counter.agent, colleague


def try_once(name="counter", password="wrong", address="192.0.2.1", **headers):  # noqa: S107
    client = Visitor(REMOTE_ADDR=address).client
    return client.post(SIGN_IN, {"username": name, "password": password}, headers=headers)


def told(answer):
    return " ".join(answer.content.decode().split())


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(people):
    for _ in range(brake.FEW - 1):
        assert "Too many wrong passwords" not in told(try_once())
    last = try_once()
    assert last.status_code == 422
    assert "Too many wrong passwords for this user name. Wait five minutes" in told(last)
    right = try_once(password=PASSWORD)
    assert (right.status_code, "Too many wrong passwords" in told(right)) == (422, True)


def test_a_pause_is_for_one_name_from_one_place(people):
    for _ in range(brake.FEW + 1):
        try_once()
    assert try_once("colleague", PASSWORD).status_code == 302, "same shop, same line"
    assert try_once(password=PASSWORD, address="192.0.2.2").status_code == 302


def test_the_many_addresses_of_one_line_are_one_place(people):
    for end in range(brake.FEW + 1):
        try_once(address=f"2001:db8:1:2::{end}")
    assert try_once(password=PASSWORD, address="2001:db8:1:2:3::9").status_code == 422
    assert try_once(password=PASSWORD, address="2001:db8:1:3::9").status_code == 302


def test_another_spelling_of_a_name_is_the_same_name(people):
    for spelling in ("Counter", "COUNTER", "counter", "ｃounter", "counter"):
        try_once(spelling)
    assert try_once(password=PASSWORD).status_code == 422


def test_a_right_password_makes_the_earlier_ones_forgotten(people):
    for _ in range(3):
        for _ in range(brake.FEW - 1):
            try_once()
        assert try_once(password=PASSWORD).status_code == 302


def test_the_pause_ends(people):
    """Its end comes by itself: what the cache keeps of the tries is made to end sooner."""
    for _ in range(brake.FEW + 1):
        try_once()
    assert try_once(password=PASSWORD).status_code == 422
    kept = cache._cache.get_client(write=True)
    left = {name: kept.ttl(name) for name in kept.scan_iter("*brake:*")}
    assert len(left) == 3, "of the name here, of the name everywhere, of the address"
    for name, seconds in left.items():
        assert 0 < seconds <= brake.PAUSE
        kept.pexpire(name, 1)
    wait_for(lambda: not list(kept.scan_iter("*brake:*")), "the tries to be forgotten")
    assert try_once(password=PASSWORD).status_code == 302


def test_a_count_that_ends_while_it_is_counted_begins_again_with_an_end(monkeypatch):
    """Redis begins what is not there without an end: a name would be braked for ever."""
    kept, name = cache._cache.get_client(write=True), cache.make_key("pace:one")
    look = redis.Redis.exists
    assert [pacing.up("pace:one", 60) for _ in range(3)] == [1, 2, 3]

    def ends_now(client, key):
        found = look(client, key)
        client.delete(key)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(redis.Redis, "exists", ends_now)
        assert pacing.up("pace:one", 60) == 1
        assert 0 < kept.ttl(name) <= 60
        pacing.down("pace:one")
        assert not kept.keys(name)
    assert pacing.up("pace:one", 60) == 1


def test_who_is_signed_in_goes_on(people, visitor):
    for _ in range(brake.FEW + 1):
        try_once()
    assert visitor.get("/sell/").status == 200


def test_a_crowd_of_addresses_is_braked_too_and_one_address_alone_cannot_do_that(
    people, monkeypatch
):
    monkeypatch.setattr(brake, "MANY", 12)
    for _ in range(20):
        try_once(address="192.0.2.9")
    assert try_once(password=PASSWORD, address="192.0.2.1").status_code == 302
    for number in range(12):
        try_once(address=f"192.0.2.{number + 10}")
    assert try_once(password=PASSWORD, address="192.0.2.1").status_code == 422


def test_nobody_learns_who_exists(people):
    known, unknown = ([try_once(name) for _ in range(brake.FEW + 1)] for name in ("counter", "x"))
    for one, other in zip(known, unknown, strict=True):
        assert told(one).count("Too many") == told(other).count("Too many")


def test_the_admins_sign_in_has_the_same_brake(people):
    for _ in range(brake.FEW + 1):
        try_once("counter")
    client = Visitor(REMOTE_ADDR="192.0.2.1").client
    people[0].is_staff = True
    people[0].save()
    answer = client.post("/admin/login/", {"username": "counter", "password": PASSWORD})
    assert answer.status_code == 200, "not let in"


def test_behind_the_proxy_the_address_is_the_one_the_proxy_saw(people, settings):
    settings.PLAIN_HTTP = False
    forged = (f"10.0.0.{number}, 198.51.100.7" for number in range(brake.FEW + 1))
    for chain in forged:
        try_once(**{"X-Forwarded-For": chain})
    braked = try_once(password=PASSWORD, **{"X-Forwarded-For": "198.51.100.7"})
    assert braked.status_code == 422
    other = try_once(password=PASSWORD, **{"X-Forwarded-For": "198.51.100.8"})
    assert other.status_code == 302


def test_without_the_cache_people_sign_in(people, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with pytest.raises(redis.ConnectionError):
        cache.get("x")
    for _ in range(brake.FEW + 1):
        assert "User name and password do not fit" in told(try_once())
    assert try_once(password=PASSWORD).status_code == 302


def test_many_names_from_one_address_make_that_address_wait(people, monkeypatch):
    monkeypatch.setattr(brake, "MANY_HERE", 8)
    for number in range(8):
        last = try_once(f"somebody-{number}")
    assert "Too many wrong passwords from this place. Wait five minutes" in told(last)
    assert try_once(password=PASSWORD).status_code == 422, "even the right one"
    assert try_once(password=PASSWORD, address="192.0.2.2").status_code == 302


def test_right_sign_ins_neither_count_for_an_address_nor_make_wrong_ones_forgotten(
    people, monkeypatch
):
    monkeypatch.setattr(brake, "MANY_HERE", 8)
    for number in range(6):
        assert try_once("colleague", PASSWORD).status_code == 302
        try_once(f"somebody-{number}")
    for number in range(6, 8):
        try_once(f"somebody-{number}")
    assert try_once("colleague", PASSWORD).status_code == 422


def test_one_name_that_is_tried_on_and_on_does_not_stop_its_whole_shop(people, monkeypatch):
    monkeypatch.setattr(brake, "MANY_HERE", 8)
    for _ in range(30):
        try_once()
    assert try_once("colleague", PASSWORD).status_code == 302


def test_an_address_that_waits_uses_up_nobodys_tries(people, monkeypatch):
    monkeypatch.setattr(brake, "MANY_HERE", 3)
    monkeypatch.setattr(brake, "MANY", 4)
    for number in range(4):
        try_once(f"somebody-{number}", address="192.0.2.9")
    for _ in range(20):
        try_once(address="192.0.2.9")
    assert try_once(password=PASSWORD).status_code == 302


def test_wrong_passwords_are_in_the_audit_log_without_what_was_typed(people, colleague):
    try_once("colleague")
    try_once("my-secret-passw0rd")
    for _ in range(brake.FEW + 3):
        try_once()
    rows = AuditEntry.objects.filter(what__startswith="sign_in").order_by("id")
    told = [(row.what, row.object_name, row.address) for row in rows]
    counter = (What.SIGN_IN_REFUSED, "counter", "192.0.2.1")
    assert told == [
        (What.SIGN_IN_REFUSED, "colleague", "192.0.2.1"),
        (What.SIGN_IN_REFUSED, "(no such name)", "192.0.2.1"),
        *[counter] * brake.FEW,
        (What.SIGN_IN_BRAKED, "counter", "192.0.2.1"),  # once, not for every further try
    ]
    assert rows[0].person_id == colleague.pk
