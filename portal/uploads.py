"""The one file that a form of ours takes: kept in memory, and no more of it than we want.

All of what is sent is read, also of a file that is far too large: a browser that is
cut off tells its person nothing.
"""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from topup import bulkfile
from topup.services.pictures import MOST_BYTES


class PictureHandler(FileUploadHandler):
    """Takes one file of the field `picture`. One that is too large has its size, but no content."""

    field, most = "picture", MOST_BYTES

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.was_taken = False

    def new_file(self, *args: Any, **named: Any) -> None:
        super().new_file(*args, **named)
        if self.was_taken or self.field_name != self.field:
            raise SkipFile
        self.was_taken = True
        self.kept, self.size = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size <= self.most:
            self.kept.write(raw_data)
        else:
            self.kept.truncate(0)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.named(), self.content_type, self.size, self.charset
        )

    def named(self) -> str:
        """What the file is called; a picture is kept without its name."""
        return self.field


class TableHandler(PictureHandler):
    """Takes one file of the field `file`: rows of a spreadsheet."""

    field, most = "file", bulkfile.MOST_BYTES

    def named(self) -> str:
        return str(self.file_name or "")[-100:] or self.field
