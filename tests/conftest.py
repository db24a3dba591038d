"""Rules for every test."""

import gc
import os

import pytest
from django.utils import translation
from hypothesis import settings as drawn

from tests.browser_path import FLAGS, find_chromium

drawn.register_profile("any-machine", deadline=None)  # none of our examples is timed
drawn.load_profile("any-machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On a laptop without Chromium browser tests are skipped; in CI that is a failure."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {call.excinfo.value}"
    return report


def pytest_collection_finish():
    """What is loaded by now stays: looking through it again and again took a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def english():
    """A request leaves its language behind in the thread that the tests are in, too."""
    yield
    translation.activate("en")


@pytest.fixture(scope="session")
def base_url():
    """Each window has its own: the address of the server that it looks at."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = find_chromium()
    if path is None:
        told = "no Chromium found: install one, or name it in PLAYWRIGHT_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS}
