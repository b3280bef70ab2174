"""The guarded network: connections of HTTP columns, made only to addresses that were checked.

A host is looked up once; every address of it is checked, and the connection is made to a checked
one. So a name that answers differently the second time (DNS rebinding) gains nothing. Host and the
name in TLS stay those of the URL. Redirects make connections of their own, which are checked alike.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, cast

import httpcore2
import httpx2

from leadsync.core.errors import InputError
from leadsync.core.reach import check_host

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from leadsync.core.engine.enricher import Settings
    from leadsync.core.reach import Reach

    LookUp = Callable[[str], Awaitable[Sequence[str]]]

NAMESERVERS = "LEADSYNC_DNS_NAMESERVERS"
"""Setting: `9.9.9.9, 127.0.0.1:5353` instead of the system's."""

LOOK_UP_S = 5.0
ADDRESSES_TRIED = 4
KEPT_ALIVE_S = 5.0
DNS_PORT = 53


class AddressRefused(httpx2.ConnectError):
    """The host leads to where HTTP columns may not go; nothing was sent."""


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Sends requests over guarded connections, without any proxy."""

    def __init__(self, limits: httpx2.Limits, reach: Reach, look_up: LookUp) -> None:
        """Take how many connections, what may be reached, and who knows addresses."""
        context = httpx2.create_ssl_context()
        super().__init__(verify=context, limits=limits)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=KEPT_ALIVE_S,
            network_backend=_GuardedBackend(reach, look_up),
        )


def look_up_of(settings: Settings) -> LookUp:
    """Who is asked for addresses: the system, or the name servers that the user has set.

    Raises:
        InputError: a name server is no address.
    """
    text = settings.setting(NAMESERVERS)
    servers = [_nameserver(part.strip()) for part in text.split(",") if part.strip()]
    return _asking(servers) if servers else _ask_system


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    def __init__(self, reach: Reach, look_up: LookUp) -> None:
        self._reach = reach
        self._look_up = look_up
        self._inner = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to a checked address of the host."""
        addresses = await self._checked(host.strip("[]"), port)
        error: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in addresses[:ADDRESSES_TRIED]:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = failed
        assert error is not None
        raise error

    async def sleep(self, seconds: float) -> None:
        """Wait, between tries of the pool."""
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, all of which may be reached.

        Raises:
            AddressRefused: one of them may not.
            httpcore2.ConnectError: the host has none.
        """
        addresses = [host] if _is_address(host) else await self._find(host)
        for address in addresses:
            if why := self._reach.refusal(address, port):
                raise AddressRefused(
                    f'"{host}" is not asked: {why}; allow_private and allow_ports in the config'
                    " file make exceptions"
                )
        return addresses

    async def _find(self, host: str) -> Sequence[str]:
        try:
            check_host(host)
        except InputError as error:
            raise AddressRefused(error.message) from error
        try:
            async with asyncio.timeout(LOOK_UP_S):
                addresses = await self._look_up(host)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f'no name server knows "{host}" in time') from error
        if not addresses:
            raise httpcore2.ConnectError(f'there is no host "{host}"')
        return addresses


async def _ask_system(host: str) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return [str(entry[4][0]) for entry in found]


def _asking(servers: Sequence[tuple[str, int]]) -> LookUp:
    async def ask(host: str) -> Sequence[str]:
        import dns.asyncresolver
        import dns.exception

        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [address for address, _ in servers]
        resolver.nameserver_ports = dict(servers)
        try:
            found = await resolver.resolve_name(host, lifetime=LOOK_UP_S)
        except (dns.exception.DNSException, OSError):
            return ()
        return list(found.addresses())

    return ask


def _nameserver(text: str) -> tuple[str, int]:
    """An address and a port of `9.9.9.9`, `127.0.0.1:5353` or `[::1]:53`."""
    has_port = text.count(":") == 1 or text.startswith("[")
    host, _, port = text.rpartition(":") if has_port and not text.endswith("]") else (text, "", "")
    host = host.strip("[]")
    if not _is_address(host) or not (port or str(DNS_PORT)).isdigit():
        raise InputError(f'{NAMESERVERS}: "{text}" is no address of a name server')
    return host, int(port or DNS_PORT)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
