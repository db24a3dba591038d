"""The page that invites shops: a report first, each press once, links that work once."""

import csv
import io
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.topup.admin.conftest import act, messages_of, text_of, url
from topup.models import Person, Role, Shop, Tier
from topup.services.shops import open_shop

FILE = "shop,owner,first_name,credit_limit\nCorner 2,carl,=1+1,25\nHarbour 2,,,\nBad,a b,,\n"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def send(client, text=FILE):
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(url("shop_invite"), {"file": SimpleUploadedFile("x.csv", data)})


def key_of(page):
    return re.search(r'name="key" value="([^"]*)"', text_of(page))[1]


def make(client, page):
    return client.post(url("shop_invite_make"), {"key": key_of(page)}, follow=True)


def links(client, page):
    answer = client.post(url("shop_invite_links"), {"key": key_of(page)})
    assert answer["Content-Type"] == "text/csv"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_the_report_comes_first_and_makes_nothing(desk, boss):
    assert url("shop_invite") in text_of(desk.get(url("shop_changelist")))
    page = send(desk)
    assert page.status_code == 200
    for told in ("2 rows would be made.", "1 row is wrong.", "owner: Enter a valid username."):
        assert told in text_of(page)
    assert (Shop.objects.count(), Person.objects.count()) == (0, 1)


def test_the_report_shows_level_tier_and_credit_before_anything_is_made(desk):
    Tier.objects.create(name="Gold")
    open_shop(name="Corner Shop")
    rows = 'corner shop,shop,Gold,"1,500.00"\nNorth,sub_distributor,,\nEast,,,"1.500"\n'
    text = " ".join(
        re.sub(
            r"<[^>]+>", " ", text_of(send(desk, f"shop,level,tier,credit_limit\n{rows}"))
        ).split()
    )
    assert "corner shop shop Gold $1,500.00 would be made “Corner Shop” is called almost" in text
    assert "North sub-distributor $0.00 would be made" in text
    assert "1.500 Is 1.500 a thousand or a part?" in text


def test_the_good_rows_are_made_once_and_logged(desk, boss):
    page = send(desk)
    done = make(desk, page)
    assert "2 shops were made." in text_of(done)
    shops = list(Shop.objects.order_by("name"))
    assert [shop.name for shop in shops] == ["Corner 2", "Harbour 2"]
    assert shops[0].float_account.credit_limit == 25
    log = LogEntry.objects.filter(user=boss).values_list("object_repr", "change_message")
    assert set(log) == {(shop.name, "Invited from a CSV") for shop in shops}
    again = make(desk, page)
    assert messages_of(again)[0].startswith("This report was used already, or is too old.")
    assert Shop.objects.count() == 2


def test_an_owner_sets_his_password_with_a_link_that_works_once(desk, boss):
    page = make(desk, send(desk))
    ((shop, username, name, link),) = links(desk, page)
    assert (shop, username, name) == ("Corner 2", "carl", "'=1+1"), "no cell is a formula"
    visitor = Client()
    form = visitor.get(link.removeprefix("http://testserver"), follow=True)
    assert "Your user name is" in text_of(form)
    to = form.redirect_chain[-1][0]
    bad = visitor.post(to, {"new_password1": "123", "new_password2": "123"})
    assert (bad.status_code, "too short" in text_of(bad)) == (422, True)
    words = {"new_password1": "Long-enough-7", "new_password2": "Long-enough-7"}
    done = visitor.post(to, words, follow=True)
    assert "Your password is set. Sign in with it." in text_of(done)
    carl = Person.objects.get(username="carl")
    assert (carl.check_password("Long-enough-7"), carl.role) == (True, Role.OWNER)
    gone = Client().get(link.removeprefix("http://testserver"))
    assert (gone.status_code, "not valid any more" in text_of(gone)) == (410, True)
    assert links(desk, page) == [], "who has set a password gets no other link"
    signed_in = visitor.post("/session/sign-in/", {"username": "carl", "password": "Long-enough-7"})
    assert signed_in.headers["Location"] == "/sell/"


def test_a_link_runs_out(desk, boss, settings, monkeypatch):
    ((*_who, link),) = links(desk, make(desk, send(desk)))
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert Client().get(link.removeprefix("http://testserver")).status_code == 410


@pytest.mark.parametrize("path", ["x/y", "MQ/abc-def", "//", "MQ/set-password", "é/é"])
def test_a_link_that_was_guessed_opens_nothing(boss, path):
    assert Client().get(f"/session/welcome/{path}/").status_code in {404, 410}


def test_new_links_are_made_for_those_who_have_none(desk, boss, shop, agent):
    answer = act(desk, "person", "welcome_links", agent, boss)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert ("agent" in text, "boss" in text, text.count("/session/welcome/")) == (True, False, 1)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The first row must name the columns"),
        (b"shop\n", "The file has a header and no rows."),
        (b"shop\n" + b"x" * 300 * 1024, "larger than 256 KB"),
        (b"\x89PNG\xff", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(desk, data, told):
    page = send(desk, data)
    assert (page.status_code, told in text_of(page)) == (422, True)


def test_without_a_file_it_says_so(desk):
    for form in ({}, {"file": "text"}, {"other": SimpleUploadedFile("x.csv", b"shop\nA")}):
        page = desk.post(url("shop_invite"), form)
        assert (page.status_code, "This field is required." in text_of(page)) == (422, True)


def test_who_may_invite(clerk, db):
    client = clerk("add_shop", "view_shop")
    assert url("shop_invite") not in text_of(client.get(url("shop_changelist")))
    for name in ("shop_invite", "shop_invite_make", "shop_invite_links"):
        assert client.post(url(name), {"key": "x"}).status_code == 403
    client = clerk("add_shop", "add_person")
    page = send(client)
    assert "You may not give credit." in text_of(page)
    assert "1 row would be made." in text_of(page)


def test_what_one_sent_another_does_not_make(desk, boss, clerk):
    page = send(desk)
    client = clerk("add_shop", "add_person")
    make(client, page)
    assert Shop.objects.count() == 0


def test_the_form_of_another_site_is_not_taken(boss):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(boss)
    assert send(strict).status_code == 403
    assert strict.post(url("shop_invite_make"), {"key": "x"}).status_code == 403


def test_names_are_never_markup(desk):
    page = text_of(send(desk, "shop,under\n<script>x</script>,<b>\n"))
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
