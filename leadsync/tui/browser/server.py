"""The server of the page: textual-serve's parts behind our door, with a process for each visitor."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from aiohttp import web
from textual_serve.server import Server

from leadsync.core.access.visiting import begin_visit, end_visit, has_users
from leadsync.core.errors import AccessError, InputError, LeadSyncError
from leadsync.core.listener import is_loopback
from leadsync.tui.browser.door import LOGIN, LOGOUT, Door, Visitor
from leadsync.tui.browser.names import bracketed, is_everywhere, public_place
from leadsync.tui.browser.pages import GRID, HEADERS, WORD, page
from leadsync.tui.browser.pages import LOGIN as LOGIN_PAGE
from leadsync.tui.browser.service import COMMAND, ENDS_WITHIN_S, VisitorService

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.config import Config
    from leadsync.core.engine.stop import StopSignal

logger = logging.getLogger(__name__)

MOST_VISITORS = 8
"""Processes of the app at once; each takes some 100 MB."""

MOST_CELLS = 500  # a side of the screen
MAX_MESSAGE_BYTES = 1 << 20  # a large paste
WHERE = "Open the address that leadsync serve has printed; it works once."


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page is to be.

    Attributes:
        is_remote: others than this machine may reach it.
        public_url: where a proxy shows it; empty: nowhere else.
    """

    host: str = "127.0.0.1"
    port: int = 8766
    is_remote: bool = False
    public_url: str = ""


def serve_grid(
    config: Config, where: Page, *, stop: StopSignal, on_open: Callable[[str], None]
) -> None:
    """Show the grid to browsers until stopped.

    Args:
        config: of the workspace.
        where: the page.
        stop: ends it; the apps of visitors end in order.
        on_open: is told of each address at which the page can be opened.

    Raises:
        AccessError: others are to reach it, and nobody has to log in.
        InputError: others are to reach it, and it was not said, or not under which name; or nobody
            can listen there.
    """
    public_place(where.public_url)
    with_users = has_users(config)
    if not is_loopback(where.host) or where.public_url:
        _check_remote(where, with_users=with_users)
    asyncio.run(_serve(config, where, stop, on_open))


def _check_remote(where: Page, *, with_users: bool) -> None:
    if not where.is_remote:
        raise InputError(
            "others than this machine would reach the grid", next_step="say so: --allow-remote"
        )
    if not with_users:
        raise AccessError(
            "the grid is shown to this machine alone until a login is needed",
            next_step="leadsync users add you@company.com",
        )
    if is_everywhere(where.host) and not where.public_url:
        raise InputError(
            f'"{where.host}" is no name that a browser could ask for, so nobody could come in',
            next_step="say how others reach this machine, as in"
            f" --public-url http://192.168.1.20:{where.port or 8766}",
        )


async def _serve(
    config: Config, where: Page, stop: StopSignal, on_open: Callable[[str], None]
) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def notice() -> None:
        loop.call_soon_threadsafe(stopped.set)

    forget = stop.listen(notice)
    server = GridServer(config)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=ENDS_WITHIN_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, where.host, where.port)
        try:
            await site.start()
        except OSError as error:
            raise InputError(
                f"nobody can listen at {where.host}:{where.port}: {error.strerror}",
                next_step="choose another --port, or end what listens there",
            ) from error
        port = int(runner.addresses[0][1])
        base = where.public_url.rstrip("/") or f"http://{bracketed(where.host)}:{port}"
        await server.begin(port, where, lambda path: on_open(base + path))
        if not stop.is_requested:
            await stopped.wait()
    finally:
        forget()
        await runner.cleanup()


class GridServer(Server):
    """The page, its socket and its login."""

    def __init__(self, config: Config) -> None:
        """Take the config of the workspace; `begin` says where the page is."""
        super().__init__(COMMAND, title="LeadSync")
        self._config = config
        self._door: Door | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def door(self) -> Door:
        """Who may come in."""
        assert self._door is not None, "begin was not called"
        return self._door

    async def begin(self, port: int, where: Page, on_open: Callable[[str], None]) -> None:
        """Let browsers in from now on."""
        door = Door(port, where.host, where.public_url, on_open)
        if await self._has_users():
            on_open("/")
        else:
            door.begin()
        self._door = door

    def application(self) -> web.Application:
        """Routes behind the door."""

        @web.middleware
        async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
            self.door.check(request)
            if request.path not in ("/", LOGIN) and self.door.visitor(request) is None:
                raise web.HTTPForbidden(text=WHERE)
            return await handler(request)

        async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)

        app = web.Application(middlewares=[guard], client_max_size=10_000)
        app.on_response_prepare.append(on_prepare)
        app.on_shutdown.append(self._close_sockets)
        app.add_routes(
            [
                web.get("/", self.handle_page),
                web.get("/ws", self.handle_websocket),
                web.get(LOGIN, self.handle_login_page),
                web.post(LOGIN, self.handle_login),
                web.post(LOGOUT, self.handle_logout),
                web.static("/static", self.statics_path),
            ]
        )
        return app

    # pages -------------------------------------------------------------------------------
    async def handle_page(self, request: web.Request) -> web.StreamResponse:
        """The grid, for who has come in; the login, or a word, for others."""
        visitor = self.door.visitor(request)
        needs_login = await self._has_users()
        if visitor is not None and bool(visitor.visit) == needs_login:
            return page(GRID, socket=self.door.socket_url(request))
        if needs_login:
            raise web.HTTPSeeOther(LOGIN)
        if not self.door.admits(request.query.get("ticket", "")):
            return page(WORD, status=403, words=WHERE)
        response = web.HTTPSeeOther("/")
        self.door.let_in(response, Visitor())
        return response

    async def handle_login_page(self, _request: web.Request) -> web.StreamResponse:
        """The form."""
        return page(LOGIN_PAGE, problem="")

    async def handle_login(self, request: web.Request) -> web.StreamResponse:
        """E-mail and password against a cookie."""
        try:
            fields = await request.post()
        except (ValueError, LookupError, AssertionError) as error:  # what aiohttp cannot decode
            logger.info("a login was no form: %s", type(error).__name__)
            raise web.HTTPBadRequest(text="this is no form of the page") from None
        email, password = str(fields.get("email", "")), str(fields.get("password", ""))
        try:
            visit = await asyncio.to_thread(begin_visit, self._config, email, password)
        except LeadSyncError as error:
            logger.info("a login through the page was refused")
            return page(LOGIN_PAGE, status=403, problem=error.message)
        await self._let_out(request)
        response = web.HTTPSeeOther("/")
        self.door.let_in(response, Visitor(visit))
        return response

    async def handle_logout(self, request: web.Request) -> web.StreamResponse:
        """The end of a visit, in this browser and in the store."""
        await self._let_out(request)
        return web.HTTPSeeOther("/")

    async def _let_out(self, request: web.Request) -> None:
        visitor = self.door.let_out(request)
        if visitor is not None and visitor.visit:
            await asyncio.to_thread(end_visit, self._config, visitor.visit)

    # the app -----------------------------------------------------------------------------
    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A process of the app for as long as the socket is open."""
        visitor = self.door.visitor(request)
        if visitor is None or bool(visitor.visit) != await self._has_users():
            raise web.HTTPForbidden(text=WHERE)
        if len(self._sockets) >= MOST_VISITORS:
            raise web.HTTPServiceUnavailable(
                text="too many visitors", headers={"Retry-After": "30"}
            )
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=MAX_MESSAGE_BYTES)
        self._sockets.add(socket)
        try:
            await socket.prepare(request)
            await self._run_app(request, socket, visitor)
        finally:
            self._sockets.discard(socket)
        return socket

    async def _run_app(
        self, request: web.Request, socket: web.WebSocketResponse, visitor: Visitor
    ) -> None:
        async def close() -> None:
            await socket.close()

        service = VisitorService(
            self.command, write_bytes=socket.send_bytes, write_str=socket.send_str,
            close=close, download_manager=self.download_manager,
        )  # fmt: skip
        service.visitor, service.store = visitor, self._config.store
        try:
            await service.start(_side(request, "width", 80), _side(request, "height", 24))
            await self._feed(socket, service)
        finally:
            await service.stop()

    async def _feed(self, socket: web.WebSocketResponse, service: VisitorService) -> None:
        try:
            await self._process_messages(socket, service)
        except (
            ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError,
        ) as error:  # fmt: skip
            last = extract_tb(error.__traceback__)[-1]
            words = "a browser has sent what the page does not send: %s in %s:%d"
            logger.warning(words, type(error).__name__, last.name, last.lineno)
            await socket.close()
        except ConnectionError:
            logger.info("a browser is gone")

    async def _close_sockets(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close(code=1001)

    async def _has_users(self) -> bool:
        return await asyncio.to_thread(has_users, self._config)


def _side(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return min(max(int(text), 1), MOST_CELLS) if text.isascii() and text.isdigit() else default
