"""The part of the Instantly server that has campaigns, leads and a block list."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.http_server import Reply, Request
from tests.servers.instantly_server import InstantlyServer, error

if TYPE_CHECKING:
    from collections.abc import Callable

    Lead = dict[str, Any]

CAMPAIGN = "0195a9d3-5b6a-7a11-8f0e-00000000000c"
ORGANIZATION = "0195a9d3-5b6a-7a11-8f0e-000000000009"
LONG_AGO = "2026-01-05T08:00:00.000Z"
MOST = 1000
PAGE = 100
SCHEDULE = {
    "schedules": [
        {
            "name": "Office hours",
            "timing": {"from": "09:00", "to": "17:00"},
            "days": {"1": True},
            "timezone": "Etc/GMT+12",
        }
    ]
}
OF_A_LEAD = (
    "email", "first_name", "last_name", "company_name", "job_title", "phone", "website",
    "personalization",
)  # fmt: skip


class CampaignServer(InstantlyServer):
    """Keeps what it is given, refuses what Instantly would, and counts.

    Attributes:
        texts: subject and body of each variant of the campaign's one step.
        leads: by id, in the order of their creation.
        blocked: addresses and domains on the block list.
        invalid: addresses that it takes for none.
        now: when leads are created; empty: by the clock.
        taken: how often an address was created; changed: addresses that were changed, in order.
        after_add: is told the number of an addition, and may answer in the place of the server.
    """

    def __init__(self) -> None:
        super().__init__()
        self.name = "Fall outreach"
        self.texts = [("Hi {{firstName}}", "{{pitch}}<br/>{{sendingAccountName}}")]
        self.leads: dict[str, Lead] = {}
        self.blocked: set[str] = set()
        self.invalid: set[str] = set()
        self.now = ""
        self.taken: dict[str, int] = {}
        self.changed: list[str] = []
        self.additions = 0
        self.remaining = 100_000
        self.after_add: Callable[[int, Reply], Reply] = lambda _number, reply: reply
        self.handlers |= {
            "/api/v2/leads/add": self._add,
            "/api/v2/leads/list": self._list,
            "/api/v2/leads/": self._change,
            "/api/v2/campaigns": self._campaigns,
            "/api/v2/block-lists-entries/bulk-create": self._block,
            "/api/v2/block-lists-entries": self._entries,
        }

    def put(self, email: str, at: str = LONG_AGO, campaign: str = CAMPAIGN, **more: Any) -> Lead:
        """A lead that is there."""
        number = len(self.leads) + 1
        lead = {
            "id": str(uuid.UUID(int=(0x0195A9D3 << 96) + number)),
            "timestamp_created": at,
            "timestamp_updated": at,
            "organization": ORGANIZATION,
            "campaign": campaign,
            "status": 1,
            "email": email,
            "email_open_count": 0,
            "email_reply_count": 0,
            "email_click_count": 0,
            "company_domain": email.partition("@")[2],
            "status_summary": {},
            "upload_method": "api",
            **more,
        }
        self.leads[lead["id"]] = lead
        return lead

    def lead(self, email: str) -> Lead:
        """The lead of that address."""
        return next(lead for lead in self.leads.values() if lead["email"] == email)

    # leads -----------------------------------------------------------------------------------
    def _add(self, request: Request) -> Reply:
        body = request.json
        if body.get("campaign_id") != CAMPAIGN:
            return error(404, "Resource not found")
        if not 1 <= len(body["leads"]) <= MOST:
            return error(400, "body/leads must NOT have more than 1000 items")
        self.additions += 1
        counts = {"created": [], "blocked": 0, "duplicate": 0, "invalid": 0, "skipped": 0,
                  "twice": 0}  # fmt: skip
        seen: set[str] = set()
        here = {v["email"].casefold() for v in self.leads.values() if v["campaign"] == CAMPAIGN}
        anywhere = {v["email"].casefold() for v in self.leads.values()}
        for index, given in enumerate(body["leads"]):
            email = given["email"]
            key = email.casefold()
            if email in self.invalid:
                counts["invalid"] += 1
            elif key in seen:
                counts["twice"] += 1
            elif self.blocked & {key, key.partition("@")[2]}:
                counts["blocked"] += 1
            elif key in here:
                counts["duplicate"] += 1
            elif body.get("skip_if_in_workspace") and key in anywhere:
                counts["skipped"] += 1
            elif self.remaining > 0:
                self._create(index, given, counts)
            seen.add(key)
        return self.after_add(self.additions, Reply(body=self._summary(len(body["leads"]), counts)))

    def _create(self, index: int, given: Lead, counts: dict[str, Any]) -> None:
        fields = {name: given[name] for name in OF_A_LEAD if name in given}
        at = self.now or datetime.now(UTC).isoformat(timespec="milliseconds")
        lead = self.put(fields.pop("email"), at, payload=given.get("custom_variables", {}))
        lead |= fields
        self.remaining -= 1
        self.taken[lead["email"]] = self.taken.get(lead["email"], 0) + 1
        counts["created"].append({"index": index, "id": lead["id"], "email": lead["email"]})

    def _summary(self, sent: int, counts: dict[str, Any]) -> dict[str, Any]:
        return {
            "status": "success",
            "total_sent": sent,
            "leads_uploaded": len(counts["created"]),
            "in_blocklist": counts["blocked"],
            "blocklist_used": None,
            "duplicated_leads": counts["duplicate"],
            "skipped_count": counts["skipped"],
            "invalid_email_count": counts["invalid"],
            "incomplete_count": 0,
            "duplicate_email_count": counts["twice"],
            "remaining_in_plan": self.remaining,
            "created_leads": counts["created"],
        }

    def _list(self, request: Request) -> Reply:
        body = request.json
        contacts = {email.casefold() for email in body.get("contacts", ())}
        if len(contacts) > PAGE or body.get("limit", 10) > PAGE:
            return error(400, "body/limit must be <= 100")
        after = body.get("starting_after", "")
        found = [
            lead
            for lead in sorted(self.leads.values(), key=lambda lead: lead["id"])
            if lead["id"] > after
            and body.get("campaign") in (None, lead["campaign"])
            and (not contacts or lead["email"].casefold() in contacts)
        ]
        page = found[: body.get("limit", 10)]
        more = {"next_starting_after": page[-1]["id"]} if len(found) > len(page) else {}
        return Reply(body={"items": page, **more})

    def _change(self, request: Request) -> Reply:
        lead = self.leads.get(request.path.rpartition("/")[2])
        if lead is None or request.method != "PATCH":
            return error(404, "Resource not found")
        body = request.json
        lead |= {name: value for name, value in body.items() if name in OF_A_LEAD}
        if "custom_variables" in body:
            lead["payload"] = body["custom_variables"]
        self.changed.append(lead["email"])
        return Reply(body=lead)

    # campaigns and the block list ----------------------------------------------------------------
    def _campaigns(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        whole = {
            "id": CAMPAIGN,
            "name": self.name,
            "status": 1,
            "campaign_schedule": SCHEDULE,
            "timestamp_created": LONG_AGO,
            "timestamp_updated": LONG_AGO,
            "sequences": [
                {
                    "steps": [
                        {
                            "type": "email",
                            "delay": 2,
                            "variants": [{"subject": s, "body": b} for s, b in self.texts],
                        }
                    ]
                }
            ],
        }
        if parts.path == "/api/v2/campaigns":
            wanted = parse_qs(parts.query).get("search", [""])[0].casefold()
            return Reply(body={"items": [whole] if wanted in self.name.casefold() else []})
        if parts.path.rpartition("/")[2] == CAMPAIGN:
            return Reply(body=whole)
        return error(404, "Resource not found")

    def _block(self, request: Request) -> Reply:
        values = request.json["bl_values"]
        if not 1 <= len(values) <= MOST:
            return error(400, "body/bl_values must NOT have more than 1000 items")
        self.blocked.update(values)
        entries = [self._entry(value) for value in values]
        return Reply(body={"items": entries, "valid_count": len(values), "invalid_count": 0})

    def _entries(self, request: Request) -> Reply:
        wanted = unquote(parse_qs(urlsplit(request.path).query).get("search", [""])[0])
        entries = [self._entry(value) for value in sorted(self.blocked) if wanted in value]
        return Reply(body={"items": entries[:PAGE]})

    def _entry(self, value: str) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, value)),
            "timestamp_created": LONG_AGO,
            "organization_id": ORGANIZATION,
            "bl_value": value,
            "is_domain": "@" not in value,
        }
