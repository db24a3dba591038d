"""Values of rules have limits, and publishing a book has a permission of its own."""

from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0060_totals_by_day")]

    operations = [
        migrations.AlterModelOptions(
            name="pricebook",
            options={
                "ordering": ["-id"],
                "permissions": [("publish_pricebook", "Can publish and withdraw price books")],
                "verbose_name": "price book",
                "verbose_name_plural": "price books",
            },
        ),
        migrations.RemoveConstraint(
            model_name="pricerule",
            name="rule_step_positive",
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("step", None),
                    models.Q(("step__gt", Decimal("0")), ("step__lt", Decimal("1000000"))),
                    _connector="OR",
                ),
                name="rule_step_positive",
                violation_error_message="Round to more than zero, or leave it empty.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("method__in", ("markup", "fee_percent")), ("value__lte", Decimal("1000"))
                    ),
                    models.Q(
                        ("method__in", ("share_of_margin", "share_of_face")),
                        ("value__lte", Decimal("100")),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "method__in",
                                ("markup", "fee_percent", "share_of_margin", "share_of_face"),
                            ),
                            _negated=True,
                        ),
                        ("value__lt", Decimal("1000000000")),
                    ),
                    _connector="OR",
                ),
                name="rule_value_within_limits",
                violation_error_message="At most 1000 %% on a price, 100 %% as commission, and amounts below 10^9.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method", "fixed_price"), _negated=True),
                    ("value__gt", 0),
                    _connector="OR",
                ),
                name="rule_fixed_price_positive",
                violation_error_message="A fixed price is more than zero.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="pricerule",
            name="rule_value_not_negative",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)),
                name="rule_value_not_negative",
                violation_error_message="The value is not below zero.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="pricerule",
            name="rule_method_fits_use",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("method__in", ("markup", "fee", "fee_percent", "fixed_price")),
                        ("use", "price"),
                    ),
                    models.Q(
                        ("use", "commission"),
                        models.Q(
                            ("method__in", ("markup", "fee", "fee_percent", "fixed_price")),
                            _negated=True,
                        ),
                    ),
                    _connector="OR",
                ),
                name="rule_method_fits_use",
                violation_error_message="This method is for the other use.",
            ),
        ),
    ]
