"""A small server that speaks the part of Instantly's API that LeadSync uses, on this machine.

What it says of an address is scripted by the address; it counts what it would charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Request], Reply]

WORKSPACE = {
    "id": "0195a9d3-5b6a-7a11-8f0e-000000000001",
    "timestamp_created": "2026-01-01T00:00:00.000Z",
    "timestamp_updated": "2026-01-01T00:00:00.000Z",
    "owner": "0195a9d3-5b6a-7a11-8f0e-000000000002",
    "name": "Ada's workspace",
}
NAMES = {400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 404: "Not Found",
         429: "Too Many Requests"}  # fmt: skip
VERIFICATION = "/api/v2/email-verification"


def error(status: int, message: str = "it went wrong", **headers: str) -> Reply:
    """A failure in Instantly's shape."""
    name = NAMES.get(status, "Error")
    return Reply(status, {"statusCode": status, "error": name, "message": message}, headers)


def verified(word: str, catch_all: bool | str = False, **more: Any) -> dict[str, Any]:
    """What Instantly says of an address."""
    return {"status": "success", "verification_status": word, "catch_all": catch_all, **more}


PENDING = verified("pending", "pending")


class InstantlyServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        says: of an address, one after the other: the answer to the question, then to each look;
            the last one stays. An address that is not there is verified.
        special: replies that go before all others.
        handlers: by the beginning of a path, for tests of their own.
        credits: left in the workspace.
        charged: addresses that credits were taken for, in order.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.says: dict[str, list[dict[str, Any]]] = {}
        self.special: list[Reply] = []
        self.handlers: dict[str, Handler] = {}
        self.credits = 100
        self.charged: list[str] = []
        self._asked: dict[str, int] = {}

    def _reply(self, request: Request) -> Reply:
        if self.special:
            return self.special.pop(0)
        for start, handler in self.handlers.items():
            if request.path.startswith(start):
                return handler(request)
        if request.path == "/api/v2/workspaces/current":
            return Reply(body=WORKSPACE)
        if request.path == VERIFICATION and request.method == "POST":
            return self._question(request.json["email"])
        if request.path.startswith(f"{VERIFICATION}/"):
            return self._look(unquote(request.path.removeprefix(f"{VERIFICATION}/")))
        return error(404, "Route not found")

    def _question(self, email: str) -> Reply:
        if not self.credits:
            return error(402, "Workspace has no verification credits left")
        self.credits -= 1
        self.charged.append(email)
        return Reply(body=self._said(email) | {"credits": self.credits, "credits_used": 1})

    def _look(self, email: str) -> Reply:
        if email not in self._asked:
            return error(404, "Resource not found")
        return Reply(body=self._said(email))

    def _said(self, email: str) -> dict[str, Any]:
        words = self.says.get(email, [verified("verified")])
        at = self._asked.get(email, -1) + 1
        self._asked[email] = at
        return words[min(at, len(words) - 1)] | {"email": email}
