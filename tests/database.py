"""What tests ask of the database itself."""

from django.db import connection


def check_now() -> None:
    """Let the database check the sums of this transaction now instead of at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
