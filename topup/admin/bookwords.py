"""Books and rules with links to them, and what the check of a book found, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from topup import rulewords
from topup.models import PriceBook, PriceRule
from topup.rules import Refusal
from topup.services.bookcheck import NO_PRICE, Finding

MOST = 50  # findings, and twins, on the page


@dataclass(frozen=True)
class Words:
    """One thing that was found, with examples and the rules it comes from."""

    text: str
    examples: str
    rules: list[SafeString]


def book_name(book: PriceBook) -> str:
    """ "Price book 3", "Draft 12"."""
    return str(book)


def book_link(book: PriceBook) -> SafeString:
    url = reverse("admin:topup_pricebook_change", args=[book.pk])
    return format_html('<a href="{}">{}</a>', url, book_name(book))


def rule_link(rule: PriceRule) -> SafeString:
    """ "Price: cost + 8 % (operator Digicel)", leading to the rule's page."""
    url = reverse("admin:topup_pricerule_change", args=[rule.pk])
    words = f"{rule.get_use_display()}: {rulewords.how(rule)} ({rulewords.scope(rule)})"
    return format_html('<a href="{}">{}</a>', url, words[:1].upper() + words[1:])


def _rules(ids: Iterable[int | None]) -> dict[int, PriceRule]:
    wanted = {pk for pk in ids if pk}
    return PriceRule.objects.select_related(*rulewords.SCOPE).in_bulk(wanted)


def findings_in_words(findings: list[Finding]) -> list[Words]:
    shown = findings[:MOST]
    rules = _rules(pk for found in shown for pk in (found.price_id, found.commission_id))
    return [
        Words(
            text=_text(found),
            examples=", ".join(found.examples),
            rules=[rule_link(rules[pk]) for pk in (found.price_id, found.commission_id) if pk],
        )
        for found in shown
    ]


def _text(found: Finding) -> str:
    reason = {
        NO_PRICE: ngettext("%(skus)d SKU has no price", "%(skus)d SKUs have no price", found.skus),
        Refusal.LOSS: ngettext(
            "%(skus)d SKU would lose money", "%(skus)d SKUs would lose money", found.skus
        ),
    }.get(found.reason) or ngettext(
        "%(skus)d SKU has an amount that cannot be sold",
        "%(skus)d SKUs have amounts that cannot be sold",
        found.skus,
    )
    shops = ngettext("at %(shops)d shop", "at %(shops)d shops", found.shops)
    return f"{reason} {shops}" % {"skus": found.skus, "shops": found.shops}


def twins_in_words(twins: list[tuple[int, int]]) -> list[SafeString]:
    """Rules that never win, because a later one says the same."""
    rules = _rules(first for first, _later in twins[:MOST])
    return [rule_link(rules[first]) for first, _later in twins[:MOST]]
