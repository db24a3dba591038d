"""A file of sales as it comes from a spreadsheet: read, and nothing of it believed. Pure.

UTF-8, UTF-16, or else Windows' Latin letters; commas, semicolons or tabs; columns in any
order, by their names in the first line.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from topup.bulkerrors import BulkFileError

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 10_000
MOST_CELL = 100  # letters; a cell that has more was no number, name or amount
_MOST_RAW = 10_000
_MOST_COLUMNS = 20_000  # a spreadsheet has 16,384
COLUMNS = ("number", "account", "amount", "currency", "operator", "product", "sku", "reference")
#: How people call the columns, in the languages of the product.
_CALLED = {
    "number": "number, msisdn, mobile, phone, phone number, telephone, número, numero, teléfono,"
    " telefono, numéro, téléphone, telefone, nimewo, telefòn, الرقم, نمبر, नंबर, फ़ोन, নম্বর, ফোন",
    "account": "account, account number, cuenta, compte, conta, kont, الحساب, اکاؤنٹ, खाता, অ্যাকাউন্ট",
    "amount": "amount, value, monto, importe, montant, valor, montan, المبلغ, رقم, रकम, राशि,"
    " টাকা, পরিমাণ, halaga",
    "currency": "currency, moneda, devise, moeda, deviz, kalite lajan, العملة, کرنسی, मुद्रा,"
    " মুদ্রা, pera",
    "operator": "operator, network, operador, opérateur, operateur, operadora, operatè, المشغل,"
    " آپریٹر, ऑपरेटर, অপারেটর",
    "product": "product, producto, produit, produto, pwodui, pwodwi, المنتج, پروڈکٹ, प्रोडक्ट, उत्पाद,"
    " পণ্য, produkto",
    "sku": "sku, sku id, skuid",
    "reference": "reference, own reference, ref, referencia, référence, referência, referans,"
    " المرجع, حوالہ, संदर्भ, রেফারেন্স, sanggunian",
}
NAMES = {
    unicodedata.normalize("NFC", told.strip()): name
    for name, all_of in _CALLED.items()
    for told in all_of.split(",")
}
TEMPLATE = (
    COLUMNS,
    ("+1 876 555 0000", "", "10", "USD", "Digicel", "", "", "Invoice 17"),
    ("", "1002003004", "25", "USD", "Power company", "", "", "House 5"),
)
#: What a spreadsheet makes of long digits, which would be read as other ones.
_SPOILT = re.compile(r"\s*[\d.,]+\s*[eE]\s*[+-]?\d+\s*|\s*\d+[.,]\d{1,2}\s*")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line with something in it. `number` counts the file's rows, its head is 1."""

    number: int
    cells: dict[str, str]
    problem: str = ""


def read(data: bytes) -> list[Line]:
    """All rows of a file. Error: `BulkFileError` with what to do, for a file nobody can read."""
    if len(data) > MOST_BYTES:
        raise BulkFileError(_("This file is larger than 4 MB. Cut it in two."))
    text = decode(data)
    if not text.strip():
        raise BulkFileError(_("This file is empty."))
    try:
        return _lines(_records(text))
    except csv.Error:
        raise BulkFileError(_("This is no CSV file. Save the sheet as CSV.")) from None


def decode(data: bytes) -> str:
    """The text of a file, whichever of the usual ways it was written."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return _plain(data.decode(encoding))
            except UnicodeDecodeError:
                raise _unreadable() from None
    if data[1:2] == b"\0" or data[:1] == b"\0":  # UTF-16 whose mark was lost
        try:
            return _plain(data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be"))
        except UnicodeDecodeError:
            raise _unreadable() from None
    try:
        return _plain(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _plain(data.decode("cp1252", errors="replace"))


def _unreadable() -> BulkFileError:
    return BulkFileError(_("The letters of this file cannot be read. Save the sheet as CSV UTF-8."))


def _plain(text: str) -> str:
    if "\0" in text:
        raise BulkFileError(_("This is no CSV file. Save the sheet as CSV."))
    return text


def _records(text: str) -> Iterator[list[str]]:
    first, _end, rest = text.partition("\n")
    if re.fullmatch(r"sep=[;,\t]\s*", first, re.IGNORECASE):
        first, text = rest.partition("\n")[0], rest
    found = max(",;\t", key=first.count)
    for record in csv.reader(io.StringIO(text, newline=""), delimiter=found):
        if len(record) > _MOST_COLUMNS or sum(map(len, record)) > _MOST_RAW:
            raise csv.Error
        yield record


def _lines(records: Iterator[list[str]]) -> list[Line]:
    names = _head(next(records, []))
    found: list[Line] = []
    for number, record in enumerate(records, start=2):
        if not any(cell.strip() for cell in record):
            continue
        if len(found) >= MOST_ROWS:
            raise BulkFileError(
                _("A file has at most %(most)d rows. Cut it in two.") % {"most": MOST_ROWS}
            )
        found.append(_line(number, names, record))
    if not found:
        raise BulkFileError(_("There are no rows under the names of the columns."))
    return found


def _head(record: list[str]) -> list[str]:
    """Our names of the columns, "" for one that is not ours."""
    called = [unicodedata.normalize("NFC", cell.strip().casefold()) for cell in record]
    names = [NAMES.get(" ".join(re.split(r"[\s_]+", cell)), "") for cell in called]
    known = [name for name in names if name]
    if twice := {name for name in known if known.count(name) > 1}:
        raise BulkFileError(_("Two columns are called %(name)s.") % {"name": min(twice)})
    if not {"number", "account"} & {*known} or not {"amount", "sku"} & {*known}:
        raise BulkFileError(
            _("The first line must name the columns, at least number and amount. See the template.")
        )
    return names


def _line(number: int, names: list[str], record: list[str]) -> Line:
    cells = {name: _cell(cell) for name, cell in zip(names, record, strict=False) if name}
    problem = ""
    if any(cell.strip() for cell in record[len(names) :]):
        problem = _("This row has more cells than the first line. Is a mark missing?")
    if long := [name for name, cell in cells.items() if len(cell) > MOST_CELL]:
        problem = _("The cell %(name)s is too long.") % {"name": long[0]}
    return Line(number, {name: cell[:MOST_CELL] for name, cell in cells.items() if cell}, problem)


def _cell(cell: str) -> str:
    """On one line, without what cannot be seen; the ' before a formula is no part of it."""
    text = " ".join("".join(c for c in cell if c.isprintable() or c.isspace()).split())
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text


def is_spoilt(number: str) -> bool:
    """True for digits that a spreadsheet has turned into a figure, as 1.8765E+10."""
    return bool(_SPOILT.fullmatch(number))
