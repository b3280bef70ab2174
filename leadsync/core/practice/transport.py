"""The transport of practice: requests end in a simulated provider instead of a connection."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2

from leadsync.core.practice.marks import MARK
from leadsync.core.practice.shelf import Shelf
from leadsync.core.practice.simulating import (
    EXPECTS,
    Asked,
    SimulatesHttp,
    Told,
    chance_of,
    delay_s,
    find_simulator,
)

if TYPE_CHECKING:
    from leadsync.core.config import Config
    from leadsync.core.engine.http_client import NewTransport
    from leadsync.core.engine.outcomes import Json

THROTTLED = 0.03
"""The share of the requests of a run or a push that are told to come later first."""
SHELF = "simulated"


def transport_of(config: Config, provider: str, *, throttles: bool = False) -> NewTransport | None:
    """What makes the transport of requests to a provider; None where this is no practice.

    With `throttles` some are told to come later, for who knows what to do then.
    """
    if not config.is_practice:
        return None
    shelf = Shelf(config.state_folder / SHELF)
    share = THROTTLED if throttles else 0.0
    return lambda _limits: PracticeTransport(provider, shelf, share)


class PracticeTransport(httpx2.AsyncBaseTransport):
    """Answers requests to one provider by its simulator; the same to the same request."""

    def __init__(self, provider: str, shelf: Shelf, throttled: float = THROTTLED) -> None:
        """Take whom to simulate, and the share of requests that are told to come later first."""
        self._provider = provider
        self._shelf = shelf
        self._throttled = throttled
        self._asked: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """A simulated answer, after a moment."""
        content = await request.aread()
        name = f"{request.method} {request.url} {content!r}"
        self._asked[name] += 1
        await asyncio.sleep(delay_s(chance_of(name, self._asked[name])))
        if self._asked[name] == 1 and chance_of("throttled", name).random() < self._throttled:
            return _response(request, _later())
        simulator = find_simulator(self._provider)
        assert isinstance(simulator, SimulatesHttp), f"{self._provider} speaks no HTTP"
        return _response(request, simulator.tell(self._read(request, content)))

    def _read(self, request: httpx2.Request, content: bytes) -> Asked:
        url = request.url
        address = f"{url.scheme}://{url.host}{url.path}"
        return Asked(
            provider=self._provider,
            method=request.method,
            url=address,
            path=url.path,
            params=dict(url.params),
            body=_body(content),
            chance=chance_of(self._provider, request.method, str(url), content),
            shelf=self._shelf,
            expects=request.extensions.get(EXPECTS) or {},
        )


def _later() -> Told:
    words = f"{MARK}slow down: the simulated provider wants a second of pause"
    error: dict[str, Any] = {"code": "rate_limit_exceeded", "type": "throttled", "message": words}
    errors = [{"id": "too_many_requests", "code": 429, "details": words}]
    return Told({"error": error, "message": words, "errors": errors}, 429, {"Retry-After": "1"})


def _body(content: bytes) -> Json:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def _response(request: httpx2.Request, told: Told) -> httpx2.Response:
    is_text = isinstance(told.body, str)
    content = told.body if isinstance(told.body, str) else json.dumps(told.body)
    kind = "text/plain; charset=utf-8" if is_text else "application/json"
    headers = {"Content-Type": kind, **told.headers}
    return httpx2.Response(told.status, headers=headers, content=content.encode(), request=request)
