"""What is refused of a file of sales, in words for whoever sent it."""

from django.utils.translation import gettext as _

from topup.errors import TopupError


class BulkError(TopupError):
    """A deed at a file that cannot be now; nothing was changed."""

    def default(self) -> str:
        return _("This cannot be done with this file now. Look at how far it is.")


class BulkFileError(BulkError):
    """A file that cannot be read; nothing was kept."""

    field = "file"


class BulkTotalError(BulkError):
    """The figure that was typed is not the total of the file, or it has changed."""

    field = "total"


class BulkRowError(BulkError):
    """A row that names no goods of ours, or more than one."""
