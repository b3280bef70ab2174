"""Pulls from outreach tools: what became of leads, as columns of the sheet.

All cells are written in one unit. Who bounced or unsubscribed goes on the suppression list.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from leadsync.core.access.rights import Right
from leadsync.core.columns.checking import ColumnSpec, check_spec
from leadsync.core.columns.definitions import place
from leadsync.core.errors import InputError
from leadsync.core.host_names import as_punycode
from leadsync.core.models import ColumnType
from leadsync.core.store.rehearsal import open_unit
from leadsync.core.suppression import SuppressionList, suppress
from leadsync.core.sync.errand import run_errand
from leadsync.core.sync.outreach import find_outreach
from leadsync.core.values import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leadsync.core.models import Column, Doc, Value
    from leadsync.core.store.unit import Unit
    from leadsync.core.sync.errand import Errand
    from leadsync.core.sync.outreach import LeadState, Outreach, OutreachCampaign
    from leadsync.core.workspace import Workspace

FIELDS: Mapping[str, ColumnType] = {
    "status": ColumnType.TEXT,
    "interest": ColumnType.TEXT,
    "verification": ColumnType.TEXT,
    "contacted_at": ColumnType.DATE,
    "opened_at": ColumnType.DATE,
    "replied_at": ColumnType.DATE,
    "opens": ColumnType.NUMBER,
    "clicks": ColumnType.NUMBER,
    "replies": ColumnType.NUMBER,
}
"""What is known of a lead -> the type of its column, `TOOL_status` and so on."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did, or would do.

    Attributes:
        found: leads of the campaign at the tool.
        matched: of these, how many are leads of ours.
        changed: leads of ours whose cells changed.
        statuses: of the matched ones.
        suppressed: addresses that are on the suppression list now, and were not before.
        strangers: how many of them are of no lead that matched.
    """

    target: OutreachCampaign
    found: int
    matched: int
    changed: int
    replied: int
    statuses: Counter[str]
    suppressed: tuple[str, ...]
    strangers: int

    def to_doc(self) -> Doc:
        """The same as JSON."""
        return {
            "from": {"id": self.target.id, "name": self.target.name},
            "found": self.found,
            "matched": self.matched,
            "changed": self.changed,
            "replied": self.replied,
            "statuses": dict(self.statuses),
            "suppressed": len(self.suppressed),
            "strangers": self.strangers,
        }


def pull(
    workspace: Workspace,
    tool_name: str,
    source: str,
    *,
    campaign: str = "",
    dry_run: bool = False,
    on_page: Callable[[int], None] | None = None,
) -> Pulled:
    """Bring back what an outreach tool knows of the leads of a campaign there.

    Leads are found by the ledger, where they were pushed from here, else by their address.

    Args:
        workspace: whose leads.
        tool_name: the tool: "instantly".
        source: id or name of the campaign at the tool.
        campaign: of ours; only its leads. Empty: of all.
        dry_run: only look.
        on_page: is told how many leads were read so far.

    Raises:
        AccessError: the key is missing or was refused, or the user may not push, or not edit.
        InputError: there is no such campaign there, or no lead here.
        NotFound: there is no such campaign of ours.
        ProviderError: the tool cannot be reached.
    """
    pulling = workspace.acting(Right.PUSH)
    if not dry_run:
        workspace.require(Right.EDIT)
    workspace = pulling
    tool = find_outreach(tool_name)
    filter_doc = {"campaign": {"$eq": workspace.campaign(campaign).name}} if campaign else {}
    if not workspace.store.count(filter_doc):
        raise InputError(
            "there are no leads that it could be about", next_step="leadsync import FILE"
        )
    target, states = _read(workspace, tool, source, on_page or _ignore)
    matched = _match(workspace, f"{tool.kind}:{target.id}", states, filter_doc)
    gone = list(dict.fromkeys(s.email for s in states if s.is_not_to_be_touched and s.email))
    label = f"pull {tool.name} {target.name}"
    with open_unit(workspace.store, workspace.actor, label, dry_run=dry_run) as unit:
        keys = _ensure_columns(unit, workspace.store.columns(), tool.name, matched.values())
        changed = unit.edit(
            {lead_id: _cells(state, keys) for lead_id, state in matched.items()},
        )
    suppressed = _suppress(workspace, tool, gone, states, dry_run=dry_run)
    ours = {state.email for state in matched.values()}
    return Pulled(
        target=target,
        found=len(states),
        matched=len(matched),
        changed=changed,
        replied=sum(bool(state.replied_at or state.replies) for state in matched.values()),
        statuses=Counter(state.status for state in matched.values()),
        suppressed=suppressed,
        strangers=sum(email not in ours for email in suppressed),
    )


def _ignore(_number: int) -> None:
    return


def _read(
    workspace: Workspace, tool: Outreach, source: str, on_page: Callable[[int], None]
) -> tuple[OutreachCampaign, list[LeadState]]:
    if not source.strip():
        raise InputError(
            "no campaign to pull from", next_step="--from CAMPAIGN, its id or its name"
        )

    async def read(errand: Errand) -> tuple[OutreachCampaign, list[LeadState]]:
        ctx: Any = errand
        target = await errand.patiently(lambda: tool.find_campaign(source, ctx))
        found: list[LeadState] = []
        after: str | None = ""
        while after is not None:
            page, following = await errand.patiently(partial(tool.states, target.id, after, ctx))
            found += page
            on_page(len(found))
            after = following or None
        return target, found

    return run_errand(workspace, tool.secrets, read)


def _match(
    workspace: Workspace, place: str, states: Sequence[LeadState], filter_doc: Doc
) -> dict[int, LeadState]:
    """The state of each lead of ours; the ledger goes before equal addresses."""
    store = workspace.store
    by_id = {state.id: state for state in states}
    by_email = {as_punycode(state.email.lower()): state for state in states if state.email}
    theirs = {lead_id: str(entry.get("id")) for lead_id, entry in store.sent(place).items()}
    found: dict[int, LeadState] = {}
    for lead_id, email in store.scan(filter_doc, ["id", "email"]):
        address = as_punycode(str(email or "").lower())
        state = by_id.get(theirs.get(lead_id, "")) or by_email.get(address)
        if state is not None:
            found[lead_id] = state
    return found


def _ensure_columns(
    unit: Unit, columns: Sequence[Column], tool: str, states: Iterable[LeadState]
) -> dict[str, str]:
    """Field -> key of its column; those that have something to hold are made where missing."""
    there = {column.key for column in columns}
    seen = list(states)
    keys: dict[str, str] = {}
    for name, kind in FIELDS.items():
        key = f"{tool}_{name}"
        if key not in there:
            if not any(_value(state, name) for state in seen):
                continue
            spec = ColumnSpec(key=key, type=kind)
            place(unit, check_spec(spec, columns))
        keys[name] = key
    return keys


def _cells(state: LeadState, keys: Mapping[str, str]) -> dict[str, Value]:
    return {key: _value(state, name) for name, key in keys.items()}


def _value(state: LeadState, name: str) -> Value:
    """A cell; what never happened leaves it blank."""
    found: Value = getattr(state, name) or None
    return convert(found, FIELDS[name])[0] if isinstance(found, str) else found


def _suppress(
    workspace: Workspace,
    tool: Outreach,
    emails: Sequence[str],
    states: Sequence[LeadState],
    *,
    dry_run: bool,
) -> tuple[str, ...]:
    """Put who bounced or unsubscribed on the suppression list, each with its reason."""
    known = SuppressionList(workspace.store)
    new = [email for email in emails if not known.covers(email)]
    if dry_run:
        return tuple(new)
    for reason in ("bounced", "unsubscribed"):
        of = {state.email for state in states if state.status == reason}
        texts = [email for email in new if email in of]
        if texts:
            suppress(workspace, texts, reason=reason, source=tool.name)
    return tuple(new)
