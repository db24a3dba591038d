"""What a keystroke of the search takes with 1,000 SKUs and with 50,000.

    .venv/bin/python bench/search.py [--large 50000] [--rounds 15]

Fills two databases of a Postgres of its own (unless DATABASE_URL names a scratch one), then
types several searches letter by letter, each at one and the other in turn, so that a busy
machine is as busy for both. Prints the median of every search and fails if the median of
all keystrokes is more than three times as long.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.servers import Servers

SMALL, MOST_TIMES = 1_000, 3.0
#: A name many have, one that few have, a country, words apart, an amount, an error, nothing, and
#: words that only the translation has: of many, and of few.
TYPED = ("digicel", "operator 17", "country 3 usd", "bundle 25", "usd 10", "digcel", "zzzz",
         "باقة 25", "باقة البلد 17")  # fmt: skip

FILL = """
    INSERT INTO catalog_country (code, name, region, dial_codes, area_codes, raw, row_hash,
                                 seen_at, changed_at)
    SELECT chr(65 + n / 26) || chr(65 + n %% 26), 'Country ' || n, '', '[]', '[]', '{}', '',
           now(), now() FROM generate_series(0, 119) n;
    INSERT INTO catalog_operator (provider_id, country_id, name, image_url, logo_digest, raw,
                                  row_hash, seen_at, changed_at)
    SELECT n, chr(65 + n %% 120 / 26) || chr(65 + n %% 120 %% 26),
           CASE WHEN n %% 5 = 0 THEN 'Digicel ' ELSE 'Operator ' END || n,
           '', '', '{}', '', now(), now() FROM generate_series(1, %(all)s / 40) n;
    INSERT INTO catalog_product (provider_id, category, name, operator_id, country_id, description,
                                 image_url, logo_digest, require_fetch_bundle, raw, row_hash,
                                 seen_at, changed_at)
    SELECT o.provider_id * 4 + part, 'rtr', o.name || (ARRAY[' Airtime', ' Bundle', ' Data',
           ' Night'])[part + 1], o.id, o.country_id, '', '', '', false, '{}', '', now(), now()
      FROM catalog_operator o CROSS JOIN generate_series(0, 3) part;
    INSERT INTO catalog_sku (provider_id, category, name, product_id, operator_id, country_id,
                             min_face_value, max_face_value, face_currency, delivered_currency,
                             cost_currency, dial_codes, validity, benefit_type, description,
                             additional_information, require_fetch_bundle, pause_reason,
                             is_dynamic, is_sales_tax_charged, allow_decimal, raw, row_hash,
                             seen_at, changed_at)
    SELECT p.provider_id * 10 + size, 'rtr', p.name || ' ' || 5 * size || ' USD', p.id,
           p.operator_id, p.country_id, 5 * size, 5 * size, 'USD', '', 'USD', '[]', '', '', '', '',
           false, '', false, false, false, '{}', '', now(), now()
      FROM catalog_product p CROSS JOIN generate_series(1, 10) size;
    INSERT INTO catalog_skutext (sku_id, language, name, product_name, description,
                                 additional_information, changed_at)
    SELECT s.id, language, words || ' ' || s.name || ' ' || country || ' ' || o.provider_id %% 120,
           words || ' ' || o.name, '', '', now()
      FROM catalog_sku s JOIN catalog_operator o ON o.id = s.operator_id
      CROSS JOIN (VALUES ('ar', 'باقة', 'البلد'), ('es', 'Recarga', 'País'))
                 AS told (language, words, country);
    ANALYZE
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    servers = Servers()
    try:
        return _measure(options.large, options.rounds)
    finally:
        servers.stop()


def _measure(large: int, rounds: int) -> int:
    import django

    django.setup()
    for size in (SMALL, large):
        with _database(size):
            _fill(size)
    took: dict[tuple[int, str], list[float]] = {}
    for turn in range(rounds + 1):
        for size in (SMALL, large):
            with _database(size):
                for text in TYPED:
                    times = _type(text)
                    if turn:  # the first warms caches and plans up
                        took.setdefault((size, text), []).extend(times)
    return _tell(took, large)


def _type(text: str) -> Iterator[float]:
    """Seconds of every keystroke from the second letter on."""
    from catalog import queries

    times = []
    for length in range(2, len(text) + 1):
        began = time.perf_counter()
        queries.search(text[:length])
        times.append(time.perf_counter() - began)
    return iter(times)


def _tell(took: dict[tuple[int, str], list[float]], large: int) -> int:
    print(f"{'typed':<16}{SMALL:>10,} {large:>10,}   ratio")
    everything: dict[int, list[float]] = {SMALL: [], large: []}
    for text in TYPED:
        small, big = (statistics.median(took[size, text]) for size in (SMALL, large))
        for size in (SMALL, large):
            everything[size] += took[size, text]
        print(f"{text:<16}{small * 1000:>7.1f} ms {big * 1000:>7.1f} ms {big / small:>7.2f}")
    small, big = (statistics.median(everything[size]) for size in (SMALL, large))
    ratio = big / small
    print(f"{'all keystrokes':<16}{small * 1000:>7.1f} ms {big * 1000:>7.1f} ms {ratio:>7.2f}")
    print(f"slowest at {large:,}: {max(everything[large]) * 1000:.1f} ms")
    return int(ratio > MOST_TIMES)


@contextmanager
def _database(size: int) -> Iterator[None]:
    """The connection is one to the database of that size."""
    from django.db import connection

    settings = connection.settings_dict
    was = settings["NAME"]
    name = f"{was}_search_{size}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    settings["NAME"] = name
    connection.ensure_connection()
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = was


def _fill(size: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from catalog.models import Sku

    call_command("migrate", verbosity=0)
    if Sku.objects.exists():
        return
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            cursor.execute(statement, {"all": size})
    print(f"{Sku.objects.count():,} SKUs written in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
