"""The line of the sale bar: "18765551234 500", in any spelling, as number, amount and more.

Pure: whether digits are a whole number is told by the caller. Figures behind a whole number
are never joined to it. In doubt a line is a number alone, which sells nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from topup import amounts

MOST = 80  # characters; more is no line that somebody typed
_CURRENCY = re.compile(r"[a-z]{3}")
_WITH_CURRENCY = re.compile(r"(.*\d)([a-z]{3})", re.IGNORECASE)
_SECOND_TIME = {"x2", "×2"}

Fits = Callable[[str], bool]  # digits, country code first, are a whole number


@dataclass(frozen=True)
class Line:
    """What a line says. `words` is what to search for, where it is no number at all.

    `amount` is as it was typed: how it is read depends on the currency of the goods.
    `joined` are the digits of the whole line, where they are a whole number as well.
    """

    number: str = ""
    amount: str = ""
    currency: str = ""  # of the amount, if it was named
    second_time: bool = False
    words: str = ""
    joined: str = ""


def read(text: str, *, fits: Fits) -> Line:
    """The line of the bar. Never raises: what is no number stays for the form to refuse."""
    plain = unicodedata.normalize("NFKC", text.replace("\x00", " ")).strip()[:MOST]
    if _is_words(plain):
        return Line(words=plain)
    tokens = plain.split()
    second_time = len(tokens) > 1 and tokens[-1].lower() in _SECOND_TIME
    tokens = tokens[:-1] if second_time else tokens
    bare, currency = _currency(tokens)
    number, amount = _split(bare, fits)
    if not amount:
        return Line(number=" ".join(tokens), second_time=second_time)
    joined = _digits(" ".join(bare))
    is_joined = not currency and fits(joined)
    return Line(number, amount, currency, second_time, joined=joined if is_joined else "")


def _is_words(plain: str) -> bool:
    digits = sum(map(str.isdecimal, plain))
    return digits < 5 and any(map(str.isalpha, plain))


def _currency(tokens: list[str]) -> tuple[list[str], str]:
    """A currency behind the last token, or behind the figures of the first or the last."""
    if len(tokens) > 2 and _CURRENCY.fullmatch(tokens[-1].lower()):
        return tokens[:-1], tokens[-1].upper()
    for place in (len(tokens) - 1, 0) if len(tokens) > 1 else ():
        if match := _WITH_CURRENCY.fullmatch(tokens[place]):
            return [*tokens[:place], match[1], *tokens[place + 1 :]], match[2].upper()
    return tokens, ""


def _split(tokens: list[str], fits: Fits) -> tuple[str, str]:
    """Number and amount: the amount stands last, or first; "" where the line is a number alone."""
    cuts = [(" ".join(tokens[:at]), " ".join(tokens[at:])) for at in range(len(tokens) - 1, 0, -1)]
    if not cuts:
        return " ".join(tokens), ""
    first, last = cuts[-1], cuts[0]
    # "1876 5551234" is one number; "18765551234 500" is not, whatever else it might be.
    if _fits(first[0], fits) and amounts.is_figures(first[1]):
        return first
    if _fits(last[1], fits) and amounts.is_figures(last[0]):
        return last[1], last[0]
    if _fits(" ".join(tokens), fits):
        return " ".join(tokens), ""
    for number, amount in [*cuts, *((after, before) for before, after in reversed(cuts))]:
        if _is_amount(amount) and _fits(number, fits):
            return number, amount
    if _is_long(first[0]) and _is_amount(first[1]):
        return first
    if _is_long(last[1]) and _is_amount(last[0]):
        return last[1], last[0]
    return " ".join(tokens), ""


def _is_amount(text: str) -> bool:
    return any(amounts.ways(text))


def _fits(text: str, fits: Fits) -> bool:
    digits = _digits(text)
    return bool(digits) and fits(digits)


def _is_long(text: str) -> bool:
    """A number that no plan knows, as the provider's own test numbers."""
    return len(_digits(text)) >= 9


def _digits(text: str) -> str:
    digits = "".join(str(unicodedata.digit(one)) for one in text if one.isdecimal())
    return digits.removeprefix("00")
