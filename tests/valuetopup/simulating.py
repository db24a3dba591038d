"""What the tests of the simulator share: its SKUs by name, raw HTTP, a client."""

import itertools
from functools import cache
from typing import Any

import requests

from valuetopup import Client
from valuetopup.simulator.catalogue import Catalogue
from valuetopup.simulator.exact_json import loads
from valuetopup.simulator.testing import SimulatorProcess

FIXED = "Digicel Jamaica 10.00 USD"  # 7 % below its face value
RANGE = "Digicel-Jamaica 3.00 - 100.00 USD"
RUPEES = "Airtel India Bundles 798.00 INR"
PIN = "AT&T PIN US 15.00 USD"
CARD = "Google Play US (5.00 USD)"  # delivered at once
CARD_LATER = "PlayStation US (10.00 USD)"  # 852 first
CARD_FETCHED = "Amazon US (15.00 - 200.00 USD)"  # without the card in the answer
BILL = "Ikeja Electric Prepaid Nigeria 1000.00 - 100000.00 NGN"
ESIM = "Airhub Travel eSIM 4.50 USD"
SIM = "H2O SIM US 30.00 USD"
MSISDN = "18765551234"
LOGIN = ("simulator", "simulator")

_ids = itertools.count(1)


@cache
def _skus() -> dict[str, int]:
    return {sku.name: sku.id for sku in Catalogue("USD").skus.values()}


def sku_id(name: str) -> int:
    return _skus()[name]


def new_id() -> str:
    """A correlation id that no test has used."""
    return f"t-{next(_ids)}"


def client_of(simulator: SimulatorProcess, **options: Any) -> Client:
    return Client(
        base_url=simulator.url, user_id=simulator.user, password=simulator.password, **options
    )


def get(simulator: SimulatorProcess, path: str) -> Any:
    """The whole envelope, numbers exact."""
    answer = requests.get(simulator.url + path, auth=LOGIN, timeout=60)
    assert answer.status_code == 200, answer.text
    return loads(answer.content)


def post(simulator: SimulatorProcess, path: str, body: Any, **options: Any) -> requests.Response:
    given = {"auth": LOGIN, "json": body} | options
    return requests.post(simulator.url + path, timeout=60, **given)


def journal_row(simulator: SimulatorProcess, correlation_id: str) -> dict[str, Any]:
    """The one line of the account for an id; without its time."""
    (row,) = simulator.control(f"journal?correlationId={correlation_id}")
    del row["at"]
    return dict(row)


def charged(simulator: SimulatorProcess) -> str:
    """What the wallet has paid since the last reset, digit by digit."""
    return str(simulator.control("wallet")["charged"])
