"""Offers of kiosks, their claims at the counter, and codes shown at a kiosk."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0015_search_words"),
        ("topup", "0142_kiosks_are_audited"),
    ]

    operations = [
        migrations.CreateModel(
            name="KioskOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=6)),
                ("language", models.CharField(max_length=10)),
                ("recipient", models.CharField(blank=True, max_length=20)),
                ("face_value", models.DecimalField(decimal_places=4, max_digits=20)),
                ("extras", models.JSONField(default=dict)),
                ("shown_price", models.DecimalField(decimal_places=4, max_digits=20)),
                ("currency", models.CharField(max_length=3)),
                (
                    "shown_second_price",
                    models.DecimalField(decimal_places=4, max_digits=20, null=True),
                ),
                ("second_currency", models.CharField(blank=True, max_length=3)),
                ("shown_amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("shown_currency", models.CharField(blank=True, max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits"),
                            ("claimed", "at the counter"),
                            ("sold", "sold"),
                            ("cancelled", "cancelled"),
                            ("expired", "too old"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("wrong_claims", models.PositiveSmallIntegerField(default=0)),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="topup.kiosk",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kiosk_offers",
                        to="topup.shop",
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
                "verbose_name": "offer of a kiosk",
                "verbose_name_plural": "offers of kiosks",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="KioskClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=50, unique=True)),
                ("quote", models.TextField(blank=True)),
                ("claimed_at", models.DateTimeField(auto_now_add=True)),
                ("lease_until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kiosk_claim",
                        to="topup.sale",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="topup.kioskoffer",
                    ),
                ),
            ],
            options={
                "verbose_name": "claim of an offer",
                "verbose_name_plural": "claims of offers",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="KioskReveal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.kiosk",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kiosk_reveals",
                        to="topup.sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "code shown at a kiosk",
                "verbose_name_plural": "codes shown at kiosks",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="kioskoffer",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "claimed"))),
                fields=["shop", "id"],
                name="offer_live",
            ),
        ),
        migrations.AddIndex(
            model_name="kioskoffer",
            index=models.Index(fields=["shop", "code", "-id"], name="offer_by_code"),
        ),
        migrations.AddIndex(
            model_name="kioskoffer",
            index=models.Index(
                condition=models.Q(("state__in", ["cancelled", "expired"])),
                fields=["ended_at"],
                name="offer_unsold_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="kioskoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "claimed"))),
                fields=("shop", "code"),
                name="offer_code_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="kioskoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ("waiting", "claimed"))),
                    models.Q(
                        models.Q(("state__in", ("waiting", "claimed")), _negated=True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="offer_that_ended_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="kioskoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("shown_price__gt", 0)), name="offer_price_positive"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{waiting:claimed,waiting:cancelled,waiting:expired,claimed:waiting,claimed:sold,claimed:cancelled,claimed:expired}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="b1702943610eff9bc5adbb940d21d20a92ca2b45",
                    operation="UPDATE",
                    pgid="pgtrigger_offer_moves_60214",
                    table="topup_kioskoffer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'what a customer was shown does not change';",
                    hash="3ba317743c12598a7cf4dc9feb1f14a22b89d65a",
                    operation='UPDATE OF "kiosk_id", "shop_id", "code", "language", "recipient", "face_value", "extras", "shown_price", "currency", "shown_second_price", "second_currency", "shown_amount", "shown_currency"',
                    pgid="pgtrigger_offer_terms_fixed_d96db",
                    table="topup_kioskoffer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_sold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" = 'sold')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="11dff2c6075dafcc1bf2710978e1f31b7472322d",
                    operation="DELETE",
                    pgid="pgtrigger_offer_sold_stays_21498",
                    table="topup_kioskoffer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="kioskclaim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("offer",),
                name="claim_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="kioskclaim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sale__isnull", False)),
                fields=("offer",),
                name="offer_sold_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="kioskclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(("sale", None), ("ended_at__isnull", False), _connector="OR"),
                name="claim_sold_is_over",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskclaim",
            trigger=pgtrigger.compiler.Trigger(
                name="claim_keeps_its_key",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.key IS DISTINCT FROM NEW.key OR OLD.offer_id IS DISTINCT FROM NEW.offer_id OR OLD.agent_id IS DISTINCT FROM NEW.agent_id OR (OLD.sale_id IS NOT NULL AND OLD.sale_id IS DISTINCT FROM NEW.sale_id))",
                    func="RAISE EXCEPTION 'a claim keeps its key, its offer and its sale';",
                    hash="720c9ceed40a3462cb2dc48c369ba354025c7602",
                    operation='UPDATE OF "key", "offer_id", "agent_id", "sale_id"',
                    pgid="pgtrigger_claim_keeps_its_key_3b03d",
                    table="topup_kioskclaim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskclaim",
            trigger=pgtrigger.compiler.Trigger(
                name="claim_sold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."sale_id" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="30a94470fac6bf36ed748d69c50be51447a295b1",
                    operation="DELETE",
                    pgid="pgtrigger_claim_sold_stays_82a67",
                    table="topup_kioskclaim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskreveal",
            trigger=pgtrigger.compiler.Trigger(
                name="kiosk_reveal_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="74381d6b8dbaf38c29569747c8069115bcee2ae7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_kiosk_reveal_stays_2a9e9",
                    table="topup_kioskreveal",
                    when="BEFORE",
                ),
            ),
        ),
    ]
