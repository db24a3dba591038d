"""What `up` leaves in the data folder: who runs, addresses and keys.

`up.lock` is locked while an `up` runs, `up.json` says which; `embedded.json`
(readable by its owner alone) is what `portal.settings` reads. Keys are made once
and kept.
"""

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

from portal.embedded.machine import EmbeddedError


class Running(Exception):
    """Another `up` holds the data folder."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__()
        self.pid = int(told.get("pid", 0))
        self.address = str(told.get("address", "an address not known yet"))


class State:
    """The data folder of one product. The lock ends with the process that took it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    def lock(self) -> None:
        """Take the folder. Error: `Running`."""
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        handle = os.open(self.folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Running(self._read("up.json")) from None
        self._lock = handle

    def announce(self, **facts: Any) -> None:
        """Tell others who runs here."""
        self._write("up.json", {"pid": os.getpid(), **facts})

    def announced(self) -> bool:
        """True if a run announced itself and did not end in order."""
        return (self.folder / "up.json").exists()

    def release(self) -> None:
        (self.folder / "up.json").unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def record(self, **addresses: str) -> dict[str, Any]:
        """Write the addresses beside the keys, which are made the first time."""
        known = self._read("embedded.json")
        if not known and (self.folder / "embedded.json").exists():
            raise EmbeddedError(
                f"{self.folder / 'embedded.json'} cannot be read. It holds the keys of the "
                "vouchers: restore it, or remove the whole folder to begin anew."
            )
        made = {
            "secret_key": secrets.token_urlsafe(50),
            "voucher_keys": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "demo_password": secrets.token_hex(4),
        }
        self._write("embedded.json", made | known | addresses)
        return self._read("embedded.json")

    def _read(self, name: str) -> dict[str, Any]:
        try:
            told = json.loads((self.folder / name).read_text())
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _write(self, name: str, facts: dict[str, Any]) -> None:
        half = self.folder / f".{name}.new"
        half.unlink(missing_ok=True)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(facts, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self.folder / name)
