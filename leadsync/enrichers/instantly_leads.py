"""Leads at Instantly: adding, changing, finding and listing them, as requests.

Facts are of developer.instantly.ai/api/v2, read in November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.http_reading import outcome_of, unreadable
from leadsync.enrichers.answer_fields import list_at, table_at, text_at
from leadsync.enrichers.instantly import API, workspace_limit
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Answer, Context, Job, Settings
    from leadsync.enrichers.instantly_config import InstantlyConfig

ADD = "add leads"
MOST_LEADS = 1000
"""Of one addition."""
_READ = frozenset({
    "id", "email", "status", "lt_interest_status", "verification_status",
    "email_open_count", "email_click_count", "email_reply_count",
    "timestamp_created", "timestamp_last_contact", "timestamp_last_open", "timestamp_last_reply",
})  # fmt: skip
PAGE = 100
"""The most that a page of a list has, and the most addresses that are looked for at once."""


def add_ask(leads: Sequence[Mapping[str, Any]], config: InstantlyConfig, settings: Settings) -> Ask:
    """The addition of leads; not sent again blindly, though what is there is not added twice."""
    body: dict[str, Any] = {"campaign_id": config.campaign, "leads": list(leads)}
    if config.skip_if_in_workspace:
        body["skip_if_in_workspace"] = True
    return Ask(
        ADD,
        "POST",
        "/api/v2/leads/add",
        body=body,
        is_repeatable=False,
        is_cacheable=False,
        rate_limit=workspace_limit(settings),
    )


def change_ask(lead_id: str, changes: Mapping[str, Any], settings: Settings) -> Ask:
    """The change of one lead; the same again does no harm."""
    return _ask("change lead", "PATCH", f"/api/v2/leads/{lead_id}", settings, dict(changes))


async def find_leads(
    emails: Sequence[str], jobs: Sequence[Job], ctx: Context, *, campaign: str = ""
) -> dict[str, Mapping[str, Any]]:
    """Leads with these addresses, by address; of one campaign or of the whole workspace.

    Raises:
        CallFailed: Instantly does not say.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for at in range(0, len(emails), PAGE):
        body: dict[str, Any] = {"contacts": list(emails[at : at + PAGE])}
        if campaign:
            body["campaign"] = campaign
        after: str | None = ""
        while after is not None:
            page, following = await page_of_leads(body, after, jobs, ctx)
            found |= {(text_at(lead, "email") or "").casefold(): lead for lead in page}
            after = following or None
    found.pop("", None)
    return found


async def page_of_leads(
    body: Mapping[str, Any], after: str, jobs: Sequence[Job], ctx: Context
) -> tuple[Sequence[Mapping[str, Any]], str]:
    """A page of leads, and after which one the next page begins; empty: it is the last.

    Raises:
        CallFailed: Instantly does not say.
    """
    more = {"starting_after": after} if after else {}
    ask = _ask("list leads", "POST", "/api/v2/leads/list", ctx, {**body, "limit": PAGE, **more})
    answer = table_of(await API.call(jobs, ctx, ask, _without_the_rest))
    page = [cast("Mapping[str, Any]", item) for item in list_at(answer, "items") if item]
    following = text_at(answer, "next_starting_after") or ""
    return page, following if page and following != after else ""


def _without_the_rest(answer: Answer) -> Answer:
    """A page of leads with what is read of each: the journal keeps no names, texts and numbers."""
    if not isinstance(answer.body, dict):
        return answer
    items = [
        {
            name: value
            for name, value in table_at(lead).items()
            if name in _READ and value not in (None, "")
        }
        for lead in list_at(answer.body, "items")
    ]
    return replace(answer, body={**answer.body, "items": items})


async def look(ask: Ask, jobs: Sequence[Job], ctx: Context) -> Mapping[str, Any]:
    """What Instantly answers to a request that costs nothing.

    Raises:
        CallFailed: with what became of it.
    """
    return table_of(await API.call(jobs, ctx, ask))


def table_of(answer: Answer) -> Mapping[str, Any]:
    """The table that a good answer is.

    Raises:
        CallFailed: it is no good answer.
    """
    outcome = outcome_of(API.name, answer)
    if outcome is None and not isinstance(answer.body, dict):
        outcome = unreadable(API.name, answer, "it is no table")
    if outcome is not None:
        raise CallFailed(outcome)
    return cast("Mapping[str, Any]", answer.body)


def free_ask(operation: str, path: str, settings: Settings, **params: str) -> Ask:
    """A look at something, which changes nothing."""
    limit = workspace_limit(settings)
    return Ask(operation, "GET", path, params=params, is_cacheable=False, rate_limit=limit)


def _ask(operation: str, method: str, path: str, settings: Settings, body: dict[str, Any]) -> Ask:
    limit = workspace_limit(settings)
    return Ask(operation, method, path, body=body, is_cacheable=False, rate_limit=limit)
