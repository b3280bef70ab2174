"""A small HTTP listener: bounded heads and bodies, one exchange a connection, a time for all of it.

It stands behind a proxy that speaks TLS, and takes what providers send by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Respond = Callable[["Inbound"], Awaitable["Reply"]]

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 16_384
MAX_BODY_BYTES = 100_000
EXCHANGE_S = 10.0
MAX_CONNECTIONS = 64
SLOW_S = 1.0
"""A request that takes longer to come may lose its place to others, once all places are taken."""

_METHOD = re.compile(r"[A-Z]{1,20}")


@dataclass(frozen=True, slots=True)
class Inbound:
    """What somebody sends.

    Attributes:
        path: without the query.
        headers: lower-case names; of equal ones the last.
        peer: address of the machine that the connection comes from.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What they are told; the words as JSON."""

    status: int
    words: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class _Refused(Exception):
    """The exchange ends before anybody looks at it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.reply = Reply(status, words)


class Listener:
    """Listens at one address. For one event loop."""

    def __init__(
        self,
        host: str,
        port: int,
        respond: Respond,
        *,
        on_refused: Callable[[Reply], None] | None = None,
    ) -> None:
        """Take where to listen, who answers, and who is told of what is refused before that."""
        self._on_refused = on_refused
        self._host = host
        self._port = port
        self._respond = respond
        self._open = 0
        self._reading: dict[asyncio.StreamWriter, float] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; the port.

        Raises:
            InputError: nobody can listen there.
        """
        try:
            self._server = await asyncio.start_server(
                self._connected, self._host, self._port, limit=MAX_HEAD_BYTES
            )
        except OSError as error:
            raise InputError(
                f"nobody can listen at {self._host}:{self._port}: {error.strerror}",
                next_step="choose another --port, or end what listens there",
            ) from error
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more connections, and wait for the exchanges that have begun."""
        assert self._server is not None
        self._server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXCHANGE_S):
                await self._idle.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self._idle.clear()
        try:
            async with asyncio.timeout(EXCHANGE_S):
                await self._exchange(reader, writer)
        except (TimeoutError, ConnectionError):
            logger.info("a connection ended before its exchange did")
        finally:
            self._reading.pop(writer, None)
            writer.close()
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open > MAX_CONNECTIONS and not self._makes_room():
            busy = Reply(
                HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", {"Retry-After": "1"}
            )
            await _write(writer, busy)
            _end(writer)
            async with asyncio.timeout(SLOW_S):
                await _drop(reader)
            return
        self._reading[writer] = asyncio.get_running_loop().time()
        try:
            inbound = await _read(reader, writer)
            self._reading.pop(writer, None)
            reply = await self._respond(inbound)
        except _Refused as refused:
            if self._on_refused is not None:
                self._on_refused(refused.reply)
            await _write(writer, refused.reply)
            # What was not read would reset the connection before the reply is seen.
            _end(writer)
            await _drop(reader)
            return
        await _write(writer, reply)

    def _makes_room(self) -> bool:
        """Whether the slowest request lost its place: those who drip theirs keep nobody out."""
        slowest = next(iter(self._reading), None)
        if slowest is None:
            return False
        since = self._reading[slowest]
        if asyncio.get_running_loop().time() - since < SLOW_S:
            return False
        del self._reading[slowest]
        slowest.transport.abort()
        return True


def is_loopback(host: str) -> bool:
    """Whether an address, or a name that is always one, is of this machine alone."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Inbound:
    """One request.

    Raises:
        _Refused: it is none, or too long.
    """
    method, path, headers = await _read_head(reader)
    if "transfer-encoding" in headers:
        raise _Refused(HTTPStatus.LENGTH_REQUIRED, "say the length of the body")
    text = headers.get("content-length", "0")
    if not text.isascii() or not text.isdigit():
        raise _Refused(HTTPStatus.BAD_REQUEST, "the length of the body is no number")
    if len(text) > 9 or int(text) > MAX_BODY_BYTES:
        raise _Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {MAX_BODY_BYTES:,} bytes"
        )
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        body = await reader.readexactly(int(text))
    except asyncio.IncompleteReadError as error:
        raise _Refused(HTTPStatus.BAD_REQUEST, "the body is cut") from error
    peer: tuple[str, int] | str | None = writer.get_extra_info("peername")
    address = peer[0] if isinstance(peer, tuple) else ""
    return Inbound(method, path.partition("?")[0], headers, body, address)


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise _Refused(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long"
        ) from error
    except asyncio.IncompleteReadError as error:
        raise _Refused(HTTPStatus.BAD_REQUEST, "this is no request") from error
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not _METHOD.fullmatch(words[0]):
        raise _Refused(HTTPStatus.BAD_REQUEST, "this is no request")
    pairs = (line.partition(":") for line in lines if line)
    return words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _drop(reader: asyncio.StreamReader) -> None:
    """Read what still comes, up to ten times of what would have been taken."""
    left = 10 * MAX_BODY_BYTES
    while left > 0 and (data := await reader.read(65_536)):
        left -= len(data)


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    data = json.dumps({"status": reply.words}).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(data)),
        "Connection": "close",
        **reply.headers,
    }
    lines = [f"{name}: {value}" for name, value in headers.items()]
    phrase = HTTPStatus(reply.status).phrase
    head = "\r\n".join([f"HTTP/1.1 {reply.status} {phrase}", *lines, "", ""])
    writer.write(head.encode("latin-1") + data)
    await writer.drain()


def _end(writer: asyncio.StreamWriter) -> None:
    """Say that nothing more comes; who has hung up (ENOTCONN, no `ConnectionError`) need not know."""
    with contextlib.suppress(OSError):
        writer.write_eof()
