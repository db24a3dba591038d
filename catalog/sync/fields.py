"""Turns the provider's values into what our columns hold: cut, cleaned, exact."""

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from catalog.enums import Category

_CATEGORIES = {
    "rtr": Category.RTR,
    "pin": Category.PIN,
    "billpay": Category.BILL_PAY,
    "billpayment": Category.BILL_PAY,
    "sim": Category.SIM,
    "giftcard": Category.GIFT_CARD,
    "esim": Category.ESIM,
}
_CURRENCY = re.compile(r"[A-Z]{3}")


def category(text: str, *, fallback: Category = Category.OTHER) -> Category:
    """Our word for a category in any spelling ("Gift Card", "eSIM")."""
    return _CATEGORIES.get(re.sub(r"[\s_-]", "", text).lower(), fallback)


def amount(value: Decimal | None, *, places: int = 4) -> Decimal | None:
    """An amount that fits NUMERIC(20, places); None for what does not."""
    if value is None or not value.is_finite() or abs(value) >= Decimal(10) ** (20 - places):
        return None
    return value.quantize(Decimal(1).scaleb(-places))


def currency(text: str) -> str:
    """Three capital letters, or nothing: an amount without a currency is not sellable."""
    text = text.strip().upper()
    return text if _CURRENCY.fullmatch(text) else ""


def text(value: str, length: int = 100_000) -> str:
    """Without surrounding spaces and NULs, cut to the column."""
    return value.replace("\x00", "").strip()[:length].strip()


def small(value: int | None) -> int | None:
    """A count of digits; None for what cannot be one."""
    return value if value is not None and 0 < value <= 32 else None


def plain(raw: Any) -> Any:
    """The provider's row as JSON keeps it: exact amounts become text, NULs go."""
    return json.loads(json.dumps(raw, cls=DjangoJSONEncoder).replace("\\u0000", ""))


def fingerprint(*parts: Any) -> str:
    """The same for the same content, whatever the order of keys."""
    canonical = json.dumps(parts, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
