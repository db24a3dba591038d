"""The second factor: no page of the admin answers before a code was shown in this session."""

import random
import re
import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.urls import URLResolver, get_resolver

from portal import second_factor as door
from tests.portal.conftest import PASSWORD, Visitor
from topup import sealing
from topup.errors import CodeError, FactorError
from topup.models import AuditEntry, Factor, Person, RecoveryCode, Role, What
from topup.services import second_factor

pytestmark = pytest.mark.django_db
ENTER, SET_UP, CODES = (f"/session/factor/{path}" for path in ("", "set-up/", "codes/"))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # of a key
NOW = datetime(2026, 11, 25, 12, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def asked(settings, monkeypatch):
    """Of the keys drawn here none has a code of zeros, nor one code at two times."""
    settings.ADMIN_SECOND_FACTOR = True
    dice = random.Random(7)
    monkeypatch.setattr(
        pyotp, "random_base32", lambda length=32: "".join(dice.choices(LETTERS, k=length))
    )
    cache.clear()


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def boss(db):
    return Person.objects.create_superuser("boss", password=PASSWORD, role=Role.ADMIN)


class Desk(Visitor):
    """A browser of the distributor's people, with an app."""

    secret = ""

    def sign_in(self, name="boss", path="/session/sign-in/"):
        return self.post(path, username=name, password=PASSWORD, next="/admin/")

    def code(self):
        return pyotp.TOTP(self.secret).at(second_factor.timezone.now())

    def set_up(self):
        """From the first page to the recovery codes, which are given back."""
        page = self.get(SET_UP)
        self.secret = re.search(r'<bdi dir="ltr">([A-Z2-7 ]+)</bdi>', page.html)[1].replace(" ", "")
        assert self.post(SET_UP, code=self.code()).leads_to.startswith(CODES)
        codes = re.findall(r"<li><bdi[^>]*>([\w-]+)<", self.get(CODES).html)
        assert self.post(CODES, kept="1").leads_to == "/admin/"
        return codes

    def is_in(self):
        return self.get("/admin/").status == 200


@pytest.fixture
def desk(boss, clock):
    """Signed in with a password, nothing more."""
    desk = Desk()
    assert desk.sign_in().leads_to == "/admin/"
    return desk


@pytest.fixture
def ready(desk, clock):
    """Has an app, its codes, and a new step of time; `codes` are its recovery codes."""
    desk.codes = desk.set_up()
    clock.shift(30)
    return desk


def again(ready, **options):
    """Another browser of the same person with the same app, after the password."""
    other = Desk(**options)
    other.secret = ready.secret
    other.sign_in()
    return other


def test_after_the_password_the_app_is_set_up_before_any_page_answers(desk, boss):
    page = desk.get("/admin/topup/shop/?q=x")
    assert (page.status, page.leads_to) == (
        303,
        f"{SET_UP}?next=%2Fadmin%2Ftopup%2Fshop%2F%3Fq%3Dx",
    )
    page = desk.get(page.leads_to)
    assert (page.status, page.text.count("Set up the second factor")) == (200, 2)
    assert '<svg role="img"' in page.html
    assert "style=" not in page.html, "the CSP would refuse it"
    assert len(desk.set_up()) == second_factor.RECOVERY_CODES
    assert desk.is_in()
    assert Factor.objects.get().person == boss


def test_every_address_of_the_admin_is_behind_the_door(desk):
    patterns = next(
        p for p in get_resolver().url_patterns
        if isinstance(p, URLResolver) and p.app_name == "admin"
    )  # fmt: skip
    paths = [
        "/admin/" + re.sub(r"<[^>]+>|\(\?P.*?\)", "1", str(pattern.pattern)).strip("^$\\Z")
        for pattern in _flat(patterns)
    ]
    assert len(paths) > 80
    for path in {*paths} - {"/admin/login/", "/admin/logout/"}:
        for page in (desk.get(path), desk.post(path)):
            assert page.status in {303, 404}, path
            assert page.status == 404 or page.leads_to.startswith(SET_UP), path


def _flat(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            for inner in _flat(pattern):
                inner_path = str(pattern.pattern) + str(inner.pattern)
                yield type("P", (), {"pattern": inner_path})
        else:
            yield pattern


def test_the_admins_own_sign_in_is_no_way_around(boss, ready):
    other = Desk()
    assert other.sign_in(path="/admin/login/").leads_to == "/admin/"
    assert other.get("/admin/").leads_to.startswith(ENTER)


def test_a_session_that_code_made_is_no_way_around(boss, ready):
    client = Client()
    client.force_login(boss)
    answer = client.get("/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ENTER}?next=%2Fadmin%2F")
    answer = client.post("/admin/topup/shop/add/", {"name": "x"})
    assert answer.headers["Location"].startswith(ENTER)


def test_a_session_that_says_it_passed_with_another_row_has_not(boss, ready):
    client = Client()
    client.force_login(boss)
    session = client.session
    session[door.PASSED] = Factor.objects.get().pk + 1
    session.save()
    assert client.get("/admin/").status_code == 303


def test_people_without_the_admin_are_not_asked(settings, visitor):
    for path in (ENTER, SET_UP, CODES):
        assert visitor.get(path).status == 404
    assert visitor.get("/sell/").status == 200


def test_a_stranger_is_led_to_the_sign_in():
    for path in (ENTER, SET_UP, CODES):
        assert Visitor().get(path).leads_to == "/session/sign-in/"


def test_without_the_setting_a_password_is_enough(settings, boss):
    settings.ADMIN_SECOND_FACTOR = False
    desk = Desk()
    desk.sign_in()
    assert desk.is_in()
    assert desk.get(SET_UP).status == 404


def test_a_new_sign_in_asks_again_and_the_session_remembers(ready):
    other = again(ready)
    assert other.get("/admin/").leads_to.startswith(ENTER)
    assert other.post(ENTER, code=other.code(), next="/admin/topup/shop/").leads_to == (
        "/admin/topup/shop/"
    )
    assert (other.is_in(), other.is_in()) == (True, True)
    other.sign_in(path="/admin/login/")
    assert not other.is_in(), "the same browser, signed in anew"


def test_the_session_gets_a_new_name_when_a_code_was_shown(ready):
    other = again(ready)
    before = other.client.cookies["sessionid"].value
    other.post(ENTER, code=other.code())
    assert other.client.cookies["sessionid"].value != before


def test_nobody_is_led_to_another_site(ready):
    other = again(ready)
    page = other.post(ENTER, code=other.code(), next="https://evil.example/")
    assert page.leads_to == "/admin/"


def test_a_code_is_good_once(ready):
    first, second = again(ready), again(ready)
    code = first.code()
    first.post(ENTER, code=code)
    assert first.is_in()
    page = second.post(ENTER, code=code)
    assert (page.status, "was used already" in page.text) == (422, True)
    assert not second.is_in()


def test_the_code_that_set_it_up_is_used_up_too(desk):
    desk.set_up()
    other = again(desk)
    assert other.post(ENTER, code=other.code()).status == 422


def test_one_code_shown_twice_at_the_same_moment_opens_one_session(transactional_db):
    boss = Person.objects.create_superuser("boss", role=Role.ADMIN)
    secret = second_factor.new_secret()
    with time_machine.travel(NOW, tick=False):
        second_factor.enrol(person=boss, secret=secret, code=pyotp.TOTP(secret).at(NOW))
    later = NOW + timedelta(seconds=60)
    code, told = pyotp.TOTP(secret).at(later), []

    def show():
        try:
            second_factor.check(person=boss, code=code)
            told.append("in")
        except CodeError:
            told.append("out")
        finally:
            connections.close_all()

    with time_machine.travel(later, tick=False):
        threads = [threading.Thread(target=show) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(told) == ["in", "out", "out", "out"]


@pytest.mark.parametrize(("seconds", "fits"), [(-30, True), (30, True), (-60, False), (60, False)])
def test_a_clock_may_be_a_step_off_but_not_two(ready, clock, seconds, fits):
    clock.shift(90)
    code = pyotp.TOTP(ready.secret).at(second_factor.timezone.now() + timedelta(seconds=seconds))
    other = again(ready)
    other.post(ENTER, code=code)
    assert other.is_in() is fits


def test_a_code_may_be_typed_with_spaces(ready):
    other = again(ready)
    code = other.code()
    other.post(ENTER, code=f" {code[:3]} {code[3:]} ")
    assert other.is_in()


def test_wrong_codes_make_the_next_wait_and_the_wait_grows(ready, clock):
    other = again(ready)
    for _ in range(second_factor.FEW - 1):
        assert "does not fit" in other.post(ENTER, code="000000").text
    assert "Wait 5 minutes" in other.post(ENTER, code="000000").text
    assert "Wait 5 minutes" in other.post(ENTER, code=other.code()).text, "even the right one"
    clock.shift(301)
    for _ in range(second_factor.FEW):
        page = other.post(ENTER, code="000000")
    assert "Wait 10 minutes" in page.text
    clock.shift(601)
    other.post(ENTER, code=other.code())
    assert other.is_in()
    assert Factor.objects.get().wrong_tries == 0


def test_the_wait_is_for_the_person_whatever_the_browser_and_the_address(ready):
    other = again(ready)
    for _ in range(second_factor.FEW):
        other.post(ENTER, code="000000")
    elsewhere = again(ready, REMOTE_ADDR="198.51.100.7")
    assert "Too many wrong codes" in elsewhere.post(ENTER, code=elsewhere.code()).text


def test_a_recovery_code_opens_once_and_during_a_pause_too(ready):
    other = again(ready)
    for _ in range(second_factor.FEW):
        other.post(ENTER, code="000000")
    other.post(ENTER, code=ready.codes[0].lower())
    assert other.is_in()
    third = again(ready)
    assert third.post(ENTER, code=ready.codes[0]).status == 422
    assert second_factor.codes_left(Factor.objects.get()) == second_factor.RECOVERY_CODES - 1


def test_few_recovery_codes_are_told(ready):
    for code in ready.codes[:7]:
        other = again(ready)
        other.post(ENTER, code=code)
    assert "3 recovery codes are left" in other.get("/admin/").text


def test_recovery_codes_are_shown_until_the_person_has_them_and_never_again(desk):
    page = desk.get(SET_UP)
    desk.secret = re.search(r'dir="ltr">([A-Z2-7 ]+)<', page.html)[1].replace(" ", "")
    desk.post(SET_UP, code=desk.code())
    first, second = desk.get(CODES).html, desk.get(CODES).html
    codes = re.findall(r"<li><bdi[^>]*>([\w-]+)<", first)
    assert codes == re.findall(r"<li><bdi[^>]*>([\w-]+)<", second), "a lost answer loses nothing"
    assert desk.get("/admin/").leads_to.startswith(CODES)
    desk.post(CODES, kept="1")
    assert (codes[0] in desk.get(CODES).html, "10 codes are left" in desk.get(CODES).text) == (
        False, True,
    )  # fmt: skip


def test_new_recovery_codes_need_a_code_and_end_the_old_ones(ready):
    assert ready.post(CODES, code="000000").status == 422
    assert ready.post(CODES, code=ready.code()).leads_to == CODES
    fresh = re.findall(r"<li><bdi[^>]*>([\w-]+)<", ready.get(CODES).html)
    assert not {*fresh} & {*ready.codes}
    other = again(ready)
    assert other.post(ENTER, code=ready.codes[0]).status == 422
    other.post(ENTER, code=fresh[0])
    assert other.is_in()


def test_neither_key_nor_codes_lie_open_in_the_database(ready, boss):
    secret, codes = ready.secret, {code.replace("-", "") for code in ready.codes}
    factor = Factor.objects.get()
    assert secret.encode() not in bytes(factor.sealed)
    assert sealing.unseal(factor.sealed) == secret
    stored = str(list(RecoveryCode.objects.values_list("digest", flat=True)))
    logged = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert not [code for code in codes if code in stored + logged]
    assert secret not in logged


def test_a_key_on_its_way_is_sealed_and_of_one_session(desk):
    one = desk.get(SET_UP)
    assert one.html.count("factor-key") == 1
    assert (
        desk.get(SET_UP).html.split("factor-key")[1][:90] == (one.html.split("factor-key")[1][:90])
    ), "the same picture after a reload"
    shown = re.search(r'dir="ltr">([A-Z2-7 ]+)<', one.html)[1].replace(" ", "")
    assert shown not in str(dict(desk.client.session))
    other = again(desk)
    assert shown not in other.get(SET_UP).html.replace(" ", "")


def test_a_first_code_that_does_not_fit_switches_nothing_on(desk):
    page = desk.post(SET_UP, code="000000")
    assert (page.status, Factor.objects.count()) == (422, 0)
    assert "does not fit" in page.text
    assert desk.post(SET_UP).status == 422


def test_another_password_does_not_switch_it_off(ready, boss):
    boss.set_password("Another-long-1")
    boss.save()
    other = Desk()
    other.post("/session/sign-in/", username="boss", password="Another-long-1")
    assert other.get("/admin/").leads_to.startswith(ENTER)


def test_another_app_needs_a_code_of_the_old_one_and_closes_other_sessions(ready, clock):
    other = again(ready)
    other.post(ENTER, code=other.code())
    clock.shift(30)
    old = ready.code()
    page = ready.get(SET_UP)
    assert "Change to another app" in page.text
    new = re.search(r'dir="ltr">([A-Z2-7 ]+)<', page.html)[1].replace(" ", "")
    code = pyotp.TOTP(new).at(second_factor.timezone.now())
    assert ready.post(SET_UP, code=code).status == 422, "the old code is missing"
    assert ready.post(SET_UP, code="000000", old_code=old).status == 422
    assert ready.post(SET_UP, code=code, old_code="000000").status == 422
    assert ready.post(SET_UP, code=code, old_code=old).leads_to.startswith(CODES)
    ready.post(CODES, kept="1")
    assert (ready.is_in(), other.is_in()) == (True, False)
    assert sealing.unseal(Factor.objects.get().sealed) == new


def test_who_has_only_the_password_changes_nothing(ready):
    thief = again(ready)
    for path in (SET_UP, CODES):
        assert thief.get(path).leads_to.startswith(ENTER)
        assert thief.post(path, code="1", kept="1").leads_to.startswith(ENTER)


def test_a_superuser_takes_anothers_away_never_his_own(ready, boss):
    with pytest.raises(FactorError, match="somebody else"):
        second_factor.reset(person=boss, by=boss)
    clerk = Person.objects.create_user("clerk", role=Role.ADMIN, is_staff=True)
    with pytest.raises(FactorError, match="Only a superuser"):
        second_factor.reset(person=boss, by=clerk)
    chief = Person.objects.create_superuser("chief", role=Role.ADMIN)
    second_factor.reset(person=boss, by=chief)
    assert not ready.is_in()
    assert ready.get("/admin/").leads_to.startswith(SET_UP)


def test_the_command_takes_one_away_and_the_log_knows(ready, boss):
    call_command("reset_factor", "boss")
    assert not Factor.objects.exists()
    row = AuditEntry.objects.filter(subject="topup_factor").latest("id")
    assert (row.what, row.person_id, row.actor_id) == (What.REMOVED, boss.pk, None)


def test_the_log_has_sign_ins_codes_and_keys(ready, boss):
    other = again(ready, REMOTE_ADDR="198.51.100.7")
    other.post(ENTER, code="000000")
    other.post(ENTER, code=other.code())
    other.post("/session/sign-out/")
    rows = AuditEntry.objects.filter(address="198.51.100.7").order_by("id")
    assert [(row.what, row.actor_name, row.origin) for row in rows] == [
        (What.SIGNED_IN, "boss", "session:sign_in"),
        (What.CODE_REFUSED, "boss", "session:factor"),
        (What.CODE_ACCEPTED, "boss", "session:factor"),
        (What.SIGNED_OUT, "boss", "session:sign_out"),
    ]  # fmt: skip
    assert {row.person_id for row in rows} == {boss.pk}
    assert all(row.request_id for row in rows)


def test_keys_move_to_a_new_voucher_key(ready, settings):
    from cryptography.fernet import Fernet

    old, new = settings.VOUCHER_KEYS, Fernet.generate_key().decode()
    settings.VOUCHER_KEYS = [new, *old]
    call_command("rotate_voucher_keys")
    settings.VOUCHER_KEYS = [new]
    assert sealing.unseal(Factor.objects.get().sealed) == ready.secret
