"""A receipt as PDF: one page, 80 mm wide, as long as it needs to be.

Letters are shaped (Arabic joined, Devanagari and Bengali built into syllables) and put in
order for both directions. The fonts are ours, in `portal/fonts`; what they lack, `missing` tells.
The libraries are loaded with the first receipt: they take a second and 50 MB that no command needs.
"""

import logging
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from io import BytesIO
from pathlib import Path

import segno

from portal import languages
from portal.paper import Block, Row

WIDTH, MARGIN = 80, 5  # mm
INNER = WIDTH - 2 * MARGIN
QR = 42  # mm, its quiet edge included
LONGEST = 2000  # mm; a page to measure on
FONTS = Path(__file__).parent / "fonts"
#: Tried in this order for each letter.
FILES = {name: FONTS / f"{name}-subset.ttf" for name in
         ("NotoSans", "NotoSansArabic", "NotoSansDevanagari", "NotoSansBengali")}  # fmt: skip
for _name in ("fontTools", "fpdf"):  # they would log every letter that is drawn
    logging.getLogger(_name).setLevel(logging.WARNING)
SMALL, USUAL, LARGE = 8.5, 9.5, 14.0  # points


def draw(blocks: Sequence[Block], *, language: str) -> bytes:
    """The paper as a file."""
    with closing(_Sheet(language, LONGEST)) as trial:
        height = trial.fill(blocks)
    with closing(_Sheet(language, height)) as sheet:
        sheet.fill(blocks)
        return bytes(sheet.pdf.output())


def missing(blocks: Sequence[Block]) -> str:
    """Letters of a paper that no font of ours has; "" if the PDF shows all of it."""
    found: set[str] = set()
    for block in blocks:
        parts = [block.text if block.kind != "qr" else "", block.label, *block.steps]
        parts += [words for row in block.rows for words in (row.label, row.value)]
        found |= set("".join(parts))
    return "".join(sorted(sign for sign in found - _letters() if _is_seen(sign)))[:20]


@cache
def _letters() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    codes: set[int] = set()
    for path in FILES.values():
        with TTFont(path, lazy=True) as font:
            codes |= set(font.getBestCmap())
    return frozenset(map(chr, codes))


def _is_seen(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) not in {"Cc", "Cf"}


class _Sheet:
    """One page that is written from top to bottom."""

    def __init__(self, language: str, height: float) -> None:
        from fpdf import FPDF

        self.is_rtl = languages.language(language).is_rtl
        self.pdf = FPDF(unit="mm", format=(WIDTH, height))
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margins(MARGIN, MARGIN, MARGIN)
        self.pdf.set_lang(language)
        for name, path in FILES.items():
            self.pdf.add_font(name, "", path)
        self.pdf.set_fallback_fonts(list(FILES)[1:], exact_match=False)
        self.pdf.set_text_shaping(True)
        self.pdf.add_page()

    def close(self) -> None:
        """The library leaves the files of its fonts open."""
        for font in self.pdf.fonts.values():
            font.ttfont.close()  # type: ignore[union-attr]

    def fill(self, blocks: Sequence[Block]) -> float:
        """Write all of it; the height that it takes, in mm."""
        for block in blocks:
            getattr(self, f"_{block.kind}")(block)
            self.pdf.ln(1)
        return float(self.pdf.get_y()) + MARGIN

    def _size(self, points: float) -> float:
        """Choose a size of letters; the height of a line of them."""
        self.pdf.set_font("NotoSans", size=points)
        return points * 0.49

    def _words(self, words: str, points: float, align: str = "C") -> None:
        self._put(words, points, align)

    def _put(self, words: str, points: float, align: str, *, stays: bool = False) -> None:
        """Lines of words. `stays`: what comes next is written on the same height."""
        height = self._size(points)
        # Else letters of another font leave their own size behind.
        with self.pdf.local_context():
            self.pdf.multi_cell(
                INNER, height, words, align=align, new_x="LMARGIN",
                new_y="TOP" if stays else "NEXT",
            )  # fmt: skip

    def _mark(self, block: Block) -> None:
        self._words(block.text, LARGE)

    def _logo(self, block: Block) -> None:
        if block.logo is None:
            return
        top, width, height = self.pdf.get_y(), block.logo.width, block.logo.height
        self.pdf.image(
            BytesIO(block.logo.png), (WIDTH - width) / 2, top, width, height, alt_text=block.text
        )
        self.pdf.set_y(top + height)

    def _title(self, block: Block) -> None:
        self._words(block.text, 12)

    def _text(self, block: Block) -> None:
        self._words(block.text, 10.5 if block.style else USUAL)

    def _address(self, block: Block) -> None:
        self._words(block.text, USUAL)

    def _code(self, block: Block) -> None:
        top = self.pdf.get_y()
        self.pdf.set_y(top + 1)
        self._words(block.label, USUAL)
        self._words(block.text, LARGE)
        bottom = self.pdf.get_y() + 1
        self.pdf.rect(MARGIN, top, INNER, bottom - top)
        self.pdf.set_y(bottom)

    def _steps(self, block: Block) -> None:
        align = "R" if self.is_rtl else "L"
        self._words(block.label, USUAL, align)
        for number, step in enumerate(block.steps, 1):
            self._words(f"{number}. {step}", USUAL, align)

    def _rows(self, block: Block) -> None:
        top = self.pdf.get_y()
        self.pdf.line(MARGIN, top, WIDTH - MARGIN, top)
        self.pdf.set_y(top + 1)
        for row in block.rows:
            self._row(row, SMALL if block.style == "fine" else 12 if row.is_total else USUAL)

    def _row(self, row: Row, points: float) -> None:
        """Label and value on one line if they fit, else the value below."""
        self._size(points)
        begin, end = ("R", "L") if self.is_rtl else ("L", "R")
        widths = self.pdf.get_string_width(row.label), self.pdf.get_string_width(row.value)
        fits = sum(widths) + 4 < INNER and "\n" not in row.value
        self._put(row.label, points, begin, stays=fits)
        self._put(row.value, points, end)

    def _qr(self, block: Block) -> None:
        self._words(block.label, USUAL)
        rows = segno.make_qr(block.text, error="m").matrix
        unit = QR / (len(rows) + 8)
        left, top = (WIDTH - QR) / 2 + 4 * unit, self.pdf.get_y() + 4 * unit
        self.pdf.set_fill_color(0)
        for down, row in enumerate(rows):
            for across, length in _runs(row):
                self.pdf.rect(
                    left + across * unit, top + down * unit, length * unit, unit, style="F"
                )
        self.pdf.set_y(self.pdf.get_y() + QR)


def _runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """Where dark begins, and for how many."""
    found: list[tuple[int, int]] = []
    for at, is_dark in enumerate(row):
        if not is_dark:
            continue
        if found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((at, 1))
    return found
