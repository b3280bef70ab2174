"""Pushes to outreach tools: the column that does it, what it would do, and its start.

A push is a run of a column whose kind hands leads over. The column of a campaign out there is made
by the first push to it, and remembers what became which variable.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from leadsync.core.access.guard import require
from leadsync.core.access.rights import Right
from leadsync.core.columns.checking import check_spec
from leadsync.core.columns.definitions import (
    ColumnChanges,
    add_column,
    edit_column,
    spec_of,
)
from leadsync.core.engine.cells import Scope, Skip
from leadsync.core.engine.gate import DOUBTFUL, SENDING
from leadsync.core.engine.kinds import find_enricher, parse_config
from leadsync.core.engine.planning import plan_columns
from leadsync.core.engine.remedies import remedy_of_error
from leadsync.core.engine.running import drive, get_run
from leadsync.core.engine.starting import start_run
from leadsync.core.errors import InputError
from leadsync.core.push_policy import check_verdicts, push_policy
from leadsync.core.selection import select
from leadsync.core.sync.errand import run_errand
from leadsync.core.sync.outreach import find_outreach
from leadsync.core.sync.push_column import push_column, spec_of_push
from leadsync.core.sync.push_states import states_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.engine.enricher import Sends
    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.engine.plan import Plan
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.models import Column, Doc, Run
    from leadsync.core.selection import Selection
    from leadsync.core.sync.errand import Errand
    from leadsync.core.sync.outreach import Outreach, OutreachCampaign
    from leadsync.core.workspace import Workspace

NOT_KNOWN = "not known yet"
"""The state of a lead that was sent and whose answer was not read, as when a push is stopped."""
_AGAIN = "push again"
_SKIPS = {
    Skip.SUPPRESSED: "suppressed",
    Skip.LOCKED: "locked by hand",
    Skip.CONDITION: "not meeting the condition of the column",
}


@dataclass(frozen=True, slots=True)
class PushWish:
    """What is to be pushed.

    Attributes:
        tool: the outreach tool: "instantly".
        campaign: of ours; empty where `chosen` says which leads.
        chosen: which leads, in place of campaign and filter text.
        to: id or name of the campaign at the tool.
        mapping: field -> its name there, beside what is remembered; an empty name keeps it here.
        allow: verdicts beside those of the campaign's policy.
        join: what joins lists; empty: as remembered.
    """

    tool: str
    campaign: str
    to: str
    where: str = ""
    chosen: Selection | None = None
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    allow: Sequence[str] = ()
    allow_missing: bool = False
    join: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """What a push would do; nothing is sent or stored yet.

    Attributes:
        target: the campaign at the tool.
        column: that pushes; its id is 0 while it is not stored.
        policy: verdicts that may be sent; empty where the leads are of several campaigns.
        mapping: field -> its name at the tool, of all that is sent.
    """

    wish: PushWish
    target: OutreachCampaign
    column: Column
    plan: Plan
    policy: tuple[str, ...]
    mapping: Mapping[str, str]

    @property
    def sends(self) -> int:
        """How many leads are sent: new ones and changed ones."""
        counts = self.plan.columns[0].sends
        return counts["create"] + counts["update"]

    @property
    def unchanged(self) -> int:
        """How many are there as they are here."""
        part = self.plan.columns[0]
        return part.sends["unchanged"] + part.skipped[Skip.FRESH]

    @property
    def stays(self) -> Counter[str]:
        """How many leads stay here, by why."""
        part = self.plan.columns[0]
        stays = Counter({word: part.skipped[skip] for skip, word in _SKIPS.items()})
        stays += part.left_out
        stays += Counter({f"{name} is blank": number for name, number in part.blank.items()})
        return +stays

    def to_doc(self) -> Doc:
        """The preview as JSON."""
        part = self.plan.columns[0]
        return {
            "destination": self.wish.tool,
            "to": {"id": self.target.id, "name": self.target.name, "state": self.target.state},
            "column": self.column.key,
            "filter": self.plan.filter_text,
            "leads": self.plan.leads,
            "create": part.sends["create"],
            "update": part.sends["update"],
            "doubtful": part.sends[DOUBTFUL],
            "unchanged": self.unchanged,
            "stays": dict(self.stays),
            "policy": list(self.policy),
            "verdicts": dict(part.verdicts),
            "mapping": dict(self.mapping),
            "variables": list(self.target.variables),
        }


def prepare_push(workspace: Workspace, wish: PushWish) -> Push:
    """Find what a push would do; the tool is asked for its campaign, which costs nothing.

    Raises:
        AccessError: the key is missing or was refused, or the user may not push.
        InputError: a word of the wish, or a variable that nothing fills.
        NotFound: there is no such campaign of ours.
        ProviderError: the tool cannot be reached, or knows no such campaign.
    """
    workspace = workspace.acting(Right.PUSH)
    tool = find_outreach(wish.tool)
    chosen = _chosen(workspace, wish)
    check_verdicts(wish.allow)
    target = _find_target(workspace, tool, wish.to)
    return _judge(workspace, wish, tool, target, chosen)


def start_push(workspace: Workspace, push: Push) -> Run:
    """Store the column of the push and start its run; this process is to drive it now.

    Only leads that were shown are sent: who came since waits for the next push.

    Raises:
        AccessError: the user may not push, or not run columns.
        BusyError: another process is pushing to that campaign.
    """
    require(workspace.store, Right.ENRICH)
    workspace = workspace.acting(Right.PUSH)
    column = push.column
    if not column.id:
        add_column(workspace, spec_of(column))
    else:
        # A setting that is not there any more is taken out.
        stored = workspace.column(column.key).config
        config = {**dict.fromkeys(stored), **column.config}
        edit_column(workspace, column.key, ColumnChanges(config=config))
    chosen = _chosen(workspace, push.wish)
    plan = _plan(workspace, workspace.column(column.key), chosen)
    shown, part = frozenset(push.plan.columns[0].leads), plan.columns[0]
    part.leads = array("q", (lead_id for lead_id in part.leads if lead_id in shown))
    return start_run(workspace, plan)


def drive_push(
    workspace: Workspace,
    run_id: int,
    *,
    lead_ids: Sequence[int],
    stop: StopSignal | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> RunResult:
    """Drive the run of a push, and say what became of its leads, also when the login ends meanwhile.

    Raises:
        BusyError: this process is no member of the run.
        LeadSyncError: the store failed; what was sent stands in the ledger.
    """
    workspace = workspace.acting(Right.PUSH)
    result = drive(workspace, run_id, stop=stop, on_event=on_event)
    (column_id,) = get_run(workspace, run_id).column_ids
    column = next(c for c in workspace.store.columns() if c.id == column_id)
    words = states_line(states_there(workspace, column, lead_ids))
    errors = tuple(
        replace(group, remedy=remedy_of_error(group.reason, group.detail, again=_AGAIN))
        for group in result.errors
    )
    pushed = (*([words] if words else []), *result.pushed)
    return replace(result, pushed=pushed, errors=errors)


def states_there(workspace: Workspace, column: Column, lead_ids: Sequence[int]) -> Counter[str]:
    """What the ledger says became of these leads, counted by state."""
    entries = workspace.store.sent(_place(column), lead_ids)
    states = (str(entry.get("state")) for entry in entries.values())
    return Counter(NOT_KNOWN if state == SENDING else state for state in states)


def _chosen(workspace: Workspace, wish: PushWish) -> Selection:
    return wish.chosen or select(workspace, campaign=wish.campaign, where=wish.where)


def _place(column: Column) -> str:
    sends: Any = find_enricher(column.kind)
    return str(sends.destination(parse_config(column.kind, column.config)))


def _find_target(workspace: Workspace, tool: Outreach, text: str) -> OutreachCampaign:
    if not text.strip():
        raise InputError("no campaign to push to", next_step="--to CAMPAIGN, its id or its name")

    async def find(errand: Errand) -> OutreachCampaign:
        ctx: Any = errand
        return await errand.patiently(lambda: tool.find_campaign(text, ctx))

    return run_errand(workspace, tool.secrets, find)


def _judge(
    workspace: Workspace,
    wish: PushWish,
    tool: Outreach,
    target: OutreachCampaign,
    chosen: Selection,
) -> Push:
    columns = workspace.store.columns()
    old = push_column(columns, tool, target.id)
    spec = spec_of_push(wish, tool, target, old, columns)
    column = check_spec(spec, columns, old=old).column
    sends: Sends = find_enricher(column.kind)  # type: ignore[assignment]  # its kind hands over
    config = parse_config(column.kind, column.config)
    policy = frozenset[str]()
    if wish.campaign:
        campaign = workspace.campaign(wish.campaign)
        policy = push_policy(campaign).beside(sends.allowed(config)).allowed
    return Push(
        wish=wish,
        target=target,
        column=column,
        plan=_plan(workspace, column, chosen),
        policy=tuple(sorted(policy)),
        mapping=sends.mapping(config, column.inputs),
    )


def _plan(workspace: Workspace, column: Column, chosen: Selection) -> Plan:
    return plan_columns(
        workspace, [column], filter_doc=chosen.filter, filter_text=chosen.text, scope=Scope.ALL
    )
