"""Simulated providers: what they are asked, what they say, and where they are found.

A provider's simulator is found by the provider's name in the entry-point group
`leadsync.practice`; one without any, as that of an HTTP column's host, is simulated by "http".
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from leadsync.core.config import Config
    from leadsync.core.engine.enricher import Answer, CallRequest
    from leadsync.core.engine.outcomes import Json
    from leadsync.core.practice.shelf import Shelf

    Send = Callable[[], Awaitable[Answer]]

ENTRY_POINTS = "leadsync.practice"
ANYBODY = "http"
EXPECTS = "leadsync.practice.expects"
"""An extension of a request: what its column will look for in the answer."""
SHORTEST_S, LONGEST_S = 0.02, 0.25
"""How long a simulated answer takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a simulated provider gets it; keys are left out.

    Attributes:
        path: of the address.
        params: of the query.
        body: JSON, or text where it is none; None where nothing was sent.
        chance: the same for equal requests.
        shelf: what the simulated providers remember, over processes.
        expects: what the column looks for in the answer, if its kind says so.
    """

    provider: str
    method: str
    url: str
    path: str
    params: Mapping[str, str]
    body: Json
    chance: random.Random
    shelf: Shelf
    expects: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def happens(self, share: float) -> bool:
        """Whether something of that share of requests happens to this one."""
        return self.chance.random() < share


@dataclass(frozen=True, slots=True)
class Told:
    """What a simulated provider says: JSON, or a text as it is."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@runtime_checkable
class SimulatesHttp(Protocol):
    """A simulated provider that speaks HTTP."""

    def tell(self, asked: Asked) -> Told:
        """The answer to a request; every text in it marked."""
        ...


@runtime_checkable
class SimulatesCalls(Protocol):
    """A simulated provider that is asked otherwise, such as a mail server."""

    def answer(self, request: CallRequest, chance: random.Random) -> Answer:
        """What the call comes to."""
        ...


def is_simulated(provider: str) -> bool:
    """Whether an installed package simulates this provider."""
    return provider in entry_points(group=ENTRY_POINTS).names


@cache
def find_simulator(provider: str) -> SimulatesHttp | SimulatesCalls:
    """The simulator of a provider; its package is imported now."""
    points = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    return cast("SimulatesHttp | SimulatesCalls", points.get(provider, points[ANYBODY]).load()())


def simulated(config: Config, request: CallRequest, send: Send) -> Send:
    """What sends a request: where it does not go over HTTP and this is practice, a simulator."""
    if not config.is_practice:
        return send
    simulator = find_simulator(request.provider)
    if not isinstance(simulator, SimulatesCalls):
        return send
    told_by = simulator

    async def answer() -> Answer:
        chance = chance_of(request.provider, request.operation, request.body)
        await asyncio.sleep(delay_s(chance))
        return told_by.answer(request, chance)

    return answer


def chance_of(*parts: object) -> random.Random:
    """Chance that is the same for the same request."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return random.Random(digest)  # noqa: S311 - invented data


def delay_s(chance: random.Random) -> float:
    """How long an answer takes."""
    return chance.uniform(SHORTEST_S, LONGEST_S)
