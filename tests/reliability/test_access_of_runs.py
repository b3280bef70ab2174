"""A run whose token is revoked on the way: no new request leaves, and what is paid is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from leadsync.core.access.guard import RECHECK_S, Door, GuardedStore
from leadsync.core.access.records import TOKENS, entry_from, identity_of
from leadsync.core.access.rights import Role
from leadsync.core.engine.events import Progress
from leadsync.core.engine.running import drive
from leadsync.core.errors import AccessError
from leadsync.core.models import CallState, RunState
from leadsync.core.workspace import Workspace
from tests.entering import YEAR_2000, a_token, a_user
from tests.reliability.run_making import (
    a_workspace,
    an_ai_column,
    filled,
    hasty,
    people,
    plan_of,
    started,
)
from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.store.protocol import Store


class HandClock:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_run_whose_token_is_revoked_ends_in_order(tmp_path: Path) -> None:
    clock = HandClock()
    with OpenAIServer().running() as server, a_workspace(server.url, tmp_path) as opened:
        people(opened, 400)
        an_ai_column(opened)
        store = opened.store
        user = a_user(store, role=Role.MEMBER)
        a_token(store, user)
        (token,) = store.documents(TOKENS)
        door = Door(store, identity_of(user, entry_from(TOKENS, token)), clock=clock)
        guarded = cast("Store", GuardedStore(door))
        workspace = Workspace(guarded, opened.config, door.identity)
        run = started(workspace, "intro", concurrency=4)

        def revoke(event: Event) -> None:
            if isinstance(event, Progress) and sum(event.counts.values()) >= 10:
                store.save(TOKENS, {**token, "endedAt": YEAR_2000})
                clock.now = RECHECK_S

        result = drive(workspace, run.id, pace=hasty(), on_event=revoke)
        answered = len(server.requests)
        assert result.state == RunState.STOPPED
        assert answered < 400
        assert filled(opened, "intro") == answered
        states = [call.state for call in store.calls(run_id=run.id)]
        assert states.count(CallState.ANSWERED) == answered
        assert result.unpriced_lost == 0  # those that are lost were not sent
        with pytest.raises(AccessError, match="is over"):
            plan_of(workspace, "intro")
        (unit, *_) = store.units()
        assert unit.actor == "ada@team.example (token tests)"
