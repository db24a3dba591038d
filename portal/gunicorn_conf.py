"""How gunicorn serves the portal: `gunicorn -c python:portal.gunicorn_conf portal.wsgi`.

Read by its first process, before any fork: bad settings end it with one line.
"""

import os
from typing import Any

from portal import start
from portal.logs import GunicornLogger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
start.require_settings()

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 4
timeout = 60
graceful_timeout = 3
control_socket_disable = True
loglevel = "warning"
logger_class = GunicornLogger


def on_starting(_server: Any) -> None:
    """Once, in the first process; the workers inherit that it was done."""
    import django

    django.setup()  # also sends gunicorn's own lines through our log
    start.require_provider()
