"""Shops in a tree, and people."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import topup.models.shop


class Migration(migrations.Migration):
    replaces = [
        ("topup", "0001_initial"),
        ("topup", "0002_shops_prices_shifts"),
        ("topup", "0003_first_price_book"),
        ("topup", "0004_terms_are_rules"),
        ("topup", "0005_shop_limits_are_positive"),
        ("topup", "0006_time_zones_are_real"),
        ("topup", "0020_rules_have_limits"),
        ("topup", "0021_what_if"),
        ("topup", "0022_drafts_know_their_editors"),
        ("topup", "0030_deposits_are_guarded"),
        ("topup", "0031_spend_by_the_hour"),
        ("topup", "0032_queue_of_deposits"),
        ("topup", "0040_shifts_keep_their_order"),
        ("topup", "0041_shifts_are_handed_to_somebody"),
        ("topup", "0042_what_is_owed_now"),
        ("topup", "0050_refunds_disputes_closes"),
        ("topup", "0060_totals_by_day"),
        ("topup", "0061_lists_of_sales"),
        ("topup", "0071_second_factor"),
        ("topup", "0080_every_kind_of_goods"),
        ("topup", "0081_sales_by_account"),
        ("topup", "0090_receipts_on_paper"),
        ("topup", "0100_speed_of_the_counter"),
        ("topup", "0110_codes_seen"),
        ("topup", "0120_safety_rules"),
        ("topup", "0121_operator_weather"),
        ("topup", "0130_bulk_files"),
        ("topup", "0140_baskets"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("ledger", "0001_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
            ],
            options={
                "verbose_name": "tier",
                "verbose_name_plural": "tiers",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Shop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                (
                    "level",
                    models.CharField(
                        choices=[("sub_distributor", "sub-distributor"), ("shop", "shop")],
                        default="shop",
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="topup.shop",
                        verbose_name="under",
                    ),
                ),
                (
                    "ancestors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        editable=False,
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shops",
                        to="topup.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "float_account",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shop",
                        to="ledger.account",
                    ),
                ),
                ("is_frozen", models.BooleanField(default=False, verbose_name="frozen")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                (
                    "hotline",
                    models.CharField(blank=True, max_length=40, verbose_name="hotline on receipts"),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        max_length=50,
                        validators=[topup.models.shop.check_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "sale_limit",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="What one sale may cost the customer.",
                        max_digits=20,
                        null=True,
                        verbose_name="limit per sale",
                    ),
                ),
                (
                    "day_limit",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="What the shop may sell in one of its days.",
                        max_digits=20,
                        null=True,
                        verbose_name="limit per day",
                    ),
                ),
                (
                    "number_limit",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="What one number may get in one day.",
                        max_digits=20,
                        null=True,
                        verbose_name="limit per number",
                    ),
                ),
                (
                    "second_currency",
                    models.CharField(blank=True, max_length=3, verbose_name="second currency"),
                ),
                (
                    "second_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="How much of it the customer pays for 1 of the wallet's currency.",
                        max_digits=20,
                        null=True,
                        verbose_name="its rate",
                    ),
                ),
                (
                    "requires_shift",
                    models.BooleanField(default=False, verbose_name="sells only in a shift"),
                ),
                (
                    "lock_minutes",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="0: never.", verbose_name="minutes until a till locks"
                    ),
                ),
                ("runs_out_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("totals_until", models.DateField(blank=True, editable=False, null=True)),
                ("totals_zone", models.CharField(blank=True, editable=False, max_length=50)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "shop",
                "verbose_name_plural": "shops",
                "ordering": ["name"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["ancestors"], name="shop_ancestors"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("second_currency", ""), ("second_rate", None)),
                            models.Q(
                                models.Q(("second_currency", ""), _negated=True),
                                ("second_rate__gt", 0),
                            ),
                            _connector="OR",
                        ),
                        name="shop_second_currency_has_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sale_limit", None), ("sale_limit__gt", 0), _connector="OR"
                        ),
                        name="shop_sale_limit_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day_limit", None), ("day_limit__gt", 0), _connector="OR"
                        ),
                        name="shop_day_limit_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("number_limit", None), ("number_limit__gt", 0), _connector="OR"
                        ),
                        name="shop_number_limit_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=150, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=150, verbose_name="last name"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "distributor"),
                            ("owner", "shop owner"),
                            ("manager", "manager"),
                            ("cashier", "cashier"),
                        ],
                        default="cashier",
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="topup.shop",
                        verbose_name="shop",
                    ),
                ),
                (
                    "language",
                    models.CharField(default="en", max_length=10, verbose_name="language"),
                ),
                ("pin_hash", models.CharField(blank=True, editable=False, max_length=128)),
                ("pin_tries", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("pin_locked_until", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "hides_margin",
                    models.BooleanField(default=False, verbose_name="hide the margin"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role", "admin"), ("shop__isnull", False), _connector="OR"
                        ),
                        name="person_of_a_shop",
                    )
                ],
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
    ]
