"""Erased people stay erased: a backup from before, put in the place of the store, has them no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.erasure.person import (
    all_keys,
    find_namesakes,
    find_person,
    read_leads,
    words_of,
)
from leadsync.core.erasure.tombstones import DOCUMENTS, KIND, Tombstones
from leadsync.core.store.erasure import Erasure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

AT_ONCE = 1000
FOR_EVER = "9999"


def hashes_of(store: Store) -> list[Doc]:
    """The entries of erased people."""
    return [doc for doc in store.documents(DOCUMENTS) if doc.get("kind") == KIND]


def keep_out(hashes: Sequence[Doc], store: Store) -> tuple[int, int, tuple[str, ...]]:
    """Carry hashes over to a store, and erase the people whom they are of.

    Returns:
        How many there were, how many leads they had, and what could not be overwritten.
    """
    there = {doc["value"] for doc in hashes_of(store)}
    for doc in hashes:
        if doc["value"] not in there:
            store.save(DOCUMENTS, {name: item for name, item in doc.items() if name != "id"})
    stones = Tombstones(hashes)
    people = leads = 0
    for text in list(_known_again(stones, store)) if stones.are_there else ():
        person = find_person(store, text)
        if person.lead_ids:  # else they went with another of their leads
            words = person.words()
            everywhere = person.words(without=find_namesakes(store, person))
            store.erase_leads(Erasure(person.lead_ids, lambda _about, own=words: own, everywhere))
            people += 1
            leads += len(person.lead_ids)
    is_changed = _clear_list(stones, store) or people
    return people, leads, tuple(store.overwrite_deleted()) if is_changed else ()


def _clear_list(stones: Tombstones, store: Store) -> bool:
    """Take addresses of erased people off the suppression list; whether there were any."""
    entries = store.documents(DOCUMENTS) if stones.are_there else []
    named = [str(doc["value"]) for doc in entries if doc.get("kind") == "email"]
    words = words_of(f"e:{address}" for address in named if stones.covers_email(address))
    if words.marks:
        store.erase_leads(Erasure((), lambda _about: words, words))
    return bool(words.marks)


def _known_again(stones: Tombstones, store: Store) -> Iterator[str]:
    """By what each lead of an erased person is found."""
    for campaign in store.campaigns():
        ids = store.unchanged_since(campaign.id, FOR_EVER)
        for at in range(0, len(ids), AT_ONCE):
            for cells in read_leads(store, ids[at : at + AT_ONCE]).values():
                key = next((key for key in sorted(all_keys(cells)) if stones.since(key)), "")
                if key:
                    yield key[2:] if key[0] in "em" else f"https://linkedin.com/{key[2:]}"
