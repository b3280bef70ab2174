"""Lanes and servers that are held up, to see what happens while they are at work."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadsync.core.leads.editing import edit_leads
from leadsync.tui.panels.progress_panel import ProgressPanel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.tui.lane import Lane
    from tests.servers.http_server import HttpServer, Reply, Request
    from tests.servers.openai_server import OpenAIServer
    from tests.servers.openai_server import Reply as Completion
    from tests.servers.openai_server import Request as Prompt
    from tests.tui.driven import Driven

LONGEST_S = 60  # that a test waits for anything before it fails


class Stopped:
    """A lane that does nothing for now."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._gates: list[threading.Event] = []
        self.stop_again_after_this()

    def stop_again_after_this(self) -> None:
        """Another stop, behind all that was asked for by now."""
        gate = threading.Event()
        self._gates.append(gate)
        self._lane.ask("", lambda: gate.wait(LONGEST_S))

    def go_on(self) -> None:
        """To the next stop, or for good."""
        self._gates.pop(0).set()

    def end(self) -> None:
        """For good."""
        for gate in self._gates:
            gate.set()


@contextmanager
def stopped(lane: Lane) -> Iterator[Stopped]:
    """A lane that does nothing before the end of the block."""
    held = Stopped(lane)
    try:
        yield held
    except BaseException:
        held.end()
        raise
    held.go_on()


@contextmanager
def held_up(server: OpenAIServer) -> Iterator[None]:
    """A server that reads one request, and answers none before the end of the block."""
    usual, gate = server.behave, threading.Event()

    def late(request: Prompt) -> Completion | None:
        gate.wait(LONGEST_S)
        return usual(request)

    server.behave = late
    try:
        yield
    finally:
        server.behave = usual
        gate.set()


async def written_and_seen(app: Driven) -> None:
    """Another process has written, and the status line has taken note."""
    store = app.desk.workspace.store
    edit_leads(app.desk.workspace, [2], {"title": "Admiral"})
    await app.until(lambda: app.desk.live.revision == store.revision())
    await app.until(lambda: not app.desk.is_position_due)


async def stop_while_it_waits(app: Driven, key: str, server: HttpServer) -> None:
    """Begin work by a key, and stop it by Esc while a server has not answered yet."""
    script, asked, gate = server.script, threading.Event(), threading.Event()

    def late(request: Request) -> Reply:
        asked.set()
        gate.wait(LONGEST_S)
        return script(request)

    server.script = late
    try:
        await app.tap(key)
        await app.until(asked.is_set)
        assert isinstance(app.app.screen, ProgressPanel)
        await app.tap("escape")
        await app.until(lambda: "stopping" in app.text())
    finally:
        server.script = script
        gate.set()
    await app.settle()
