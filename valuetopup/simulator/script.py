"""The faults that are switched on, and which request meets which.

A fault is chosen by kind or path, SKU, number, the next N requests, and a
probability under a seed; never by correlation id.
"""

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

from valuetopup.simulator.faults import CATALOGUE, NAMED, TRIGGERS, check

ORDER_KINDS = ("topup", "pin", "bill", "gift_card", "esim")
READ_KINDS = (
    "balance", "countries", "operators", "products", "skus", "gift_card_skus", "exchange_rate",
    "errors", "bundles", "lookup", "bill_fetch", "promotions", "status", "gift_card_fetch",
    "estimate", "esim_status",
)  # fmt: skip
GROUPS = {
    "orders": ORDER_KINDS,
    "reads": READ_KINDS,
    "catalogue": ("countries", "operators", "products", "skus", "gift_card_skus"),
    "*": ORDER_KINDS + READ_KINDS,
}


class BadFaultError(ValueError):
    """The control port was asked for a fault that does not exist or is incomplete."""


@dataclass
class Fault:
    """One scripted fault; `left` counts down, None means until cleared."""

    id: int
    name: str
    given: dict[str, Any]
    kinds: tuple[str, ...]
    path: str = ""
    sku_id: int | None = None
    mobile: str = ""
    left: int | None = None
    probability: float = 1.0
    seed: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def meets(self, *, kind: str, path: str, sku_id: int | None, number: str) -> bool:
        if kind not in self.kinds or self.left == 0:
            return False
        if self.path and not path.startswith(self.path):
            return False
        if self.sku_id is not None and self.sku_id != sku_id:
            return False
        if self.mobile and not number.endswith(self.mobile):
            return False
        return self.probability >= 1 or self.dice.random() < self.probability

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "fault": self.name, "left": self.left, **self.given}


class Script:
    """The list of faults switched on. Not thread-safe: the engine's lock guards it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.faults: list[Fault] = []

    def add(self, given: dict[str, Any]) -> Fault:
        """Switch a fault on. Raises BadFaultError."""
        fault = _read(given, next(self._numbers))
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        self.faults.clear()

    def pick(self, *, kind: str, path: str, sku_id: int | None, number: str) -> Fault | None:
        """The first fault that meets this request; uses up one of its count."""
        for fault in self.faults:
            if fault.name in CATALOGUE:
                continue
            if fault.meets(kind=kind, path=path, sku_id=sku_id, number=number):
                if fault.left is not None:
                    fault.left -= 1
                return fault
        return None

    def overlays(self) -> list[Fault]:
        """The changes of the catalogue that are in force."""
        return [fault for fault in self.faults if fault.name in CATALOGUE]


def _read(given: dict[str, Any], number: int) -> Fault:
    name = str(given.get("fault", ""))
    if name not in NAMED and name not in TRIGGERS and name not in CATALOGUE:
        raise BadFaultError(f"no such fault: {name!r}")
    kind = str(given.get("kind") or ("*" if given.get("path") else "orders"))
    kinds = GROUPS.get(kind, (kind,))
    if not set(kinds) <= set(GROUPS["*"]):
        raise BadFaultError(f"no such kind: {kind!r}")
    for needed in _NEEDED.get(name, ()):
        if needed not in given:
            raise BadFaultError(f"{name} needs {needed}")
    try:
        return _fault(name, given, number, kinds)
    except (ValueError, TypeError, ArithmeticError) as problem:
        raise BadFaultError(f"{name}: {problem}") from problem


def _fault(name: str, given: dict[str, Any], number: int, kinds: tuple[str, ...]) -> Fault:
    check(name, given)
    seed = int(given.get("seed", 0))
    return Fault(
        id=number, name=name, given={k: v for k, v in given.items() if k != "fault"},
        kinds=kinds, path=str(given.get("path", "")),
        sku_id=int(given["skuId"]) if "skuId" in given else None,
        mobile=str(given.get("mobile", "")),
        left=int(given["count"]) if given.get("count") is not None else None,
        probability=float(given.get("probability", 1)), seed=seed,
        dice=random.Random(seed),  # noqa: S311  repeatable on purpose
    )  # fmt: skip


_NEEDED = {
    "invoice_factor": ("factor",),
    "catalogue_shrink": ("share",),
    "price_change": ("skuId", "factor"),
    "retire_sku": ("skuId",),
    "cost_currency": ("currency",),
}
