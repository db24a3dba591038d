"""What a line of the sale bar says. In doubt it is a number alone, which sells nothing."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topup.bar import Line, read

JAMAICA, LOST = "18765551234", "5212345678901"


def fits(digits):
    return len(digits) == 11 and digits.startswith("1876")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("18765551234 500", Line(JAMAICA, D(500))),
        ("500 18765551234", Line(JAMAICA, D(500))),
        ("+1 876 555 1234 500", Line("+1 876 555 1234", D(500))),
        ("500 +1 (876) 555-1234", Line("+1 (876) 555-1234", D(500))),
        ("0018765551234 5.50", Line("0018765551234", D("5.50"))),
        ("18765551234 5,5", Line(JAMAICA, D("5.5"))),
        ("18765551234 500 x2", Line(JAMAICA, D(500), second_time=True)),
        ("18765551234 x2", Line(JAMAICA, second_time=True)),
        ("18765551234 500jmd", Line(JAMAICA, D(500), "JMD")),
        ("18765551234 500 usd", Line(JAMAICA, D(500), "USD")),
        ("500 18765551234 JMD X2", Line(JAMAICA, D(500), "JMD", True)),
        (f"{LOST} 10", Line(LOST, D(10))),
        (f"10 {LOST}", Line(LOST, D(10))),
        ("١٨٧٦٥٥٥١٢٣٤ ٥٠٠", Line("١٨٧٦٥٥٥١٢٣٤", D(500))),
        ("  18765551234\u00a0\t500 ", Line(JAMAICA, D(500))),
    ],
)
def test_a_line_is_a_number_an_amount_and_more(text, line):
    assert read(text, fits=fits) == line


@pytest.mark.parametrize(
    "text",
    [
        "18765551234", "+1 876 555 1234", "1876555 1234", "1 876-555-1234", "876 555 1234 500",
        "18765551234 0", "18765551234 1,000", "18765551234 5000000000", "18765551234 500 600",
        "18765551234 -5", "1234 5678", "", " ", "18765551234\x00",
    ],
)  # fmt: skip
def test_in_doubt_a_line_is_a_number_alone(text):
    assert read(text, fits=fits).amount is None


@pytest.mark.parametrize("text", ["digicel", "digi 10", "jm", "Telefónica 25", "x2"])
def test_letters_are_searched_for(text):
    assert read(text, fits=fits) == Line(words=text)


@given(st.text(max_size=100))
def test_nothing_that_is_typed_breaks_it(text):
    line = read(text, fits=fits)
    assert line.amount is None or line.amount > 0
