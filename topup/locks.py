"""Every row lock of selling."""

from topup.models import Sale, Voucher


def lock_sale(sale_id: int) -> Sale:
    """The sale, locked until the end of the transaction; only its own row."""
    return Sale.objects.select_for_update(of=("self",)).get(pk=sale_id)


def lock_voucher(sale_id: int) -> Voucher | None:
    """The voucher of a sale, locked; None if it has none."""
    return Voucher.objects.select_for_update(of=("self",)).filter(sale_id=sale_id).first()
