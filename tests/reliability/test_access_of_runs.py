"""Rights of runs: a token that is revoked on the way ends one, and one that may not push pushes nothing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from leadsync.core.access.guard import RECHECK_S, Door, GuardedStore
from leadsync.core.access.records import TOKENS, entry_from, identity_of
from leadsync.core.access.rights import Right, Role
from leadsync.core.columns.arming import arm
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.events import Progress
from leadsync.core.engine.running import collect, drive, join, resume
from leadsync.core.engine.worker import work
from leadsync.core.errors import AccessError
from leadsync.core.models import CallState, RunState
from leadsync.core.store.opening import open_store
from leadsync.core.sync.pushing import drive_push, start_push
from leadsync.core.workspace import Workspace
from tests.entering import YEAR_2000, a_token, a_user
from tests.providers.pushing import addressed, edit, leads, opened, preview, push
from tests.reliability.run_making import (
    a_workspace,
    an_ai_column,
    filled,
    hasty,
    people,
    plan_of,
    started,
)
from tests.servers.instantly_campaigns import CampaignServer
from tests.servers.instantly_server import error
from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.store.protocol import Store
    from tests.servers.http_server import Reply


ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]


class HandClock:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_run_whose_token_is_revoked_ends_in_order(tmp_path: Path) -> None:
    clock = HandClock()
    with OpenAIServer().running() as server, a_workspace(server.url, tmp_path) as owned:
        people(owned, 400)
        an_ai_column(owned)
        store = owned.store
        user = a_user(store, role=Role.MEMBER)
        a_token(store, user)
        (token,) = store.documents(TOKENS)
        door = Door(store, identity_of(user, entry_from(TOKENS, token)), clock=clock)
        guarded = cast("Store", GuardedStore(door))
        workspace = Workspace(guarded, owned.config, door.identity)
        run = started(workspace, "intro", concurrency=4)

        def revoke(event: Event) -> None:
            if isinstance(event, Progress) and sum(event.counts.values()) >= 10:
                store.save(TOKENS, {**token, "endedAt": YEAR_2000})
                clock.now = RECHECK_S

        result = drive(workspace, run.id, pace=hasty(), on_event=revoke)
        answered = len(server.requests)
        assert result.state == RunState.STOPPED
        assert answered < 400
        assert filled(owned, "intro") == answered
        states = [call.state for call in store.calls(run_id=run.id)]
        assert states.count(CallState.ANSWERED) == answered
        assert result.unpriced_lost == 0  # those that are lost were not sent
        with pytest.raises(AccessError, match="is over"):
            plan_of(workspace, "intro")
        (unit, *_) = store.units()
        assert unit.actor == "ada@team.example (token tests)"


@pytest.fixture
def outreach() -> Iterator[CampaignServer]:
    server = CampaignServer()
    with server.running():
        yield server


@pytest.mark.parametrize("engine", ENGINES)
def test_who_may_run_columns_but_not_push_hands_over_no_lead(
    engine: str, request: pytest.FixtureRequest, outreach: CampaignServer, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    with opened(outreach, tmp_path, store) as owned:
        ids = leads(owned, *addressed("ada@a.example", "bob@a.example"))
        push(owned)
        edit(owned, ids, pitch="Better.")
        arm(owned, "instantly", usd_micros_per_day=1)
        orphan = started(owned, "instantly", scope=Scope.ALL)
        token = token_of(owned.config.store, Right.READ, Right.ENRICH)
        before = len(outreach.requests)
        with opened(outreach, tmp_path, store, LEADSYNC_TOKEN=token) as cron:
            assert plan_of(cron, "instantly", scope=Scope.ALL).hands_over == 2
            with pytest.raises(AccessError, match='no scope "push"'):
                join(cron, orphan.id, pace=hasty())
            owned.store.update_run(orphan.id, {"members": {}})
            for act in (resume, collect):
                with pytest.raises(AccessError, match='no scope "push"'):
                    act(cron, orphan.id, pace=hasty())
            with pytest.raises(AccessError, match='no scope "push"'):
                started(cron, "instantly", scope=Scope.ALL)
            worked = work(cron, once=True, pace=hasty())
        assert all('no scope "push"' in problem for problem in worked.problems)
        assert len(worked.problems) == 2  # the run, and the armed column
        assert len(outreach.requests) == before
        assert len(owned.store.runs()) == 2
        assert resume(owned, orphan.id, pace=hasty()).state is RunState.DONE
        assert sorted(outreach.changed) == ["ada@a.example", "bob@a.example"]


def test_a_push_whose_token_is_revoked_tells_what_has_left(
    outreach: CampaignServer, tmp_path: Path
) -> None:
    clock = HandClock()
    with opened(outreach, tmp_path) as owned:
        leads(owned, *addressed("ada@a.example", "bob@a.example"))
        outreach.blocked = {"bob@a.example"}
        user = a_user(owned.store, role=Role.MEMBER)
        a_token(owned.store, user)
        (token,) = owned.store.documents(TOKENS)
        door = Door(owned.store, identity_of(user, entry_from(TOKENS, token)), clock=clock)
        workspace = Workspace(cast("Store", GuardedStore(door)), owned.config, door.identity)
        wished = preview(workspace)
        run = start_push(workspace, wished)

        def revoke(_number: int, reply: Reply) -> Reply:
            with closing(open_store(owned.config.store)) as store:
                store.save(TOKENS, {**token, "endedAt": YEAR_2000})
            clock.now = RECHECK_S
            return reply

        outreach.after_add = revoke
        result = drive_push(workspace, run.id, lead_ids=wished.plan.columns[0].leads)
        assert result.pushed == ("1 created, 1 blocked",)
        with pytest.raises(AccessError, match=r'the token "tests" .* is over') as refused:
            workspace.require(Right.PUSH)
        assert "tokens add" in refused.value.next_step


def test_a_push_that_failed_says_to_push_again(outreach: CampaignServer, tmp_path: Path) -> None:
    with opened(outreach, tmp_path) as owned:
        leads(owned, *addressed("ada@a.example"))
        wished = preview(owned)
        run = start_push(owned, wished)
        outreach.special = [error(400, "Bad lead")]
        result = drive_push(owned, run.id, lead_ids=wished.plan.columns[0].leads)
        (group,) = result.errors
        assert group.remedy.endswith("then push again")


def token_of(url: str, *scopes: Right) -> str:
    """What lets a script of a member in; the store has users from then on."""
    with closing(open_store(url)) as store:
        return a_token(store, a_user(store, "grace@team.example", Role.MEMBER), *scopes)
