"""Tasks: nudges with an id. What is due is decided by the rows, not by the message."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from topup.services import (
    audit,
    baskets,
    brands,
    bulk,
    bulkleases,
    checking,
    forecast,
    offers,
    polling,
    provider,
    reconciling,
    sales,
    totals,
    weather,
    whatif,
)


@shared_task(name="topup.submit_sale_task", acks_late=False)
def submit_sale_task(sale_id: int) -> None:
    """Send one sale. Early ack: a lost message is found by the sweep."""
    sales.submit_sale(sale_id=sale_id)


@shared_task(name="topup.poll_sale_task")
def poll_sale_task(sale_id: int) -> None:
    """Ask about one sale."""
    sales.poll_sale(sale_id=sale_id)


@shared_task(name="topup.sweep_task")
def sweep_task() -> None:
    """Find due work and nudge the workers for each piece."""
    due = polling.sweep()
    for sale_id in due["submit"]:
        submit_sale_task.apply_async([sale_id], expires=10)
    for sale_id in due["poll"]:
        poll_sale_task.apply_async([sale_id], expires=30)


@shared_task(name="topup.check_provider_balance_task")
def check_provider_balance_task() -> None:
    """Compare the money at the provider with the books."""
    provider.check_balance()


@shared_task(name="topup.roll_up_task")
def roll_up_task() -> None:
    """Keep the totals of days that are over; each shop's end with its own midnight."""
    totals.roll_up_all()


@shared_task(name="topup.watch_floats_task")
def watch_floats_task() -> None:
    """Add up what was spent, and forecast when each float is empty."""
    forecast.watch_floats()


@shared_task(name="topup.what_if_task")
def what_if_task(what_if_id: int) -> None:
    """Count a replay of past sales under a draft; on the catalogue's queue, it takes seconds."""
    whatif.run(what_if_id=what_if_id)


@shared_task(name="topup.check_books_task")
def check_books_task() -> None:
    """Does every cent add up? An alarm if not."""
    checking.check_books()


@shared_task(name="topup.check_audit_task")
def check_audit_task() -> None:
    """Was the audit log touched? An alarm if so, else its end is sealed."""
    audit.check_audit()


@shared_task(name="topup.close_days_task")
def close_days_task() -> None:
    """Count the days that are over, and go on asking the provider about their sales."""
    reconciling.work()


@shared_task(name="topup.count_weather_task")
def count_weather_task() -> None:
    """Count how each operator does; pause and resume."""
    weather.count_weather()


@shared_task(name="topup.bulk_task")
def bulk_task(file_id: int) -> None:
    """One round of work on a bulk file; its sales are sent by the workers of all sales."""
    bulk.work(file_id=file_id)


@shared_task(name="topup.bulk_sweep_task")
def bulk_sweep_task() -> None:
    """Find the files that are due: new ones, and those whose worker was killed."""
    for file_id in bulkleases.due():
        bulkleases.nudge(file_id)


@shared_task(name="topup.sweep_baskets_task")
def sweep_baskets_task() -> None:
    """Throw away baskets that nobody came back to."""
    baskets.sweep()


@shared_task(name="topup.sweep_offers_task")
def sweep_offers_task() -> None:
    """End offers of kiosks that are too old, and throw away those that came to nothing."""
    offers.sweep()


@shared_task(name="topup.publish_brand_task")
def publish_brand_task() -> None:
    """Tell every process again which brand it is: a cache may have forgotten."""
    brands.publish()


@shared_task(name="topup.sweep_sessions_task")
def sweep_sessions_task() -> None:
    """Throw away sessions that are over, and what somebody typed at a kiosk with them."""
    SessionStore.clear_expired()
