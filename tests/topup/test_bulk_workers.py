"""A bulk file at real workers: one is killed, and the counter does not wait."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.stack import running_stack, wait_for
from tests.topup.counter import AIRTIME, make_counter
from topup.models import BulkFile, BulkRow, Person, Role, Sale
from topup.models.bulk import BulkState, RowState
from topup.services import bulk, bulkfigures
from topup.states import UNFINISHED, SaleState

pytestmark = pytest.mark.django_db(transaction=True)
HANGING = "18765550777"
HANG = 10  # seconds: so long the counter's own sale may take


@pytest.fixture(scope="module")
def stack(django_db_setup, django_db_blocker):
    quick = {"ABSENT_AFTER_SECONDS": "2", "ABSENT_APART_SECONDS": "1"}
    with django_db_blocker.unblock(), running_stack(environment=quick) as running:
        yield running


@pytest.fixture
def counter(stack, transactional_db):
    stack.reset()
    yield make_counter(stack.simulator, float_of=2000)
    wait_for(lambda: not Sale.objects.filter(state__in=UNFINISHED).exists(), "the last sale",
             seconds=60)  # fmt: skip
    wait_for(lambda: not BulkFile.objects.exclude(next_work_at=None).exists(), "the last round")


def started(counter, numbers):
    """A file that was looked at by the workers, and started."""
    boss = Person.objects.create_user("manager", role=Role.MANAGER, shop=counter.shop)
    data = "\n".join(["number,sku", *(f"{number},{AIRTIME}" for number in numbers)]).encode()
    file = bulk.send(by=boss, shop=counter.shop, name="list.csv", data=data, key=uuid4())
    wait_for(lambda: state_of(file) == BulkState.CHECKED, "the check")
    total = bulkfigures.figures(file).to_sell.price
    return bulk.start(file_id=file.pk, by=boss, total=total, key=uuid4())


def state_of(file):
    return BulkFile.objects.values_list("state", flat=True).get(pk=file.pk)


def opened(file):
    return file.rows.filter(state=RowState.OPENED).count()


def pass_time(file):
    """A minute: the leases of killed workers end, and nobody waits for their answers."""
    past = timezone.now() - timedelta(seconds=60)
    Sale.objects.filter(state=SaleState.SUBMITTED).update(send_before=past)
    BulkFile.objects.filter(pk=file.pk, next_work_at__isnull=False).update(next_work_at=past)
    BulkRow.objects.filter(state=RowState.OPENING).update(due_at=past)


def test_sixty_rows_with_a_worker_and_the_broker_killed_end_exact(stack, counter):
    ends = ["0501", *(f"{2000 + n}" for n in range(59))]
    file = started(counter, [f"1876555{end}" for end in ends])
    wait_for(lambda: opened(file) >= 15, "a quarter of the rows")
    stack.kill("catalogue", "submit", "broker")
    assert opened(file) < 60
    pass_time(file)
    for name in ("broker", "submit", "catalogue"):
        stack.start(name)
    wait_for(lambda: state_of(file) == BulkState.DONE, "the end", seconds=60)
    wait_for(lambda: not Sale.objects.filter(state__in=UNFINISHED).exists(), "the last answer",
             seconds=60)  # fmt: skip
    assert opened(file) == Sale.objects.count() == 60
    posts = stack.posts()
    assert set(posts.values()) == {1}
    assert set(posts) <= {*file.rows.values_list("correlation_id", flat=True)}
    found = bulkfigures.figures(file)
    assert found.sold.price + found.returned.price == file.confirmed_total
    assert counter.float() == (2000 - found.sold.charge, 0)
    counter.assert_right()


def test_a_file_whose_orders_hang_does_not_hold_up_the_counter(stack, counter):
    stack.simulator.fault("hang", mobile=HANGING, seconds=HANG)
    for number in range(4):
        stack.simulator.fault("hang", mobile=f"1876555{3000 + number}", seconds=HANG)
    file = started(counter, [f"1876555{3000 + number}" for number in range(8)])
    wait_for(lambda: len(stack.posts()) == 4, "four orders under way")
    sale = counter.confirm("18765550112")
    wait_for(lambda: Sale.objects.get(pk=sale.pk).state == "completed", "the counter's own")
    assert opened(file) == 4, "no more rows than that are under way, and they hang still"
    wait_for(lambda: state_of(file) == BulkState.DONE, "the end", seconds=60)
