"""Proofs of deposits: what is taken, what is not, and what is left of it."""

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from topup.errors import PictureError
from topup.services import pictures
from topup.services.pictures import redraw


def encoded(picture, kind="JPEG", **options):
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def half_red(size=(400, 200)):
    """The left half red, the right half blue."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def opened(kept):
    return Image.open(BytesIO(kept.jpeg))


def is_red(picture, place):
    red, _green, blue = picture.convert("RGB").getpixel(place)
    return red > 200 and blue < 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_usual_kinds_of_picture_become_a_jpeg_of_ours(kind):
    kept = redraw(encoded(half_red(), kind))
    picture = opened(kept)
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (400, 200), "RGB")
    assert (is_red(picture, (50, 100)), is_red(picture, (350, 100))) == (True, False)
    assert kept.digest == hashlib.sha256(kept.jpeg).hexdigest()


def test_a_large_picture_is_made_smaller():
    assert opened(redraw(encoded(half_red((4000, 1000))))).size == (1600, 400)


def test_a_picture_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    picture = opened(redraw(encoded(half_red(), exif=exif.tobytes())))
    assert picture.size == (200, 400)
    assert (is_red(picture, (100, 50)), is_red(picture, (100, 350))) == (True, False)


def test_nothing_is_left_of_what_was_written_beside_the_dots():
    exif = Image.Exif()
    exif[0x010E], exif[0x0110] = "Kingston, 12 Duke Street", "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    jpeg = encoded(
        half_red(), exif=exif.tobytes(), comment=b"Kingston", icc_profile=b"Kingston" * 9
    )
    words = PngImagePlugin.PngInfo()
    words.add_text("place", "Kingston")
    for data in (jpeg, encoded(half_red(), "PNG", pnginfo=words), jpeg + b"<?php Kingston ?>"):
        kept = redraw(data)
        assert b"Kingston" not in kept.jpeg
        assert (opened(kept).getexif(), "comment" in opened(kept).info) == ({}, False)


def test_the_same_picture_with_other_words_beside_it_has_the_same_digest():
    first = redraw(encoded(half_red()))
    assert redraw(encoded(half_red(), comment=b"again")).digest == first.digest
    assert redraw(encoded(half_red((402, 200)))).digest != first.digest


def test_what_can_be_seen_through_is_white():
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert opened(redraw(encoded(clear, "PNG"))).getpixel((20, 20)) == (255, 255, 255)
    small = Image.new("P", (40, 40))
    assert opened(redraw(encoded(small, "PNG", transparency=0))).getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "I;16"])
def test_strange_colours_are_read_too(mode):
    kind = "JPEG" if mode in {"L", "CMYK"} else "PNG"
    assert opened(redraw(encoded(Image.new(mode, (40, 40)), kind))).size == (40, 40)


def test_of_a_moving_picture_the_first_one_is_kept():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    moving = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert is_red(opened(redraw(moving)), (10, 10))


def png_of(width, height):
    """A PNG that says it is so large, and has next to nothing in it."""

    def chunk(name, data):
        sealed = name + data
        return struct.pack(">I", len(data)) + sealed + struct.pack(">I", zlib.crc32(sealed))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(5_000, 4_000), (10_000, 6_000), (60_000, 60_000)])
def test_a_small_file_with_a_huge_picture_is_not_decoded(size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda picture: pytest.fail("it was decoded"))
    with pytest.raises(PictureError, match="too many dots"):
        redraw(png_of(*size))


@pytest.mark.parametrize("more", [{}, {"save_all": True, "append_images": [half_red()]}])
def test_a_photograph_that_is_painted_over_and_over_is_not_decoded(more, monkeypatch):
    kind = "MPO" if more else "JPEG"
    data = encoded(half_red(), kind, progressive=True, **more)
    assert is_red(opened(redraw(data)), (10, 10)), "a progressive one is a photograph like others"
    begin, end = data.rindex(b"\xff\xda"), len(data) - 2
    endless = data[:end] + data[begin:end] * 101 + data[end:]
    monkeypatch.setattr(Image.Image, "load", lambda picture: pytest.fail("it was decoded"))
    with pytest.raises(PictureError, match="too many dots"):
        redraw(endless)


def test_what_is_decoded_whole_has_fewer_dots_than_a_photograph():
    photograph = Image.new("RGB", (6000, 4000), "blue")
    assert opened(redraw(encoded(photograph))).size == (1600, 1067)
    for kind in ("PNG", "WEBP"):
        with pytest.raises(PictureError, match="too many dots"):
            redraw(encoded(photograph, kind, method=0, quality=1, compress_level=1))
    assert opened(redraw(encoded(Image.new("RGB", (1440, 9600)), "PNG"))).size == (240, 1600)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no picture"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"%PDF-1.7", "no picture"), (encoded(half_red(), "GIF"), "no picture"),
        (encoded(half_red(), "BMP"), "no picture"), (encoded(half_red(), "TIFF"), "no picture"),
        (encoded(half_red(), "PNG")[:200], "cannot be read"),
        (encoded(half_red())[:900], "cannot be read"), (png_of(400, 400), "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_told_so(data, told):
    with pytest.raises(PictureError, match=told):
        redraw(data)


def test_more_than_four_megabytes_are_not_looked_at():
    with pytest.raises(PictureError, match="at most 4 MB"):
        redraw(encoded(half_red()) + b"\0" * pictures.MOST_BYTES)
