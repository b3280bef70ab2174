"""The door before the page: whose browser may come in, from which page, under which name.

Without users whoever runs `leadsync serve --grid` gets an address that works once; with users the
page asks for e-mail and password. Either way the browser holds a cookie from then on. Names that we
do not serve are refused, so that no page of a stranger reaches us by a name of its own (DNS
rebinding), and so is what other pages send.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from leadsync.tui.browser.names import local_place, public_place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BROWSERS = 100
LOGIN, LOGOUT = "/login", "/logout"
_LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that has come in.

    Attributes:
        visit: what lets its processes in as their user; empty: the workspace has no users.
    """

    visit: str = ""


class Door:
    """Knows browsers by their cookie. For one event loop."""

    def __init__(
        self, port: int, host: str, public_url: str, on_ticket: Callable[[str], None]
    ) -> None:
        """Take where the page is, and who is told of each new address that works once.

        Args:
            port: where it listens.
            host: an address of this machine.
            public_url: where a proxy shows it; empty: nowhere else.
            on_ticket: is called with the path of the address.

        Raises:
            InputError: the public URL is none.
        """
        public = public_place(public_url)
        places = [local_place(name, port) for name in (*_LOCAL_NAMES, host)]
        places += [public] if public else []
        self.hosts = frozenset[str]().union(*(place.hosts for place in places))
        self._origins = frozenset[str]().union(*(place.origins for place in places))
        self.is_secure = public is not None and public.scheme == "https"
        self._public_hosts = public.hosts if public else frozenset[str]()
        self._cookie = f"leadsync_{port}"
        self._visitors: dict[str, Visitor] = {}
        self._on_ticket = on_ticket
        self._ticket = ""

    def begin(self) -> None:
        """Make the first address."""
        self._new_ticket()

    def socket_url(self, request: web.Request) -> str:
        """The socket beside a page, under the name by which the page was asked for."""
        is_public = request.host.casefold() in self._public_hosts and self.is_secure
        return f"{'wss' if is_public else 'ws'}://{request.host}/ws"

    def visitor(self, request: web.Request) -> Visitor | None:
        """Whose browser it is; None: nobody's who has come in."""
        return self._visitors.get(request.cookies.get(self._cookie, ""))

    def admits(self, ticket: str) -> bool:
        """Whether an address works; it does once, and the next one is told."""
        if not self._ticket or not hmac.compare_digest(ticket.encode(), self._ticket.encode()):
            return False
        self._new_ticket()
        return True

    def let_in(self, response: web.StreamResponse, visitor: Visitor) -> None:
        """Give a browser its cookie."""
        while len(self._visitors) >= MOST_BROWSERS:
            del self._visitors[next(iter(self._visitors))]
        name = secrets.token_urlsafe(32)
        self._visitors[name] = visitor
        response.set_cookie(
            self._cookie, name, httponly=True, samesite="Strict", secure=self.is_secure, path="/"
        )

    def let_out(self, request: web.Request) -> Visitor | None:
        """Know a browser no more; who it was."""
        return self._visitors.pop(request.cookies.get(self._cookie, ""), None)

    def check(self, request: web.Request) -> None:
        """Refuse names that are not ours, and what the pages of others send.

        Raises:
            web.HTTPForbidden: it is one of these.
        """
        if request.host.casefold() not in self.hosts:
            raise web.HTTPForbidden(text="this name is not served here")
        origin = request.headers.get("Origin")
        is_telling = request.method != "GET" or request.path == "/ws"
        if (is_telling or origin is not None) and origin not in self._origins:
            raise web.HTTPForbidden(text="another page has sent this")

    def _new_ticket(self) -> None:
        self._ticket = secrets.token_urlsafe(32)
        self._on_ticket(f"/?ticket={self._ticket}")
