"""Shares the tests out to several processes, a file or a stack at a time.

A pytest plugin (`-p tests.parallel`) for `pytest -n 2`, which `./dev test` says when
all tests run. Each process has its own Postgres, broker and database (tests/services.py).
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser",)  # one stack for all files of the folder
FIRST = TOGETHER  # what takes longest: begun at the end it would leave one process alone


class ByFile(LoadScopeScheduling):
    """The tests of one file, or of one folder of TOGETHER, run in one process."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return next((folder for folder in TOGETHER if path.startswith(f"{folder}/")), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    config.option.loadscopereorder = False  # the order of `pytest_collection_modifyitems`
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
