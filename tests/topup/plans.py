"""Query plans that do not hang on how many rows other tests left in the statistics."""

from django.db import connection


def only_indexes(table, *names):
    """Until the test's transaction ends no scan of the whole table, and of its indexes only these.

    What stands for a constraint stays. With few rows the planner finds any index as good.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
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
