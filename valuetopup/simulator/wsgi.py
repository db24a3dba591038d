"""The simulator's HTTP: paths, Basic auth, JSON in and out."""

import base64
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from valuetopup.simulator import checks, control, pictures, reads
from valuetopup.simulator.engine import Engine
from valuetopup.simulator.exact_json import loads
from valuetopup.simulator.faults import behaviour_of
from valuetopup.simulator.lookup import lookup
from valuetopup.simulator.options import BASE_PATH
from valuetopup.simulator.reply import Answer, Rejection, Reply
from valuetopup.simulator.wire import Environ, plain, send, stopping

Read = Callable[[Engine, dict[str, str]], Reply]


class Route(NamedTuple):
    kind: str
    path: re.Pattern[str]
    read: Read


ORDERS = {
    "/transaction/topup": "topup",
    "/transaction/pin": "pin",
    "/transaction/billpay": "bill",
    "/transaction/giftcard/order": "gift_card",
    "/esim/order": "esim",
}
ESTIMATE = "/transaction/estimatecost"


def _route(kind: str, path: str, read: Read) -> Route:
    return Route(kind, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path), re.IGNORECASE), read)


READS = [
    _route("balance", "/account/balance", reads.balance),
    _route("countries", "/catalog/countries", reads.countries),
    _route("operators", "/catalog/operators", reads.operators),
    _route("products", "/catalog/getproducts", reads.products),
    _route("skus", "/catalog/skus", reads.skus),
    _route("gift_card_skus", "/catalog/skus/giftcards", reads.gift_card_skus),
    _route("exchange_rate", "/catalog/sku/exchangeRate/{skuid}", reads.exchange_rate),
    _route("errors", "/catalog/errors", reads.errors),
    _route("bundles", "/catalog/bundles/{productid}/{mobilenumber}", reads.bundles),
    _route("lookup", "/lookup/mobile/{mobile}", lookup),
    _route("bill_fetch", "/lookup/billpay/fetch-account-detail", reads.fetch_account),
    _route("promotions", "/promotion/current", reads.current_promotions),
    _route("promotions", "/promotion/upcoming", reads.upcoming_promotions),
    _route("status", "/transaction/status/{corelationid}", reads.status),
    _route("gift_card_fetch", "/transaction/giftcard/fetch/{id}", reads.gift_card),
    _route("esim_status", "/esim/status/{iccid}", reads.esim_status),
]


class Application:
    """The WSGI application over one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        login = f"{engine.options.user}:{engine.options.password}".encode()
        self._login = b"Basic " + base64.b64encode(login)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/control/"):
            return control.serve(self.engine, environ, start_response)
        if picture := pictures.PATH.fullmatch(path):
            status, kind, body = pictures.answer(int(picture[1]))
            return plain(status, body, start_response, kind=kind)
        body = environ["wsgi.input"].read()
        return send(self._answer(path, environ, body), environ, start_response)

    def _answer(self, path: str, environ: Environ, body: bytes) -> Answer:
        if not path.lower().startswith(BASE_PATH + "/"):
            return Answer(Rejection(404, "No HTTP resource was found that matches the request."))
        path = path[len(BASE_PATH) :].rstrip("/")
        method = environ["REQUEST_METHOD"]
        kind = ORDERS.get(path.lower())
        if kind and method == "POST":
            return self._order(kind, path.lower(), environ, body)
        problem = self._door(environ)
        if problem:
            return Answer(problem)
        if path.lower() == ESTIMATE and method == "POST":
            return self._estimate(environ, body)
        return self._read(path, method, environ)

    def _order(self, kind: str, path: str, environ: Environ, body: bytes) -> Answer:
        """Every POST is counted, also one that is turned away at the door."""
        fields, problem = _fields(environ, body)
        problem = self._door(environ) or problem
        if problem:
            correlation_id = checks.correlation_id_of(fields)
            self.engine.count_post(path, correlation_id, f"http {problem.status}")
            return Answer(problem)
        self._delay(kind)
        return self.engine.place(kind, path, fields)

    def _estimate(self, environ: Environ, body: bytes) -> Answer:
        fields, problem = _fields(environ, body)
        if problem:
            return Answer(problem)
        self._delay("estimate")
        sku_id = fields.get("skuid")
        return self._spoiled("estimate", ESTIMATE, sku_id, "", lambda: self.engine.estimate(fields))

    def _read(self, path: str, method: str, environ: Environ) -> Answer:
        for route in READS:
            match = route.path.fullmatch(path)
            if not match:
                continue
            if method != "GET":
                return Answer(Rejection(405, "The requested resource does not support this."))
            self._delay(route.kind)
            query = {k.lower(): v for k, v in parse_qsl(environ.get("QUERY_STRING", ""))}
            query.update(match.groupdict())
            query[reads.LANGUAGE] = environ.get("HTTP_ACCEPT_LANGUAGE", "")
            query[reads.HOST] = environ.get("HTTP_HOST", "")
            return self._read_with(route, path, query)
        return Answer(Rejection(404, "No HTTP resource was found that matches the request."))

    def _read_with(self, route: Route, path: str, query: dict[str, str]) -> Answer:
        try:
            sku_id = reads.number_in(query, "skuId")
            number = query.get("mobile") or query.get("mobilenumber") or ""
            if route.kind == "status":
                sku_id, number = self.engine.subject(query["corelationid"])
            return self._spoiled(
                route.kind, path, sku_id, number, lambda: route.read(self.engine, query)
            )
        except reads.BadQueryError as problem:
            return Answer(Rejection(400, str(problem)))

    def _spoiled(
        self,
        kind: str,
        path: str,
        sku_id: int | None,
        number: str,
        read: Callable[[], Reply | Rejection],
    ) -> Answer:
        """The answer of a read, as a scripted fault leaves it."""
        engine = self.engine
        with engine.lock:
            fault = engine.script.pick(kind=kind, path=path, sku_id=sku_id, number=number)
        if fault is None:
            return Answer(read())
        behaviour = behaviour_of(fault.name, fault.given, scale=engine.options.time_scale)
        code = behaviour.answer or behaviour.final
        if code != "000":
            return Answer(Reply(code), behaviour.wire)
        said = read()
        if isinstance(said, Reply):
            said = _changed(said, behaviour.lacks, behaviour.invoice_factor)
        return Answer(said, behaviour.wire)

    def _door(self, environ: Environ) -> Rejection | None:
        given = environ.get("HTTP_AUTHORIZATION", "").encode()
        if hmac.compare_digest(given, self._login):
            return None
        return Rejection(401, "Authorization has been denied for this request.")

    def _delay(self, kind: str) -> None:
        with self.engine.lock:
            seconds = self.engine.delays.get(kind, 0.0)
        stopping.wait(seconds)


def _fields(environ: Environ, body: bytes) -> tuple[dict[str, Any], Rejection | None]:
    """The folded body, and what is wrong with it."""
    problem = None
    try:
        fields = checks.fold(loads(body))
    except ValueError:
        fields, problem = {}, Rejection(400, "The request is invalid.")
    if not environ.get("CONTENT_TYPE", "").lower().startswith("application/json"):
        problem = Rejection(415, "The request entity's media type is not supported.")
    return fields, problem


def _changed(said: Reply, lacks: str, factor: Any) -> Reply:
    if lacks == "payload" or said.payload is None:
        return replace(said, payload=None)
    if isinstance(said.payload, dict) and "invoiceAmount" in said.payload:
        payload = dict(said.payload)
        payload["invoiceAmount"] *= factor
        if lacks == "invoice":
            del payload["invoiceAmount"]
        return replace(said, payload=payload)
    return said
