"""What is asked before a sale, what was answered, and cool-downs."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0110_codes_seen")]

    operations = [
        migrations.CreateModel(
            name="CoolDown",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="why")),
                ("began_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
                ("until", models.DateTimeField(verbose_name="until")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted")),
            ],
            options={
                "verbose_name": "cool-down",
                "verbose_name_plural": "cool-downs",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SafetyAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(db_index=True, max_length=50, verbose_name="sale")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("money", "money received"),
                            ("repeat", "a second time"),
                            ("scam", "scam question"),
                            ("large", "large sale to a new number"),
                        ],
                        max_length=10,
                        verbose_name="rule",
                    ),
                ),
                ("question", models.CharField(max_length=60, verbose_name="question")),
                ("answer", models.CharField(max_length=60, verbose_name="answer")),
                ("is_right", models.BooleanField(verbose_name="sale goes on")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
            ],
            options={
                "verbose_name": "safety answer",
                "verbose_name_plural": "safety answers",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SafetyRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asks_money",
                    models.BooleanField(
                        default=False,
                        help_text="Without it the words stand beside the button, and pressing says it.",
                        verbose_name="money received: a tick of its own",
                    ),
                ),
                (
                    "repeat_is_on",
                    models.BooleanField(
                        default=True,
                        verbose_name="ask before a second sale of the same to the same number",
                    ),
                ),
                (
                    "repeat_minutes",
                    models.PositiveIntegerField(
                        default=10,
                        help_text="A customer who comes back later than this is asked nothing.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes",
                    ),
                ),
                (
                    "scam_is_on",
                    models.BooleanField(
                        default=True, verbose_name="ask before PINs and gift cards"
                    ),
                ),
                (
                    "scam_quiet_minutes",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Of this person, at this shop.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="the first after so many quiet minutes is asked about",
                    ),
                ),
                (
                    "scam_above",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="always asked above this price",
                    ),
                ),
                (
                    "scam_count",
                    models.PositiveIntegerField(
                        default=3,
                        help_text="3: the third is asked about.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="asked from this one on …",
                    ),
                ),
                (
                    "scam_count_minutes",
                    models.PositiveIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="… within so many minutes",
                    ),
                ),
                (
                    "run_count",
                    models.PositiveIntegerField(
                        default=8,
                        help_text="After a run nothing of this kind is sold for a while; owner and admin are told.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="so many are a run …",
                    ),
                ),
                (
                    "run_minutes",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="… within so many minutes",
                    ),
                ),
                (
                    "cool_down_minutes",
                    models.PositiveIntegerField(
                        default=15,
                        help_text="After a wrong answer, and after a run.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes of cool-down",
                    ),
                ),
                (
                    "cool_down_of",
                    models.CharField(
                        choices=[("person", "the person who sells"), ("shop", "the whole shop")],
                        default="person",
                        max_length=10,
                        verbose_name="the cool-down is for",
                    ),
                ),
                (
                    "large_is_on",
                    models.BooleanField(
                        default=True,
                        verbose_name="ask before a large sale to a number new to the shop",
                    ),
                ),
                (
                    "large_above",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="large is a price above",
                    ),
                ),
                (
                    "large_asks",
                    models.CharField(
                        choices=[
                            ("digits", "the last four digits, typed again"),
                            ("tick", "a tick that the number was read out and is right"),
                        ],
                        default="digits",
                        max_length=10,
                        verbose_name="it asks for",
                    ),
                ),
                (
                    "pause_is_on",
                    models.BooleanField(default=True, verbose_name="pause an operator that fails"),
                ),
                (
                    "pause_after",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Only faults of the operator and missing answers count, never a wrong number.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="failures in a row",
                    ),
                ),
                (
                    "pause_minutes",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Each failed try afterwards doubles it.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes of the first pause",
                    ),
                ),
                (
                    "pause_most_minutes",
                    models.PositiveIntegerField(
                        default=60,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="longest pause, in minutes",
                    ),
                ),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
            ],
            options={
                "verbose_name": "safety rules",
                "verbose_name_plural": "safety rules",
            },
        ),
        migrations.AlterField(
            model_name="alarm",
            name="kind",
            field=models.CharField(
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
        migrations.AddField(
            model_name="cooldown",
            name="lifted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cooldown",
            name="person",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: the whole shop.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cool_downs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cooldown",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cool_downs",
                to="topup.shop",
            ),
        ),
        migrations.AddField(
            model_name="safetyanswer",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="safetyanswer",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="topup.shop"
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyrules",
            constraint=models.CheckConstraint(
                condition=models.Q(("only", True)), name="one_row_of_safety_rules"
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyrules",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cool_down_minutes__gt", 0),
                    ("large_above__gte", 0),
                    ("pause_after__gt", 0),
                    ("pause_minutes__gt", 0),
                    ("pause_most_minutes__gte", models.F("pause_minutes")),
                    ("repeat_minutes__gt", 0),
                    ("run_count__gt", 0),
                    ("run_minutes__gt", 0),
                    ("scam_above__gte", 0),
                    ("scam_count__gt", 0),
                    ("scam_count_minutes__gt", 0),
                    ("scam_quiet_minutes__gt", 0),
                ),
                name="safety_rules_are_positive",
                violation_error_message="The longest pause is shorter than the first one.",
            ),
        ),
        migrations.AddIndex(
            model_name="cooldown",
            index=models.Index(
                condition=models.Q(("lifted_at", None)),
                fields=["shop", "-until"],
                name="cool_down_of_shop",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="safetyanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="safety_answer_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4640ad5d24bc68143a19f6e8f01e479e552d0c0a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_safety_answer_stays_48416",
                    table="topup_safetyanswer",
                    when="BEFORE",
                ),
            ),
        ),
    ]
