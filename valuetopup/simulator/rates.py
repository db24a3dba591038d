"""What the provider gives per US dollar: its own rates, some percent below the market's."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MILL = Decimal("0.001")

_TABLE = """
USD 1        EUR 0.91     GBP 0.78     CAD 1.31     AUD 1.45     CHF 0.86     JMD 151.20
INR 80.40    PKR 268.50   BDT 113.80   LKR 288.00   NPR 128.60   MXN 16.90    DOP 57.10
HTG 126.50   TTD 6.48     BBD 1.95     GYD 202.00   XCD 2.62     BZD 1.96     SRD 33.50
GTQ 7.43     HNL 24.10    NIO 35.30    CRC 494.00   PAB 1        COP 3905.00  PEN 3.59
BOB 6.68     PYG 7180.00  BRL 5.24     ARS 940.00   CLP 905.00   UYU 39.20    NGN 1480.00
GHS 14.30    KES 124.00   UGX 3560.00  TZS 2490.00  RWF 1280.00  ETB 108.00   ZAR 17.40
ZMW 25.30    MWK 1660.00  MZN 61.30    SLE 21.80    GMD 66.20    LRD 184.00   XOF 578.00
XAF 578.00   GNF 8250.00  MGA 4380.00  CDF 2720.00  EGP 46.70    MAD 9.48     TND 2.98
DZD 128.90   SOS 548.00   PHP 54.60    IDR 15420.00 VND 24250.00 THB 33.10    MYR 4.28
SGD 1.29     KHR 3930.00  MMK 2010.00  LAK 20900.00 CNY 6.92     HKD 7.48     AFN 66.40
UZS 12150.00 KGS 82.60    TJS 10.20    KZT 462.00   GEL 2.61     AMD 372.00   AZN 1.63
UAH 39.70    MDL 17.10    RON 4.43     BGN 1.74     PLN 3.79     TRY 32.70    ALL 88.40
RSD 103.50   BAM 1.73     MKD 54.60    SAR 3.60     AED 3.53     QAR 3.50     KWD 0.295
BHD 0.362    OMR 0.370    JOD 0.682    IQD 1265.00  LBP 86500.00 YER 241.00   FJD 2.16
WST 2.63     TOP 2.27     PGK 3.76     VUV 114.00   BWP 13.05    NAD 17.40    AWG 1.72
ANG 1.72     SZL 17.40    LSL 17.40    BIF 2790.00  SDG 575.00   MRU 38.00    CVE 98.50   CUP 118.00
"""

_WORDS = _TABLE.split()
RATES = {code: Decimal(rate) for code, rate in zip(_WORDS[::2], _WORDS[1::2], strict=True)}


def convert(amount: Decimal, source: str, target: str) -> Decimal:
    """An amount in another currency, unrounded. Raises KeyError for an unknown currency."""
    if source == target:
        return amount
    return amount / RATES[source] * RATES[target]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def mills(amount: Decimal) -> Decimal:
    """To three places, as the provider prints its invoices."""
    return amount.quantize(MILL, ROUND_HALF_UP)
