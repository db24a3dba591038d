"""A shop's money at the counter: what is there, deposits with their proof, transfers."""

import re
from decimal import Decimal as D
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from ledger.services import set_credit_limit
from tests.portal.conftest import Page, Visitor
from topup import books
from topup.models import (
    DepositProof,
    DepositRequest,
    DepositState,
    Level,
    Person,
    Role,
    Sale,
    SpendHour,
)  # fmt: skip
from topup.pace import HOUR, hour_of
from topup.services import deposits, pictures
from topup.services.sales import cancel_sale
from topup.services.shops import add_float, open_shop

S = DepositState


@pytest.fixture
def desk(counter, owner):
    """The owner at the counter."""
    return Visitor(owner)


@pytest.fixture
def clerk(db):
    return Person.objects.create_user("clerk", role=Role.ADMIN)


@pytest.fixture
def asked(desk):
    """A deposit that was asked for on the page; its address and its row."""

    def make(amount="250", **typed):
        data = {"amount": amount, "paid_by": "bank", "key": uuid4()}
        page = desk.post("/money/deposits/new/", **(data | typed))
        assert page.status == 303, page.text
        return page.leads_to, DepositRequest.objects.order_by("-id").first()

    return make


def picture(size=(300, 200), kind="PNG"):
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return SimpleUploadedFile("slip.png", out.getvalue(), content_type="image/png")


def spends(shop, amount):
    """So much in every hour of the last eight days."""
    cache.clear()
    SpendHour.objects.bulk_create(
        SpendHour(shop=shop, hour=hour_of(timezone.now()) - HOUR * ago, amount=amount)
        for ago in range(8 * 24)
    )


# --- what is there ---------------------------------------------------------------


def test_the_hub_tells_what_can_be_sold_for_and_why(desk, counter):
    set_credit_limit(account_id=counter.shop.float_account_id, credit_limit=D(50))
    sale = counter.confirm()
    page = desk.get("/money/")
    can = D(550) - sale.charge
    assert page.status == 200
    assert f"You can sell for ${can:.2f}" in page.text
    for told in ("On your float $500.00", f"Held for open sales - ${sale.charge:.2f}",
                 "Credit + $50.00"):  # fmt: skip
        assert told in page.text
    assert f'href="/sales/{sale.correlation_id}/"' in page.html
    assert "not sent · held for 0" in page.text
    cancel_sale(sale_id=sale.pk)
    after = desk.get("/money/")
    assert sale.correlation_id not in after.html
    assert "You can sell for $550.00" in after.text


def test_a_cashier_sees_the_float_and_only_his_own_holds(counter, colleague):
    sale = counter.confirm()
    page = Visitor(colleague).get("/money/")
    assert "You can sell for" in page.text
    assert sale.correlation_id not in page.html
    assert "deposit" not in page.text.lower()
    assert sale.correlation_id in Visitor(counter.agent).get("/money/").html


@pytest.mark.parametrize(
    "path", ["/money/deposits/", "/money/deposits/new/", "/money/transfer/",
             "/money/deposits/D-777777/", "/money/deposits/D-777777/picture/"],
)  # fmt: skip
def test_the_shops_money_is_not_a_cashiers(visitor, path):
    assert visitor.get(path).status == 403
    if path.endswith("new/"):
        assert visitor.post(path).status == 403


@pytest.fixture
def this_hour():
    """It does not end while a test looks at it."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("this_hour")
def test_the_forecast_is_told_and_drawn(desk, counter):
    assert "Too little was sold in the last days" in desk.get("/money/").text
    spends(counter.shop, 1)
    page = desk.get("/money/")
    assert "lasts for more than two days" in page.text
    assert "Spent in the last seven days" in page.text
    today = timezone.now().astimezone(counter.shop.zone)
    assert f"{today:%a} ${today.hour + 1}.00" in page.html, "the picture has its figures in text"
    SpendHour.objects.update(amount=D(200))
    cache.clear()
    assert "At this pace your float is empty" in desk.get("/money/").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_hub_asks_the_same_for_one_hold_and_for_three(
    desk, counter, asked, django_assert_num_queries, count
):
    for number in range(count):
        counter.confirm(f"1876555000{number}")
        asked(str(5 + number))
    desk.get("/money/")
    with django_assert_num_queries(6):
        desk.get("/money/")


def test_the_sell_page_warns_quietly_and_leads_to_the_money(visitor, counter):
    assert "float-warning" not in visitor.get("/sell/").html
    spends(counter.shop, 200)
    page = visitor.get("/sell/")
    assert "At this pace your float is empty" in page.text
    assert '<p class="float-warning"><a href="/money/">' in page.html
    assert "float-warning" not in visitor.get("/sales/").html
    assert 'class="float"><a href="/money/">' in visitor.get("/sales/").html


def test_a_shop_at_its_limit_sells_nothing_until_a_deposit_is_on_its_float(
    visitor, desk, counter, asked, clerk
):
    add_float(shop=counter.shop, amount=D(-500), by=None, memo="x", key="out")
    set_credit_limit(account_id=counter.shop.float_account_id, credit_limit=D(5))
    assert "You can sell for $5.00" in desk.get("/money/").text
    _page, token = visitor.to_check()
    refused = visitor.post("/sell/confirm/", quote=token)
    assert (refused.status, "Not enough float" in refused.text) == (422, True)
    assert Sale.objects.count() == 0
    set_credit_limit(account_id=counter.shop.float_account_id, credit_limit=D(20))
    visitor.sell()
    set_credit_limit(account_id=counter.shop.float_account_id, credit_limit=D(0))
    assert "Nothing can be sold until there is more" in desk.get("/money/").text
    _page, token = visitor.to_check(number="18765550001")
    assert visitor.post("/sell/confirm/", quote=token).status == 422, "below its limit: stopped"
    _url, deposit = asked("100")
    deposits.approve(deposit_id=deposit.pk, by=clerk)
    visitor.sell(number="18765550001")
    assert Sale.objects.count() == 2
    assert list(books.problems()) == []


# --- deposits --------------------------------------------------------------------


def test_a_deposit_is_asked_for_before_it_is_paid(desk, owner, settings):
    settings.DEPOSIT_PAY_TO = "First Bank, 4711"
    form = desk.get("/money/deposits/new/")
    assert "How much will you pay in, in USD?" in form.text
    sent = desk.post(
        "/money/deposits/new/", amount="250,50", paid_by="bank", key=form.value_of("key")
    )
    deposit = DepositRequest.objects.get()
    assert sent.leads_to == f"/money/deposits/{deposit.reference}/"
    assert (deposit.amount, deposit.paid_by, deposit.asked_by) == (D("250.50"), "bank", owner)
    page = desk.get(sent.leads_to)
    for told in ("Write this on the payment", deposit.reference, "Pay exactly $250.50",
                 "To First Bank, 4711", "Waiting"):  # fmt: skip
        assert told in page.text
    assert deposit.reference in desk.get("/money/").text
    assert deposit.reference in desk.get("/money/deposits/").text


def test_the_form_pressed_twice_asks_once(asked):
    key = uuid4()
    assert asked(key=key)[0] == asked(key=key)[0]
    assert DepositRequest.objects.count() == 1


def test_a_form_that_was_changed_after_its_press_is_a_conflict(desk, asked):
    key = uuid4()
    asked(key=key)
    page = desk.post("/money/deposits/new/", amount="9", paid_by="bank", key=key)
    assert (page.status, "already used" in page.text) == (409, True)
    assert DepositRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amount": ""}, "Type the amount."), ({"amount": "1,000"}, "a thousand or"),
        ({"amount": "-5"}, "in digits"), ({"amount": "0"}, "more than zero"),
        ({"amount": "5.0001"}, "too many decimals"), ({"paid_by": "gold"}, "Select a valid choice"),
        ({"amount": "5\x00"}, "Null characters"),
    ],
)  # fmt: skip
def test_a_wrong_form_keeps_what_was_typed_and_its_key(desk, typed, told):
    key = str(uuid4())
    data = {"amount": "77.70", "paid_by": "cash", "key": key} | typed
    page = desk.post("/money/deposits/new/", **data)
    assert (page.status, told in page.text) == (422, True)
    assert page.value_of("key") == key
    if "amount" not in typed:
        assert 'value="77.70"' in page.html
    assert '<option value="cash" selected>' in page.html or "paid_by" in typed
    assert DepositRequest.objects.count() == 0


def test_a_key_that_is_none_is_replaced(desk):
    page = desk.post("/money/deposits/new/", amount="5", paid_by="bank", key="mine")
    assert (page.status, len(page.value_of("key"))) == (422, 36)


def test_reference_and_picture_are_added_after_the_payment(desk, asked, counter):
    url, deposit = asked()
    kept = desk.post(f"{url}proof/", bank_reference="FT  77", picture=picture())
    assert kept.leads_to == url
    deposit.refresh_from_db()
    assert deposit.bank_reference == "FT 77"
    page = desk.get(url)
    assert f'src="{url}picture/"' in page.html
    assert 'value="FT 77"' in page.html
    shown = desk.get(f"{url}picture/").response
    assert shown.content == bytes(DepositProof.objects.get().picture)
    assert Image.open(BytesIO(shown.content)).format == "JPEG"
    told = [shown[name] for name in ("Content-Type", "X-Content-Type-Options")]
    assert told == ["image/jpeg", "nosniff"]
    assert "no-store" in shown["Cache-Control"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<script>", "This is no picture"), (b"\xff\xd8\xff\xe0 and no more", "picture"),
        (b"x" * (pictures.MOST_BYTES + 1), "at most 4 MB"), (b"x" * 9_000_000, "at most 4 MB"),
    ],
    ids=["text", "broken", "large", "larger"],
)  # fmt: skip
def test_what_is_no_picture_gets_a_sentence_and_the_reference_is_kept(desk, asked, content, told):
    url, deposit = asked()
    sent = SimpleUploadedFile("slip.jpg", content, content_type="image/jpeg")
    page = desk.post(f"{url}proof/", bank_reference="FT 77", picture=sent)
    assert (page.status, told in page.text) == (422, True)
    assert 'value="FT 77"' in page.html, "what was typed is in the form again"
    deposit.refresh_from_db()
    assert (deposit.bank_reference, DepositProof.objects.count()) == ("", 0)


def test_no_other_form_and_no_other_field_takes_a_file(desk, asked):
    url, _deposit = asked()
    desk.post(f"{url}proof/", bank_reference="", other=picture())
    assert DepositProof.objects.count() == 0
    page = desk.post("/money/deposits/new/", amount="5", paid_by="bank", key=uuid4(),
                     picture=picture())  # fmt: skip
    assert "picture" not in page.response.wsgi_request.FILES


def test_the_form_with_the_file_is_guarded_as_every_other(owner, asked):
    url, deposit = asked()
    strict = Visitor(owner, enforce_csrf_checks=True)
    assert strict.post(f"{url}proof/", bank_reference="X 1").status == 403
    assert Visitor().post(f"{url}proof/", bank_reference="X 1").leads_to.startswith("/session/")
    deposit.refresh_from_db()
    assert deposit.bank_reference == ""


@pytest.mark.parametrize("form", ["new/", "D-777777/proof/", "D-777777/take-back/"])
def test_after_the_session_ended_a_form_leads_back_to_its_page(db, form):
    sent = Visitor().post(f"/money/deposits/{form}", memo="5")
    page = form if form == "new/" else "D-777777/"
    assert sent.leads_to == f"/session/sign-in/?next=%2Fmoney%2Fdeposits%2F{page[:-1]}%2F"


def behind_the_door(desk, sent):
    """The page that the sign-in leads to, after a form was sent without a session."""
    led = urlsplit(sent.leads_to)
    assert led.path == "/session/sign-in/"
    return Page(desk.client.get(parse_qs(led.query)["next"][0]))


def test_after_the_session_ended_what_was_typed_is_there_again(desk, asked):
    typed = {"amount": "250,50", "paid_by": "cash", "key": str(uuid4())}
    page = behind_the_door(desk, Visitor().post("/money/deposits/new/", **typed))
    assert (page.status, page.value_of("key")) == (200, typed["key"])
    assert re.search('name="amount"[^>]* value="250,50"', page.html)
    assert 'value="cash" selected' in page.html
    assert "problem" not in page.html
    url, _deposit = asked()
    sent = Visitor().post(f"{url}proof/", bank_reference="TX 77", picture=picture())
    page = behind_the_door(desk, sent)
    assert re.search('name="bank_reference"[^>]* value="TX 77"', page.html)


def test_an_address_fills_in_no_key_that_is_none_and_no_transfer(desk, branch):
    page = desk.get("/money/deposits/new/", key='"><b>', amount="x" * 500)
    UUID(page.value_of("key"))
    sent = Visitor().post("/money/transfer/", amount="5", target=branch.pk)
    assert sent.leads_to == "/session/sign-in/?next=%2Fmoney%2Ftransfer%2F"


def test_a_deposit_of_another_shop_is_not_there(asked, rival):
    url, _deposit = asked()
    boss = Person.objects.create_user("boss", role=Role.OWNER, shop=rival.shop)
    other = Visitor(boss)
    for path in (url, f"{url}picture/"):
        assert other.get(path).status == 404
    for path in (f"{url}proof/", f"{url}take-back/"):
        assert other.post(path).status == 404


def test_what_became_of_it_is_told_in_words(desk, asked, clerk):
    url, deposit = asked()
    deposits.refuse(deposit_id=deposit.pk, by=clerk, reason="Nothing has come in.")
    page = desk.get(url)
    assert "Refused" in page.text
    assert "Nothing has come in." in page.text
    assert "proof/" not in page.html
    assert "Refused" in desk.get("/money/").text, "the first page tells it, too"
    url, deposit = asked("251")
    deposits.approve(deposit_id=deposit.pk, by=clerk, is_checked=True)
    assert "On your float" in desk.get(url).text


def test_it_is_taken_back_while_it_waits(desk, asked, clerk):
    url, deposit = asked()
    assert desk.post(f"{url}take-back/").leads_to == url
    page = desk.get(url)
    assert ("Taken back" in page.text, "take-back" in page.html) == (True, False)
    url, deposit = asked()
    deposits.approve(deposit_id=deposit.pk, by=clerk)
    desk.post(f"{url}take-back/")
    assert "decided already: on the float" in desk.get(url).text
    deposit.refresh_from_db()
    assert deposit.state == S.APPROVED


def test_proof_that_comes_too_late_is_told_so(desk, asked, clerk):
    url, deposit = asked()
    deposits.approve(deposit_id=deposit.pk, by=clerk)
    page = desk.post(f"{url}proof/", bank_reference="FT 1")
    assert (page.status, "decided already: on the float" in page.text) == (422, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_for_one_and_for_three(
    desk, asked, django_assert_num_queries, count
):
    for number in range(count):
        asked(str(5 + number))
    desk.get("/money/deposits/")
    with django_assert_num_queries(5):
        desk.get("/money/deposits/")


def test_the_list_has_pages(desk, counter, owner):
    DepositRequest.objects.bulk_create(
        DepositRequest(
            reference=f"D-77777{letter}", shop=counter.shop, amount=5, currency="USD",
            paid_by="bank", asked_by=owner,
        )
        for letter in "ACDEFGHJKMNPQRTUVWXY3"
    )  # fmt: skip
    first, second = desk.get("/money/deposits/"), desk.get("/money/deposits/", page="2")
    assert first.html.count("D-77777") == 2 * 20
    assert 'href="?page=2"' in first.html
    assert ("D-77777A" in second.text, 'href="?page=1"' in second.html) == (True, True)
    assert desk.get("/money/deposits/", page="x").status == 200


# --- transfers -------------------------------------------------------------------


@pytest.fixture
def branch(counter, owner):
    """The counter's shop as a sub-distributor, and a shop below it."""
    counter.shop.level = Level.SUB_DISTRIBUTOR
    counter.shop.save(update_fields=["level"])
    return open_shop(name="Valley", parent=counter.shop)


def test_an_owner_moves_float_to_a_shop_below(desk, branch, counter):
    assert 'href="/money/transfer/"' in desk.get("/money/").html
    form = desk.get("/money/transfer/")
    assert "You can move at most $500.00" in form.text
    data = {"target": branch.pk, "amount": "120", "memo": "week 48", "key": form.value_of("key")}
    for _press in range(2):
        assert desk.post("/money/transfer/", **data).leads_to == "/money/"
    assert "$120.00 moved to Valley." in desk.get("/money/").text
    branch.float_account.refresh_from_db()
    assert (branch.float_account.balance, counter.float()[0]) == (D(120), D(380))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "500.01"}, "at most 500.00 USD"), ({"amount": "x"}, "in digits"),
        ({"target": ""}, "Choose a shop."), ({"target": "0"}, "not below yours"),
    ],
)  # fmt: skip
def test_a_wrong_transfer_moves_nothing_and_keeps_what_was_typed(
    desk, branch, counter, changes, told
):
    data = {"target": branch.pk, "amount": "10", "memo": "rent", "key": uuid4()} | changes
    page = desk.post("/money/transfer/", **data)
    assert (page.status, told in page.text, 'value="rent"' in page.html) == (422, True, True)
    assert counter.float()[0] == D(500)


def test_a_shop_that_is_not_below_is_no_choice(desk, branch, rival):
    page = desk.post("/money/transfer/", target=rival.shop_id, amount="10", key=uuid4())
    assert (page.status, "not below yours" in page.text) == (422, True)
    assert "Harbour" not in desk.get("/money/transfer/").text


def test_only_the_owner_of_a_sub_distributor_sees_the_page(desk, counter):
    assert desk.get("/money/transfer/").status == 403
    assert "/money/transfer/" not in desk.get("/money/").html


def test_the_warning_on_the_sell_page_costs_one_query_a_minute(
    visitor, counter, django_assert_num_queries, django_assert_max_num_queries
):
    spends(counter.shop, 200)
    visitor.get("/sell/")
    with django_assert_max_num_queries(50) as quiet:
        visitor.get("/sell/")
    cache.delete(f"hours:{counter.shop.pk}")
    with django_assert_num_queries(len(quiet) + 1):
        visitor.get("/sell/")
    assert not [query for query in quiet if "spendhour" in query["sql"]]
