"""Amounts at the counter: what may be a thousand or a part is asked about, never guessed."""

import re
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.utils import translation

from catalog.models import Country, Sku
from catalog.msisdn import MsisdnError, is_whole, normalize
from portal.forms.kiosk import GO, POINT, KeypadForm, amount_pad
from tests.portal.conftest import RANGE, Visitor
from topup import amounts
from topup.models import CashMove, DepositRequest, Sale

pytestmark = pytest.mark.django_db
NUMBER = "18765550000"
A_RANGE = Sku(min_face_value=1, max_face_value=5000)


@pytest.fixture
def wide(counter):
    """A range in which a thousand lies as well as one."""
    Sku.objects.filter(provider_id=RANGE).update(
        min_face_value=1, max_face_value=D(5000), allow_decimal=True
    )
    return Sku.objects.get(provider_id=RANGE)


def faces(page, sku):
    """The amounts of a SKU that the page offers to sell."""
    return [part.split('"')[0] for part in page.html.split(f'name="amount-{sku.pk}" value="')[1:]]


@pytest.mark.parametrize("amount", ["1.000", "1,000"])
def test_a_thousand_or_one_is_asked_with_both_readings(visitor, wide, amount):
    page = visitor.get("/sell/", number=f"{NUMBER} {amount} usd")
    assert (page.status, Sale.objects.count()) == (200, 0)
    assert f"Is {amount} a thousand or a part?" in page.text
    assert faces(page, wide)[:2] == ["1", "1000"]
    assert "+1 876 555 0000" in page.text
    assert page.value_of_field("number") == f"{NUMBER} {amount} usd"
    assert f"Is {amount} a thousand" in visitor.get("/sell/bar/", number=f"{NUMBER} {amount}").text


def test_the_one_reading_that_is_sold_is_asked_about_too(visitor, counter):
    """A range to 100: ten thousand and a half lies in none."""
    sku = Sku.objects.get(provider_id=RANGE)
    Sku.objects.filter(pk=sku.pk).update(allow_decimal=False)
    page = visitor.get("/sell/", number=f"{NUMBER} 10.500 usd")
    assert (page.status, "Digicel does not sell 10.500 USD." in page.text) == (422, True)
    Sku.objects.filter(pk=sku.pk).update(allow_decimal=True)
    page = visitor.get("/sell/", number=f"{NUMBER} 10.500 usd")
    assert (page.status, faces(page, sku)[0]) == (200, "10.5")
    assert "1 way to read the amount" in page.text


@pytest.mark.parametrize(
    ("typed", "face"), [("10.50", "10.5"), ("10,50", "10.5"), ("١٠٫٥", "10.5")]
)
def test_an_amount_of_one_reading_leads_to_its_price(visitor, wide, typed, face):
    page = visitor.get("/sell/", number=f"+1 876 555 0000 {typed} usd")
    assert (page.status, Sale.objects.count()) == (303, 0)
    assert f"amount-{wide.pk}={face}" in visitor.get(page.leads_to).html


@pytest.mark.parametrize(
    ("typed", "is_asked"), [("1 000 usd", False), ("1.500 kwd", False), ("1,500 kwd", True)]
)
def test_dinars_are_written_with_three_decimals(visitor, wide, typed, is_asked):
    """Only what has one reading goes on to the provider, who says no to these."""
    if "kwd" in typed:
        Sku.objects.filter(pk=wide.pk).update(face_currency="KWD")
    page = visitor.get("/sell/", number=f"{NUMBER} {typed}")
    assert ("a thousand or a part" in page.text) is is_asked
    assert ("does not take this amount" in page.text) is not is_asked


def test_figures_that_are_no_amount_are_not_joined_to_the_number(visitor, wide):
    page = visitor.get("/sell/", number=f"{NUMBER} 5 5")
    assert page.status == 422
    assert "Type the amount in digits" in page.text
    assert "+1 876 555 0000" in page.text
    for more in ("1.000", "5 5", "50"):
        with pytest.raises(MsisdnError, match="Type the number alone"):
            normalize(f"{NUMBER} {more}")
    form = visitor.quote(number=f"{NUMBER} 1.000", sku=RANGE, amount="5")
    assert (form.status, "More stands behind this number: 1.000." in form.text) == (422, True)


@pytest.mark.parametrize(
    "typed", ["1 876 555 1234", "1.876.555.1234", "+1 876 5551234", "1876 555 1234", "1876555 1234"]
)
def test_a_number_in_any_spelling_is_one(counter, typed):
    assert normalize(typed) == "18765551234"
    assert normalize("+44 20 7946 0958") == "442079460958"


def test_where_both_are_numbers_it_is_asked(visitor, wide):
    Country.objects.create(code="AT", name="Austria", dial_codes=["43"], number_length=None)
    assert is_whole("43660123456")
    assert is_whole("4366012345650")
    page = visitor.get("/sell/", number="43660123456 50")
    assert page.status == 200
    assert "Or is all of it one number: +43 660 12 345 650 ?" in page.text
    assert "?number=4366012345650" in page.html


def test_what_is_odd_about_a_number_stands_on_the_sell_page(visitor, counter):
    Country.objects.filter(pk="JM").update(number_length=7, dial_codes=["1876"])
    page = visitor.get("/sell/", number="187655500001234")
    told = "Numbers of Jamaica have 7 digits after +1876, this one has 11."
    assert told in page.text
    assert told not in visitor.get("/sell/", number=NUMBER).text


@pytest.mark.parametrize("typed", ["1.550", "5 5"])
def test_a_deposit_and_the_money_of_a_shift_ask_too(owner, visitor, typed):
    page = Visitor(owner).post("/money/deposits/new/", amount=typed, paid_by="bank", key=uuid4())
    assert (page.status, DepositRequest.objects.count()) == (422, 0)
    assert typed in page.text or "Type the amount in digits" in page.text
    visitor.post("/shift/open/", **{"n-cash-USD-20": "1"})
    data = {"kind": "in", "reason": "change", "key": uuid4()}
    assert visitor.post("/shift/1/move/", amount=typed, **data).status == 422
    assert visitor.post("/shift/1/count/", attempt=1, **{"a-card-USD": typed}).status == 422
    assert visitor.post("/shift/1/move/", amount="1 550", **data).status == 303
    assert CashMove.objects.get().amount == D(1550)


@pytest.mark.parametrize(("typed", "kept"), [("5 5", "5 5"), ("5.50", "5.50"), ("10 USD", "10")])
def test_the_kiosk_joins_no_figures(typed, kept):
    assert KeypadForm({"typed": typed, "key": GO}, amount_pad("USD")).text == kept


def test_the_keys_of_a_kiosk_make_amounts_of_one_reading(db):
    """Its decimal key is the language's own, and its money has no more decimals than that."""

    def pressed(currency, *keys, typed=""):
        for key in keys:
            typed = KeypadForm({"typed": typed, "key": key}, amount_pad(currency)).text
        return typed

    for language, sign in (("en", "."), ("ar", "."), ("es", ","), ("fr", ","), ("ht", ",")):
        with translation.override(language):
            three = pressed("KWD", *"1", POINT, POINT, *"5250")
            assert (three, amounts.read(three, "KWD")) == (f"1{sign}525", D("1.525"))
            assert pressed("USD", POINT, *"525") == f"0{sign}52"
            assert pressed("XOF", *"1", POINT, *"500") == "1500"
            assert pressed("USD", "5", typed="5 5") == "5 55"
            with pytest.raises(ValueError, match=re.escape(f"1{',.'[sign == ',']}525")):
                amounts.read(pressed("KWD", *"25", typed=f"1{',.'[sign == ',']}5"), "KWD")
            assert amounts.read(A_RANGE.typed_amount(D("1.525")), "KWD") == D("1.525")
