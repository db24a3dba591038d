"""Every kind of goods against the simulator: what is ordered, what comes, what is kept sealed."""

from decimal import Decimal as D

import pytest
from django.utils import timezone

from catalog.enums import Category
from tests.topup.goods import a_sku
from topup import sealing
from topup.errors import ExtraError, RecipientError
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.base import clean
from topup.models import Alarm, Kind, Sale
from topup.services import pricing, sales
from topup.states import SaleState


def sell(counter, sku, *, face_value=None, recipient="", **extras):
    quoted = pricing.quote(
        shop=counter.shop, sku=sku, face_value=face_value or sku.min_face_value,
        recipient=recipient, extras=extras,
    )  # fmt: skip
    opened = sales.open_sale(agent=counter.agent, quote=quoted)
    sales.submit_sale(sale_id=opened.sale.pk)
    return Sale.objects.get(pk=opened.sale.pk)


def content(sale):
    return sealing.unseal(bytes(sale.voucher.sealed))


def test_every_category_but_sim_and_the_unknown_has_its_kind():
    assert set(Category) - set(BY_CATEGORY) == {Category.SIM, Category.OTHER}
    assert set(KINDS) == set(Kind)


def test_a_bill_is_paid_and_its_token_kept_sealed(counter):
    sku = a_sku(Category.BILL_PAY, "electric")
    sale = sell(counter, sku, account_number="04123456789", sender_name="A. Payer")
    assert (sale.state, sale.kind) == (SaleState.COMPLETED, Kind.BILL)
    assert sale.extras == {"account_number": "04123456789", "sender_name": "A. Payer"}
    assert len(content(sale)["token"]["token"]) == 24


def test_a_gift_card_is_fetched_when_it_is_done(counter):
    sale = sell(counter, a_sku(Category.GIFT_CARD), first_name="Ann", last_name="Other")
    while sale.state == SaleState.PENDING:
        sales.poll_sale(sale_id=sale.pk)
        sale.refresh_from_db()
    assert sale.state == SaleState.COMPLETED
    assert content(sale)["card"]["link"].startswith("https://example.invalid/claim/")
    [fetched] = sale.calls.filter(call="fetch")
    assert (fetched.error, fetched.details) == ("", {})


def test_a_card_at_hand_is_not_fetched_again(counter):
    counter.simulator.fault("no_invoice", kind="gift_card", count=1)
    sale = sell(counter, a_sku(Category.GIFT_CARD, "amazon"))
    for _again in range(6):
        sales.poll_sale(sale_id=sale.pk)
    assert content(Sale.objects.get(pk=sale.pk))["card"]["pin"]
    fetched = sale.calls.filter(call="fetch").count()
    Sale.objects.filter(pk=sale.pk).update(invoice_is_assumed=True, next_poll_at=timezone.now())
    asked = sale.calls.filter(call="status").count()
    sales.poll_sale(sale_id=sale.pk)
    assert sale.calls.filter(call="status").count() == asked + 1
    assert sale.calls.filter(call="fetch").count() == fetched


@pytest.mark.parametrize("brand", ["amazon", "google play", "playstation"])
def test_a_card_that_cannot_be_fetched_is_asked_for_again(counter, brand):
    counter.simulator.fault("http", kind="gift_card_fetch", status=503, count=1)
    sale = sell(counter, a_sku(Category.GIFT_CARD, brand))
    for _again in range(6):
        sales.poll_sale(sale_id=sale.pk)
    assert content(Sale.objects.get(pk=sale.pk))["card"]["pin"]


def test_an_esim_has_what_a_phone_needs_to_load_it(counter):
    sale = sell(counter, a_sku(Category.ESIM), device_fits="yes")
    esim = content(sale)["esim"]
    assert esim["activation_code"] == f"LPA:1${esim['address']}${esim['matching_id']}"
    assert esim["iccid"].isdigit()


def test_an_esim_for_a_phone_that_was_not_asked_about_is_not_sold(counter):
    sku = a_sku(Category.ESIM)
    with pytest.raises(ExtraError) as told:
        sell(counter, sku)
    assert told.value.name == "device_fits"
    with pytest.raises(RecipientError):
        sell(counter, sku, recipient="18761234567", device_fits="yes")


def test_months_of_a_plan_cost_so_many_times_as_much(counter):
    sku = a_sku(Category.RTR, "lyca")
    number = f"{sku.dial_codes[0]}2025550100"
    one = pricing.quote(shop=counter.shop, sku=sku, face_value=sku.min_face_value, recipient=number)
    sale = sell(counter, sku, recipient=number, plan_months="3")
    assert (sale.months, sale.face_value) == (3, sku.min_face_value)
    assert (sale.price, sale.cost, sale.charge) == (one.price * 3, one.cost * 3, one.charge * 3)
    assert sale.state == SaleState.COMPLETED
    assert abs(sale.invoice_amount - sale.cost) < D("0.05")


def test_months_that_cost_otherwise_are_sold_no_more_and_the_plan_goes_on(counter):
    counter.simulator.fault("invoice_factor", kind="topup", factor=D("1.5"), count=1)
    sku = a_sku(Category.RTR, "lyca")
    sell(counter, sku, recipient=f"{sku.dial_codes[0]}2025550100", plan_months="3")
    sku.refresh_from_db()
    assert (sku.paused_at, sku.months_off_at is None) == (None, False)
    assert "plan_months" not in [field.name for field in KINDS[Kind.AIRTIME].fields(sku)]
    assert Alarm.objects.filter(kind="variance", message__contains="3 months").count() == 1


def test_a_secret_extra_is_kept_sealed_and_sent(counter):
    sku = a_sku(Category.RTR, "boost")
    sale = sell(counter, sku, recipient=f"{sku.dial_codes[0]}2025550100", boost_pin="4321")
    assert sale.extras == {}
    assert b"4321" not in bytes(sale.sealed_extras)
    assert sale.all_extras == {"boost_pin": "4321"}
    assert sale.state == SaleState.COMPLETED


@pytest.mark.parametrize("typed", ["+44 7700 900123", "١٢٠٢٥٥٥٠١٠٠", "4477009001231234"])
def test_a_senders_number_is_sent_in_plain_digits(counter, typed):
    sku = a_sku(Category.RTR, "lyca")
    sale = sell(counter, sku, recipient=f"{sku.dial_codes[0]}2025550100", sender_msisdn=typed)
    assert sale.state == SaleState.COMPLETED, "what the client refuses is in doubt for a day"
    assert sale.extras["sender_msisdn"].isascii()


@pytest.mark.parametrize("typed", ["1 2 3 4", "+1 2", "123456789012345678901", "0123456789"])
def test_what_could_not_be_sent_is_refused_before_money_is_held(typed):
    for kind in (Kind.BILL, Kind.AIRTIME):
        fields = [f for f in KINDS[kind].FIELDS if f.name == "sender_msisdn"]
        with pytest.raises(ExtraError):
            clean(fields, {"sender_msisdn": typed})


@pytest.mark.parametrize(
    ("typed", "name"),
    [({}, "account_number"), ({"account_number": "<b>"}, "account_number"),
     ({"account_number": "12", "check_digits": "much too long"}, "check_digits"),
     ({"account_number": "12", "info-a<": "x"}, "info-a<")],
)  # fmt: skip
def test_what_does_not_fit_names_its_field(typed, name):
    with pytest.raises(ExtraError) as told:
        clean(KINDS[Kind.BILL].fields(None), typed)
    assert told.value.name == name


def test_strange_names_are_left_out_and_infos_kept():
    asked = KINDS[Kind.BILL].fields(None)
    typed = {"account_number": " 04  1 ", "other": "x", "info-Zip code": "90210", "info-b": " "}
    assert clean(asked, typed) == {"account_number": "04 1", "info-Zip code": "90210"}
