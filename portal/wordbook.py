"""The texts of the product and their translations: locale/<language>/LC_MESSAGES/django.po.

`collected` reads every text out of the sources, `merged` puts them into a language's file
beside the translations that are there. Nothing is guessed: a text that changed has no
translation until a person wrote one. No gettext program is needed on any machine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import SEEK_END, BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("catalog", "ledger", "topup", "portal", "templates")
PLURALS = {
    "es": "nplurals=2; plural=n != 1;",
    "fr": "nplurals=2; plural=n > 1;",
    "pt": "nplurals=2; plural=n != 1;",
    "ht": "nplurals=2; plural=n > 1;",
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 && n%100<=99 ? 4 : 5;",
    "ur": "nplurals=2; plural=n != 1;",
    "hi": "nplurals=2; plural=n > 1;",
    "bn": "nplurals=2; plural=n > 1;",
    "fil": "nplurals=2; plural=n > 1;",
}
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
_HEAD = """# The words of the product; how they are made: docs/languages.md.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
#: Babel would write the moment of compiling into the file.
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
type Key = tuple[str, str | tuple[str, ...]]


def path_of(language: str) -> Path:
    """The file of a language."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES/django.po"


def collected() -> list[Message]:
    """Every text of the sources, each once, with the files that it stands in."""
    found: dict[Key, Message] = {}
    for path in _sources():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        for context, told in _texts_of(path):
            key = (context, told if isinstance(told, str) else told[0])
            message = found.setdefault(key, Message(told, context=context or None))
            if not isinstance(told, str) and isinstance(message.id, str):  # has a plural, too
                message = found[key] = Message(told, locations=message.locations,
                                               context=context or None)  # fmt: skip
            if (name, 1) not in message.locations:
                message.locations.append((name, 1))
    return list(found.values())


def _sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def _texts_of(path: Path) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = templatize(source, origin=str(path))
    found = extract("python", BytesIO(source.encode()), keywords=_KEYWORDS)
    for _line, told, _comments, context in found:
        if any(told):
            yield context or "", told


def read(language: str) -> Catalog:
    """What is written of a language; nothing yet is an empty one."""
    path = path_of(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def merged(language: str, texts: list[Message]) -> bytes:
    """The file of a language with the collected texts. Safe to repeat: the same bytes."""
    old, made = read(language), Catalog()
    made.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", PLURALS[language]),
    ]  # fmt: skip
    for message in texts:
        kept = old.get(_single(message), message.context)
        made.add(
            message.id, _string(message, kept, made.num_plurals), locations=message.locations,
            context=message.context,
        )  # fmt: skip
    written = BytesIO(_HEAD.format(language=language, plurals=PLURALS[language]).encode())
    written.seek(0, SEEK_END)
    write_po(written, made, width=96, include_lineno=False, omit_header=True)
    return written.getvalue()


def _single(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _forms(message: Message | None) -> list[str]:
    """What is written of a text, in each of its forms."""
    told = message.string if message else None
    return [told] if isinstance(told, str) else list(told or ())


def _string(message: Message, kept: Message | None, count: int) -> str | tuple[str, ...]:
    """What was written of a text, in as many forms as it has now."""
    told = _forms(kept)
    if isinstance(message.id, str):
        return told[0] if told else ""
    return tuple(told) if len(told) == count else ("",) * count


def compiled(path: Path) -> bytes:
    """The .mo of a .po; the same words always make the same bytes."""
    with path.open("rb") as source:
        catalog = read_po(source)
    catalog.creation_date = catalog.revision_date = _MADE
    for message in list(catalog):
        if not _is_told(message):  # an empty plural would be shown as nothing at all
            catalog.delete(message.id, context=message.context)
    made = BytesIO()
    write_mo(made, catalog)
    return made.getvalue()


def lacking(language: str, texts: list[Message]) -> list[str]:
    """Those of the collected texts that have no translation."""
    there = read(language)
    return [_single(one) for one in texts if not _is_whole(there, one)]


def _is_whole(there: Catalog, message: Message) -> bool:
    kept = there.get(_single(message), message.context)
    if kept is None or isinstance(kept.id, str) != isinstance(message.id, str):
        return False
    return _is_told(kept)


def _is_told(message: Message) -> bool:
    return all(_forms(message)) and bool(_forms(message))
