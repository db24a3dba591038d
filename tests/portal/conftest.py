"""The counter's pages over a real simulator: a shop, its people, and a browser of bytes."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from django.conf import settings as live_settings
from django.test import Client, override_settings

from catalog import lookup, provider
from catalog.models import Sku
from portal import broker, metrics
from tests.brand import branded, no_brand  # noqa: F401
from tests.topup.counter import AIRTIME, PIN, RANGE, Counter, make_counter
from topup.models import Person, Role
from topup.services import bulk, bulkselling
from topup.services.shops import add_float, open_shop
from valuetopup.simulator.testing import SimulatorProcess

PASSWORD = "a-long-password"
GOOD = "+1 876-555 0000"


@pytest.fixture(scope="package", autouse=True)
def quick_passwords():
    """To hash one as slowly as for real takes a third of a second."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="package", autouse=True)
def patient():
    """What the product gives up after a second or two it waits for here: machines rest, too."""
    cache = live_settings.CACHES["default"]
    patience = {"socket_timeout": 60, "socket_connect_timeout": 60}
    with pytest.MonkeyPatch.context() as patched:
        for module, name in (
            (lookup, "DEADLINE"), (broker, "SECONDS"), (metrics, "STATEMENT_SECONDS"),
            (bulk, "ROUND"), (bulkselling, "_PATIENCE"),
        ):  # fmt: skip
            patched.setattr(module, name, 60)
        with override_settings(CACHES={"default": cache | {"OPTIONS": patience}}):
            yield


@pytest.fixture(scope="session")
def simulator_process():
    with SimulatorProcess(lookup="production") as process:
        yield process


@pytest.fixture
def simulator(simulator_process, settings):
    settings.VALUETOPUP_BASE_URL = simulator_process.url
    simulator_process.control("reset", "POST", {})
    yield simulator_process
    provider.reset()


@pytest.fixture
def counter(simulator, db) -> Counter:
    return make_counter(simulator)


@dataclass
class Page:
    """An answer, with the parts that tests look at."""

    response: object

    @property
    def html(self) -> str:
        return self.response.content.decode()

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def leads_to(self) -> str:
        return self.response.headers.get("Location") or self.response.headers.get("HX-Redirect", "")

    @property
    def text(self) -> str:
        """What a person reads, on one line."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.html).split())

    def value_of(self, name: str) -> str:
        return re.search(rf'name="{name}" value="([^"]*)"', self.html)[1]

    def value_of_field(self, name: str) -> str:
        """The value of a field, wherever it stands in its tag."""
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.html)[0]
        return re.search(r'value="([^"]*)"', tag)[1]


def stands_in(html, secret):
    """True if it stands there by itself: within a random name its digits come by chance."""
    return re.search(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", unquote(html)) is not None


class Visitor:
    """One browser without scripts, or HTMX in one."""

    def __init__(self, person=None, *, htmx=False, **options):
        self.client = Client(**options)
        self.headers = {"HX-Request": "true"} if htmx else {}
        if person:
            self.client.force_login(person)

    def get(self, url, **data):
        return Page(self.client.get(url, data, headers=self.headers))

    def post(self, url, **data):
        return Page(self.client.post(url, data, headers=self.headers))

    def quote(self, *, number=GOOD, sku=AIRTIME, amount=None):
        """The goods form, filled in and sent."""
        chosen = Sku.objects.get(provider_id=sku)
        data = {"number": number, "operator": chosen.operator_id, "sku": chosen.pk}
        if amount is not None:
            data[f"amount-{chosen.pk}"] = amount
        return self.post("/sell/quote/", **data)

    def to_check(self, **goods):
        """The check page, and the token in its form."""
        page = self.get(self.quote(**goods).leads_to)
        return page, page.value_of("quote")

    def sell(self, **goods):
        """A confirmed sale's address."""
        _page, token = self.to_check(**goods)
        return self.post("/sell/confirm/", quote=token).leads_to


@pytest.fixture
def visitor(counter):
    return Visitor(counter.agent)


@pytest.fixture
def htmx(counter):
    return Visitor(counter.agent, htmx=True)


@pytest.fixture
def owner(counter):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)


@pytest.fixture
def colleague(counter):
    return Person.objects.create_user("colleague", role=Role.CASHIER, shop=counter.shop)


@pytest.fixture
def rival(counter):
    """An agent of another shop, with float."""
    shop = open_shop(name="Harbour")
    add_float(shop=shop, amount=100, by=None, memo="start", key="harbour")
    return Person.objects.create_user("rival", role=Role.CASHIER, shop=shop)


__all__ = ["AIRTIME", "PIN", "RANGE"]
