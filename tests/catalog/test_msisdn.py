"""Numbers in any spelling: digits come out, nothing is refused for looking odd."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.msisdn import MsisdnError, group, normalize, warnings

SANDBOX = [
    "18761234567", "18762234567", "911234567890", "912345678901",
    "923123456789", "923234578901", "5212345678901", "522345678901",
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "18761234567",
        "+18761234567",
        "+1 876 123 4567",
        "+1 (876) 123-4567",
        "1.876.123.4567",
        "0018761234567",
        "00 1 876 123 4567",
        "  1876 123 45 67  ",
        "tel:+1-876-123-4567",
        "+1\u00a0876\u2011123\u20134567",  # no-break space, no-break hyphen, en dash
        "\u202a+18761234567\u202c",  # copied with direction marks around it
        "\ufeff18761234567",  # a byte order mark
        "\uff0b\uff11\uff18\uff17\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17",  # full width
        "١٨٧٦١٢٣٤٥٦٧",  # Arabic
        "+۱۸۷۶ ۱۲۳ ۴۵۶۷",  # Persian
        "১৮৭৬১২৩৪৫৬৭",  # Bengali
        "१८७६१२३४५६७",  # Devanagari
    ],
)
def test_every_spelling_of_a_number_gives_its_digits(text):
    assert normalize(text) == "18761234567"


@pytest.mark.parametrize("number", SANDBOX)
def test_the_providers_own_test_numbers_pass_as_they_are(number):
    assert normalize(number) == number
    assert normalize(f"+{number}") == number


def test_a_zero_in_brackets_is_left_out_of_an_international_number():
    assert normalize("+44 (0) 7911 123456") == "447911123456"
    assert normalize("0044(0)7911123456") == "447911123456"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Type a phone number."),
        ("   ", "Type a phone number."),
        ("+", "Type a phone number."),
        ("0876 123 4567", "Begin with the country code"),
        ("1234", "too short"),
        ("1" * 17, "too long"),
        ("876-CALL-NOW", "no letters"),
        ("18761234567, 18762234567", "“,” does not belong"),
        ("18761234567+1", "“+” does not belong"),
        ("📞18761234567", "does not belong"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_what_to_do(text, sentence):
    with pytest.raises(MsisdnError) as refusal:
        normalize(text)
    assert sentence in refusal.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123 4567", "18761234567"),
        ("876 123 4567", "18761234567"),
        ("(876) 123-4567", "18761234567"),
        ("1 876 123 4567", "18761234567"),
        ("+1 876 123 4567", "18761234567"),
        ("00 44 7911 123456", "447911123456"),
        ("+44 7911 123456", "447911123456"),
    ],
)
def test_a_local_number_gets_the_countrys_dial_code(make_country, text, expected):
    jamaica = make_country("JM", "Jamaica", "1876", length=7)
    assert normalize(text, country=jamaica) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9112345678", "919112345678"),  # begins like the dial code, but is a local number
        ("09112345678", "919112345678"),
        ("91 12345 67890", "911234567890"),
    ],
)
def test_a_local_number_may_begin_like_its_dial_code(make_country, text, expected):
    india = make_country("IN", "India", "91", length=10)
    assert normalize(text, country=india) == expected


def test_a_local_number_of_a_country_with_many_codes_names_its_own(make_country):
    republic = make_country("DO", "Dominican Republic", "1809", "1829", "1849", length=7)
    assert normalize("829 555 0100", country=republic) == "18295550100"
    assert normalize("5550100", country=republic) == "5550100"  # which of three? not guessed


def test_a_country_without_a_length_changes_nothing(make_country):
    assert normalize("5550100", country=make_country("XX", "Somewhere", "999")) == "5550100"


@example("687000000")  # where people write dots between the groups
@given(st.from_regex(r"[1-9][0-9]{4,15}", fullmatch=True))
def test_grouping_never_changes_a_digit(number):
    shown = group(number)
    assert shown.startswith("+")
    assert re.sub(r"\D", "", shown) == number
    assert re.fullmatch(r"\+[0-9 ]+", shown)


def test_numbers_are_grouped_as_people_read_them():
    assert group("18761234567") == "+1 876 123 4567"
    assert group("5212345678901") == "+52 123 456 789 01"


def test_a_usual_number_has_no_warnings(make_country):
    jamaica = make_country("JM", "Jamaica", "1876", length=7)
    assert warnings("18765551234", country=jamaica) == []


def test_odd_numbers_are_warned_about_and_not_refused(make_country):
    jamaica = make_country("JM", "Jamaica", "1876", length=7)
    make_country("MX", "Mexico", "52", length=10)
    assert warnings("1876123456", country=jamaica) == [
        "Numbers of Jamaica have 7 digits after +1876, this one has 6."
    ]
    assert warnings("18761234567") == [
        "This number looks unusual for Jamaica. Read it back to the customer."
    ]
    assert warnings("5212345678901") == [
        "Numbers of Mexico have 10 digits after +52, this one has 11."
    ]


@pytest.mark.django_db
def test_a_number_of_no_country_asks_for_its_code():
    assert warnings("99912345678") == [
        "No country is known for this number. Check the country code."
    ]
