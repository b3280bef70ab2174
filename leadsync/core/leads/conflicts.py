"""Conflicts of identity: within a campaign, one person is one live lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.host_names import in_letters
from leadsync.core.leads.finding import name_of
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.protocol import IDENTITY_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit

Keys = dict[int, tuple[str, ...]]
"""Lead id -> identity keys."""

AT_ONCE = 1000
_BY_NAME = "n:"


def keys_after(
    store: Store,
    unit: Unit,
    lead_ids: Sequence[int],
    edits: Mapping[int, Mapping[str, Value]] | None = None,
) -> tuple[Keys, Keys]:
    """The identity keys of leads now, and as edits, which are not written yet, would make them."""
    columns = store.columns()
    present = {column.key for column in columns}
    fields = ["email", "linkedin_url", "name", *(k for k in IDENTITY_KEYS if k in present)]
    slots = [unit.slot(field) for field in fields]
    identity = IdentitySlots(columns)
    before = unit.cells(lead_ids, fields)
    after: list[list[Value]] = []
    for lead_id, row in before.items():
        cells = (edits or {}).get(lead_id, {})
        after.append([cells.get(f, v) for f, v in zip(fields, row, strict=True)])
    ids = list(before)
    old = identity.keys_of_rows(slots, [before[lead_id] for lead_id in ids])
    new = identity.keys_of_rows(slots, after)
    return dict(zip(ids, old, strict=True)), dict(zip(ids, new, strict=True))


def gained(before: Keys, after: Keys) -> Keys:
    """The keys that leads did not have before; names do not count, people share them."""
    return {
        lead_id: tuple(k for k in keys if k not in before[lead_id] and not k.startswith(_BY_NAME))
        for lead_id, keys in after.items()
    }


def check_free(store: Store, campaign_id: int, wanted: Keys) -> None:
    """Make sure that no other live lead of the campaign has one of these keys.

    Raises:
        InputError: another has; the first is named.
    """
    owners: dict[str, int] = {}
    for lead_id, keys in wanted.items():
        for key in keys:
            other = owners.setdefault(key, lead_id)
            if other != lead_id:
                raise InputError(
                    f"{_words(key)} can belong to one lead only, not to {other} and {lead_id}"
                )
    for key, other in _found(store, owners, campaign_id):
        if other != owners[key]:
            raise _taken(store, owners[key], key, other)


def by_campaign(store: Store, lead_ids: Sequence[int]) -> dict[int, list[int]]:
    """Lead ids by the id of their campaign; unknown ids are left out."""
    numbers = {campaign.name: campaign.id for campaign in store.campaigns()}
    found: dict[int, list[int]] = {}
    for lead_id, name in store.rows(lead_ids, ["id", "campaign"]):
        found.setdefault(numbers[name], []).append(lead_id)
    return found


def _found(store: Store, keys: Iterable[str], campaign_id: int) -> Iterable[tuple[str, int]]:
    every = list(keys)
    for at in range(0, len(every), AT_ONCE):
        yield from store.find_by_keys(every[at : at + AT_ONCE], campaign_id).items()


def _taken(store: Store, lead_id: int, key: str, other: int) -> InputError:
    whose = f" of lead {lead_id}" if lead_id else ""
    return InputError(
        f"{_words(key)}{whose} belongs to {name_of(store, other)} in the same campaign",
        next_step=f"leadsync leads merge {other} {lead_id}"
        if lead_id
        else f"leadsync leads show {other}",
    )


def _words(key: str) -> str:
    kind, _, value = key.partition(":")
    return {
        "e": f'the address "{in_letters(value)}"',
        "l": f'the LinkedIn profile "{value}"',
        "m": "the LinkedIn member id",
        "n": "the name and company",
    }[kind]
