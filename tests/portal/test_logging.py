"""The log: one line of JSON for everything, with its ids and without a secret."""

import io
import json
import logging
import logging.config
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
import time_machine
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from structlog.contextvars import bind_contextvars, clear_contextvars

from portal import logs, tasklog
from portal.celery import app
from tests.portal.conftest import AIRTIME, GOOD, Visitor
from tests.portal.shopper import BASKET, Shopper
from topup.models import BasketItem, Sale
from topup.tasks import sweep_task

ROOT = Path(__file__).parents[2]
CORRELATION_ID = "8b29c0de-0000-4000-8000-000000000001"


def page(request, correlation_id):
    structlog.get_logger("shop").info("inside", recipient="18761234567")
    if request.GET.get("break"):
        raise RuntimeError("a page broke")
    return HttpResponse("page")


urlpatterns = [path("sales/<str:correlation_id>/", page, name="sale"), path("health/live/", page,
               {"correlation_id": ""})]  # fmt: skip


class Written:
    """What went through the log since `start`."""

    def __init__(self, style):
        self.stream = io.StringIO()
        config = logs.config(style, "INFO")
        config["handlers"]["out"]["stream"] = self.stream
        logging.config.dictConfig(config)

    @property
    def text(self):
        return self.stream.getvalue()

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def restored(monkeypatch):
    monkeypatch.setattr(logs, "_values", set())
    clear_contextvars()
    before = list(logging.getLogger().handlers)
    yield
    clear_contextvars()
    logging.config.dictConfig(logs.config(settings.LOG_FORMAT, settings.LOG_LEVEL))
    for handler in before:  # pytest's own
        if handler not in logging.getLogger().handlers:
            logging.getLogger().addHandler(handler)


@pytest.fixture
def written(restored):
    return Written("json")


def test_our_line_and_a_library_line_look_the_same(written):
    structlog.get_logger("topup").warning("alarm", kind="late", message="said")
    logging.getLogger("celery").warning("lost %s", "a worker")
    ours, theirs = written.lines
    assert set(ours) == {"event", "kind", "message", "level", "logger", "timestamp"}
    assert (theirs["event"], theirs["logger"]) == ("lost a worker", "celery")
    assert theirs["level"] == ours["level"] == "warning"


@pytest.mark.parametrize(
    "key",
    ["pin", "pins", "pin_number", "pinNumber", "PIN", "control_number", "password", "new_password",
     "ADMIN_PASSWORD", "secret", "client_secret", "token", "Authorization", "cookie", "secret_key",
     "voucher_keys", "raw", "sealed", "payload", "payLoad", "claim_link", "activation_code",
     "X-CSRFToken", "csrf_token", "session_key", "redemption_text", "boost_pin", "iccid",
     "matching_id", "certificate_link", "received_narration", "claim_code", "qr_code",
     "sealed_extras"],
)  # fmt: skip
def test_no_value_under_a_secret_name_reaches_a_line(written, key):
    log = structlog.get_logger("topup")
    log.info("a", **{key: "0000-1111"})
    log.info("b", answer={"rows": [{key: "0000-1111"}]})
    log.info("c", **{key: {"deep": ["0000-1111"]}})
    assert "0000-1111" not in written.text
    assert written.text.count(logs.HIDDEN) == 3


@pytest.mark.parametrize("key", ["spin", "code", "reason", "key", "person", "pinned", "shop"])
def test_other_values_are_kept(written, key):
    structlog.get_logger("topup").info("a", **{key: "0000-1111"})
    assert written.lines[0][key] == "0000-1111"


def test_known_secret_values_are_hidden_wherever_they_appear(written):
    logs.hide(["hunter2-hunter2", 'quote"quote"', "short"])
    logging.getLogger("x").error("got hunter2-hunter2 and %s", 'quote"quote"')
    try:
        raise ValueError("hunter2-hunter2")
    except ValueError:
        logging.getLogger("x").exception("short")
    assert "hunter2" not in written.text
    assert 'quote\\"' not in written.text
    assert "ValueError: [hidden]" in written.lines[1]["exception"]
    assert written.lines[1]["event"] == "short"


def test_a_password_in_an_address_is_hidden(written):
    logging.getLogger("x").error("no answer from postgresql://topnet:pw@db/topnet")
    assert (
        written.lines[0]["event"] == f"no answer from postgresql://topnet:{logs.HIDDEN}@db/topnet"
    )


def test_a_link_to_a_first_password_is_hidden_where_a_library_names_the_page(written):
    logging.getLogger("django.security.csrf").warning(
        "Forbidden (%s): %s", "no cookie", "/session/welcome/MQ/c1-5f0e8a/"
    )
    told = f"Forbidden (no cookie): /session/welcome/{logs.HIDDEN}"
    assert written.lines[0]["event"] == told


def test_the_name_of_a_public_page_is_hidden_where_a_library_names_the_page(written):
    sent = {"status_code": 500, "request": None}
    logging.getLogger("django.request").error(
        "Internal Server Error: %s", "/r/5k3-Zk0a_9xQpL-7AbCd/data/", extra=sent
    )
    assert written.lines[0]["event"] == f"Internal Server Error: /r/{logs.HIDDEN}/data/"


def failing():
    """What Postgres says of a row that it does not take: the whole row."""
    rows = 'VALUES (18765551234::bigint, E\'{"a": "s3cret"}\\n\\nend\')'
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE odd (number bigint CHECK (number < 5), text text)")
        cursor.execute(f"INSERT INTO odd {rows}")


@pytest.mark.django_db
@pytest.mark.parametrize("style", logs.STYLES)
def test_a_row_that_the_database_refuses_is_in_no_line(restored, style):
    found = Written(style)
    try:
        failing()
    except IntegrityError as error:
        told = str(error)
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/x/")
        logging.getLogger("celery.app.trace").error("raised unexpected: %r", error)
        structlog.get_logger("topup").warning("not kept", error=str(error))
    for hidden in ("18765551234", "s3cret"):
        assert (hidden in told, hidden in found.text) == (True, False)
    assert found.text.count("odd_number_check") >= 3, "which rule it broke is told"
    assert "Internal Server Error: /x/" in found.text


def test_text_has_one_short_line_too(restored):
    written = Written("text")
    bind_contextvars(correlation_id=CORRELATION_ID)
    structlog.get_logger("topup").warning("alarm", pin="0000")
    assert written.text.count("\n") == 1
    assert f"correlation_id={CORRELATION_ID}" in written.text
    assert "0000\n" not in written.text


@pytest.fixture
def ask(client):
    with override_settings(ROOT_URLCONF=__name__):
        yield client.get


def test_every_line_of_a_request_carries_its_id_and_its_sale(written, ask):
    answer = ask(f"/sales/{CORRELATION_ID}/?recipient=18761234567")
    inside, line = written.lines
    assert inside["request_id"] == line["request_id"] == answer["X-Request-ID"]
    assert inside["correlation_id"] == line["correlation_id"] == CORRELATION_ID
    assert (line["event"], line["method"], line["route"], line["status"]) == (
        "request", "GET", "sale", 200,
    )  # fmt: skip
    assert "18761234567" not in json.dumps(line)


def test_one_request_leaves_no_id_behind_for_the_next(written, ask):
    first, second = ask("/sales/a/"), ask("/sales/b/")
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("given", "kept"), [("from-the-proxy-1", True), ("x" * 65, False), ("a b\nc", False)]
)
def test_the_proxys_id_is_kept_if_it_is_one(written, ask, given, kept):
    answer = ask("/sales/a/", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept


def test_a_broken_page_is_logged_with_its_id(written, ask, client):
    client.raise_request_exception = False
    answer = ask("/sales/a/?break=1")
    broken = next(line for line in written.lines if line["logger"] == "django.request")
    assert broken["request_id"] == answer["X-Request-ID"]
    assert "RuntimeError: a page broke" in broken["exception"]
    assert written.lines[-1]["status"] == 500


def test_a_health_check_that_is_well_writes_no_line_of_its_own(written, ask):
    ask("/health/live/")
    assert [line["event"] for line in written.lines] == ["inside"]


def test_a_task_carries_the_ids_of_its_sender(written):
    """The message goes through the broker's own format; the worker's half is called by hand."""
    bind_contextvars(request_id="from-a-page", correlation_id=CORRELATION_ID, other="stays here")
    headers = {}
    tasklog.pack(headers=headers)
    assert headers == {
        tasklog.HEADER: {"request_id": "from-a-page", "correlation_id": CORRELATION_ID}
    }
    task = app.tasks[sweep_task.name]
    task.push_request(**headers, id="t1", is_eager=False)
    clear_contextvars()
    bind_contextvars(request_id="of the task before")
    tasklog.unpack(task=task, task_id="t1")
    structlog.get_logger("topup").info("in the task")
    tasklog.forget(task=task)
    task.pop_request()
    line = written.lines[0]
    assert (line["request_id"], line["correlation_id"]) == ("from-a-page", CORRELATION_ID)
    assert (line["task"], line["task_id"]) == ("topup.sweep_task", "t1")
    assert structlog.contextvars.get_contextvars() == {}


def test_a_real_message_has_the_ids_in_its_headers(restored):
    queue = f"log-{uuid4().hex}"
    bind_contextvars(request_id="from-a-page", correlation_id=CORRELATION_ID)
    current_app.send_task("topup.submit_sale_task", [1], queue=queue)
    with current_app.connection_for_read() as link:
        message = link.SimpleQueue(queue).get(timeout=60)
        message.ack()
    assert message.headers[tasklog.HEADER]["correlation_id"] == CORRELATION_ID


# --- questions to the provider that come before a sale ---------------------


def calls(found):
    return {line["call"]: line for line in found.lines if line["event"] == "provider call"}


def requests_of(found):
    return {line["route"]: line for line in found.lines if line["event"] == "request"}


def test_what_was_asked_for_a_price_is_found_by_the_sale_that_came_of_it(counter, written):
    cache.clear()
    shopper = Visitor(counter.agent)
    shopper.get("/sell/", number=GOOD)
    shopper.sell()
    asked, pages = calls(written), requests_of(written)
    sale, shop = Sale.objects.get().correlation_id, counter.shop.pk
    price, seen = asked["estimate"], pages["sell:quote"]
    assert {price["correlation_id"], seen["correlation_id"]} == {sale}
    assert {pages[page]["correlation_id"] for page in ("sell:check", "sell:confirm")} == {sale}
    assert (price["request_id"], price["sku"]) == (seen["request_id"], AIRTIME)
    # Nobody knows yet whether a sale comes of it: the page's own line says who looked it up.
    looked, start = asked["lookup"], pages["sell:start"]
    assert (looked["request_id"], start["shop"]) == (start["request_id"], shop)
    assert "correlation_id" not in looked
    assert re.sub(r"\D", "", GOOD) not in written.text


def test_a_price_that_is_asked_anew_has_the_key_of_its_item(counter, written):
    shopper = Shopper(counter.agent)
    shopper.put()
    key = BasketItem.objects.get().key
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.QUOTE_SECONDS)):
        before = len(written.lines)
        shopper.get(BASKET)
    asked = [line for line in written.lines[before:] if line["event"] == "provider call"]
    assert [(line["call"], line["correlation_id"]) for line in asked] == [("estimate", key)]


def test_a_question_that_brings_nothing_says_how_it_ended_and_in_no_words(
    counter, simulator, written
):
    cache.clear()
    simulator.control("faults", "POST", {"fault": "http", "status": 503, "kind": "estimate"})
    counter.quote()
    cache.clear()
    line = calls(written)["estimate"]
    assert (line["level"], line["error"], line["http_status"]) == ("warning", "NoAnswerError", 503)
    assert line.keys() == {
        "event", "call", "sku", "error", "http_status", "ms", "correlation_id", "level", "logger",
        "timestamp",
    }  # fmt: skip


def test_gunicorn_writes_through_the_same_log():
    code = "raise RuntimeError('boot failed: %s' % __import__('os').environ['SECRET_KEY'])"
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf", "--workers", "1",
         "--bind", "127.0.0.1:0", "--worker-tmp-dir", "/tmp", f"builtins:exec({code!r})"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert {line["logger"] for line in lines} >= {"gunicorn.error"}
    assert settings.SECRET_KEY not in "".join(json.dumps(line) for line in lines)
