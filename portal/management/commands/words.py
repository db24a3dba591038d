"""Puts every text of the sources into the files of the languages, and compiles them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import wordbook


class Command(BaseCommand):
    help = (
        "Collects the texts of the sources into locale/*/LC_MESSAGES/django.po and compiles "
        "them. Run it after a change of a text or a translation; both files are committed."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "languages", nargs="*", help="codes such as es ar; all, if none is told"
        )

    def handle(self, *args: Any, languages: list[str], **options: Any) -> None:
        texts = wordbook.collected()
        for language in languages or [code for code, _name in settings.LANGUAGES if code != "en"]:
            path = wordbook.path_of(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wordbook.merged(language, texts))
            path.with_suffix(".mo").write_bytes(wordbook.compiled(path))
            lacking = wordbook.lacking(language, texts)
            told = f"{len(lacking)} without a translation" if lacking else "complete"
            self.stdout.write(f"{language}: {told}")
