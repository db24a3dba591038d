"""The brand: what is kept of its pictures, and how every process comes to know it."""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import DataError, IntegrityError, connection, transaction
from PIL import Image

from tests.brand import NAME, VERSION, encoded, square
from tests.database import check_now
from tests.stack import environment_for
from topup import tasks
from topup.errors import PictureError
from topup.models import AuditEntry, Brand, BrandPicture
from topup.services import brandpictures, brands, kiosks
from topup.services.brandpictures import draw_icon, draw_logo

EXIF = Image.Exif()
EXIF[0x010E] = "who took it, and where"
BESIDE = {"exif": EXIF.tobytes(), "icc_profile": b"by which machine" * 10}
SAVED_ELSEWHERE = """
import django; django.setup()
from topup.models import Brand
from topup.services import brands
brands.save(Brand(name="From elsewhere"))
"""


def opened(drawing):
    picture = Image.open(BytesIO(drawing.content))
    picture.load()
    return picture


def is_red(picture, place):
    red, green, blue = picture.convert("RGB").getpixel(place)
    return red > 220 and max(green, blue) < 30


# --- pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_logo_is_drawn_anew_small_and_without_what_stood_beside_it(kind):
    sent = encoded(Image.new("RGB", (2000, 300), "red"), kind, **BESIDE)
    assert b"who took it" in sent
    (drawing,) = draw_logo(sent)
    picture = opened(drawing)
    assert (picture.format, picture.size, drawing.purpose) == ("WEBP", (480, 72), "logo")
    assert (drawing.width, drawing.height) == picture.size
    assert is_red(picture, (240, 36))
    assert b"who took it" not in drawing.content
    assert {"exif", "icc_profile"} & {*picture.info} == set()


def test_a_logo_is_seen_through_where_it_was_and_loses_its_empty_margin():
    wide = Image.new("RGBA", (900, 400))
    wide.paste("red", (300, 100, 500, 150))
    wide.paste((0, 0, 0, 0), (400, 100, 410, 150))
    picture = opened(draw_logo(encoded(wide))[0])
    assert picture.size == (200, 50)
    assert (picture.getpixel((50, 25))[3], picture.getpixel((105, 25))[3]) == (255, 0)


def test_an_icon_is_drawn_for_every_purpose():
    sent = Image.new("RGB", (300, 300), "red")
    sent.paste("blue", (100, 100, 200, 200))
    found = {drawing.purpose: drawing for drawing in draw_icon(encoded(sent, **BESIDE))}
    assert list(found) == ["any-192", "any-512", "maskable-192", "maskable-512"]
    for purpose, drawing in found.items():
        size = int(purpose.partition("-")[2])
        picture = opened(drawing)
        assert (picture.format, picture.size) == ("PNG", (size, size))
        assert (drawing.width, drawing.height) == (size, size)
        assert is_red(picture, (0, 0)), "the edge is there, also where a system cuts"
        assert not is_red(picture, (size // 2, size // 2))
        assert {"exif", "icc_profile"} & {*picture.info} == set()
        blue = [x for x in range(size) if not is_red(picture, (x, size // 2))]
        assert len(blue) / size == pytest.approx(1 / 3 if "any" in purpose else 0.8 / 3, abs=0.02)


def test_a_maskable_icon_that_is_seen_through_stands_on_white():
    sent = Image.new("RGBA", (200, 200))
    sent.paste("red", (60, 60, 140, 140))
    picture = opened(draw_icon(encoded(sent))[-1])
    assert (picture.mode, picture.getpixel((2, 2))) == ("RGB", (255, 255, 255))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
LARGE = b"\x89PNG\r\n\x1a\n" + b"x" * 4 * 1024 * 1024


@pytest.mark.parametrize("draw", [draw_logo, draw_icon])
@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (SVG, "This is no picture"),
        (b"<html><script>alert(1)</script>", "This is no picture"),
        (b"", "This is no picture"),
        (encoded(Image.new("P", (200, 200)), "GIF"), "This is no picture"),
        (LARGE, "The picture is too large"),
        (encoded(Image.new("1", (5000, 5000)), "PNG"), "too many dots"),
        (square()[:200], "cannot be read"),
    ],
    ids=["svg", "html", "nothing", "gif", "bytes", "dots", "half"],
)
def test_what_is_no_picture_that_we_keep_is_refused_in_words(draw, sent, told):
    with pytest.raises(PictureError, match=told):
        draw(sent)


@pytest.mark.parametrize("size", [(300, 200), (191, 191), (16, 16)])
def test_an_icon_is_square_and_not_tiny(size):
    with pytest.raises(PictureError, match="square, with at least 192 dots"):
        draw_icon(encoded(Image.new("RGB", size)))


# --- the row ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_there_is_one_row_and_a_change_is_audited(no_brand):
    Brand.objects.create(name="One")
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.create(name="Two")
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.create(name="Three", only=False)
    Brand.objects.update(name="Other", icon="0" * 32)
    check_now()
    entry = AuditEntry.objects.filter(subject="topup_brand").latest("id")
    assert entry.changes == {"name": ["One", "Other"], "icon": ["", "0" * 32]}
    assert entry.object_name == "Other"


@pytest.mark.django_db
def test_pictures_stay_for_one_more_look_and_go_then(no_brand):
    red, blue, teal = (
        lambda colour=colour: brandpictures.keep(draw_icon(square(colour=colour)))
        for colour in ("red", "blue", "teal")
    )
    brand, left = Brand(name=NAME), []
    assert red() == red(), "the same is kept once"
    for keep in (red, blue, teal):
        brand.icon = keep()
        brands.save(brand)
        left.append(set(BrandPicture.objects.values_list("digest", flat=True)))
    assert left == [{red()}, {red(), blue()}, {blue(), teal()}]


@pytest.mark.django_db
def test_kiosks_load_their_page_anew_when_it_changes(shop, agent, no_brand, monkeypatch):
    monkeypatch.setattr(brands, "LOOK_EVERY", 3600)
    agent.is_staff = True
    kiosk, code = kiosks.create(shop=shop, name="Door", by=agent)
    kiosks.swap(code)
    kiosk.refresh_from_db()
    kiosks.loaded(kiosk, age=0)
    brands.save(Brand(name=NAME))
    kiosk.refresh_from_db()
    assert kiosks.wants_reload(kiosk)
    kiosks.loaded(kiosk, age=0)
    assert kiosks.wants_reload(kiosk), "a process may show the old one for some seconds"


# --- how it is known --------------------------------------------------------------------


@pytest.mark.django_db
def test_without_a_row_it_is_as_ever_and_nobody_is_asked(no_brand, django_assert_num_queries):
    with django_assert_num_queries(0):
        look = brands.current(at_once=True)
    assert (look.name, look.own_name, look.style) == ("TopNet", "", "")
    brands.publish()
    with django_assert_num_queries(0):
        assert brands.current(at_once=True) == look


@pytest.mark.django_db
def test_a_brand_that_is_known_costs_no_query(branded, django_assert_num_queries):
    branded(logo=True, icon=True)
    with django_assert_num_queries(0):
        look = brands.current(at_once=True)
        assert (brands.current(), brands.last_known()) == (look, look)
    assert (look.name, look.own_name, look.colour) == (NAME, NAME, "#ffff00")
    assert (look.logo.width, look.logo.height, look.logo_dark) == (384, 96, None)
    assert look.icon == Brand.objects.get().icon


@pytest.mark.django_db(transaction=True)
def test_what_another_process_changes_is_seen_here(no_brand, simulator, monkeypatch):
    monkeypatch.setattr(brands, "LOOK_EVERY", 3600)
    assert brands.current(at_once=True).name == "TopNet"
    subprocess.run(
        [sys.executable, "-c", SAVED_ELSEWHERE], check=True, timeout=60,
        env=os.environ | environment_for(simulator), cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert brands.current().name == "TopNet", "for some seconds nobody asks"
    monkeypatch.setattr(brands, "_known", replace(brands._known, look_again_at=0.0))
    assert brands.current().name == "From elsewhere"
    assert brands.last_known().name == "From elsewhere"
    brands.remove()
    assert brands.current().name == "TopNet"


@pytest.mark.django_db
def test_a_cache_that_forgot_changes_nothing_and_is_told_again(branded):
    branded()
    Brand.objects.update(name="Later")
    cache.delete(VERSION)
    assert brands.current(at_once=True).name == NAME
    tasks.publish_brand_task()
    assert cache.get(VERSION) == brands.current().version
    assert brands.current().name == "Later"


@pytest.mark.django_db
def test_with_no_cache_and_no_database_it_is_as_it_was(branded, settings):
    branded()
    here = settings.CACHES
    settings.CACHES = {"default": here["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}}
    assert brands.current(at_once=True).name == NAME
    brands.publish()  # says so in the log
    settings.CACHES = here
    cache.set(VERSION, "another")
    with transaction.atomic():
        with suppress(DataError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")  # from here on no question is answered
        assert brands.current(at_once=True).name == NAME
        assert brands.load().name == NAME
        transaction.set_rollback(True)
