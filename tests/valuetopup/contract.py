"""The providers that the contract is held against: the simulator, and the real sandbox.

The simulator always. The sandbox as well when both of these are in the environment:

    VALUETOPUP_SANDBOX_USER_ID, VALUETOPUP_SANDBOX_PASSWORD
    VALUETOPUP_SANDBOX_BASE_URL   another address (https://sandbox.valuetopup.com/api/v2)
    VALUETOPUP_SANDBOX_ORDERS=1   send orders there, too: they charge the sandbox account

Without the last the sandbox is only read from.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from valuetopup import Client, Sku
from valuetopup.errors import RefusedError, ValueTopupError

PREFIX = "VALUETOPUP_SANDBOX_"
SANDBOX = "https://sandbox.valuetopup.com/api/v2"
MSISDN = "18761234567"  # of the sandbox's own numbers
#: The sandbox's numbers for the lookup, with their countries.
NUMBERS = {
    MSISDN: "JM",
    "18762234567": "JM",
    "911234567890": "IN",
    "912345678901": "IN",
    "923123456789": "PK",
    "923234578901": "PK",
    "5212345678901": "MX",
    "522345678901": "MX",
}


@dataclass
class Provider:
    """One of the two, with a client, its catalogue read once, and what may be done."""

    name: str
    client: Client
    may_order: bool
    _skus: list[Sku] = field(default_factory=list)

    @property
    def skus(self) -> list[Sku]:
        self._skus = self._skus or self.client.skus()
        return self._skus

    def cheapest(self, category: str, *, country: str = "") -> Sku:
        """The SKU that costs the sandbox account least. Skips the test if there is none."""
        fitting = [
            sku
            for sku in self.skus
            if kind_of(sku.category) == category and country in ("", sku.country_code)
            and not sku.require_fetch_bundle and sku.min.face_value and sku.min.face_currency
        ]  # fmt: skip
        if not fitting and self.name != "simulator":
            pytest.skip(f"the {self.name} sells no {category}")
        return min(fitting, key=_wallet_value)

    def new_id(self) -> str:
        return f"contract-{secrets.token_hex(8)}"


def names(environ: Mapping[str, str]) -> list[str]:
    """The providers to test against."""
    has_login = environ.get(f"{PREFIX}USER_ID") and environ.get(f"{PREFIX}PASSWORD")
    return ["simulator", "sandbox"] if has_login else ["simulator"]


def sandbox(environ: Mapping[str, str]) -> Provider:
    client = Client(
        base_url=environ.get(f"{PREFIX}BASE_URL") or SANDBOX,
        user_id=environ[f"{PREFIX}USER_ID"],
        password=environ[f"{PREFIX}PASSWORD"],
        order_deadline=120,
        deadline=60,
    )
    return Provider("sandbox", client, environ.get(f"{PREFIX}ORDERS") == "1")


def kind_of(category: str) -> str:
    """The provider writes categories in several ways."""
    return category.replace(" ", "").lower()


def or_error(call: Callable[[], Any]) -> Any:
    """What the call gives, or the typed error that it ends in."""
    try:
        return call()
    except ValueTopupError as error:
        return error


def is_refusal(error: Any) -> bool:
    """A read that was answered with a code of failure."""
    return isinstance(error, RefusedError) and error.code not in ("000", "")


def floats_in(value: Any) -> list[float]:
    """Every float in an answer as it was parsed; there must be none."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for item in value for found in floats_in(item)]
    return [value] if isinstance(value, float) else []


def _wallet_value(sku: Sku) -> Decimal:
    worth = sku.min.face_value_in_wallet_currency or sku.min.cost or sku.min.face_value
    return worth or Decimal(0)
