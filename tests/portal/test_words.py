"""Money, amounts and numbers as the pages write and read them."""

from decimal import Decimal as D

import pytest
from django.utils import translation

from portal.forms.sell import read_amount
from portal.templatetags.counter import flag, icon, money_text, msisdn

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("10.0000", "USD", "$10.00"),
        ("1550", "JMD", f"JMD{NBSP}1,550.00"),
        ("1500", "XOF", f"F\u202fCFA{NBSP}1,500"),
        ("2.5", "KWD", f"KWD{NBSP}2.500"),
        ("0.0125", "USD", "$0.0125"),
        ("-3", "USD", "-$3.00"),
    ],
)
def test_money_keeps_its_digits_and_its_currency(amount, currency, shown):
    assert money_text(D(amount), currency) == shown


def test_money_follows_the_language():
    with translation.override("fr"):
        assert money_text(D("1550.5"), "EUR") == "1\u202f550,50\xa0€"


def test_whole_amounts_may_lose_their_decimals():
    assert money_text(D("10"), "USD", trim=True) == "$10"
    assert money_text(D("10.50"), "USD", trim=True) == "$10.50"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("5", "5"), (" 5.50 ", "5.50"), ("5,5", "5.5"), ("1 000", "1000"), ("٥٠", "50")],
)
def test_an_amount_is_read_as_people_type_it(typed, amount):
    assert read_amount(typed) == D(amount)


@pytest.mark.parametrize("typed", ["", "1,000", "1.000.000", "1e5", "-1", "0x10", "5.55555"])
def test_an_amount_that_may_be_misread_is_refused(typed):
    with pytest.raises(ValueError, match=r"Type the amount"):
        read_amount(typed)


def test_a_number_reads_from_left_to_right_everywhere():
    assert msisdn("18761234567") == ('<bdi dir="ltr" class="msisdn">+1 876 123 4567</bdi>')
    assert msisdn("") == ""


def test_flags_and_icons_are_pictures_without_words():
    assert 'alt=""' in flag("JM")
    assert flag("ZZ") == flag("") == flag("../x") == ""
    assert 'aria-hidden="true"' in icon("wallet")
