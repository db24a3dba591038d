"""What is typed at a kiosk: on its keypad, a key for each press, or on a real keyboard.

Each key is a button of the form, so that the keypad works without scripts: a press sends
what stands in the field, and the key that is to be added to it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.money import unit
from topup import amounts

#: What a key does besides adding its own digit.
BACK, CLEAR, GO, LOOK, POINT, PLUS = "back", "clear", "go", "look", "point", "plus"


@dataclass(frozen=True)
class Pad:
    """What a keypad takes: how many signs at most, and which besides digits.

    Of an amount `sign` is the key before its decimals, "" where its money has none. The keys
    make no more `decimals` than that; what a keyboard types is kept as it is, to be asked about.
    """

    most: int
    has_plus: bool = False
    is_amount: bool = False
    sign: str = ""
    decimals: int = 0

    def is_full(self, text: str) -> bool:
        """True where a further digit would be one decimal too many."""
        _whole, sign, part = text.partition(self.sign) if self.sign else ("", "", "")
        return bool(sign) and len(part) >= self.decimals


NUMBER = Pad(20, has_plus=True)
SIX = Pad(6)
_MARKS = re.compile("[.,٫]")


def amount_pad(currency: str) -> Pad:
    """Keys for an amount: without one for thousands, so what they make has one reading."""
    decimals = max(0, -int(unit(currency).as_tuple().exponent))
    sign = amounts.decimal_sign() if decimals else ""
    return Pad(10, is_amount=True, sign=sign, decimals=decimals)


class KeypadForm:
    """What stands in the field after a press; `is_done` for the key that goes on."""

    def __init__(self, data: Mapping[str, str], pad: Pad) -> None:
        self.pad = pad
        self.key = data.get("key", GO)[:10]
        self.text = self._pressed(self._cleaned(data.get("typed", "")[:80]))

    @property
    def is_done(self) -> bool:
        return self.key == GO

    @property
    def is_look(self) -> bool:
        """True where a script asks how it is written, and nothing is chosen."""
        return self.key == LOOK

    def _cleaned(self, typed: str) -> str:
        """The digits of any script, and of the other signs those that the pad has."""
        text = "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", typed))
        found = re.sub(r"\D", "", text)
        if self.pad.has_plus and text.lstrip().startswith("+"):
            found = f"+{found}"
        if self.pad.is_amount:
            found = " ".join(re.sub(r"[^\d.,٫ ]", "", text).split())
        return found[: self.pad.most]

    def _pressed(self, text: str) -> str:
        if self.key == BACK:
            return text[:-1]
        if self.key == CLEAR:
            return ""
        sign = self._sign(text)
        return text + sign if len(text) < self.pad.most else text

    def _sign(self, text: str) -> str:
        if re.fullmatch("[0-9]", self.key):
            return "" if self.pad.is_full(text) else self.key
        if self.key == POINT and not _MARKS.search(text):
            return self.pad.sign if text or not self.pad.sign else f"0{self.pad.sign}"
        return "+" if self.key == PLUS and self.pad.has_plus and not text else ""


def _plain(sign: str) -> str:
    """A digit of any script as 0 to 9."""
    digit = unicodedata.digit(sign, None)
    return sign if digit is None else str(digit)


def whole(text: str) -> int:
    """The key of a row in a form; 0 for what is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else 0
