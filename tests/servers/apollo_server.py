"""A small server that speaks the part of Apollo's API that LeadSync uses, on this machine.

It knows the people and companies of its tables, counts what it would charge, and charges nobody
twice.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.http_server import HttpServer, Reply, Request

REQUEST_ID = -7_846_231_950_553_741_337
"""Of 64 bits: a float would change its last digits."""


def error(status: int, message: str = "it went wrong", **headers: str) -> Reply:
    """A failure in Apollo's usual shape."""
    body = {"status": "failed", "error_code": "UNKNOWN_ERROR", "error_message": message}
    return Reply(status, body, headers)


def too_many(window: str = "hour", **headers: str) -> Reply:
    """A refusal that names its window."""
    message = f"The maximum number of api calls allowed is 600 times per {window}. Please upgrade."
    return Reply(429, {"message": message}, headers)


def match(name: str = "Ada Lovelace", **more: Any) -> dict[str, Any]:
    """A person that Apollo knows."""
    first, _, last = name.partition(" ")
    found = {
        "id": f"id-{name.replace(' ', '-').lower()}",
        "first_name": first,
        "last_name": last,
        "name": name,
        "linkedin_url": f"http://www.linkedin.com/in/{first.lower()}-{last.lower()}",
        "title": "CTO",
        "headline": "Building engines at Acme",
        "email": f"{first.lower()}@acme.de",
        "email_status": "verified",
        "city": "Berlin",
        "state": "Berlin",
        "country": "Germany",
        "organization": {"id": "o1", "name": "Acme", "primary_domain": "acme.de"},
    }
    return found | more


def organization(domain: str = "acme.de", **more: Any) -> dict[str, Any]:
    """A company that Apollo knows."""
    found = {
        "id": f"org-{domain}",
        "name": domain.partition(".")[0].title(),
        "website_url": f"http://www.{domain}",
        "primary_domain": domain,
        "linkedin_url": f"http://www.linkedin.com/company/{domain.partition('.')[0]}",
        "industry": "machinery",
        "estimated_num_employees": 120,
        "founded_year": 1949,
        "raw_address": "Hauptstr. 1, Berlin, Germany",
        "city": "Berlin",
        "country": "Germany",
        "short_description": "Engines.",
    }
    return found | more


class ApolloServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        people: by e-mail address, profile or name; who is asked about otherwise is not known.
        companies: by domain.
        special: replies that go before all others.
        phones: replies to questions for a number, one after the other; the last one stays.
        price: credits of a person.
        charged: whom credits were taken for, in order.
        drops_misses: answers about companies leave out what is not known.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.people: dict[str, dict[str, Any]] = {}
        self.companies: dict[str, dict[str, Any]] = {}
        self.special: list[Reply] = []
        self.phones: list[Reply] = []
        self.price = 1.0
        self.charged: list[str] = []
        self.drops_misses = False
        self.scope = "master"

    def asked(self, path: str) -> list[Request]:
        """The requests to a path."""
        return [one for one in self.requests if urlsplit(one.path).path == path]

    def _reply(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path == "/auth/health":
            return Reply(body={"healthy": True, "is_logged_in": True})
        if path == "/usage_stats/credit_usage_stats":
            return self._usage()
        return self.special.pop(0) if self.special else self._known(path, request)

    def _known(self, path: str, request: Request) -> Reply:
        if path == "/people/bulk_match":
            return self._match(request, dict(parse_qsl(urlsplit(request.path).query)))
        if path == "/organizations/bulk_enrich":
            return self._companies(request)
        if path.startswith("/webhook_result/"):
            return self.phones.pop(0) if len(self.phones) > 1 else self.phones[0]
        return error(404, "no such endpoint")

    def _match(self, request: Request, options: dict[str, str]) -> Reply:
        details = request.json["details"]
        if len(details) > 10:
            return error(400, "cannot enrich more than 10 in a single request")
        matches = [self._person(one) for one in details]
        fresh = {m["id"] for m in matches if m} - set(self.charged)
        self.charged += sorted(fresh)
        body: dict[str, Any] = {
            "request_id": REQUEST_ID,
            "status": "success",
            "error_code": None,
            "error_message": None,
            "total_requested_enrichments": len(details),
            "unique_enriched_records": len(fresh),
            "missing_records": matches.count(None),
            "credits_consumed": self.price * len(fresh),
            "matches": matches,
        }
        if options.get("reveal_phone_number"):
            body["phone_enrichment"] = {"status": "pending", "request_id": str(REQUEST_ID)}
        return Reply(body=body)

    def _person(self, details: dict[str, str]) -> dict[str, Any] | None:
        full = f"{details.get('first_name', '')} {details.get('last_name', '')}".strip()
        keys = (details.get("email"), details.get("linkedin_url"), details.get("name") or full)
        return next((self.people[key] for key in keys if key in self.people), None)

    def _companies(self, request: Request) -> Reply:
        details = request.json["details"]
        told = [self.companies.get(one.get("domain", "")) for one in details]
        found = [one for one in told if one]
        self.charged += [one["primary_domain"] for one in found]
        body = {
            "status": "success",
            "error_code": None,
            "error_message": None,
            "total_requested_records": len(details),
            "unique_records": len(details),
            "unique_enriched_records": len(found),
            "missing_records": len(details) - len(found),
            "organizations": found if self.drops_misses else told,
        }
        return Reply(body=body)

    def _usage(self) -> Reply:
        if self.scope != "master":
            return Reply(
                403, {"error": "This key is no master key", "error_code": "API_INACCESSIBLE"}
            )
        credit = {"limit": 1000, "consumed": 200, "left_over": 800}
        cycle = {"start_date": "2026-11-01T00:00:00Z", "end_date": "2026-12-01T00:00:00Z"}
        return Reply(
            body={"credit_usage_stats": {"lead_credit": credit}, "current_credit_cycle": cycle}
        )
