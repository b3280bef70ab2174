"""Receipts: hashes of the messages that had their effect, so that a repeat has none.

A receipt is written in the unit of the effect: after a crash both are there, or neither. It stands
outside history, so that undoing the effect does not open the door to a repeat.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

DOCUMENTS = "receipts"
KEPT_S = 30 * 86_400.0
"""How long a repeat is known. Providers give up resending within days."""

_SHARD_CHARS = 3
"""4,096 documents: at 300,000 messages in 30 days one holds 75, which is 4 kB to write a message."""


def receipt_of(hook_id: int, message: bytes) -> str:
    """What is kept of a message: a hash, which is no person's data."""
    return hashlib.blake2b(b"%d\0%b" % (hook_id, message), digest_size=16).hexdigest()


class Receipts:
    """The receipts of one workspace. Inside a unit, on the thread that has it open."""

    def __init__(self, store: Store, now: float) -> None:
        """Take the moment in epoch seconds, too: older receipts than `KEPT_S` count as none."""
        self._store = store
        self._now = now

    def has(self, receipt: str) -> bool:
        """Whether the message has had its effect."""
        return self._taken(receipt).get(receipt, 0.0) > self._now - KEPT_S

    def keep(self, receipt: str) -> None:
        """Note that it has, and forget old ones beside it."""
        taken = self._taken(receipt)
        kept = {name: at for name, at in taken.items() if at > self._now - KEPT_S}
        body: Doc = {"id": _shard(receipt), "taken": {**kept, receipt: self._now}}
        self._store.save(DOCUMENTS, body)

    def _taken(self, receipt: str) -> Mapping[str, float]:
        document = self._store.get_document(DOCUMENTS, _shard(receipt))
        return document["taken"] if document else {}


def _shard(receipt: str) -> int:
    return int(receipt[:_SHARD_CHARS], 16) + 1
