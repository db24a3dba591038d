"""Baskets and their items: sold as a whole, kept when sold."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0015_search_words"),
        ("topup", "0100_speed_of_the_counter"),
    ]

    operations = [
        migrations.CreateModel(
            name="Basket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("sold", "sold")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "tender",
                    models.CharField(
                        blank=True,
                        choices=[("cash", "cash"), ("card", "card"), ("e_money", "mobile money")],
                        max_length=15,
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("sold_at", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.device",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="baskets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="baskets",
                        to="topup.shop",
                    ),
                ),
            ],
            options={
                "verbose_name": "basket",
                "verbose_name_plural": "baskets",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BasketItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=50, unique=True)),
                ("quote", models.TextField()),
                ("price", models.DecimalField(decimal_places=4, max_digits=20)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "basket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="topup.basket",
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="basket_item",
                        to="topup.sale",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "item of a basket",
                "verbose_name_plural": "items of baskets",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="basket",
            index=models.Index(fields=["person", "-id"], name="basket_of_person"),
        ),
        migrations.AddIndex(
            model_name="basket",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["changed_at"],
                name="basket_abandoned",
            ),
        ),
        migrations.AddConstraint(
            model_name="basket",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("person", "shop"),
                name="basket_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="basket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    models.Q(
                        ("sold_at__isnull", False),
                        models.Q(("tender", ""), _negated=True),
                        models.Q(("currency", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="basket_sold_was_paid",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basket",
            trigger=pgtrigger.compiler.Trigger(
                name="basket_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:sold}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="d1d6661bf7bc0c76a4ac1e9ef53687b5b9c4d7fd",
                    operation="UPDATE",
                    pgid="pgtrigger_basket_moves_33f0c",
                    table="topup_basket",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basket",
            trigger=pgtrigger.compiler.Trigger(
                name="basket_sold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" = 'sold')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="eff5ecd8f8fbdf54fbdabbd6ea812a5567d86407",
                    operation="DELETE",
                    pgid="pgtrigger_basket_sold_stays_008d2",
                    table="topup_basket",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basketitem",
            trigger=pgtrigger.compiler.Trigger(
                name="basket_item_sold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."sale_id" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="0ca9a38e917de691c6745d5729a9826375c27c18",
                    operation="DELETE",
                    pgid="pgtrigger_basket_item_sold_stays_f7149",
                    table="topup_basketitem",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basketitem",
            trigger=pgtrigger.compiler.Trigger(
                name="basket_item_keeps_its_key",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.key IS DISTINCT FROM NEW.key OR (OLD.sale_id IS NOT NULL AND OLD.sale_id IS DISTINCT FROM NEW.sale_id))",
                    func="RAISE EXCEPTION 'the key and the sale of an item do not change';",
                    hash="e810168becd5ea65d624f3c5946f306d7168af17",
                    operation='UPDATE OF "key", "sale_id"',
                    pgid="pgtrigger_basket_item_keeps_its_key_5183d",
                    table="topup_basketitem",
                    when="BEFORE",
                ),
            ),
        ),
    ]
