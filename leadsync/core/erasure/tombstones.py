"""What is kept of erased people: hashes by which they are known again, and nothing else.

An entry of the suppression list of kind `person` holds the hash of one identity key (an address or
a LinkedIn profile) and the random salt of the workspace. Whoever has the store can test a guess
against it, as this program must; nobody can read the address out of it.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from leadsync.core.host_names import in_letters
from leadsync.core.identity import clean_email_cell, email_key, identity_keys
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

KIND = "person"
DOCUMENTS = "suppressions"
SALT_BYTES = 16
HASH_BYTES = 16


class Tombstones:
    """The hashes of erased people, ready to be asked for many leads."""

    def __init__(self, documents: Iterable[Mapping[str, object]]) -> None:
        """Take entries of the suppression list; those of other kinds are left out."""
        self._since: dict[str, dict[str, str]] = {}
        for document in documents:
            if document.get("kind") == KIND:
                salt, value = str(document.get("salt") or ""), str(document.get("value"))
                self._since.setdefault(salt, {})[value] = str(document.get("createdAt") or "")

    @property
    def are_there(self) -> bool:
        """Whether anybody was erased."""
        return bool(self._since)

    @property
    def salt(self) -> str:
        """The salt of the workspace; a new one where nobody was erased yet."""
        return next(iter(self._since), "") or secrets.token_hex(SALT_BYTES)

    def since(self, key: str) -> str:
        """When somebody with this identity key was erased; empty: nobody was."""
        for salt, hashes in self._since.items():
            for name in _names(key):
                if found := hashes.get(hash_of(name, salt)):
                    return found
        return ""

    def covers_email(self, cell: object) -> bool:
        """Whether a cell holds an address of somebody who was erased."""
        if not self._since or not isinstance(cell, str) or not cell:
            return False
        found = clean_email_cell(cell)
        return any(self.since(email_key(a)) for a in (found.email, *found.alternates) if a)

    def covers_profile(self, cell: object) -> bool:
        """Whether a cell holds the LinkedIn profile of somebody who was erased."""
        if not self._since or not isinstance(cell, str) or not cell:
            return False
        return any(map(self.since, identity_keys(None, linkedin_url=cell)))


def bury(store: Store, keys: Iterable[str], *, actor: str) -> int:
    """Keep the hashes of these identity keys, outside history; how many are new."""
    there = Tombstones(store.documents(DOCUMENTS))
    salt = there.salt
    new = [key for key in keys if not there.since(key)]
    for key in new:
        document: Doc = {
            "kind": KIND, "value": hash_of(key, salt), "salt": salt, "reason": "erased",
            "source": actor, "createdAt": now_iso(),
        }  # fmt: skip
        store.save(DOCUMENTS, document)
    return len(new)


def hash_of(key: str, salt: str) -> str:
    """The salted hash of an identity key."""
    digest = hashlib.blake2b(key.encode(), key=bytes.fromhex(salt), digest_size=HASH_BYTES)
    return digest.hexdigest()


def _names(key: str) -> tuple[str, ...]:
    """A key, and what older versions hashed in its place: punycode in which `ß` was `ss`."""
    if "xn--" not in key or not key.startswith("e:"):
        return (key,)
    local, _, domain = in_letters(key).rpartition("@")
    try:
        return key, f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return (key,)
