"""The provider's response codes and their texts, plus two codes of ours (898, 899)."""

UNKNOWN_ID = "898"
DUPLICATE = "899"

MESSAGES = {
    "000": "Success",
    "001": "The charge amount for the denomination {0} should be between {1} and {2}.",
    "003": "The credit limit of the customer {0} is exceeded.",
    "004": "The daily limit of the customer {0} is exceeded.",
    "005": "The location {0} may transact only between {1} and {2}.",
    "009": "The user's daily limit is exceeded.",
    "015": "The system failed to complete the RTR transaction, unexpected error.",
    "027": "The number {0} was last charged at {1}. It may not be charged within {2} minutes.",
    "032": "The total per number is limited to $200 a day.",
    "033": "The mobile number is not in the right format.",
    "035": "The exposure limit of the customer {0} is exceeded.",
    "041": "The carrier {0} is under maintenance, advisory {1}.",
    "500": "The account is not activated.",
    "501": "The Subscriber number is not valid",
    "502": "The topup was unsuccessful, the subscriber may be suspended.",
    "503": "The subscriber will exceed the limit.",
    "510": "SKU out of stock",
    "520": "Carrier internal error.",
    "530": "The carrier refused, daily limit.",
    "540": "Possible duplicate: the number was charged recently.",
    "560": "The carrier timed out.",
    "570": "The carrier is not available.",
    "580": "No communication with the carrier.",
    "590": "Unexpected error calling the carrier.",
    "600": "Unknown error calling the carrier.",
    "851": "The transaction is processing.",
    "852": "The transaction is in progress.",
    UNKNOWN_ID: "transaction not found",
    DUPLICATE: "duplicate correlation id",
    "998": "The system is offline, back in {0} min {1} s.",
    "999": "Unspecified system error.",
}


def message_for(code: str) -> str:
    """The text of a code; placeholders stay as the list prints them."""
    return MESSAGES.get(code, f"Error {code}")


def error_rows() -> list[dict[str, str]]:
    """The rows of `/catalog/errors`; the two codes of ours are not in the list."""
    return [
        {"errorCode": code, "errorMessage": text}
        for code, text in MESSAGES.items()
        if code not in (UNKNOWN_ID, DUPLICATE)
    ]
