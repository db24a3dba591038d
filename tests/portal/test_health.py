"""The two addresses that machines ask."""

import pytest
from django.db import connection


def test_live_answers_without_asking_anything(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/health/live/")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_ready_asks_database_and_broker(client, db):
    answer = client.get("/health/ready/")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok"})


def test_ready_says_that_the_broker_does_not_answer(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/health/ready/")
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "broker": "no answer"})


def test_ready_says_that_the_database_does_not_answer(client, transactional_db, monkeypatch):
    connection.close()
    with monkeypatch.context() as gone:
        gone.setitem(connection.settings_dict, "HOST", "/nowhere")
        answer = client.get("/health/ready/")
    assert (answer.status_code, answer.json()) == (503, {"database": "no answer", "broker": "ok"})


@pytest.mark.parametrize("page", ["live", "ready"])
def test_only_reading_is_allowed_and_needs_no_sign_in(client, db, page):
    assert client.head(f"/health/{page}/").status_code == 200
    assert client.post(f"/health/{page}/").status_code == 405


def test_health_needs_no_tls_in_production(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^health/"]
    assert client.get("/health/live/").status_code == 200
    assert client.get("/session/sign-in/").status_code == 301
