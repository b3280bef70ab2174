"""Clients that hang up are no news: not on the terminal, and not for the next one."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from leadsync.core.listener import Inbound, Listener, Reply

HEAD = b"POST /hook HTTP/1.1\r\nContent-Length: 30\r\n"


@pytest.mark.parametrize("more", [b"", b"Expect: 100-continue\r\n"], ids=["plain", "expecting"])
def test_who_hangs_up_in_the_middle_of_a_body_is_no_trouble(more: bytes) -> None:
    def hang_up(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(HEAD + more + b"\r\n")

    async def respond(_inbound: Inbound) -> Reply:
        return Reply(200, "taken")

    async def listen() -> None:
        listener = Listener("127.0.0.1", 0, respond)
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: troubles.append(told))
        port = await listener.start()
        for _ in range(10):
            await asyncio.to_thread(hang_up, port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"\r\n" + b"x" * 30)
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
        writer.close()
        await listener.stop()

    troubles: list[dict[str, Any]] = []
    asyncio.run(listen())
    assert troubles == []
