"""Each look at a code after the first has a row; one count of copies for counter and kiosk."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("topup", "0008_brand"),
    ]

    operations = [
        migrations.AddField(
            model_name="receiptprint",
            name="kiosk_looks",
            field=models.PositiveSmallIntegerField(default=0),
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
                    ("copy", "an old key of a kiosk was used"),
                    ("looks", "a code was looked at many times"),
                ],
                max_length=15,
            ),
        ),
        migrations.CreateModel(
            name="CodeLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "of",
                    models.CharField(
                        choices=[("goods", "code of the goods"), ("money", "code for money back")],
                        max_length=5,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "kiosk",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.kiosk",
                    ),
                ),
                (
                    "printed",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="look",
                        to="topup.receiptprint",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="topup.sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "look at a code",
                "verbose_name_plural": "looks at codes",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("by", None), ("kiosk__isnull", False)),
                            models.Q(("by__isnull", False), ("kiosk", None)),
                            _connector="OR",
                        ),
                        name="look_has_its_eyes",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="codelook",
            trigger=pgtrigger.compiler.Trigger(
                name="code_look_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3e2c75230371cde2b7571c900467e7cae1fb745b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_code_look_stays_0d801",
                    table="topup_codelook",
                    when="BEFORE",
                ),
            ),
        ),
    ]
