"""A suspicious answer changes nothing; it is recorded and waits for a person."""

from decimal import Decimal as D

import pytest
from django.db.models import F

from catalog import queries
from catalog.enums import Category, SyncState
from catalog.errors import NotConfirmableError
from catalog.models import Country, Operator, Product, Sku, SyncRun
from catalog.sync import sync_catalog
from catalog.sync.confirm import can_confirm, confirm_run, pending_confirmation, waiting
from topup.errors import SellingStoppedError
from topup.services import pricing
from topup.services.opening import open_sale
from topup.services.shops import open_shop

LISTS = (Country, Operator, Product, Sku)


@pytest.fixture
def boss(django_user_model, db):
    return django_user_model.objects.create_superuser("boss", role="admin")


def state_of_lists():
    columns = ("pk", "row_hash", "changed_at", "retired_at")
    return [set(model.objects.values_list(*columns)) for model in LISTS]


def assert_held(before, *kinds):
    """The last sync changed nothing, says why, and waits."""
    run = SyncRun.objects.first()
    assert run.state == SyncState.HELD
    assert set(run.suspicions) == set(kinds)
    assert run.reason.endswith("Nothing was changed.")
    assert run.finished_at is not None
    assert state_of_lists() == before
    return run


def retire(simulator, skus):
    for provider_id in skus:
        simulator.fault("retire_sku", skuId=provider_id)


def test_an_empty_catalogue_changes_nothing(filled, simulator):
    before = state_of_lists()
    simulator.fault("catalogue_empty")
    sync_catalog()
    run = assert_held(
        before, "empty:countries", "empty:operators", "empty:products", "empty:skus",
        "empty:gift_cards",
    )  # fmt: skip
    assert "The list of SKUs is empty." in run.reason


def test_an_empty_catalogue_is_suspicious_at_the_first_sync_too(unfilled, simulator):
    simulator.fault("catalogue_empty")
    run = sync_catalog()
    assert (run.state, Sku.objects.count()) == (SyncState.HELD, 0)
    assert set(run.suspicions) == {"empty:countries", "empty:skus"}


def test_empty_lists_of_operators_alone_change_nothing(filled, simulator):
    before = state_of_lists()
    simulator.fault("no_payload", kind="operators")
    sync_catalog()
    assert "The lists of operators are empty." in assert_held(before, "empty:operators").reason


def test_more_than_the_share_gone_changes_nothing(filled, simulator):
    before = state_of_lists()
    simulator.fault("catalogue_shrink", share=0.4)
    sync_catalog()
    run = assert_held(before, "gone:skus", "gone:gift_cards")
    live = filled.counts["skus"]["seen"]
    gone = run.counts["skus"]["retired"]
    assert f"{gone} of {live} SKUs are gone ({round(100 * gone / live)} %)." in run.reason
    assert run.suspicions["gone:skus"] == pytest.approx(gone / live, abs=0.0001)


def test_the_share_can_be_set(filled, simulator, settings):
    simulator.fault("catalogue_shrink", share=0.1)
    settings.CATALOG_MAX_GONE = 0.05
    assert sync_catalog().state == SyncState.HELD
    settings.CATALOG_MAX_GONE = 0.5
    assert sync_catalog().state == SyncState.APPLIED


def test_half_a_paging_of_gift_cards_changes_nothing(filled, simulator):
    """Few among all SKUs, but half of their own list."""
    before = state_of_lists()
    cards = Sku.objects.filter(category=Category.GIFT_CARD).order_by("provider_id")
    lost = list(cards.values_list("provider_id", flat=True))[70:]
    assert len(lost) / Sku.objects.count() < 0.1
    retire(simulator, lost)
    sync_catalog()
    run = assert_held(before, "gone:gift_cards")
    assert f"{len(lost)} of {cards.count()} gift cards are gone" in run.reason


def test_no_gift_cards_at_all_change_nothing(filled, simulator):
    before = state_of_lists()
    cards = Sku.objects.filter(category=Category.GIFT_CARD)
    retire(simulator, cards.values_list("provider_id", flat=True))
    sync_catalog()
    assert_held(before, "empty:gift_cards", "gone:operators")  # here many sell nothing else


def as_before(skus, **values):
    """What the tables held of these SKUs before the provider's answer of now."""
    return Sku.objects.filter(pk__in=skus).update(row_hash="before", **values)


def on_sale(share, *, more=0):
    """The keys of a share of the SKUs on sale that cost something."""
    rows = queries.sellable().filter(min_cost__gt=0).order_by("pk")
    most = int(share * queries.sellable().count()) + more
    return list(rows.values_list("pk", flat=True)[:most])


def test_a_mass_change_of_cost_is_held_and_told(filled, simulator, boss):
    keys = on_sale(0.25, more=1)
    as_before(keys, min_cost=F("min_cost") * 2)
    as_before(keys[::2], min_cost=F("min_cost") / 4)
    before = state_of_lists()
    sync_catalog()
    run = assert_held(before, "cost")
    live = queries.sellable().count()
    told = f"The cost of {len(keys)} of {live} SKUs on sale changed by more than a factor of 1.5"
    assert (told in run.reason, "USD → " in run.reason) == (True, True)
    assert run.differences.startswith("Price of ")
    assert sync_catalog(asked_by=boss, confirm_run=run).state == SyncState.APPLIED
    assert not Sku.objects.filter(row_hash="before").exists()


def test_a_mass_change_of_the_amounts_currency_is_held(filled, simulator):
    as_before(on_sale(0.25, more=1), face_currency="XXX")
    before = state_of_lists()
    sync_catalog()
    assert "are in another currency (25 %), for example" in assert_held(before, "currency").reason


def test_rates_of_a_day_few_skus_and_wider_ranges_pass(filled, simulator, settings):
    everything = on_sale(1)
    as_before(everything, min_cost=F("min_cost") * D("1.4"), max_cost=F("max_cost") * 4,
              max_face_value=F("max_face_value") * 5)  # fmt: skip
    quarter = on_sale(0.25)
    as_before(quarter, min_cost=F("min_cost") * 3)
    as_before(quarter[::2], face_currency="XXX")
    assert sync_catalog().state == SyncState.APPLIED
    settings.CATALOG_MAX_CHANGED = 0
    as_before(everything[:19], min_cost=F("min_cost") * 3)
    as_before(everything[19:40], min_cost=F("min_cost") * D("0.7"))
    assert sync_catalog().state == SyncState.APPLIED, "fewer than twenty"


def test_costs_in_another_currency_change_nothing_and_stop_selling(filled, simulator, boss):
    before = state_of_lists()
    assert queries.wallet_currency_mismatch() == ""
    simulator.fault("cost_currency", currency="EUR")
    run = sync_catalog()
    assert (run.state, run.cost_currency) == (SyncState.HELD, "EUR")
    assert run.reason == (
        "The provider's costs are in EUR, but the wallet is set to USD. Nothing "
        "is sold until VALUETOPUP_WALLET_CURRENCY is right."
    )
    assert state_of_lists() == before
    assert queries.wallet_currency_mismatch() == run.reason
    assert not can_confirm(run)
    with pytest.raises(NotConfirmableError):
        confirm_run(run_id=run.pk, by=boss)


def test_selling_goes_on_when_the_wallets_currency_is_right_again(filled, simulator, settings):
    simulator.fault("cost_currency", currency="EUR")
    sync_catalog()
    settings.VALUETOPUP_WALLET_CURRENCY = "EUR"
    assert queries.wallet_currency_mismatch() == ""
    settings.VALUETOPUP_WALLET_CURRENCY = "USD"
    simulator.control("faults", "DELETE")
    sync_catalog()
    assert queries.wallet_currency_mismatch() == ""


def test_nothing_is_sold_while_the_currency_is_wrong(filled, simulator, django_user_model):
    shop = open_shop(name="Corner", credit_limit=D(100))
    agent = django_user_model.objects.create_user("agent", shop=shop)
    sku = Sku.objects.get(name="Digicel Jamaica 10.00 USD")
    quote = pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")
    simulator.fault("cost_currency", currency="EUR")
    sync_catalog()
    with pytest.raises(SellingStoppedError):
        open_sale(agent=agent, quote=quote)
    simulator.control("faults", "DELETE")
    sync_catalog()
    assert open_sale(agent=agent, quote=quote).is_new


def test_a_failed_sync_does_not_hide_a_wrong_currency(filled, simulator):
    simulator.fault("cost_currency", currency="EUR")
    sync_catalog()
    simulator.fault("http", status=503, kind="skus")
    assert sync_catalog().state == SyncState.FAILED
    assert "EUR" in queries.wallet_currency_mismatch()


def test_a_first_sync_in_another_currency_fills_nothing(unfilled, settings):
    settings.VALUETOPUP_WALLET_CURRENCY = "EUR"
    run = sync_catalog()
    assert (run.state, Sku.objects.count()) == (SyncState.HELD, 0)
    assert "costs are in USD" in queries.wallet_currency_mismatch()


def test_what_an_admin_confirmed_is_applied_by_the_next_sync(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    held = sync_catalog()
    assert (can_confirm(held), waiting()) == (True, held)
    confirm_run(run_id=held.pk, by=boss)
    assert waiting() is None
    run = sync_catalog()
    assert (run.state, run.confirms) == (SyncState.APPLIED, held)
    gone = run.counts["skus"]["retired"] + run.counts["gift_cards"]["retired"]
    assert Sku.objects.exclude(retired_at=None).count() == gone > 120
    held.refresh_from_db()
    assert (held.confirmed_by, held.confirmed_at is not None) == (boss, True)


def test_a_sync_can_confirm_in_the_same_breath(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    held = sync_catalog()
    run = sync_catalog(asked_by=boss, confirm_run=held)
    assert (run.state, run.confirms_id) == (SyncState.APPLIED, held.pk)
    held.refresh_from_db()
    assert held.confirmed_by == boss


def test_a_confirmation_covers_only_what_was_seen(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    confirm_run(run_id=sync_catalog().pk, by=boss)
    before = state_of_lists()
    simulator.fault("catalogue_shrink", share=0.75)
    sync_catalog()
    kinds = ("gone:skus", "gone:gift_cards", "gone:products", "gone:operators")
    assert can_confirm(assert_held(before, *kinds))


def test_a_confirmation_does_not_cover_another_kind_of_loss(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    confirm_run(run_id=sync_catalog().pk, by=boss)
    before = state_of_lists()
    simulator.control("faults", "DELETE")
    simulator.fault("catalogue_empty")
    sync_catalog()
    assert "empty:skus" in SyncRun.objects.first().suspicions
    assert state_of_lists() == before


def test_a_confirmation_covers_lists_that_moved_a_little(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    confirm_run(run_id=sync_catalog().pk, by=boss)
    simulator.fault("catalogue_shrink", share=0.42)
    assert sync_catalog().state == SyncState.APPLIED


def test_a_confirmation_is_used_once(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    confirm_run(run_id=sync_catalog().pk, by=boss)
    sync_catalog()
    assert pending_confirmation() is None
    simulator.control("faults", "DELETE")
    sync_catalog()
    simulator.fault("catalogue_shrink", share=0.4)
    assert sync_catalog().state == SyncState.HELD


def test_only_the_latest_finding_can_be_confirmed_and_only_once(filled, simulator, boss):
    simulator.fault("catalogue_shrink", share=0.4)
    first, second = sync_catalog(), sync_catalog()
    with pytest.raises(NotConfirmableError):
        confirm_run(run_id=first.pk, by=boss)
    confirm_run(run_id=second.pk, by=boss)
    with pytest.raises(NotConfirmableError):
        confirm_run(run_id=second.pk, by=boss)
    with pytest.raises(NotConfirmableError):
        confirm_run(run_id=filled.pk, by=boss)


def test_a_finding_is_void_when_the_lists_are_whole_again(filled, simulator):
    simulator.fault("catalogue_shrink", share=0.4)
    held = sync_catalog()
    simulator.control("faults", "DELETE")
    assert sync_catalog().state == SyncState.APPLIED
    assert not can_confirm(held)


def test_a_failure_leaves_a_finding_to_be_confirmed(filled, simulator):
    simulator.fault("catalogue_shrink", share=0.4)
    held = sync_catalog()
    simulator.fault("http", status=503, kind="skus", count=1)
    sync_catalog()
    assert can_confirm(held)


def test_a_list_judged_alone_may_lose_little(filled, simulator):
    """Retired rows do not count as lost again, and a small loss needs nobody."""
    simulator.fault("catalogue_shrink", share=0.2)
    assert sync_catalog().state == SyncState.APPLIED
    simulator.fault("catalogue_shrink", share=0.3)
    assert sync_catalog().state == SyncState.APPLIED
