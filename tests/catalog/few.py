"""`python -m tests.catalog.few`: the simulator, with the catalogue of nine countries alone.

They have goods of every kind, two pages of gift cards, operators that sell in several of them,
bundles by number, and for some names in Arabic. It is a third of the SKUs and a tenth of the
requests of a sync of the whole catalogue.
"""

from valuetopup.simulator import catalogue
from valuetopup.simulator.__main__ import main

COUNTRIES = {"AE", "DE", "ES", "GB", "HT", "IN", "JM", "TT", "US"}


def _few(read_all=catalogue.read_all):
    return (block for block in read_all() if block[0].country.code in COUNTRIES)


if __name__ == "__main__":
    catalogue.read_all = _few
    main()
