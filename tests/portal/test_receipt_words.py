"""The words of receipts in every language: all there, whole, compiled, and in the PDF's fonts."""

import io
import re
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation import override
from django.utils.translation.template import templatize

from portal import languages, receiptpdf
from portal.paper import Block
from portal.wordbook import compiled
from topup.models import Kind, OwedState, Tender
from topup.responses import TABLE, Step
from topup.states import SaleState

ROOT = Path(__file__).parents[2]
SOURCES = [
    "portal/receiptblocks.py", "portal/voucherblocks.py", "portal/receiptpaper.py",
    "portal/passportwords.py", "portal/views/passport.py", "topup/services/esims.py",
    "templates/receipts/passport.html", "templates/receipts/_remaining.html",
]  # fmt: skip
KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy"))
OTHERS = ["es", "ar"]
_PLACE = re.compile(r"%\(\w+\)[sd]")


def words():
    """Every text that a customer may read."""
    found = {str(label) for kind in (Kind, OwedState, Tender, SaleState) for label in kind.labels}
    for name in SOURCES:
        source = (ROOT / name).read_text()
        source = templatize(source) if name.endswith("html") else source
        told = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
        found |= {message for _line, message, *_rest in told}
    found |= {str(told.happened) for told in TABLE.values() if told.step in {Step.MEND, Step.LATER}}
    found.add("The operator did not carry it out.")
    assert len(found) > 90
    return found


def catalogue(language):
    return ROOT / "locale" / language / "LC_MESSAGES/django.po"


def test_the_languages_of_the_settings_are_these():
    assert ["en", *OTHERS] == settings.RECEIPT_LANGUAGES
    assert [offer.name for offer in languages.offered()] == ["English", "Español", "العربيّة"]
    assert [offer.is_rtl for offer in languages.offered()] == [False, False, True]


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_and_keeps_its_places(language):
    told = {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalogue(language)))}
    assert words() - told.keys() == set()
    assert [name for name, text in told.items() if not text.strip()] == []
    same = {name for name, text in told.items() if name == text}
    assert same <= {"PIN", "eSIM"}
    for name, text in told.items():
        assert sorted(_PLACE.findall(name)) == sorted(_PLACE.findall(text)), name


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_is_written(language):
    path = catalogue(language)
    assert path.with_suffix(".mo").read_bytes() == compiled(path), "run manage.py words"
    with override(language):
        assert str(SaleState.COMPLETED.label) != "done"


@pytest.mark.parametrize("language", OTHERS)
def test_the_fonts_of_the_pdf_have_every_letter(language):
    for entry in polib.pofile(str(catalogue(language))):
        assert receiptpdf.missing([Block("text", entry.msgstr)]) == "", entry.msgstr
    for text in words():
        assert receiptpdf.missing([Block("text", text)]) == "", text
