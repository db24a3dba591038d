from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("topup", "0003_first_price_book")]

    operations = [
        migrations.RemoveConstraint(model_name="shop", name="shop_markup_not_negative"),
        migrations.RemoveConstraint(model_name="shop", name="shop_commission_share_is_a_share"),
        migrations.RemoveField(model_name="shop", name="commission_share"),
        migrations.RemoveField(model_name="shop", name="markup_percent"),
    ]
