"""A logo in black on white: what of it a printer of receipts can show."""

import pytest
from PIL import Image, ImageDraw

from tests.brand import encoded
from topup.services import brandpictures, paperlogos

CLEAR = (0, 0, 0, 0)


def printed(*shapes, ground=CLEAR, size=(480, 96)):
    """The dots of a logo of ellipses, each with its box and colour; None if it is not printed."""
    logo = Image.new("RGBA", size, ground)
    for box, colour in shapes:
        ImageDraw.Draw(logo).ellipse(box, fill=colour)
    (drawing,) = brandpictures.draw_logo(encoded(logo))
    return paperlogos.on_paper(drawing.content)


def is_black(found, *places):
    """By place, in parts of width and height."""
    picture = dots(found)
    return [
        picture.getpixel((round(x * (picture.width - 1)), round(y * (picture.height - 1)))) == 0
        for x, y in places
    ]


def dots(found):
    return Image.open(paperlogos.BytesIO(found.png))


DISC, INNER, WORD = (0, 0, 95, 95), (24, 24, 71, 71), (120, 0, 479, 95)
IN_RING, IN_DISC, IN_WORD, BESIDE = (0.02, 0.5), (0.1, 0.5), (0.6, 0.5), (0.22, 0.02)


@pytest.mark.parametrize("colour", ["navy", "#ff8800", "#ffc000", "#888888"])
def test_whatever_can_be_seen_is_black_whatever_its_colour(colour):
    found = printed((DISC, colour), (WORD, colour))
    assert is_black(found, IN_DISC, IN_WORD, BESIDE) == [True, True, False]


def test_a_pale_colour_beside_a_strong_one_is_not_lost():
    found = printed((DISC, "navy"), (WORD, "#ffc000"))
    assert is_black(found, IN_DISC, IN_WORD, BESIDE) == [True, True, False]


@pytest.mark.parametrize(("outer", "inner"), [("navy", "#ff8800"), ("#ffc000", "#c00000")])
def test_what_lies_inside_another_tone_is_seen_in_it_also_beside_a_word_of_its_colour(outer, inner):
    found = printed((DISC, outer), (INNER, inner), (WORD, inner))
    assert is_black(found, IN_RING, IN_DISC, IN_WORD) == [True, False, True]


def test_on_a_ground_of_its_own_the_ground_is_white():
    found = printed((INNER, "white"), (WORD, "white"), ground="#0b5d57")
    assert is_black(found, IN_RING, IN_DISC, IN_WORD, BESIDE) == [False, True, True, False]


@pytest.mark.parametrize(
    "shapes", [[(DISC, "#ffffcc"), (WORD, "#ffffcc")], [((-500, -500, 980, 600), "#c80000")]],
    ids=["pale", "full"],
)  # fmt: skip
def test_where_nothing_or_nothing_else_would_be_seen_there_is_none(shapes):
    assert printed(*shapes) is None


@pytest.mark.parametrize(
    ("size", "width", "height"), [((480, 96), 40, 8), ((96, 96), 12, 12), ((60, 12), 20, 4)]
)
def test_it_fits_the_narrowest_paper_in_dots_that_are_black_or_white(size, width, height):
    found = printed(((0, 0, size[0] - 1, size[1] - 1), "navy"), size=size)
    assert (found.width, found.height) == (width, pytest.approx(height, abs=0.2))
    assert (dots(found).mode, dots(found).format) == ("1", "PNG")
