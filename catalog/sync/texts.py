"""Keeps the words of SKUs in other languages. English is in the SKUs themselves."""

from itertools import chain
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from catalog.models import Sku, SkuText
from catalog.sync import fields
from valuetopup import Client
from valuetopup.types import Sku as Row

BATCH = 500


class Words(NamedTuple):
    """The columns of a `SkuText`, in its order; "" is not translated."""

    name: str
    product_name: str
    description: str
    additional_information: str


def refresh(client: Client, language: str) -> int:
    """Read names in a language; how many SKUs have some. Safe to repeat.

    What reads as the English does is no translation and is not kept.
    """
    rows = list(chain(client.skus(language=language), client.gift_card_skus(language=language)))
    english = _english()
    wanted: dict[int, Words] = {}
    for row in rows:
        if row.sku_id in english:
            pk, words = english[row.sku_id]
            wanted.setdefault(pk, _differing(_words(row), words))
    translated = {pk: words for pk, words in wanted.items() if any(words)}
    _write(language, translated, set(wanted) - set(translated))
    return len(translated)


def _english() -> dict[int, tuple[int, Words]]:
    """Our key and words of every SKU on the lists, by the provider's id. One query."""
    rows = Sku.objects.filter(retired_at=None).order_by()
    columns = rows.values_list(
        "provider_id", "pk", "name", "product__name", "description", "additional_information"
    )
    return {
        provider_id: (pk, Words(name, product or "", description, information))
        for provider_id, pk, name, product, description, information in columns
    }


def _words(row: Row) -> Words:
    return Words(
        fields.text(row.name, 250),
        fields.text(row.product_name, 200),
        fields.text(row.description),
        fields.text(row.additional_information),
    )


def _differing(words: Words, english: Words) -> Words:
    pairs = zip(words, english, strict=True)
    return Words(*("" if ours == theirs else ours for ours, theirs in pairs))


def _write(language: str, translated: dict[int, Words], plain: set[int]) -> None:
    kept = SkuText.objects.filter(language=language)
    known = {pk: Words(*words) for pk, *words in kept.values_list("sku", *Words._fields)}
    news = {pk: words for pk, words in translated.items() if known.get(pk) != words}
    now = timezone.now()
    with transaction.atomic():
        SkuText.objects.bulk_create(
            [
                SkuText(sku_id=pk, language=language, changed_at=now, **words._asdict())
                for pk, words in news.items()
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["sku", "language"],
            update_fields=[*Words._fields, "changed_at"],
        )
        if gone := plain & known.keys():
            kept.filter(sku__in=gone).delete()
