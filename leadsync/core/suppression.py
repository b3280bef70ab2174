"""The suppression list: who must not be touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store

DOCUMENTS = "suppressions"


class SuppressionList:
    """Suppressed addresses and domains, ready to be asked for many leads."""

    def __init__(self, store: Store) -> None:
        """Read the documents `{kind: email|domain, value}` of a workspace."""
        self._values: dict[str, set[str]] = {"email": set(), "domain": set()}
        for document in store.documents(DOCUMENTS):
            value = str(document.get("value") or "").strip().casefold().removeprefix("@")
            self._values.setdefault(str(document.get("kind")), set()).add(value)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is suppressed."""
        return not any(self._values.values())

    def covers(self, email: object) -> bool:
        """Whether this address, its domain or a domain above it is suppressed."""
        if not isinstance(email, str) or not email:
            return False
        address = email.casefold()
        if address in self._values["email"]:
            return True
        domain = address.rpartition("@")[2]
        while domain and domain not in self._values["domain"]:
            domain = domain.partition(".")[2]
        return bool(domain)
