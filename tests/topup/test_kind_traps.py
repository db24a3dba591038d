"""What could go wrong with goods of a kind after the money is held, and does not."""

from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.bundles import skus_of
from catalog.enums import Category
from catalog.models import Sku
from catalog.provider import client
from tests.topup.goods import a_sku, some_skus
from tests.valuetopup.conftest import envelope
from topup import books
from topup.errors import ExtraError, NotSellableError, PriceChangedError
from topup.kinds import KINDS
from topup.kinds.airtime import months_of
from topup.kinds.base import INFO, clean
from topup.models import Kind, Person, Role, Sale, Voucher, VoucherState
from topup.services import asking, bundles, pricing, refunds, sales
from topup.states import SaleState
from valuetopup import Client
from valuetopup._json import dumps
from valuetopup._rows import Row
from valuetopup.types import Bundle


def waiting(counter, sku, *, recipient="", **extras):
    """A sale that a worker would send."""
    quoted = pricing.quote(
        shop=counter.shop, sku=sku, face_value=sku.min_face_value, recipient=recipient,
        extras=extras,
    )  # fmt: skip
    return sales.open_sale(agent=counter.agent, quote=quoted).sale


@pytest.mark.parametrize("number", ["0", "-5"])
def test_a_card_whose_order_has_an_absurd_number_is_done_all_the_same(
    counter, server, settings, number
):
    sale = waiting(counter, a_sku(Category.GIFT_CARD))
    settings.VALUETOPUP_BASE_URL = server.url
    server.behave(envelope(f'{{"transactionId": {number}, "invoiceAmount": {sale.cost}}}'))
    assert sales.submit_sale(sale_id=sale.pk).state == SaleState.COMPLETED
    assert sale.calls.get(call="fetch").error == "ValueError"
    sale = Sale.objects.get(pk=sale.pk)
    assert (sale.voucher.state, sale.next_poll_at is None) == (VoucherState.AWAITED, False)


def test_an_esim_is_awaited_until_a_phone_can_load_it(counter, server, settings):
    sale = waiting(counter, a_sku(Category.ESIM), device_fits="yes")
    settings.VALUETOPUP_BASE_URL = server.url
    rest = f'"transactionId": 1, "invoiceAmount": {sale.cost}'
    number, code = '"iccid": "8900000000000000001"', '"activationCode": "LPA:1$a.example$B"'
    server.behave(envelope(f'{{{rest}, "esimDetail": {{{number}}}}}'))
    sale = sales.submit_sale(sale_id=sale.pk)
    assert (sale.state, sale.voucher.state) == (SaleState.COMPLETED, VoucherState.AWAITED)
    assert sale.next_poll_at is not None
    server.behave(envelope(f'{{{rest}, "esimDetail": {{{number}, {code}}}}}'))
    sale = Sale.objects.get(pk=sales.poll_sale(sale_id=sale.pk).pk)
    assert (sale.voucher.state, sale.next_poll_at) == (VoucherState.READY, None)


_WHOLE = {
    Kind.AIRTIME: "null", Kind.BILL: '{"token": "1234 5678", "unit": "8 kWh"}',
    Kind.PIN: '[{"pinNumber": "0000 1"}]', Kind.GIFT_CARD: '{"cardNumber": "1", "pin": "2"}',
    Kind.ESIM: '{"iccid": "89", "activationCode": "LPA:1$a.example$B"}',
}  # fmt: skip
_DETAIL = {
    Kind.AIRTIME: "topupDetail", Kind.BILL: "billPaymentDetail", Kind.PIN: "pins",
    Kind.GIFT_CARD: "giftCardDetail", Kind.ESIM: "esimDetail",
}  # fmt: skip
_TYPED = {Kind.BILL: {"account_number": "0412"}, Kind.ESIM: {"device_fits": "yes"}}


@pytest.mark.parametrize("kind", Kind)
def test_a_done_without_details_of_any_kind_ends_and_what_comes_later_is_kept(
    counter, server, settings, kind
):
    """First nothing at all, then the details without a number of the order, then a refund."""
    sku = a_sku(KINDS[kind].CATEGORY)
    number = f"{sku.dial_codes[0]}2025550100" if kind == Kind.AIRTIME else ""
    sale = waiting(counter, sku, recipient=number, **_TYPED.get(kind, {}))
    settings.VALUETOPUP_BASE_URL = server.url
    server.behave(envelope("null"))
    sales.submit_sale(sale_id=sale.pk)
    for _ask in range(3):
        sale = sales.poll_sale(sale_id=sale.pk)
    assert (sale.state, sale.invoice_is_assumed) == (SaleState.COMPLETED, True)
    assert sale.next_poll_at is not None
    told = f'"invoiceAmount": {sale.cost}, "{_DETAIL[kind]}": {_WHOLE[kind]}'
    server.behave(envelope(f"{{{told}}}"))
    sales.poll_sale(sale_id=sale.pk)
    sale = Sale.objects.get(pk=sale.pk)
    assert (sale.invoice_is_assumed, sale.next_poll_at) == (False, None)
    assert [one.state for one in Voucher.objects.all()] == ["ready"] * (kind != Kind.AIRTIME)
    admin = Person.objects.create_user("admin", role=Role.ADMIN)
    refunds.refund_sale(sale=sale, by=admin, reason="it did not work")
    assert counter.float() == (500, 0)
    assert list(books.problems()) == []


def test_an_absurd_delivery_of_the_catalogue_is_not_promised(counter):
    sku = a_sku(Category.RTR, "lyca")
    most = {"min_delivered": D(10) ** 15, "max_delivered": D(10) ** 15, "delivered_currency": "XXX"}
    Sku.objects.filter(pk=sku.pk).update(**most)
    sku.refresh_from_db()
    number = f"{sku.dial_codes[0]}2025550100"
    sale = waiting(counter, sku, recipient=number, plan_months="12")
    assert (sale.promised_amount, sale.promised_currency) == (None, "")


@pytest.mark.parametrize("number", [0, -7])
def test_goods_that_cannot_be_ordered_by_their_number_have_no_price(counter, number):
    """Also while no estimate is asked for, whose refusal would tell."""
    cache.set("provider-estimate-slow", True, 30)
    sku = a_sku(Category.PIN)
    sku.provider_id = number
    sku.save()
    with pytest.raises(NotSellableError):
        pricing.quote(shop=counter.shop, sku=sku, face_value=sku.min_face_value)


def test_months_that_were_stopped_meanwhile_are_not_sold(counter):
    sku = a_sku(Category.RTR, "lyca")
    quoted = pricing.quote(
        shop=counter.shop, sku=sku, face_value=sku.min_face_value,
        recipient=f"{sku.dial_codes[0]}2025550100", extras={"plan_months": "3"},
    )  # fmt: skip
    Sku.objects.filter(pk=sku.pk).update(months_off_at=timezone.now())
    with pytest.raises(PriceChangedError):
        sales.open_sale(agent=counter.agent, quote=quoted)
    assert counter.float()[1] == 0


def test_a_bundle_is_not_sold_at_the_terms_of_another_number(counter):
    number = "917012345678"
    product = some_skus(Category.RTR, "jio", most=40)[0].product
    [told, *_rest] = client().bundles(product.provider_id, number)
    Sku.objects.filter(provider_id=told.sku_id).delete()
    own = {end: {**told.raw[end], "faceValue": D(1)} for end in ("min", "max")}
    [sku] = skus_of(product, [Bundle.read(Row({**told.raw, **own}))])
    with pytest.raises(NotSellableError, match="another one for this number"):
        pricing.quote(shop=counter.shop, sku=sku, face_value=D(1), recipient=number)
    [sku] = bundles.bundles_for(products=[product], msisdn=number).skus[:1]
    quoted = pricing.quote(
        shop=counter.shop, sku=sku, face_value=sku.min_face_value, recipient=number
    )
    assert (sku.provider_id, quoted.face_value) == (told.sku_id, told.min.face_value)


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "x" * 101])
def test_a_detail_that_cannot_be_kept_is_refused_before_money_is_held(value):
    with pytest.raises(ExtraError) as told:
        clean((), {f"{INFO}zip": value})
    assert told.value.name == f"{INFO}zip"


class Wire(Client):
    """The client up to the wire: every check and the writing of the body, nothing sent."""

    def __init__(self):
        super().__init__(base_url="http://127.0.0.1:9", user_id="u", password="p")
        self.bodies = []
        self._transport = self

    def send(self, request):
        self.bodies.append(dumps(request.body))
        raise ConnectionError


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


def _typed(field):
    """What fits a field, what nearly does, in the digits of any script, and anything else."""
    fits = st.from_regex(rf"(?:{field.pattern})\Z")
    arabic = fits.map(lambda text: text.translate({48 + n: 0x660 + n for n in range(10)}))
    spaced = fits.map(lambda text: f" {text}\u00a0")
    return st.one_of(fits, arabic, spaced, _TEXT)


@st.composite
def _case(draw):
    kind = draw(st.sampled_from(list(Kind)))
    fields = KINDS[kind].FIELDS
    typed = {field.name: draw(_typed(field)) for field in fields}
    typed |= {INFO + draw(_TEXT): draw(_TEXT) for _info in range(draw(st.integers(0, 2)))}
    return kind, typed


@settings(max_examples=150, deadline=None)
@given(_case())
def test_whatever_passes_our_fields_passes_the_client(case):
    kind, typed = case
    try:
        extras = clean(KINDS[kind].FIELDS, typed)
    except ExtraError:
        return
    sale = Sale(
        kind=kind, provider_sku_id=5, face_value=D("12.5"), face_currency="USD",
        recipient="" if kind == Kind.ESIM else "18765550100", extras=extras,
        months=months_of(extras), correlation_id=str(uuid4()), send_before=timezone.now(),
    )  # fmt: skip
    wire = Wire()
    with pytest.raises(ConnectionError):
        KINDS[kind].order(wire, sale)
    assert len(wire.bodies) == 1
    assert "\\u0000" not in wire.bodies[0]


def test_the_token_of_a_bill_is_asked_for_a_little_while_and_later_by_hand(
    counter, server, settings, clock
):
    sale = waiting(counter, a_sku(Category.BILL_PAY, "electric"), account_number="04123456789")
    settings.VALUETOPUP_BASE_URL = server.url
    rest = f'"transactionId": 1, "invoiceAmount": {sale.cost}'
    server.behave(envelope(f"{{{rest}}}"))
    sale = sales.submit_sale(sale_id=sale.pk)
    assert (sale.state, sale.next_poll_at is None) == (SaleState.COMPLETED, False)
    sale = counter.live(sale, clock, most=10)
    assert (sale.next_poll_at, Voucher.objects.count()) == (None, 0)
    server.behave(envelope(f'{{{rest}, "billPaymentDetail": {{"token": "1234 5678"}}}}'))
    assert asking.ask_now(sale_id=sale.pk, by=counter.agent)
    sales.poll_sale(sale_id=sale.pk)
    sale = Sale.objects.get(pk=sale.pk)
    assert (sale.voucher.state, sale.next_poll_at) == (VoucherState.READY, None)


def test_a_bill_with_details_and_no_token_is_asked_about_no_more(counter, server, settings):
    sale = waiting(counter, a_sku(Category.BILL_PAY), account_number="04123456789")
    settings.VALUETOPUP_BASE_URL = server.url
    detail = '"billPaymentDetail": {"accountNumber": "04123456789"}'
    server.behave(envelope(f'{{"invoiceAmount": {sale.cost}, {detail}}}'))
    sale = sales.submit_sale(sale_id=sale.pk)
    assert (sale.state, sale.next_poll_at) == (SaleState.COMPLETED, None)
