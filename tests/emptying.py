"""Empties the tables after a test that commits; what signals make anew stays.

A pytest plugin (`-p tests.emptying`). Django's own way truncates every table and makes
permissions and content types again: a fifth of a second each time, here a hundredth. As
there, nobody may be in the middle of a write: the tables are locked first. A request whose
page was closed may still hold some of them and want others: of two who wait for each other
Postgres sends one away, and if it was us, we come again.
"""

from typing import Any

import pytest

TRIES = 5
KEPT = ("django_content_type", "auth_permission")
EMPTY = """
DO $$
DECLARE
    name text;
    has_rows boolean;
BEGIN
    FOREACH name IN ARRAY ARRAY[{names}] LOOP
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
        IF has_rows THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
END $$
"""


def empty(*_: Any) -> None:
    """No row of a model is left, whatever refers to it and whatever guards it."""
    from django.db import OperationalError, connection

    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = ", ".join(f"'{name}'" for name in sorted(names) if name not in KEPT)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers, no references
        try:
            for attempt in range(TRIES):
                try:
                    cursor.execute(EMPTY.format(names=quoted))
                    break
                except OperationalError as error:
                    if "deadlock" not in str(error) or attempt == TRIES - 1:
                        raise
        finally:
            cursor.execute("SET session_replication_role = origin")


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """After Django is set up."""
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]
