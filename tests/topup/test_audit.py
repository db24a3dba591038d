"""The audit log: nothing that people set changes unseen, and nobody edits what was seen."""

import json
import threading

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, connections, transaction

from ledger.services import set_credit_limit
from tests.database import check_now
from topup import acting, tasks
from topup.acting import is_watched
from topup.models import (
    Alarm,
    AuditEntry,
    AuditSeal,
    BlockedNumber,
    Person,
    Role,
    Shop,
    ShopSwitch,
    What,
)
from topup.models.audit import CHAIN_LOCK, LINE, WATCHED
from topup.services.audit import audit_problems, record, seal_audit
from topup.services.shops import open_shop

BOSS = {
    "id": 7, "name": "boss", "address": "192.0.2.1", "device": 3, "request_id": "req-12345678",
    "origin": "admin:topup_shop_change",
}  # fmt: skip


def last(**where):
    return AuditEntry.objects.filter(**where).latest("id")


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else None


@pytest.mark.django_db
def test_a_change_says_who_what_when_from_where_and_before_and_after(shop):
    with acting.acting(lambda: BOSS):
        Shop.objects.filter(pk=shop.pk).update(is_frozen=True, day_limit="500")
    row = last()
    assert (row.what, row.subject, row.object_id) == (What.CHANGED, "topup_shop", str(shop.pk))
    assert row.changes == {"is_frozen": [False, True], "day_limit": [None, 500.0]}
    assert (row.actor_id, row.actor_name, row.address, row.device_id) == (
        7, "boss", "192.0.2.1", 3,
    )  # fmt: skip
    assert (row.request_id, row.origin) == ("req-12345678", "admin:topup_shop_change")
    assert (row.shop_id, row.object_name) == (shop.pk, "Corner")


@pytest.mark.django_db
def test_plain_sql_is_seen_too_and_has_no_name(shop):
    run("UPDATE topup_shop SET hotline = '1' WHERE id = %s", shop.pk)
    with_name = last()
    run("/* by hand */ UPDATE topup_shop SET hotline = '2' WHERE id = %s", shop.pk)
    row = last()
    assert row.changes == {"hotline": ["1", "2"]}
    assert (with_name.origin != "", row.origin, row.actor_name) == (True, with_name.origin, "")
    assert row.database_user == run("SELECT session_user")[0][0]


@pytest.mark.django_db
def test_of_people_no_password_and_no_pin_is_kept_not_even_its_hash(shop):
    person = Person.objects.create_user("ann", password="Long-enough-7", shop=shop)
    person.pin_hash = "pin-hash-value"
    person.set_password("Other-enough-7")
    person.save()
    rows = AuditEntry.objects.filter(person_id=person.pk)
    text = json.dumps(list(rows.values_list("changes", flat=True)))
    assert "pin-hash-value" not in text
    assert person.password not in text
    assert last(person_id=person.pk).changes == {
        "password": ["•••", "•••"], "pin_hash": ["•••", "•••"],
    }  # fmt: skip


@pytest.mark.django_db
def test_what_is_no_news_leaves_no_row(agent):
    before = AuditEntry.objects.count()
    Person.objects.filter(pk=agent.pk).update(pin_tries=3)
    Shop.objects.filter(pk=agent.shop_id).update(hotline="")
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
def test_rights_limits_switches_and_blocked_numbers_are_taken_down(agent):
    group = Group.objects.create(name="Night desk")
    group.permissions.add(Permission.objects.get(codename="change_shop"))
    assert last().object_name == "change_shop"
    agent.groups.add(group)
    assert (last().object_name, last().person_id) == ("Night desk", agent.pk)
    switch = ShopSwitch.objects.create(shop=agent.shop, kind="pin")
    switch.delete()
    assert (last().what, last().shop_id) == (What.REMOVED, agent.shop_id)
    BlockedNumber.objects.create(prefix="1876555", reason="fraud")
    assert last().object_name == "1876555"
    open_shop(name="On credit", credit_limit=30)
    opened = AuditEntry.objects.get(subject="ledger_account")
    assert opened.changes["credit_limit"] == [None, 30.0]
    account = agent.shop.float_account
    set_credit_limit(account_id=account.pk, credit_limit=50)
    assert last().changes == {"credit_limit": [0.0, 50.0]}
    assert (last().shop_id, last().object_name) == (agent.shop_id, agent.shop.name)


@pytest.mark.django_db
def test_what_is_no_row_is_taken_down_by_word(agent):
    record(What.EXPORTED, name="statement.csv", person=agent, rows=3, nothing="")
    row = last()
    assert (row.what, row.object_name, row.person_id) == ("exported", "statement.csv", agent.pk)
    assert (row.changes, row.shop_id) == ({"rows": [None, 3]}, agent.shop_id)


@pytest.mark.django_db
def test_a_sale_writes_nothing_watched(sold):
    sold("completed")  # the first one also makes the first price book
    before = AuditEntry.objects.count()
    sold("completed")
    sold("declined")
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("sql", "watched"),
    [
        ('UPDATE "topup_shop" SET "name" = %s WHERE "topup_shop"."id" = %s', True),
        ('INSERT INTO "topup_person" ("name") VALUES (%s)', True),
        ("delete from topup_tier", True),
        ("WITH x AS (SELECT 1) UPDATE topup_shop SET name = ''", True),
        ('INSERT INTO "topup_auditentry" ("what") VALUES (%s)', True),
        ('UPDATE "topup_device" SET "last_seen_at" = %s WHERE "topup_device"."id" = 1', False),
        ('UPDATE "topup_device" SET "last_seen_at" = %s, "is_frozen" = %s WHERE "id" = 1', True),
        ('SELECT "topup_shop"."id" FROM "topup_shop" FOR UPDATE', False),
        ('UPDATE "topup_sale" SET "state" = %s', False),
        ('INSERT INTO "topup_shops" VALUES (1)', False),
    ],
)
def test_the_name_is_told_only_beside_writes_that_are_watched(sql, watched):
    assert is_watched(sql) is watched


@pytest.mark.django_db
def test_every_table_of_the_list_is_watched_and_knows_its_columns():
    assert audit_problems() == []
    for watched in WATCHED:
        columns = {
            row[0]
            for row in run(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
                watched.table,
            )
        }
        assert columns >= {*watched.ignored, *watched.hidden}, watched.table
        assert _arguments(watched.table) == [",".join(watched.ignored), ",".join(watched.hidden)]


def _arguments(table):
    raw = run(
        "SELECT tgargs FROM pg_trigger WHERE tgname = 'audit_watch' AND tgrelid = %s::regclass",
        table,
    )[0][0]
    return [part.decode() for part in bytes(raw).split(b"\0")[:-1]]


# --- the chain ---------------------------------------------------------------


@pytest.fixture
def chain(shop):
    """Ten rows with their places, the last one sealed."""
    for number in range(10):
        Shop.objects.filter(pk=shop.pk).update(hotline=f"{number}")
    check_now()
    seal_audit()
    assert audit_problems() == []
    return AuditEntry.objects.order_by("number")


def without_guard(sql, *parameters):
    """What somebody can do who owns the tables."""
    run("ALTER TABLE topup_auditentry DISABLE TRIGGER USER")
    run(sql, *parameters)
    run("ALTER TABLE topup_auditentry ENABLE TRIGGER USER")


@pytest.mark.django_db
def test_rows_are_numbered_without_a_gap(chain):
    numbers = list(chain.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({*chain.values_list("digest", flat=True)}) == len(numbers)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE topup_auditentry SET actor_name = 'x' WHERE number = 5",
        "UPDATE topup_auditentry SET digest = NULL WHERE number = 5",
        "DELETE FROM topup_auditentry WHERE number = 5",
        "DELETE FROM topup_auditseal",
    ],
)
def test_the_database_refuses_to_change_or_remove_a_row(chain, sql):
    with pytest.raises(DatabaseError, match=r"does not change|Cannot delete"), transaction.atomic():
        run(sql)


@pytest.mark.django_db
def test_a_row_cannot_be_given_a_place_of_ones_own_choice(chain):
    run(
        "INSERT INTO topup_auditentry (number, digest, at, what, subject, object_id, object_name,"
        " changes, actor_id, actor_name) VALUES"
        " (5000, 'x', '2001-01-01', 'signed_in', '', '', '', '{}', 9, 'somebody')"
    )
    row = last()
    assert (row.number, row.digest, row.actor_name) == (None, None, "")
    assert row.at.year != 2001
    check_now()
    assert audit_problems() == []


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["actor_name", "changes", "at", "object_id", "number"])
def test_a_changed_row_is_named(chain, column):
    value = {"changes": "'{}'", "at": "now()", "number": "105"}.get(column, "'x'")
    without_guard(f"UPDATE topup_auditentry SET {column} = {value} WHERE number = 5")  # noqa: S608
    told = audit_problems()[0]
    assert told == (
        "Row 5 of the audit log was changed."
        if column != "number"
        else "Rows 5 to 5 of the audit log are gone."
    )


@pytest.mark.django_db
def test_a_removed_row_and_a_removed_end_are_named(chain):
    most = chain.last().number
    without_guard("DELETE FROM topup_auditentry WHERE number = %s", most)
    assert audit_problems() == [f"The audit log had {most} rows and ends before that."]
    without_guard("DELETE FROM topup_auditentry WHERE number IN (3, 4)")
    assert audit_problems()[0] == "Rows 3 to 4 of the audit log are gone."


@pytest.mark.django_db
def test_a_chain_that_was_computed_anew_does_not_fit_its_seal(chain):
    most = chain.last().number
    without_guard("UPDATE topup_auditentry SET actor_name = 'x' WHERE number = %s", most)
    rewrite = """
        UPDATE topup_auditentry e SET digest = encode(sha256(convert_to(
            (SELECT digest FROM topup_auditentry WHERE number = e.number - 1) || {}, 'UTF8'
        )), 'hex') WHERE number = %s"""
    without_guard(rewrite.format(LINE.format("e")), most)
    assert audit_problems() == [f"The audit log up to row {most} was written anew."]


@pytest.mark.django_db
def test_a_watch_that_was_switched_off_is_named(shop):
    check_now()
    run("ALTER TABLE topup_shop DISABLE TRIGGER audit_watch")
    run("DROP TRIGGER audit_watch ON topup_tier")
    run("ALTER TABLE topup_auditentry DISABLE TRIGGER USER")
    assert audit_problems() == [
        "The audit log does not watch topup_shop.",
        "The audit log does not watch topup_tier.",
        "The audit log is not guarded: a trigger of it is gone or switched off.",
    ]
    run("ALTER TABLE topup_auditentry ENABLE TRIGGER USER")


@pytest.mark.django_db
def test_a_row_that_was_put_in_beside_the_chain_is_named(chain):
    without_guard(
        "INSERT INTO topup_auditentry (at, what, subject, object_id, object_name, changes,"
        " actor_name, address, request_id, origin, database_user)"
        " VALUES (now(), 'created', '', '', '', '{}', '', '', '', '', '')"
    )
    assert audit_problems() == [f"Row {last().pk} of the audit log has no place in the chain."]


@pytest.mark.django_db
def test_the_command_tells_the_end_and_finds_it_again(chain, capsys):
    call_command("check_audit")
    told = capsys.readouterr().out.split()
    assert told[0] == "whole"
    call_command("check_audit", had=told[1])
    with pytest.raises(CommandError, match="does not contain 3:abc"):
        call_command("check_audit", had="3:abc")
    without_guard("UPDATE topup_auditentry SET what = 'x' WHERE number = 2")
    with pytest.raises(CommandError, match="Row 2 of the audit log was changed"):
        call_command("check_audit")


@pytest.mark.django_db
def test_the_nightly_check_seals_what_is_whole_and_raises_an_alarm_once_when_it_is_not(chain):
    record(What.EXPORTED, name="x")
    check_now()
    tasks.check_audit_task()
    assert AuditSeal.objects.latest("id").number == chain.last().number
    without_guard("UPDATE topup_auditentry SET what = 'x' WHERE number = 2")
    for _ in range(2):
        tasks.check_audit_task()
    alarm = Alarm.objects.get()
    assert alarm.kind == "audit"
    assert alarm.message.startswith("Row 2 of the audit log was changed.")


@pytest.mark.django_db
def test_a_seal_is_made_once_for_an_end(chain):
    assert seal_audit() is None
    record(What.EXPORTED, name="x")
    check_now()
    assert seal_audit().number == chain.last().number
    assert AuditSeal.objects.count() == 2


def take_back(shop, hotline):
    """A change that is rolled back."""
    with transaction.atomic():
        Shop.objects.filter(pk=shop.pk).update(hotline=hotline)
        transaction.set_rollback(True)


# --- several at once ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain():
    shops = [open_shop(name=f"Shop {number}") for number in range(6)]

    def work(shop):
        try:
            for number in range(8):
                Shop.objects.filter(pk=shop.pk).update(hotline=f"{number}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(shop,)) for shop in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit_problems() == []
    assert AuditEntry.objects.filter(what=What.CHANGED, subject="topup_shop").count() == 48


@pytest.mark.django_db(transaction=True)
def test_a_long_deed_holds_no_other_up_until_it_ends():
    """The chain's lock is taken at commit, after all rows: deeds do not wait for open ones."""
    one, other = open_shop(name="One"), open_shop(name="Other")
    done = []

    def elsewhere():
        try:
            run("SET lock_timeout = '2s'")
            Shop.objects.filter(pk=other.pk).update(hotline="2")
            done.append(True)
        finally:
            connections.close_all()

    with transaction.atomic():
        Shop.objects.filter(pk=one.pk).update(hotline="1")
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert done == [True]
    rows = AuditEntry.objects.filter(changes__has_key="hotline").order_by("number")
    assert [row.object_name for row in rows][-2:] == ["Other", "One"]
    assert audit_problems() == []


@pytest.mark.django_db(transaction=True)
def test_two_commits_wait_for_each_other_so_that_no_place_is_given_twice():
    shop = open_shop(name="One")
    told = []

    def elsewhere():
        try:
            run("SET lock_timeout = '200ms'")
            Shop.objects.filter(pk=shop.pk).update(hotline="2")
        except OperationalError as error:
            told.append("lock timeout" in str(error))
        finally:
            connections.close_all()

    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s)", CHAIN_LOCK)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert told == [True]


@pytest.mark.django_db(transaction=True)
def test_a_sale_does_not_wait_for_the_log(sold):
    """Held by somebody else for as long as he likes, the chain's lock stops no sale."""
    sold("completed")  # the first one makes the rules it is sold by
    held, done = threading.Event(), threading.Event()

    def holder():
        try:
            with transaction.atomic():
                run("SELECT pg_advisory_xact_lock(%s)", CHAIN_LOCK)
                held.set()
                done.wait(10)
        finally:
            connections.close_all()

    thread = threading.Thread(target=holder)
    thread.start()
    try:
        held.wait(5)
        run("SET lock_timeout = '1s'")
        assert sold("completed").state == "completed"
    finally:
        done.set()
        thread.join()
        run("RESET lock_timeout")


@pytest.mark.django_db(transaction=True)
def test_a_connection_never_carries_a_name_to_the_next_who_uses_it():
    shop = open_shop(name="One")
    with acting.acting(lambda: BOSS):
        Shop.objects.filter(pk=shop.pk).update(hotline="1")
        with transaction.atomic():
            Shop.objects.filter(pk=shop.pk).update(hotline="2")
        take_back(shop, "3")
        Shop.objects.filter(pk=shop.pk).update(hotline="4")
    assert run("SELECT coalesce(current_setting('topnet.actor', true), '')") == [("",)]
    run("/* next */ UPDATE topup_shop SET hotline = '5' WHERE id = %s", shop.pk)
    names = AuditEntry.objects.filter(changes__has_key="hotline").order_by("number")
    assert [(row.actor_name, row.changes["hotline"][1]) for row in names][1:] == [
        ("boss", "1"), ("boss", "2"), ("boss", "4"), ("", "5"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_name_holds_within_a_savepoint_that_was_taken_back():
    shop = open_shop(name="One")
    with acting.acting(lambda: BOSS), transaction.atomic():
        take_back(shop, "1")
        Shop.objects.filter(pk=shop.pk).update(hotline="2")
    assert (last().actor_name, last().changes) == ("boss", {"hotline": ["", "2"]})


@pytest.mark.django_db
def test_a_program_is_named_where_there_is_no_person(shop):
    Person.objects.create_user("x", role=Role.ADMIN)
    assert (last().actor_name, last().origin != "") == ("", True)
