"""The app under a pilot, and what tests ask of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.tui.asking import key_event
from leadsync.tui.opening import Lanes, make_app

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
        """Press keys, and wait until what they began is done."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, as fast as a terminal sends it."""
        await self.burst(*("space" if c == " " else c for c in text))

    async def burst(self, *keys: str) -> None:
        """Press keys as fast as a terminal sends them: none waits for what the last began."""
        for key in keys:
            self.app.post_message(key_event(key).set_sender(self.app))
        await self.pilot.pause()
        await self.settle()

    async def fill(self, text: str) -> None:
        """Put a long text into the line that asks."""
        from textual.widgets import Input

        self.app.screen.query(Input).last().value = text
        await self.press("enter")

    async def settle(self) -> None:
        """Wait until the lanes have done what they were asked, and the app has taken it.

        What was written is waited for until the grid has seen it. An idle process is waited for
        only at the end, and once: that takes 20 ms at least, on a busy machine far more.
        """
        await self._empty_the_lanes()
        revision = self.desk.workspace.store.revision()
        while self.desk.is_mounted and self.desk.live.revision < revision:
            await self.pilot.pause(0.002)
        await self._empty_the_lanes()
        while self.desk.is_position_due:
            await self.pilot.pause(0.002)
        await self.pilot.pause()

    async def _empty_the_lanes(self) -> None:
        """An answer may ask another lane: what one key begins is at most three steps long."""
        lanes = self.desk.lanes
        for _ in range(3):
            for lane in (lanes.writing, lanes.search, lanes.window):
                done = lane.ask("", lambda: None)
                while not done.is_set():
                    await self.pilot.pause(0.001)
            await self.pilot.pause(0)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, as for what other processes do."""
        for _ in range(500):
            if holds():
                return
            await self.pilot.pause(0.01)
        pytest.fail("it did not come to hold within 5 s")

    def lines(self) -> list[str]:
        """The screen as text."""
        return [
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips()
        ]

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
