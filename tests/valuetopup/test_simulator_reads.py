"""The simulator's reads: lookup, pages of gift cards, bundles, bills, promotions, eSIMs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.valuetopup.simulating import (
    BILL,
    CARD,
    CARD_FETCHED,
    CARD_LATER,
    ESIM,
    FIXED,
    client_of,
    get,
    new_id,
    sku_id,
)
from valuetopup import Client, codes
from valuetopup.errors import RefusedError
from valuetopup.simulator.catalogue import Catalogue
from valuetopup.simulator.testing import SimulatorProcess

EIGHT = {
    "18761234567": ("JM", "Digicel"),
    "18762234567": ("JM", "Flow"),
    "911234567890": ("IN", "Airtel"),
    "912345678901": ("IN", "Jio"),
    "923123456789": ("PK", "Zong"),
    "923234578901": ("PK", "Jazz"),
    "5212345678901": ("MX", "Telcel"),
    "522345678901": ("MX", "Movistar"),
}


def found(client: Client, number: str) -> tuple[str, str] | str:
    try:
        rows = client.lookup_mobile(number)
    except RefusedError as error:
        return error.code
    assert rows
    (operator,) = {(row.country_code, row.operator_name) for row in rows}
    return operator


@pytest.fixture(scope="module")
def sandbox() -> Any:
    with SimulatorProcess() as process, client_of(process) as client:
        yield client


def test_the_sandbox_knows_eight_numbers_and_no_more(sandbox: Client) -> None:
    assert {number: found(sandbox, number) for number in EIGHT} == EIGHT
    others = ["18761234568", "2348031234567", "12125550100", "34609123456", "999123456789"]
    assert [found(sandbox, number) for number in others] == ["501"] * 5


def test_production_knows_every_country_but_two(buyer: Client) -> None:
    assert {number: found(buyer, number) for number in EIGHT} == EIGHT
    assert found(buyer, "2348031234567") == ("NG", "MTN")
    assert found(buyer, "2348021234567") == ("NG", "Airtel")
    assert found(buyer, "14165550100") == ("CA", "Rogers")  # the dial code of the United States
    assert found(buyer, "18681234567")[0] == "TT"
    refused = {"US": "12125550100", "ES": "34609123456", "no country": "999123456789",
               "too short": "23480312345", "too long": "23480312345678"}  # fmt: skip
    assert {name: found(buyer, number) for name, number in refused.items()} == dict.fromkeys(
        refused, "501"
    )


def test_a_number_of_every_country_finds_its_network(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    products = Catalogue("USD").products.values()
    topups = [p.operator for p in products if p.category == "Rtr" and p.operator.prefixes]
    networks = {operator.country.code: operator for operator in topups}
    assert len(networks) >= 90
    for code, operator in networks.items():
        if code in ("US", "ES"):
            continue
        local = operator.prefixes[0].ljust(operator.country.lengths[0], "5")
        number = operator.country.dial_codes[0] + local
        assert found(buyer, number) == (code, operator.name.strip()), number


def test_a_lookup_row_has_the_names_of_version_one(simulator: SimulatorProcess) -> None:
    row = get(simulator, "/lookup/mobile/18761234567")["payLoad"][0]
    assert set(row) == {"productId", "productName", "category", "countryCode", "operator",
                        "operatorId", "denominationType", "skus"}  # fmt: skip
    assert (row["operator"], row["denominationType"]) == ("Digicel", "Fixed")
    assert row["skus"][0]["minAmount"] == row["skus"][0]["maxAmount"] == Decimal("3.00")


# Pages of gift cards


def page(simulator: SimulatorProcess, query: str) -> tuple[list[int], int, int]:
    answer = get(simulator, f"/catalog/skus/giftcards{query}")
    return [row["skuId"] for row in answer["payLoad"]], answer["next"], answer["next_cursor"]


def test_without_paging_only_a_hundred_arrive(simulator: SimulatorProcess, buyer: Client) -> None:
    first, left, following = page(simulator, "")
    everything = [sku.sku_id for sku in buyer.gift_card_skus()]
    assert len(first) == 100 < len(everything) == 100 + left
    assert (first, following) == (everything[:100], everything[100])


def test_the_cursor_is_the_sku_a_page_starts_at(simulator: SimulatorProcess) -> None:
    first, _, following = page(simulator, "?pageSize=10")
    second, _, _ = page(simulator, f"?pageSize=10&cursor={following}")
    again, _, _ = page(simulator, f"?pageSize=10&cursor={first[-1]}")
    between, _, _ = page(simulator, f"?pageSize=1&cursor={first[-1] + 1}")
    assert (second[0], again[0], between) == (following, first[-1], [following])
    assert set(first) & set(second) == set()


def test_the_last_page_has_no_next(simulator: SimulatorProcess) -> None:
    everything = [page(simulator, "")[0], page(simulator, f"?cursor={page(simulator, '')[2]}")[0]]
    last = everything[1][-1]
    assert page(simulator, f"?cursor={last}") == ([last], 0, 0)
    assert page(simulator, f"?cursor={last + 1}") == ([], 0, 0)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_client_gets_every_card_once_in_pages_of_any_size(buyer: Client, size: int) -> None:
    cards = [sku.sku_id for sku in buyer.gift_card_skus(page_size=size)]
    assert len(cards) == len(set(cards)) > 100
    assert cards == sorted(cards)


def test_gift_cards_are_not_among_the_skus(buyer: Client) -> None:
    assert "GiftCard" not in {sku.category for sku in buyer.skus()}
    assert {sku.category for sku in buyer.gift_card_skus(country_code="GB")} == {"GiftCard"}
    assert {sku.country_code for sku in buyer.gift_card_skus(country_code="GB")} == {"GB"}


# Lists


def test_lists_are_filtered(buyer: Client) -> None:
    jamaican = buyer.operators(country_code="JM")
    assert {"Digicel", "Flow"} <= {operator.name for operator in jamaican}
    assert len(jamaican) < len(buyer.operators())
    digicel = next(o for o in jamaican if o.name == "Digicel")
    products = buyer.products(operator_id=digicel.operator_id, country_code="JM", category_id=2)
    assert {(p.operator_id, p.country_code, p.category) for p in products} == {
        (digicel.operator_id, "JM", "Rtr")
    }
    skus = buyer.skus(product_id=products[0].product_id)
    assert {sku.product_id for sku in skus} == {products[0].product_id}
    assert [sku.sku_id for sku in buyer.skus(sku_id=skus[0].sku_id)] == [skus[0].sku_id]
    assert buyer.skus(sku_id=1) == []


def test_an_operator_may_work_in_several_countries(buyer: Client) -> None:
    ids = [
        {o.name: o.operator_id for o in buyer.operators(country_code=code)}["Digicel"]
        for code in ("JM", "HT", "TT")
    ]
    assert len(set(ids)) == 1


def test_the_error_list_has_the_providers_codes_and_none_of_ours(buyer: Client) -> None:
    listed = {row.code: row.message for row in buyer.error_codes()}
    assert set(codes.REFUSED) | codes.DOUBTFUL | codes.PENDING | {"000"} == set(listed)
    assert listed["501"] == "The Subscriber number is not valid"


def test_a_rate_is_what_a_unit_of_the_wallet_delivers(buyer: Client) -> None:
    rate = buyer.exchange_rate(sku_id(FIXED))
    assert (rate.sku_id, rate.currency, str(rate.rate)) == (sku_id(FIXED), "JMD", "151.2000")
    with pytest.raises(RefusedError, match="510"):
        buyer.exchange_rate(1)


# Bundles, bills, promotions


def test_bundles_depend_on_the_number_and_stay_the_same(buyer: Client) -> None:
    plans = next(p for p in buyer.products(country_code="IN") if p.require_fetch_bundle)
    numbers = [f"9170{number:08}" for number in range(12)]
    offers = [[bundle.sku_id for bundle in buyer.bundles(plans.product_id, n)] for n in numbers]
    assert offers == [[b.sku_id for b in buyer.bundles(plans.product_id, n)] for n in numbers]
    assert all(offers)
    assert len({tuple(offer) for offer in offers}) > 1
    every = {sku.sku_id for sku in buyer.skus(product_id=plans.product_id)}
    assert {sku for offer in offers for sku in offer} == every


@pytest.mark.parametrize(("number", "code"), [("18765551234", "033"), ("917000000501", "501")])
def test_bundles_for_a_wrong_number_are_refused(buyer: Client, number: str, code: str) -> None:
    plans = next(p for p in buyer.products(country_code="IN") if p.require_fetch_bundle)
    with pytest.raises(RefusedError, match=code):
        buyer.bundles(plans.product_id, number)


def test_a_bill_is_the_same_each_time_and_can_be_paid(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    first, second = (buyer.fetch_account(sku_id(BILL), "04123456789") for _ in range(2))
    assert first == second
    assert (first.currency, first.account_number) == ("NGN", "04123456789")
    assert first.amount_due is not None
    assert Decimal(1000) <= first.amount_due <= Decimal(100_000)
    assert first != buyer.fetch_account(sku_id(BILL), "04123456780")
    paid = buyer.bill(sku_id=sku_id(BILL), amount=first.amount_due, currency=first.currency,
                      account_number="04123456789", correlation_id=new_id())  # fmt: skip
    assert paid.transaction is not None
    assert paid.transaction.bill is not None
    assert (paid.transaction.face_value, paid.transaction.bill.account_number) == (
        first.amount_due, "04123456789",
    )  # fmt: skip
    assert len(paid.transaction.bill.token.split("-")) == 5


@pytest.mark.parametrize("given", [(BILL, "04120501"), (FIXED, "04120502")])
def test_no_account_is_found(buyer: Client, given: tuple[str, str]) -> None:
    with pytest.raises(RefusedError, match="501"):
        buyer.fetch_account(sku_id(given[0]), given[1])


def test_promotions_run_today_or_later(buyer: Client) -> None:
    def days(text: str) -> timedelta:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime.now(UTC)

    current, upcoming = buyer.current_promotions(), buyer.upcoming_promotions()
    assert len(current) > 5
    assert len(upcoming) > 5
    assert all(days(p.start_date) < timedelta() < days(p.end_date) for p in current)
    assert all(timedelta() < days(p.start_date) < days(p.end_date) for p in upcoming)
    products = {product.product_id for product in buyer.products()}
    assert {p.product_id for p in [*current, *upcoming]} <= products
    assert all(p.ranges[0].min and p.ranges[0].max for p in current)


# Cards and eSIMs after the order


@pytest.mark.parametrize(
    ("name", "first", "is_shown"),
    [(CARD, "000", True), (CARD_LATER, "852", False), (CARD_FETCHED, "000", False)],
)
def test_of_three_cards_one_comes_later_and_two_must_be_fetched(
    buyer: Client, name: str, first: str, is_shown: bool
) -> None:
    order = new_id()
    face = next(buyer.gift_card_skus(sku_id=sku_id(name))).min.face_value
    assert face is not None
    answer = buyer.gift_card(sku_id=sku_id(name), amount=face, currency="USD", correlation_id=order)
    assert answer.code == first
    statuses = [buyer.status(order) for _ in range(2)]
    done = statuses[-1].transaction
    assert statuses[-1].code == "000"
    assert done is not None
    assert (done.gift_card is not None) is is_shown
    assert done.transaction_id is not None
    card = buyer.fetch_gift_card(done.transaction_id)
    assert (len(card.number), len(card.pin)) == (14, 4)
    assert card == buyer.fetch_gift_card(done.transaction_id)
    if is_shown:
        assert card == done.gift_card


def test_a_card_is_not_fetched_before_its_order_is_done(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    """The id is guessed here; a caller learns it from the answer 000 only."""
    orders = [(CARD, Decimal(5)), (CARD_LATER, Decimal(10))]
    done, _ = (
        buyer.gift_card(
            sku_id=sku_id(name), amount=face, currency="USD", correlation_id=new_id()
        ).transaction
        for name, face in orders
    )
    assert done is not None
    assert done.transaction_id is not None
    with pytest.raises(RefusedError, match="852"):
        buyer.fetch_gift_card(done.transaction_id + 17)
    with pytest.raises(RefusedError, match="898"):
        buyer.fetch_gift_card(done.transaction_id + 34)


def test_an_esim_says_what_is_left(buyer: Client) -> None:
    bought = buyer.esim(sku_id=sku_id(ESIM), correlation_id=new_id())
    assert bought.transaction is not None
    profile = bought.transaction.esim
    assert profile is not None
    assert profile.activation_code.startswith("LPA:1$")
    (bundle,) = buyer.esim_status(profile.iccid)
    assert (bundle.iccid, bundle.total, bundle.remaining, bundle.unit) == (
        profile.iccid, 1024, 512, "MB",
    )  # fmt: skip
    with pytest.raises(RefusedError, match="898"):
        buyer.esim_status("8900000000000000000")


def test_a_pin_reads_the_same_through_the_status(buyer: Client) -> None:
    order = new_id()
    name = "White Calling PIN IT 2.00 EUR"
    bought = buyer.pin(sku_id=sku_id(name), correlation_id=order).transaction
    again = buyer.status(order).transaction
    assert bought is not None
    assert bought == again
    (pin,) = bought.pins
    assert (str(pin.delivered_amount), pin.delivered_currency) == ("2.00", "EUR")
    assert pin.number.count(" ") == 2
