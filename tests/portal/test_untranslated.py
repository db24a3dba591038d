"""No page of the counter has a text that nobody can translate: seen in a language of marks."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from babel import Locale
from django.conf import settings
from django.db.models import CharField, TextField
from django.utils import translation
from django.utils.translation import trans_real

from catalog import texts
from catalog.models import Country, Operator, Product, Sku
from portal import languages
from tests.portal.conftest import GOOD, RANGE, Visitor
from tests.portal.test_url_map import addresses, world
from topup.models import (
    BulkFile,
    BulkRow,
    CashMove,
    DepositRequest,
    Device,
    Dispute,
    Kiosk,
    Notice,
    Person,
    Sale,
    Shop,
)  # fmt: skip

__all__ = ["addresses", "world"]
pytestmark = pytest.mark.django_db
#: Nobody here reads it. Each of its texts is the English one between marks.
PSEUDO = "nb"
BEGIN, END = "⟦", "⟧"
#: What a page writes that is no word: codes of currencies and states of the art.
NO_WORDS = re.compile(
    r"https?://\S+|\b(?:[A-Z]{2,}[\dA-Z-]*|[a-z]+:|TopNet|PDF|PIN|eSIM|WhatsApp|SMS|mm|s)\b"
)
LETTER = re.compile(r"[^\W\d_]")
#: Months and days of the week come from the locale, at whatever date the tests are run.
CALENDAR = re.compile(
    r"\b(?:{})\b".format(
        "|".join(
            re.escape(name.rstrip("."))
            for names in (Locale(PSEUDO).months, Locale(PSEUDO).days)
            for width in ("abbreviated", "wide")
            for name in names["format"][width].values()
        )
    )
)
#: In a language of its own, by its name.
OTHER_LANGUAGE = re.compile(
    rf'<(?!html)(\w+)[^>]*\slang="(?!{PSEUDO})[^"]*"[^>]*>.*?</\1>|class="tile-initials[^<]*', re.S
)
#: No person is asked for at these: a picture and figures that are not there.
ONLY_ENGLISH = {"logos:logo", "logos:logo wrong", "health:metrics", "health:metrics wrong"}
GOODS = [
    ("of a number", "/sell/", {"number": GOOD}),
    ("with an amount", "/sell/", {"number": f"{GOOD} 20"}),
    ("the bar", "/sell/bar/", {"number": f"{GOOD} 20"}),
    ("words", "/sell/bar/", {"number": "digicel"}),
    ("a search", "/sell/browse/", {"q": "jamaica"}),
    ("nothing", "/sell/browse/", {"q": "xyz"}),
]
SAID = ("aria-label", "alt", "title", "placeholder")


class Marked(trans_real.DjangoTranslation):
    """Gives back what it is asked for, between marks."""

    def gettext(self, message):
        return f"{BEGIN}{message.rpartition(chr(4))[2]}{END}" if message else ""

    def ngettext(self, msgid1, msgid2, n):
        return self.gettext(msgid1 if n == 1 else msgid2)


class Read(HTMLParser):
    """What a person sees and hears of a page, by element."""

    def __init__(self):
        super().__init__()
        self.found, self.silent = [], 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"script", "style"}
        self.found += [told for name, told in attrs if name in SAID and told]

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.silent:
            self.found.append(data)


def seen(html):
    reader = Read()
    reader.feed(html)
    return reader.found


def unmarked(html):
    """What stands outside of all marks; in a text there may be elements, and other texts."""
    deep, kept = 0, []
    for part in re.split(f"([{BEGIN}{END}])", html):
        deep += (part == BEGIN) - (part == END)
        kept += [part] if not deep and part != END else []
    assert not deep, "a text was cut"
    return "".join(kept)


@pytest.fixture
def pseudo(monkeypatch):
    monkeypatch.setattr(settings, "LANGUAGES", [*settings.LANGUAGES, (PSEUDO, "Marks")])
    monkeypatch.setattr(settings, "RECEIPT_LANGUAGES", [*settings.RECEIPT_LANGUAGES, PSEUDO])
    trans_real.get_languages.cache_clear()
    trans_real._translations[PSEUDO] = Marked(PSEUDO)
    with translation.override(PSEUDO):  # the language before is back afterwards
        yield
    del trans_real._translations[PSEUDO]
    trans_real.get_languages.cache_clear()


def data():
    """The words that somebody has typed, and the provider's; the longest first."""
    found = {"start", *(one.name for one in languages.all_of_them())}  # "start": of the float
    with translation.override(PSEUDO):
        found |= {texts.country_name(country) for country in Country.objects.all()}
    for model in (
        Country, Operator, Product, Sku, Sale, Shop, Person, Device, Kiosk, Notice, Dispute,
        DepositRequest, BulkFile, BulkRow, CashMove,
    ):  # fmt: skip
        for field in model._meta.fields:
            if isinstance(field, CharField | TextField) and not field.choices:
                found |= {*model.objects.values_list(field.name, flat=True)}
    return sorted((one for one in found if one and len(one) > 1), key=len, reverse=True)


def words(html, known):
    """Texts with letters outside of marks that are no data."""
    for told in seen(OTHER_LANGUAGE.sub("", unmarked(html))):
        left = unescape(told)
        for one in known if LETTER.search(left) else ():
            left = left.replace(one, "")
        if LETTER.search(CALENDAR.sub("", NO_WORDS.sub("", left))):
            yield " ".join(told.split())


def test_no_page_has_a_text_that_cannot_be_translated(addresses, owner, counter, pseudo):
    Person.objects.update(language=PSEUDO)
    Sale.objects.update(receipt_language=PSEUDO)
    bad, pages = {}, []
    for visitor in (Visitor(owner), Visitor(counter.agent)):
        pages += [(name, visitor.get(path, lang=PSEUDO)) for name, path, _is_row in addresses]
        pages += [(name, visitor.get(path, **told)) for name, path, told in GOODS]
        pages.append(("check", visitor.to_check(sku=RANGE, amount="20")[0]))
    pages += [
        (f"{name} wrong", Visitor(owner).post(path))
        for name, path, _is_row in addresses
        if name != "session:sign_out"
    ]
    known = data()
    for name, page in pages:
        is_page = page.response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and not page.response.streaming and name not in ONLY_ENGLISH:
            for told in words(page.html, known):
                bad.setdefault(told, name)
    assert len(pages) > 200
    assert bad == {}


def test_a_text_without_marks_is_found():
    page = (
        f"<p>{BEGIN}one <b>two{END}</b> three <i>Digicel</i></p>"
        f'<p title="four">{BEGIN}a {BEGIN}b{END} c{END}, 5 USD</p><p lang="fr">un</p>'
    )
    assert [*words(page, ["Digicel"])] == ["three", "four"]
