"""A small server that speaks the part of Hunter's API that LeadSync uses, on this machine.

What it says of an address, a person or a company is scripted; it counts what it would charge.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.http_server import HttpServer, Reply, Request

CODES = {400: "wrong_params", 401: "authentication_failed", 403: "forbidden", 404: "not_found",
         429: "too_many_requests", 451: "claimed_email"}  # fmt: skip


def error(status: int, details: str = "it went wrong", **headers: str) -> Reply:
    """A failure in Hunter's shape."""
    found = {"id": CODES.get(status, "error"), "code": status, "details": details}
    return Reply(status, {"errors": [found]}, headers)


def verified(word: str, score: int = 90, **flags: bool) -> Reply:
    """A verification."""
    return Reply(body={"data": {"status": word, "result": "risky", "score": score, **flags}})


def found(email: str | None = "ada@acme.de", score: int = 97, **more: Any) -> Reply:
    """A search; `email` None: Hunter knows the person, and no address."""
    data = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": email,
        "score": score if email else None,
        "domain": "acme.de",
        "accept_all": False,
        "position": "CTO",
        "company": "Acme",
        "sources": [],
        "verification": {"date": "2026-10-01", "status": "valid" if email else None},
    }
    return Reply(body={"data": data | more, "meta": {"params": {}}})


def company(domain: str = "acme.de", **more: Any) -> Reply:
    """A company's profile."""
    data = {
        "id": "0b6a",
        "name": "Acme",
        "domain": domain,
        "category": {"industry": "Machinery", "sector": "Industrials"},
        "description": "Acme builds road runners' traps.",
        "foundedYear": 1949,
        "location": "Berlin, Germany",
        "geo": {"city": "Berlin", "country": "Germany"},
        "linkedin": {"handle": "company/acme"},
        "metrics": {"employees": 120, "employeesRange": "51-250"},
        "tech": ["nginx"],
    }
    return Reply(body={"data": data | more})


STILL_AT_IT = Reply(202, {"data": {"status": None}})
NO_TALK = Reply(222, {"errors": [{"id": "smtp", "code": 222, "details": "SMTP refused"}]})


class HunterServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        says: by path, replies one after the other; the last one stays.
        left: what the account has left, by meter.
        charged: what was charged, by meter.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.says: dict[str, list[Reply]] = {
            "/email-verifier": [verified("valid")],
            "/email-finder": [found()],
            "/companies/find": [company()],
        }
        self.left = {"searches": 38, "verifications": 97, "credits": 40}
        self.charged = {"searches": 0, "verifications": 0, "credits": 0}
        self._at: dict[str, int] = {}
        self._verified: set[str] = set()

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of each request to a path."""
        parts = [urlsplit(request.path) for request in self.requests]
        return [dict(parse_qsl(part.query)) for part in parts if part.path == path]

    def _reply(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        if parts.path == "/account":
            return self._account()
        replies = self.says[parts.path]
        at = self._at.get(parts.path, 0)
        self._at[parts.path] = at + 1
        reply = replies[min(at, len(replies) - 1)]
        self._charge(parts.path, parts.query, reply)
        return reply

    def _charge(self, path: str, query: str, reply: Reply) -> None:
        if path == "/email-verifier" and reply.status in (200, 202) and query not in self._verified:
            self._verified.add(query)
            self.charged["verifications"] += 1
        data = reply.body.get("data") if isinstance(reply.body, dict) else None
        if path == "/email-finder" and reply.status == 200 and data and data["email"]:
            self.charged["searches"] += 1
        if path == "/companies/find" and reply.status == 200:
            self.charged["credits"] += 1

    def _account(self) -> Reply:
        totals = {"searches": 50, "verifications": 100, "credits": 50}
        requests = {
            name: {"used": totals[name] - left, "available": left}
            for name, left in self.left.items()
        }
        data = {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@leadsync.example",
            "plan_name": "Free",
            "plan_level": 0,
            "reset_date": "2026-12-01",
            "team_id": 349,
            "requests": requests,
        }
        return Reply(body={"data": data})
