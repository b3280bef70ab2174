"""Who must not be imported: suppressed addresses and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.importing.merge import addresses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.importing.rows import Batch
    from leadsync.core.models import Doc, Value


class Suppressed:
    """The suppression list, ready to be asked for many rows."""

    def __init__(self, documents: Iterable[Doc]) -> None:
        """Take the documents `{kind: email|domain, value}`; other kinds are not for imports."""
        self._emails: set[str] = set()
        self._domains: set[str] = set()
        for document in documents:
            value = str(document.get("value") or "").strip().lower()
            if document.get("kind") == "email":
                self._emails.add(value)
            elif document.get("kind") == "domain":
                self._domains.add(value.removeprefix("@"))

    def among(self, batch: Batch) -> set[int]:
        """The rows of a batch with a suppressed address, or one at or below a suppressed domain."""
        if not self._emails and not self._domains:
            return set()
        found = {n for n, email in enumerate(batch.column("email")) if self._covers(email)}
        if "email_alt" in batch.columns:
            alternates = enumerate(batch.column("email_alt"))
            found |= {n for n, cell in alternates if any(map(self._covers, addresses(cell)))}
        return found

    def _covers(self, email: Value) -> bool:
        if email is None:
            return False
        if email in self._emails:
            return True
        domain = str(email).rpartition("@")[2]
        while domain:
            if domain in self._domains:
                return True
            domain = domain.partition(".")[2]
        return False
