"""The menu of faults: how an order, or a read, can go wrong.

`TRIGGERS` is ours, not the provider's: its page of sandbox simulations could
not be read. It is the one table to replace when that page is known. `NAMED`
holds the faults that the control port can script with parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from valuetopup.simulator.reply import STRAIGHT, Wire

PENDING = ("852", "851")


@dataclass(frozen=True)
class Behaviour:
    """How one order goes.

    `accepted`: the order gets into the system at all. `final`: the code it ends
    with. `answer`: the code given to the POST when it is not the final one.
    `pending`: codes of the next status calls before the final one. `unknown_for`
    (s): the status says "not found". `busy_for` (s): the status says 852.
    `lacks`: what a success leaves out (payload, invoice, pins), in the answer
    to the POST and in the next `lacks_for` answers 000 to status calls.
    """

    accepted: bool = True
    final: str = "000"
    answer: str = ""
    pending: tuple[str, ...] = ()
    unknown_for: float = 0.0
    busy_for: float = 0.0
    wire: Wire = STRAIGHT
    lacks: str = ""
    lacks_for: int = 0
    invoice_factor: Decimal = Decimal(1)

    def scaled(self, factor: float) -> "Behaviour":
        """The same with every delay multiplied."""
        return replace(
            self,
            unknown_for=self.unknown_for * factor,
            busy_for=self.busy_for * factor,
            wire=replace(self.wire, delay=self.wire.delay * factor),
        )


PLAIN = Behaviour()

# By the last four digits of mobile, accountNumber or recipient.
TRIGGERS: dict[str, Behaviour] = {
    "0501": Behaviour(final="501"),
    "0502": Behaviour(final="502"),
    "0510": Behaviour(final="510"),
    "0540": Behaviour(final="540"),
    "0560": Behaviour(final="560"),
    "0852": Behaviour(answer="852", pending=("852", "852")),
    "0853": Behaviour(answer="852", pending=("852", "852"), final="502"),
    "0851": Behaviour(answer="851"),
    "0120": Behaviour(busy_for=130, wire=Wire(delay=130)),
    "0121": Behaviour(wire=Wire("drop")),
    "0122": Behaviour(accepted=False, wire=Wire("drop")),
    "0503": Behaviour(wire=Wire("http", status=503)),
    "0999": Behaviour(final="999"),
    # No answer to the POST either: an 852 there would give away that the id is known.
    "0123": Behaviour(pending=("852",), unknown_for=90, wire=Wire("drop")),
    "0124": Behaviour(unknown_for=600, wire=Wire("drop")),
}


def _seconds(given: dict[str, Any], default: float) -> float:
    seconds = float(given.get("seconds", default))
    if not 0 <= seconds <= 86_400:
        raise ValueError("seconds are 0 to 86400")
    return seconds


def _factor(given: dict[str, Any]) -> Decimal:
    factor = Decimal(str(given["factor"]))
    if not 0 < factor < 1000:
        raise ValueError("a factor is more than 0 and less than 1000")
    return factor


def _code(given: dict[str, Any]) -> Behaviour:
    code = str(given.get("code", "999"))
    final = str(given.get("final", "000" if code in PENDING else code))
    return Behaviour(answer=code, final=final)


def _pending(given: dict[str, Any]) -> Behaviour:
    code = str(given.get("code", "852"))
    times = int(given.get("times", 2))
    return Behaviour(answer=code, pending=(code,) * times, final=str(given.get("final", "000")))


def _http(given: dict[str, Any]) -> Behaviour:
    status = int(given.get("status", 503))
    accepted = bool(given.get("accepted", status >= 500))
    return Behaviour(accepted=accepted, wire=Wire("http", status=status))


def _hang(given: dict[str, Any]) -> Behaviour:
    seconds = _seconds(given, 130)
    return Behaviour(busy_for=seconds, wire=Wire(delay=seconds))


def _garbage(given: dict[str, Any]) -> Behaviour:
    return Behaviour(accepted=bool(given.get("accepted", True)), wire=Wire("garbage"))


def _drip(given: dict[str, Any]) -> Behaviour:
    return Behaviour(wire=Wire("drip", delay=_seconds(given, 60)))


def _late(given: dict[str, Any]) -> Behaviour:
    seconds = _seconds(given, 90)
    return Behaviour(unknown_for=seconds, final=str(given.get("final", "000")), wire=Wire("drop"))


def _lacking(what: str) -> Callable[[dict[str, Any]], Behaviour]:
    return lambda given: Behaviour(lacks=what, lacks_for=int(given.get("times", 1)))


NAMED: dict[str, Callable[[dict[str, Any]], Behaviour]] = {
    "code": _code,
    "pending": _pending,
    "http": _http,
    "hang": _hang,
    "drop": lambda given: Behaviour(wire=Wire("drop")),
    "drop_before": lambda given: Behaviour(accepted=False, wire=Wire("drop")),
    "garbage": _garbage,
    "drip": _drip,
    "late": _late,
    "no_payload": _lacking("payload"),
    "no_invoice": _lacking("invoice"),
    "pins_later": _lacking("pins"),
    "invoice_factor": lambda given: Behaviour(invoice_factor=_factor(given)),
}

# Overlays of the catalogue; they stay until the faults are cleared.
CATALOGUE = ("catalogue_shrink", "catalogue_empty", "price_change", "retire_sku", "cost_currency")


def check(name: str, given: dict[str, Any]) -> None:
    """Raises for parameters that would else fail in the middle of an order."""
    if name in NAMED:
        NAMED[name](given)
    elif name == "price_change":
        _factor(given)
    elif name == "catalogue_shrink" and not 0 <= float(given["share"]) <= 1:
        raise ValueError("a share is 0 to 1")


def behaviour_of(name: str, given: dict[str, Any], *, scale: float) -> Behaviour:
    """The behaviour behind a fault's name: a trigger's four digits, or a name of `NAMED`.

    Delays of triggers follow the time scale; given seconds are meant literally.
    Raises KeyError for an unknown name or a missing parameter.
    """
    if name in TRIGGERS:
        return TRIGGERS[name].scaled(scale)
    return NAMED[name](given)
