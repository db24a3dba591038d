"""Errors carry what the caller needs across processes; the codes fall into groups."""

import copy
import pickle
from typing import Any

import pytest

from valuetopup import codes
from valuetopup.errors import (
    ConfigurationError,
    NoAnswerError,
    NotSentError,
    RefusedError,
    RejectedRequestError,
    ValueTopupError,
)

REST: dict[str, Any] = {"correlation_id": "c-1", "http_status": 404, "raw": {"message": "m"}}
ERRORS = [
    ValueTopupError(),
    NotSentError("Nothing was sent", correlation_id="c-1"),
    NoAnswerError("Told", **REST),
    RejectedRequestError("Told", **REST),
    ConfigurationError("Told", has_json_body=True, **REST),
    RefusedError("510", "Out of stock", **REST),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "send", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"]
)
def test_an_error_survives(error: ValueTopupError, send: Any) -> None:
    got = send(error)
    assert type(got) is type(error)
    assert (vars(got), got.args, str(got)) == (vars(error), error.args, str(error))


def test_what_an_error_says() -> None:
    assert [str(error) for error in ERRORS] == [
        "ValueTopupError",
        "Nothing was sent [c-1]",
        "Told (HTTP 404) [c-1]",
        "Told (HTTP 404) [c-1]",
        "Told (HTTP 404) [c-1]",
        "510 Out of stock (HTTP 404) [c-1]",
    ]


def test_a_code_has_one_meaning() -> None:
    refused = set(codes.REFUSED)
    others = {codes.SUCCESS} | codes.PENDING | codes.DOUBTFUL | {codes.DUPLICATE, codes.UNKNOWN_ID}
    assert refused & others == set()
    assert len(others) == 1 + 2 + 5 + 2
    assert {"001", "003", "501", "502", "510", "540"} <= refused
    assert all(len(code) == 3 and text.endswith(".") for code, text in codes.REFUSED.items())
