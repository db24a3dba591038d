from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class TopupConfig(AppConfig):
    name = "topup"
    verbose_name = _("Selling")

    def ready(self) -> None:
        from topup import acting

        connection_created.connect(acting.watch)
