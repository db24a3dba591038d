"""The Django project and every page people see."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
