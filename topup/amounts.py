"""Amounts as people type them and as pages write them: one reading, or a question. Pure.

Digits of any script; ".", "," or "٫" before the decimals; groups of three behind a mark or a
space, and as in India. What may be a thousand or a part is never guessed: 1.000, 1,550.
"""

import re
import unicodedata
from decimal import Decimal

from babel import Locale
from babel.numbers import get_decimal_symbol
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from ledger.money import unit

MOST_DIGITS = 9  # before the decimals
_MARKS = ".,٫٬'’ "
_PART = re.compile(r"(\d+)(?:[.,٫](\d{0,4}))?", re.ASCII)
_GROUPED = re.compile(
    r"([1-9]\d{0,2}(?:([., ٬'’])\d{3})(?:\2\d{3})*|[1-9]\d?(?:,\d{2})+,\d{3})(?:([.,٫])(\d{1,4}))?",
    re.ASCII,
)
_UNCLEAR = re.compile(r"[1-9]\d{0,2}([.,])\d{3}", re.ASCII)
_THREE = Decimal("0.001")


def ways(text: str, currency: str = "", *, digits: int = MOST_DIGITS) -> tuple[Decimal, ...]:
    """Every way to read an amount, the smaller first; none for what is no amount.

    Nor for one of more `digits` before its decimals.
    """
    plain = _plain(text)
    found = {*_as_part(plain, digits), *_as_grouped(plain, digits)}
    if len(found) > 1 and _is_decided(plain, currency):
        found = {*_as_part(plain, digits)}
    return tuple(sorted(found))


def read(text: str, currency: str = "", *, digits: int = MOST_DIGITS) -> Decimal:
    """The amount. Error: `ValueError` with a sentence, also for one that is unclear.

    With the `currency` 1.550 is plain where money has three decimals and the language of
    the reader writes them so.
    """
    if not text.strip():
        raise ValueError(_("Type the amount."))
    found = ways(text, currency, digits=digits)
    if len(found) > 1:
        raise ValueError(unclear(text, currency))
    if not found:
        raise ValueError(no_amount())
    return found[0]


def is_figures(text: str) -> bool:
    """True for digits with marks between them, few enough to be meant as an amount."""
    plain = _plain(text)
    digits = sum(map(str.isdigit, plain))
    return bool(ways(plain)) or (
        0 < digits <= MOST_DIGITS and not plain.strip("0123456789" + _MARKS)
    )


def no_amount() -> str:
    return _("Type the amount in digits, for example 5 or 5.50.")


def unclear(text: str, currency: str = "") -> str:
    """What to ask about an amount that may be a thousand or a part."""
    told = {"text": text.strip()[:20], "sign": decimal_sign()}
    if unit(currency) == _THREE:
        return (
            _(
                "Is %(text)s a thousand or a part? Write it without the mark, or with “%(sign)s” "
                "before the decimals."
            )
            % told
        )
    return (
        _("Is %(text)s a thousand or a part? Write it without the mark, or with two decimals.")
        % told
    )


def decimal_sign() -> str:
    """What stands before decimals in the language of the reader."""
    symbol = get_decimal_symbol(Locale.parse(to_locale(get_language() or "en")))
    return "," if symbol == "," else "."


def _as_part(plain: str, digits: int) -> set[Decimal]:
    match = _PART.fullmatch(plain)
    if match is None or len(match[1]) > digits:
        return set()
    return {Decimal(f"{match[1]}.{match[2] or 0}")}


def _as_grouped(plain: str, digits: int) -> set[Decimal]:
    match = _GROUPED.fullmatch(plain)
    if match is None or (match[3] and match[3] in match[1]):
        return set()
    whole = re.sub(r"\D", "", match[1])
    return {Decimal(f"{whole}.{match[4] or 0}")} if len(whole) <= digits else set()


def _is_decided(plain: str, currency: str) -> bool:
    """True where three decimals are what this money has and how the reader writes them."""
    match = _UNCLEAR.fullmatch(plain)
    return match is not None and unit(currency) == _THREE and match[1] == decimal_sign()


def _plain(text: str) -> str:
    """Digits of ours, plain spaces: no-break, thin and narrow ones are spaces, too."""
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(_ascii(character) for character in spaced)


def _ascii(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
