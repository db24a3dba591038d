"""What a thief tries at the counter's pages: addresses, forms, headers, names, cookies."""

import json
import re
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.models import Operator, Sku
from tests.portal.conftest import GOOD, PASSWORD, PIN, RANGE, Visitor
from tests.topup.prices import markup, publish
from topup import sealing
from topup.models import Person, Role, Sale
from topup.services import vouchers
from topup.services.pricing import Quote

pytestmark = pytest.mark.django_db
KEY = "0b5e1f0e-0000-4000-8000-000000000000"
ODD = [
    "\x00",
    "\n",
    "\u202e",
    "\ud7ff",
    "\U0001f600",
    "％",
    "١٢٣",
    "a" * 3000,
    "9" * 5000,
    "{{7*7}}",
    "../x",
]
PLACES = {"number", "operator", "country", "sku", "amount-1", "again", "second_time"}
PERIOD = {"period", "from", "to", "by", "as", "before", "what"}
ASKED = {  # what each page reads of its address
    "/sell/": PLACES, "/sell/browse/": {"q", "kind", "country"}, "/sell/check/": {"quote"},
    "/sales/": {"q", "state", "page"}, "/notices/": {"page"}, "/disputes/": {"page"},
    "/shift/all/": {"page"}, "/reports/": PERIOD,
}  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/sales/{}/", "/receipts/{}/", "/sell/browse/{}/", "/sales/{}/ask/", "/x{}/"]
)
def test_an_odd_address_is_not_there(visitor, path):
    for odd in ODD:
        page = visitor.get(path.format(odd))
        assert page.status == 404, ascii(odd)
        assert "There is no such page here" in page.text


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_text_in_a_search_or_a_form_is_no_error_of_ours(visitor, odd):
    everything = dict.fromkeys(set().union(*ASKED.values(), {"n"}), odd)
    for path, names in ASKED.items():
        for asked in [everything, *({name: odd} for name in names)]:
            fine = {200, 400, 422}
            if path == "/sell/" and "number" in asked:
                fine.add(303)  # letters search
            assert visitor.get(path, **asked).status in fine, (path, [*asked])
    sku = Sku.objects.get(provider_id=PIN)
    form = {"number": odd, "sku": sku.pk, f"amount-{sku.pk}": odd, "operator": odd}
    assert visitor.post("/sell/quote/", **form).status in {303, 422}
    assert visitor.post("/sell/confirm/", quote=odd).status == 400


def test_a_huge_form_is_refused_with_a_plain_page(visitor):
    page = visitor.post("/sell/quote/", number="1" * 10_000_000)
    assert (page.status, "This form could not be read" in page.text) == (400, True)
    many = {f"amount-{number}": "1" for number in range(2000)}
    assert visitor.post("/sell/quote/", **many).status == 400


def test_a_long_amount_is_refused_like_any_other(visitor):
    page = visitor.quote(sku=RANGE, amount="9" * 200_000)
    assert (page.status, "Type the amount in digits" in page.text) == (422, True)


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_no_header_of_an_answer_can_be_forged(counter, htmx):
    evil = "x\r\nSet-Cookie: planted=1"
    for person in (None, counter.agent):
        strict = Visitor(person, htmx=htmx, enforce_csrf_checks=bool(person))
        for form in ({"quote": evil}, {"number": evil, "sku": evil}, {"instead_of": evil}):
            page = strict.post("/sell/confirm/", **form)
            assert "planted" not in page.response.cookies
            assert "\n" not in page.leads_to


def test_a_long_number_is_not_worked_on(visitor):
    page = visitor.post("/sell/quote/", number="a\u0301\u0323" * 20_000, sku="1")
    assert (page.status, "This number is too long." in page.text) == (422, True)


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_a_file_is_read_past_and_not_kept(visitor, size):
    sent = SimpleUploadedFile("a.bin", b"x" * size)
    answer = visitor.client.post("/sell/quote/", {"number": GOOD, "sku": "1", "file": sent})
    assert (answer.status_code, dict(answer.wsgi_request.FILES)) == (422, {})


@pytest.mark.parametrize(
    "header",
    ["http://[", "https://evil.example//evil.example/x", "javascript:alert(1)", "//evil.example",
     "http://testserver//evil.example/", "\\\\evil.example", "http://testserver/\\evil.example"],
)  # fmt: skip
def test_a_forged_address_of_the_page_leads_nowhere_else(counter, header):
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    client = Client()
    led = client.get("/sales/", headers={"HX-Request": "true", "HX-Current-URL": header})
    assert led.status_code == 200
    to = led.headers["HX-Redirect"]
    assert to.startswith("/session/sign-in/?next=")
    there = Visitor().get(to).value_of("next")
    signed_in = client.post(
        "/session/sign-in/", {"username": "counter", "password": PASSWORD, "next": there}
    )
    assert re.match(r"/(?![/\\])", signed_in.headers["Location"])


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
              "http:evil.example", "/\t/evil.example", "\x00", "https:///evil.example"],
)  # fmt: skip
def test_the_sign_in_leads_to_no_other_site(counter, there):
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    form = {"username": "counter", "password": PASSWORD, "next": there}
    led = Client().post("/session/sign-in/", form)
    assert (led.status_code, led.headers["Location"]) == (302, "/sell/")
    signed_in = Visitor(counter.agent).get("/session/sign-in/", next=there)
    assert signed_in.leads_to == "/sell/"


def test_a_session_that_was_planted_is_not_signed_in(counter):
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    victim = Client()
    session = victim.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    victim.cookies["sessionid"] = planted
    victim.post("/session/sign-in/", {"username": "counter", "password": PASSWORD})
    assert victim.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/sell/").status_code == 303


def test_a_stolen_session_ends_with_the_sign_out(visitor):
    stolen = visitor.client.cookies["sessionid"].value
    visitor.post("/session/sign-out/")
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/sell/").status_code == 303
    assert visitor.get("/session/sign-out/").status == 405, "a link cannot sign anybody out"


def test_a_person_who_was_switched_off_is_out_at_once(visitor, counter):
    url = visitor.sell()
    counter.agent.is_active = False
    counter.agent.save()
    for path in ("/sell/", "/sales/", url, url.replace("sales", "receipts")):
        assert visitor.get(path).leads_to.startswith("/session/sign-in/")
    assert visitor.quote().leads_to.startswith("/session/sign-in/")


def test_an_agent_of_a_frozen_shop_still_sees_his_sales(visitor, counter):
    sale = counter.sell(sku=PIN)
    counter.shop.is_frozen = True
    counter.shop.save()
    code = vouchers.read(sale=sale, person=counter.agent).pins[0].spoken
    assert "/sales/" + sale.correlation_id in visitor.get("/sales/").html
    assert code in visitor.get(f"/sales/{sale.correlation_id}/").text
    assert code in visitor.get(f"/receipts/{sale.correlation_id}/").text


def test_the_quote_and_the_sales_of_an_earlier_shop_stay_there(visitor, counter, rival):
    sold = visitor.sell()
    _page, token = visitor.to_check()
    Person.objects.filter(pk=counter.agent.pk).update(shop=rival.shop)
    assert visitor.get(sold).status == 404
    assert visitor.get("/sell/check/", quote=token).status == 400
    assert visitor.post("/sell/confirm/", quote=token).status == 400
    assert Sale.objects.count() == 1


def test_a_colleague_may_not_see_the_sale_of_a_quote_he_got_hold_of(visitor, colleague):
    _page, token = visitor.to_check()
    sold = visitor.post("/sell/confirm/", quote=token).leads_to
    other = Visitor(colleague)
    led = other.post("/sell/confirm/", quote=token).leads_to
    assert (led, other.get(led).status) == (sold, 404)
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"price": "-5"}, {"price": "0.01"}, {"shop_id": 1}, {"sku_id": 1}, {"cost": "0"},
               {"currency": "XOF"}, {"face_value": "100"}, {"recipient": "18760000000"},
               {"expires_at": "2999-01-01T00:00:00+00:00"}],
)  # fmt: skip
def test_a_quote_that_was_changed_or_sealed_for_something_else_sells_nothing(visitor, change):
    _page, token = visitor.to_check()
    changed = sealing.unseal(token.encode())["quote"] | change
    body = sealing.seal({"quote": changed}).decode()
    half = len(body) // 8 * 4
    stranger = Fernet(Fernet.generate_key()).encrypt(json.dumps({"quote": changed}).encode())
    for made in (body[:half] + token[half:], sealing.seal(changed).decode(), stranger.decode()):
        for page in (visitor.post("/sell/confirm/", quote=made),
                     visitor.get("/sell/check/", quote=made)):  # fmt: skip
            assert page.status == 400
    assert Sale.objects.count() == 0


def test_a_quote_under_older_terms_sells_nothing(visitor, counter):
    _page, token = visitor.to_check()
    publish(markup(50))
    page = visitor.post("/sell/confirm/", quote=token)
    assert (page.status, "The price has changed. Nothing was sold." in page.text) == (422, True)


@pytest.mark.parametrize(
    "path", ["/sell/quote/", "/sell/confirm/", "/session/sign-in/", "/session/sign-out/",
             f"/sales/{KEY}/ask/", f"/sales/{KEY}/cancel/"],
)  # fmt: skip
@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_no_form_of_another_site_is_taken(counter, path, htmx):
    strict = Visitor(counter.agent, htmx=htmx, enforce_csrf_checks=True)
    page = strict.post(path, number=GOOD)
    assert page.status in {200, 303, 403}
    assert page.leads_to.split("?")[0] in {"", "/sell/", f"/sales/{KEY}/"}
    assert strict.get("/sell/").status == 200, "still signed in"
    assert Sale.objects.count() == 0


def test_names_and_words_of_others_are_never_markup(visitor, counter, rival):
    evil = '"><script>x</script>{{7777*7777}}'
    sku = Sku.objects.get(provider_id=PIN)
    Operator.objects.update(name=evil)
    Sku.objects.update(name=evil, description=evil, validity=evil)
    counter.shop.name, counter.shop.address, counter.shop.hotline = evil, evil, evil
    counter.shop.save()
    sale = counter.sell(sku=PIN)
    Sale.objects.update(provider_reference=evil, operator_reference=evil)
    pages = [
        visitor.get("/sell/", number=GOOD), visitor.get("/sell/", operator=sku.operator_id),
        visitor.get("/sell/browse/JM/"), visitor.get("/sell/browse/", q="script"),
        visitor.get("/sell/browse/", q=evil), visitor.get("/sales/", q=evil),
        visitor.get("/sales/"), visitor.get(f"/sales/{sale.correlation_id}/"),
        visitor.get(f"/receipts/{sale.correlation_id}/"), visitor.to_check()[0],
        visitor.get("/sell/", number=evil), visitor.get("/session/sign-in/", next=evil),
        Visitor().post("/session/sign-in/", username=evil, password=evil, next=evil),
    ]  # fmt: skip
    for page in pages:
        assert not re.search(
            r"<script(?! src=\"/static/)|<img(?! class=\"flag\")|60481729", page.html
        )


def test_no_code_leaves_the_page_it_is_on(visitor, htmx, counter):
    sale = counter.sell(sku=PIN)
    code = vouchers.read(sale=sale, person=counter.agent).pins[0]
    for path in ("/sales/", "/receipts/"):
        url = f"{path}{sale.correlation_id}/"
        for page in (visitor.get(url), htmx.get(url)):
            headers = str(page.response.headers)
            title = re.search("<title>(.*?)</title>", page.html, re.DOTALL)
            for secret in (code.number, code.spoken):
                assert secret not in headers
                assert not (title and secret in title[1])
                assert secret not in "".join(
                    re.findall(r'(?:href|src|action)="([^"]*)"', page.html)
                )


@pytest.mark.parametrize("signed_in", [True, False])
def test_every_answer_is_for_one_person_and_for_no_frame(counter, signed_in):
    client = Visitor(counter.agent if signed_in else None).client
    for path in (
        "/",
        "/sell/",
        "/sell/?number=1",
        "/sell/check/?quote=x",
        "/sales/",
        "/nothing/",
        f"/sales/{KEY}/",
        "/session/sign-in/",
        "/admin/login/",
        "/health/live/",
    ):
        headers = client.get(path).headers
        assert "no-store" in headers["Cache-Control"], path
        assert "public" not in headers["Cache-Control"]
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"] or path.startswith("/admin/")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_our_own_failure_is_not_stored_either(visitor, monkeypatch):
    visitor.client.raise_request_exception = False
    monkeypatch.setattr("portal.views.sales.search_sales", lambda *_a, **_k: 1 / 0)
    page = visitor.get("/sales/")
    assert (page.status, "Something went wrong on our side" in page.text) == (500, True)
    assert "no-store" in page.response.headers["Cache-Control"]


def test_another_name_of_the_site_is_refused(visitor):
    answer = visitor.client.get("/sell/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil.example" not in answer.content


def test_whoever_has_no_session_changes_nothing(counter):
    sale = counter.confirm()
    for deed in ("ask/", "cancel/"):
        page = Visitor().post(f"/sales/{sale.correlation_id}/{deed}")
        assert page.leads_to.startswith("/session/sign-in/")
    assert Sale.objects.get().state == "created"


def test_a_quote_of_a_colleague_is_sold_in_the_name_of_who_pressed(visitor, colleague, counter):
    _page, token = visitor.to_check()
    Visitor(colleague).post("/sell/confirm/", quote=token)
    assert Sale.objects.get().agent == colleague
    other = replace(Quote.from_token(token, shop=counter.shop), shop_id=counter.shop.pk + 1)
    assert visitor.post("/sell/confirm/", quote=other.token).status == 400


def test_somebody_without_a_shop_sees_no_sale(counter):
    sale = counter.sell(sku=PIN)
    clerk = Person.objects.create_user("clerk", role=Role.ADMIN)
    for path in (f"/sales/{sale.correlation_id}/", f"/receipts/{sale.correlation_id}/", "/sales/"):
        assert Visitor(clerk).get(path).status == 403
