"""A script for `HttpServer`: sources of addresses, and a service that checks them.

Counts what it charges: a hit of a source once a request, a check once a request.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.servers.http_server import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.http_server import Request

    Finds = Callable[[str, str], dict[str, Any] | None]


class Finders:
    """Sources and a checker.

    Attributes:
        finds: source and lead -> what that source knows.
        status: address -> what the checker says.
        behave: first asked for each request; None: the usual answer.
        paid: how often each (source, lead) was charged.
        asked: how often each (source, lead) was asked, hit or miss.
        late: sources that answer later, once `ready` is set.
        delay_s: before each answer.
        ended: numbers of late answers that nobody wants any more.
    """

    def __init__(self, finds: Finds, *, late: tuple[str, ...] = ()) -> None:
        self.finds = finds
        self.status: Callable[[str], str] = lambda _address: "deliverable"
        self.behave: Callable[[Request], Reply | None] = lambda _request: None
        self.paid: Counter[tuple[str, str]] = Counter()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.late = late
        self.ready = threading.Event()
        self.delay_s = 0.0
        self.jobs: dict[str, list[str]] = {}
        self.ended: set[str] = set()

    def __call__(self, request: Request) -> Reply:
        special = self.behave(request)
        if special is not None:
            return special
        source, _, number = request.path.strip("/").partition("/")
        if source == "check":
            return self._check(request.json["address"])
        if request.method == "DELETE":
            self.ended.add(number)
            return Reply(body={"id": number})
        if number:
            return self._later(source, number)
        return self._seek(source, request.json["leads"])

    def _check(self, address: str) -> Reply:
        self.paid["check", address] += 1
        self.asked["check", address] += 1
        return Reply(body={"status": self.status(address)}, delay_s=self.delay_s)

    def _seek(self, source: str, leads: list[str]) -> Reply:
        answers = {lead: self.finds(source, lead) for lead in leads}
        for lead, found in answers.items():
            self.asked[source, lead] += 1
            if found is not None:
                self.paid[source, lead] += 1
        if source not in self.late:
            return Reply(body={"answers": answers}, delay_s=self.delay_s)
        number = str(len(self.jobs) + 1)
        self.jobs[number] = leads
        hits = sum(found is not None for found in answers.values())
        return Reply(201, {"id": number, "paid": hits})

    def _later(self, source: str, number: str) -> Reply:
        if not self.ready.is_set():
            return Reply(body={"id": number})
        answers = {lead: self.finds(source, lead) for lead in self.jobs[number]}
        return Reply(body={"answers": answers})
