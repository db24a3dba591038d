"""The distributor's pages in Django admin."""

from topup.admin import operations, people, sales, shops

__all__ = ["operations", "people", "sales", "shops"]
