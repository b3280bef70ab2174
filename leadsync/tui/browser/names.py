"""Names under which the page is served, as browsers and proxies write them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from leadsync.core.errors import InputError

_PORTS = {"http": 80, "https": 443}
_EXAMPLE = "as in --public-url https://grid.example.com"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is, whatever the way to write it.

    Attributes:
        scheme: "http" or "https".
        host: a name or an address, in small letters, without brackets.
    """

    scheme: str
    host: str
    port: int

    @property
    def hosts(self) -> frozenset[str]:
        """What may stand in `Host`: browsers leave the scheme's own port out, some proxies do not."""
        name = bracketed(self.host)
        bare = {name} if self.port == _PORTS[self.scheme] else set[str]()
        return frozenset(bare | {f"{name}:{self.port}"})

    @property
    def origins(self) -> frozenset[str]:
        """What may stand in `Origin`."""
        return frozenset(f"{self.scheme}://{host}" for host in self.hosts)


def local_place(host: str, port: int) -> Place:
    """The page itself, which speaks plain HTTP."""
    return Place("http", host.casefold(), port)


def public_place(url: str) -> Place | None:
    """Where a proxy shows the page; None where nobody has said.

    Raises:
        InputError: it is no address of a page at the top of a server.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host, port, parts = "", None, None, urlsplit("")
    is_plain = url.isascii() and url.isprintable() and " " not in url
    is_top = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not (is_plain and is_top and scheme in _PORTS and host):
        raise InputError(
            f'"{url[:80]}" is no address at which a proxy could show the grid', next_step=_EXAMPLE
        )
    return Place(scheme, host, port or _PORTS[scheme])


def is_everywhere(host: str) -> bool:
    """Whether listening there takes what comes to any address of this machine."""
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
