"""`manage.py setup`: the first admin, shop, agent and float, with questions and without."""

import io
import re
from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ledger.models import AccountKind, Entry
from ledger.queries import house_balance
from portal import demo
from topup.kioskerrors import EnrolCodeError
from topup.models import Person, ProviderIdentity, Role, Shop
from topup.services import kiosks

pytestmark = pytest.mark.django_db
GOOD = "correct-horse-1"


def setup(**options):
    out = io.StringIO()
    call_command("setup", noinput=True, stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture
def answers(monkeypatch):
    """Answers for the questions, in order; what was asked and said is returned."""

    def run(*given, passwords=(), **options):
        asked, rest, secret = [], list(given), list(passwords)

        def ask(question):
            asked.append(question)
            return rest.pop(0)

        monkeypatch.setattr("builtins.input", ask)
        monkeypatch.setattr("getpass.getpass", lambda _question: secret.pop(0))
        out, err = io.StringIO(), io.StringIO()
        call_command("setup", stdout=out, stderr=err, **options)
        assert (rest, secret) == ([], [])
        return asked, out.getvalue(), err.getvalue()

    return run


def test_everything_is_made_in_one_go():
    told = setup(admin="boss", shop="My Shop", agent="ann", float_amount="250.50")
    boss, ann, shop = Person.objects.get(username="boss"), Person.objects.get(username="ann"), (
        Shop.objects.get()
    )  # fmt: skip
    assert (boss.role, boss.is_staff, boss.is_superuser, boss.shop) == (
        Role.ADMIN,
        True,
        True,
        None,
    )
    assert (ann.role, ann.is_staff, ann.shop) == (Role.CASHIER, False, shop)
    assert (shop.name, shop.float_account.balance, shop.currency) == ("My Shop", D("250.50"), "USD")
    assert house_balance(AccountKind.BANK, "USD") == D("250.50")
    assert Entry.objects.get().posted_by_id == boss.pk
    assert told[1:3] == ["shop My Shop: made", "float of My Shop: 250.50 USD to begin with"]
    shown = re.fullmatch(r"cashier ann: made, password (\S{12}) \(shown only now\)", told[3])
    assert ann.check_password(shown[1])


def test_repeating_changes_nothing():
    options = {"admin": "boss", "shop": "My Shop", "agent": "ann", "float_amount": "250"}
    setup(**options)
    hashes = list(Person.objects.values_list("username", "password"))
    assert setup(**options, admin_password=GOOD) == [
        "admin boss: was there already, password unchanged",
        "shop My Shop: was there already",
        "float of My Shop: 250 USD to begin with",
        "cashier ann: was there already, password unchanged",
    ]
    assert list(Person.objects.values_list("username", "password")) == hashes
    assert Shop.objects.get().float_account.balance == 250


def test_passwords_come_from_the_environment_or_the_options_and_are_not_shown(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", GOOD)
    told = setup(admin="boss", shop="S", agent="ann", agent_password=GOOD + "2")
    assert GOOD not in "".join(told)
    assert Person.objects.get(username="boss").check_password(GOOD)
    assert Person.objects.get(username="ann").check_password(GOOD + "2")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Name what to make: --admin, --shop, --agent, --float."),
        ({"admin": "b", "agent": "ann"}, "An agent and a float need a shop: name one."),
        ({"admin": "b", "float_amount": "5"}, "An agent and a float need a shop: name one."),
        ({"shop": "S", "float_amount": "5.001"}, "'5.001' is no amount in USD, such as"),
        ({"shop": "S", "float_amount": "-5"}, "'-5' is no amount in USD"),
        ({"shop": "S", "float_amount": "nan"}, "'nan' is no amount in USD"),
        ({"shop": "S", "float_amount": "1e30"}, "'1e30' is no amount in USD"),
        ({"shop": "S" * 101}, "at most 100 characters"),
        ({"shop": "S", "currency": "EUR"}, "The wallet is in USD (VALUETOPUP_WALLET_CURRENCY)"),
        ({"admin": "a b"}, "'a b': Enter a valid username."),
        ({"admin": "boss", "admin_password": "abc"}, "The password of boss: This password is too"),
    ],
)
def test_what_cannot_be_made_is_one_plain_line_and_nothing_is_written(options, text):
    with pytest.raises(CommandError, match=re.escape(text)) as told:
        setup(**options)
    assert "\n" not in str(told.value)
    assert (Person.objects.count(), Shop.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_a_failure_at_the_end_takes_the_beginning_back():
    setup(admin="boss")
    with pytest.raises(CommandError, match="boss exists already, as distributor"):
        setup(shop="S", float_amount="5", agent="boss")
    assert (Shop.objects.count(), Entry.objects.count()) == (0, 0)


def test_an_agent_of_another_shop_is_not_taken_over():
    setup(shop="First", agent="ann")
    with pytest.raises(CommandError, match="ann exists already, as cashier of First"):
        setup(shop="Second", agent="ann")


def test_a_second_first_float_is_refused():
    setup(shop="S", float_amount="5")
    with pytest.raises(CommandError, match="Add more in the admin"):
        setup(shop="S", float_amount="6")
    assert Shop.objects.get().float_account.balance == 5


def test_the_questions_lead_to_the_same(answers):
    asked, told, _ = answers("boss", "My Shop", "250", "ann", passwords=[GOOD, GOOD, ""])
    assert [question.split(" (")[0] for question in asked] == [
        "User name of the admin [admin]: ",
        "Name of the first shop",
        "Its float to begin with, in USD [0]: ",
        "User name of its agent",
    ]
    assert Person.objects.get(username="boss").check_password(GOOD)
    assert Person.objects.get(username="ann").shop.float_account.balance == 250
    assert "cashier ann: made, password" in told


def test_empty_answers_make_only_the_admin(answers):
    answers("", "", passwords=[""])
    assert (Person.objects.get().username, Shop.objects.count()) == ("admin", 0)


def test_a_bad_answer_is_asked_again(answers):
    _, _, said = answers(
        "a b", "boss", "S", "much", "0", "", passwords=["abc", GOOD, "else", GOOD, GOOD]
    )
    assert "'a b': Enter a valid username" in said
    assert "'much' is no amount" in said
    assert "too short" in said
    assert "That was another one" in said
    assert Person.objects.get().check_password(GOOD)


def test_options_answer_their_questions_before_they_are_asked(answers):
    asked, _, _ = answers(admin="boss", shop="S", agent="ann", float_amount="5", passwords=["", ""])
    assert asked == []


def test_without_a_terminal_it_says_what_to_do(monkeypatch):
    def nobody(_question):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="Without a terminal use --noinput"):
        call_command("setup")


def test_a_database_of_another_provider_is_refused(settings):
    ProviderIdentity.objects.create(
        base_url="https://other.example/api/v2", user_id="simulator", wallet_currency="USD"
    )
    with pytest.raises(CommandError, match="belongs to the provider"):
        setup(admin="boss")


def test_the_demo_has_a_kiosk_with_a_new_code_until_a_browser_is_it():
    assert demo.demo_kiosk() == ""
    demo.make_demo_data(GOOD)
    first, second = demo.demo_kiosk(), demo.demo_kiosk()
    with pytest.raises(EnrolCodeError):
        kiosks.swap(first)
    assert kiosks.swap(second)[0].shop.name == "Corner Shop"
    assert demo.demo_kiosk() == ""


def test_a_database_that_does_not_answer_is_one_line(transactional_db, monkeypatch):
    connection.close()
    with monkeypatch.context() as gone:
        gone.setitem(connection.settings_dict, "HOST", "/nowhere")
        with pytest.raises(CommandError, match="The database does not answer"):
            setup(admin="boss")


def test_demo_logins_are_refused_with_a_provider_elsewhere(settings):
    settings.PROVIDER_IS_LOOPBACK = False
    with pytest.raises(demo.DemoRefusedError, match="only with the simulator of this machine"):
        demo.make_demo_data(GOOD)
    assert Person.objects.count() == 0


def test_demo_data_are_made_once_and_only_when_there_is_nobody():
    assert demo.make_demo_data(GOOD) is True
    assert demo.make_demo_data("another-1") is False
    assert [shop.float_account.balance for shop in Shop.objects.all()] == [500, 500]
    assert demo.demo_logins(GOOD) == ["admin", "owner", "agent", "agent2"]
    assert demo.demo_logins("another-1") == []
    changed = Person.objects.get(username="admin")
    changed.set_password(GOOD + "2")
    changed.save()
    assert demo.demo_logins(GOOD) == ["owner", "agent", "agent2"]


@pytest.fixture
def past(db):
    """The migrations that stand for earlier ones are not recorded; names the earlier ones."""
    recorder = MigrationRecorder(connection)
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    replacing = {key: one.replaces for key, one in loader.disk_migrations.items() if one.replaces}
    assert {app for app, _name in replacing} == {"catalog", "ledger", "topup"}
    earlier = [name for replaced in replacing.values() for name in replaced]
    for key in [*replacing, *earlier]:
        recorder.record_unapplied(*key)
    return earlier


def test_a_database_in_the_middle_of_earlier_migrations_is_refused_with_one_line(past):
    recorder = MigrationRecorder(connection)
    for earlier in past[:-1]:
        recorder.record_applied(*earlier)
    with pytest.raises(CommandError, match="The database is of an earlier version: it lacks topup"):
        call_command("prepare")


def test_a_database_with_all_earlier_migrations_goes_on_as_it_is(past, capsys):
    recorder = MigrationRecorder(connection)
    for earlier in past:
        recorder.record_applied(*earlier)
    call_command("migrate", interactive=False)
    assert "No migrations to apply" in capsys.readouterr().out
    assert set(recorder.applied_migrations()) > set(past) | {("topup", "0005_audit")}
