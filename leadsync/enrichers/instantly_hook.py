"""What Instantly sends by itself: sent, opened, replied, bounced, unsubscribed, interest.

Its messages are unsigned and may come late, twice, or out of order, so that moments only move on
and an end (bounced, unsubscribed) stays. Facts are of developer.instantly.ai/api/v2 and its guide to
webhook events, read in November 2026.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.inbound.hook_kinds import Report
from leadsync.core.models import Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Value

STATUS, INTEREST, INTEREST_AT = "instantly_status", "instantly_interest", "instantly_interest_at"
MOMENTS = {
    "email_sent": "instantly_contacted_at",
    "email_opened": "instantly_opened_at",
    "email_link_clicked": "instantly_clicked_at",
    "reply_received": "instantly_replied_at",
}
"""Event -> column that holds when it was so last."""

STATES = {
    "email_sent": "active",
    "campaign_completed": "completed",
    "email_bounced": "bounced",
    "lead_unsubscribed": "unsubscribed",
}
"""Event -> the state of a lead in its campaign, in the words of `pull instantly`."""

ENDS = ("bounced", "unsubscribed")
INTERESTS = {
    "lead_neutral": "neutral",
    "lead_interested": "interested",
    "lead_not_interested": "not interested",
    "lead_meeting_booked": "meeting booked",
    "lead_meeting_completed": "meeting completed",
    "lead_closed": "won",
    "lead_out_of_office": "out of office",
    "lead_wrong_person": "wrong person",
    "lead_no_show": "no show",
}
"""Event -> what somebody or Instantly says of the lead, likewise."""

OF_LEADS = {*MOMENTS, *STATES, *INTERESTS}
_TELLS_APART = (
    "event_type",
    "timestamp",
    "campaign_id",
    "lead_email",
    "email_id",
    "step",
    "variant",
)


def _column(key: str, kind: ColumnType = ColumnType.DATE) -> Column:
    label = key.replace("instantly", "Instantly").replace("_", " ")
    return Column(0, key, label, type=kind)


class InstantlyHook:
    """Its events. See `hook_kinds.HookKind`."""

    name = "instantly"
    help = "Events of Instantly's webhooks; bounced and unsubscribed addresses are suppressed."
    columns = (
        _column(STATUS, ColumnType.TEXT),
        *map(_column, MOMENTS.values()),
        _column(INTEREST, ColumnType.TEXT),
        _column(INTEREST_AT),
    )

    def check_fields(self, fields: Mapping[str, str]) -> None:
        """None may be mapped: its events always mean the same."""
        if fields:
            raise InputError(
                "a hook of kind instantly fills its own columns, so it takes no --map",
                next_step="leave --map out",
            )

    def read(self, message: object, fields: Mapping[str, str]) -> Sequence[Report]:
        """The event, if it is about a lead; new kinds of events are about none."""
        del fields
        if not isinstance(message, dict):
            raise InputError("this is no event of Instantly")
        body = cast("dict[str, Any]", message)
        event, email = body.get("event_type"), body.get("lead_email") or body.get("email")
        if not isinstance(event, str) or not event:
            raise InputError("this is no event of Instantly: event_type is missing")
        if event not in OF_LEADS:
            return []
        if not isinstance(email, str) or "@" not in email:
            raise InputError("the event does not say whose it is: lead_email is missing")
        campaign = body.get("campaign_id")
        return [
            Report(
                event,
                key=json.dumps([body.get(name) for name in _TELLS_APART], default=str),
                email=email,
                place=f"instantly:{campaign}" if isinstance(campaign, str) and campaign else "",
                cells={"event": event, "at": _moment(body.get("timestamp"))},
                suppress=STATES[event] if STATES.get(event) in ENDS else "",
            )
        ]

    def cells(self, report: Report, now: Mapping[str, Value]) -> Mapping[str, Value]:
        """Moments that move on, a state that may end, the latest interest."""
        event, at = report.event, report.cells["at"]
        found: dict[str, Value] = {}
        if event in MOMENTS and _is_later(at, now.get(MOMENTS[event])):
            found[MOMENTS[event]] = at
        if event in STATES and _may_follow(STATES[event], now.get(STATUS)):
            found[STATUS] = STATES[event]
        if event in INTERESTS and (at is None or _is_later(at, now.get(INTEREST_AT))):
            found |= {INTEREST: INTERESTS[event], INTEREST_AT: at or now.get(INTEREST_AT)}
        return found


def _may_follow(state: str, before: Value) -> bool:
    """Whether a state may take the place of another: an end does, a beginning fills a blank."""
    return state in ENDS or before is None or (state == "completed" and before not in ENDS)


def _moment(value: object) -> str | None:
    """A moment of theirs as ours are written; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError):  # the second: before the year 1 or after 9999 in UTC
        return None
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_later(at: Value, before: Value) -> bool:
    return at is not None and (before is None or str(at) > str(before))
