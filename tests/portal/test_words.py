"""Money, amounts and numbers as the pages write and read them."""

import re
from decimal import Decimal as D

import pytest
from django.conf import settings
from django.utils import translation

from portal.templatetags.counter import flag, icon, money_alone, money_text, msisdn, number_text
from topup.amounts import read, ways

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
    [
        ("5", "5"),
        (" 5.50 ", "5.50"),
        ("5,5", "5.5"),
        ("1 000", "1000"),
        ("٥٠", "50"),
        ("1,550.00", "1550"),
        ("1.550,50", "1550.5"),
        ("1,00,000.00", "100000"),
        ("1\u202f550,50", "1550.5"),
        ("١٬٥٥٠٫٥", "1550.5"),
        ("1\u00a0000", "1000"),
        ("1\u2009000\u2009000", "1000000"),
        ("1.000.000", "1000000"),
        ("0.125", "0.125"),
        ("1234.125", "1234.125"),
        ("١٫٥٠٠", "1.5"),
        ("123456789.5", "123456789.5"),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, amount):
    assert read(typed) == D(amount)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "5 5", "10 50", "1 00", "5\u00a05", "1 0000", "1,00.5.5", "1.000,00.0", "1e5", "-1",
     "0x10", "5.55555", "1234567890"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(ValueError, match=r"Type the amount"):
        read(typed)


@pytest.mark.parametrize("typed", ["1,000", "1.000", "1.550", "12.345", "١,٥٠٠"])
@pytest.mark.parametrize("currency", ["", "USD", "JPY"])
def test_a_thousand_or_a_part_is_asked_about(typed, currency):
    with pytest.raises(ValueError, match="a thousand or a part"):
        read(typed, currency)


@pytest.mark.parametrize(
    ("language", "plain", "asked"),
    [("en", "1.550", "1,550"), ("es", "1,550", "1.550"), ("ar", "1.550", "1,550")],
)
def test_with_three_decimals_the_languages_own_sign_is_plain(language, plain, asked):
    with translation.override(language):
        assert read(plain, "KWD") == D("1.55")
        assert ways(asked, "KWD") == (D("1.55"), D(1550))
        with pytest.raises(ValueError, match=re.escape(asked)):
            read(asked, "KWD")


LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("amount", ["0.50", "12.50", "1550.50", "100000.25"])
def test_an_amount_is_read_as_the_language_writes_it(language, amount):
    with translation.override(language):
        shown = money_alone(D(amount), "USD")
        assert read(re.sub(r"[^\d\s.,]", "", shown)) == D(amount), shown


@pytest.mark.parametrize("language", ["es", "pt"])
def test_a_point_that_may_make_thousands_is_refused(language):
    with translation.override(language), pytest.raises(ValueError, match=r"\d"):
        read("1.000")


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_sentence_an_amount_and_a_number_keep_their_direction(language):
    with translation.override(language):
        plain = money_alone(D("-1550.5"), "USD")
        assert set(plain) & set("\u2066\u2069\u200e\u200f") == set()
        marks = ("\u2066", "\u2069") if language in {"ar", "ur"} else ("", "")
        assert money_text(D("-1550.5"), "USD") == plain.join(marks)
        assert number_text("18761234567") == "+1 876 123 4567".join(marks)
        assert number_text("") == ""


def test_a_number_reads_from_left_to_right_everywhere():
    assert msisdn("18761234567") == ('<bdi dir="ltr" class="msisdn">+1 876 123 4567</bdi>')
    assert msisdn("") == ""


def test_flags_and_icons_are_pictures_without_words():
    assert 'alt=""' in flag("JM")
    assert flag("ZZ") == flag("") == flag("../x") == ""
    assert 'aria-hidden="true"' in icon("wallet")
