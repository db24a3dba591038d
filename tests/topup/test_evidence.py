"""What an answer proves: the table, row by row."""

import pickle
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.topup.conftest import answer, topup_payload
from topup.evidence import Denial, Verdict, basis_of, denial_is_final, judge_order, judge_status
from topup.states import Basis
from valuetopup import codes, errors

V = Verdict
MORE_DOUBTFUL = ["899", "898", "777", "ABC"]  # duplicate, not known, never heard of


def http(status, kind, **rest):
    return kind("x", correlation_id="c", http_status=status, **rest)


def by_code(code):
    return answer(code, topup_payload() if code == "000" else None)


@pytest.mark.parametrize(
    ("code", "order", "status"),
    [
        ("000", V.SUCCEEDED, V.SUCCEEDED),
        ("852", V.PENDING, V.PENDING),
        ("851", V.PENDING, V.PENDING),
        *[(code, V.DECLINED, V.DECLINED) for code in sorted(codes.REFUSED)],
        *[(code, V.UNKNOWN, V.DENIED) for code in ["015", "560", "590", "600", "999"]],
        *[(code, V.UNKNOWN, V.DENIED) for code in MORE_DOUBTFUL],
    ],
)
def test_a_code_proves_what_the_table_says(code, order, status):
    assert judge_order(by_code(code)).verdict == order
    assert judge_status(by_code(code)).verdict == status


@pytest.mark.parametrize(
    ("error", "order"),
    [
        (http(400, errors.RejectedRequestError), V.DECLINED),
        (http(415, errors.RejectedRequestError), V.DECLINED),
        (http(401, errors.ConfigurationError), V.MISCONFIGURED),
        (http(403, errors.ConfigurationError), V.MISCONFIGURED),
        (http(404, errors.ConfigurationError), V.MISCONFIGURED),
        *[(http(s, errors.NoAnswerError), V.UNKNOWN) for s in (408, 429, 500, 502, 503, 504, 200)],
        (http(None, errors.NoAnswerError), V.UNKNOWN),
        (http(None, errors.NotSentError), V.NOT_SENT),
    ],
)
def test_an_error_proves_what_the_table_says(error, order):
    assert judge_order(error).verdict == order
    assert judge_status(error).verdict == V.UNKNOWN, "a failed status call learns nothing"


def test_a_404_of_a_status_call_may_mean_not_known_only_with_a_json_body():
    told = errors.ConfigurationError("x", http_status=404, has_json_body=True)
    page = errors.ConfigurationError("x", http_status=404, has_json_body=False)
    assert (judge_status(told).verdict, judge_status(told).not_found) == (V.UNKNOWN, True)
    assert judge_status(page).not_found is False


def test_an_outcome_shows_no_payload_and_survives_pickling():
    outcome = judge_order(answer("000", topup_payload()))
    assert "128959196" not in repr(outcome)
    assert pickle.loads(pickle.dumps(outcome)) == outcome


NOW = timezone.now()


def denial(**changes):
    seen = {
        "code": "898", "since": NOW - timedelta(seconds=60), "was_acknowledged": False,
        "send_before": NOW - timedelta(seconds=150),
    } | changes  # fmt: skip
    return denial_is_final(
        Denial(**seen), code="898", asked_at=NOW,
        after=timedelta(seconds=150), apart=timedelta(seconds=60),
    )  # fmt: skip


def test_a_denial_is_believed_when_late_repeated_and_never_acknowledged():
    assert denial() is True
    assert denial(was_acknowledged=True) is False
    assert denial(code="999") is False
    assert denial(since=None) is False
    assert denial(since=NOW - timedelta(seconds=59)) is False
    assert denial(send_before=NOW - timedelta(seconds=149)) is False


def test_the_basis_tells_a_doubtful_code_from_an_unknown_sale():
    assert basis_of("560") == Basis.DOUBTFUL
    assert basis_of("898") == Basis.ABSENT
