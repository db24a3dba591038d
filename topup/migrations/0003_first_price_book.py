"""The terms of each shop become rules of the first price book; agents are cashiers now."""

from collections import Counter
from datetime import UTC, datetime

from django.db import migrations


def rules_of_shops(apps, schema_editor):
    Shop, Book = apps.get_model("topup", "Shop"), apps.get_model("topup", "PriceBook")
    Rule, Person = apps.get_model("topup", "PriceRule"), apps.get_model("topup", "Person")
    Person.objects.filter(role="agent").update(role="cashier")
    shops = list(Shop.objects.all())
    if not shops:
        return  # the first sale makes the first book, of the settings
    book = Book.objects.create(note="the terms of the shops")
    for use, method, column in (
        ("price", "markup", "markup_percent"),
        ("commission", "share_of_margin", "commission_share"),
    ):
        usual = Counter(getattr(shop, column) for shop in shops).most_common(1)[0][0]
        Rule.objects.create(book=book, use=use, method=method, value=usual)
        for shop in shops:
            value = getattr(shop, column)
            if value != usual:
                Rule.objects.create(book=book, use=use, method=method, value=value, shop=shop)
    book.version, book.state = 1, "published"
    book.starts_at = datetime(2000, 1, 1, tzinfo=UTC)
    book.published_at = book.made_at
    book.save()


class Migration(migrations.Migration):
    dependencies = [("topup", "0002_shops_prices_shifts")]

    operations = [migrations.RunPython(rules_of_shops, migrations.RunPython.noop)]
