"""Sales, and all that hangs on them."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.fields.json
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("topup", "0141_kiosks")]

    initial = True

    dependencies = [
        ("catalog", "0001_catalogue"),
        ("ledger", "0002_entries"),
        ("topup", "0003_counters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sale",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("correlation_id", models.CharField(max_length=50, unique=True)),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales",
                        to="topup.shop",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sale",
                        to="ledger.hold",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("airtime", "Top-up"),
                            ("pin", "PIN"),
                            ("bill", "Bill"),
                            ("gift_card", "Gift card"),
                            ("esim", "eSIM"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "recipient",
                    models.CharField(
                        blank=True, db_index=True, max_length=20, verbose_name="number"
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
                ("provider_sku_id", models.BigIntegerField()),
                ("sku_name", models.CharField(max_length=250)),
                ("product_name", models.CharField(blank=True, max_length=200)),
                ("operator_name", models.CharField(blank=True, max_length=120)),
                ("country_code", models.CharField(blank=True, max_length=2)),
                ("snapshot", models.JSONField(default=dict)),
                ("extras", models.JSONField(default=dict)),
                ("sealed_extras", models.BinaryField(default=b"")),
                ("months", models.PositiveSmallIntegerField(default=1)),
                ("face_value", models.DecimalField(decimal_places=4, max_digits=20)),
                ("face_currency", models.CharField(max_length=3)),
                (
                    "promised_amount",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("promised_currency", models.CharField(blank=True, max_length=3)),
                (
                    "delivered_amount",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("delivered_currency", models.CharField(blank=True, max_length=3)),
                ("currency", models.CharField(max_length=3)),
                ("price", models.DecimalField(decimal_places=4, max_digits=20)),
                ("cost", models.DecimalField(decimal_places=4, max_digits=20)),
                ("commission", models.DecimalField(decimal_places=4, max_digits=20)),
                ("charge", models.DecimalField(decimal_places=4, max_digits=20)),
                (
                    "invoice_amount",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "price_rule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.pricerule",
                    ),
                ),
                (
                    "commission_rule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.pricerule",
                    ),
                ),
                (
                    "tender",
                    models.CharField(
                        choices=[("cash", "cash"), ("card", "card"), ("e_money", "mobile money")],
                        default="cash",
                        max_length=15,
                    ),
                ),
                (
                    "collected_amount",
                    models.DecimalField(decimal_places=4, max_digits=20, null=True),
                ),
                ("collected_currency", models.CharField(blank=True, max_length=3)),
                (
                    "shift",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales",
                        to="topup.shift",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.device",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "not sent"),
                            ("cancelled", "not sent"),
                            ("submitted", "sending"),
                            ("pending", "in progress"),
                            ("in_doubt", "being checked"),
                            ("in_review", "being checked"),
                            ("completed", "done"),
                            ("declined", "refused"),
                            ("reversed", "money returned"),
                            ("refunded", "money returned"),
                            ("delivered_late", "done late"),
                        ],
                        default="created",
                        max_length=15,
                        verbose_name="state",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refused", "the provider refused it"),
                            ("absent", "the provider does not know it"),
                            ("doubtful", "the provider repeated a doubtful answer"),
                            ("by_hand", "a person found out"),
                        ],
                        max_length=10,
                    ),
                ),
                ("quote_expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("send_before", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("alarm_at", models.DateTimeField(blank=True, null=True)),
                ("next_poll_at", models.DateTimeField(blank=True, null=True)),
                ("poll_count", models.PositiveIntegerField(default=0)),
                ("was_acknowledged", models.BooleanField(default=False)),
                ("denial_code", models.CharField(blank=True, max_length=10)),
                ("denied_at", models.DateTimeField(blank=True, null=True)),
                ("detail_asks", models.PositiveSmallIntegerField(default=0)),
                ("invoice_is_assumed", models.BooleanField(default=False)),
                ("provider_reference", models.CharField(blank=True, db_index=True, max_length=40)),
                ("operator_reference", models.CharField(blank=True, max_length=80)),
                ("response_code", models.CharField(blank=True, max_length=10)),
                ("response_message", models.CharField(blank=True, max_length=200)),
                ("flag", models.CharField(blank=True, max_length=200)),
                ("receipt_language", models.CharField(blank=True, max_length=10)),
            ],
            options={
                "verbose_name": "sale",
                "verbose_name_plural": "sales",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_poll_at__isnull", False)),
                        fields=["next_poll_at"],
                        name="sale_due",
                    ),
                    models.Index(fields=["shop", "-id"], name="sale_of_shop"),
                    models.Index(fields=["agent", "-id"], name="sale_of_agent"),
                    models.Index(fields=["state", "-id"], name="sale_by_state"),
                    models.Index(
                        condition=models.Q(("flag", ""), _negated=True),
                        fields=["-id"],
                        name="sale_flagged",
                    ),
                    models.Index(fields=["shop", "created_at"], name="sale_of_shop_by_time"),
                    models.Index(fields=["shop", "settled_at"], name="sale_of_shop_by_end"),
                    models.Index(fields=["-settled_at"], name="sale_by_end"),
                    models.Index(
                        condition=models.Q(
                            models.Q(("receipt_language", ""), _negated=True),
                            models.Q(("recipient", ""), _negated=True),
                        ),
                        fields=["shop", "recipient", "-id"],
                        name="sale_language_of_number",
                    ),
                    models.Index(
                        condition=models.Q(("recipient", ""), _negated=True),
                        fields=["shop", "recipient", "-id"],
                        name="sale_of_number",
                    ),
                    models.Index(
                        django.db.models.fields.json.KeyTextTransform("account_number", "extras"),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("kind", "bill")),
                        name="sale_of_account",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["created_at"],
                        name="sale_by_time",
                        pages_per_range=16,
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                ["created", "submitted", "pending", "in_doubt", "in_review"],
                            )
                        ),
                        fields=["state"],
                        name="sale_unfinished",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "charge",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("price"), "-", models.F("commission")
                                ),
                            )
                        ),
                        name="sale_charge_is_price_less_commission",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("charge__gt", 0), ("commission__gte", 0), ("cost__gt", 0)
                        ),
                        name="sale_amounts_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shift", None),
                            models.Q(
                                ("collected_amount__gt", 0),
                                models.Q(("collected_currency", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sale_of_a_shift_was_collected",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "declined"),
                            ("basis", ""),
                            ("state", "delivered_late"),
                            _connector="OR",
                        ),
                        name="sale_basis_of_declined",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["created", "cancelled"]),
                            models.Q(
                                ("send_before__isnull", False), ("submitted_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="sale_sent_has_its_times",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sale",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="68a2cd0d0ee6dcc13653656935715809b74c2a7d",
                    operation="DELETE",
                    pgid="pgtrigger_sale_stays_4a916",
                    table="topup_sale",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sale",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{completed:refunded,created:cancelled,created:submitted,declined:delivered_late,in_doubt:completed,in_doubt:declined,in_doubt:in_review,in_doubt:pending,in_review:completed,in_review:declined,in_review:reversed,pending:completed,pending:declined,pending:in_doubt,pending:in_review,reversed:delivered_late,submitted:cancelled,submitted:completed,submitted:declined,submitted:in_doubt,submitted:pending}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="1a19799c3c7830bdadf2639f9b00a86fcf610e86",
                    operation="UPDATE",
                    pgid="pgtrigger_sale_moves_b43c4",
                    table="topup_sale",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sale",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'the terms of a sale do not change';",
                    hash="e5f9e8c0106f0c391257fbbde534f70860220ae6",
                    operation='UPDATE OF "correlation_id", "shop_id", "agent_id", "hold_id", "recipient", "provider_sku_id", "face_value", "face_currency", "currency", "price", "cost", "commission", "charge", "price_rule_id", "commission_rule_id", "tender", "collected_amount", "collected_currency", "shift_id", "device_id", "extras", "sealed_extras", "months", "promised_amount", "promised_currency"',
                    pgid="pgtrigger_sale_terms_fixed_c9045",
                    table="topup_sale",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sale",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_of_open_shift",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;\n        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;\n        IF stands NOT IN ('open') THEN\n            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="078b72ab7cb615f7fb8a4e13f52b6dda20cdc4f4",
                    operation="INSERT",
                    pgid="pgtrigger_sale_of_open_shift_e6e8c",
                    table="topup_sale",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("slow", "a sale is open for 15 minutes"),
                            ("review", "a sale needs a person"),
                            ("contradiction", "the provider contradicted itself"),
                            ("late", "delivered after we gave the money back"),
                            ("variance", "the invoice differs from the quote"),
                            ("configuration", "the provider refuses our requests"),
                            ("absent", "many orders unknown to the provider"),
                            ("balance", "little money at the provider"),
                            ("code", "a paid code has not arrived"),
                            ("books", "the books do not add up"),
                            ("loss", "a sale would lose money"),
                            ("audit", "the audit log was touched"),
                            ("scam", "many PINs or gift cards in a row"),
                            ("weather", "an operator fails"),
                        ],
                        max_length=15,
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="topup.sale",
                    ),
                ),
                ("message", models.CharField(max_length=300)),
                ("raised_at", models.DateTimeField(auto_now_add=True)),
                ("cleared_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cleared_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at", None)),
                        fields=("kind", "sale"),
                        name="alarm_once",
                        nulls_distinct=False,
                    )
                ],
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
                (
                    "basket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="topup.basket",
                    ),
                ),
                ("key", models.CharField(max_length=50, unique=True)),
                ("quote", models.TextField()),
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
                ("price", models.DecimalField(decimal_places=4, max_digits=20)),
                (
                    "sale",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="basket_item",
                        to="topup.sale",
                    ),
                ),
                ("added_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "item of a basket",
                "verbose_name_plural": "items of baskets",
                "ordering": ["id"],
            },
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
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claim",
                        to="topup.sale",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("write_off_asked", "write-off waits for a second person"),
                            ("credited", "paid by the provider"),
                            ("written_off", "written off"),
                        ],
                        default="open",
                        max_length=15,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reference",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="the provider's reference"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ],
            options={
                "verbose_name": "claim on the provider",
                "verbose_name_plural": "claims on the provider",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["open", "write_off_asked"])),
                        fields=["opened_at"],
                        name="claim_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="claim_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "written_off"), _negated=True),
                            models.Q(
                                ("asked_by__isnull", False),
                                ("closed_by__isnull", False),
                                models.Q(("asked_by", models.F("closed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="claim_written_off_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "credited"), _negated=True),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                models.Q(("reference", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="claim_credited_has_its_reference",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="claim_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b42fdbd7a17259c191dfc6535f0194288f44be86",
                    operation="DELETE",
                    pgid="pgtrigger_claim_stays_82948",
                    table="topup_claim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="claim_closed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state IN ('credited', 'written_off') OR OLD.sale_id <> NEW.sale_id\n                       OR OLD.currency <> NEW.currency THEN\n                        RAISE EXCEPTION 'claim % does not change', OLD.id;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="64f1feae6b6afe57d3ed1bc36b4ba82dc05a7b32",
                    operation="UPDATE",
                    pgid="pgtrigger_claim_closed_stays_7f688",
                    table="topup_claim",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="topup.sale",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("not_received", "the customer got nothing"),
                            ("wrong_number", "sent to a wrong number"),
                            ("wrong_amount", "the customer got another amount"),
                            ("bad_code", "the code does not work"),
                            ("twice", "sold twice by mistake"),
                            ("other", "something else"),
                        ],
                        max_length=15,
                        verbose_name="reason",
                    ),
                ),
                (
                    "text",
                    models.CharField(blank=True, max_length=500, verbose_name="what happened"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("reviewed", "reviewed"),
                            ("refunded", "refunded"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("raised_at", models.DateTimeField(auto_now_add=True)),
                ("due_at", models.DateTimeField(verbose_name="answer by")),
                ("was_shown", models.BooleanField(default=False, verbose_name="code was shown")),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("review", models.CharField(blank=True, max_length=300, verbose_name="review")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer",
                    models.CharField(blank=True, max_length=300, verbose_name="answer to the shop"),
                ),
            ],
            options={
                "verbose_name": "dispute",
                "verbose_name_plural": "disputes",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["open", "reviewed"])),
                        fields=["due_at"],
                        name="dispute_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "reviewed"])),
                        fields=("sale",),
                        name="one_open_dispute_of_a_sale",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refunded"), ("was_shown", True), _negated=True),
                            models.Q(
                                ("reviewed_by__isnull", False),
                                models.Q(("reviewed_by", models.F("decided_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="dispute_shown_code_was_reviewed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["refunded", "refused"]), _negated=True),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="dispute_decided_has_its_answer",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="0e5031ab45d185eace2b4abbc2cddfd39453f8a0",
                    operation="DELETE",
                    pgid="pgtrigger_dispute_stays_6735b",
                    table="topup_dispute",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:refunded,open:refused,open:reviewed,open:withdrawn,reviewed:refunded,reviewed:refused,reviewed:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="15a5691d2a537b348648ff44932e6e9fc9387f1a",
                    operation="UPDATE",
                    pgid="pgtrigger_dispute_moves_a2dd3",
                    table="topup_dispute",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_decided_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state NOT IN ('open', 'reviewed') OR OLD.sale_id <> NEW.sale_id\n                       OR OLD.raised_by_id <> NEW.raised_by_id OR OLD.reason <> NEW.reason\n                       OR OLD.text <> NEW.text THEN\n                        RAISE EXCEPTION 'dispute % does not change', OLD.id;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="2554cb16a449db20d15d82d60e9129a9ca95a1ee",
                    operation="UPDATE",
                    pgid="pgtrigger_dispute_decided_stays_65157",
                    table="topup_dispute",
                    when="BEFORE",
                ),
            ),
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
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="topup.kioskoffer",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(max_length=50, unique=True)),
                ("quote", models.TextField(blank=True)),
                ("claimed_at", models.DateTimeField(auto_now_add=True)),
                ("lease_until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "sale",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kiosk_claim",
                        to="topup.sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "claim of an offer",
                "verbose_name_plural": "claims of offers",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("offer",),
                        name="claim_one_at_a_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sale__isnull", False)),
                        fields=("offer",),
                        name="offer_sold_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sale", None), ("ended_at__isnull", False), _connector="OR"
                        ),
                        name="claim_sold_is_over",
                    ),
                ],
            },
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
        migrations.CreateModel(
            name="KioskReveal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.kiosk",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "code shown at a kiosk",
                "verbose_name_plural": "codes shown at kiosks",
                "ordering": ["id"],
            },
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
        migrations.CreateModel(
            name="Owed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed",
                        to="topup.sale",
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed",
                        to="topup.shift",
                    ),
                ),
                (
                    "tender",
                    models.CharField(
                        choices=[("cash", "cash"), ("card", "card"), ("e_money", "mobile money")],
                        max_length=15,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("owed", "owed to the customer"),
                            ("paid", "paid back"),
                            ("used", "used for another sale"),
                            ("delivered", "delivered after all"),
                        ],
                        default="owed",
                        max_length=10,
                    ),
                ),
                ("wrong_codes", models.PositiveSmallIntegerField(default=0)),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("without_code", models.CharField(blank=True, max_length=200)),
                (
                    "used_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paid_with",
                        to="topup.sale",
                    ),
                ),
                (
                    "move",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed",
                        to="topup.cashmove",
                    ),
                ),
            ],
            options={
                "verbose_name": "money owed to a customer",
                "verbose_name_plural": "money owed to customers",
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "owed")), fields=["sale"], name="owed_now"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="owed_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("move", None), ("state__in", ["owed", "delivered"])),
                            models.Q(("move__isnull", False), ("state__in", ["paid", "used"])),
                            _connector="OR",
                        ),
                        name="owed_closed_by_a_move",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="owed",
            trigger=pgtrigger.compiler.Trigger(
                name="owed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4ed35ca21d97757beeaac171ada698be46e0dcda",
                    operation="DELETE",
                    pgid="pgtrigger_owed_stays_6cb70",
                    table="topup_owed",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="owed",
            trigger=pgtrigger.compiler.Trigger(
                name="owed_closed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" IN ('paid', 'used', 'delivered'))",
                    func="RAISE EXCEPTION 'what was owed for sale % is settled', OLD.sale_id;",
                    hash="c37b59d7c10619da63eb1d3d30d91ae39428810f",
                    operation="UPDATE",
                    pgid="pgtrigger_owed_closed_stays_72a11",
                    table="topup_owed",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="owed",
            trigger=pgtrigger.compiler.Trigger(
                name="owed_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'what is owed does not change';",
                    hash="70d1591724414e00a44b4cc478863aef6480d72a",
                    operation='UPDATE OF "sale_id", "tender", "amount", "currency"',
                    pgid="pgtrigger_owed_terms_fixed_53400",
                    table="topup_owed",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="ProviderCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="topup.sale",
                    ),
                ),
                ("call", models.CharField(max_length=20)),
                ("started_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("response_code", models.CharField(blank=True, max_length=10)),
                ("response_message", models.CharField(blank=True, max_length=200)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("details", models.JSONField(default=dict)),
                ("sealed", models.BinaryField(default=b"")),
            ],
            options={
                "verbose_name": "call to the provider",
                "verbose_name_plural": "calls to the provider",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("call", "order")),
                        fields=("sale",),
                        name="one_order_per_sale",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceiptPrint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prints",
                        to="topup.sale",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "paper",
                    models.CharField(
                        choices=[
                            ("80", "80 mm"),
                            ("58", "58 mm"),
                            ("other", "Other (A4, Letter)"),
                            ("pdf", "PDF"),
                        ],
                        max_length=5,
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_paper", "The paper did not come out"),
                            ("unreadable", "It cannot be read"),
                            ("lost", "The customer lost it"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "print of a receipt",
                "verbose_name_plural": "prints of receipts",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sale", "number"), name="one_print_of_a_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", 1), ("reason", "")),
                            models.Q(("number__gt", 1), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="print_copy_has_its_reason",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="receiptprint",
            trigger=pgtrigger.compiler.Trigger(
                name="print_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="45ec4481e35e9e5b956191ec1aa866e1d279d16f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_print_stays_def1e",
                    table="topup_receiptprint",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Resolution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="topup.sale",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("completed", "it was delivered: the shop pays"),
                            ("declined", "it was refused: nothing is paid"),
                            ("reversed", "give the money back, whatever became of it"),
                            ("leave", "leave the shop its float: the loss is ours"),
                            ("charge", "charge the shop, as agreed with it"),
                        ],
                        max_length=10,
                        verbose_name="what happened",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("evidence", models.CharField(blank=True, max_length=500, verbose_name="evidence")),
                (
                    "needs_two",
                    models.BooleanField(default=False, verbose_name="needs a second person"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for a second person"),
                            ("done", "done"),
                            ("dropped", "dropped"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "decision about a sale",
                "verbose_name_plural": "decisions about sales",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("sale",),
                        name="one_waiting_resolution",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "done"), ("way__in", ("leave", "charge"))),
                        fields=("sale",),
                        name="late_delivery_settled_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="resolution_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(
                                ("decided_by__isnull", False),
                                models.Q(
                                    ("needs_two", False),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="resolution_by_two",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resolution",
            trigger=pgtrigger.compiler.Trigger(
                name="resolution_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2bba7f7fe4bfc0a7b1c12ebebbafaa7f65b0dee4",
                    operation="DELETE",
                    pgid="pgtrigger_resolution_stays_8716a",
                    table="topup_resolution",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resolution",
            trigger=pgtrigger.compiler.Trigger(
                name="resolution_decided_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state <> 'waiting' OR OLD.sale_id <> NEW.sale_id OR OLD.way <> NEW.way\n                       OR OLD.amount <> NEW.amount OR OLD.needs_two <> NEW.needs_two\n                       OR OLD.asked_by_id <> NEW.asked_by_id OR OLD.reason <> NEW.reason THEN\n                        RAISE EXCEPTION 'a decision about a sale does not change';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="2220be709c27ba28b8517dd107a3778884487368",
                    operation="UPDATE",
                    pgid="pgtrigger_resolution_decided_once_58525",
                    table="topup_resolution",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="SaleEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="topup.sale",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("created", "not sent"),
                            ("cancelled", "not sent"),
                            ("submitted", "sending"),
                            ("pending", "in progress"),
                            ("in_doubt", "being checked"),
                            ("in_review", "being checked"),
                            ("completed", "done"),
                            ("declined", "refused"),
                            ("reversed", "money returned"),
                            ("refunded", "money returned"),
                            ("delivered_late", "done late"),
                        ],
                        max_length=15,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("created", "not sent"),
                            ("cancelled", "not sent"),
                            ("submitted", "sending"),
                            ("pending", "in progress"),
                            ("in_doubt", "being checked"),
                            ("in_review", "being checked"),
                            ("completed", "done"),
                            ("declined", "refused"),
                            ("reversed", "money returned"),
                            ("refunded", "money returned"),
                            ("delivered_late", "done late"),
                        ],
                        max_length=15,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("evidence", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a sale",
                "verbose_name_plural": "events of a sale",
                "ordering": ["id"],
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="sale_event_by_time"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="saleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_event_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bfcb241b7fd3f051d5df37abfdb46dd22f7435f7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_sale_event_stays_fa8a8",
                    table="topup_saleevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voucher",
                        to="topup.sale",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("awaited", "paid, code on its way"), ("ready", "ready")],
                        default="awaited",
                        max_length=10,
                    ),
                ),
                ("sealed", models.BinaryField(default=b"")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("first_shown_at", models.DateTimeField(blank=True, null=True)),
                ("read_count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "voucher",
                "verbose_name_plural": "vouchers",
            },
        ),
        migrations.CreateModel(
            name="PrintAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "printed",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="topup.receiptprint",
                    ),
                ),
                ("came_out", models.BooleanField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "answer about a print",
                "verbose_name_plural": "answers about prints",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="printanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="print_answer_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d91b45b27a8cde732844a3d3b4ec40c8d48a8f97",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_print_answer_stays_ff193",
                    table="topup_printanswer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund",
                        to="topup.sale",
                    ),
                ),
                (
                    "dispute",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund",
                        to="topup.dispute",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["made_at"], name="refund_by_time")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="refund_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="dfb5f830eb75fda2ce7ceb28f381a617a3a9f5bb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_refund_stays_fdf96",
                    table="topup_refund",
                    when="BEFORE",
                ),
            ),
        ),
    ]
