"""The talk with one mail server: as far as the recipients and never to a message (RFC 5321)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.enrichers.email_replies import Reply

if TYPE_CHECKING:
    from aiosmtplib import SMTP

    from leadsync.core.engine.enricher import Settings

logger = logging.getLogger(__name__)

PORT = "LEADSYNC_SMTP_PORT"
"""Setting: another port than 25, for relays and tests."""

PAUSE = "LEADSYNC_SMTP_PAUSE_S"
"""Setting: seconds between two commands to one mail server; 1 if not set."""

ALLOW_PRIVATE = "LEADSYNC_SMTP_ALLOW_PRIVATE"
"""Setting: 1 lets probes reach private addresses; what DNS says comes from strangers."""

RECIPIENTS_PER_CONNECTION = 10
SERVERS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to introduce ourselves, and how patiently to talk."""

    sender: str
    helo: str
    port: int = 25
    pause_s: float = 1.0
    connect_s: float = 10.0
    command_s: float = 20.0
    allow_private: bool = False

    def may_reach(self, address: str) -> bool:
        """Whether a mail server at that address may be asked."""
        return self.allow_private or ipaddress.ip_address(address).is_global


def smtp_settings(sender: str, helo: str, settings: Settings) -> SmtpSettings:
    """What the column and the user have settled.

    Raises:
        InputError: the port or the pause is no number.
    """
    try:
        port, pause_s = int(settings.setting(PORT, "25")), float(settings.setting(PAUSE, "1"))
    except ValueError as error:
        raise InputError(f"{PORT} and {PAUSE} are numbers: {error}") from error
    allow = settings.setting(ALLOW_PRIVATE) == "1"
    return SmtpSettings(sender, helo, port, pause_s, allow_private=allow)


class Reach:
    """Whether mail servers can be reached from here at all; tried once, at the first of them.

    Attributes:
        closed: why not; empty while it is not known or where they can.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.closed = ""
        self._is_open = False
        self._lock = asyncio.Lock()

    async def connect(self, address: str, settings: SmtpSettings) -> socket.socket:
        """A connection.

        Raises:
            OSError: there is none; `closed` says so where it was the first.
        """
        if self._is_open:
            return await _connected(address, settings)
        async with self._lock:  # until it is known, one at a time
            if self.closed:
                raise ConnectionError(self.closed)
            try:
                made = await _connected(address, settings)
            except OSError as error:
                if not self._is_open:
                    self.closed = f"port {settings.port} cannot be reached from here"
                    logger.warning("%s (%s): no mail server is asked", self.closed, error)
                raise
            self._is_open = True
            return made


class MailServer:
    """One mail server. Whoever talks to it holds `lock`: one connection at a time.

    Attributes:
        refusal: why it is not asked any more in this run.
    """

    def __init__(self, address: str, settings: SmtpSettings, reach: Reach) -> None:
        """Do not connect yet."""
        self.lock = asyncio.Lock()
        self.refusal: Reply | None = None
        self._address = address
        self._settings = settings
        self._reach = reach
        self._smtp: SMTP | None = None
        self._asked = 0
        self._last_at = 0.0
        self._may_encrypt = True

    async def ask(self, recipient: str) -> Reply:
        """What it says to a recipient; asked twice where the line went dead."""
        reply = await self._ask(recipient)
        if reply.code == 0 and reply.step != "connect":
            self.drop()
            reply = await self._ask(recipient)
        if reply.code in (0, 421):
            self.drop()
        return reply

    async def leave(self) -> None:
        """Say good-bye."""
        if self._smtp is not None:
            for verb in (b"RSET", b"QUIT"):
                if (await self._command(verb)).code == 0:
                    break
        self.drop()

    def drop(self) -> None:
        """Let go of the connection at once."""
        if self._smtp is not None:
            self._smtp.close()
        self._smtp, self._asked = None, 0

    async def _ask(self, recipient: str) -> Reply:
        if self._asked >= RECIPIENTS_PER_CONNECTION:
            await self.leave()
        if self._smtp is None and (refused := await self._enter()):
            self.drop()
            return refused
        if not recipient.isascii() and not self._knows("smtputf8"):
            return Reply(252, "the server takes no letters beyond ASCII")
        self._asked += 1
        return await self._command(b"RCPT", f"TO:<{recipient}>".encode())

    async def _enter(self) -> Reply | None:
        """Connect, greet and name the sender; what stood in the way, or None."""
        refused = await self._greet()
        if refused:
            return refused
        if self._may_encrypt and self._knows("starttls") and not await self._encrypt():
            self.drop()
            self._may_encrypt = False  # some servers offer what they cannot do
            if refused := await self._greet():
                return refused
        options = [b"SMTPUTF8"] if self._knows("smtputf8") else []
        sender = f"FROM:<{self._settings.sender}>".encode()
        reply = await self._command(b"MAIL", sender, *options)
        return None if 200 <= reply.code < 300 else Reply(reply.code, reply.text, "mail")

    async def _greet(self) -> Reply | None:
        from aiosmtplib import SMTP, SMTPException, SMTPResponseException

        settings = self._settings
        try:
            line = await self._reach.connect(self._address, settings)
        except OSError as error:
            return Reply(0, f"no connection: {error or 'time-out'}", "connect")
        smtp = SMTP(sock=line, hostname=self._address, start_tls=False, validate_certs=False)
        self._smtp = smtp
        try:
            await smtp.connect(timeout=settings.connect_s)
            self._last_at = _now()
            return await self._introduce()
        except SMTPResponseException as error:
            return Reply(error.code, _flat(error.message), "connect")
        except (SMTPException, OSError) as error:
            line.close()  # nobody owns it before the banner is read
            return Reply(0, f"no greeting: {error}", "connect")

    async def _introduce(self) -> Reply | None:
        """EHLO, else HELO.

        Raises:
            SMTPException: the line went dead.
        """
        from aiosmtplib import SMTPHeloError

        assert self._smtp is not None
        name, command_s = self._settings.helo, self._settings.command_s
        await self._pause()
        try:
            await self._smtp.ehlo(hostname=name, timeout=command_s)
        except SMTPHeloError:
            await self._pause()
            await self._smtp.helo(hostname=name, timeout=command_s)
        return None

    async def _encrypt(self) -> bool:
        """Whether the line is encrypted now, or goes on as it was."""
        from aiosmtplib import SMTPException, SMTPResponseException

        assert self._smtp is not None
        await self._pause()
        try:
            await self._smtp.starttls(validate_certs=False, timeout=self._settings.command_s)
            await self._introduce()
        except SMTPResponseException:
            self._may_encrypt = False
            return self._smtp.is_connected
        except (SMTPException, OSError, ssl.SSLError):
            return False
        return True

    async def _command(self, *words: bytes) -> Reply:
        from aiosmtplib import SMTPException

        assert self._smtp is not None
        await self._pause()
        try:
            said = await self._smtp.execute_command(*words, timeout=self._settings.command_s)
        except (SMTPException, OSError) as error:
            return Reply(0, f"no reply: {error}")
        return Reply(said.code, _flat(said.message))

    def _knows(self, extension: str) -> bool:
        return self._smtp is not None and self._smtp.supports_extension(extension)

    async def _pause(self) -> None:
        """Until the server has had its rest since the last command."""
        wait_s = self._last_at + self._settings.pause_s - _now()
        self._last_at = max(_now(), self._last_at + self._settings.pause_s)
        if wait_s > 0:
            await asyncio.sleep(wait_s)


async def _connected(address: str, settings: SmtpSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    line.setblocking(False)  # noqa: FBT003 - its only form
    with contextlib.ExitStack() as undo:
        undo.callback(line.close)
        async with asyncio.timeout(settings.connect_s):
            await asyncio.get_running_loop().sock_connect(line, (address, settings.port))
        undo.pop_all()
    return line


def _now() -> float:
    return asyncio.get_running_loop().time()


def _flat(message: str) -> str:
    """A reply of several lines as one, and not longer than anybody reads."""
    return " ".join(message.split())[:500]
