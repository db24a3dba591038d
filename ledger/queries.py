"""What the books say."""

from decimal import Decimal

from django.db.models import Sum

from ledger.models import Account, AccountKind, Line


def balance_of(account: Account) -> Decimal:
    """The sum of an account's lines, in its natural sign and currency."""
    total = Line.objects.filter(account=account).aggregate(total=Sum("amount"))["total"]
    return (total or Decimal(0)) * account.natural_sign


def house_balance(kind: AccountKind, currency: str) -> Decimal:
    """A house account's balance in its natural sign; zero if it was never used."""
    account = Account.objects.filter(code=f"{kind}:{currency}").first()
    return balance_of(account) if account else Decimal(0)
