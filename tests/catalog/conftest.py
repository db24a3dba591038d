"""A real simulator for the whole session, and a catalogue that was synced from it."""

import pytest
from django.test import override_settings

from catalog.models import (
    Country,
    ErrorCode,
    Logo,
    Operator,
    Product,
    Promotion,
    Sku,
    SkuText,
    SkuWords,
    SyncRun,
    Word,
)  # fmt: skip
from catalog.sync import sync_catalog
from valuetopup.simulator.testing import SimulatorProcess


class FewCountries(SimulatorProcess):
    program = "tests.catalog.few"


@pytest.fixture(scope="session")
def simulator_process():
    """Its catalogue has few countries: most tests sync it."""
    with FewCountries(lookup="production") as process:
        yield process


@pytest.fixture
def simulator(simulator_process, settings):
    """The settings point at it; its faults end with the test."""
    settings.VALUETOPUP_BASE_URL = simulator_process.url
    yield simulator_process
    simulator_process.control("faults", "DELETE")


@pytest.fixture(scope="module")
def _filled(simulator_process, django_db_setup, django_db_blocker):
    """The simulator's catalogue, committed once for a module; tests roll back around it."""
    with django_db_blocker.unblock(), override_settings(VALUETOPUP_BASE_URL=simulator_process.url):
        assert sync_catalog().state == "applied"
    yield
    with django_db_blocker.unblock():
        _delete_all()


def _delete_all():
    words = (ErrorCode, Logo, Promotion, SkuText, SkuWords, Word)
    for model in (*words, SyncRun, Sku, Product, Operator, Country):
        model.objects.all()._raw_delete("default")


@pytest.fixture
def filled(_filled, db, simulator):
    """A catalogue as the first sync leaves it."""
    return SyncRun.objects.get()


@pytest.fixture
def unfilled(db, simulator):
    """A catalogue before the first sync."""
    _delete_all()


@pytest.fixture
def make_country(db):
    def make(code, name, *dial_codes, length=None, area_codes=()):
        return Country.objects.create(
            code=code, name=name, dial_codes=list(dial_codes), number_length=length,
            area_codes=list(area_codes),
        )  # fmt: skip

    return make
