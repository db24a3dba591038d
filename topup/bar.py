"""The line of the sale bar: "18765551234 500", in any spelling, as number, amount and more.

Pure: whether digits are a whole number is told by the caller. In doubt a line is a number
alone, which sells nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

MOST = 80  # characters; more is no line that somebody typed
_AMOUNT = re.compile(r"(\d{1,7}(?:[.,]\d{1,2})?)([a-z]{3})?")
_CURRENCY = re.compile(r"[a-z]{3}")
_SECOND_TIME = {"x2", "×2"}

Fits = Callable[[str], bool]  # digits, country code first, are a whole number


@dataclass(frozen=True)
class Line:
    """What a line says. `words` is what to search for, where it is no number at all."""

    number: str = ""
    amount: Decimal | None = None
    currency: str = ""  # of the amount, if it was named
    second_time: bool = False
    words: str = ""


def read(text: str, *, fits: Fits) -> Line:
    """The line of the bar. Never raises: what is no number stays for the form to refuse."""
    plain = unicodedata.normalize("NFKC", text.replace("\x00", " ")).strip()[:MOST]
    if _is_words(plain):
        return Line(words=plain)
    tokens = plain.split()
    second_time = len(tokens) > 1 and tokens[-1].lower() in _SECOND_TIME
    tokens = tokens[:-1] if second_time else tokens
    currency = ""
    if len(tokens) > 2 and _CURRENCY.fullmatch(tokens[-1].lower()):
        *tokens, currency = tokens
    number, amount = _split(tokens, fits)
    if amount is None:
        return Line(number=" ".join(tokens), second_time=second_time)
    value, own = amount
    return Line(number, value, (own or currency).upper(), second_time)


def _is_words(plain: str) -> bool:
    digits = sum(map(str.isdecimal, plain))
    return digits < 5 and any(map(str.isalpha, plain))


def _split(tokens: list[str], fits: Fits) -> tuple[str, tuple[Decimal, str] | None]:
    """Number and amount: the amount stands last, or first."""
    if len(tokens) < 2:
        return " ".join(tokens), None
    last, first = _amount(tokens[-1]), _amount(tokens[0])
    begin, rest = " ".join(tokens[:-1]), " ".join(tokens[1:])
    two = len(tokens) == 2
    # "1876 5551234" is one number; "18765551234 500" is not, whatever else it might be.
    if two and last and _fits(begin, fits):
        return begin, last
    if two and first and _fits(rest, fits):
        return rest, first
    if _fits(" ".join(tokens), fits):
        return " ".join(tokens), None
    if last and (_fits(begin, fits) or (two and _is_long(begin))):
        return begin, last
    if first and (_fits(rest, fits) or (two and _is_long(rest))):
        return rest, first
    return " ".join(tokens), None


def _amount(token: str) -> tuple[Decimal, str] | None:
    match = _AMOUNT.fullmatch(token.lower())
    if match is None:
        return None
    value = Decimal("".join(_digit(one) for one in match[1].replace(",", ".")))
    return (value, match[2] or "") if value > 0 else None


def _digit(character: str) -> str:
    return str(unicodedata.digit(character)) if character.isdecimal() else character


def _fits(text: str, fits: Fits) -> bool:
    digits = _digits(text)
    return bool(digits) and fits(digits)


def _is_long(text: str) -> bool:
    """A number that no plan knows, as the provider's own test numbers."""
    return len(_digits(text)) >= 9


def _digits(text: str) -> str:
    digits = "".join(_digit(one) for one in text if one.isdecimal())
    return digits.removeprefix("00")
