"""A small scripted HTTP server on a free port of this machine.

A script decides each reply: status, headers, body, delay, a cut connection, a slow drip.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Script = Callable[["Request"], "Reply"]


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. `number` counts from 1; `at` is `time.monotonic()`."""

    number: int
    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out.

    Attributes:
        body: bytes and text go out as they are, all else as JSON.
        delay_s: before the first byte.
        cut: bytes of the reply after which the line goes dead.
        drip_s: pause after each byte of the body.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: int | None = None
    drip_s: float = 0.0


class HttpServer:
    """Runs in a thread of its own.

    Attributes:
        script: asked for each request.
        requests: as they came in.
        url: without a slash at its end.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script: Script = script or (lambda _request: Reply(body={"ok": True}))
        self.requests: list[Request] = []
        self.url = ""
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def running(self) -> Iterator[HttpServer]:
        ready = threading.Event()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._serve, args=(loop, ready))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(self._over.set)
            thread.join()

    def wait_for(self, number: int, timeout_s: float = 30) -> None:
        """Until that many requests have come in."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= number, timeout_s)

    def _serve(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        async def serve() -> None:
            self._over = asyncio.Event()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await self._over.wait()
            server.close()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)

        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has left, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = lines[0].split()
        with self._changed:
            number = len(self.requests) + 1
            request = Request(number, time.monotonic(), method, path, headers, body)
            self.requests.append(request)
            self._changed.notify_all()
        reply = self.script(request)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        return await self._send(writer, reply)

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        data = reply.body
        if not isinstance(data, bytes):
            data = data.encode() if isinstance(data, str) else json.dumps(data).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        lines = [f"{name}: {value}" for name, value in (headers | reply.headers).items()]
        head = "\r\n".join([f"HTTP/1.1 {reply.status} X", *lines, "", ""]).encode()
        if reply.drip_s:
            writer.write(head)
            for at in range(len(data)):
                writer.write(data[at : at + 1])
                await writer.drain()
                await asyncio.sleep(reply.drip_s)
            return True
        out = head + data
        writer.write(out if reply.cut is None else out[: reply.cut])
        await writer.drain()
        return reply.cut is None
