"""What is read beside the lists: response codes, names in other languages; and what is missing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from catalog import queries, texts
from catalog.models import ErrorCode, Operator, Promotion, Sku, SkuText, SyncRun
from catalog.provider import client
from catalog.sync import sync_catalog
from catalog.sync import texts as keeping
from valuetopup import codes

NAME = "Digicel Jamaica 10.00 USD"
ARABIC = "Digicel جامايكا 10.00 USD"


def sku(name=NAME):
    return Sku.objects.get(name=name)


def test_the_providers_codes_are_kept_with_its_texts(filled):
    kept = dict(ErrorCode.objects.values_list("code", "text"))
    assert set(kept) == {*codes.REFUSED, *codes.DOUBTFUL, *codes.PENDING, codes.SUCCESS}
    assert kept["501"] == "The Subscriber number is not valid"
    assert set(ErrorCode.objects.values_list("language", flat=True)) == {"en"}


def test_a_code_that_left_the_list_is_kept_and_a_text_is_renewed(filled):
    ErrorCode.objects.filter(code="501").update(text="old")
    gone = ErrorCode.objects.create(code="777", text="was there", last_seen_at=filled.started_at)
    before = dict(ErrorCode.objects.values_list("code", "first_seen_at"))
    sync_catalog()
    assert ErrorCode.objects.get(code="501").text == "The Subscriber number is not valid"
    assert dict(ErrorCode.objects.values_list("code", "first_seen_at")) == before
    gone.refresh_from_db()
    assert gone.last_seen_at < ErrorCode.objects.get(code="501").last_seen_at


def test_names_are_kept_by_language_where_they_differ(filled):
    assert filled.notes == ""
    kept = SkuText.objects.get(sku=sku(), language="ar")
    assert (kept.name, kept.product_name) == (ARABIC, "Digicel جامايكا")
    assert SkuText.objects.count() < Sku.objects.count()
    untranslated = Sku.objects.filter(texts=None)
    assert untranslated.exists()
    assert set(SkuText.objects.values_list("language", flat=True)) == {"ar"}


def test_a_person_reads_his_own_language_and_english_where_there_is_none(filled):
    digicel = Operator.objects.get(name="Digicel", country="JM")
    with translation.override("ar"):
        shown = {row.name: row for row in queries.sellable_skus(digicel)}
    assert shown[NAME].shown_name == ARABIC
    assert shown[NAME].shown_product_name == "Digicel جامايكا"
    assert shown[NAME].name == NAME, "what is written down stays English"
    bundle = next(row for row in shown.values() if row.validity == "3D")
    assert bundle.shown_description.startswith("1 غيغابايت")
    plain = Sku.objects.filter(texts=None, operator__isnull=False).first()
    with translation.override("ar"):
        row = next(r for r in queries.sellable_skus(plain.operator) if r.pk == plain.pk)
    assert (row.shown_name, row.shown_product_name) == (plain.name, plain.product.name)


@pytest.mark.parametrize("language", ["en", "ar", "ar-eg", "fr"])
def test_a_list_takes_one_query_in_every_language(filled, language):
    operator = Operator.objects.get(name="Digicel", country="JM")
    with translation.override(language), CaptureQueriesContext(connection) as captured:
        rows = list(queries.sellable_skus(operator))
        names = {row.shown_name for row in rows} | {row.shown_product_name for row in rows}
    assert len(captured) == 1
    assert (ARABIC in names) is language.startswith("ar")
    assert len(rows) == len({row.pk for row in rows})


def test_a_receipt_may_take_the_customers_language(filled):
    assert texts.name_of(sku().pk, "ar-EG") == ARABIC
    assert texts.name_of(sku().pk, "en") == texts.name_of(sku().pk, "fr") == ""
    assert texts.name_of(None, "ar") == ""


def test_nothing_is_written_when_no_word_changed(filled):
    with CaptureQueriesContext(connection) as captured:
        keeping.refresh(client(), "ar")
    written = [q["sql"] for q in captured.captured_queries if q["sql"].startswith(("INS", "UPD"))]
    assert (written, len(captured)) == ([], 4)


def test_a_changed_word_is_mended_and_one_taken_back_goes(filled, simulator):
    SkuText.objects.filter(sku=sku()).update(name="old")
    retired = Sku.objects.exclude(texts=None).exclude(pk=sku().pk).first()
    stale = Sku.objects.filter(texts=None, retired_at=None).first()
    SkuText.objects.create(sku=stale, language="ar", name="قديم")
    simulator.fault("retire_sku", skuId=retired.provider_id)
    sync_catalog()
    assert SkuText.objects.get(sku=sku()).name == ARABIC
    assert not SkuText.objects.filter(sku=stale).exists()
    assert SkuText.objects.filter(sku=retired).exists(), "it may come back, and is on old receipts"


def test_a_language_that_the_provider_lacks_is_english_and_takes_no_room(filled, settings):
    settings.CATALOG_LANGUAGES = ["fr"]
    assert sync_catalog().notes == ""
    assert set(SkuText.objects.values_list("language", flat=True)) == {"ar"}


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        ("errors", "", "response codes"),
        ("promotions", "", "promotions"),
    ],
)
def test_a_list_of_words_that_fails_does_not_fail_the_sync(filled, simulator, kind, path, name):
    kept = ErrorCode.objects.count(), Promotion.objects.filter(gone_at=None).count()
    simulator.fault("http", status=503, kind=kind)
    run = sync_catalog()
    assert (run.state, SyncRun.objects.get(pk=run.pk).notes) == ("applied", run.notes)
    assert run.notes == f"Could not be read: {name} (NoAnswerError). What is kept stays."
    assert kept == (ErrorCode.objects.count(), Promotion.objects.filter(gone_at=None).count())


def test_a_language_that_fails_does_not_fail_the_sync(filled, simulator, monkeypatch):
    real = keeping.refresh

    def broken(api, language):
        simulator.fault("code", code="998", kind="gift_card_skus")
        return real(api, language)

    monkeypatch.setattr(keeping, "refresh", broken)
    kept = SkuText.objects.count()
    run = sync_catalog()
    assert run.state == "applied"
    assert run.notes == "Could not be read: names in “ar” (998). What is kept stays."
    assert SkuText.objects.count() == kept


def test_a_fault_of_ours_is_noted_too(filled, monkeypatch):
    def broken(api, language):
        raise ZeroDivisionError

    monkeypatch.setattr(keeping, "refresh", broken)
    run = sync_catalog()
    assert run.state == "applied"
    assert run.notes == "Could not be kept: names in “ar” (ZeroDivisionError)."
