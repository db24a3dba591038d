"""Brands for tests: a row that this process shows, and that is forgotten afterwards."""

from io import BytesIO

import pytest
from django.core.cache import cache
from PIL import Image

from topup.models import Brand
from topup.services import brandpictures, brands

NAME = "Estrella & Co"
VERSION = "brand:version"


def encoded(picture, kind="PNG", **options):
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def square(side=300, colour="navy"):
    return encoded(Image.new("RGB", (side, side), colour))


def make_brand(*, name=NAME, colour="#ffff00", logo=False, icon=False):
    """The row as the admin keeps it, told to everybody."""
    drawn = Image.new("RGBA", (600, 150), (200, 0, 0, 255))
    drawn.paste("white", (200, 50, 400, 100))
    wide = encoded(drawn)
    brand = Brand(
        name=name, colour=colour,
        logo=brandpictures.keep(brandpictures.draw_logo(wide)) if logo else "",
        icon=brandpictures.keep(brandpictures.draw_icon(square())) if icon else "",
    )  # fmt: skip
    brands.save(brand)
    brands.publish()
    return brand


@pytest.fixture
def no_brand(monkeypatch):
    """What this process and the cache know of brands is as it was before the test."""
    cache.delete(VERSION)
    monkeypatch.setattr(brands, "_known", brands._known)
    yield
    cache.delete(VERSION)


@pytest.fixture
def branded(db, no_brand):
    """Called with what `make_brand` takes."""
    return make_brand
