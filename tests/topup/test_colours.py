"""Colours of a brand: whatever is chosen, what is made of it can be read."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from topup import colours
from topup.colours import DARK, LIGHT, contrast, shades

CSS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
TOKENS = [dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in CSS.split("@media")]
ANY = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
SCHEMES = ((LIGHT, TOKENS[0]), (DARK, TOKENS[1]))


@given(ANY)
@example("#000000")
@example("#ffffff")
@example("#fffde7")
@example("#00061f")
@example("#ffff00")
@settings(max_examples=150, deadline=None)
def test_everything_can_be_read_whatever_was_chosen(colour):
    for scheme, tokens in SCHEMES:
        found = shades(colour, scheme)
        read = [
            (found.on_brand, found.brand), (found.on_brand, found.strong),
            *((found.brand, ground) for ground in (scheme.page, scheme.card, found.pale)),
            *((found.strong, ground) for ground in (scheme.page, scheme.card, found.pale)),
            *((tokens[word], found.pale) for word in ("text", "soft", "good", "bad", "doubt")),
        ]  # fmt: skip
        assert min(contrast(*pair) for pair in read) >= 4.5, (colour, read)
        edges = [(tokens[edge], found.pale) for edge in ("edge", "focus")]
        assert min(contrast(*pair) for pair in edges) >= 3, colour
        assert found.brand != found.strong, "a button shows that the pointer is on it"


@given(ANY)
@settings(max_examples=80, deadline=None)
def test_a_colour_is_moved_only_where_it_must_be_and_keeps_its_hue(colour):
    for scheme in (LIGHT, DARK):
        found = shades(colour, scheme)
        grounds = (scheme.page, scheme.card, found.pale)
        if min(contrast(colour, ground) for ground in grounds) >= 4.52:
            assert found.brand == colour
        if found.brand != colour:
            assert min(contrast(found.brand, ground) for ground in grounds) < 4.8, "no further"
            chosen, shown = colours.tone_of(colour), colours.tone_of(found.brand)
            if min(chosen.chroma, shown.chroma) > 0.05:
                off = abs(math.remainder(chosen.hue - shown.hue, math.tau))
                assert off < 0.1, (colour, found.brand)


def test_its_own_colour_and_the_grounds_are_those_of_the_style_sheet():
    for scheme, tokens in SCHEMES:
        ours = shades(colours.OURS, scheme)
        told = (ours.brand, ours.strong, ours.pale, ours.on_brand)
        names = ("brand", "brand-strong", "brand-pale", "on-brand")
        assert told == tuple(tokens[name] for name in names)
        grounds = (scheme.page, scheme.card, scheme.text, scheme.line)
        assert grounds == tuple(tokens[name] for name in ("page", "card", "text", "line"))
    assert (colours.style_sheet(colours.OURS), colours.sheet_name(colours.OURS)) == ("", "")


@pytest.mark.parametrize(
    ("one", "other", "is_told"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0),
     ("#123456", "#123456", 1)],
)  # fmt: skip
def test_contrast_is_that_of_wcag(one, other, is_told):
    assert contrast(one, other) == contrast(other, one) == pytest.approx(is_told, abs=0.01)


def test_a_tone_is_that_of_the_table_of_oklab():
    red = colours.tone_of("#ff0000")
    assert (red.lightness, red.chroma) == pytest.approx((0.62796, 0.25768), abs=1e-4)
    assert math.degrees(red.hue) == pytest.approx(29.234, abs=0.01)


def test_the_style_sheet_sets_what_the_tokens_have_and_its_name_changes_with_it():
    sheet = colours.style_sheet("#ffff00")
    assert set(re.findall(r"--[\w-]+", sheet)) <= {f"--{name}" for name in TOKENS[0]}
    light, dark = sheet.split("@media (prefers-color-scheme: dark)")
    assert "--brand: #ffff00;" in dark
    assert "--brand: #ffff00;" not in light
    names = {colours.sheet_name(colour) for colour in ("#ffff00", "#ffff01", "#000000")}
    assert len(names) == 3
