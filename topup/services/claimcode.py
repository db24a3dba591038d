"""The codes on a customer's receipt: one to have his money back, one to ask at a kiosk.

They are derived from the sale's id with the secret key, so nothing is stored that could
leak, and printed nowhere but on the receipt. The first is good once, because what is owed is
paid once; the second is the claim number of a sale that began at a kiosk.
"""

import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

DIGITS = 6
MONEY_BACK, KIOSK = "topup.claimcode", "topup.kioskclaim"  # what a code is for
#: After so many wrong codes only somebody in charge may give the money back.
MOST_WRONG = 5


def code_of(correlation_id: str, *, of: str = MONEY_BACK) -> str:
    """Six digits for a sale."""
    return _code(correlation_id, settings.SECRET_KEY, of)


def spoken(code: str) -> str:
    """In two groups, easier to read out: 123 456."""
    return f"{code[:3]} {code[3:]}"


def fits(correlation_id: str, typed: str, *, of: str = MONEY_BACK) -> bool:
    """True if the typed code is the sale's; receipts printed under an older key count too."""
    digits = digits_of(typed)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_code(correlation_id, key, of), digits) for key in keys)


def _code(correlation_id: str, key: str | bytes, of: str) -> str:
    made = salted_hmac(of, correlation_id, secret=key, algorithm="sha256")
    return f"{int.from_bytes(made.digest()[:8]) % 10**DIGITS:0{DIGITS}}"


def digits_of(typed: str) -> str:
    """Only the digits, in whatever script they were typed."""
    found = (unicodedata.decimal(letter, None) for letter in typed[:40])
    return "".join(str(digit) for digit in found if digit is not None)
