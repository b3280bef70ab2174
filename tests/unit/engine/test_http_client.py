"""The HTTP client of a provider: connections are few, kept and given back."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import httpx2
import pytest

from leadsync.core.engine.http_client import new_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

WIDTH = 9
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Holding:
    """A server that answers when it is told to; counts connections and requests."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests = 0
        self.asked = asyncio.Condition()
        self.may_answer = asyncio.Event()
        self.ends: list[asyncio.Event] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.ends.append(ended := asyncio.Event())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                async with self.asked:
                    self.requests += 1
                    self.asked.notify_all()
                await self.may_answer.wait()
                writer.write(ANSWER)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    async def has_been_asked(self, times: int) -> None:
        async with self.asked:
            await self.asked.wait_for(lambda: self.requests >= times)


@contextlib.asynccontextmanager
async def a_server() -> AsyncGenerator[Holding]:
    holding = Holding()
    server = await asyncio.start_server(holding.serve, "127.0.0.1", 0)
    holding.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield holding
        for ended in holding.ends:
            await ended.wait()


def test_as_many_requests_are_in_flight_as_the_width_allows_and_no_more() -> None:
    async def ask_all() -> Holding:
        async with a_server() as server, new_client(WIDTH, lambda: True) as client:
            async with asyncio.TaskGroup() as group:
                for _ in range(2 * WIDTH):
                    group.create_task(client.get(server.url))
                await server.has_been_asked(WIDTH)
                in_flight = server.requests
                server.may_answer.set()
            assert in_flight == WIDTH
            return server

    server = asyncio.run(ask_all())
    assert server.requests == 2 * WIDTH
    assert server.connections == WIDTH


def test_requests_one_after_another_share_a_connection() -> None:
    async def ask_all() -> Holding:
        async with a_server() as server, new_client(WIDTH, lambda: True) as client:
            server.may_answer.set()
            for _ in range(5):
                assert (await client.get(server.url)).text == "ok"
            return server

    assert asyncio.run(ask_all()).connections == 1


def test_requests_that_fail_or_are_given_up_leave_their_places() -> None:
    async def ask_all() -> Holding:
        async with a_server() as server, new_client(1, lambda: True) as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get("http://127.0.0.1:1")
            lost = asyncio.ensure_future(client.get(server.url))
            await server.has_been_asked(1)
            lost.cancel()
            with pytest.raises(asyncio.CancelledError):
                await lost
            server.may_answer.set()
            async with client.stream("GET", server.url):
                pass  # nobody reads it
            assert (await client.get(server.url)).text == "ok"
            return server

    assert asyncio.run(ask_all()).requests == 3
