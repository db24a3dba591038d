"""Query plans that do not hang on what other tests left in the tables or the statistics."""

from django.db import connection


def as_if_large(table):
    """Until the test's transaction ends the planner takes a table for one of a million rows.

    With few it finds any index as good. What an ANALYZE has told it of the columns is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = %s::regclass", [table])
        cursor.execute(
            "UPDATE pg_class SET reltuples = 1000000, relpages = 1, relallvisible = 0"
            " WHERE oid = %s::regclass", [table],
        )  # fmt: skip


def only_indexes(table, *names):
    """Until the test's transaction ends no scan of the whole table, and of its indexes only these.

    What stands for a constraint stays.
    """
    as_if_large(table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT EXISTS"
            " (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [table],
        )
        found = {row[0] for row in cursor.fetchall()}
        assert set(names) <= found
        for name in found - set(names):
            cursor.execute(f'DROP INDEX "{name}"')
