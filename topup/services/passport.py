"""The short signed name of a sale's public page: whoever holds the receipt may look.

It is derived with the secret key, so nothing is stored; it opens no secret.
"""

import base64
import string

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from topup.models import Sale

SALT = "topup.passport"
BYTES = 12  # of the signature: 16 letters
_DIGITS = string.digits + string.ascii_lowercase


def token_of(sale: Sale) -> str:
    """Such as "5k3-Zk0a…": the sale's number, and its signature."""
    name = _name(sale.pk)
    return f"{name}-{_sign(name, settings.SECRET_KEY)}"


def find(token: str) -> Sale:
    """The sale of a token, an older key's too. Error: `Sale.DoesNotExist`."""
    name, _dash, signature = token.partition("-")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    is_ours = any(constant_time_compare(_sign(name, key), signature) for key in keys)
    if not is_ours or not name or not set(name) <= set(_DIGITS):
        raise Sale.DoesNotExist
    return Sale.objects.select_related("shop").get(pk=int(name, 36))


def masked(shown: str) -> str:
    """A grouped number with only its country code and its last three digits."""
    code, _space, rest = shown.partition(" ")
    total, seen, found = sum(map(str.isdigit, rest)), 0, ""
    for letter in rest:
        seen += letter.isdigit()
        found += "•" if letter.isdigit() and seen <= total - 3 else letter
    return f"{code} {found}".strip()


def _name(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, 36)
        found = _DIGITS[digit] + found
    return found or "0"


def _sign(name: str, key: str | bytes) -> str:
    made = salted_hmac(SALT, name, secret=key, algorithm="sha256").digest()[:BYTES]
    return base64.urlsafe_b64encode(made).decode()
