"""Response codes, by what they prove as the answer to an order.

A code in none of these groups proves nothing: ask the status.
"""

SUCCESS = "000"
PENDING = frozenset({"852", "851"})
DOUBTFUL = frozenset({"015", "560", "590", "600", "999"})

#: The order was definitely not carried out. Texts are short English, for logs.
REFUSED: dict[str, str] = {
    "001": "The amount is outside what this denomination allows.",
    "003": "The credit limit of the account is exceeded.",
    "004": "The daily limit of the account is exceeded.",
    "005": "The location may not transact at this hour.",
    "009": "The daily limit of the user is exceeded.",
    "027": "This number was charged a moment ago; wait before the next top-up.",
    "032": "The daily total for this number is reached.",
    "033": "The number is not in the right format.",
    "035": "The exposure limit of the account is exceeded.",
    "041": "The operator is under maintenance.",
    "500": "The account at the operator is not activated.",
    "501": "The subscriber number is not valid.",
    "502": "The top-up was unsuccessful; the subscriber may be suspended.",
    "503": "The subscriber would exceed the operator's limit.",
    "510": "The SKU is out of stock.",
    "520": "The operator had an internal error.",
    "530": "The operator refused: daily limit.",
    "540": "Possible duplicate: this number was charged recently.",
    "570": "The operator is not available.",
    "580": "No communication with the operator.",
    "998": "The provider's system is offline.",
}

#: Ours, answered by the simulator only: the provider documents neither case.
DUPLICATE = "899"
UNKNOWN_ID = "898"

#: What tells of trouble at the operator itself: its maintenance, its faults, no word from it.
#: Never 500 to 503: those speak of one number.
OPERATOR_FAULTS = frozenset({"041", "520", "560", "570", "580", "590", "600", "999"})
