from django.apps import AppConfig


class TopupConfig(AppConfig):
    name = "topup"
