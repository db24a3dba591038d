"""Pictures behind the image addresses of the lists: small PNGs, made anew each time.

Most lead to this simulator, some to the provider's real host, as in lists that were
copied from one environment to another. Of those that lead here one in nineteen is not
there and one in seventeen is a page of text.
"""

import colorsys
import re
import struct
import zlib
from typing import Any

HOST = "http://www.valuetopup.com/image/index/"
PATH = re.compile(r"/image/index/(\d{1,9})", re.ASCII)
WIDTH, HEIGHT = 120, 80


def at_home(row: dict[str, Any], host: str) -> dict[str, Any]:
    """The row with its picture at `host`, if this simulator has it."""
    number = (row.get("imageUrl") or "").removeprefix(HOST)
    if not host or not number.isdigit() or int(number) % 5 == 2:
        return row
    return row | {"imageUrl": f"http://{host}/image/index/{number}"}


def answer(number: int) -> tuple[int, str, bytes]:
    """HTTP status, content type and body for one address."""
    if number % 19 == 8:
        return 404, "text/html", b"<h1>Not Found</h1>"
    if number % 17 == 6:
        return 200, "text/html", b"<html><body>Please sign in</body></html>"
    return 200, "image/png", png(number)


def png(number: int) -> bytes:
    """A disc on a ground, in two colours of its own; the same for the same number."""
    ground, disc = _colour(number, 0.35, 0.92), _colour(number, 0.75, 0.45)
    lines = (
        b"\0" + b"".join(disc if _in_disc(x, y) else ground for x in range(WIDTH))
        for y in range(HEIGHT)
    )
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = (("IHDR", head), ("IDAT", zlib.compress(b"".join(lines))), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), data) for name, data in parts)


def _in_disc(x: int, y: int) -> bool:
    return (x - WIDTH // 2) ** 2 + (y - HEIGHT // 2) ** 2 < (HEIGHT // 3) ** 2


def _colour(number: int, saturation: float, value: float) -> bytes:
    parts = colorsys.hsv_to_rgb(number * 37 % 100 / 100, saturation, value)
    return bytes(round(part * 255) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
