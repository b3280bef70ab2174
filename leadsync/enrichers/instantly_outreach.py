"""Instantly as an outreach tool: its campaigns, what became of their leads, its block list.

Facts are of developer.instantly.ai/api/v2, read in November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.sync.outreach import LeadState, OutreachCampaign
from leadsync.enrichers.answer_fields import list_at, number_at, text_at
from leadsync.enrichers.instantly import API, workspace_limit
from leadsync.enrichers.instantly_config import is_campaign_id
from leadsync.enrichers.instantly_leads import free_ask, look, page_of_leads, table_of
from leadsync.enrichers.instantly_push import KIND
from leadsync.enrichers.instantly_variables import variables_of
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Context

CAMPAIGNS = "/api/v2/campaigns"
STATES = {
    0: "draft", 1: "active", 2: "paused", 3: "completed", 4: "running subsequences",
    -99: "account suspended", -1: "accounts unhealthy", -2: "bounce protect",
}  # fmt: skip
STATUSES = {
    1: "active", 2: "paused", 3: "completed", -1: "bounced", -2: "unsubscribed", -3: "skipped",
}  # fmt: skip
INTERESTS = {
    0: "out of office", 1: "interested", 2: "meeting booked", 3: "meeting completed", 4: "won",
    -1: "not interested", -2: "wrong person", -3: "lost", -4: "no show",
}  # fmt: skip
VERDICTS = {
    1: "verified", 11: "pending", 12: "pending", -1: "invalid", -2: "risky", -3: "catch_all",
    -4: "job_change",
}  # fmt: skip


class InstantlyOutreach:
    """The tool. See `outreach.Outreach`."""

    name = API.name
    kind = KIND
    secrets = (API.secret,)

    async def find_campaign(self, text: str, ctx: Context) -> OutreachCampaign:
        """The campaign of that id, or the one of that name."""
        campaign_id = text.strip().lower() if is_campaign_id(text) else await _id_of(text, ctx)
        ask = free_ask("look at campaign", f"{CAMPAIGNS}/{campaign_id}", ctx)
        answer = await API.call((), ctx, ask)
        if answer.status == 404:
            raise InputError(
                f'there is no campaign "{campaign_id}" at Instantly',
                next_step="take the id from the address of its page, or say its name",
            )
        found = table_of(answer)
        return OutreachCampaign(
            campaign_id,
            text_at(found, "name") or campaign_id,
            _word(STATES, found, "status"),
            variables_of(found),
        )

    async def states(
        self, campaign: str, after: str, ctx: Context
    ) -> tuple[Sequence[LeadState], str]:
        """A page of the leads of a campaign."""
        page, following = await page_of_leads({"campaign": campaign}, after, (), ctx)
        return [_state(lead) for lead in page if text_at(lead, "id")], following

    async def block(self, values: Sequence[str], ctx: Context) -> int:
        """Add to the block list of the workspace; what stands there already does no harm."""
        ask = Ask(
            "add to block list",
            "POST",
            "/api/v2/block-lists-entries/bulk-create",
            body={"bl_values": list(values)},
            is_cacheable=False,
            rate_limit=workspace_limit(ctx),
        )
        return int(number_at(await look(ask, (), ctx), "valid_count") or 0)


async def _id_of(name: str, ctx: Context) -> str:
    """The id of the campaign of that name.

    Raises:
        InputError: none is called so, or several are.
    """
    ask = free_ask("find campaign", CAMPAIGNS, ctx, search=name.strip(), limit="100")
    found = list_at(await look(ask, (), ctx), "items")
    wanted = name.strip().casefold()
    ids = [text_at(c, "id") or "" for c in found if (text_at(c, "name") or "").casefold() == wanted]
    if len(ids) == 1:
        return ids[0]
    names = ", ".join(f'"{text_at(c, "name")}"' for c in found[:5])
    near = f"; there are {names}" if names and not ids else ""
    what = "more than one campaign is" if ids else "no campaign at Instantly is"
    raise InputError(
        f'{what} called "{name}"{near}', next_step="take the id from the address of its page"
    )


def _state(lead: Mapping[str, Any]) -> LeadState:
    return LeadState(
        id=text_at(lead, "id") or "",
        email=text_at(lead, "email") or "",
        status=_word(STATUSES, lead, "status"),
        interest=_word(INTERESTS, lead, "lt_interest_status"),
        verification=_word(VERDICTS, lead, "verification_status"),
        opens=int(number_at(lead, "email_open_count") or 0),
        clicks=int(number_at(lead, "email_click_count") or 0),
        replies=int(number_at(lead, "email_reply_count") or 0),
        contacted_at=text_at(lead, "timestamp_last_contact") or "",
        opened_at=text_at(lead, "timestamp_last_open") or "",
        replied_at=text_at(lead, "timestamp_last_reply") or "",
    )


def _word(words: Mapping[int, str], table: Mapping[str, Any], name: str) -> str:
    """A number of Instantly's as a word; one that we do not know stays a number."""
    found = number_at(cast("Any", table), name)
    if found is None:
        return ""
    return words.get(int(found), f"{found:g}")
