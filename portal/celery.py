"""The Celery app: three queues, so that hanging orders stop nobody else.

`submit` sends orders (16 threads), `poll` asks for their status and sweeps,
`catalogue` syncs lists and reads balances. Periodic tasks expire: a sweep that
waited while the broker was down is worth nothing, the next one does its work.
"""

import os

from celery import Celery
from celery.schedules import crontab
from kombu import Queue

from portal import heartbeats, tasklog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue("submit"), Queue("poll"), Queue("catalogue")]
app.conf.task_default_queue = "catalogue"
app.conf.task_routes = {
    "topup.submit_sale_task": {"queue": "submit"},
    "topup.*": {"queue": "poll"},
    "catalog.*": {"queue": "catalogue"},
}
app.conf.beat_schedule = {
    "sweep": {"task": "topup.sweep_task", "schedule": 2.0, "options": {"expires": 4}},
    "bulk": {"task": "topup.bulk_sweep_task", "schedule": 2.0, "options": {"expires": 4}},
    "balance": {
        "task": "topup.check_provider_balance_task",
        "schedule": 300.0,
        "options": {"expires": 240, "queue": "catalogue"},
    },
    "totals": {
        "task": "topup.roll_up_task",
        "schedule": 3600.0,
        "options": {"expires": 3000, "queue": "catalogue"},
    },
    "floats": {
        "task": "topup.watch_floats_task",
        "schedule": 600.0,
        "options": {"expires": 500, "queue": "catalogue"},
    },
    "weather": {
        "task": "topup.count_weather_task",
        "schedule": 60.0,
        "options": {"expires": 50, "queue": "catalogue"},
    },
    "baskets": {
        "task": "topup.sweep_baskets_task",
        "schedule": 3600.0,
        "options": {"expires": 3000, "queue": "catalogue"},
    },
    "offers": {
        "task": "topup.sweep_offers_task",
        "schedule": 60.0,
        "options": {"expires": 50, "queue": "catalogue"},
    },
    "brand": {
        "task": "topup.publish_brand_task",
        "schedule": 60.0,
        "options": {"expires": 50, "queue": "catalogue"},
    },
    "sessions": {
        "task": "topup.sweep_sessions_task",
        "schedule": 600.0,
        "options": {"expires": 500, "queue": "catalogue"},
    },
    "books": {
        "task": "topup.check_books_task",
        "schedule": crontab(hour=3, minute=10),
        "options": {"expires": 3600, "queue": "catalogue"},
    },
    "audit": {
        "task": "topup.check_audit_task",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 3600, "queue": "catalogue"},
    },
    "closes": {
        "task": "topup.close_days_task",
        "schedule": 300.0,
        "options": {"expires": 240, "queue": "catalogue"},
    },
    "catalogue": {
        "task": "catalog.sync_catalog_task",
        "schedule": 6 * 3600.0,
        "options": {"expires": 3600},
    },
    "logos": {
        "task": "catalog.fetch_logos_task",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "promotions": {
        "task": "catalog.refresh_promotions_task",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
}
app.autodiscover_tasks()
tasklog.connect()
heartbeats.connect()
