"""Outreach tools: destinations that write to leads, such as Instantly, and tell what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from leadsync.core.errors import InputError
from leadsync.core.sync.destinations import find_destination

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Context

MOST_BLOCKED = 1000
"""Entries of a block list that are sent at once."""


@dataclass(frozen=True, slots=True)
class OutreachCampaign:
    """A campaign at the tool.

    Attributes:
        state: as the tool calls it: "active".
        variables: what its texts need of each lead.
    """

    id: str
    name: str
    state: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadState:
    """What the tool knows of one lead of a campaign.

    Attributes:
        id: of the lead at the tool.
        status: "active", "paused", "completed", "bounced", "unsubscribed" or "skipped".
        interest: "interested", "meeting booked" …; empty where nobody has said.
        verification: what the tool says of the address; empty where it says nothing.
        replied_at: of the last reply, as ISO 8601; likewise the others. Empty: never.
    """

    id: str
    email: str
    status: str
    interest: str = ""
    verification: str = ""
    opens: int = 0
    clicks: int = 0
    replies: int = 0
    contacted_at: str = ""
    opened_at: str = ""
    replied_at: str = ""

    @property
    def is_not_to_be_touched(self) -> bool:
        """Whether nobody should write to this address any more."""
        return self.status in ("bounced", "unsubscribed")


@runtime_checkable
class Outreach(Protocol):
    """What an outreach tool has beside its name.

    Columns of its kind do the pushing. Their config has `campaign` (its id at the tool), `map`
    (field -> its name there), `variables` (of the campaign), `allow` (verdicts), `allow_missing`,
    `join` (of lists), `verdict_field` and `reason_field`.
    """

    name: str
    kind: str
    """Of the columns that push to it."""
    secrets: tuple[str, ...]
    """Names of the keys that it needs."""

    async def find_campaign(self, text: str, ctx: Context) -> OutreachCampaign:
        """The campaign of that id or name; a look that costs nothing.

        Raises:
            CallFailed: the tool does not say.
            InputError: there is none, or more than one of that name.
        """
        ...

    async def states(
        self, campaign: str, after: str, ctx: Context
    ) -> tuple[Sequence[LeadState], str]:
        """Some leads of a campaign, and after what the next ones begin; empty: none are left.

        Raises:
            CallFailed: the tool does not say.
        """
        ...

    async def block(self, values: Sequence[str], ctx: Context) -> int:
        """Put addresses and domains on the tool's block list; how many it took.

        Raises:
            CallFailed: it took none.
        """
        ...


def find_outreach(name: str) -> Outreach:
    """The outreach tool of that name.

    Raises:
        InputError: it is no outreach tool.
        NotFound: no installed package has it.
    """
    found = find_destination(name)
    if not isinstance(found, Outreach):
        raise InputError(f'"{name}" writes to nobody', next_step=f"leadsync push {name} --help")
    return found
