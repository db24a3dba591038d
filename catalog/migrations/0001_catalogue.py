"""What the provider sells: countries, operators, products, SKUs, words, promotions, syncs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_people"),
        ("catalog", "0003_sync_guard"),
        ("catalog", "0004_plans_of_months"),
        ("catalog", "0010_dynamic_skus"),
        ("catalog", "0020_error_codes"),
        ("catalog", "0021_promotions"),
        ("catalog", "0022_words_in_languages"),
        ("catalog", "0023_logos"),
    ]

    initial = True

    dependencies = [
        ("topup", "0001_shops_and_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Country",
            fields=[
                ("raw", models.JSONField(default=dict)),
                ("row_hash", models.CharField(default="", max_length=64)),
                ("seen_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("code", models.CharField(max_length=2, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("region", models.CharField(blank=True, max_length=100)),
                ("dial_codes", models.JSONField(default=list)),
                ("area_codes", models.JSONField(default=list)),
                ("number_length", models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "country",
                "verbose_name_plural": "countries",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ErrorCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=10, verbose_name="code")),
                (
                    "language",
                    models.CharField(default="en", max_length=10, verbose_name="language"),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="the provider's text"
                    ),
                ),
                (
                    "first_seen_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="first seen"),
                ),
                ("last_seen_at", models.DateTimeField(verbose_name="last seen")),
            ],
            options={
                "verbose_name": "code of the provider's list",
                "verbose_name_plural": "codes of the provider's list",
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "language"), name="error_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=300, unique=True, verbose_name="address")),
                ("digest", models.CharField(blank=True, max_length=32)),
                ("small", models.BinaryField(default=b"")),
                ("large", models.BinaryField(default=b"")),
                ("problem", models.CharField(blank=True, max_length=200, verbose_name="problem")),
                ("fetched_at", models.DateTimeField(blank=True, null=True, verbose_name="fetched")),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="tried")),
                ("next_try_at", models.DateTimeField(db_index=True, verbose_name="next try")),
            ],
            options={
                "verbose_name": "logo",
                "verbose_name_plural": "logos",
                "ordering": ["url"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("digest", ""), _negated=True),
                        fields=["digest"],
                        name="logo_by_digest",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Operator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("raw", models.JSONField(default=dict)),
                ("row_hash", models.CharField(default="", max_length=64)),
                ("seen_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("provider_id", models.BigIntegerField()),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operators",
                        to="catalog.country",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("image_url", models.CharField(blank=True, max_length=300)),
                ("logo_digest", models.CharField(blank=True, max_length=32)),
            ],
            options={
                "verbose_name": "operator",
                "verbose_name_plural": "operators",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("provider_id", "country"), name="operator_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("raw", models.JSONField(default=dict)),
                ("row_hash", models.CharField(default="", max_length=64)),
                ("seen_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("provider_id", models.BigIntegerField(unique=True)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("rtr", "Top-up"),
                            ("pin", "PIN"),
                            ("bill_pay", "Bill payment"),
                            ("sim", "SIM"),
                            ("gift_card", "Gift card"),
                            ("esim", "eSIM"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "operator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.operator",
                    ),
                ),
                (
                    "country",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.country",
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("image_url", models.CharField(blank=True, max_length=300)),
                ("logo_digest", models.CharField(blank=True, max_length=32)),
                ("require_fetch_bundle", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Promotion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "description",
                    models.CharField(blank=True, max_length=500, verbose_name="description"),
                ),
                (
                    "restriction",
                    models.CharField(blank=True, max_length=500, verbose_name="restriction"),
                ),
                (
                    "start_text",
                    models.CharField(blank=True, max_length=60, verbose_name="starts, local time"),
                ),
                (
                    "end_text",
                    models.CharField(blank=True, max_length=60, verbose_name="ends, local time"),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="starts")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
                ("ranges", models.JSONField(default=list, verbose_name="amounts")),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.product",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.operator",
                    ),
                ),
                (
                    "country",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.country",
                    ),
                ),
                (
                    "is_upcoming",
                    models.BooleanField(default=False, verbose_name="told as upcoming"),
                ),
                (
                    "first_seen_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="first seen"),
                ),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
                ("gone_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("raw", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "promotion",
                "verbose_name_plural": "promotions",
                "ordering": ["-ends_at", "name"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("gone_at", None)),
                        fields=["operator", "ends_at"],
                        name="promotion_of_operator",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sku",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("raw", models.JSONField(default=dict)),
                ("row_hash", models.CharField(default="", max_length=64)),
                ("seen_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("provider_id", models.BigIntegerField(unique=True)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("rtr", "Top-up"),
                            ("pin", "PIN"),
                            ("bill_pay", "Bill payment"),
                            ("sim", "SIM"),
                            ("gift_card", "Gift card"),
                            ("esim", "eSIM"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=250)),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="skus",
                        to="catalog.product",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="skus",
                        to="catalog.operator",
                    ),
                ),
                (
                    "country",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="skus",
                        to="catalog.country",
                    ),
                ),
                (
                    "min_face_value",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "max_face_value",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("face_currency", models.CharField(blank=True, max_length=3)),
                (
                    "min_delivered",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "max_delivered",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("delivered_currency", models.CharField(blank=True, max_length=3)),
                (
                    "min_cost",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "max_cost",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("cost_currency", models.CharField(blank=True, max_length=3)),
                (
                    "exchange_rate",
                    models.DecimalField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "fee",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "sales_tax",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("is_sales_tax_charged", models.BooleanField(default=False)),
                ("allow_decimal", models.BooleanField(default=False)),
                ("local_number_length", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("dial_codes", models.JSONField(default=list)),
                ("validity", models.CharField(blank=True, max_length=60)),
                ("benefit_type", models.CharField(blank=True, max_length=60)),
                ("description", models.TextField(blank=True)),
                ("additional_information", models.TextField(blank=True)),
                ("require_fetch_bundle", models.BooleanField(default=False)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("pause_reason", models.CharField(blank=True, max_length=200)),
                ("months_off_at", models.DateTimeField(blank=True, null=True)),
                ("is_dynamic", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "SKU",
                "verbose_name_plural": "SKUs",
                "ordering": ["min_face_value", "name"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("paused_at", None), ("retired_at", None)),
                        fields=["operator", "category"],
                        name="sku_on_sale",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SyncRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("applied", "applied"),
                            ("held", "waits for confirmation"),
                            ("failed", "failed"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
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
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "confirms",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applied_by",
                        to="catalog.syncrun",
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("differences", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("suspicions", models.JSONField(default=dict)),
                ("notes", models.TextField(blank=True)),
                ("cost_currency", models.CharField(blank=True, max_length=3)),
                ("heartbeat_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "catalogue sync",
                "verbose_name_plural": "catalogue syncs",
                "ordering": ["-started_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("state",),
                        name="one_sync_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SkuText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="catalog.sku",
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                ("name", models.CharField(blank=True, max_length=250)),
                ("product_name", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                ("additional_information", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "translated SKU",
                "verbose_name_plural": "translated SKUs",
                "constraints": [
                    models.UniqueConstraint(fields=("sku", "language"), name="sku_text_once")
                ],
            },
        ),
    ]
