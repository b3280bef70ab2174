"""What the requests of a run to one provider share: limits, places in flight, connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from leadsync.core.engine.limiter import Limiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2

    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.engine.http_client import NewTransport
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.payer import Payer
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.engine.turns import Turns

MARKED_AHEAD = 4
"""One request waits with its mark in the journal for so many in flight, to leave at once."""
BREAK_OF_BACKOFF = 5.0
"""The first pause of a provider that only fails, in first pauses of a retry."""


class ProviderLines:
    """Limiters, places, turns and HTTP clients, made when a provider is first asked."""

    def __init__(
        self,
        *,
        pace: Pace,
        width: int,
        stop: StopSignal,
        new_turns: Callable[[str, float | None], Turns],
    ) -> None:
        """Begin with no provider known; `width` requests may be in flight at each."""
        self._pace = pace
        self._width = width
        self._stop = stop
        self._new_turns = new_turns
        self._limiters: dict[str, Limiter] = {}
        self._places: dict[str, asyncio.Semaphore] = {}
        self._turns: dict[str, Turns] = {}
        self._clients: dict[str, httpx2.AsyncClient] = {}

    def limiter_of(self, request: CallRequest) -> Limiter:
        """The limiter of a request's provider; it lets those pass that are marked ahead, too."""
        if request.provider not in self._limiters:
            break_s = BREAK_OF_BACKOFF * self._pace.backoff.base_s
            width = self._width + self._width // MARKED_AHEAD
            self._limiters[request.provider] = Limiter(width, self._pace.now, break_s)
        return self._limiters[request.provider]

    def place_of(self, request: CallRequest) -> asyncio.Semaphore:
        """The places in flight at a request's provider."""
        if request.provider not in self._places:
            self._places[request.provider] = asyncio.Semaphore(self._width)
        return self._places[request.provider]

    def turns_of(self, payer: Payer, request: CallRequest) -> Turns:
        """The turns of requests that share a limit and a key."""
        limit = request.rate_limit
        name = f"{request.provider}:{limit.name if limit else ''}:{payer.account(request)}"
        if name not in self._turns:
            self._turns[name] = self._new_turns(name, limit.per_s if limit else None)
        return self._turns[name]

    def http(
        self, provider: str, *, new_transport: NewTransport | None = None
    ) -> httpx2.AsyncClient:
        """The HTTP client of a provider, with the usual transport or another."""
        from leadsync.core.engine.http_client import new_client

        if provider not in self._clients:
            self._clients[provider] = new_client(
                self._width, lambda: not self._stop.is_requested, new_transport=new_transport
            )
        return self._clients[provider]

    def pauses(self) -> Iterator[tuple[str, float]]:
        """Providers that are left alone for now: why, and until when."""
        for provider, limiter in self._limiters.items():
            if pause := limiter.pause():
                yield f"{provider} {pause[0]}", pause[1]

    def wake_all(self) -> None:
        """Let all that waits for a place or a turn look again."""
        for limiter in self._limiters.values():
            limiter.wake_all()
        for turns in self._turns.values():
            turns.wake_all()

    async def close(self) -> None:
        """Close connections."""
        for client in self._clients.values():
            await client.aclose()
