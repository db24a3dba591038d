"""Charts: what is drawn is what was given, nothing else gets in, and they can be mirrored."""

import re
from decimal import Decimal as D
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topup.charts import HEIGHT, WIDTH, Bar, bars, shares

SVG = "{http://www.w3.org/2000/svg}"


def drawn(draw, *values, **more):
    given_bars = [Bar(f"d{n}", D(value), f"${value}") for n, value in enumerate(values)]
    text = draw(given_bars, name="days", title="Sales", text="All of them", **more)
    assert "style=" not in text, "the CSP would refuse it"
    return parsed(text.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" '))


def parsed(text):
    return ElementTree.fromstring(text)  # noqa: S314  our own


def boxes(picture, css="chart-bar"):
    found = [e for e in picture.iter(f"{SVG}rect") if css in e.get("class").split()]
    return [tuple(D(e.get(name)) for name in ("x", "y", "width", "height")) for e in found]


def test_bars_are_as_high_as_their_figures():
    heights = [box[3] for box in boxes(drawn(bars, 10, 5, 0))]
    assert heights[0] == 2 * heights[1]
    assert heights[2] == 0


def test_a_negative_day_hangs_below_the_line():
    picture = drawn(bars, 10, -5)
    line = D(next(picture.iter(f"{SVG}line")).get("y1"))
    up, down = boxes(picture)
    assert up[1] + up[3] == line == down[1]
    assert boxes(picture, "chart-below") == [down]


def test_shares_are_parts_of_the_whole_and_a_refunded_operator_has_none():
    rows = boxes(drawn(shares, 30, 10, -5))
    assert [row[2] for row in rows] == [WIDTH * D("0.75"), WIDTH * D("0.25"), 0]
    told = [e.text for e in drawn(shares, 30, 10, -5).iter(f"{SVG}text")]
    assert told == ["d0", "$30 · 75 %", "d1", "$10 · 25 %", "d2", "$-5 · 0 %"]


@pytest.mark.parametrize("draw", [bars, shares])
def test_from_right_to_left_is_the_mirror(draw):
    left, right = boxes(drawn(draw, 3, 2, 1)), boxes(drawn(draw, 3, 2, 1, rtl=True))
    for (x, y, width, height), mirrored in zip(left, right, strict=True):
        assert abs(WIDTH - x - width - mirrored[0]) <= D("0.01"), "rounded"
        assert (y, width, height) == mirrored[1:]
    assert left != right


def test_a_screen_reader_gets_a_name_and_a_sentence():
    picture = drawn(bars, 1)
    assert picture.get("role") == "img"
    told = {e.get("id"): e.text for e in picture if e.get("id")}
    assert [told[name] for name in picture.get("aria-labelledby").split()] == [
        "Sales", "All of them",
    ]  # fmt: skip


def test_a_name_with_markup_is_only_a_name():
    evil = "</text><script>alert(1)</script>\"'&"
    for draw in (bars, shares):
        text = draw([Bar(evil, D(1), evil)], name="x", title=evil, text=evil)
        assert "<script" not in text
        parsed(text)


def test_nothing_to_draw_is_an_empty_picture():
    assert boxes(drawn(bars)) == boxes(drawn(shares)) == []


@pytest.mark.parametrize(("count", "labels"), [(1, 1), (4, 4), (7, 4), (31, 4), (366, 4)])
def test_there_are_never_more_labels_than_room(count, labels):
    picture = drawn(bars, *[1] * count)
    words = [e.text for e in picture.iter(f"{SVG}text") if e.get("class") == "chart-label"]
    assert len(words) == labels
    assert words[0] == "d0"


AMOUNTS = st.lists(st.decimals(D(-10) ** 9, D(10) ** 12, places=4), max_size=40)


@pytest.mark.parametrize("draw", [bars, shares])
@given(values=AMOUNTS)
def test_nothing_is_drawn_outside_the_picture(draw, values):
    picture = drawn(draw, *values)
    high = D(picture.get("viewBox").split()[3])
    assert high == (HEIGHT if draw is bars else max(len(values), 1) * 34)
    for x, y, width, height in [*boxes(picture), *boxes(picture, "chart-ground")]:
        assert min(x, y, width, height) >= 0
        assert x + width <= WIDTH + D("0.02")
        assert y + height <= high
    numbers = re.findall(r' (?:x|y|width|height)="([^"]*)"', ElementTree.tostring(picture).decode())
    assert all(re.fullmatch(r"\d+(\.\d{1,2})?", number) for number in numbers)
