"""OpenAI's batches, over a socket and on both engines: made once, found again, read, half price."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.cells import Scope
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.errors import Exit
from leadsync.core.models import CallState, Reason, RunState
from tests.conftest import ROOT
from tests.reliability.run_making import (
    a_workspace,
    an_ai_column,
    counted_calls,
    enrich,
    environment,
    filled,
    hasty,
    people,
    plan_of,
    started,
)
from tests.servers.openai_server import OpenAIServer, Reply, completion, error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
pytestmark = pytest.mark.timeout(60)
QUICK = {"LEADSYNC_POLL_BASE_S": "0.001"}


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def workspace(server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(server.url, tmp_path, **QUICK) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""


@pytest.fixture
def either(store: str, server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on each engine."""
    with a_workspace(server.url, tmp_path, store, **QUICK) as opened:
        yield opened


def run_until_waiting(workspace: Workspace, *keys: str, **options: Any) -> RunResult:
    """Start a run, and stop it as soon as all that is left waits."""
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    run = started(workspace, *keys, **options)
    return drive(workspace, run.id, pace=hasty(), stop=stop, on_event=on_event)


def texts(workspace: Workspace, key: str = "intro") -> dict[str, str]:
    return dict(workspace.store.scan({}, ["name", key]))


# from leads to texts -------------------------------------------------------------------------
def test_a_batch_answers_each_lead_at_half_the_price_of_asking_alone(
    either: Workspace, server: OpenAIServer
) -> None:
    people(either, 12)
    an_ai_column(either, "alone")
    an_ai_column(either, batch=True)
    alone, together = plan_of(either, "alone"), plan_of(either, "intro")
    assert together.max_usd_micros is not None
    assert together.max_usd_micros == pytest.approx((alone.max_usd_micros or 0) / 2, rel=0.01)
    assert together.columns[0].note == "in batches: at half the price, within 24 hours"
    server.batches.statuses = ["validating", "in_progress", "finalizing", "completed"]
    first = enrich(either, "intro")
    assert (first.state, first.counts) == (RunState.DONE, {Reason.VALUE: 12})
    assert (len(server.batches.made), server.requests) == (1, [])
    planned = {plan.name: plan.calls for plan in together.providers}
    assert planned == counted_calls(either) == {"openai": 1}
    # The same prompts: what the batch has answered is not asked again.
    second = enrich(either, "alone")
    assert (second.counts, server.requests) == ({Reason.CACHED: 12}, [])
    assert texts(either) == texts(either, "alone")
    again = enrich(either, "alone", scope=Scope.ALL, no_cache=True)
    assert first.cost_usd_micros == pytest.approx(again.cost_usd_micros / 2, abs=12)
    assert first.units == again.units


def test_the_story_of_a_cell_names_its_line_its_batch_and_its_own_price(
    workspace: Workspace,
) -> None:
    leads = people(workspace, 3)
    column = an_ai_column(workspace, batch=True)
    result = enrich(workspace, "intro")
    tasks = workspace.store.tasks(leads, [column.id])
    calls = [workspace.store.calls(call_ids=task.meta["callIds"]) for task in tasks]
    assert [[call.operation for call in found] for found in calls] == [["batch", "chat"]] * 3
    assert all(found[1].request["messages"] for found in calls)
    costs = [task.meta["costUsdMicros"] for task in tasks]
    assert (sum(costs), min(costs) > 0) == (result.cost_usd_micros, True)
    assert calls[0][0].cost_usd_micros == result.cost_usd_micros


def test_leads_with_equal_prompts_share_a_line(workspace: Workspace, server: OpenAIServer) -> None:
    leads = people(workspace, 3)
    column = an_ai_column(workspace, batch=True, prompt="Greet {{ name and 'them' }}")
    result = enrich(workspace, "intro")
    assert (result.counts, len(server.batches.charged)) == ({Reason.VALUE: 3}, 1)
    tasks = workspace.store.tasks(leads, [column.id])
    assert sum(task.meta["costUsdMicros"] for task in tasks) == result.cost_usd_micros > 0


def test_one_answer_fills_several_columns_also_from_a_batch(workspace: Workspace) -> None:
    people(workspace, 2)
    outputs = [{"name": "opener"}, {"name": "score", "type": "number"}]
    an_ai_column(workspace, "parts", batch=True, outputs=outputs)
    enrich(workspace, "parts")
    assert filled(workspace, "opener", "score") == 4


# later processes, crashes --------------------------------------------------------------------
def test_a_stopped_run_leaves_its_batch_waiting_for_a_later_process(
    either: Workspace, server: OpenAIServer, tmp_path: Path
) -> None:
    people(either, 5)
    an_ai_column(either, batch=True)
    server.batches.statuses = ["in_progress"]
    result = run_until_waiting(either, "intro")
    assert (result.state, result.left, filled(either, "intro")) == (RunState.STOPPED, 5, 0)
    server.batches.statuses = ["completed"]
    with a_workspace(server.url, tmp_path, either.config.store, **QUICK) as later:
        result = resume(later, result.run_id, pace=hasty())
    assert (result.state, filled(either, "intro")) == (RunState.DONE, 5)
    assert (len(server.batches.made), len(server.batches.charged)) == (1, 5)


def test_a_process_that_is_killed_when_its_batch_is_made_leaves_it_to_the_next(
    either: Workspace, server: OpenAIServer, tmp_path: Path
) -> None:
    people(either, 6)
    an_ai_column(either, batch=True)
    process = a_driver(tmp_path, either.config.store, server.url)
    server.batches.on_made = process.kill
    process.communicate(timeout=40)
    server.batches.on_made = lambda: None
    (run,) = either.store.runs()
    assert len(server.batches.made) == 1
    assert [c.state for c in either.store.calls(run_id=run.id)] == [CallState.SENT]
    result = resume(either, run.id, pace=hasty())
    assert (result.state, filled(either, "intro")) == (RunState.DONE, 6)
    assert (len(server.batches.made), len(server.batches.charged)) == (1, 6)
    assert result.at_most_usd_micros == 0
    assert 0 < result.cost_usd_micros == either.store.spending(run.id)[0]


def test_a_process_that_is_killed_before_its_batch_is_made_has_paid_nothing(
    either: Workspace, server: OpenAIServer, tmp_path: Path
) -> None:
    people(either, 6)
    an_ai_column(either, batch=True)
    process = a_driver(tmp_path, either.config.store, server.url)
    server.batches.special["POST /batches"] = [Reply(500, delay_s=30)]
    server.batches.on_upload = process.kill
    process.communicate(timeout=40)
    server.batches.on_upload = lambda: None
    server.batches.special.clear()
    (run,) = either.store.runs()
    result = resume(either, run.id, pace=hasty())
    assert (result.state, filled(either, "intro")) == (RunState.DONE, 6)
    assert (len(server.batches.made), result.at_most_usd_micros) == (1, 0)


def a_driver(folder: Path, store: str, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.run_driver", str(folder), store, url, "start"],
        cwd=ROOT,
        env={**os.environ, **environment(url, folder, store)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_new_run_takes_over_the_batch_that_was_never_told(
    workspace: Workspace, server: OpenAIServer, tmp_path: Path
) -> None:
    people(workspace, 6)
    an_ai_column(workspace, batch=True)
    process = a_driver(tmp_path, workspace.config.store, server.url)
    server.batches.on_made = process.kill
    process.communicate(timeout=40)
    server.batches.on_made = lambda: None
    people(workspace, 8)  # six of them have prompts that are in the batch
    result = enrich(workspace, "intro")
    assert (result.state, filled(workspace, "intro")) == (RunState.DONE, 14)
    assert [len(server.batches.lines_of(n)) for n in (0, 1)] == [6, 2]


def test_a_batch_whose_answer_is_lost_is_looked_for_and_not_made_again(
    workspace: Workspace, server: OpenAIServer
) -> None:
    people(workspace, 4)
    an_ai_column(workspace, batch=True)
    server.batches.keeps_quiet = True
    result = enrich(workspace, "intro")
    assert (result.counts, len(server.batches.made)) == ({Reason.VALUE: 4}, 1)
    assert result.at_most_usd_micros == 0


def test_a_batch_is_found_behind_a_hundred_others(
    workspace: Workspace, server: OpenAIServer
) -> None:
    people(workspace, 1)
    an_ai_column(workspace, batch=True)
    server.batches.keeps_quiet = True

    def bury() -> None:
        server.batches.on_made = lambda: None
        other = server.batches.made[0] | {"metadata": None}
        server.batches.made += [other | {"id": f"other_{n}"} for n in range(150)]

    server.batches.on_made = bury
    assert enrich(workspace, "intro").counts == {Reason.VALUE: 1}
    assert len(server.batches.made) == 151


def test_a_lead_that_changes_meanwhile_gets_its_text_and_is_stale(
    workspace: Workspace, server: OpenAIServer
) -> None:
    leads = people(workspace, 2)
    column = an_ai_column(workspace, batch=True)
    server.batches.statuses = ["in_progress"]
    result = run_until_waiting(workspace, "intro")
    with workspace.store.unit("ada", "title") as unit:
        unit.edit({leads[0]: {"title": "CTO"}})
    server.batches.statuses = ["completed"]
    resume(workspace, result.run_id, pace=hasty())
    states = workspace.store.states(leads, [column.id])
    assert [states[lead, column.id].stale for lead in leads] == [True, False]
    assert filled(workspace, "intro") == 2


# what becomes of batches ---------------------------------------------------------------------
def test_of_an_expired_batch_what_is_done_is_used_and_the_rest_is_asked_anew(
    either: Workspace, server: OpenAIServer
) -> None:
    people(either, 10)
    an_ai_column(either, batch=True)
    late = {f"Person {n}," for n in range(7, 10)}

    def line(asked: dict[str, Any]) -> str | None:
        prompt = asked["body"]["messages"][-1]["content"]
        is_first = len(server.batches.made) == 1
        return "expired" if is_first and any(name in prompt for name in late) else None

    server.batches.line = line
    server.batches.statuses = ["expired"]
    server.batches.on_made = lambda: (
        server.batches.statuses.__setitem__(0, "completed")
        if len(server.batches.made) > 1
        else None
    )
    result = enrich(either, "intro")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 10})
    assert [len(server.batches.lines_of(n)) for n in (0, 1)] == [10, 3]
    assert len(server.batches.charged) == len({*server.batches.charged}) == 10


FAILED = {
    "failed": ([{"code": "invalid_json_line", "message": "line 3 is no JSON"}],
               Reason.INVALID, "openai refused the batch: line 3 is no JSON", 1),
    "cancelled": ([], Reason.INVALID, "its batch was cancelled at openai", 1),
    "completed": ([], Reason.INVALID, "its batch has no answer for it, twice", 2),
    "expired": ([], Reason.TRANSIENT, "its batch was not done within 24 hours", 6),
}  # fmt: skip


@pytest.mark.parametrize("status", FAILED)
def test_a_batch_that_comes_to_nothing_says_why(
    status: str, workspace: Workspace, server: OpenAIServer
) -> None:
    errors, reason, words, batches = FAILED[status]
    people(workspace, 2)
    an_ai_column(workspace, batch=True)
    before = "cancelling" if status == "cancelled" else "in_progress"
    server.batches.statuses, server.batches.errors = [before, status], errors
    server.batches.line = lambda _line: "missing"
    result = enrich(workspace, "intro")
    assert (result.counts, result.cost_usd_micros) == ({reason: 2}, 0)
    assert result.errors[0].detail == words
    assert len(server.batches.made) == batches


def test_a_batch_for_which_there_is_no_room_is_made_again_later(
    workspace: Workspace, server: OpenAIServer
) -> None:
    people(workspace, 2)
    an_ai_column(workspace, batch=True)
    server.batches.statuses = ["failed"]
    server.batches.errors = [{"code": "token_limit_exceeded", "message": "Enqueued token limit"}]
    server.batches.on_made = lambda: (
        server.batches.statuses.__setitem__(0, "completed")
        if len(server.batches.made) > 1
        else None
    )
    result = enrich(workspace, "intro")
    assert (result.counts, len(server.batches.made)) == ({Reason.VALUE: 2}, 2)


LINES = {
    "a prompt too long": ((400, error(400, "context_length_exceeded").body), Reason.INVALID, 1),
    "a refused prompt": ((400, error(400, "invalid_prompt").body), Reason.REFUSED, 1),
    "trouble for ever": ((500, error(500, "server_error").body), Reason.TRANSIENT, 6),
    "no quota": ((429, error(429, "insufficient_quota").body), Reason.INVALID, 2),
    "an empty text": ((200, completion({"messages": []}, " ")), Reason.INVALID, 2),
    "a text that is cut": (
        (200, completion({"messages": []}, "Half", "length")), Reason.INVALID, 1),
    "no answer of the protocol": ((200, {"ok": True}), Reason.INVALID, 2),
}  # fmt: skip


@pytest.mark.parametrize(("said", "reason", "batches"), LINES.values(), ids=LINES)
def test_what_becomes_of_one_line_concerns_its_lead_alone(
    said: tuple[int, Any], reason: Reason, batches: int, server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 2)
    an_ai_column(workspace, batch=True)
    server.batches.line = lambda line: (
        said if "Person 1" in line["body"]["messages"][-1]["content"] else None
    )
    result = enrich(workspace, "intro")
    assert result.counts == {Reason.VALUE: 1, reason: 1}
    assert len(server.batches.made) == batches
    assert filled(workspace, "intro") == 1


REFUSED = {
    "a wrong key": ("POST /files", error(401, "invalid_api_key"), "auth: "),
    "no quota": ("POST /batches", error(429, "insufficient_quota"), "exhausted: "),
    "a server without files": ("POST /files", error(404), "auth: "),
    "a server without batches": ("POST /batches", error(404), "auth: "),
    "the key is refused while it is looked for": (
        "GET /batches/", error(401, "invalid_api_key"), "auth: "),
}  # fmt: skip


@pytest.mark.parametrize(("what", "reply", "why"), REFUSED.values(), ids=REFUSED)
def test_what_a_person_has_to_mend_holds_the_column(
    what: str, reply: Reply, why: str, server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 2)
    an_ai_column(workspace, batch=True)
    server.batches.special[what] = [reply]
    result = enrich(workspace, "intro")
    assert (result.state, result.exit_code, result.left) == (RunState.HELD, Exit.HELD, 2)
    assert result.reason.startswith(why)
    result = resume(workspace, result.run_id, pace=hasty())
    assert (result.state, len(server.batches.made)) == (RunState.DONE, 1)


@pytest.mark.parametrize("what", ["POST /files", "POST /batches", "GET /batches/", "GET /files/"])
def test_trouble_that_passes_is_not_seen_in_the_result(
    what: str, server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 3)
    an_ai_column(workspace, batch=True)
    server.batches.special[what] = [error(500), error(429), Reply(200, "<html>proxy</html>")]
    result = enrich(workspace, "intro")
    if what == "GET /files/":  # lines that are no JSON are missing, and asked anew
        assert (result.counts, len(server.batches.made)) == ({Reason.VALUE: 3}, 2)
    else:
        assert (result.counts, len(server.batches.made)) == ({Reason.VALUE: 3}, 1)


def test_a_file_of_results_may_be_longer_than_any_other_answer(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 3)
    an_ai_column(workspace, batch=True)
    padding = {"padding": "x" * 4_000_000}  # 12 MB in all
    server.batches.line = lambda line: (200, completion(line["body"], "A text") | padding)
    assert enrich(workspace, "intro").counts == {Reason.VALUE: 3}


# money ---------------------------------------------------------------------------------------
def test_a_cap_lets_as_many_leads_into_a_batch_as_it_pays_for(
    workspace: Workspace, server: OpenAIServer
) -> None:
    people(workspace, 10)
    an_ai_column(workspace, batch=True)
    most = plan_of(workspace, "intro").max_usd_micros
    assert most is not None
    result = enrich(workspace, "intro", max_cost_usd_micros=most * 45 // 100)
    assert (result.state, result.reason[:3]) == (RunState.HELD, "cap")
    assert [len(server.batches.lines_of(0)), filled(workspace, "intro")] == [4, 4]
    assert result.cost_usd_micros <= most * 45 // 100


def test_while_a_batch_is_out_its_highest_price_counts(
    workspace: Workspace, server: OpenAIServer
) -> None:
    people(workspace, 4)
    an_ai_column(workspace, batch=True)
    server.batches.statuses = ["in_progress"]
    most = plan_of(workspace, "intro").max_usd_micros
    waiting = run_until_waiting(workspace, "intro")
    assert waiting.cost_usd_micros == most
    server.batches.statuses = ["completed"]
    done = resume(workspace, waiting.run_id, pace=hasty())
    assert 0 < done.cost_usd_micros < (most or 0)
    assert workspace.store.spending(waiting.run_id)[0] == done.cost_usd_micros


def test_a_model_without_a_price_says_so(workspace: Workspace) -> None:
    people(workspace, 2)
    an_ai_column(workspace, batch=True, model="llama3.2")
    assert plan_of(workspace, "intro").max_usd_micros is None
    result = enrich(workspace, "intro")
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 2}, 0)
    assert result.unpriced_calls == 1


def test_a_blank_field_leaves_its_lead_out_of_the_batch(
    workspace: Workspace, server: OpenAIServer
) -> None:
    leads = people(workspace, 3)
    with workspace.store.unit("ada", "title") as unit:
        unit.edit({leads[0]: {"title": None}})
    an_ai_column(workspace, batch=True)
    enrich(workspace, "intro")
    assert (len(server.batches.charged), filled(workspace, "intro")) == (2, 2)
