"""The reach of HTTP columns: which addresses, ports and keys the config file lets them use.

A column or a recipe may come from a stranger, so it can name any address. What is not on the
public internet is refused unless the user has listed it, and a key goes only to the host for which
the user has listed it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.errors import AccessError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ENCRYPTED_PORT = 443
USUAL_PORTS = frozenset({80, ENCRYPTED_PORT})

_REFUSED = {
    "0.0.0.0/8": "unspecified",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "private",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "metadata",  # Azure's, in the middle of public addresses
    "169.254.0.0/16": "link-local",  # 169.254.169.254 is the metadata of most clouds
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.88.99.0/24": "6to4",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "private",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "::/128": "unspecified",
    "::1/128": "loopback",
    "::ffff:0:0/96": "IPv4-mapped",
    "::/96": "IPv4-compatible",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "NAT64",
    "2001::/32": "Teredo",
    "2002::/16": "6to4",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "private",
    "ff00::/8": "multicast",
}
_NETWORKS: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(text), word) for text, word in _REFUSED.items()
)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_LIKE_A_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)\.?")


@dataclass(frozen=True, slots=True)
class Allowed:
    """A network that columns may reach although it is not public; `port` None: the usual ports."""

    network: Network
    port: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A key that may be sent to a host at a port; without one, that is 443, so encrypted."""

    secret: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What the config file lets HTTP columns reach, beside public addresses at the usual ports."""

    allowed: tuple[Allowed, ...] = ()
    ports: frozenset[int] = frozenset()
    grants: tuple[Grant, ...] = ()

    def refusal(self, address: str, port: int) -> str:
        """Why no connection is made to this address and port; empty where one is.

        Args:
            address: an IP address, as a name was resolved to.
            port: of the server.
        """
        found = ipaddress.ip_address(address.partition("%")[0])
        is_usual = port in USUAL_PORTS or port in self.ports
        for allowed in self.allowed:
            if found in allowed.network and (
                allowed.port == port or (not allowed.port and is_usual)
            ):
                return ""
        if word := _kind(found):
            return f"{word} addresses ({found}) are not reached"
        return "" if is_usual else f"port {port} is not reached"

    def check_secret(self, secret: str, host: str, port: int) -> None:
        """Refuse to send a key to a host that the user has not listed for it.

        Raises:
            AccessError: says how to list it.
        """
        if Grant(secret, host.lower().strip("[]"), port) in self.grants:
            return
        place = host if port == ENCRYPTED_PORT else f"{host}:{port}"
        raise AccessError(
            f'the key "{secret}" may not be sent to {place}',
            next_step=f'to allow it, list "{secret}@{place}" under http_secrets in the config file',
        )


def reach_of(
    allow_private: Sequence[str], allow_ports: Sequence[str], http_secrets: Sequence[str]
) -> Reach:
    """The reach that these settings give.

    Raises:
        InputError: one of them cannot be read.
    """
    return Reach(
        tuple(map(parse_allowed, allow_private)),
        frozenset(map(parse_port, allow_ports)),
        tuple(map(parse_grant, http_secrets)),
    )


def check_host(host: str) -> None:
    """Refuse hosts that some resolvers read as another spelling of an IPv4 address.

    Raises:
        InputError: as `2130706433`, `0x7f.1` and `127.1` for 127.0.0.1.
    """
    last = host.lower().rstrip(".").rpartition(".")[2]
    if not _LIKE_A_NUMBER.fullmatch(last):
        return
    try:
        ipaddress.IPv4Address(host)
    except ValueError as error:
        raise InputError(
            f'"{host}" is no host name, and no IPv4 address in its usual form'
        ) from error


def parse_allowed(text: str) -> Allowed:
    """A network with a port or without: `127.0.0.1:8080`, `10.1.0.0/16`, `[::1]:9000`.

    Raises:
        InputError: it is neither.
    """
    place, port = _split(text)
    try:
        return Allowed(ipaddress.ip_network(place.strip("[]")), port)
    except ValueError as error:
        raise InputError(
            f'"{text}" is no address', next_step="as in 127.0.0.1:8080, 10.1.0.0/16 or [::1]:9000"
        ) from error


def parse_port(text: str) -> int:
    """A port.

    Raises:
        InputError: it is none.
    """
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 1 <= number <= 65_535:
        raise InputError(f'"{text}" is no port of 1 to 65535')
    return number


def parse_grant(text: str) -> Grant:
    """A key and where it may be sent: `CRM_TOKEN@api.crm.example`.

    Raises:
        InputError: it is not that.
    """
    secret, at, place = text.partition("@")
    host, port = _split(place.strip().lower())
    if not at or not _KEY_NAME.fullmatch(secret.strip()) or not _HOST.fullmatch(host):
        raise InputError(
            f'"{text}" is no key with a host', next_step="as in CRM_TOKEN@api.crm.example"
        )
    return Grant(secret.strip(), host.strip("[]"), port or ENCRYPTED_PORT)


def _split(text: str) -> tuple[str, int | None]:
    """What stands before a port, and the port."""
    place, colon, port = text.strip().rpartition(":")
    has_port = bool(colon) and (":" not in place or place.endswith("]"))
    return (place, parse_port(port)) if has_port else (text.strip(), None)


def _kind(address: Address) -> str:
    """What an address is that is not public; empty for a public one."""
    for network, word in _NETWORKS:
        if address in network:
            return word
    is_odd = address.is_reserved or address.is_multicast or not address.is_global
    return "reserved" if is_odd else ""
