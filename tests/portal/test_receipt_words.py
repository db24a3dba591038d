"""The words of receipts in every language: all there, and in the PDF's fonts."""

import io
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

from portal import languages, receiptpdf, wordbook
from portal.paper import Block
from topup.models import Kind, OwedState, Tender
from topup.responses import TABLE, Step
from topup.states import SaleState

ROOT = Path(__file__).parents[2]
SOURCES = [
    "portal/receiptblocks.py", "portal/arrivalwords.py", "portal/voucherblocks.py",
    "portal/receiptpaper.py",
    "portal/passportwords.py", "portal/views/passport.py", "topup/services/esims.py",
    "templates/receipts/passport.html", "templates/receipts/_remaining.html",
]  # fmt: skip
KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy"))
CUSTOMERS = {Step.MEND, Step.LATER, Step.OPERATOR}  # what happened is told to him, too
OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]


def words():
    """Every text that a customer may read."""
    found = {str(label) for kind in (Kind, OwedState, Tender, SaleState) for label in kind.labels}
    for name in SOURCES:
        source = (ROOT / name).read_text()
        source = templatize(source) if name.endswith("html") else source
        told = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
        found |= {message for _line, message, *_rest in told}
    found |= {str(told.happened) for told in TABLE.values() if told.step in CUSTOMERS}
    found.add("The operator did not carry it out.")
    assert len(found) > 90
    return found


def test_receipts_are_in_every_language():
    assert [code for code, _name in settings.LANGUAGES] == settings.RECEIPT_LANGUAGES
    assert [offer.name for offer in languages.offered()] == [
        name for _code, name in settings.LANGUAGES
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated(language):
    told = {entry.msgid: entry.msgstr for entry in polib.pofile(str(wordbook.path_of(language)))}
    wanted = words()
    assert wanted - told.keys() == set()
    assert [name for name in wanted if not told[name].strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_fonts_of_the_pdf_have_every_letter(language):
    told = {entry.msgid: entry.msgstr for entry in polib.pofile(str(wordbook.path_of(language)))}
    for name in words():
        assert receiptpdf.missing([Block("text", told[name])]) == "", told[name]
        assert receiptpdf.missing([Block("text", name)]) == "", name
