"""The public page of a sale: for whoever holds the receipt, and nothing secret on it."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.enums import Category
from portal import passportwords
from portal.views import passport as views
from tests.portal.conftest import PIN, Page
from tests.topup.test_kinds import a_sku, sell
from topup import sealing
from topup.models import Sale, Voucher
from topup.services import passport, receipts
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rested():
    cache.clear()


def look(sale, rest="", *, accept="", client=None, **query):
    address = f"/r/{passport.token_of(sale)}/{rest}"
    headers = {"Accept-Language": accept} if accept else {}
    return Page((client or Client()).get(address, query, headers=headers))


@pytest.fixture
def esim(counter):
    return sell(counter, a_sku(Category.ESIM), device_fits="yes")


def test_every_state_has_words_for_the_customer():
    assert set(passportwords.LOOKS) == set(SaleState.values)


def test_it_tells_where_the_sale_stands_and_no_secret(counter):
    counter.shop.hotline = "876 555 9999"
    counter.shop.save()
    pin, topup = counter.sell(sku=PIN), counter.sell()
    page = look(pin)
    assert (page.status, "Done It was delivered." in page.text) == (200, True)
    for told in (receipts.number_of(pin), "Counter", "876 555 9999", "Digicel", "$"):
        assert told in page.text
    secret = sealing.unseal(bytes(Voucher.objects.get().sealed))["pins"][0]
    for hidden in (secret["number"], secret["control_number"], pin.correlation_id,
                   counter.agent.username):  # fmt: skip
        assert hidden not in page.html.replace("Counter", "")
    assert Voucher.objects.get().read_count == 0
    page = look(topup)
    assert "+1 ••• ••• •000" in page.text
    assert topup.recipient not in re.sub(r"\D", "", page.html)


def test_nothing_is_kept_and_nobody_finds_it(counter):
    answer = look(counter.sell()).response
    assert dict(answer.cookies) == {}
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()
    assert "<script" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [({}, "", "en"), ({}, "ar-EG,ar;q=0.9", "ar"), ({}, "sv,es;q=0.5", "es"),
     ({"lang": "es"}, "ar", "es"), ({"lang": "xx"}, "de", "en"), ({"lang": "\0" * 99}, "ar", "ar")],
)  # fmt: skip
def test_it_is_in_the_visitors_language(counter, query, accept, language):
    page = look(counter.sell(), accept=accept, **query)
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.html
    assert {"en": "Done", "es": "Hecho", "ar": "تمّت"}[language] in page.text
    assert page.response["Content-Language"] == language
    assert "Accept-Language" in page.response["Vary"]


def test_a_visitor_of_no_known_language_reads_that_of_the_receipt(counter):
    sale = counter.sell()
    Sale.objects.filter(pk=sale.pk).update(receipt_language="ar")
    assert '<html lang="ar"' in look(sale, accept="sv").html


def test_what_is_not_signed_by_us_is_not_there(counter, settings):
    sale = counter.sell()
    token = passport.token_of(sale)
    name, _dash, signature = token.partition("-")
    assert len(token) < 25
    other = f"{int(name, 36) + 1:x}"
    last = "A" if signature[-1] != "A" else "B"
    bad = [f"{other}-{signature}", f"{name}-{signature[:-1]}{last}", f"0{token}", f"{name}-",
           f"{name.upper()}A-{signature}", "x", f"{'z' * 12}-{signature}"]  # fmt: skip
    for wrong in bad:
        assert Client().get(f"/r/{wrong}/").status_code == 404, wrong
        assert Client().get(f"/r/{wrong}/data/").status_code == 404, wrong
    gone = Sale(pk=sale.pk + 1000)
    assert Client().get(f"/r/{passport.token_of(gone)}/").status_code == 404
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert Client().get(f"/r/{token}/").status_code == 200, "an older key's paper is good"


def test_who_looks_too_often_waits_and_others_do_not(counter, settings):
    settings.PUBLIC_LOOKS = 3
    sale = counter.sell()
    seen = [look(sale).status for _ in range(4)]
    assert seen == [200, 200, 200, 429]
    page = look(sale, lang="es")
    assert "Demasiadas consultas" in page.text
    assert page.response["Retry-After"] == "60"
    assert Client().get("/r/1-AAAAAAAAAAAAAAAA/").status_code == 429, "guesses count, too"
    assert look(sale, client=Client(REMOTE_ADDR="10.9.8.7")).status == 200


def test_the_many_addresses_of_one_line_are_one(counter, settings):
    settings.PUBLIC_LOOKS = 2
    sale = counter.sell()
    visitors = [f"2001:db8:1:2:{end}" for end in (":1", ":2", "ffff:1:2:3")]
    assert [look(sale, client=Client(REMOTE_ADDR=ip)).status for ip in visitors] == [200, 200, 429]
    for other in ("2001:db8:1:3::1", "::ffff:198.51.100.6", "198.51.100.7", "198.51.100.8"):
        assert look(sale, client=Client(REMOTE_ADDR=other)).status == 200


def test_a_dead_cache_holds_nobody_back(esim, settings):
    settings.PUBLIC_LOOKS = 1
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }  # fmt: skip
    assert [look(esim).status for _ in range(3)] == [200] * 3
    page = look(esim, "data/")
    assert (page.status, "It was asked a moment ago." in page.text) == (200, True)
    assert "512 of" not in page.text, "what holds a worker for seconds is not open to everybody"


def test_what_is_left_on_an_esim_is_told_without_its_number(esim):
    iccid = sealing.unseal(bytes(Voucher.objects.get().sealed))["esim"]["iccid"]
    page = look(esim)
    assert "How much data is left?" in page.text
    page = look(esim, "data/", lang="es")
    assert re.search("Quedan 512 de 1.?024 MB", page.text)
    assert '<meter min="0" max="100" low="10" value="50"' in page.html
    assert iccid not in page.html


def test_the_provider_is_asked_only_so_often(esim, monkeypatch):
    monkeypatch.setattr(views, "MOST_QUESTIONS", 1)
    assert "512 of" in look(esim, "data/").text
    page = look(esim, "data/")
    assert (page.status, "It was asked a moment ago." in page.text) == (200, True)
    assert "512 of" not in page.text


def test_goods_without_data_have_no_such_page(counter):
    assert look(counter.sell(), "data/").status == 404


@pytest.mark.parametrize(
    ("ending", "words"), [("0852", "In progress"), ("0501", "Refused"), ("0503", "Being checked")]
)
def test_it_is_honest_about_what_is_not_done(counter, ending, words):
    page = look(counter.sell(f"1876555{ending}"))
    assert words in page.text
    assert "delivered" not in page.text


@pytest.mark.parametrize("ending", ["0501", "0503", "0510", "0520", "0852"])
def test_what_became_of_it_is_told_in_one_language(counter, ending):
    page = look(counter.sell(f"1876555{ending}"), lang="ar")
    told = re.search(r'<p class="state-text">([^<]*)</p>', page.html)[1]
    assert re.findall("[A-Za-z]", told) == []


def test_a_code_on_its_way_is_told(counter, simulator):
    simulator.fault("pins_later", kind="pin", times=2)
    page = look(counter.sell(sku=PIN))
    assert "Paid. The code is on its way" in page.text


@pytest.mark.parametrize(
    ("shown", "masked"),
    [("+1 876 123 4567", "+1 ••• ••• •567"), ("+52 1 234", "+52 • 234"), ("+7", "+7")],
)
def test_only_the_last_three_digits_are_shown(shown, masked):
    assert passport.masked(shown) == masked
