"""A small server that speaks the part of People Data Labs' API that LeadSync uses, on this machine.

It knows the people and companies of its tables, and counts the credits that it would take.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.http_server import HttpServer, Reply, Request

MESSAGES = {401: "authentication_error", 402: "payment_required", 404: "not_found",
            429: "rate_limit_error"}  # fmt: skip


def error(status: int, message: str = "it went wrong", **headers: str) -> Reply:
    """A failure in PDL's shape."""
    return Reply(status, failure(status, message), headers)


def failure(status: int, message: str = "it went wrong") -> dict[str, Any]:
    """The same as one of many answers."""
    kind = MESSAGES.get(status, "invalid_request_error")
    return {"status": status, "error": {"type": [kind], "message": message}}


MISS = failure(404, "No records were found matching your request")


def person(name: str = "Ada Lovelace", likelihood: int = 8, **more: Any) -> dict[str, Any]:
    """A person that PDL knows."""
    first, _, last = name.partition(" ")
    data = {
        "id": f"id-{name.replace(' ', '-').lower()}",
        "full_name": name,
        "first_name": first,
        "last_name": last,
        "headline": "Building engines",
        "summary": "I build engines.",
        "job_title": "CTO",
        "job_company_name": "Acme",
        "job_company_website": "acme.de",
        "location_name": "Berlin, Germany",
        "location_locality": "Berlin",
        "location_country": "germany",
        "linkedin_url": f"linkedin.com/in/{first.lower()}-{last.lower()}",
        "work_email": f"{first.lower()}@acme.de",
        "emails": [{"address": f"{first.lower()}@home.example", "type": "personal"}],
    }
    return {"status": 200, "likelihood": likelihood, "data": data | more}


def company(name: str = "Acme", **more: Any) -> dict[str, Any]:
    """A company that PDL knows."""
    data = {
        "id": name.lower(),
        "name": name,
        "website": "acme.de",
        "industry": "machinery",
        "size": "51-200",
        "employee_count": 120,
        "founded": 1949,
        "summary": "Engines.",
        "linkedin_url": "linkedin.com/company/acme",
        "location": {"name": "Berlin, Germany", "locality": "berlin", "country": "germany"},
    }
    return data | more


class PdlServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        people: answers by e-mail address, profile or name; all others are misses.
        companies: by website or name.
        special: replies that go before all others.
        headers: of each answer.
        reverses: answers about many come in another order.
        charged: whom a credit was taken for, in order.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.people: dict[str, dict[str, Any]] = {}
        self.companies: dict[str, dict[str, Any]] = {}
        self.special: list[Reply] = []
        self.headers: dict[str, str] = {}
        self.reverses = False
        self.charged: list[str] = []

    def asked(self, path: str) -> list[Request]:
        """The requests to a path."""
        return [one for one in self.requests if urlsplit(one.path).path == path]

    def _reply(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        if self.special:
            return self.special.pop(0)
        if parts.path == "/v5/person/enrich":
            return Reply(404, MISS, self.headers)
        if parts.path == "/v5/person/bulk":
            return self._bulk(request)
        if parts.path == "/v5/company/enrich":
            return self._company(dict(parse_qsl(parts.query)))
        return error(404, "no such endpoint")

    def _bulk(self, request: Request) -> Reply:
        asked = request.json["requests"]
        if len(asked) > 100:
            return error(400, "at most 100 requests")
        told = [self._person(one) for one in asked]
        if self.reverses:
            told.reverse()
        return Reply(body=told, headers=self.headers)

    def _person(self, asked: dict[str, Any]) -> dict[str, Any]:
        params = asked["params"]
        keys = (params.get("email"), params.get("profile"), params.get("name"))
        answer = next((self.people[key] for key in keys if key in self.people), MISS)
        data = answer.get("data", {})
        names = params.get("required", "").replace("(", "").replace(")", "").split()
        lacks = any(not data.get(name) for name in names if name not in ("AND", "OR"))
        if answer["status"] == 200 and (lacks or answer["likelihood"] < params["min_likelihood"]):
            answer = MISS
        if answer["status"] == 200:
            self.charged.append(data["id"])
        return {**answer, "metadata": asked.get("metadata", {})}

    def _company(self, params: dict[str, str]) -> Reply:
        keys = (params.get("website"), params.get("name"))
        found = next((self.companies[key] for key in keys if key in self.companies), None)
        if found is None:
            return Reply(404, MISS, self.headers)
        self.charged.append(found["id"])
        return Reply(body={"status": 200, "likelihood": 9, **found}, headers=self.headers)
