"""A script for the HTTP server: answers after a while, and keeps a limit over a sliding second."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tests.servers.http_server import Reply

if TYPE_CHECKING:
    from tests.servers.http_server import Request


class Limited:
    """At most `per_s` requests in any second; more are refused.

    Attributes:
        good: when those came in that were answered, `time.monotonic()`.
        refused: how many were not.
    """

    def __init__(self, per_s: int, *, delay_s: float = 0.3, retry_after_s: float | None = None):
        self.per_s = per_s
        self.good: list[float] = []
        self.refused = 0
        self._delay_s = delay_s
        self._lately: deque[float] = deque()
        more = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        self._no = Reply(429, {}, more)

    def __call__(self, request: Request) -> Reply:
        while self._lately and self._lately[0] <= request.at - 1:
            self._lately.popleft()
        if len(self._lately) >= self.per_s:
            self.refused += 1
            return self._no
        self._lately.append(request.at)
        self.good.append(request.at)
        body: dict[str, Any] = {"text": f"About {request.json['leads'][0]}"}
        return Reply(body=body, delay_s=self._delay_s)

    @property
    def use(self) -> float:
        """How much of the limit was used, from the first answer to the last."""
        return (len(self.good) - 1) / (self.good[-1] - self.good[0]) / self.per_s

    @property
    def refusals(self) -> float:
        """The share of requests that were refused."""
        return self.refused / (self.refused + len(self.good))
