"""The app under a pilot, and what tests ask of it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.tui.asking import key_event
from leadsync.tui.opening import Lanes, make_app
from tests.tui.holding import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from textual.pilot import Pilot

    from leadsync.core.workspace import Workspace
    from leadsync.tui.app import LeadSyncApp
    from leadsync.tui.desk import Desk

    Body = Callable[["Driven"], Awaitable[None]]


class Driven:
    """An app under a pilot, with what tests ask of it."""

    def __init__(self, app: LeadSyncApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def desk(self) -> Desk:
        return self.app.desk

    @property
    def here(self) -> tuple[int, str]:
        """Lead and field under the cursor."""
        grid = self.desk.grid
        assert grid.lead_id is not None
        assert grid.field is not None
        return grid.lead_id, grid.field.key

    async def press(self, *keys: str) -> None:
        """Press keys; each is pressed when what the one before it began is done."""
        for key in keys:
            self._send(key)
            await self._empty_the_lanes()
        await self.settle()

    async def tap(self, *keys: str) -> None:
        """Press keys one by one without waiting for the lanes, one of which is held up."""
        for key in keys:
            self._send(key)
            await self.rest()

    async def type(self, text: str) -> None:
        """Type a text, as fast as a terminal sends it."""
        await self.burst(*("space" if c == " " else c for c in text))

    async def burst(self, *keys: str) -> None:
        """Press keys as fast as a terminal sends them: none waits for what the last began."""
        for key in keys:
            self._send(key)
        await self.settle()

    def _send(self, key: str) -> None:
        self.app.post_message(key_event(key).set_sender(self.app))

    async def fill(self, text: str) -> None:
        """Put a long text into the line that asks."""
        from textual.widgets import Input

        self.app.screen.query(Input).last().value = text
        await self.press("enter")

    async def settle(self) -> None:
        """Wait until the lanes have done what they were asked, and the app has taken it.

        What was written is waited for until the grid has seen it.
        """
        await self._empty_the_lanes()
        revision = self.desk.workspace.store.revision()
        while self.desk.is_mounted and self.desk.live.revision < revision:
            self.desk.live.look_now()
            await self._empty_the_lanes()
        await self.rest()

    async def _empty_the_lanes(self) -> None:
        """An answer may ask another lane: what one key begins is a few steps long."""
        await self.rest()
        loop, lanes = asyncio.get_running_loop(), self.desk.lanes
        for _ in range(3):
            for lane in (lanes.writing, lanes.search, lanes.window):
                reached = asyncio.Event()
                lane.ask("", partial(loop.call_soon_threadsafe, reached.set))
                await reached.wait()
                await self.rest()

    async def rest(self) -> None:
        """Wait until the event loop has nothing to do but to wait, and the screen is painted.

        Other than an idle process this is no question of time.
        """
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
        for _ in range(2):  # a picture may have let something go on
            await asyncio.sleep(0)
            while ready:
                await asyncio.sleep(0)
            if self.app.is_running:
                self.app.screen._on_timer_update()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, as for what other processes do."""
        end = time.monotonic() + LONGEST_S
        while not holds():
            if time.monotonic() > end:
                pytest.fail(f"it did not come to hold within {LONGEST_S} s:\n{self.text()}")
            await self.pilot.pause(0.01)
        await self.rest()

    def lines(self) -> list[str]:
        """The screen as text; one that just opens is an empty line."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips] or [""]

    def text(self) -> str:
        return "\n".join(self.lines())

    def cell(self, lead_id: int, key: str) -> Any:
        return self.desk.workspace.store.rows([lead_id], [key])[0][0]


@asynccontextmanager
async def driven(
    workspace: Workspace, size: tuple[int, int] = (120, 30), *, ascii_only: bool = False
) -> AsyncIterator[Driven]:
    """The app on a workspace."""
    lanes = Lanes()
    app = make_app(workspace, lanes, ascii_only=ascii_only)
    try:
        async with app.run_test(size=size) as pilot:
            one = Driven(app, pilot)
            await one.settle()
            yield one
            await one.rest()  # no key is left over for an app whose screens are closed already
    finally:
        lanes.close()


def on_grid(
    fixture: str = "filled", *, size: tuple[int, int] = (120, 30), ascii_only: bool = False
) -> Callable[[Body], Callable[[pytest.FixtureRequest], None]]:
    """Make a test of a coroutine that gets the app on the workspace of a fixture."""

    def wrap(body: Body) -> Callable[[pytest.FixtureRequest], None]:
        def test(request: pytest.FixtureRequest) -> None:
            workspace = request.getfixturevalue(fixture)

            async def run() -> None:
                async with driven(workspace, size, ascii_only=ascii_only) as app:
                    await body(app)

            asyncio.run(run())

        test.__name__ = body.__name__
        return test

    return wrap
