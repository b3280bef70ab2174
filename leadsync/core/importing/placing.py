"""Which leads the rows of a file belong to: found by key, made where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.campaigns import (
    archived_note,
    check_campaign_name,
    ensure_campaign,
    find_campaign,
)
from leadsync.core.importing.merge import OnDuplicate
from leadsync.core.importing.merging import BatchMerge
from leadsync.core.importing.options import MatchScope
from leadsync.core.models import WRITABLE_OWN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadsync.core.importing.destinations import Destinations
    from leadsync.core.importing.merge import MergePolicy
    from leadsync.core.importing.merging import Merged
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.importing.rows import Batch
    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit

SEEN_SLOTS = 1 << 24
"""16 MB. A million leads with two keys fill an eighth of it, so that of the keys that nobody has
one in eight is looked up in vain."""

OWN = ("email", "name")
"""Fields that any file may fill, whatever its headers are."""


class Placer:
    """Finds the leads of rows and makes new ones, inside one unit.

    Rows of one file that share a key are one lead, also where the later row's other keys were
    not kept: these are remembered while the file is read, so that a second import decides alike.

    Attributes:
        policy: how rows and leads become one.
        campaign_name: where new leads go.
        archived_note: what to say of that campaign where it is archived; else "".
        first_created: id of the first lead that this import made; 0 before.
    """

    def __init__(
        self,
        store: Store,
        unit: Unit,
        destinations: Destinations,
        options: ImportOptions,
        policy: MergePolicy,
    ) -> None:
        """Begin with no row seen.

        Args:
            store: where leads are looked for.
            unit: where they are written.
            destinations: the columns of the file.
            options: campaign and scope count.
            policy: how rows and leads become one, with keys of fields.
        """
        self._store = store
        self._unit = unit
        self._destinations = destinations
        self.policy = policy
        self._is_wide = options.match is MatchScope.WORKSPACE
        self.first_created = 0
        self._columns = {column.key for column in store.columns()} | {*WRITABLE_OWN_FIELDS}
        self._declared = [*dict.fromkeys((*OWN, *(t.key for t in destinations.targets if t.key)))]
        self._campaigns = store.campaigns()
        self.campaign_name = check_campaign_name(options.campaign)
        campaign = find_campaign(self._campaigns, self.campaign_name)
        self.campaign_name = campaign.name if campaign else self.campaign_name
        self.archived_note = archived_note(campaign) if campaign else ""
        self._campaign_id = campaign.id if campaign else 0
        self._fills_only = policy.on_duplicate is OnDuplicate.FILL and not policy.may_overwrite
        self._aliases: dict[str, int] = {}
        self._touched = bytearray()
        self._seen = None if self._has_leads() else bytearray(SEEN_SLOTS)

    @property
    def scope(self) -> int | None:
        """The campaign in which leads are looked for; None for all, 0 for one that is not there."""
        return None if self._is_wide else self._campaign_id

    def _has_leads(self) -> bool:
        if self._is_wide:
            return bool(self._store.count({}))
        return bool(self._campaign_id and self._store.count({"campaign": self.campaign_name}))

    def place(self, batch: Batch, numbers: Sequence[int], lines: Sequence[int]) -> Merged:
        """Write the rows of these numbers; what became of them.

        Args:
            batch: cleaned rows.
            numbers: which of them are to be written.
            lines: where each row of the batch stands in the file.
        """
        fields = self._fields(batch)
        merge = BatchMerge(self, self._unit, batch, fields, lines)
        if self.policy.on_duplicate is OnDuplicate.CREATE:
            merge.add_all(numbers)
            return merge.write()
        if self._seen is None and self._fills_only and not batch.tags:
            first_keys = [batch.keys[n][0] for n in numbers]
            numbers = merge.leave_out_equal(numbers, self._owners(first_keys))
        keys = [key for n in numbers for key in batch.keys[n]]
        owners = self._owners(keys)
        if owners or len(set(keys)) < len(keys):
            merge.merge(numbers, owners)
        else:
            merge.add_all(numbers)
        return merge.write()

    def _fields(self, batch: Batch) -> list[str]:
        """Fields that the file declares and others that this batch fills; new columns last."""
        fields = dict.fromkeys((*self._declared, *batch.columns))
        return sorted(fields, key=lambda field: field not in self._columns)

    def _owners(self, keys: Sequence[str]) -> dict[str, int]:
        """The leads that have these keys, as far as any lead has."""
        seen = self._seen
        if seen is not None:
            slots = [hash(key) % SEEN_SLOTS for key in keys]
            keys = [key for key, slot in zip(keys, slots, strict=True) if seen[slot]]
            for slot in slots:
                seen[slot] = 1
        if not keys:
            return {}
        if not self._aliases:
            return self._store.find_by_keys(keys, self.scope)
        owners = {key: self._aliases[key] for key in keys if key in self._aliases}
        others = [key for key in keys if key not in owners]
        return owners | self._store.find_by_keys(others, self.scope)

    # what a merge of one batch asks and tells ---------------------------------------------
    def is_of_this_file(self, lead_id: int) -> bool:
        """Whether a row above made the lead."""
        return 0 < self.first_created <= lead_id

    def touch(self, lead_id: int) -> bool:
        """Note that a row belongs to a lead; whether none above did."""
        if lead_id >= len(self._touched):
            self._touched.extend(bytes(lead_id + 65_536 - len(self._touched)))
        is_first = not self._touched[lead_id]
        self._touched[lead_id] = 1
        return is_first and not self.is_of_this_file(lead_id)

    def remember(self, key: str, lead_id: int) -> None:
        """Note a key of a row that its lead may not have taken over."""
        self._aliases[key] = lead_id

    def existing(self, fields: Sequence[str]) -> list[str]:
        """Those of the fields that leads can have now."""
        return [field for field in fields if field in self._columns]

    def make_columns(self, fields: Collection[str]) -> None:
        """Make those of the columns that are missing."""
        self._destinations.ensure(self._unit, fields)
        self._columns.update(fields)

    def add_leads(
        self,
        fields: Sequence[str],
        rows: Sequence[Sequence[Value]],
        keys: Sequence[Sequence[str]],
        tags: Sequence[Sequence[str]],
    ) -> range:
        """Make leads in the campaign, which is made where it is missing; their ids."""
        self.make_columns(fields)
        if not self._campaign_id:
            campaign = ensure_campaign(self._unit, self._campaigns, self.campaign_name)
            self._campaign_id, self.campaign_name = campaign.id, campaign.name
        ids = self._unit.add_leads(self._campaign_id, fields, rows, tags=tags, keys=keys)
        self.first_created = self.first_created or ids.start
        return ids
