"""Writing leads by hand: adding, editing, tagging, locking, moving, removing; each one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.campaigns import ensure_campaign
from leadsync.core.erasure.refusing import refuse_erased
from leadsync.core.errors import InputError, NotFound
from leadsync.core.identity import identity_keys
from leadsync.core.importing.merge import ALTERNATES, addresses
from leadsync.core.leads.conflicts import by_campaign, check_free, gained, keys_after
from leadsync.core.leads.typed_cells import read_cells
from leadsync.core.store.protocol import IDENTITY_KEYS
from leadsync.core.tag_names import check_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadsync.core.models import Value
    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace

AT_ONCE = 2000  # leads whose cells are in memory at a time
_IDENTITY = frozenset({"email", "linkedin_url", *IDENTITY_KEYS}) - {"company"}
NO_LEAD_YET = 0


def add_lead(
    workspace: Workspace,
    campaign: str,
    cells: Mapping[str, str],
    *,
    tags: Iterable[str] = (),
) -> int:
    """Make one lead from typed text; its id.

    Args:
        workspace: where it goes.
        campaign: its campaign's name, made if it is missing.
        cells: text by key or label of a field; well-known columns are made where they are missing.
        tags: its tags.

    Raises:
        InputError: a text does not fit its field, nothing tells who it is, the campaign or a
            tag is no name, or another live lead of the campaign is that person.
        NotFound: there is no such field.
    """
    store = workspace.store
    wanted_tags = check_tags(tags)
    with store.unit(workspace.actor, "add lead") as unit:
        typed = read_cells(store.columns(), cells)
        row: dict[str, Value] = {k: v for k, v in typed.cells.items() if v is not None}
        _name_from_parts(row)
        keys = _keys_of(row)
        if not keys:
            raise InputError(
                "a lead needs an e-mail address, a LinkedIn profile, or a name with a company"
            )
        refuse_erased(store, [row])
        home = ensure_campaign(unit, store.campaigns(), campaign)
        check_free(store, home.id, {NO_LEAD_YET: keys})
        for column in typed.new_columns:
            unit.add_column(column)
        ids = unit.add_leads(home.id, list(row), [list(row.values())], tags=[wanted_tags])
    return ids[0]


def edit_leads(
    workspace: Workspace,
    lead_ids: Sequence[int],
    cells: Mapping[str, str],
    *,
    label: str = "",
    may_make: bool = True,
) -> int:
    """Set fields of leads by hand, as one unit; the number of leads that changed.

    Filled cells of running columns become locked, cleared ones may run again. All or nothing.

    Args:
        workspace: where they live.
        lead_ids: any number of leads.
        cells: text by key or label of a field; blank text clears.
        label: what history calls it.
        may_make: well-known columns that are missing are made; else they are refused.

    Raises:
        InputError: a text does not fit its field, or would make two live leads of a campaign one.
        NotFound: there is no such field, or no such lead.
    """
    _check_there(workspace, lead_ids)
    what = label or f"edit {_count(lead_ids)}: {', '.join(cells)}"
    with workspace.store.unit(workspace.actor, what) as unit:
        return write_texts(workspace, unit, lead_ids, cells, may_make=may_make)


def write_texts(
    workspace: Workspace,
    unit: Unit,
    lead_ids: Sequence[int],
    cells: Mapping[str, str],
    *,
    may_make: bool,
) -> int:
    """The part of `edit_leads` that writes, into a unit of the caller.

    Raises:
        InputError: as `edit_leads`.
        NotFound: there is no such field.
    """
    store = workspace.store
    typed = read_cells(store.columns(), cells, may_make=may_make)
    for column in typed.new_columns:
        unit.add_column(column)
    if any(typed.cells.get(key) is not None for key in _IDENTITY):
        refuse_erased(store, [typed.cells])
        _check_identity(workspace, unit, lead_ids, typed.cells)
    return sum(
        unit.edit(dict.fromkeys(chunk, typed.cells), by_hand=True) for chunk in _chunks(lead_ids)
    )


def tag_leads(
    workspace: Workspace,
    lead_ids: Sequence[int],
    *,
    add: Iterable[str] = (),
    drop: Iterable[str] = (),
) -> int:
    """Add and remove tags; the number of leads that changed.

    Raises:
        InputError: a tag is blank or has a comma or semicolon in it.
        NotFound: there is no such lead.
    """
    more, less = check_tags(add), check_tags(drop)
    _check_there(workspace, lead_ids)
    words = " ".join([*(f"+{tag}" for tag in more), *(f"-{tag}" for tag in less)])
    with workspace.store.unit(workspace.actor, f"tag {_count(lead_ids)}: {words}") as unit:
        return sum(unit.tag(chunk, add=more, drop=less) for chunk in _chunks(lead_ids))


def lock_cells(workspace: Workspace, lead_ids: Sequence[int], key: str, *, locked: bool) -> int:
    """Lock cells against runs, or unlock them; the number of leads that changed.

    Raises:
        NotFound: there is no such column or lead.
    """
    column = workspace.column(key)
    _check_there(workspace, lead_ids)
    label = f"{'lock' if locked else 'unlock'} {column.key} of {_count(lead_ids)}"
    with workspace.store.unit(workspace.actor, label) as unit:
        return sum(unit.lock(chunk, column.key, locked=locked) for chunk in _chunks(lead_ids))


def trash_leads(workspace: Workspace, lead_ids: Sequence[int]) -> int:
    """Put leads in the trash; the number that were not there yet.

    Raises:
        NotFound: there is no such lead.
    """
    _check_there(workspace, lead_ids)
    with workspace.store.unit(workspace.actor, f"remove {_count(lead_ids)}") as unit:
        return sum(unit.trash(chunk) for chunk in _chunks(lead_ids))


def restore_leads(workspace: Workspace, lead_ids: Sequence[int]) -> int:
    """Take leads out of the trash; the number that were in it. All or nothing.

    Raises:
        InputError: a live lead of the same campaign is that person; the message names it.
        NotFound: there is no such lead.
    """
    store = workspace.store
    _check_there(workspace, lead_ids)
    with store.unit(workspace.actor, f"restore {_count(lead_ids)}") as unit:
        for campaign_id, ids in by_campaign(store, lead_ids).items():
            check_free(store, campaign_id, keys_after(store, unit, ids)[0])
        return sum(unit.restore(chunk) for chunk in _chunks(lead_ids))


def move_leads(workspace: Workspace, lead_ids: Sequence[int], campaign: str) -> int:
    """Move leads to a campaign, which is made if it is missing; the number that moved.

    Raises:
        InputError: a live lead of that campaign is one of these people; the message names it.
        NotFound: there is no such lead.
    """
    store = workspace.store
    _check_there(workspace, lead_ids)
    with store.unit(workspace.actor, f"move {_count(lead_ids)} to {campaign}") as unit:
        home = ensure_campaign(unit, store.campaigns(), campaign)
        check_free(store, home.id, keys_after(store, unit, lead_ids)[0])
        return sum(unit.move(chunk, home.id) for chunk in _chunks(lead_ids))


def _check_identity(
    workspace: Workspace, unit: Unit, lead_ids: Sequence[int], cells: Mapping[str, Value]
) -> None:
    store = workspace.store
    for campaign_id, ids in by_campaign(store, lead_ids).items():
        before, after = keys_after(store, unit, ids, dict.fromkeys(ids, cells))
        check_free(store, campaign_id, gained(before, after))


def _name_from_parts(row: dict[str, Value]) -> None:
    parts = [str(row[key]).strip() for key in ("first_name", "last_name") if key in row]
    if parts and "name" not in row:
        row["name"] = " ".join(parts)


def _keys_of(row: Mapping[str, Value]) -> tuple[str, ...]:
    texts = {key: str(value) for key, value in row.items()}
    return identity_keys(
        texts.get("email"),
        addresses(texts.get(ALTERNATES)),
        texts.get("linkedin_url"),
        texts.get("linkedin_member_id"),
        texts.get("name"),
        texts.get("company"),
    )


def _check_there(workspace: Workspace, lead_ids: Sequence[int]) -> None:
    for chunk in _chunks(lead_ids):
        found = {row[0] for row in workspace.store.rows(chunk, ["id"])}
        for lead_id in chunk:
            if lead_id not in found:
                raise NotFound("lead", lead_id, next_step="leadsync leads list")


def _count(lead_ids: Sequence[int]) -> str:
    return f"lead {lead_ids[0]}" if len(lead_ids) == 1 else f"{len(lead_ids):,} leads"


def _chunks(lead_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (lead_ids[at : at + AT_ONCE] for at in range(0, len(lead_ids), AT_ONCE))
