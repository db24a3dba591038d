"""The language of the pages: complete in each, a person's own, and chosen by who just comes by."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from portal import languages, wordbook
from tests.portal.conftest import PASSWORD, Visitor
from topup.models import Person
from topup.states import SaleState

OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
RTL = {"ar", "ur"}
ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]|%%|<[^>]+>")
#: Names and loan words that are the same in some language.
MOST_SAME = 0.06


@pytest.fixture(scope="module")
def collected():
    found = wordbook.collected()
    assert len(found) > 2000
    return found


def test_there_are_ten_by_their_own_names():
    assert [one.code for one in languages.all_of_them()] == ["en", *OTHERS]
    assert len(OTHERS) == 9
    assert {one.code for one in languages.all_of_them() if one.is_rtl} == RTL
    assert wordbook.PLURALS.keys() == set(OTHERS)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_sources_is_translated(language, collected):
    path = wordbook.path_of(language)
    assert wordbook.lacking(language, collected) == [], "translate them, then manage.py words"
    is_merged = path.read_bytes() == wordbook.merged(language, collected)
    assert is_merged, "run manage.py words"  # the two texts told would be a megabyte
    is_compiled = path.with_suffix(".mo").read_bytes() == wordbook.compiled(path)
    assert is_compiled, "run manage.py words"
    assert not [entry for entry in polib.pofile(str(path)) if entry.fuzzy]


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_its_places_and_is_none_of_english(language):
    entries = polib.pofile(str(wordbook.path_of(language)))
    for entry in entries:
        forms = list(entry.msgstr_plural.values()) or [entry.msgstr]
        source = entry.msgid_plural or entry.msgid
        assert sorted(PLACE.findall(forms[-1])) == sorted(PLACE.findall(source)), source
        for form in forms:
            assert set(PLACE.findall(form)) <= set(PLACE.findall(source)), source
    same = [entry.msgid for entry in entries if entry.msgstr == entry.msgid]
    assert len(same) < len(entries) * MOST_SAME, same


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", *OTHERS])
def test_a_person_reads_every_page_in_his_own_language(counter, language):
    counter.agent.language = language
    counter.agent.save(update_fields=["language"])
    page = Visitor(counter.agent).get("/sell/")
    direction = "rtl" if language in RTL else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.html
    with translation.override(language):
        assert f"<span>{translation.gettext('Sell')}</span>" in page.html


@pytest.mark.django_db
def test_a_person_chooses_and_is_led_back(counter):
    visitor = Visitor(counter.agent)
    assert "/session/language/?next=/sales/" in visitor.get("/sales/").html.replace("%2F", "/")
    answer = visitor.post("/session/language/", language="fr", next="/sales/")
    assert (answer.status, answer.leads_to) == (303, "/sales/")
    counter.agent.refresh_from_db()
    assert counter.agent.language == "fr"
    assert '<html lang="fr"' in visitor.get("/sales/").html


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", "javascript:x", ""])
def test_the_way_back_is_one_of_ours(counter, wanted):
    answer = Visitor(counter.agent).post("/session/language/", language="fr", next=wanted)
    assert answer.leads_to == "/"


@pytest.mark.django_db
def test_what_is_no_language_changes_nothing(counter):
    answer = Visitor(counter.agent).post("/session/language/", language="tlh")
    counter.agent.refresh_from_db()
    assert (answer.status, counter.agent.language) == (422, "en")


@pytest.mark.django_db
def test_who_chose_before_he_signed_in_keeps_it(counter):
    client = Client()
    client.post("/session/language/", {"language": "ar"})
    assert '<html lang="ar" dir="rtl">' in client.get("/session/sign-in/").text
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    client.post("/session/sign-in/", {"username": counter.agent.username, "password": PASSWORD})
    assert Person.objects.get(pk=counter.agent.pk).language == "ar"


@pytest.mark.django_db
def test_the_language_of_a_browser_is_nobodys_else(counter):
    """Chosen at a till by one person, it does not become that of the next."""
    client = Client()
    client.cookies["django_language"] = "ar"
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    client.post("/session/sign-in/", {"username": counter.agent.username, "password": PASSWORD})
    assert Person.objects.get(pk=counter.agent.pk).language == "en"
    assert '<html lang="en"' in client.get("/sell/").text


@pytest.mark.django_db
def test_a_stranger_reads_what_his_browser_asks_for():
    told = Client().get("/session/sign-in/", headers={"accept-language": "bn-BD,en;q=0.5"}).text
    assert '<html lang="bn" dir="ltr">' in told


def money_words():
    """By English word, what docs/money-words.md says of each language."""
    found, names = {}, {one.name.casefold(): one.code for one in languages.all_of_them()}
    columns = []
    for line in (ROOT / "docs/money-words.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| English |"):
            columns = [names[cell.casefold()] for cell in cells]
        elif line.startswith("| ") and columns:
            found.setdefault(cells[0], {}).update(zip(columns[1:], cells[1:], strict=True))
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_the_states_of_a_sale_are_called_as_the_money_words_say(language):
    words = {english: told[language] for english, told in money_words().items()}
    shown = {}
    for state in SaleState:
        english = str(state.label)
        with translation.override(language):
            shown[english] = str(state.label)
    assert shown == {english: words[english] for english in shown}
    assert len(set(shown.values())) == len(shown), "two states by one word"
