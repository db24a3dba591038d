"""Money, numbers, flags and icons as the counter's pages write them."""

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.numbers import format_currency
from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, to_locale

from catalog.msisdn import group
from ledger.money import unit

register = template.Library()
FLAGS = "vendor/flag-icons-7.5.0"
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
#: Set by some languages before an amount; here it has its direction anyway, and a minus its place.
_NO_MARKS = dict.fromkeys(map(ord, "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"))
_ISOLATED = "\N{LEFT-TO-RIGHT ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"


def apart(text: str) -> str:
    """Text that reads from left to right, to be put into a plain sentence of any language."""
    return _ISOLATED % text if text and get_language_bidi() else text


def number_text(digits: str) -> str:
    """A number in groups, to be put into a plain sentence."""
    return apart(group(digits)) if digits else ""


def money_text(amount: Decimal, currency: str, *, trim: bool = False) -> str:
    """An amount beside its currency, to be put into a plain sentence; see `money_alone`."""
    return apart(money_alone(amount, currency, trim=trim))


def money_alone(amount: Decimal, currency: str, *, trim: bool = False) -> str:
    """ "$10.00", "JMD 1,550.00": in the language of the page; digits are never rounded off.

    With `trim` a whole amount has no decimals: "$10".
    """
    shown, pattern = _shown(amount, currency), None
    if trim and shown == shown.to_integral_value():
        shown = shown.to_integral_value()
        standard = Locale.parse(_locale()).currency_formats["standard"]
        pattern = standard.pattern.replace(".00", "")
    text = format_currency(
        shown, currency, pattern, locale=_locale(), currency_digits=pattern is None,
        decimal_quantization=False,
    )  # fmt: skip
    return _LETTER_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", str(text).translate(_NO_MARKS))


@register.simple_tag
def money(amount: Decimal | None, currency: str, *, trim: bool = False) -> str:
    """An amount beside its currency, apart from the direction of the text around it.

    From left to right in every language: else "US$" after an amount turns into "$US".
    """
    if amount is None:
        return ""
    told = money_alone(amount, currency, trim=trim)
    return format_html('<bdi dir="ltr" class="money">{}</bdi>', told)


@register.filter
def msisdn(digits: str) -> str:
    """A number in groups, read from left to right in every language."""
    return format_html('<bdi dir="ltr" class="msisdn">{}</bdi>', group(digits)) if digits else ""


@register.filter
def grouped(digits: str) -> str:
    """A number in groups as plain text, for a field."""
    return group(digits) if digits else ""


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A picture beside words; a screen reader passes over it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css, static("icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def flag(country_code: str) -> SafeString | str:
    """The flag of a country; nothing where there is none."""
    name = f"{country_code.lower()}.webp"
    if name not in _flags():
        return ""
    return format_html(
        '<img class="flag" src="{}" alt="" width="32" height="24">', static(f"{FLAGS}/{name}")
    )


@cache
def _flags() -> frozenset[str]:
    folder = Path(__file__).parents[2] / "static" / FLAGS
    return frozenset(path.name for path in folder.glob("*.webp"))


def _locale() -> str:
    return to_locale(get_language() or "en")


def _shown(amount: Decimal, currency: str) -> Decimal:
    rounded = amount.quantize(unit(currency))
    return rounded if rounded == amount else amount.normalize()


@register.filter
def words(text: str) -> list[str]:
    """A list written in a template."""
    return text.split()


@register.filter
def css(name: str) -> str:
    """The path of a style sheet."""
    return f"css/{name}.css"


@register.filter
def at(table: dict[str, Any], key: str) -> Any:
    """A value of a table by its key."""
    return table.get(key)


@register.inclusion_tag("_training.html")
def training() -> dict[str, bool]:
    """A line that says that a simulator stands in for the provider, where one does."""
    return {"is_training": settings.SIMULATOR}
