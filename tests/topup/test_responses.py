"""Response codes: words for each one known, the provider's own for the rest, and a count."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from portal import passportwords
from tests.topup.conftest import answer
from topup import attention, refusals, responses, seen_codes
from topup.evidence import Verdict, judge_order, judge_status
from topup.models import Person, ProviderCall, Role, Sale, SeenCode
from topup.responses import Step
from topup.states import Basis, SaleState
from valuetopup import codes
from valuetopup.simulator.messages import MESSAGES

S = SaleState
OURS = {codes.DUPLICATE, codes.UNKNOWN_ID}
KNOWN = {codes.SUCCESS, *codes.PENDING, *codes.DOUBTFUL, *codes.REFUSED, *OURS}
STATUSES = (400, 401, 403, 404, 408, 415, 429, 500, 502, 503, 504)


def test_no_code_that_is_known_is_without_words():
    assert {code for code in KNOWN | set(MESSAGES) if not responses.is_known(code)} == set()
    assert {status for status in STATUSES if not responses.is_known(f"H{status}")} == set()
    assert [code for code in ("777", "", "00", "0000") if responses.is_known(code)] == []


def test_the_table_has_no_code_that_nobody_answers():
    assert {code for code in responses.TABLE if not code.startswith("H")} == KNOWN


@pytest.mark.parametrize("code", sorted(responses.TABLE))
def test_words_are_whole_sentences(code):
    found = responses.TABLE[code]
    for text in (str(found.happened), str(found.next_step), responses.for_customer(code)):
        assert text[0].isupper(), text
        assert text.endswith("."), text
    assert "fail" not in found.advice.lower()


def test_the_class_of_a_code_agrees_with_what_it_proves():
    def steps(of):
        return {responses.TABLE[code].step for code in of}

    assert steps(codes.DOUBTFUL | codes.PENDING | OURS) == {Step.CHECKED}
    assert steps(codes.REFUSED) == {Step.MEND, Step.LATER, Step.ADMIN, Step.OPERATOR}
    assert responses.TABLE["500"].step == responses.TABLE["502"].step == Step.OPERATOR
    assert responses.TABLE["501"].step == responses.TABLE["510"].step == Step.MEND
    assert responses.TABLE["570"].step == responses.TABLE["998"].step == Step.LATER
    assert responses.TABLE["003"].step == responses.TABLE["035"].step == Step.ADMIN


def test_the_customer_reads_nothing_of_the_distributors_account():
    for code in ("003", "004", "009", "035", "H401", "999", "777"):
        assert responses.for_customer(code) == "The operator did not carry it out."
    assert responses.for_customer("501") == "The operator does not know this number."


def test_the_public_page_says_why_and_where_the_money_is():
    def told(sale):
        return str(passportwords.look(sale, is_code_awaited=False).text)

    why = "The operator does not know this number. Ask the shop for your money."
    assert told(refused("501")) == why
    assert told(refused("003")).startswith("The operator did not carry it out. Ask the shop")
    assert told(refused("501", Basis.ABSENT)).startswith("The operator refused it.")
    assert "number" not in told(Sale(state=S.COMPLETED, response_code="501"))


def refused(code, basis=Basis.REFUSED, text=""):
    return Sale(state=S.DECLINED, basis=basis, response_code=code, response_message=text)


def test_a_sale_says_whose_turn_it_is():
    assert refusals.step(refused("501")) == Step.MEND
    assert refusals.step(refused("003")) == Step.ADMIN
    assert refusals.step(refused("560", Basis.DOUBTFUL)) == Step.MEND
    assert refusals.step(Sale(state=S.IN_DOUBT, response_code="560")) == Step.CHECKED
    assert refusals.step(Sale(state=S.COMPLETED, response_code="000")) is None


def test_a_final_sale_is_not_told_to_wait():
    for code in sorted(codes.DOUBTFUL):
        sale = refused(code, Basis.DOUBTFUL)
        assert "Do not sell it again" not in refusals.advice(sale) + refusals.happened(sale)


def test_an_unknown_code_is_told_with_the_providers_own_text():
    assert refusals.providers_text(refused("777", Basis.ABSENT, "Número errado")) == "Número errado"
    assert refusals.providers_text(refused("777", Basis.ABSENT)) == "777"
    assert refusals.providers_text(Sale(state=S.IN_DOUBT, response_code="777")) == "777"
    assert refusals.providers_text(refused("501", text="The Subscriber number")) == ""
    assert refusals.providers_text(Sale(state=S.COMPLETED, response_code="777")) == ""


def record(sale, code, text=""):
    """What the gateway does with an answer to a status call."""
    from topup.gateway import _record

    call = ProviderCall.objects.create(sale=sale, call="status", started_at=timezone.now())
    outcome = judge_status(answer(code, message=text))
    _record(call, outcome)
    return outcome


def test_every_answer_but_the_everyday_ones_is_counted(sold):
    sale = sold(S.IN_DOUBT)
    for code in ("777", "501", "777", "000", "852", "851"):
        record(sale, code, f"text {code}")
    counted = dict(SeenCode.objects.values_list("code", "times"))
    assert counted == {"777": 2, "501": 1}
    assert SeenCode.objects.get(code="777").text == "text 777"
    assert judge_order(answer("777")).verdict is Verdict.UNKNOWN


def test_odd_codes_and_texts_are_cut_to_what_fits(db):
    seen_codes.count_code(code="9" * 50, text="x\x00" * 400)
    row = SeenCode.objects.get()
    assert (row.code, row.text) == ("9" * 10, "x" * 200)
    seen_codes.count_code(code="")
    seen_codes.count_code(code="\x00")
    assert SeenCode.objects.count() == 1


def test_an_unknown_code_is_news_for_seven_days(db):
    boss = Person.objects.create_superuser("chief", role=Role.ADMIN)
    seen_codes.count_code(code="501")
    seen_codes.count_code(code="H503")
    assert [need for need in attention.needs(boss) if "words" in need.text] == []
    seen_codes.count_code(code="777", text="Strange")
    (need,) = [need for need in attention.needs(boss) if "words" in need.text]
    assert need.text == "The provider answers with 1 code that we have no words for"
    assert need.url == "/admin/topup/seencode/?words=none"
    SeenCode.objects.update(last_seen_at=timezone.now() - seen_codes.NEWS_FOR)
    assert [need for need in attention.needs(boss) if "words" in need.text] == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_lose_no_count():
    def work():
        try:
            for _ in range(10):
                seen_codes.count_code(code="777")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SeenCode.objects.get().times == 40


def test_the_admin_lists_codes_with_our_words_beside_the_providers(client, db):
    client.force_login(Person.objects.create_superuser("chief", role=Role.ADMIN))
    seen_codes.count_code(code="501", text="The Subscriber number is not valid")
    seen_codes.count_code(code="777", text="<b>Strange</b>")
    page = client.get("/admin/topup/seencode/").content.decode()
    assert "The operator does not know this number." in page
    assert "can be put right here" in page
    assert "&lt;b&gt;Strange&lt;/b&gt;" in page
    assert "<b>Strange</b>" not in page
    only = client.get("/admin/topup/seencode/?words=none").content.decode()
    assert ("777" in only, "Subscriber" in only) == (True, False)
    row = SeenCode.objects.get(code="777")
    assert client.get(f"/admin/topup/seencode/{row.pk}/change/").status_code == 200
    assert client.post(f"/admin/topup/seencode/{row.pk}/change/", {"times": 1}).status_code == 403
