"""Backup and restore, with real databases of their own beside that of the tests.

A shop sells through a provider that would take a second order. A backup is made in the
middle, the product goes on ("the gap"), and then the backup comes back elsewhere.
"""

import io
import re
import stat
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings as live_settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from catalog import provider
from catalog.models import Word
from portal.backups import Archive, BackupError, making, restoring
from portal.backups.programs import restore_program
from portal.embedded.state import State
from tests.stack import wait_for
from tests.topup.counter import PIN
from tests.topup.offerdesk import Desk, make_desk
from topup import books
from topup.errors import SellingStoppedError
from topup.models import (
    AuditEntry,
    BasketItem,
    BulkFile,
    BulkRow,
    KioskOffer,
    ProviderCall,
    Sale,
    Stop,
)
from topup.models.alarm import StopKind
from topup.offererrors import OfferTakenError
from topup.services import (
    alarms,
    basketlines,
    baskets,
    bulk,
    bulkfigures,
    bulkleases,
    bulkselling,
    kiosks,
    offers,
    polling,
    sales,
    vouchers,
)
from topup.services import restoring as settling
from topup.services.audit import seal_audit
from topup.services.baskets import Payment
from topup.services.provider import check_identity
from topup.services.receipts import number_of
from topup.states import SaleState
from valuetopup.simulator.testing import SimulatorProcess

S = SaleState
#: Threads of a web server that served other tests keep their places to the end.
_SEND_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
#: Rows that begin like lines which the programs write for themselves.
LIKE_SQL = ("-- a remark", "COMMENT ON SCHEMA x", "SET statement_timeout = 0")
ROWS = ("18765550301", "18765550302", "18765550303")


def link_to(name, **options):
    """A connection that is not Django's."""
    known = connection.settings_dict
    told = {"host": "HOST", "user": "USER", "password": "PASSWORD", "port": "PORT"}
    parts = {key: known[ours] for key, ours in told.items() if known[ours]}
    return psycopg.connect(dbname=name, **parts, **options)


def server(sql):
    """A statement about databases, which runs in none of them."""
    with link_to("postgres", autocommit=True) as link:
        done = link.execute(sql)
        return done.fetchall() if done.description else []


@contextmanager
def at(name):
    """Django's connection leads to this database."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def database(*, like=""):
    """A database of its own, empty or like another one; its name."""
    name = f"backup_{uuid4().hex[:8]}"
    connection.close()
    if like:  # nobody may be in what is copied, and to go takes a moment
        wait_for(lambda: not server(_SEND_OUT.format(like)), f"nobody to be in {like}")
    server(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
    try:
        yield name
    finally:
        server(f"DROP DATABASE {name} WITH (FORCE)")


def run(command, *arguments):
    """What a command said."""
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def press(counter, basket):
    lines = basketlines.lines_of(basket, agent=counter.agent, shop=counter.shop, errors={})
    payment = Payment(seen=basketlines.fingerprint(lines))
    return baskets.sell(
        basket_key=basket.key, agent=counter.agent, shop=counter.shop, payment=payment
    )  # fmt: skip


@dataclass
class Gap:
    """The database that was backed up, its backup, and what was sold after that."""

    name: str
    desk: Desk
    simulator: SimulatorProcess
    file: Path
    said: str = ""
    pin: str = field(default="", repr=False)
    kept: SimpleNamespace = field(default_factory=SimpleNamespace)
    later: Sale = None

    def posts(self, correlation_id):
        """How many orders of a sale the provider was sent."""
        found = {row["correlationId"]: row["posts"] for row in self.simulator.control("journal")}
        return found.get(correlation_id, 0)

    def all_posts(self):
        return sum(row["posts"] for row in self.simulator.control("journal"))


def sell_until_the_backup(gap):
    desk, counter, kept = gap.desk, gap.desk.counter, gap.kept
    kept.done = counter.sell("18765550001")
    kept.pin = counter.sell(sku=PIN)
    kept.open = counter.sell("18765550852")
    gap.pin = vouchers.read(sale=kept.pin, person=counter.agent).pins[0].number
    kept.claim = desk.quote(desk.offer("18765550201"))
    kept.item = counter.quote("18765550202")
    kept.basket = baskets.add(agent=counter.agent, shop=counter.shop, quote=kept.item).basket
    kept.bulk = start_file(counter, desk.owner)
    _kiosk, kept.token = kiosks.swap(kiosks.new_code(kiosk=desk.kiosk, by=desk.owner))
    SessionStore().save(must_create=True)
    alarms.stop(StopKind.ABSENCE, "as it was")
    check_identity()
    Word.objects.bulk_create(Word(word=word) for word in LIKE_SQL)
    kept.unsent = counter.confirm("18765550101")
    seal_audit()
    kept.float, kept.end = counter.float(), AuditEntry.objects.order_by("-number").first().digest


def start_file(counter, owner):
    """A file that is being sold: one row is in the hands of a worker, two wait."""
    text = "\n".join(["number,sku,amount", *(f"{number},1001104,10" for number in ROWS)])
    file = bulk.send(by=owner, shop=counter.shop, name="list.csv", data=text.encode(), key=uuid4())
    bulk.work(file_id=file.pk)
    total = bulkfigures.figures(file).to_sell.price
    bulk.start(file_id=file.pk, by=owner, total=total, key=uuid4())
    file = bulkleases.claim(file.pk)
    row = bulkselling._claim_row(file)
    assert (row.state, row.number) == ("opening", 2)
    return file


def sell_in_the_gap(gap):
    """What the backup does not know; each was delivered and charged by the provider."""
    counter, kept = gap.desk.counter, gap.kept
    assert sales.submit_sale(sale_id=kept.unsent.pk).state == S.COMPLETED
    made = [sales.open_sale(agent=counter.agent, quote=kept.claim).sale]
    press(counter, kept.basket)
    BulkFile.objects.update(next_work_at=timezone.now())
    BulkRow.objects.exclude(due_at=None).update(due_at=timezone.now())
    bulk.work(file_id=kept.bulk.pk)
    made += Sale.objects.filter(state=S.CREATED).exclude(pk=made[0].pk)
    assert len(made) == 5
    for sale in made:
        assert sales.submit_sale(sale_id=sale.pk).state == S.COMPLETED
    gap.later = made[-1]


@pytest.fixture(scope="module")
def gap(django_db_setup, django_db_blocker, tmp_path_factory):
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        simulator = stack.enter_context(
            SimulatorProcess(lookup="production", duplicates="execute", time_scale=0.005)
        )
        stack.enter_context(
            override_settings(VALUETOPUP_BASE_URL=simulator.url, QUOTE_SECONDS=3600)
        )
        stack.callback(provider.reset)
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr("topup.services.opening.nudge", lambda sale_id: None)
        patched.setattr("topup.services.bulkleases.nudge", lambda file_id: None)
        patched.setattr(restoring, "WATCHED_FOR", 0.2)
        name = stack.enter_context(database(like=connection.settings_dict["NAME"]))
        stack.enter_context(at(name))
        cache.clear()
        file = tmp_path_factory.mktemp("backups") / "topnet.dump"
        found = Gap(name, make_desk(simulator), simulator, file)
        sell_until_the_backup(found)
        found.said = run("backup", file)
        sell_in_the_gap(found)
        yield found


@pytest.fixture(scope="module")
def brought_back(gap):
    """A database that was empty, with the backup in it, and what the command said."""
    with database() as name:
        with at(name):
            said = run("restore", gap.file)
        yield name, said


@pytest.fixture
def restored(brought_back):
    """What the command said; we look at what it has brought back."""
    name, said = brought_back
    with at(name):
        yield said


@pytest.fixture
def selling(restored):
    """A person lets selling go on, too early."""
    alarms.clear_stop(kind=StopKind.SELLING, by=None)
    yield
    alarms.stop(StopKind.SELLING, "again")


@pytest.mark.django_db  # so that there is a database to be like
def test_what_a_restore_would_take_away_is_counted():
    found = restoring.contents()
    assert (found.tables > 50, found.sales, found.newest_at) == (True, 0, None)


def test_a_backup_is_for_its_owner_alone_and_holds_no_key_and_no_open_pin(gap):
    assert stat.S_IMODE(gap.file.stat().st_mode) == 0o600
    assert [path.name for path in gap.file.parent.iterdir()] == ["topnet.dump"]
    assert gap.said.startswith(f"{gap.file}: {gap.file.stat().st_size:,} bytes, read to its end.")
    assert "It does not hold VOUCHER_KEYS and SECRET_KEY: keep them elsewhere." in gap.said
    sql = subprocess.check_output([restore_program(), "--file=-", gap.file]).decode()
    assert gap.kept.pin.correlation_id in sql, "what is in it in clear would be found"
    secrets = [gap.pin, gap.pin.replace(" ", ""), *live_settings.VOUCHER_KEYS]
    found = [secret for secret in (*secrets, live_settings.SECRET_KEY) if secret in sql]
    assert found == []
    assert list(Archive(gap.file).rows("django_session")) == []


def test_what_was_sold_and_every_cent_is_as_it_was(gap, restored):
    kept, counter = gap.kept, gap.desk.counter
    states = dict(Sale.objects.values_list("correlation_id", "state"))
    assert states == {
        kept.done.correlation_id: S.COMPLETED, kept.pin.correlation_id: S.COMPLETED,
        kept.open.correlation_id: S.PENDING, kept.unsent.correlation_id: S.IN_DOUBT,
    }  # fmt: skip
    assert counter.float() == kept.float
    assert list(books.problems()) == []
    pin = Sale.objects.get(pk=kept.pin.pk)
    assert vouchers.read(sale=pin, person=counter.agent).pins[0].number == gap.pin
    assert AuditEntry.objects.filter(digest=kept.end).exists()
    assert kiosks.find(kept.token) == gap.desk.kiosk
    assert Stop.objects.get(kind=StopKind.ABSENCE).reason == "as it was"
    assert Word.objects.filter(word__in=LIKE_SQL).count() == 3


def schema_of(file):
    """Everything but rows: tables, indexes, triggers with their functions, words about them.

    Postgres writes lists of values in other brackets the second time.
    """
    lines = [line for name in ("pre-data", "post-data")
             for line in restoring._statements(Archive(file), name)]  # fmt: skip
    return [line.split(b"ARRAY[")[0].rstrip(b"( ") for line in lines if line.strip()]


def test_every_table_index_and_trigger_is_as_it_was(gap, restored, tmp_path):
    run("backup", tmp_path / "again.dump")
    before, after = schema_of(gap.file), schema_of(tmp_path / "again.dump")
    assert sum(line.startswith(b"CREATE TRIGGER") for line in before) > 100
    assert after == before


def test_it_says_what_came_back_and_what_is_not_known(gap, restored):
    at_second = gap.kept.unsent.created_at.strftime("%Y-%m-%d %H:%M:%S")
    assert re.match(r"Restored: 4 sales, from a backup of \d{4}-\d\d-\d\d .* UTC\.\n", restored)
    assert f"The newest is of {at_second} UTC: {gap.kept.unsent.correlation_id}\n" in restored
    assert "1 sales that were not sent yet are asked about, and never sent again." in restored
    assert "1 bulk files, 1 items in baskets, 1 offers of kiosks" in restored
    assert "All 1 PINs that were tried can be opened." in restored
    assert "The books are right." in restored
    assert re.search(r"^whole \d+:[0-9a-f]{64}$", restored, re.MULTILINE)
    assert "docs/operations.md, After a restore." in restored
    assert gap.pin not in restored


def test_selling_is_stopped_until_a_person_lifts_it(gap, restored):
    stop = Stop.objects.get(kind=StopKind.SELLING)
    assert stop.reason == f"restored from a backup of {Archive(gap.file).made_at}"
    with pytest.raises(SellingStoppedError):
        gap.desk.counter.confirm("18765550009")
    # Also a quote that was sold in the gap and that a browser still has.
    with pytest.raises(SellingStoppedError):
        sales.open_sale(agent=gap.desk.agent, quote=gap.kept.item)
    assert Session.objects.count() == 0


def test_a_sale_that_was_sent_after_the_backup_is_asked_about_and_not_sent_again(gap, selling):
    name = gap.kept.unsent.correlation_id
    sale = Sale.objects.get(correlation_id=name)
    found = polling.sweep()
    assert (found["submit"], sale.pk in found["poll"]) == ([], True)
    assert sales.submit_sale(sale_id=sale.pk) is None
    assert sales.poll_sale(sale_id=sale.pk).state == S.COMPLETED
    assert gap.posts(name) == 1
    calls = ProviderCall.objects.filter(sale=sale).values_list("call", flat=True)
    assert [*calls] == ["order", "status"]
    assert list(books.problems()) == []


def test_a_file_a_basket_and_an_offer_are_not_sold_a_second_time(gap, selling):
    before, counter = gap.all_posts(), gap.desk.counter
    file = BulkFile.objects.get()
    assert (file.state, file.next_work_at, file.note[:22]) == (
        "cancelled", None, "A backup was restored.",
    )  # fmt: skip
    assert {*file.rows.values_list("state", flat=True)} == {"skipped"}
    bulk.work(file_id=file.pk)
    assert BasketItem.objects.count() == 0
    assert KioskOffer.objects.get().state == "expired"
    with pytest.raises(OfferTakenError):
        sales.open_sale(agent=counter.agent, quote=gap.kept.claim)
    with pytest.raises(OfferTakenError):
        offers.renew(quote=gap.kept.claim)
    for sale in Sale.objects.filter(state=S.CREATED):
        sales.submit_sale(sale_id=sale.pk)
    assert gap.all_posts() == before


def test_no_receipt_has_the_number_of_one_from_the_gap(gap, selling):
    assert gap.later.pk < gap.kept.unsent.pk + 1000
    sale = gap.desk.counter.sell("18765550401")
    assert sale.pk > gap.later.pk + 90_000
    assert number_of(sale) != number_of(gap.later)


@pytest.fixture(scope="module")
def taken(gap):
    """A database with something of its own in it."""
    with database() as name:
        with link_to(name) as link:
            link.execute("CREATE TABLE mine (word text)")
        yield name


@pytest.fixture
def other(taken):
    there = f"SELECT FROM pg_stat_activity WHERE datname = '{taken}'"
    wait_for(lambda: not server(there), "who was there before to be gone")
    with at(taken):
        yield taken


def tables():
    connection.close()
    return connection.introspection.table_names()


def refused(*arguments):
    """The one line in which a restore says why not."""
    with pytest.raises(CommandError) as told:
        run("restore", *arguments)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_database_that_is_not_empty_keeps_what_it_has(gap, other):
    assert refused(gap.file).startswith("The database is not empty: it has 1 tables.")
    assert tables() == ["mine"]
    assert (
        refused(gap.file, "--replace")
        == f"--replace takes away what is in {other}. Say --yes, too."
    )
    assert tables() == ["mine"]


def test_while_somebody_uses_the_database_nothing_is_touched(gap, other):
    with link_to(other):
        told = refused(gap.file, "--replace", "--yes")
    assert told.startswith("The database is in use. Stop the product")
    assert tables() == ["mine"]


def test_a_worker_that_rests_is_noticed_when_it_comes_by(gap, other, monkeypatch):
    def comes_by(_seconds):
        with at(other), connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "WATCHED_FOR", 60)
        patched.setattr(restoring.time, "sleep", comes_by)
        told = refused(gap.file, "--replace", "--yes")
    assert told.startswith("The database is in use.")
    assert tables() == ["mine"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda whole: whole[:-500], "is cut off or damaged: could not read"),
        (lambda whole: whole[:200], "cannot be read: "),
        (lambda whole: b"PK\x03\x04 a zip", "is no backup: it is not of pg_dump's custom format."),
        (lambda whole: b"", "is no backup"),
    ],
    ids=["cut off", "cut off in its list", "a zip", "empty"],
)
def test_a_file_that_is_no_whole_backup_changes_nothing(gap, other, tmp_path, content, told):
    file = tmp_path / "odd.dump"
    file.write_bytes(content(gap.file.read_bytes()))
    said = refused(file, "--replace", "--yes")
    assert said.startswith(f"{file} {told}")
    assert tables() == ["mine"]


def test_a_backup_of_something_else_changes_nothing(gap, other, tmp_path):
    with pytest.raises(CommandError, match="The database has no tables, so there is nothing"):
        run("backup", tmp_path / "new.dump")
    file = tmp_path / "mine.dump"
    making._dump(making.dump_program(making._server_version()), file)
    assert refused(file, "--replace", "--yes") == (
        f"{file} is no backup of this product: it has no table django_migrations."
    )
    assert refused(tmp_path / "none", "--replace", "--yes") == f"{tmp_path / 'none'} is no file."
    assert tables() == ["mine"]


def test_wrong_keys_change_nothing(gap, other, settings):
    settings.VOUCHER_KEYS = ["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="]
    assert refused(gap.file, "--replace", "--yes").startswith(
        "Of the 1 PINs that were tried 0 can be opened: VOUCHER_KEYS are not the keys of this"
    )
    assert tables() == ["mine"]


def test_another_provider_and_a_newer_version_change_nothing(gap, other, settings, monkeypatch):
    settings.VALUETOPUP_WALLET_CURRENCY = "EUR"
    assert "belongs to the provider" in refused(gap.file, "--replace", "--yes")
    assert tables() == ["mine"]
    newer = {("topup", "9999_newer")}
    monkeypatch.setattr(Archive, "migrations", lambda self: newer)
    assert refused(gap.file, "--replace", "--yes") == (
        f"{gap.file} was made by a newer version: it has the migration topup.9999_newer. "
        "Restore it with that version."
    )
    assert tables() == ["mine"]


def test_a_backup_takes_the_place_of_no_file(gap):
    with at(gap.name), pytest.raises(CommandError, match="is there already"):
        run("backup", gap.file)
    assert len(list(gap.file.parent.iterdir())) == 1


def test_with_lost_keys_the_money_comes_back_and_the_seals_are_told(gap, settings):
    settings.VOUCHER_KEYS = ["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="]
    with database() as name, at(name):
        with pytest.raises(CommandError, match="but check_audit found problems, see above"):
            run("restore", gap.file, "--without-keys")
        assert gap.desk.counter.float() == gap.kept.float
        assert list(books.problems()) == []


def test_the_embedded_product_is_stopped_before_a_restore(gap, other, settings, tmp_path):
    settings.EMBEDDED, settings.DATA_DIR = True, tmp_path
    running = State(tmp_path)
    running.lock()
    running.announce(address="http://127.0.0.1:8000/")
    told = refused(gap.file, "--replace", "--yes")
    assert told == "The product runs at http://127.0.0.1:8000/. Stop it: ./dev stop"
    with at(gap.name):
        assert "read to its end" in run("backup", tmp_path / "beside.dump")
    running.release()
    settings.VOUCHER_KEYS = []
    assert refused(gap.file).startswith(f"{tmp_path} has no keys of the embedded product.")
    assert tables() == ["mine"]


def test_a_program_older_than_the_server_is_refused(monkeypatch):
    monkeypatch.setattr("portal.backups.programs._programs", lambda name: {Path(name): 14})
    with pytest.raises(BackupError, match="is Postgres 17, the newest pg_dump found is of 14"):
        making.dump_program(17)


def test_without_this_it_would_be_sold_twice(gap, monkeypatch):
    """What the restore does about sales that were not sent yet is what keeps them from it."""
    monkeypatch.setattr(settling, "doubt_unsent", lambda: 0)
    for module in ("submitting", "polling"):  # the tests may be slower than a minute
        monkeypatch.setattr(f"topup.services.{module}.STALE_AFTER", timedelta(hours=1))
    with database() as name, at(name):
        run("restore", gap.file)
        alarms.clear_stop(kind=StopKind.SELLING, by=None)
        assert gap.posts(gap.kept.unsent.correlation_id) == 1
        for sale_id in polling.sweep()["submit"]:
            sales.submit_sale(sale_id=sale_id)
        assert gap.posts(gap.kept.unsent.correlation_id) == 2
