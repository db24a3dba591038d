"""A browser that is a till: changing people by PIN, locking by itself, and what ends a session."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.till import COOKIE
from tests.portal.conftest import PASSWORD, PIN, Visitor, stands_in
from topup.models import Device, Level, Person, Role, Sale
from topup.services import tills, vouchers
from topup.services.people import set_active, set_pin
from topup.services.pricing import Quote
from topup.services.shops import open_shop, place, set_frozen

pytestmark = pytest.mark.django_db
CODE, OTHER_CODE = "7391", "4826"


@pytest.fixture
def clock(monkeypatch):
    """Moves the product's clock by minutes."""
    real, passed = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + passed[0])

    def forward(minutes):
        passed[0] += timedelta(minutes=minutes)

    return forward


@pytest.fixture
def ann(counter):
    """The agent of the counter; `set_pin` writes nothing but the PIN."""
    set_pin(person=counter.agent, pin=CODE)
    Person.objects.filter(pk=counter.agent.pk).update(first_name="Ann")
    return counter.agent


@pytest.fixture
def bob(colleague):
    set_pin(person=colleague, pin=OTHER_CODE)
    Person.objects.filter(pk=colleague.pk).update(first_name="Bob")
    return colleague


@pytest.fixture
def at_till(counter, owner):
    """A browser that is a till of the counter's shop; nobody is signed in."""

    def make(**options):
        visitor = Visitor(**options)
        _device, token = tills.enrol(shop=counter.shop, name="Front desk", by=owner)
        visitor.client.cookies[COOKIE] = token
        return visitor

    return make


@pytest.fixture
def desk(at_till):
    return at_till()


def open_till(visitor, person, code=CODE, **more):
    return visitor.post("/till/lock/", person=person.pk, pin=code, **more)


def signed_in(visitor):
    return visitor.client.session.get("_auth_user_id")


def is_led_to_lock(page, *, to=None):
    parts = urlsplit(page.leads_to)
    wanted = parse_qs(parts.query).get("next", [""])[0]
    return parts.path == "/till/lock/" and (to is None or wanted == to)


def test_an_owner_makes_his_browser_a_till(owner):
    visitor = Visitor(owner)
    assert "Make this browser a till" in visitor.get("/till/").text
    page = visitor.post("/till/", name="  ")
    assert (page.status, "Give the till a name" in page.text) == (422, True)
    done = visitor.post("/till/", name="Front desk")
    assert (done.status, done.leads_to) == (303, "/till/")
    cookie = done.response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == 365 * 24 * 3600
    page = visitor.get("/till/")
    assert "This browser is a till Till Front desk" in page.text
    visitor.post("/till/", name="Again")
    assert Device.objects.count() == 1, "a till is made once"


def test_behind_tls_the_cookie_is_this_hosts_alone(owner, settings):
    from django.http import HttpResponse

    from portal import till

    settings.PLAIN_HTTP = False
    answer = HttpResponse()
    till.set_cookie(answer, "x")
    assert answer.cookies[COOKIE]["secure"] is True


def test_who_makes_no_till(visitor, desk, owner):
    assert "Only the owner or a manager" in visitor.get("/till/").text
    assert visitor.post("/till/", name="x").status == 403
    set_pin(person=owner, pin=CODE)
    open_till(desk, owner)
    for path in ("/till/", "/till/forget/"):
        page = desk.post(path, name="x")
        assert (page.status, "A PIN is not enough for this." in page.text) == (403, True)
    assert Device.objects.count() == 1


def test_a_browser_that_stops_being_a_till_has_a_dead_token(owner):
    visitor = Visitor(owner)
    visitor.post("/till/", name="Front desk")
    token = visitor.client.cookies[COOKIE].value
    assert visitor.post("/till/forget/").leads_to == "/till/"
    assert visitor.client.cookies[COOKIE].value == ""
    assert tills.find(token).is_frozen
    assert visitor.get("/sell/").status == 200, "the owner himself goes on"


def test_at_a_till_people_sign_in_by_name_and_pin(desk, ann, bob, owner):
    led = desk.get("/sales/?q=1")
    assert is_led_to_lock(led, to="/sales/?q=1")
    page = desk.get(led.leads_to)
    assert page.status == 200
    assert "Who is there? Front desk · Counter Ann counter Bob colleague" in page.text
    link = re.search(rf'href="(/till/lock/\?person={ann.pk}[^"]*)"', page.html)[1]
    form = desk.get(link.replace("&amp;", "&"))
    assert "Ann Type your PIN Open" in form.text
    done = open_till(desk, ann, next=form.value_of("next"))
    assert (done.status, done.leads_to) == (303, "/sales/?q=1")
    assert desk.get("/sales/").status == 200
    assert signed_in(desk) == str(ann.pk)


def test_a_wrong_pin_is_told_and_opens_nothing(desk, ann):
    page = open_till(desk, ann, "0928")
    assert (page.status, "This is not the PIN. 4 tries are left" in page.text) == (422, True)
    assert not stands_in(page.html, "0928")
    assert signed_in(desk) is None
    for _ in range(4):
        page = open_till(desk, ann, "1928")
    assert "locked for 15 minutes" in page.text
    assert open_till(desk, ann).status == 422


def test_the_right_password_unlocks_the_pin(desk, ann):
    ann.set_password(PASSWORD)
    ann.save()
    for _ in range(5):
        open_till(desk, ann, "1928")
    form = {"username": ann.username, "password": "wrong", "next": "/sales/"}
    desk.post("/session/sign-in/", **form)
    assert open_till(desk, ann).status == 422
    desk.post("/session/sign-in/", **form | {"password": PASSWORD})
    desk.post("/till/change/")
    assert open_till(desk, ann).status == 303


def test_odd_forms_open_nothing(desk, ann):
    right = {"person": ann.pk, "pin": CODE}
    for odd in ({"person": "x"}, {"person": "0"}, {"person": ""}, {"person": "9" * 30},
                {"person": "999999"}, {"pin": ""}, {"pin": "\x00"}, {"pin": "7" * 30}):  # fmt: skip
        assert desk.post("/till/lock/", **right | odd).status == 422, odd
    assert desk.post("/till/lock/").status == 422
    assert signed_in(desk) is None


def test_a_pin_is_worth_nothing_without_the_till(counter, ann, desk):
    stranger = Visitor()
    page = open_till(stranger, ann)
    assert page.leads_to.startswith("/session/sign-in/")
    assert signed_in(stranger) is None
    stranger.client.cookies[COOKIE] = "guessed" * 6
    open_till(stranger, ann)
    assert signed_in(stranger) is None


def test_a_pin_is_worth_nothing_at_the_till_of_another_shop(ann, rival):
    boss = Person.objects.create_user("boss", role=Role.OWNER, shop=rival.shop)
    visitor = Visitor()
    visitor.client.cookies[COOKIE] = tills.enrol(shop=rival.shop, name="x", by=boss)[1]
    page = open_till(visitor, ann)
    assert (page.status, signed_in(visitor)) == (422, None)
    assert "Ann" not in page.text


def test_a_session_of_a_pin_is_worth_nothing_without_the_till(desk, ann):
    open_till(desk, ann)
    thief = Visitor()
    thief.client.cookies["sessionid"] = desk.client.cookies["sessionid"].value
    assert thief.get("/sales/").leads_to.startswith("/session/sign-in/")
    assert signed_in(thief) is None


def test_the_key_of_the_session_changes_with_each_person(desk, ann, bob):
    session = desk.client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    desk.client.cookies["sessionid"] = planted
    open_till(desk, ann)
    first = desk.client.cookies["sessionid"].value
    assert first != planted
    assert "planted" not in desk.client.session
    open_till(desk, bob, OTHER_CODE)
    assert desk.client.cookies["sessionid"].value not in {first, planted}
    assert signed_in(desk) == str(bob.pk)


def test_one_press_locks_and_the_next_person_sees_nothing_of_the_one_before(desk, ann, bob):
    open_till(desk, ann)
    url = desk.sell(number="", sku=PIN)
    code = vouchers.read(sale=Sale.objects.get(), person=ann)
    assert 'action="/till/change/"' in desk.get(url).html
    led = desk.post("/till/change/")
    assert is_led_to_lock(led, to="")
    assert signed_in(desk) is None
    page = desk.get(url)
    assert is_led_to_lock(page)
    locked = desk.get(led.leads_to)
    for shown in ("Sales", "Float left", "$", "Sell"):
        assert shown not in locked.text
    open_till(desk, bob, OTHER_CODE)
    assert desk.get(url).status == 404
    assert not code or code.pins[0].spoken not in desk.get("/sales/").text


def test_what_was_said_to_one_person_is_not_said_to_the_next(desk, owner, ann):
    set_pin(person=owner, pin=OTHER_CODE)
    open_till(desk, owner, OTHER_CODE)
    desk.post(f"/people/{ann.pk}/freeze/")
    desk.post(f"/people/{ann.pk}/unfreeze/")  # its message waits for the next page
    led = desk.post("/till/change/")
    assert "may sign in again" not in desk.get(led.leads_to).text


def test_a_till_locks_when_nobody_does_anything(desk, ann, clock):
    open_till(desk, ann)
    clock(9)
    assert desk.get("/sales/").status == 200
    clock(9)
    assert desk.get("/sales/").status == 200, "each deed counts from anew"
    clock(10)
    assert is_led_to_lock(desk.get("/sales/?state=done"), to="/sales/?state=done")
    assert signed_in(desk) is None
    assert is_led_to_lock(desk.get("/sales/"))


def test_a_password_session_at_a_till_locks_too(desk, ann, clock):
    desk.client.force_login(ann)
    assert desk.get("/sales/").status == 200
    clock(11)
    assert is_led_to_lock(desk.get("/sales/"))


@pytest.mark.parametrize(("minutes", "locks"), [(0, False), (1, True), (600, False)])
def test_a_shop_says_after_how_many_minutes(desk, ann, counter, clock, minutes, locks):
    counter.shop.lock_minutes = minutes
    counter.shop.save()
    open_till(desk, ann)
    clock(300)
    assert is_led_to_lock(desk.get("/sales/")) is locks


def test_elsewhere_nothing_locks(visitor, clock):
    visitor.get("/sales/")
    clock(600)
    assert visitor.get("/sales/").status == 200


def test_a_page_that_looks_for_itself_keeps_no_till_open(at_till, ann, clock):
    desk = at_till(htmx=True)
    looks = {**desk.headers, "HX-Source": "span#look-3"}
    reloads = {"Sec-Fetch-Mode": "navigate"}  # by itself: nobody pressed anything
    for headers in (looks, reloads):
        open_till(desk, ann)
        url = desk.sell(number="", sku=PIN) + "?n=4"
        clock(6)
        assert desk.client.get(url, headers=headers).status_code == 200
        clock(6)
        page = desk.client.get(url, headers=headers)
        to = page.headers.get("HX-Redirect") or page.headers["Location"]
        assert to == "/till/lock/?next=" + quote(url, safe="")
        assert page.content == b""


def test_a_press_keeps_a_till_open(at_till, ann, clock):
    desk = at_till(htmx=True)
    open_till(desk, ann)
    for headers in (desk.headers, {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"}, {}):
        clock(6)
        assert desk.client.get("/sales/", headers=headers).status_code == 200


def test_an_open_page_asks_whether_the_till_is_locked(at_till, ann, clock):
    desk = at_till(htmx=True)
    open_till(desk, ann)
    assert 'hx-get="/till/look/"' in desk.client.get("/sales/").content.decode()
    at = {**desk.headers, "HX-Source": "span#idle",
          "HX-Current-URL": "http://testserver/sell/check/?quote=abc"}  # fmt: skip
    for _ in range(2):
        assert desk.client.get("/till/look/", headers=at).status_code == 204
        clock(6)
    page = desk.client.get("/till/look/", headers=at)
    assert page.headers["HX-Redirect"] == "/till/lock/?next=%2Fsell%2Fcheck%2F%3Fquote%3Dabc"


def test_a_sale_confirmed_at_a_locked_till_waits_behind_the_pin_with_its_key(
    desk, ann, clock, settings
):
    settings.QUOTE_SECONDS = 3600
    open_till(desk, ann)
    _page, token = desk.to_check()
    clock(11)
    led = desk.post("/sell/confirm/", quote=token)
    assert (is_led_to_lock(led), Sale.objects.count()) == (True, 0)
    form = desk.get(led.leads_to + f"&person={ann.pk}")
    back = open_till(desk, ann, next=form.value_of("next")).leads_to
    assert back.startswith("/sell/check/?quote=")
    again = desk.get(back).value_of("quote")
    assert desk.post("/sell/confirm/", quote=again).leads_to.startswith("/sales/")
    keys = [Quote.from_token(made, shop=ann.shop).correlation_id for made in (token, again)]
    assert keys == [Sale.objects.get().correlation_id] * 2


def test_after_a_lock_the_same_key_is_the_same_sale(desk, ann, bob, clock):
    open_till(desk, ann)
    _page, token = desk.to_check()
    sold = desk.post("/sell/confirm/", quote=token).leads_to  # its answer is lost
    clock(11)
    led = desk.post("/sell/confirm/", quote=token)
    there = parse_qs(urlsplit(led.leads_to).query)["next"][0]
    open_till(desk, ann)
    assert desk.get(there).leads_to == sold
    assert Sale.objects.count() == 1


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_a_till_leads_to_no_other_site(desk, ann, there):
    assert "evil" not in desk.get("/till/lock/", next=there).html
    assert open_till(desk, ann, next=there).leads_to == "/"


def freeze_person(*, ann, **_world):
    set_active(person=ann, is_active=False)


def freeze_till(**_world):
    tills.set_frozen(device=Device.objects.get(), is_frozen=True)


def freeze_shop(*, shop, **_world):
    set_frozen(shop=shop, is_frozen=True)


def freeze_branch(*, shop, **_world):
    above = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
    place(shop=shop, parent=above)
    set_frozen(shop=above, is_frozen=True)


def new_pin(*, ann, **_world):
    set_pin(person=Person.objects.get(pk=ann.pk), pin=OTHER_CODE)


def remove_till(**_world):
    Device.objects.all().delete()


def move_person(*, ann, **_world):
    Person.objects.filter(pk=ann.pk).update(shop=open_shop(name="Elsewhere"))


def take_pin(*, ann, **_world):
    Person.objects.filter(pk=ann.pk).update(pin_hash="")


def make_staff(*, ann, **_world):
    Person.objects.filter(pk=ann.pk).update(is_staff=True)


@pytest.mark.parametrize(
    "end", [freeze_person, freeze_till, freeze_shop, freeze_branch, new_pin, remove_till,
            move_person, take_pin, make_staff],
)  # fmt: skip
def test_a_session_of_a_pin_ends_with_the_next_request(desk, ann, counter, end):
    open_till(desk, ann)
    _page, token = desk.to_check()
    assert desk.get("/sales/").status == 200
    end(ann=ann, shop=counter.shop)
    page = desk.post("/sell/confirm/", quote=token)
    assert page.status in {303, 403}
    assert (page.leads_to.split("?")[0]) in {"/till/lock/", "/session/sign-in/", ""}
    assert (Sale.objects.count(), "Float left" in page.text) == (0, False)
    assert desk.get("/sales/").status in {303, 403}


def test_a_session_of_a_pin_opens_no_page_of_the_admin(desk, ann, settings):
    settings.ADMIN_SECOND_FACTOR = False
    open_till(desk, ann)
    Person.objects.filter(pk=ann.pk).update(is_staff=True, is_superuser=True, role=Role.ADMIN)
    assert desk.get("/admin/topup/sale/").leads_to.startswith("/admin/login/")
    assert signed_in(desk) is None


def test_a_frozen_till_says_so_on_every_page_and_takes_no_password(desk, ann):
    freeze_till()
    ann.set_password(PASSWORD)
    ann.save()
    form = {"username": ann.username, "password": PASSWORD}
    for page in (
        desk.get("/sell/"),
        desk.get("/till/lock/"),
        desk.post("/session/sign-in/", **form),
    ):
        assert (page.status, "This till is frozen" in page.text) == (403, True)
    assert signed_in(desk) is None
    assert desk.get("/health/live/").status == 200


def test_at_a_frozen_shop_a_password_still_shows_the_sales(desk, counter, ann):
    set_frozen(shop=counter.shop, is_frozen=True)
    page = open_till(desk, ann)
    assert (page.status, "This shop may not sell at the moment" in page.text) == (422, True)
    desk.client.force_login(ann)
    assert desk.get("/sales/").status == 200


def test_a_shop_of_a_frozen_branch_is_told_before_anything_is_typed(visitor, counter):
    told = "This shop may not sell at the moment"
    assert told not in visitor.get("/sell/").text
    freeze_branch(shop=counter.shop)
    assert told in visitor.get("/sell/").text


def test_a_sale_names_the_till_it_was_made_at(desk, ann, visitor):
    open_till(desk, ann)
    desk.sell()
    visitor.sell()
    assert [sale.device_id for sale in Sale.objects.order_by("pk")] == [
        Device.objects.get().pk, None,
    ]  # fmt: skip


def test_somebody_of_another_shop_is_at_no_till_here(desk, rival):
    desk.client.force_login(rival)
    page = desk.get("/sell/")
    assert (page.status, "/till/change/" in page.html) == (200, False)


def test_no_other_site_locks_a_till_or_opens_one(at_till, ann):
    strict = at_till(enforce_csrf_checks=True)
    assert open_till(strict, ann).leads_to == "/till/lock/", "a page of before: typed once more"
    assert signed_in(strict) is None
    strict.client.force_login(ann)
    assert strict.post("/till/change/").leads_to == "/till/lock/"
    assert signed_in(strict) == str(ann.pk)
    strict.client.post("/till/change/", headers={"Origin": "http://evil.example"})
    assert signed_in(strict) == str(ann.pk)


def test_lock_on_an_old_page_of_ours_locks(at_till, ann):
    strict = at_till(enforce_csrf_checks=True)
    strict.client.force_login(ann)
    strict.client.post("/till/change/", headers={"Origin": "http://testserver"})
    assert signed_in(strict) is None


def test_a_till_costs_one_query_more_on_a_page(desk, ann, visitor):
    open_till(desk, ann)
    costs = []
    for browser in (visitor, desk):
        browser.get("/sell/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/sell/")
        costs.append(len(queries))
    assert costs[1] == costs[0] + 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_locked_page_costs_the_same_for_one_and_for_three(
    desk, ann, counter, django_assert_num_queries, count
):
    for number in range(1, count):
        set_pin(person=Person.objects.create_user(f"p{number}", shop=counter.shop), pin=CODE)
    with django_assert_num_queries(2):
        page = desk.get("/till/lock/")
    assert page.html.count("person=") == count
