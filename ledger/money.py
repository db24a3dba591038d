"""Amounts: exact decimals beside a currency, never floats."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

#: ISO 4217 currencies whose smallest unit is not 1/100.
EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0,
    "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip

#: The finest step the books keep.
FINEST = Decimal("0.0001")
#: From here on a figure is no amount of a sale but a mistake.
ABSURD = Decimal(10) ** 12


def unit(currency: str) -> Decimal:
    """The smallest unit people pay in: 0.01 USD, 1 XOF, 0.001 KWD."""
    return Decimal(1).scaleb(-EXPONENTS.get(currency, 2))


def round_up(amount: Decimal, currency: str) -> Decimal:
    """Up to the smallest unit people pay in."""
    return amount.quantize(unit(currency), rounding=ROUND_CEILING)


def round_down(amount: Decimal, currency: str) -> Decimal:
    """Down to the smallest unit people pay in."""
    return amount.quantize(unit(currency), rounding=ROUND_FLOOR)


def exact(amount: Decimal | int | str) -> Decimal:
    """An amount as the books keep it; `ValueError` if digits would be lost.

    Floats are refused: 0.1 is not a tenth.
    """
    if isinstance(amount, float):
        raise TypeError("amounts are Decimal, never float")
    value = Decimal(amount)
    kept = value.quantize(FINEST)
    if kept != value:
        raise ValueError(f"{value} is finer than {FINEST}")
    return kept


def plausible(amount: Decimal | None) -> Decimal | None:
    """Somebody else's figure, rounded as the books keep it.

    None if it is missing, not more than zero, or absurd: nothing may be posted by it.
    """
    if amount is None or not amount.is_finite() or not 0 < amount < ABSURD:
        return None
    return amount.quantize(FINEST) or None
