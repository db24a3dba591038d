"""Search over the whole catalogue, as people type: beginnings of words, nearly right ones too.

Every word must begin some word of the SKU, its product, operator or country, or of the names
that SKU and product have in another language. Those whose operator's name has one of them
come first. The time grows little with the catalogue: an
index finds the rows, and of a word that many have only so many are put in order.
"""

import re
import unicodedata

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet, Value

from catalog.models import Sku, SkuWords, Word

MOST_WORDS = 6
PUT_IN_ORDER = 200  # of the rows that have every word
_NEARLY = 3  # words that a word that nothing begins with may have meant
_SIGNS = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\s]+")
#: Accents; and of Arabic what stands on letters or stretches them.
_MARKS = re.compile("[\u0300-\u036f\u0640\u064b-\u065f\u0670]")
_ORDER = ("country__name", "operator__name", "min_face_value", "name", "pk")


def words_of(text: str) -> list[str]:
    """The words of a text: no accents, small letters, no punctuation."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    return [word[:60] for word in _SIGNS.split(plain) if word][:MOST_WORDS]


def found(skus: QuerySet[Sku], text: str, *, most: int) -> list[Sku]:
    """Those of the SKUs that have every word, best first.

    One query; one more where operators' names have too few of the words, two more where
    nothing has all of them.
    """
    words = words_of(text)
    if len("".join(words)) < 2:
        return []
    ways = [[word] for word in words]
    rows = _ranked(skus, ways, most)
    if not rows and (nearly := _nearly(words)):
        rows = _ranked(skus, [[word, *nearly.get(word, ())] for word in words], most)
    return rows


def _ranked(skus: QuerySet[Sku], ways: list[list[str]], most: int) -> list[Sku]:
    every = " & ".join(f"({' | '.join(map(_begins, way))})" for way in ways)
    by_operator = " | ".join(_begins(f"o:{word}") for way in ways for word in way)
    rows = _some(skus, f"({every}) & ({by_operator})", most)
    if len(rows) < most:
        rows += _some(skus, f"({every}) & !({by_operator})", most - len(rows))
    return rows


def _begins(word: str) -> str:
    return f"'{word}':*"


def _some(skus: QuerySet[Sku], query: str, most: int) -> list[Sku]:
    fitting = SkuWords.objects.filter(words__has=query).values("sku")
    bounded = skus.filter(pk__in=fitting).order_by().values("pk")[:PUT_IN_ORDER]
    return list(skus.filter(pk__in=bounded).order_by(*_ORDER)[:most])


def _nearly(words: list[str]) -> dict[str, list[str]]:
    """Words of names that are nearly one of these; none for figures and short words. One query."""
    wanted = [word for word in words if len(word) >= 4 and not any(map(str.isdigit, word))]
    if not wanted:
        return {}
    rows = [_like(word) for word in wanted]
    found: dict[str, list[str]] = {}
    for meant, word in rows[0].union(*rows[1:], all=True):
        found.setdefault(meant, []).append(word)
    return found


def _like(word: str) -> "QuerySet[Word, tuple[str, str]]":
    near = Word.objects.filter(word__trigram_similar=word).alias(
        nearness=TrigramSimilarity("word", word)
    )
    return near.order_by("-nearness").values_list(Value(word), "word")[:_NEARLY]
