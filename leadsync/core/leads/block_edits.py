"""Different cells for several leads, typed or pasted at once: one unit, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.erasure.refusing import refuse_erased, why_erased
from leadsync.core.erasure.tombstones import DOCUMENTS, Tombstones
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.leads.conflicts import by_campaign, check_free, gained, keys_after
from leadsync.core.leads.finding import name_of
from leadsync.core.leads.typed_cells import read_cells
from leadsync.core.store.protocol import IDENTITY_KEYS
from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadsync.core.models import Column, Value
    from leadsync.core.workspace import Workspace

LEADS_AT_ONCE = 2000
_IDENTITY = frozenset({"email", "linkedin_url", *IDENTITY_KEYS}) - {"company"}


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One cell and the text that it is to become; blank text clears it."""

    lead_id: int
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class BlockEdited:
    """What an edit of a block did.

    Attributes:
        leads: how many changed.
        unit_id: the unit that undo takes back; 0 where nothing changed.
    """

    leads: int
    unit_id: int


def edit_block(
    workspace: Workspace,
    texts: Mapping[int, Mapping[str, str]],
    label: str,
    *,
    may_make: bool = True,
) -> BlockEdited:
    """Set cells by hand, others in each lead.

    Args:
        workspace: where the leads live.
        texts: lead id -> text by key of a field; blank text clears.
        label: what history calls it.
        may_make: well-known columns that are missing are made; else they are refused.

    Raises:
        InputError: a text does not fit its field, or would make two live leads of a campaign
            one; the lead is named.
        NotFound: there is no such field.
    """
    store = workspace.store
    with store.unit(workspace.actor, label) as unit:
        columns: list[Column] = [*store.columns()]
        edits: dict[int, dict[str, Value]] = {}
        for lead_id, cells in texts.items():
            try:
                typed = read_cells(columns, cells, may_make=may_make)
            except LeadSyncError as error:
                sentence = f"{name_of(store, lead_id)}: {error.message}"
                raise InputError(sentence, next_step=error.next_step) from error
            columns += [unit.add_column(column) for column in typed.new_columns]
            edits[lead_id] = typed.cells
        named = [
            i for i, cells in edits.items() if any(cells.get(k) is not None for k in _IDENTITY)
        ]
        refuse_erased(store, [edits[i] for i in named])
        for campaign_id, ids in by_campaign(store, named).items():
            before, after = keys_after(store, unit, ids, edits)
            check_free(store, campaign_id, gained(before, after))
        leads = unit.edit(edits, by_hand=True)
        return BlockEdited(leads, unit.id if unit.touched else 0)


def unfit_cells(
    workspace: Workspace, texts: Mapping[int, Mapping[str, str]]
) -> list[tuple[int, str, str]]:
    """The texts that do not fit their fields, or name erased people: lead, key, why.

    Nothing is written.
    """
    columns = workspace.store.columns()
    stones = Tombstones(workspace.store.documents(DOCUMENTS) if texts else ())
    found: list[tuple[int, str, str]] = []
    for lead_id, cells in texts.items():
        for key, text in cells.items():
            try:
                why = why_erased(stones, read_cells(columns, {key: text}).cells)
            except LeadSyncError as error:
                why = error.message
            if why:
                found.append((lead_id, key, why))
    return found


def find_replacements(
    workspace: Workspace, lead_ids: Sequence[int], key: str, change: Callable[[str], str]
) -> list[CellEdit]:
    """The cells of a field whose text `change` makes another; reads each of the leads once."""
    found: list[CellEdit] = []
    for chunk in _chunks(lead_ids):
        for lead_id, value in workspace.store.rows(chunk, ["id", key]):
            before = show(value)
            after = change(before)
            if before and after != before:
                found.append(CellEdit(lead_id, key, before, after))
    return found


def replace_cells(workspace: Workspace, edits: Sequence[CellEdit], label: str) -> int:
    """Make cells what `find_replacements` found; the number of leads that changed.

    Cells that somebody has changed since are left alone.

    Raises:
        InputError: as `edit_block`.
    """
    texts: dict[int, dict[str, str]] = {}
    by_key: dict[str, dict[int, CellEdit]] = {}
    for edit in edits:
        by_key.setdefault(edit.key, {})[edit.lead_id] = edit
    for key, wanted in by_key.items():
        for chunk in _chunks(list(wanted)):
            for lead_id, value in workspace.store.rows(chunk, ["id", key]):
                if show(value) == wanted[lead_id].before:
                    texts.setdefault(lead_id, {})[key] = wanted[lead_id].after
    return edit_block(workspace, texts, label, may_make=False).leads if texts else 0


def _chunks(items: Sequence[int]) -> Iterator[Sequence[int]]:
    return (items[at : at + LEADS_AT_ONCE] for at in range(0, len(items), LEADS_AT_ONCE))
