"""The terms of each shop become rules of the first price book; agents are cashiers now."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.db import migrations


def usual(values, default):
    """What most shops have; of several with as many, the default, else the lowest."""
    counted = Counter(values)
    most = max(counted.values())
    tied = [value for value, times in counted.items() if times == most]
    return default if default in tied else min(tied)


def rules_of_shops(apps, schema_editor):
    Shop, Book = apps.get_model("topup", "Shop"), apps.get_model("topup", "PriceBook")
    Rule, Person = apps.get_model("topup", "PriceRule"), apps.get_model("topup", "Person")
    Person.objects.filter(role="agent").update(role="cashier")
    shops = list(Shop.objects.all())
    if not shops:
        return  # the first sale makes the first book, of the settings
    book = Book.objects.create(note="the terms of the shops")
    for use, method, column, default in (
        ("price", "markup", "markup_percent", settings.DEFAULT_MARKUP_PERCENT),
        ("commission", "share_of_margin", "commission_share", settings.DEFAULT_COMMISSION_SHARE),
    ):
        most_have = usual([getattr(shop, column) for shop in shops], Decimal(str(default)))
        Rule.objects.create(book=book, use=use, method=method, value=most_have)
        for shop in shops:
            value = getattr(shop, column)
            if value != most_have:
                Rule.objects.create(book=book, use=use, method=method, value=value, shop=shop)
    book.version, book.state = 1, "published"
    book.starts_at = datetime(2000, 1, 1, tzinfo=UTC)
    book.published_at = book.made_at
    book.save()


class Migration(migrations.Migration):
    dependencies = [("topup", "0002_shops_prices_shifts")]

    operations = [migrations.RunPython(rules_of_shops, migrations.RunPython.noop)]
