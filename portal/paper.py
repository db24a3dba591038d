"""What a paper is made of, whatever lays it out."""

from dataclasses import dataclass, field

from topup.services.paperlogos import PaperLogo

MOST_QR = 1000  # bytes; more would be too fine for a printer of 203 dots an inch


@dataclass(frozen=True)
class Row:
    """A label and its value. `is_code`: read from left to right in every language."""

    label: str
    value: str = field(repr=False)
    is_code: bool = False
    is_total: bool = False


@dataclass(frozen=True)
class Block:
    """One part of the paper. `kind`: mark, logo, title, text, rows, code, qr or steps.

    `text` is what it says, also a logo, `label` a heading above it. `style`: strong, fine or sum.
    """

    kind: str
    text: str = field(default="", repr=False)
    label: str = ""
    rows: tuple[Row, ...] = ()
    steps: tuple[str, ...] = ()
    style: str = ""
    logo: PaperLogo | None = field(default=None, repr=False)


def logo(picture: PaperLogo | None, name: str) -> list[Block]:
    """The logo of a brand, which says its name; none where there is none for papers."""
    return [Block("logo", name, logo=picture)] if picture else []


def rows(*found: Row | None, style: str = "") -> list[Block]:
    """The rows that have a value, as one block; none without any."""
    kept = tuple(row for row in found if row and row.value)
    return [Block("rows", rows=kept, style=style)] if kept else []


def text(words: str, *, style: str = "") -> list[Block]:
    """A line or more of words; none without any."""
    return [Block("text", words, style=style)] if words else []


def code(label: str, words: str) -> list[Block]:
    """A secret, large, under its label."""
    return [Block("code", words, label=label)] if words else []


def qr(label: str, words: str) -> list[Block]:
    """A QR code under its label; none of what is too long to be read."""
    return [Block("qr", words, label=label)] if 0 < len(words.encode()) <= MOST_QR else []
