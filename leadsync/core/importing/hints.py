"""What may be wrong after an import, without being an error: possible duplicates, leads in the trash."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from leadsync.core.identity import email_key, hint_key
from leadsync.core.store.identity_slots import IdentitySlots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.models import Doc, Value
    from leadsync.core.store.protocol import Store

MOST_HINTS = 100_000
"""Addresses that are compared; beyond them the count says "at least"."""

_AT_ONCE = 1000


class DuplicateHints:
    """Counts new leads that differ from another one only by a +tag or by Gmail's dots."""

    def __init__(self) -> None:
        """Begin with no address."""
        self._variants: Counter[str] = Counter()

    def add(self, emails: Iterable[Value]) -> None:
        """Note the addresses of new leads."""
        for email in emails:
            if email and len(self._variants) < MOST_HINTS and _may_vary(email := str(email)):
                plain = hint_key(email)
                if plain != email:
                    self._variants[plain] += 1

    def count(self, store: Store, campaign_id: int | None) -> int:
        """How many of them have a twin; asks the store for the plain addresses."""
        found = 0
        variants = iter(self._variants.items())
        while chunk := list(islice(variants, _AT_ONCE)):
            known = store.find_by_keys([email_key(plain) for plain, _ in chunk], campaign_id)
            found += sum(n - 1 + (email_key(plain) in known) for plain, n in chunk)
        return found


def _may_vary(email: str) -> bool:
    return "+" in email or email.endswith(("@gmail.com", "@googlemail.com"))


def find_in_trash(
    store: Store, campaign: str | None, campaign_id: int | None, first_created: int
) -> tuple[int, tuple[int, int]]:
    """How many leads in the trash were made anew, and one: its new id and its old one.

    Reads the whole trash once, a piece at a time.

    Args:
        store: where to look.
        campaign: only in this one's trash.
        campaign_id: the same; None for all.
        first_created: the id from which on leads are new; 0 for none.
    """
    found, example = 0, (0, 0)
    if not first_created:
        return found, example
    filter_doc: Doc = {"campaign": campaign} if campaign else {}
    identity = IdentitySlots(store.columns())
    rows = store.scan(filter_doc, ["id", *identity.fields], trashed=True)
    while chunk := list(islice(rows, _AT_ONCE)):
        keys = identity.keys_of_rows(identity.slots, [row[1:] for row in chunk])
        known = store.find_by_keys([key for own in keys for key in own], campaign_id)
        for (old, *_), own in zip(chunk, keys, strict=True):
            new = next((known[k] for k in own if known.get(k, 0) >= first_created), 0)
            found += bool(new)
            example = example if example[0] or not new else (new, old)
    return found, example
