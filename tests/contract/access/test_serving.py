"""What `serve` answers while the login that it has is over, and after the next one."""

from __future__ import annotations

import json
import logging
import queue
import threading
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.access import sessions, tokens
from leadsync.core.access.guard import RECHECK_S, Door, GuardedStore
from leadsync.core.access.recognising import recognise
from leadsync.core.access.rights import Right, Role
from leadsync.core.engine.serving import Answered, Entry, Listening, Trouble, serve
from leadsync.core.engine.stop import StopSignal
from leadsync.core.inbound.hook_settings import HookSettings
from leadsync.core.inbound.hooks import add_hook
from leadsync.core.store.opening import open_store
from leadsync.core.workspace import Workspace
from tests.contract.access.team import ADA, GRACE, PASSWORD, Team
from tests.contract.access.test_open_doors import HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from leadsync.core.engine.serving import ServeEvent
    from leadsync.core.store.protocol import Store


class Served:
    """`serve` in a thread, and what it has told."""

    def __init__(self, workspace: Workspace, path: str) -> None:
        self.told: queue.Queue[ServeEvent] = queue.Queue()
        self._stop = StopSignal()
        self._thread = threading.Thread(
            target=lambda: serve(
                workspace, Entry(), stop=self._stop, on_event=self.told.put, on_end=print
            )
        )
        self._thread.start()
        listening = self.told.get(timeout=10)
        assert isinstance(listening, Listening)
        self._server = f"http://{listening.host}:{listening.port}"
        self._url = self._server + path

    def post(self, email: str, path: str = "") -> int:
        body = json.dumps({"email": email}).encode()
        url = self._server + path if path else self._url
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def events(self, kind: type[Any]) -> list[Any]:
        found = [self.told.get_nowait() for _ in range(self.told.qsize())]
        return [event for event in found if isinstance(event, kind)]

    def end(self) -> None:
        self._stop.request()
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextmanager
def served(team: Team, person: str, clock: HandClock, path: str) -> Iterator[Served]:
    """As whoever is logged in on that machine, by a clock that the test turns."""
    with closing(open_store(team.url)) as store:
        config = team.config(person)
        door = Door(store, recognise(store, config), clock=clock)
        guarded = cast("Store", GuardedStore(door))
        running = Served(Workspace(guarded, config, door.identity), path)
        try:
            yield running
        finally:
            running.end()


def test_messages_are_put_off_until_the_same_user_logs_in_again(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    team.add(GRACE, Role.OWNER)
    with team.open(ADA) as owner:
        path = add_hook(owner, "website", "form", HookSettings()).path
    clock = HandClock()
    config = team.config(ADA)
    with served(team, ADA, clock, path) as running, caplog.at_level(logging.ERROR):
        assert running.post("a@x.example") == 200
        sessions.logout(config)
        clock.now += RECHECK_S
        assert [running.post("b@x.example"), running.post("b@x.example")] == [503, 503]
        (trouble,) = running.events(Trouble)  # told once
        assert f"the login of {ADA} is over" in trouble.words
        assert trouble.next_step == "leadsync login"
        assert (
            sum(f"the login of {ADA} is over" in record.message for record in caplog.records) == 2
        )
        sessions.login(config, GRACE, PASSWORD)
        clock.now += RECHECK_S
        assert running.post("b@x.example") == 503  # somebody else is there now
        sessions.login(config, ADA, PASSWORD)
        clock.now += RECHECK_S
        assert running.post("b@x.example") == 200
        assert [event.status for event in running.events(Answered)] == [503, 200]
    with team.open(GRACE) as workspace:
        assert workspace.store.count({}) == 2


def test_a_token_that_may_not_import_is_told_with_the_first_message(team: Team) -> None:
    with team.open(ADA) as owner:
        path = add_hook(owner, "website", "form", HookSettings()).path
        _, text = tokens.add_token(owner, "late", [Right.ENRICH])
    config = team.config("server", text)
    keyed = {**config._environment, "LEADSYNC_CALLBACK_SECRET": "k" * 40}
    with Workspace.open(replace(config, _environment=keyed)) as workspace:
        running = Served(workspace, path)
        assert running.post("a@x.example") == 503
        assert ['no scope "import"' in each.words for each in running.events(Trouble)] == [True]
        assert running.post("a" * 100_000) == 413
        assert [(e.method, e.status) for e in running.events(Answered)] == [("", 413)]
        running.end()


def test_the_trouble_of_each_hook_is_told_once_also_where_they_take_turns(team: Team) -> None:
    with team.open(ADA) as owner:
        paths = [
            add_hook(owner, name, "form", HookSettings(signed_with=f"{name}_KEY")).path
            for name in ("ONE", "TWO")
        ]
        running = Served(owner, paths[0])
        assert [running.post("a@x.example", path) for path in paths * 2] == [503] * 4
        told = [
            event.words for event in running.events(Trouble) if "takes nothing" not in event.words
        ]
        assert told == [f'the key "{name}_KEY" is not set' for name in ("ONE", "TWO")]
        running.end()
