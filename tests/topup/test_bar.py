"""What a line of the sale bar says. In doubt it is a number alone, which sells nothing."""

from decimal import Decimal as D

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from topup import amounts
from topup.bar import Line, read

JAMAICA, LOST, UNEVEN = "18765551234", "5212345678901", "43660123456"


def fits(digits):
    """Jamaica's are eleven; Austria's may be many or few."""
    return (len(digits) == 11 and digits.startswith("1876")) or (
        8 <= len(digits) <= 15 and digits.startswith("43")
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("18765551234 500", Line(JAMAICA, "500")),
        ("500 18765551234", Line(JAMAICA, "500")),
        ("+1 876 555 1234 500", Line("+1 876 555 1234", "500")),
        ("+1 876 555 1234 1 000", Line("+1 876 555 1234", "1 000")),
        ("500 +1 (876) 555-1234", Line("+1 (876) 555-1234", "500")),
        ("1 000 18765551234", Line(JAMAICA, "1 000")),
        ("0018765551234 5.50", Line("0018765551234", "5.50")),
        ("18765551234 5,5", Line(JAMAICA, "5,5")),
        ("18765551234 1.000", Line(JAMAICA, "1.000")),
        ("18765551234 1,000", Line(JAMAICA, "1,000")),
        ("18765551234 10000000", Line(JAMAICA, "10000000")),
        ("18765551234 5 5", Line(JAMAICA, "5 5")),
        ("18765551234 0", Line(JAMAICA, "0")),
        ("18765551234 500 x2", Line(JAMAICA, "500", second_time=True)),
        ("18765551234 x2", Line(JAMAICA, second_time=True)),
        ("18765551234 500jmd", Line(JAMAICA, "500", "JMD")),
        ("18765551234 500 usd", Line(JAMAICA, "500", "USD")),
        ("500 18765551234 JMD X2", Line(JAMAICA, "500", "JMD", True)),
        ("500jmd 18765551234", Line(JAMAICA, "500", "JMD")),
        (f"{LOST} 10", Line(LOST, "10")),
        (f"10 {LOST}", Line(LOST, "10")),
        ("١٨٧٦٥٥٥١٢٣٤ ١٫٥", Line("١٨٧٦٥٥٥١٢٣٤", "١٫٥")),
        ("  18765551234\u00a0\t500 ", Line(JAMAICA, "500")),
        (f"{UNEVEN} 50", Line(UNEVEN, "50", joined=f"{UNEVEN}50")),
    ],
)
def test_a_line_is_a_number_an_amount_and_more(text, line):
    assert read(text, fits=fits) == line


@pytest.mark.parametrize(
    "text",
    [
        "18765551234", "+1 876 555 1234", "1876555 1234", "1 876-555-1234", "876 555 1234 500",
        "1.876.555.1234", "1 876 555 1234", "+43 660 123 456", "18765551234 5000000000",
        "18765551234 -5", "1234 5678", "", " ", "18765551234\x00",
    ],
)  # fmt: skip
def test_in_doubt_a_line_is_a_number_alone(text):
    assert read(text, fits=fits).amount == ""


@pytest.mark.parametrize("text", ["digicel", "digi 10", "jm", "Telefónica 25", "x2"])
def test_letters_are_searched_for(text):
    assert read(text, fits=fits) == Line(words=text)


@given(st.text(max_size=100))
def test_nothing_that_is_typed_breaks_it(text):
    line = read(text, fits=fits)
    assert not line.amount or line.number


FIGURES = st.from_regex(r"[0-9]{1,3}([., ٫][0-9]{1,3}){0,2}", fullmatch=True)


@given(FIGURES, st.sampled_from(["", "+", "00"]))
def test_figures_behind_a_whole_number_are_never_joined_to_it(figures, before):
    assume(sum(map(str.isdigit, figures)) <= amounts.MOST_DIGITS)
    line = read(f"{before}{JAMAICA} {figures}", fits=fits)
    assert (line.number, line.amount) == (f"{before}{JAMAICA}", figures)


@given(st.lists(st.sampled_from(["", " ", ".", "-", ") (", "\u00a0"]), min_size=10, max_size=10),
       st.sampled_from(["", "+"]))  # fmt: skip
def test_a_number_may_be_cut_anywhere(marks, before):
    """As people write it: all of it is the number, with an amount behind it or without."""
    typed = before + "".join(a + b for a, b in zip(JAMAICA, [*marks, ""], strict=True))
    for amount in ("", "25", "1.000"):
        line = read(f"{typed} {amount}", fits=fits)
        digits = "".join(filter(str.isdigit, line.number))
        assert (digits, line.amount) == (JAMAICA, amount)


@given(st.integers(1, 999_999_999), st.sampled_from([",", ".", "٬", " ", "\u202f", "\u2009", "’"]))
def test_groups_of_three_are_one_amount_or_a_question(value, mark):
    found = amounts.ways(f"{value:,}".replace(",", mark))
    assert D(value) in found
    is_doubtful = mark in ",." and 1000 <= value < 1_000_000
    assert len(found) == (2 if is_doubtful else 1)


@given(st.decimals(0, 999_999, places=2), st.sampled_from([",", ".", "٫"]))
def test_two_decimals_are_never_a_question(value, mark):
    assert amounts.ways(f"{value:.2f}".replace(".", mark)) == (value,)
    assert amounts.ways(f"{value:,.2f}") == (value,)
