"""Kiosks: the code that works once, the token of the day, what is done from afar."""

from datetime import timedelta

import pytest
from django.utils import timezone

from topup.errors import NotInChargeError, PinError
from topup.kioskerrors import EnrolCodeError, KioskRetiredError
from topup.models import Alarm, AuditEntry, Kiosk, Level, Person, Role, SpentToken
from topup.models.alarm import AlarmKind
from topup.services import alarms, kiosks
from topup.services.people import set_pin
from topup.services.shops import open_shop, place, set_frozen

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """The product's clock: it stands still but for what moves it."""
    began, passed = timezone.now(), [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: began + passed[0])

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
    assert (len(code), kiosk.terminal_id[:2]) == (11, "K-")
    assert kiosks.find("") is kiosks.find("x") is None
    found, token = kiosks.swap(f" {code.replace(' ', '-')} ")
    assert (found.pk, kiosks.find(token).pk) == (kiosk.pk, kiosk.pk)
    with pytest.raises(EnrolCodeError):
        kiosks.swap(code)
    assert token not in str(Kiosk.objects.values().get())


def test_a_code_is_good_for_an_hour(made, clock):
    clock(minutes=61)
    with pytest.raises(EnrolCodeError):
        kiosks.swap(made[1])


@pytest.mark.parametrize("code", ["", "-", "12345 67890", "\x00", "0" * 40, "٢" * 10])
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


def test_who_is_not_in_charge_makes_and_changes_no_kiosk(made, owner, shop):
    kiosk, _code = made
    other = open_shop(name="Harbour")
    strangers = [
        Person.objects.create_user("cashier", role=Role.CASHIER, shop=shop),
        Person.objects.create_user("boss", role=Role.OWNER, shop=other),
    ]
    before = Kiosk.objects.values().get()
    for by in strangers:
        with pytest.raises(NotInChargeError):
            kiosks.create(shop=shop, name="x", by=by)
        for deed in (kiosks.new_code, kiosks.block, kiosks.unblock, kiosks.reload, kiosks.retire,
                     kiosks.refill):  # fmt: skip
            with pytest.raises(NotInChargeError):
                deed(kiosk=kiosk, by=by)
        with pytest.raises(NotInChargeError):
            kiosks.say(kiosk=kiosk, text="x", by=by)
        assert list(kiosks.kiosks_of(by)) == []
    assert Kiosk.objects.values().get() == before
    distributor = Person.objects.create_user("desk", role=Role.ADMIN, is_staff=True)
    assert kiosks.block(kiosk=kiosk, by=distributor) is True
    assert list(kiosks.kiosks_of(owner)) == [kiosk]


def come(token):
    """A request with this token, as the middleware does it; the new token, if it gives one."""
    kiosk = kiosks.find(token)
    kiosks.see(kiosk)
    return kiosks.rotate(kiosk)


def test_a_token_is_changed_once_a_day_and_the_old_one_ends_with_the_use_of_the_new(token, clock):
    assert come(token) is None
    clock(hours=23)
    assert come(token) is None
    clock(hours=1)
    fresh = come(token)
    assert fresh
    assert come(token) is None, "of two requests at a time one gets the new token"
    assert come(fresh) is None
    clock(minutes=4)
    assert kiosks.find(token), "another page may be under way with the old one"
    clock(minutes=1)
    assert (kiosks.find(token), bool(kiosks.find(fresh))) == (None, True)
    assert come(fresh) is None


def test_of_two_requests_at_the_same_moment_one_changes_the_token(token, clock):
    clock(days=1)
    first, second = kiosks.find(token), kiosks.find(token)
    fresh = kiosks.rotate(first)
    assert (kiosks.rotate(second), bool(kiosks.find(fresh))) == (None, True)


def test_a_lost_answer_strands_no_kiosk_however_long_it_was_off(token, clock):
    clock(days=1)
    lost = come(token)
    clock(days=30)
    fresh = come(token)
    assert fresh
    assert kiosks.find(lost) is None
    assert come(fresh) is None
    clock(minutes=6)
    assert kiosks.find(token) is None
    assert Kiosk.objects.get().token_hash


@pytest.fixture
def next_day(clock):
    """The kiosk gets its next token and comes back with it; the one before it dies."""

    def pass_by(token):
        clock(days=1)
        fresh = come(token)
        come(fresh)
        clock(minutes=6)
        return fresh

    return pass_by


def copies():
    return list(Alarm.objects.filter(kind=AlarmKind.COPY, cleared_at=None).order_by("pk"))


def test_a_dead_token_that_comes_is_told_once_and_shuts_nothing(
    made, token, next_day, clock, django_assert_num_queries
):
    kiosk = made[0]
    assert kiosks.notice_copy(token) is False, "it is the token of now"
    clock(days=1)
    fresh = come(token)
    assert kiosks.find(token), "good until the new one has come back, and five minutes more"
    come(fresh)
    clock(minutes=6)
    latest = next_day(next_day(fresh))
    assert (copies(), Kiosk.objects.get().old_token_used_at) == ([], None)
    assert kiosks.find(token) is None
    assert kiosks.notice_copy(token) is True
    [alarm] = copies()
    assert (alarm.about, alarm.sale) == (f"kiosk {kiosk.pk}", None)
    assert alarm.message.startswith(f"{kiosk.terminal_id} Door, Corner: an old key was used")
    before = Kiosk.objects.values().get()
    for dead in (token, fresh):
        with django_assert_num_queries(1):
            assert kiosks.notice_copy(dead) is False
    assert (Kiosk.objects.values().get(), len(copies())) == (before, 1)
    assert kiosks.find(latest).pk == kiosk.pk
    assert kiosks.is_off(kiosks.find(latest)) is False
    assert next_day(latest), "it goes on as ever, with the token of the next day too"


def test_the_kiosk_itself_is_noticed_where_the_copy_took_the_new_token(token, next_day):
    next_day(token)  # by the copy: the kiosk still has the token before
    assert kiosks.find(token) is None
    assert kiosks.notice_copy(token) is True


def test_a_token_that_was_given_and_never_came_back_is_known_too(token, clock):
    clock(days=1)
    taken = come(token)
    clock(minutes=2)
    come(come(token))
    assert kiosks.find(taken) is None
    assert kiosks.notice_copy(taken) is True


def test_what_was_never_a_token_or_is_too_old_is_no_copy(token, next_day, monkeypatch):
    monkeypatch.setattr(kiosks, "KNOWN_DEAD", 2)
    used = [token]
    for _day in range(4):
        used.append(next_day(used[-1]))
    assert SpentToken.objects.count() == 2
    for unknown in ("", "x", "x" * 5000, token, used[1]):
        assert kiosks.notice_copy(unknown) is False
    assert kiosks.notice_copy(used[2]) is True


def test_of_two_kiosks_one_alarm_does_not_hide_the_other(made, owner, shop, next_day):
    other = kiosks.create(shop=shop, name="Street", by=owner)
    dead = [kiosks.swap(code)[1] for _kiosk, code in (made, other)]
    for token in dead:
        next_day(token)
        kiosks.notice_copy(token)
    assert [alarm.about for alarm in copies()] == [f"kiosk {one[0].pk}" for one in (made, other)]
    alarms.raise_alarm(AlarmKind.COPY, "again", about=f"kiosk {made[0].pk}")
    assert len(copies()) == 2


def test_what_is_known_of_copies_ends_with_the_use_of_a_new_code(made, owner, token, next_day):
    latest = next_day(token)
    kiosks.notice_copy(token)
    code = kiosks.new_code(kiosk=made[0], by=owner)
    assert Kiosk.objects.get().old_token_used_at
    _kiosk, fresh = kiosks.swap(code)
    assert (Kiosk.objects.get().old_token_used_at, SpentToken.objects.count()) == (None, 0)
    for gone in (token, latest):  # the browser before, that may be on still
        assert (kiosks.find(gone), kiosks.notice_copy(gone)) == (None, False)
    alarms.clear_alarm(alarm_id=copies()[0].pk, by=owner)
    next_day(fresh)
    assert (kiosks.notice_copy(fresh), len(copies())) == (True, 1)


@pytest.mark.parametrize("how", ["leave", "retire"])
def test_who_still_has_a_token_of_a_kiosk_that_is_none_now_is_no_thief(
    made, owner, token, next_day, how
):
    latest = next_day(token)
    if how == "leave":
        set_pin(person=owner, pin="7391")
        kiosks.leave(kiosk=kiosks.find(latest), person_id=owner.pk, pin="7391")
    else:
        kiosks.retire(kiosk=made[0], by=owner)
    for gone in (token, latest):
        assert kiosks.notice_copy(gone) is False
    assert (copies(), Kiosk.objects.get().old_token_used_at) == ([], None)


def test_a_new_code_that_is_used_in_the_same_moment_is_not_suspected(
    made, owner, token, next_day, monkeypatch
):
    next_day(token)
    code, tell = kiosks.new_code(kiosk=made[0], by=owner), kiosks._tell_copy

    def late(kiosk):
        kiosks.swap(code)
        return tell(kiosk)

    monkeypatch.setattr(kiosks, "_tell_copy", late)
    assert kiosks.notice_copy(token) is False
    assert (copies(), Kiosk.objects.get().old_token_used_at) == ([], None)


def test_a_kiosk_is_seen_and_what_it_says_is_kept(token, clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        kiosk = kiosks.find(token)
        assert kiosk.shop.float_account.currency
    with django_assert_num_queries(0):
        kiosks.see(kiosk)
    kiosks.see(kiosk, version="v" * 300, paper="low")
    kiosks.see(kiosk, version="", paper="nonsense")
    kept = Kiosk.objects.get()
    assert (kept.version, kept.paper) == ("v" * 100, "low")
    before = kept.last_seen_at
    clock(minutes=1)
    kiosks.see(kiosks.find(token))
    assert Kiosk.objects.get().last_seen_at > before


def test_paper_that_was_put_in_is_no_longer_lacking(made, owner, token):
    kiosks.see(kiosks.find(token), paper="out")
    kiosk = Kiosk.objects.get()
    assert (kiosks.refill(kiosk=kiosk, by=owner), Kiosk.objects.get().paper) == (True, "ok")
    assert kiosks.refill(kiosk=kiosk, by=owner) is False


@pytest.mark.parametrize("what", ["kiosk", "shop", "branch"])
def test_a_kiosk_is_off_when_it_or_its_shop_or_what_is_above_is_stopped(
    made, owner, shop, token, what
):
    assert kiosks.is_off(kiosks.find(token)) is False
    if what == "kiosk":
        assert kiosks.block(kiosk=made[0], by=owner) is True
        assert kiosks.block(kiosk=made[0], by=owner) is False
    elif what == "shop":
        set_frozen(shop=shop, is_frozen=True)
    else:
        above = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
        place(shop=shop, parent=above)
        set_frozen(shop=above, is_frozen=True)
    assert kiosks.is_off(kiosks.find(token)) is True
    if what == "kiosk":
        kiosks.unblock(kiosk=made[0], by=owner)
        assert kiosks.is_off(kiosks.find(token)) is False


def test_a_reload_is_wanted_until_a_page_was_loaded(made, owner, token, clock):
    kiosk = kiosks.find(token)
    kiosks.loaded(kiosk, age=0)
    assert kiosks.wants_reload(kiosk) is False
    clock(minutes=1)
    kiosks.reload(kiosk=made[0], by=owner)
    kiosks.loaded(kiosks.find(token), age=100_000)
    kiosks.loaded(kiosks.find(token), age=1_000)
    assert kiosks.wants_reload(kiosks.find(token)) is True, "loaded before, for all that is known"
    clock(seconds=30)
    kiosks.loaded(kiosks.find(token), age=40_000)
    assert kiosks.wants_reload(kiosks.find(token)) is True
    kiosks.loaded(kiosks.find(token), age=20_000)
    assert kiosks.wants_reload(kiosks.find(token)) is False


def test_a_retired_kiosk_opens_nothing_and_is_not_changed(made, owner, token):
    kiosk = made[0]
    code = kiosks.new_code(kiosk=kiosk, by=owner)
    assert kiosks.retire(kiosk=kiosk, by=owner) is True
    assert kiosks.find(token) is None
    with pytest.raises(EnrolCodeError):
        kiosks.swap(code)
    with pytest.raises(KioskRetiredError):
        kiosks.new_code(kiosk=kiosk, by=owner)
    assert kiosks.retire(kiosk=kiosk, by=owner) is False
    assert kiosks.block(kiosk=kiosk, by=owner) is False
    assert list(kiosks.kiosks_of(owner)) == []


def test_a_call_for_help_waits_is_answered_and_is_over(made, owner, shop, token, clock):
    kiosk = kiosks.find(token)
    assert (kiosks.help_state(kiosk), list(kiosks.calling(shop.pk))) == ("", [])
    assert kiosks.answer_help(kiosk=kiosk, by=owner) is False
    kiosks.call_help(kiosk)
    first = Kiosk.objects.get().help_wanted_at
    clock(minutes=5)
    kiosks.call_help(kiosks.find(token))
    assert Kiosk.objects.get().help_wanted_at == first
    assert [row.pk for row in kiosks.calling(shop.pk)] == [kiosk.pk]
    stranger = Person.objects.create_user("x", role=Role.OWNER, shop=open_shop(name="Harbour"))
    assert kiosks.answer_help(kiosk=kiosk, by=stranger) is False
    assert kiosks.help_state(kiosks.find(token)) == "called"
    assert kiosks.answer_help(kiosk=kiosk, by=owner) is True
    assert (kiosks.help_state(kiosks.find(token)), list(kiosks.calling(shop.pk))) == ("coming", [])
    clock(minutes=4)
    assert kiosks.help_state(kiosks.find(token)) == ""
    kiosks.call_help(kiosks.find(token))
    clock(minutes=16)
    assert (kiosks.help_state(kiosks.find(token)), list(kiosks.calling(shop.pk))) == ("", [])
    kiosks.call_help(kiosks.find(token))
    assert kiosks.help_state(kiosks.find(token)) == "called"


def test_a_pin_of_the_shop_ends_kiosk_mode(made, owner, shop, token):
    set_pin(person=owner, pin="7391")
    kiosk = kiosks.find(token)
    with pytest.raises(PinError):
        kiosks.leave(kiosk=kiosk, person_id=owner.pk, pin="1928")
    assert kiosks.find(token)
    kiosks.leave(kiosk=kiosk, person_id=owner.pk, pin="7391")
    assert kiosks.find(token) is None
    again = kiosks.swap(kiosks.new_code(kiosk=kiosk, by=owner))[1]
    assert kiosks.find(again).pk == kiosk.pk


def news():
    return [(row.what, row.subject, sorted(row.changes)) for row in
            AuditEntry.objects.exclude(subject="topup_person").order_by("pk")]  # fmt: skip


def test_the_audit_log_has_what_people_did_and_not_what_the_kiosk_tells(made, owner, token, clock):
    kiosk = kiosks.find(token)
    secrets = AuditEntry.objects.filter(subject="topup_kiosk", changes__has_key="enrol_code_hash")
    assert [row.changes["enrol_code_hash"] for row in secrets] == [["•••", "•••"]] * 2
    before = len(news())
    clock(days=1)
    come(token)
    kiosks.see(kiosk, version="1", paper="low")
    kiosks.call_help(kiosk)
    kiosks.answer_help(kiosk=kiosk, by=owner)
    assert len(news()) == before
    set_pin(person=owner, pin="7391")
    kiosks.block(kiosk=kiosk, by=owner)
    kiosks.say(kiosk=kiosk, text=" Back  at 5 ", by=owner)
    kiosks.reload(kiosk=kiosk, by=owner)
    kiosks.leave(kiosk=kiosk, person_id=owner.pk, pin="7391")
    assert news()[before:] == [
        ("changed", "topup_kiosk", ["is_blocked"]), ("changed", "topup_kiosk", ["message"]),
        ("changed", "topup_kiosk", ["reload_wanted_at"]),
        ("changed", "topup_kiosk", ["enrolled_at"]), ("changed", "", ["kiosk_mode"]),
    ]  # fmt: skip
    assert Kiosk.objects.get().message == "Back at 5"
