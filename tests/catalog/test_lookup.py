"""Whose number is it? The provider first, the dial code when it cannot say; never an error."""

import os
import signal
import time

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog import lookup
from catalog.lookup import find_operator
from catalog.models import Country, Operator, Sku
from portal.embedded import Broker
from portal.supervisor import Log, Supervisor
from tests.services import broker_service

DIGICEL = "18761234567"
AMERICAN, SPANISH = "12125550100", "34612345678"
DEADLINE = lookup.DEADLINE


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Where an answer is wanted, a slow machine may give it late."""
    monkeypatch.setattr(lookup, "DEADLINE", 30)


@pytest.fixture
def watch():
    """Seconds a block takes."""

    class Watch:
        def __enter__(self):
            self.began = time.monotonic()
            return self

        def __exit__(self, *_):
            self.seconds = time.monotonic() - self.began

    return Watch


def test_the_providers_operator_comes_first_and_its_rivals_follow(filled):
    found = find_operator(DIGICEL)
    assert (found.source, found.country.code, found.best.name) == ("provider", "JM", "Digicel")
    assert found.candidates[0] == found.best
    assert [operator.name for operator in found.candidates] == ["Digicel", "Flow"]


def test_a_number_of_another_network_leads_with_that(filled):
    found = find_operator("18762234567")
    assert [operator.name for operator in found.candidates] == ["Flow", "Digicel"]


@pytest.mark.parametrize(("number", "code"), [(AMERICAN, "US"), (SPANISH, "ES")])
def test_where_the_provider_has_no_lookup_the_country_comes_from_the_number(filled, number, code):
    found = find_operator(number)
    assert (found.source, found.country.code, found.best) == ("prefix", code, None)
    assert len(found.candidates) > 1
    assert {operator.country_id for operator in found.candidates} == {code}


def test_a_country_with_one_operator_preselects_it(filled):
    Sku.objects.filter(country="JM").exclude(operator__name="Digicel").update(
        paused_at=timezone.now()
    )
    cache.set("lookup:down", [], 60)
    found = find_operator(DIGICEL)
    assert (found.source, found.best.name, len(found.candidates)) == ("prefix", "Digicel", 1)


@pytest.mark.parametrize("number", ["99912345678", "", "abc", "9" * 60, "-1", "../../etc"])
def test_a_number_of_nowhere_finds_nothing_and_raises_nothing(filled, number):
    found = find_operator(number)
    assert (found.source, found.country, found.candidates) == ("none", None, ())


@pytest.mark.parametrize(
    "fault",
    [
        ("http", {"status": 503}),
        ("http", {"status": 429}),
        ("http", {"status": 401}),
        ("http", {"status": 404}),
        ("garbage", {}),
        ("drop", {}),
        ("code", {"code": "999"}),
        ("no_payload", {}),
    ],
    ids=lambda fault: "-".join(map(str, (fault[0], *fault[1].values()))),
)
def test_an_error_of_the_provider_falls_back_to_the_dial_code(filled, simulator, fault):
    name, given = fault
    simulator.fault(name, kind="lookup", **given)
    found = find_operator(DIGICEL)
    assert (found.source, found.country.code) == ("prefix", "JM")
    assert [operator.name for operator in found.candidates] == ["Digicel", "Flow"]


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_slow_provider_costs_two_seconds_at_most_and_only_once(
    filled, simulator, monkeypatch, watch, fault
):
    monkeypatch.setattr(lookup, "DEADLINE", DEADLINE)
    simulator.fault(fault, kind="lookup", seconds=30, count=9)
    with watch() as first:
        assert find_operator(DIGICEL).source == "prefix"
    assert find_operator("18762234567").source == "prefix"
    assert 1 < first.seconds <= 9
    assert [fault["left"] for fault in simulator.control("faults")] == [8]


def test_a_provider_that_is_not_there_costs_no_wait(filled, settings, watch):
    settings.VALUETOPUP_BASE_URL = "http://127.0.0.1:9/api/v2"
    with watch() as took:
        assert find_operator(DIGICEL).source == "prefix"
    assert took.seconds <= 4.5


def test_a_provider_that_was_down_is_asked_again_a_little_later(filled, simulator):
    simulator.fault("http", status=503, kind="lookup", count=1)
    assert find_operator(DIGICEL).source == "prefix"
    assert find_operator(DIGICEL).source == "prefix"
    link, key = cache._cache.get_client(), cache.make_key("lookup:down")
    assert 0 < link.ttl(key) <= lookup._DOWN_FOR
    link.expire(key, 0)
    assert find_operator(DIGICEL).source == "provider"


def test_an_answer_is_kept_for_a_while(filled, simulator):
    assert find_operator(DIGICEL).source == "provider"
    simulator.fault("http", status=503, kind="lookup")
    assert find_operator(DIGICEL).source == "provider"
    assert find_operator("18762234567").source == "prefix"


def test_a_refused_number_is_not_asked_again_and_others_still_are(filled, simulator):
    simulator.fault("code", code="501", kind="lookup", count=1)
    assert find_operator(DIGICEL).source == "prefix"
    assert find_operator(DIGICEL).source == "prefix"
    assert find_operator("18762234567").source == "provider"


def test_an_operator_with_nothing_on_sale_is_no_candidate(filled):
    Sku.objects.filter(country="JM", operator__name="Digicel").update(paused_at=timezone.now())
    found = find_operator(DIGICEL)
    assert found.source == "prefix"
    assert [operator.name for operator in found.candidates] == ["Flow"]


def test_an_operator_that_we_do_not_know_is_not_made_up(filled):
    Operator.objects.filter(country="JM", name="Digicel").update(provider_id=987654)
    found = find_operator(DIGICEL)
    assert (found.source, found.country.code, found.best) == ("prefix", "JM", None)
    assert [operator.name for operator in found.candidates] == ["Digicel", "Flow"]


def test_without_a_cache_numbers_are_still_looked_up(filled, settings, watch):
    settings.CACHES = redis_at("redis://127.0.0.1:9/0")
    with watch() as took:
        assert find_operator(DIGICEL).source == "provider"
    assert took.seconds <= 4.5


def test_a_frozen_cache_does_not_hold_the_page_up(
    filled, simulator, settings, monkeypatch, watch, frozen
):
    settings.CACHES = redis_at(frozen)
    with watch() as took:
        assert find_operator(DIGICEL).source == "provider"
    assert took.seconds <= 9
    monkeypatch.setattr(lookup, "DEADLINE", DEADLINE)
    simulator.fault("hang", seconds=30, kind="lookup")
    with watch() as took:
        assert find_operator("18762234567").source == "prefix"
    assert took.seconds <= 9


def test_a_lookup_costs_the_same_queries_whatever_it_finds(filled, django_assert_num_queries):
    with django_assert_num_queries(2):  # the hit with its country, the others of the country
        find_operator(DIGICEL)
    with django_assert_num_queries(2):  # the countries, the operators of one
        find_operator(AMERICAN)
    with django_assert_num_queries(1):
        find_operator("99912345678")


def test_the_country_of_a_retired_row_is_not_guessed(filled):
    Country.objects.filter(code="US").update(retired_at=timezone.now())
    assert find_operator(AMERICAN).source in {"none", "prefix"}
    assert find_operator(AMERICAN).country != Country.objects.get(code="US")


def redis_at(url):
    from django.conf import settings

    kept = settings.CACHES["default"]
    return {"default": {**kept, "LOCATION": url.replace("redis+socket://", "unix://")}}


@pytest.fixture
def frozen(tmp_path_factory):
    """A cache of our own that takes connections and never answers."""
    broker = Broker(tmp_path_factory.mktemp("b"), keep=False)
    broker.prepare()
    with (tmp_path_factory.getbasetemp() / "frozen.log").open("w") as log:
        supervisor = Supervisor(Log(log))
        service = broker_service(broker)
        supervisor.start(service)
        pid = supervisor.children["broker"].process.pid
        os.kill(pid, signal.SIGSTOP)
        yield broker.url
        os.kill(pid, signal.SIGCONT)
        supervisor.stop()
