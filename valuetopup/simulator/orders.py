"""The book of orders: what was asked, what was done, what it cost.

Rebuilt from the journal at every start. Pure data: it answers, it does not
decide.
"""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from valuetopup.simulator.journal import Journal, JournalError

ZERO = Decimal("0.00")


@dataclass
class Order:
    """One order that got into the system, refused ones included.

    `code` is how it ends; `payload` the common payload of a success; times are
    seconds since the epoch. `asked` counts the status calls that moved it.
    """

    correlation_id: str
    kind: str
    sku_id: int
    number: str
    code: str
    at: float
    transaction_id: int = 0
    charged: Decimal = ZERO
    payload: dict[str, Any] | None = None
    known_from: float = 0.0
    busy_until: float = 0.0
    pending: list[str] = field(default_factory=list)
    lacks: str = ""
    lacks_for: int = 0
    asked: int = 0

    def as_event(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "at": Decimal(str(self.at)),
            "known_from": Decimal(str(self.known_from)),
            "busy_until": Decimal(str(self.busy_until)),
        }

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> "Order":
        times = {key: float(event[key]) for key in ("at", "known_from", "busy_until")}
        return cls(**{**event, **times})


@dataclass
class Row:
    """One line of the account per correlation id (per POST where no id was sent)."""

    correlation_id: str
    path: str
    at: str
    posts: int = 0
    executed: int = 0
    charged: Decimal = ZERO
    outcome: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "correlationId": self.correlation_id,
            "path": self.path,
            "posts": self.posts,
            "executed": self.executed,
            "charged": self.charged,
            "outcome": self.outcome,
            "at": self.at,
        }


class Book:
    """Every POST counted, every order kept, the wallet's sum."""

    def __init__(self) -> None:
        self.opened = ZERO
        self.currency = ""
        self.deliveries = 0  # never set back: transaction ids stay unique
        self.clear()

    def clear(self) -> None:
        """Forget all orders; the wallet stands as opened."""
        self.charged = ZERO
        self.rows: dict[str, Row] = {}
        self.orders: dict[str, Order] = {}
        self.by_transaction: dict[int, Order] = {}
        self.by_iccid: dict[str, Order] = {}
        self._without_id = 0

    @property
    def available(self) -> Decimal:
        return self.opened - self.charged

    def apply(self, event: dict[str, Any]) -> None:
        """Take in one event of the journal; the only way anything changes."""
        getattr(self, f"_on_{event['event']}")(event)

    def _on_opened(self, event: dict[str, Any]) -> None:
        self.opened, self.currency = event["wallet"], event["currency"]

    def _on_reset(self, event: dict[str, Any]) -> None:
        self.clear()
        self.opened = event["wallet"]

    def _on_post(self, event: dict[str, Any]) -> None:
        row = self._row(event)
        row.posts += 1
        if event.get("order") is None:
            row.outcome = row.outcome or event["outcome"]
            return
        order = Order.from_event(event["order"])
        row.outcome = order.code
        if order.code == "000":
            row.executed += 1
            row.charged += order.charged
            self.charged += order.charged
            self.deliveries += 1
        self._keep(order)

    def _on_asked(self, event: dict[str, Any]) -> None:
        self.orders[event["correlationId"]].asked += 1

    def _row(self, event: dict[str, Any]) -> Row:
        key = event["correlationId"]
        if not key:
            self._without_id += 1
            key = f"\0{self._without_id}"
        if key not in self.rows:
            self.rows[key] = Row(event["correlationId"], event["path"], event["at"])
        return self.rows[key]

    def _keep(self, order: Order) -> None:
        if order.correlation_id:
            self.orders.setdefault(order.correlation_id, order)
        if order.transaction_id:
            self.by_transaction[order.transaction_id] = order
        esim = (order.payload or {}).get("esimDetail")
        if esim:
            self.by_iccid[esim["iccid"]] = order


def open_book(journal: Journal, currency: str) -> Book:
    """The book that the events of a journal make. Raises JournalError."""
    book = Book()
    for number, event in enumerate(journal.events(), start=1):
        try:
            book.apply(event)
        except (AttributeError, ArithmeticError, KeyError, TypeError, ValueError):
            raise JournalError(f"line {number} is no event of this simulator") from None
    if book.currency not in ("", currency):
        raise JournalError(f"its wallet is in {book.currency}, not in {currency}")
    return book
