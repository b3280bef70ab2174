"""Erased people in what providers say: their addresses and profiles are hidden before they are kept."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.outcomes import Value
from leadsync.core.erasure.tombstones import DOCUMENTS, Tombstones
from leadsync.core.redaction import Redactor
from leadsync.core.store.erased_words import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.models import Value as Cell
    from leadsync.core.store.protocol import Store

_ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:\\/=&?]{1,64}@[^\s@<>()\[\]\"',;:\\/=&?]{3,250}")
_PROFILE = re.compile(r"(?i)(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/in/[^\s\"'<>?#/\\]+")


class PeopleRedactor(Redactor):
    """Hides keys, and whoever was erased: a provider that is asked for others may name them."""

    def __init__(self, secrets: Iterable[str], stones: Tombstones) -> None:
        """Take the keys, and the hashes of erased people."""
        super().__init__(secrets)
        self._stones = stones

    def text(self, text: str) -> str:
        """The text without keys, addresses and profiles of erased people."""
        text = super().text(text)
        if "@" in text:
            text = _ADDRESS.sub(self._address, text)
        if "linkedin.com/in/" in text.lower():
            text = _PROFILE.sub(self._profile, text)
        return text

    def json(self, value: Any) -> Any:
        """Plain JSON without them."""
        return self._walk(value)  # in JSON as text, a line break would be a part of an address

    def _address(self, found: re.Match[str]) -> str:
        return HIDDEN if self._stones.covers_email(found[0].rstrip(".")) else found[0]

    def _profile(self, found: re.Match[str]) -> str:
        return HIDDEN if self._stones.covers_profile(found[0]) else found[0]


def redactor_for(store: Store, secrets: Iterable[str]) -> Redactor:
    """What a run keeps nothing of: keys, and people who were erased, where there are any."""
    stones = Tombstones(store.documents(DOCUMENTS))
    return PeopleRedactor(secrets, stones) if stones.are_there else Redactor(secrets)


def without_erased(outcome: Any, redactor: Redactor) -> Any:
    """An outcome that names no erased person; the same one where the redactor knows of none."""
    if not isinstance(redactor, PeopleRedactor) or not isinstance(outcome, Value):
        return outcome
    result, meta = redactor.json(outcome.result), redactor.json(dict(outcome.meta))
    return dataclasses.replace(outcome, result=result, meta=meta)


def blank_if_erased(cell: Cell) -> Cell:
    """A cell that would hold nothing but somebody who was erased stays blank."""
    return None if cell == HIDDEN else cell
