"""A browser that is a kiosk: how it becomes one, what it may open, and what ends it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.db import OperationalError
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from portal.kiosk import COOKIE
from portal.views import kiosk as kiosk_screens
from tests.portal.conftest import Visitor, stands_in
from topup.models import Alarm, AuditEntry, Kiosk, Person, Role, Shop
from topup.services import kiosks
from topup.services.people import set_pin
from topup.services.shops import set_frozen

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)


@pytest.fixture
def kiosk(made):
    """A browser that is a kiosk of the counter's shop."""
    visitor = Visitor()
    visitor.client.cookies[COOKIE] = kiosks.swap(made[1])[1]
    return visitor


def typed_code(visitor, **data):
    """A press on the page of the code; no form of it stays in the history."""
    answer = visitor.post("/kiosk/enrol/", **data)
    assert (answer.status, answer.leads_to) == (303, "/kiosk/enrol/")
    return visitor.get("/kiosk/enrol/")


def test_a_browser_becomes_a_kiosk_by_a_code(made, counter):
    visitor = Visitor(counter.agent)
    assert visitor.get("/kiosk/").leads_to == "/kiosk/enrol/"
    assert "Type the ten digits" in visitor.get("/kiosk/enrol/").text
    wrong = typed_code(visitor, typed="1234567890", key="go")
    assert "This code does not work" in wrong.text
    assert wrong.value_of_field("typed") == "1234567890"
    digits = made[1].replace(" ", "")
    page = typed_code(visitor, typed=digits[:9], key=digits[9])
    assert page.value_of_field("typed") == digits, "a key works without scripts"
    assert "This code does not work" not in page.text
    assert digits not in str(dict(visitor.client.session.items())), "it is in no database"
    done = visitor.post("/kiosk/enrol/", typed=made[1], key="go")
    assert (done.status, done.leads_to) == (303, "/kiosk/")
    cookie = done.response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    page = visitor.get("/kiosk/")
    assert (page.status, made[0].terminal_id in page.text) == (200, True)
    assert visitor.get("/sell/").status == 404
    assert "_auth_user_id" not in visitor.client.session
    assert Kiosk.objects.get().version == ""


SAMPLES = {
    "key": "0b5e1f0e-0000-4000-8000-000000000000", "country": "JM", "deed": "freeze",
    "kiosk_deed": "block",
    "deposit": "D-ABC123", "passport": "abc-" + "x" * 16, "digest": "0" * 32,
}  # fmt: skip


def routes(resolver=None, before="", names=()):
    """Route and names of every page of the product, the admin's too."""
    for found in (resolver or get_resolver()).url_patterns:
        route = before + str(found.pattern)
        if isinstance(found, URLPattern):
            yield route, [*names, found.name]
        else:
            yield from routes(found, route, [*names, found.namespace])


def every_address():
    """One address of each page, by the name it has in the resolver."""
    found = {}
    for route, names in routes():
        plain = re.sub(r"\^|\$$", "", route).replace(
            "(?P<app_label>auth|ledger|catalog|topup)", "auth"
        )
        plain = plain.replace("(?P<url>.*)", "nothing/there/")
        path = re.sub(r"<(?:(\w+):)?\w+>", lambda part: SAMPLES.get(part[1], "1"), plain)
        assert not re.search(r"[<>()^$]", path), route
        found["/" + path] = names
    return found


def test_a_kiosk_reaches_no_page_but_a_kiosks(kiosk, django_user_model):
    """Not by any way: signed in as the distributor himself, at a till, by GET and by POST."""
    boss = django_user_model.objects.create_superuser("root", role=Role.ADMIN)
    doors = every_address()
    assert len(doors) > 300
    assert {"home", "sell:start"} <= {":".join(filter(None, names)) for names in doors.values()}
    tried = 0
    for path, names in doors.items():
        if names[0] == "kiosk":
            continue
        for method in ("get",) if names[0] == "admin" else ("get", "post"):
            if not tried % 50:
                kiosk.client.force_login(boss)
            tried += 1
            answer = getattr(kiosk, method)(path)
            if names[0] in {"logos", "brand"}:
                assert answer.status in {404, 405}, path
            else:
                assert (answer.status, "Not found" in answer.html) == (404, True), (method, path)
            assert "admin" not in answer.html, path
    assert tried > 450
    assert SESSION_KEY not in kiosk.client.session
    for path in (
        "/sell",
        "/kiosk",
        "/admin",
        "/kiosk/../admin/",
        "//admin/",
        "/static/",
        "/nothing/",
    ):
        assert kiosk.get(path).status == 404, path


def test_without_the_cookie_the_same_pages_are_there(counter):
    """The test above would pass as well if nothing was anywhere."""
    visitor = Visitor(counter.agent)
    assert [visitor.get(path).status for path in ("/sell/", "/sales/", "/health/live/")] == [
        200
    ] * 3
    assert visitor.get("/admin/").status == 302


def test_a_stranger_gets_no_page_of_a_kiosk(counter, made):
    token = kiosks.swap(made[1])[1]
    tokens = "", "guessed" * 6, token[:-1], token + "x", "x" * 5000
    visitors = [Visitor(), Visitor(counter.agent), Visitor(htmx=True), Visitor(), Visitor()]
    for wrong, visitor in zip(tokens, visitors, strict=True):
        visitor.client.cookies[COOKIE] = wrong
        for path, names in every_address().items():
            if names[0] != "kiosk" or names[-1] in {"enrol", "off", "worker"}:
                continue
            for method in ("get", "post"):
                page = getattr(visitor, method)(path)
                assert page.leads_to == "/kiosk/enrol/" or page.status in {404, 405}, path
                assert made[0].terminal_id not in page.html


def test_a_guess_of_codes_is_held_back(made):
    cache.clear()
    visitor = Visitor()
    answers = [typed_code(visitor, typed="1234567890", key="go").text for _ in range(11)]
    assert ["Too many codes" in text for text in answers] == [False] * 10 + [True]
    assert "Too many codes" in typed_code(visitor, typed=made[1]).text
    cache.clear()
    done = visitor.post("/kiosk/enrol/", typed=made[1])
    assert (done.leads_to, done.response.cookies["enrolling"].value) == ("/kiosk/", "")


def test_a_till_that_becomes_a_kiosk_is_no_till(made, owner, counter):
    visitor = Visitor(owner)
    visitor.post("/till/", name="Front")
    done = visitor.post("/kiosk/enrol/", typed=made[1])
    assert done.response.cookies["till"].value == ""
    assert done.response["Clear-Site-Data"] == '"cache", "storage"'
    assert SESSION_KEY not in visitor.client.session
    assert visitor.get("/kiosk/enrol/").leads_to == "/kiosk/"


@pytest.mark.parametrize("what", ["kiosk", "shop"])
def test_a_kiosk_that_is_stopped_says_so_and_comes_back(kiosk, made, owner, counter, what):
    assert kiosk.get("/kiosk/").status == 200
    if what == "kiosk":
        kiosks.block(kiosk=made[0], by=owner)
    else:
        set_frozen(shop=counter.shop, is_frozen=True)
    page = kiosk.get("/kiosk/")
    assert (page.status, "out of service" in page.text) == (403, True)
    assert 'http-equiv="refresh"' in page.html
    assert kiosk.post("/kiosk/beat/").response.json()["blocked"] is True
    assert kiosk.get("/kiosk/help/").status == 200
    kiosks.unblock(kiosk=made[0], by=owner)
    set_frozen(shop=counter.shop, is_frozen=False)
    assert kiosk.get("/kiosk/").status == 200
    assert kiosk.post("/kiosk/beat/").response.json()["blocked"] is False


def test_an_open_page_beats_and_learns_what_is_wanted(kiosk, made, owner):
    quiet = {"blocked": False, "help": "", "message": "", "reload": False}
    kiosk.headers["User-Agent"] = "Mozilla/5.0 (X11) AppleWebKit/537 Chrome/118.0 Safari/537"
    beat = kiosk.post("/kiosk/beat/", version="0a1b2c3d", paper="low", age="5000")
    assert (beat.status, beat.response.json()) == (200, quiet)
    assert "no-store" in beat.response["Cache-Control"]
    kept = Kiosk.objects.get()
    assert (kept.version, kept.paper) == ("0a1b2c3d Chrome/118", "low")
    kiosks.say(kiosk=made[0], text="Back at 5", by=owner)
    kiosks.reload(kiosk=made[0], by=owner)
    kiosks.call_help(made[0])
    odd = {"version": "x" * 300, "paper": "nonsense", "age": "-1"}
    told = kiosk.post("/kiosk/beat/", **odd).response.json()
    assert told == quiet | {"help": "called", "message": "Back at 5", "reload": True}
    assert Kiosk.objects.get().version == "0a1b2c3d Chrome/118"
    assert "Back at 5" in kiosk.get("/kiosk/").text
    wanted = timezone.now() - timedelta(seconds=20)
    Kiosk.objects.update(reload_wanted_at=wanted, reloaded_at=None)
    assert kiosk.post("/kiosk/beat/", age="30000").response.json()["reload"] is True
    assert kiosk.post("/kiosk/beat/", age="10000").response.json()["reload"] is False
    kiosks.retire(kiosk=made[0], by=owner)
    gone = kiosk.post("/kiosk/beat/")
    assert (gone.status, gone.response.json()) == (404, {})


def test_the_cookie_is_changed_once_a_day_with_whatever_answer(kiosk, monkeypatch):
    before = kiosk.client.cookies[COOKIE].value
    assert COOKIE not in kiosk.get("/kiosk/").response.cookies
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=25))
    assert COOKIE not in kiosk.get(f"/logos/{'0' * 32}/64.webp").response.cookies
    fresh = kiosk.post("/kiosk/beat/").response.cookies[COOKIE]
    assert (fresh["httponly"], fresh["max-age"]) == (True, 365 * 24 * 3600)
    assert fresh.value != before
    assert COOKIE not in kiosk.get("/kiosk/").response.cookies
    thief = Visitor()
    thief.client.cookies[COOKIE] = before
    assert thief.get("/kiosk/").status == 200
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=26))
    assert thief.get("/kiosk/").leads_to == "/kiosk/enrol/"


def test_a_copy_of_the_cookie_opens_nothing_and_is_noticed_once(
    kiosk, made, monkeypatch, django_assert_num_queries
):
    copied, real = kiosk.client.cookies[COOKIE].value, timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=25))
    kiosk.get("/kiosk/")
    kiosk.get("/kiosk/")
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=26))
    thief = Visitor()
    thief.client.cookies[COOKIE] = copied
    assert thief.get("/health/live/").status == 200, "an ordinary browser, as any other"
    told = AuditEntry.objects.get(changes__has_key="old_token_used_at")
    assert (told.address, told.object_id) == ("127.0.0.1", str(made[0].pk))
    assert Alarm.objects.get().about == f"kiosk {made[0].pk}"
    for path in ("/health/live/", "/kiosk/"):
        with django_assert_num_queries(2):  # is it a kiosk's, is it news
            page = thief.get(path)
        assert made[0].terminal_id not in page.html
    assert page.leads_to == "/kiosk/enrol/"
    assert Alarm.objects.count() == 1
    assert kiosk.get("/kiosk/").status == 200


def test_help_is_called_and_the_customer_goes_on_where_he_was(kiosk, made, owner):
    assert 'href="/kiosk/"' in kiosk.get("/kiosk/help/").html
    kiosk.post("/kiosk/", language="es")
    kiosk.post("/kiosk/", language="en")
    kiosk.get("/kiosk/kind/")
    page = kiosk.get("/kiosk/help/")
    assert ("Do you need help?" in page.text, 'href="/kiosk/kind/"' in page.html) == (True, True)
    page = kiosk.get(kiosk.post("/kiosk/help/").leads_to)
    assert ("The counter is called" in page.text, "Call somebody" in page.text) == (True, False)
    assert [row.pk for row in kiosks.calling(made[0].shop_id)] == [made[0].pk]
    kiosks.answer_help(kiosk=made[0], by=owner)
    page = kiosk.get("/kiosk/help/")
    assert ("Somebody is on the way" in page.text, 'data-help="coming"' in page.html) == (
        True,
        True,
    )
    assert "Call somebody" in page.text, "the next customer calls for himself"
    assert "The counter is called" in kiosk.get(kiosk.post("/kiosk/help/").leads_to).text
    assert [row.pk for row in kiosks.calling(made[0].shop_id)] == [made[0].pk]


def test_a_staff_pin_ends_kiosk_mode(kiosk, made, counter, owner, rival):
    cache.clear()
    set_pin(person=counter.agent, pin="7391")
    set_pin(person=rival, pin="7391")
    page = kiosk.get("/kiosk/leave/")
    assert (counter.agent.username in page.text, rival.username in page.text) == (True, False)
    assert f'href="/kiosk/leave/?person={counter.agent.pk}"' in page.html
    assert "Your PIN" in kiosk.get("/kiosk/leave/", person=counter.agent.pk).text
    for odd in ("x", "", rival.pk, "9" * 40):
        assert "Your PIN" not in kiosk.get("/kiosk/leave/", person=odd).text
    wrong = kiosk.post("/kiosk/leave/", person=rival.pk, typed="7391", key="go")
    assert (wrong.status, "This is not the PIN" in wrong.text) == (422, True)
    wrong = kiosk.post("/kiosk/leave/", person=counter.agent.pk, typed="0928", key="go")
    assert (wrong.status, stands_in(wrong.html, "0928")) == (422, False)
    page = kiosk.post("/kiosk/leave/", person=counter.agent.pk, typed="739", key="1")
    assert page.value_of_field("typed") == "7391", "a key works without scripts"
    token = kiosk.client.cookies[COOKIE].value
    done = kiosk.post("/kiosk/leave/", person=counter.agent.pk, typed="7391", key="go")
    assert (done.status, done.response.cookies[COOKIE].value) == (303, "")
    assert kiosk.get("/session/sign-in/").status == 200
    kiosk.client.cookies[COOKIE] = token
    assert kiosk.get("/kiosk/").leads_to == "/kiosk/enrol/"
    assert SESSION_KEY not in kiosk.client.session


def test_who_plays_with_pins_at_a_kiosk_locks_nobody_out_of_his_till(kiosk, counter):
    cache.clear()
    set_pin(person=counter.agent, pin="7391")
    form = {"person": counter.agent.pk, "typed": "1928", "key": "go"}
    answers = [kiosk.post("/kiosk/leave/", **form).text for _ in range(6)]
    braked = ["Too many wrong PINs at this kiosk" in text for text in answers]
    assert braked == [False] * 3 + [True] * 3
    assert Person.objects.get(pk=counter.agent.pk).pin_tries == 3
    assert kiosk.post("/kiosk/leave/", **form | {"typed": "7391"}).status == 422
    assert AuditEntry.objects.filter(what="sign_in_braked").count() == 1


def test_what_goes_wrong_is_told_by_a_page_of_the_kiosk(kiosk, made, monkeypatch):
    page = kiosk.get("/kiosk/nothing/")
    assert (page.status, made[0].terminal_id in page.text) == (404, True)
    assert 'href="/kiosk/"' in page.html
    strict = Visitor(enforce_csrf_checks=True)
    strict.client.cookies[COOKIE] = kiosk.client.cookies[COOKIE].value
    assert strict.post("/kiosk/help/").leads_to == "/kiosk/"

    def away(_token):
        raise OperationalError

    monkeypatch.setattr(kiosks, "find", away)
    kiosk.client.raise_request_exception = False
    page = kiosk.get("/kiosk/")
    assert (page.status, "will be back in a moment" in page.text) == (500, True)
    assert 'content="10;url=/kiosk/"' in page.html
    assert "at the counter" not in page.text
    monkeypatch.undo()
    assert kiosk.get("/kiosk/").status == 200


def test_the_page_of_an_outage_says_where_it_is_and_whom_to_call(kiosk, made, monkeypatch):
    """Kept by the browser, and made anew with its worker when the hotline is another one."""
    before = kiosk.get("/kiosk/worker.js").html
    Shop.objects.update(hotline="+1 876 555 0100")
    kept = kiosk.get("/kiosk/off/")
    assert kept.status == 200
    assert kiosk.get("/kiosk/worker.js").html != before
    monkeypatch.setattr(kiosk_screens, "screen", lambda *_args, **_more: 1 / 0)
    kiosk.client.raise_request_exception = False
    failed = kiosk.get("/kiosk/")
    assert failed.status == 500
    for page in (kept, failed):
        assert made[0].terminal_id in page.text
        assert "+1 876 555 0100" in page.text
    assert made[0].terminal_id not in Visitor().get("/kiosk/off/").text
