"""The settings: what they default to, what they refuse, and that a refusal tells no secret."""

import os
import re
import runpy
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal import env, logs

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "DATABASE_URL": "postgresql://topnet:dbpass-dbpass@db/topnet",
    "SECRET_KEY": "s" * 60,
    "VOUCHER_KEYS": Fernet.generate_key().decode(),
    "VALUETOPUP_BASE_URL": "https://provider.example/api/v2",
    "VALUETOPUP_USER_ID": "distributor",
    "VALUETOPUP_PASSWORD": "a-long-password",
}
KEEP = {"PATH", "HOME", "LANG"}


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Read portal/settings.py under another environment; the real settings stay."""
    monkeypatch.setattr(logs, "_values", set())

    def run(**given):
        for name in set(os.environ) - KEEP:
            monkeypatch.delenv(name)
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "portal" / "settings.py"))

    yield run
    logs.config(settings.LOG_FORMAT, settings.LOG_LEVEL)


@pytest.fixture
def refusal(read):
    """The one line that settings are refused with."""

    def run(**given):
        with pytest.raises(ImproperlyConfigured) as told:
            read(**given)
        assert "\n" not in str(told.value)
        return str(told.value)

    return run


def test_nothing_set_means_the_embedded_product_and_its_simulator(read):
    found = read()
    assert (found["EMBEDDED"], found["SIMULATOR"], found["PLAIN_HTTP"]) == (True, True, True)
    assert found["VALUETOPUP_BASE_URL"] == "http://127.0.0.1:8099/api/v2"
    assert (found["LOG_FORMAT"], found["DEBUG"]) == ("text", False)
    assert found["ADMIN_SECOND_FACTOR"] is False
    real = {"VALUETOPUP_BASE_URL": "https://provider.example/api/v2"}
    account = {"VALUETOPUP_USER_ID": "x", "VALUETOPUP_PASSWORD": "y" * 9}
    assert read(**real, **account)["ADMIN_SECOND_FACTOR"] is True
    assert read(ADMIN_SECOND_FACTOR="1")["ADMIN_SECOND_FACTOR"] is True


def test_production_is_strict_without_being_told(read):
    found = read(**PRODUCTION)
    assert found["ADMIN_SECOND_FACTOR"] is True
    assert (found["EMBEDDED"], found["SIMULATOR"], found["PLAIN_HTTP"]) == (False, False, False)
    assert found["LOG_FORMAT"] == "json"
    assert found["SECURE_SSL_REDIRECT"] is found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is found["CSRF_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert found["VALUETOPUP_USER_ID"] == "distributor"
    assert "Manifest" in found["STORAGES"]["staticfiles"]["BACKEND"]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "VOUCHER_KEYS", "VALUETOPUP_BASE_URL"])
def test_production_names_what_is_missing(refusal, missing):
    rest = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert refusal(**rest).startswith(f"{missing} is not set")


@pytest.mark.parametrize("missing", ["VALUETOPUP_USER_ID", "VALUETOPUP_PASSWORD"])
@pytest.mark.parametrize("instead", ["", "simulator"])
def test_a_real_provider_needs_credentials_of_its_own(refusal, missing, instead):
    told = refusal(**PRODUCTION | {missing: instead})
    assert told == "VALUETOPUP_USER_ID and VALUETOPUP_PASSWORD are not set."


def test_production_never_falls_back_to_the_simulator(refusal, read):
    rest = {name: value for name, value in PRODUCTION.items() if "VALUETOPUP" not in name}
    assert "VALUETOPUP_BASE_URL is not set" in refusal(**rest)
    assert read(**rest, SIMULATOR="1")["VALUETOPUP_BASE_URL"] == "http://127.0.0.1:8099/api/v2"


def test_an_address_left_by_up_is_not_used_in_production(refusal, tmp_path):
    (tmp_path / "embedded.json").write_text('{"provider_url": "http://127.0.0.1:1/api/v2"}')
    rest = PRODUCTION | {"VALUETOPUP_BASE_URL": ""}
    assert "VALUETOPUP_BASE_URL is not set" in refusal(**rest)


def test_real_credentials_never_travel_without_tls(refusal, read):
    plain = PRODUCTION | {"VALUETOPUP_BASE_URL": "http://simulator:8099/api/v2"}
    assert "must be https://" in refusal(**plain)
    assert "do not travel without TLS" in refusal(**plain, SIMULATOR="1")
    public = {"VALUETOPUP_USER_ID": "", "VALUETOPUP_PASSWORD": ""}
    found = read(**plain | public, SIMULATOR="1")
    assert found["VALUETOPUP_PASSWORD"] == "simulator"
    assert found["PROVIDER_IS_LOOPBACK"] is False  # no demo logins, no short waits


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example.com", "127.0.0.1@example.com", "127.example.com", "localhost.x.com"]
)
def test_a_name_that_looks_like_this_machine_is_not(refusal, host):
    plain = PRODUCTION | {"VALUETOPUP_BASE_URL": f"http://{host}/api/v2"}
    assert "must be https://" in refusal(**plain)


def test_short_waits_are_for_the_simulator_of_this_machine(refusal, read):
    assert "ABSENT_AFTER_SECONDS" in refusal(**PRODUCTION, ABSENT_AFTER_SECONDS="5")
    assert read(ABSENT_AFTER_SECONDS="5")["ABSENT_AFTER_SECONDS"] == 5


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("DEBUG", "maybe", "DEBUG must be 1 or 0, not 'maybe'."),
        ("PLAIN_HTTP", "2", "PLAIN_HTTP must be 1 or 0, not '2'."),
        ("REDIS_URL", "amqp://x", "REDIS_URL must begin with redis://"),
        ("TIME_ZONE", "Mars/Base", "TIME_ZONE must be the name of a time zone"),
        ("TIME_ZONE", "../../etc/passwd", "TIME_ZONE must be the name of a time zone"),
        ("QUOTE_SECONDS", "1.5", "QUOTE_SECONDS must be between 10 and 3600, not 1.5."),
        ("QUOTE_SECONDS", "60.5", "QUOTE_SECONDS must be a whole number, not 60.5."),
        ("LOW_BALANCE", "nan", "LOW_BALANCE must be a number, not 'nan'."),
        ("DEFAULT_MARKUP_PERCENT", "-1", "must be between 0 and 500"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be text or json, not 'xml'."),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be DEBUG or"),
        ("VALUETOPUP_TERMS", "free", "VALUETOPUP_TERMS must be prepaid or credit"),
        ("VALUETOPUP_WALLET_CURRENCY", "usd", "three capital letters"),
        ("VALUETOPUP_BASE_URL", "ftp://127.0.0.1/", "must begin with https://"),
        ("VOUCHER_KEYS", "abc", "Make one: manage.py make_voucher_key"),
        ("METRICS_TOKEN", "x" * 31, "must have at least 32 characters"),
        ("METRICS_TOKEN", "täglich neu " * 4, "must have at least 32 characters"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(refusal, name, value, text):
    told = refusal(**{name: value})
    assert name in told
    assert text in told
    assert "TOKEN" not in name or value not in told


@pytest.mark.parametrize(
    "url", ["mysql://u:dbpass-dbpass@h/x", "postgresql://u:dbpass dbpass@h/x", "dbpass-dbpass"]
)
def test_a_refused_database_address_is_not_repeated(refusal, url):
    told = refusal(**PRODUCTION | {"DATABASE_URL": url})
    assert told.startswith("DATABASE_URL cannot be read.")
    assert "dbpass" not in told


@pytest.mark.parametrize("value", ["$ecret-ecret", "a=b#c,d", "pass\\word-1", "täglich-neu"])
def test_a_password_is_taken_as_it_is(read, value):
    assert read(**PRODUCTION | {"VALUETOPUP_PASSWORD": value})["VALUETOPUP_PASSWORD"] == value


def test_debug_pages_are_never_shown_in_production(refusal, read):
    assert "DEBUG shows settings" in refusal(**PRODUCTION, DEBUG="1")
    assert read(**PRODUCTION, DEBUG="1", PLAIN_HTTP="1")["DEBUG"] is True


def test_keys_may_be_several(read):
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    for between in (",", ", ", " "):
        assert read(**PRODUCTION | {"VOUCHER_KEYS": between.join(keys)})["VOUCHER_KEYS"] == keys


def test_an_empty_value_counts_as_not_set(read):
    assert read(DATABASE_URL="", REDIS_URL=" ", LOG_FORMAT="")["EMBEDDED"] is True


def test_this_machine_may_always_ask_for_health(read):
    assert read(**PRODUCTION, ALLOWED_HOSTS="shop.example")["ALLOWED_HOSTS"] == [
        "127.0.0.1",
        "shop.example",
    ]


def test_secrets_are_known_to_the_log_but_not_the_public_password(read):
    token = "t" * 32
    read(**PRODUCTION, REDIS_URL="redis://:redis-pass-1@h/0", METRICS_TOKEN=token)
    wanted = {PRODUCTION[n] for n in ("SECRET_KEY", "VOUCHER_KEYS", "VALUETOPUP_PASSWORD")}
    assert wanted | {"dbpass-dbpass", "redis-pass-1", token} <= logs._values
    logs._values.clear()
    read()
    assert "simulator" not in logs._values


def test_keys_that_cannot_be_read_are_never_replaced_by_new_ones(refusal, tmp_path):
    (tmp_path / "embedded.json").write_text("{half a fi")
    assert "It holds the keys of the vouchers: restore it." in refusal()


def test_every_variable_is_in_the_table(read):
    read()
    table = (ROOT / "docs" / "configuration.md").read_text()
    described = re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE)
    assert len(described) == len(set(described))
    assert set(described) >= env.NAMES
    code = "".join(path.read_text() for path in (ROOT / "portal").rglob("*.py"))
    assert {name for name in described if f'"{name}"' not in code and name != "PYTHON"} == set()
