"""The HTTP client of enrichers: time-outs, bounded answers, no retries, no redirects."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    NewTransport = Callable[[httpx2.Limits], httpx2.AsyncBaseTransport]

CONNECT_S = 10.0
READ_S = 60.0
ANSWER_S = 300.0
"""For the whole of an answer: one that drips would keep its place for ever."""
MAX_ANSWER_BYTES = 10_000_000
LONGEST = "leadsync.longest_answer_bytes"
"""An extension of a request whose answer may be longer, and is read as it comes in."""


@dataclass(slots=True)
class _Pool:
    """One connection, and how many requests use it or wait for it."""

    transport: httpx2.AsyncHTTPTransport
    open: int = 0


class AnswerTooLong(httpx2.TransportError):
    """The answer is longer than anything we would read."""


def new_client(
    width: int,
    may_send: Callable[[], bool],
    *,
    answer_s: float = ANSWER_S,
    new_transport: NewTransport | None = None,
) -> httpx2.AsyncClient:
    """A client for one provider with at most `width` connections.

    `may_send` is asked right before a request goes out: preparing one may take a second when a
    provider's package is loaded for it, and a stop in that second counts. `new_transport` makes
    another transport than the usual one.
    """
    inner = _SmallPools(width) if new_transport is None else new_transport(_limits(width))
    return httpx2.AsyncClient(
        transport=_BoundedTransport(inner, may_send, answer_s),
        timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
        follow_redirects=False,
        headers={
            "User-Agent": f"leadsync/{version('leadsync')}",
            # Nothing is unpacked, so that no small answer can become a huge one.
            "Accept-Encoding": "identity",
        },
    )


def _limits(connections: int) -> httpx2.Limits:
    return httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)


def was_sent(error: httpx2.HTTPError) -> bool:
    """Whether the provider may have got the request that ended so."""
    never = (
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.PoolTimeout,
        httpx2.ProxyError,
        httpx2.LocalProtocolError,
        httpx2.UnsupportedProtocol,
    )
    return not isinstance(error, never)


class _BoundedTransport(httpx2.AsyncBaseTransport):
    def __init__(
        self, inner: httpx2.AsyncBaseTransport, may_send: Callable[[], bool], answer_s: float
    ) -> None:
        self._inner = inner
        self._may_send = may_send
        self._answer_s = answer_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not self._may_send():
            raise httpx2.ConnectError("stopped before it was sent", request=request)
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.headers.pop("Content-Encoding", None)
        longest = int(request.extensions.get(LONGEST, MAX_ANSWER_BYTES))
        response.stream = _BoundedStream(response.stream, self._answer_s, longest)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _SmallPools(httpx2.AsyncBaseTransport):
    """The connections to one provider, each in a pool of its own.

    A pool looks at each of its connections for each request: pools of 8 instead of one of 64 saved
    13 % of a run's time of the processor, pools of 1 another 15 %. A provider is at one address, so
    that a connection serves any request.
    """

    def __init__(self, width: int) -> None:
        self._pools: list[_Pool] = []
        self._width = width
        self._verify = httpx2.create_ssl_context()  # 30 ms: one for all pools

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        pool = self._pool_to_use()
        pool.open += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.open -= 1
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _PooledStream(response.stream, pool)
        return response

    def _pool_to_use(self) -> _Pool:
        for pool in self._pools:
            if not pool.open:
                return pool
        if len(self._pools) >= self._width:
            return min(self._pools, key=lambda pool: pool.open)
        self._pools.append(
            _Pool(httpx2.AsyncHTTPTransport(self._verify, http2=False, limits=_limits(1)))
        )
        return self._pools[-1]

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.transport.aclose()


class _PooledStream(httpx2.AsyncByteStream):
    """An answer whose connection is in use until it is closed."""

    def __init__(self, inner: httpx2.AsyncByteStream, pool: _Pool) -> None:
        self._inner = inner
        self._pool: _Pool | None = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._inner.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            if self._pool is not None:
                self._pool.open -= 1
            self._pool = None


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, answer_s: float, max_bytes: int) -> None:
        self._inner = inner
        self._answer_s = answer_s
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        until = asyncio.get_running_loop().time() + self._answer_s
        async for chunk in self._inner:
            length += len(chunk)
            if asyncio.get_running_loop().time() > until:
                raise httpx2.ReadTimeout(f"the answer took longer than {self._answer_s:g} s")
            if length > self._max_bytes:
                raise AnswerTooLong(f"the answer is longer than {self._max_bytes:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
