"""What was sealed is as it was: digests of shifts and of daily closes, made again, and rows."""

from collections.abc import Iterator

from ledger.checks import told
from topup.models import DayClose, Shift, ShiftState
from topup.services import shifts
from topup.services.closing import seal_problems

_FIGURES = """
    SELECT h.id AS shift_id, h.number, p.name, f ->> 'tender' AS tender,
           f ->> 'currency' AS currency, (f ->> 'expected')::numeric AS expected,
           NULLIF(f ->> 'counted', '')::numeric AS counted
      FROM topup_shift h JOIN topup_shop p ON p.id = h.shop_id
     CROSS JOIN LATERAL jsonb_array_elements(h.totals -> 'figures') f
     WHERE h.state = 'sealed'
"""
# What goes into a drawer and out of it; none of it changes after the seal.
_EXPECTED = f"""
    SELECT h.number, p.name, COALESCE(f.expected, 0), currency, tender, COALESCE(sum.amount, 0)
      FROM (
        SELECT shift_id, tender, currency, SUM(amount) AS amount FROM (
            SELECT shift_id, tender, collected_currency AS currency, collected_amount AS amount
              FROM topup_sale WHERE shift_id IS NOT NULL
             UNION ALL
            SELECT shift_id, tender, currency, amount FROM topup_cashmove
             UNION ALL
            SELECT shift_id, tender, currency, amount FROM topup_shiftcount
             WHERE moment = 'opening') rows
         GROUP BY shift_id, tender, currency) sum
      FULL JOIN ({_FIGURES}) f USING (shift_id, tender, currency)
      JOIN topup_shift h ON h.id = shift_id AND h.state = 'sealed'
      JOIN topup_shop p ON p.id = h.shop_id
     WHERE COALESCE(f.expected, 0) <> COALESCE(sum.amount, 0) ORDER BY h.id
"""  # noqa: S608  of constants, here and below
_COUNTED = f"""
    SELECT f.number, f.name, f.counted, currency, tender, COALESCE(last.amount, 0)
      FROM ({_FIGURES}) f
      LEFT JOIN (SELECT c.shift_id, c.tender, c.currency, c.amount
                   FROM topup_shiftcount c
                  WHERE c.moment = 'closing' AND c.attempt = (
                        SELECT MAX(attempt) FROM topup_shiftcount
                         WHERE shift_id = c.shift_id AND moment = 'closing')) last
     USING (shift_id, tender, currency)
     WHERE COALESCE(f.counted, 0) <> COALESCE(last.amount, 0) ORDER BY shift_id
"""  # noqa: S608
_CHECKS = (
    (_EXPECTED, "shift {0} of {1} expects {2} {3} {4}, its rows sum to {5}"),
    (_COUNTED, "shift {0} of {1} counted {2} {3} {4}, its last count says {5}"),
)


def problems() -> Iterator[str]:
    """Shifts and closes that were changed after the seal, in words."""
    sealed = Shift.objects.filter(state=ShiftState.SEALED).select_related("shop").order_by("id")
    for shift in sealed.only("number", "digest", "totals", "shop__name").iterator(500):
        if not shifts.is_intact(shift):
            yield f"shift {shift.number} of {shift.shop.name} is not what was sealed"
    for sql, words in _CHECKS:
        yield from told(sql, words)
    yield from seal_problems(DayClose.objects.exclude(sealed_at=None).order_by("day"))
