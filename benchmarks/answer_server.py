"""A server in a process of its own that answers each POST after a fixed time, with little work."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b'{"found": {"title": "Head of Sales", "seniority": "head"}}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY


@contextmanager
def answering(answer_s: float) -> Iterator[str]:
    """The address of a server that takes so long for each answer."""
    command = [sys.executable, "-m", "benchmarks.answer_server", str(answer_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


class _Connection(asyncio.Protocol):
    """Requests follow one another; their bodies are read and forgotten."""

    def __init__(self, answer_s: float) -> None:
        self._answer_s = answer_s
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        if found and len(body) >= length:
            self._got = b""
            asyncio.get_running_loop().call_later(self._answer_s, self._transport.write, ANSWER)


async def _serve(answer_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answer_s), "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
