"""A person across campaigns: all leads that are surely this person, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.host_names import in_letters
from leadsync.core.identity import (
    clean_email_cell,
    email_key,
    identity_keys,
    linkedin_identity,
)
from leadsync.core.store.erased_words import ErasedWords

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store

_FIELDS = (
    "email", "name", "linkedin_url", "email_alt", "linkedin_member_id", "first_name", "last_name",
)  # fmt: skip
_ALWAYS = 3  # of these every lead has

Cells = dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the store knows them.

    Attributes:
        asked: the address, or the LinkedIn profile, by which they were looked for; canonical.
        lead_ids: their leads in all campaigns, in the trash and undone ones too.
        keys: identity keys that are theirs: of addresses, profiles, member ids.
        names: full names.
        related: leads that share an alternate address only; perhaps somebody else.
    """

    asked: str
    lead_ids: tuple[int, ...]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    related: tuple[int, ...] = ()

    def words(self, *, without: Collection[str] = ()) -> ErasedWords:
        """What tells of them; without names that others have, too."""
        return words_of(self.keys, [name for name in self.names if name not in without])


def find_person(store: Store, text: str) -> Person:
    """Everybody's leads that are surely this person: by address, LinkedIn profile or member id.

    From the address that was asked for it goes on to leads with the same profile, or the same
    first address, as any of these.

    Args:
        store: where to look.
        text: an e-mail address, or the address of a LinkedIn profile.

    Raises:
        InputError: it is neither.
    """
    first = _asked_key(text)
    keys: dict[str, None] = {first: None}
    leads: dict[int, Cells] = {}
    seen: set[int] = set()
    while new := [i for i in store.owners_of(list(keys)) if i not in seen]:
        seen.update(new)
        found = read_leads(store, new)
        leads |= {i: cells for i, cells in found.items() if keys.keys() & all_keys(cells)}
        keys |= dict.fromkeys(key for i in new if i in leads for key in _sure_keys(leads[i]))
    alternates = {key for cells in leads.values() for key in all_keys(cells)} - keys.keys()
    shared = _shared(store, alternates, leads)
    names = dict.fromkeys(name for cells in leads.values() for name in names_of(cells))
    return Person(
        asked=in_letters(first[2:]) if first[0] == "e" else first[2:],
        lead_ids=tuple(sorted(leads)),
        keys=(*keys, *sorted(alternates - shared.keys())),
        names=tuple(names),
        related=tuple(sorted({i for owners in shared.values() for i in owners})),
    )


def find_namesakes(store: Store, person: Person) -> tuple[str, ...]:
    """Their full names that others have as well, people or companies: these stay where they are."""
    by_folded = {_folded(name): name for name in person.names if is_full_name(name)}
    if not by_folded:
        return ()
    own = frozenset(person.lead_ids)
    has_companies = any(column.key == "company" for column in store.columns())
    fields = ("id", "name", *(("company",) if has_companies else ()))
    found = {
        by_folded[_folded(str(name))]
        for trashed in (False, True)
        for lead_id, *names in store.scan({}, fields, trashed=trashed)
        for name in (names[1:] if lead_id in own else names)
        if name and _folded(str(name)) in by_folded
    }
    return tuple(sorted(found))


def read_leads(store: Store, lead_ids: Sequence[int]) -> dict[int, Cells]:
    """What leads are known by, whatever their presence."""
    known = {column.key for column in store.columns()}
    fields = ["id", *(f for n, f in enumerate(_FIELDS) if n < _ALWAYS or f in known)]
    rows = store.rows(lead_ids, fields)
    return {row[0]: dict(zip(fields[1:], row[1:], strict=True)) for row in rows}


def words_of(keys: Iterable[str], names: Iterable[str] = ()) -> ErasedWords:
    """The words for identity keys and full names; a single word is nobody's name alone."""
    emails = [key[2:] for key in keys if key.startswith("e:")]
    profiles = [key[2:] for key in keys if key.startswith("l:")]
    profiles += [f"member/{key[2:]}" for key in keys if key.startswith("m:")]
    return ErasedWords(emails, filter(is_full_name, names), profiles)


def is_full_name(name: str) -> bool:
    """Whether a name tells who somebody is: two words, or some characters of East Asia."""
    return len(name.split()) > 1 or (len(name) > 2 and ord(name[0]) >= 0x3040)


def all_keys(cells: Mapping[str, Value]) -> set[str]:
    """The identity keys of a lead, those of alternate addresses too, without name and company."""
    first = clean_email_cell(_text(cells, "email"))
    more = clean_email_cell(_text(cells, "email_alt"))
    others = [*first.alternates, *filter(None, (more.email,)), *more.alternates]
    return {*_sure_keys(cells), *map(email_key, others)}


def _sure_keys(cells: Mapping[str, Value]) -> list[str]:
    """Identity keys that no two people share: the first address, profile and member id."""
    first = clean_email_cell(_text(cells, "email")).email
    link, member = _text(cells, "linkedin_url") or None, _text(cells, "linkedin_member_id") or None
    return list(identity_keys(first, (), link, member))


def _shared(
    store: Store, alternates: Iterable[str], leads: Mapping[int, Cells]
) -> dict[str, list[int]]:
    """Alternate addresses that others have too, with these."""
    found: dict[str, list[int]] = {}
    for key in alternates:
        others = [i for i in store.owners_of([key]) if i not in leads]
        if others:
            found[key] = others
    return found


def names_of(cells: Mapping[str, Value]) -> list[str]:
    """The full names that a lead has."""
    parts = [_text(cells, key) for key in ("first_name", "last_name")]
    found = [_text(cells, "name"), " ".join(filter(None, parts))]
    return [name for name in dict.fromkeys(found) if name]


def _text(cells: Mapping[str, Value], key: str) -> str:
    value = cells.get(key)
    return " ".join(str(value).split()) if value is not None else ""


def _asked_key(text: str) -> str:
    address = clean_email_cell(text).email
    if address is not None:
        return email_key(address)
    profile = linkedin_identity(text)
    if profile is None:
        raise InputError(
            f'"{text}" is neither an e-mail address nor a LinkedIn profile',
            next_step="name the person by one of these, as ada@lovelace.example",
        )
    return identity_keys(None, linkedin_url=text)[0]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
