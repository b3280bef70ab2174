"""A small mail server on a free port of this machine that never takes a message.

It answers RCPT from a script, keeps every command it was given, and can be told to misbehave:
another banner, no EHLO, STARTTLS that works or breaks, a line that goes dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = "250 2.1.5 ok"
NOBODY = "550 5.1.1 no such user"
CUT = "cut"
SILENCE = "silence"


@dataclass(slots=True)
class SMTPServer:
    """Runs in a thread of its own.

    Attributes:
        mailboxes: replies by recipient, the last one for ever; `CUT` and `SILENCE` are no replies.
        otherwise: the reply to recipients that are not there.
        banner: the first line.
        banner_delay_s: how long it takes.
        ehlo: extensions; None: EHLO is not known.
        tls: what STARTTLS is answered with; None: it is not offered.
        commands: all commands of all connections, each with its time (`time.monotonic()`).
        most_open: connections that were open at once.
    """

    mailboxes: dict[str, list[str]] = field(default_factory=dict)
    otherwise: str = NOBODY
    banner: str = "220 mx.test ESMTP"
    banner_delay_s: float = 0.0
    ehlo: tuple[str, ...] | None = ("SIZE 1000", "SMTPUTF8", "8BITMIME")
    mail_reply: str = "250 2.1.0 ok"
    tls: ssl.SSLContext | str | None = None
    commands: list[tuple[float, str]] = field(default_factory=list)
    connections: int = 0
    encrypted: int = 0
    most_open: int = 0
    port: int = 0
    _open: int = 0

    @property
    def recipients(self) -> list[str]:
        """Addresses that RCPT named, in order."""
        said = [words for _, words in self.commands if words.upper().startswith("RCPT TO:")]
        return [words[9 : words.index(">")] for words in said]

    def said(self, verb: str) -> int:
        """How often a command was given."""
        return sum(words.upper().startswith(verb) for _, words in self.commands)

    @contextlib.contextmanager
    def running(self) -> Iterator[SMTPServer]:
        loop = asyncio.new_event_loop()
        ready = threading.Event()
        thread = threading.Thread(target=self._serve, args=(loop, ready))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _serve(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        for task in left:
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        loop.run_until_complete(server.wait_closed())
        loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await self._converse(reader, writer)
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.banner_delay_s)
        writer.write(self.banner.encode() + b"\r\n")
        while line := await reader.readline():
            words = line.decode("utf-8").rstrip("\r\n")
            self.commands.append((time.monotonic(), words))
            verb = words.partition(" ")[0].upper()
            if verb == "STARTTLS" and isinstance(self.tls, ssl.SSLContext):
                writer.write(b"220 go ahead\r\n")
                await writer.drain()
                await writer.start_tls(self.tls)
                self.encrypted += 1
                continue
            reply = self._reply(verb, words)
            if reply == SILENCE:
                continue
            if reply == CUT:
                return
            writer.write(reply.encode() + b"\r\n")
            await writer.drain()
            if verb == "QUIT" or reply.startswith("421") or reply == self.tls:
                return

    def _reply(self, verb: str, words: str) -> str:
        if verb == "EHLO":
            return self._extensions()
        if verb == "RCPT":
            address = words[words.index("<") + 1 : words.index(">")]
            replies = self.mailboxes.get(address, [self.otherwise])
            return replies.pop(0) if len(replies) > 1 else replies[0]
        return {
            "HELO": "250 mx.test",
            "MAIL": self.mail_reply,
            "RSET": "250 2.0.0 ok",
            "QUIT": "221 2.0.0 bye",
            "STARTTLS": self.tls if isinstance(self.tls, str) else "502 not here",
        }.get(verb, "502 5.5.2 what?")

    def _extensions(self) -> str:
        if self.ehlo is None:
            return "502 5.5.1 EHLO is not known here"
        offered = ["mx.test", *self.ehlo, *(["STARTTLS"] if self.tls else [])]
        return "\r\n".join(
            f"250{' ' if number == len(offered) - 1 else '-'}{text}"
            for number, text in enumerate(offered)
        )
