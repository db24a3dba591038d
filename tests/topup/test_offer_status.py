"""What a kiosk tells of a sale: to code and claim number together, and to nothing else."""

import pytest
from django.db import DatabaseError, transaction

from tests.topup.counter import PIN
from tests.topup.offerdesk import make_desk
from topup.models import KioskOffer, KioskReveal, Paper, Person, Role, Voucher
from topup.offererrors import OfferCodeError, OfferLooksError
from topup.services import claimcode, kiosks, offers, offerstatus, prints, receipts, timeline
from topup.services.shops import open_shop
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(simulator, db):
    return make_desk(simulator)


@pytest.fixture
def sold(desk):
    """A PIN of an offer, sold and delivered: the offer, the sale, the printed claim number."""
    offer = desk.offer(sku=PIN)
    sale = desk.sell(offer)
    return offer, sale, receipts.build(sale=sale, person=desk.agent).kiosk_claim


def ask(desk, offer, number, kiosk=None):
    return offers.status(kiosk=kiosk or desk.kiosk, code=offer.code, claim_number=number)


def wrong(number):
    return f"{(int(number.replace(' ', '')) + 1) % 10**6:06}"


def test_both_numbers_together_tell_the_state_at_every_kiosk_of_the_shop(desk, sold):
    offer, sale, number = sold
    other, _code = kiosks.create(shop=desk.shop, name="Street", by=desk.owner)
    for kiosk in (desk.kiosk, other):
        found = ask(desk, offer, number, kiosk)
        assert (found.sale, found.may_reveal, found.is_code_awaited) == (sale, True, False)
    arabic = number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert ask(desk, offer, arabic).sale.state == SaleState.COMPLETED
    assert claimcode.code_of(sale.correlation_id) != number.replace(" ", ""), "not the other code"


def test_every_refusal_has_the_same_words(desk, sold, clock):
    offer, _sale, number = sold
    waits = desk.offer()
    stranger = open_shop(name="Harbour")
    boss = Person.objects.create_user("harbour", role=Role.OWNER, shop=stranger)
    elsewhere, _code = kiosks.create(shop=stranger, name="Pier", by=boss)
    told = set()
    for kiosk, code, typed in (
        (desk.kiosk, offer.code, wrong(number)), (desk.kiosk, wrong(offer.code), number),
        (desk.kiosk, waits.code, number), (elsewhere, offer.code, number),
        (desk.kiosk, "", ""), (desk.kiosk, "\x00", "x" * 400),
    ):  # fmt: skip
        with pytest.raises(OfferCodeError) as error:
            offers.status(kiosk=kiosk, code=code, claim_number=typed)
        told.add(str(error.value))
    clock.jump(24 * 3600 + 60)
    with pytest.raises(OfferCodeError) as error:
        ask(desk, offer, number)
    assert len(told | {str(error.value)}) == 1


def test_after_a_few_wrong_numbers_the_right_one_is_not_told_either(desk, sold):
    offer, _sale, number = sold
    for _time in range(offerstatus.MOST_WRONG):
        assert KioskOffer.objects.get(pk=offer.pk).wrong_claims == _time
        with pytest.raises(OfferCodeError):
            ask(desk, offer, wrong(number))
    with pytest.raises(OfferCodeError):
        ask(desk, offer, number)
    with pytest.raises(OfferCodeError):
        offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number)


def test_who_tries_code_after_code_is_held_back_at_that_kiosk(desk, sold):
    offer, _sale, number = sold
    for tried in range(offerstatus.MOST_TRIES):
        with pytest.raises(OfferCodeError):
            offers.status(kiosk=desk.kiosk, code=f"{tried:06}", claim_number=number)
    with pytest.raises(OfferCodeError):
        ask(desk, offer, number)
    other, _code = kiosks.create(shop=desk.shop, name="Street", by=desk.owner)
    assert ask(desk, offer, number, other).sale


def test_right_ones_use_up_no_tries(desk, sold):
    offer, _sale, number = sold
    for _time in range(offerstatus.MOST_TRIES + 2):
        ask(desk, offer, number)


def test_a_secret_is_shown_a_few_times_counted_and_written_down(desk, sold):
    offer, sale, number = sold
    before = Voucher.objects.get().read_count
    for time in range(offerstatus.MOST_REVEALS):
        revealed = offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number)
        assert (bool(revealed.content.pins[0].number), revealed.copy) == (True, time)
    assert Voucher.objects.get().read_count == before + offerstatus.MOST_REVEALS
    told = [moment.detail for moment in timeline.of(sale) if moment.what == "code looked at"]
    assert told == [f"kiosk {desk.kiosk.terminal_id}, on the screen"] * offerstatus.MOST_REVEALS
    assert KioskReveal.objects.count() == offerstatus.MOST_REVEALS
    assert not ask(desk, offer, number).may_reveal
    with pytest.raises(OfferLooksError):
        offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number)
    for deed in (KioskReveal.objects.all().delete, lambda: KioskReveal.objects.update(sale=sale)):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_a_look_after_the_counters_papers_is_a_copy_too(desk, sold):
    offer, sale, number = sold
    reasons = {1: "", 2: "lost"}
    for at, reason in reasons.items():
        prints.start(
            sale=sale, person=desk.agent, number=at, paper=Paper.ROLL_80, language="en",
            reason=reason,
        )  # fmt: skip
    for copy in (2, 3):
        revealed = offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number)
        assert (revealed.copy, revealed.content.pins[0].number in repr(revealed)) == (copy, False)


def test_the_counters_paper_after_a_look_is_a_copy_of_the_same_count(desk, sold):
    offer, sale, number = sold
    offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number)
    printed = [
        prints.start(
            sale=sale, person=desk.agent, number=at, paper=Paper.ROLL_80, language="en",
            reason=reason,
        )
        for at, reason in ((1, ""), (2, "lost"))
    ]  # fmt: skip
    revealed = offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number)
    assert [*(made.copy for made in printed), revealed.copy] == [1, 2, 3]


def test_what_has_no_secret_shows_none(desk):
    offer = desk.offer()
    sale = desk.sell(offer)
    number = offers.claim_number(sale)
    assert not ask(desk, offer, number).may_reveal
    assert offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number) is None
    assert KioskReveal.objects.count() == 0


def test_what_was_refunded_shows_nothing_any_more(desk, sold):
    offer, sale, number = sold
    type(sale).objects.filter(pk=sale.pk).update(state=SaleState.REFUNDED)
    assert ask(desk, offer, number).may_reveal is False
    assert offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number) is None


def test_the_receipt_of_another_sale_names_no_kiosk(desk):
    sale = desk.counter.sell()
    built = receipts.build(sale=sale, person=desk.agent)
    assert (built.kiosk_claim, built.kiosk_code) == ("", "")
