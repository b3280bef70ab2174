"""The suppression list of ours on the block list of an outreach tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.access.rights import Right
from leadsync.core.models import now_iso
from leadsync.core.suppression import list_suppressions
from leadsync.core.sync.errand import run_errand
from leadsync.core.sync.outreach import MOST_BLOCKED, find_outreach

if TYPE_CHECKING:
    from leadsync.core.models import Doc
    from leadsync.core.sync.errand import Errand
    from leadsync.core.sync.outreach import Outreach
    from leadsync.core.workspace import Workspace

# In the ledger an entry of the list stands under its id with a minus: leads have the others.
_SENDABLE = ("email", "domain")
"""Kinds of entries that others can read: erased people are kept as hashes alone."""


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """What would go on the block list.

    Attributes:
        values: addresses and domains that were not sent before.
        known: how many were.
        unsendable: entries of erased people, of whom nothing but a hash is left.
    """

    tool: str
    values: tuple[str, ...]
    ids: tuple[int, ...]
    known: int
    unsendable: int

    def to_doc(self) -> Doc:
        """The same as JSON."""
        return {
            "destination": self.tool,
            "send": len(self.values),
            "known": self.known,
            "unsendable": self.unsendable,
        }


def plan_blocks(workspace: Workspace, tool_name: str) -> BlockPlan:
    """Which entries of the suppression list the tool has not got from here yet."""
    tool = find_outreach(tool_name)
    entries = list_suppressions(workspace.store)
    readable = [entry for entry in entries if entry.kind in _SENDABLE]
    sent = workspace.store.sent(_place(tool))
    new = [entry for entry in readable if -entry.id not in sent]
    return BlockPlan(
        tool.name,
        tuple(entry.value for entry in new),
        tuple(entry.id for entry in new),
        len(readable) - len(new),
        len(entries) - len(readable),
    )


def push_blocks(workspace: Workspace, plan: BlockPlan) -> int:
    """Send the entries of a plan, a thousand at once; how many the tool took.

    What was sent is written down after each request: a repeat sends the rest, and the same entry
    twice does no harm.

    Raises:
        AccessError: the key is missing or was refused, or the user may not push.
        ProviderError: the tool cannot be reached.
    """
    workspace = workspace.acting(Right.PUSH)
    tool = find_outreach(plan.tool)

    async def send(errand: Errand) -> int:
        ctx: Any = errand
        taken = 0
        for at in range(0, len(plan.values), MOST_BLOCKED):
            values = plan.values[at : at + MOST_BLOCKED]
            ids = plan.ids[at : at + MOST_BLOCKED]
            taken += await errand.patiently(lambda values=values: tool.block(values, ctx))
            entries = {-entry_id: {"at": now_iso()} for entry_id in ids}
            await errand.on_store(lambda e=entries: workspace.store.keep_sent(_place(tool), e))
        return taken

    return run_errand(workspace, tool.secrets, send)


def _place(tool: Outreach) -> str:
    return f"{tool.kind}:block-list"
