"""The simulated provider as a state machine: no HTTP, no threads of its own.

Promises: every POST to an order path is journalled before it is answered; an
order id is never executed twice unless `duplicates` says so; the wallet moves
by the invoice to the digit. Money is taken when an order is accepted whose end
is a success; one that ends in a failure is never charged.
Must not: sleep, or look at the wire; how an answer travels is told in `Wire`.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from valuetopup.simulator import checks
from valuetopup.simulator.catalogue import Catalogue, Overlay
from valuetopup.simulator.faults import PLAIN, TRIGGERS, Behaviour, behaviour_of
from valuetopup.simulator.journal import Journal
from valuetopup.simulator.messages import DUPLICATE, UNKNOWN_ID
from valuetopup.simulator.options import Options
from valuetopup.simulator.orders import Order, open_book
from valuetopup.simulator.payloads import gift_card, payload
from valuetopup.simulator.reply import Answer, Rejection, Reply, Wire
from valuetopup.simulator.script import Script
from valuetopup.simulator.specs import SkuSpec

# Where orders without a number are concerned the SKU decides: of three gift
# card products one answers 852 first, one leaves the card to the fetch call.
_CARD_LATER = Behaviour(answer="852", pending=("852",), lacks="card", lacks_for=10**9)
_CARD_FETCHED = Behaviour(lacks="card", lacks_for=10**9)
FIRST_TRANSACTION = 128_959_196


class Engine:
    """Orders, status, wallet. Thread-safe: one lock around every decision."""

    def __init__(self, options: Options, *, clock: Callable[[], float] = time.time) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.catalogue = Catalogue(options.currency)
        self.script = Script()
        self.delays: dict[str, float] = {}
        self.journal = Journal(options.journal)
        self.book = open_book(self.journal, options.currency)
        if not self.book.currency:
            self._write({"event": "opened", "wallet": options.wallet, "currency": options.currency})

    # Orders

    def place(self, kind: str, path: str, body: dict[str, Any]) -> Answer:
        """Take one POST to an order path; keys of `body` are folded."""
        with self.lock:
            correlation_id = checks.correlation_id_of(body)
            problem = checks.shape_problem(kind, body)
            if problem:
                return self._not_taken(path, correlation_id, problem, Wire())
            behaviour = self._behaviour(kind, path, body)
            if not behaviour.accepted:
                return self._not_taken(path, correlation_id, Reply("999"), behaviour.wire)
            if correlation_id in self.book.orders and self.options.duplicates == "refuse":
                return self._not_taken(path, correlation_id, Reply(DUPLICATE), behaviour.wire)
            return self._take(kind, path, body, behaviour)

    def count_post(self, path: str, correlation_id: str, outcome: str) -> None:
        """Count a POST that was turned away before it was read."""
        with self.lock:
            self._write_post(path, correlation_id, outcome=outcome)

    def _not_taken(
        self, path: str, correlation_id: str, said: Reply | Rejection, wire: Wire
    ) -> Answer:
        if isinstance(said, Rejection):
            outcome = f"http {said.status}"
        elif wire.kind == "plain":
            outcome = said.code
        else:
            outcome = f"http {wire.status}" if wire.kind == "http" else wire.kind
        self._write_post(path, correlation_id, outcome=outcome)
        return Answer(said, wire)

    def _behaviour(self, kind: str, path: str, body: dict[str, Any]) -> Behaviour:
        number = checks.number_of(kind, body)
        scale = self.options.time_scale
        fault = self.script.pick(kind=kind, path=path, sku_id=body["skuid"], number=number)
        if fault:
            return behaviour_of(fault.name, fault.given, scale=scale)
        if number[-4:] in TRIGGERS:
            return TRIGGERS[number[-4:]].scaled(scale)
        sku = self.catalogue.skus.get(body["skuid"])
        if kind == "gift_card" and sku:
            return (PLAIN, _CARD_LATER, _CARD_FETCHED)[sku.product.operator.line % 3]
        return PLAIN

    def _take(self, kind: str, path: str, body: dict[str, Any], behaviour: Behaviour) -> Answer:
        now = self.clock()
        order = Order(
            correlation_id=checks.correlation_id_of(body),
            kind=kind,
            sku_id=body["skuid"],
            number=checks.number_of(kind, body),
            code=behaviour.final,
            at=now,
            known_from=now + behaviour.unknown_for if behaviour.unknown_for else 0.0,
            busy_until=now + behaviour.busy_for if behaviour.busy_for else 0.0,
            pending=list(behaviour.pending),
            lacks=behaviour.lacks,
            lacks_for=behaviour.lacks_for,
        )
        message = None
        try:
            self._execute(order, kind, body, behaviour)
        except checks.Refusal as refusal:
            # A refusal is plain: what a fault adds belongs to orders that got through.
            order.code, message, order.pending = refusal.code, refusal.message, []
            behaviour = Behaviour(wire=behaviour.wire)
        self._write_post(path, order.correlation_id, order=order)
        return Answer(self._first_word(order, behaviour, message), behaviour.wire)

    def _execute(self, order: Order, kind: str, body: dict[str, Any], behaviour: Behaviour) -> None:
        """Check the order and, if its end is a success, deliver and charge. Raises Refusal."""
        sku = self.sellable(order.sku_id, kind)
        face = sku.low
        if "amount" in checks.NEEDED.get(kind, ()):
            face = checks.face_value(sku, body, wallet=self.options.currency)
        if kind == "topup" or (order.number and kind != "bill"):
            checks.check_number(order.number, sku.country)
        if order.code != "000":
            return
        price = self.catalogue.price(sku, face, self.overlay())
        invoice = price.invoice * checks.months(kind, body) * behaviour.invoice_factor
        if invoice > self.book.available:
            raise checks.Refusal("003")
        order.transaction_id = FIRST_TRANSACTION + 17 * self.book.deliveries
        order.charged = invoice
        order.payload = payload(
            sku, price, transaction_id=order.transaction_id, number=order.number, at=order.at
        )
        order.payload["invoiceAmount"] = invoice

    def _first_word(self, order: Order, behaviour: Behaviour, message: str | None) -> Reply:
        if behaviour.answer:
            gift = order.kind == "gift_card" and behaviour.answer == "852"
            text = "Gift Card processing is in progress." if gift else None
            return Reply(behaviour.answer, order.payload, message=text)
        if order.code != "000":
            return Reply(order.code, message=message)
        return Reply("000", _without(order.payload, order.lacks))

    def sellable(self, sku_id: int, kind: str) -> SkuSpec:
        """The SKU, if on sale and right for this path. Raises Refusal 510."""
        sku = self.catalogue.skus.get(sku_id)
        if sku is None or self.overlay().hides(sku_id):
            raise checks.Refusal("510")
        if checks.CATEGORY_OF.get(kind, sku.category) != sku.category:
            raise checks.Refusal("510")
        return sku

    # Reading an order again

    def status(self, correlation_id: str) -> Reply:
        """How an order stands; each call may move it one step on."""
        with self.lock:
            order = self.book.orders.get(correlation_id)
            now = self.clock()
            if order is None or now < order.known_from:
                return Reply(UNKNOWN_ID)
            if now < order.busy_until:
                return Reply("852")
            asked, waits = order.asked, len(order.pending)
            counted = waits if order.lacks == "card" else waits + order.lacks_for
            if asked < counted:
                self._write({"event": "asked", "correlationId": correlation_id})
            if asked < waits:
                return Reply(order.pending[asked])
            if order.code != "000":
                return Reply(order.code)
            lacks = order.lacks if asked < waits + order.lacks_for else ""
            return Reply("000", _without(order.payload, lacks))

    def gift_card(self, transaction_id: int) -> Reply:
        """The card of a finished gift card order, by the provider's own id."""
        with self.lock:
            order = self.book.by_transaction.get(transaction_id)
            if order is None or order.kind != "gift_card":
                return Reply(UNKNOWN_ID)
            if order.asked < len(order.pending) or self.clock() < order.known_from:
                return Reply("852", message="Gift Card processing is in progress.")
            return Reply("000", gift_card(transaction_id))

    def balance(self) -> Decimal:
        """As the provider signs it on prepaid terms: negative is available."""
        with self.lock:
            return -self.book.available

    def subject(self, correlation_id: str) -> tuple[int | None, str]:
        """SKU and number of a known order, for faults on status calls."""
        order = self.book.orders.get(correlation_id)
        return (order.sku_id, order.number) if order else (None, "")

    def estimate(self, body: dict[str, Any]) -> Reply | Rejection:
        """What an order would cost now."""
        problem = checks.shape_problem("estimate", body)
        if problem:
            return problem
        with self.lock:
            try:
                sku = self.sellable(body["skuid"], "estimate")
                face = checks.face_value(sku, body, wallet=self.options.currency)
            except checks.Refusal as refusal:
                return Reply(refusal.code, message=refusal.message)
            price = self.catalogue.price(sku, face, self.overlay())
        return Reply(
            "000",
            {
                "invoiceAmount": price.invoice,
                "faceValue": price.face,
                "faceValueCurrency": price.face_currency,
                "localCurrencyAmount": price.delivered,
                "destinationCurrency": price.delivered_currency,
                "salesTaxAmount": price.tax,
            },
        )

    # The day's changes and the journal

    def overlay(self) -> Overlay:
        """What the control port has changed in the catalogue."""
        overlay = Overlay()
        for fault in self.script.overlays():
            given = fault.given
            if fault.name == "catalogue_empty":
                overlay.empty = True
            elif fault.name == "catalogue_shrink":
                overlay.gone_share = float(given["share"])
            elif fault.name == "retire_sku":
                overlay.retired.add(int(given["skuId"]))
            elif fault.name == "price_change":
                overlay.factors[int(given["skuId"])] = Decimal(str(given["factor"]))
            elif fault.name == "cost_currency":
                overlay.cost_currency = str(given["currency"])
        return overlay

    def reset(self, wallet: Decimal | None = None) -> None:
        """Forget orders, faults and delays; the journal keeps the past lines."""
        with self.lock:
            self.script.clear()
            self.delays.clear()
            amount = self.options.wallet if wallet is None else wallet
            self._write({"event": "reset", "wallet": amount})

    def _write_post(
        self, path: str, correlation_id: str, *, outcome: str = "", order: Order | None = None
    ) -> None:
        at = datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="milliseconds")
        self._write(
            {
                "event": "post",
                "correlationId": correlation_id,
                "path": path,
                "at": at,
                "outcome": outcome,
                "order": order.as_event() if order else None,
            }
        )

    def _write(self, event: dict[str, Any]) -> None:
        self.journal.append(event)
        self.book.apply(event)


def _without(whole: dict[str, Any] | None, lacks: str) -> dict[str, Any] | None:
    """The payload with the part left out that a fault holds back."""
    if not lacks or whole is None:
        return whole
    if lacks == "payload":
        return None
    if lacks == "invoice":
        return {key: value for key, value in whole.items() if key != "invoiceAmount"}
    return {**whole, {"pins": "pins", "card": "giftCardDetail"}[lacks]: None}
