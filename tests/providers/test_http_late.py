"""HTTP columns whose results come later: polled for, or called back, each settled once."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from leadsync.core.columns.definitions import ColumnChanges, edit_column
from leadsync.core.engine.callback_receiver import CallbackReceiver, Receipt
from leadsync.core.engine.callbacks import PATH, Ticket, read_token, to_token
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.costs import CostsBy, cost_report
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.late_fetcher import LateFetcher
from leadsync.core.engine.running import StopSignal, collect, drive, resume
from leadsync.core.engine.signatures import sign
from leadsync.core.errors import AccessError
from leadsync.core.models import Reason, RunState
from tests.providers.http_columns import (
    CALLBACK_SECRET,
    SIGNING,
    a_reaching_workspace,
    an_http_column,
    cells,
    reason,
    tasks,
)
from tests.reliability.run_making import (
    a_workspace,
    counted_calls,
    enrich,
    hasty,
    people,
    plan_of,
    started,
)
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
pytestmark = pytest.mark.timeout(40)
ADDRESS = "https://crm.example.com"


class Jobs:
    """A provider that takes jobs, asked for at /jobs/ID.

    Attributes:
        bodies: what was submitted.
        looks: answers to the next polls; then the job is done.
    """

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.looks: list[Reply] = []
        self.polls: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        if request.method == "POST":
            self.bodies.append(request.json)
            return Reply(202, {"job": {"id": len(self.bodies)}})
        self.polls.append(request)
        if self.looks:
            return self.looks.pop(0)
        number = int(request.path.rpartition("/")[2])
        found = self.bodies[number - 1]
        if "people" in found:
            data = [{"mail": p["email"], "text": f"About {p['email']}"} for p in found["people"]]
            return Reply(body={"state": "done", "data": data})
        return Reply(body={"state": "done", "text": f"About {found['email']}"})


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def server(jobs: Jobs) -> Iterator[HttpServer]:
    with HttpServer(jobs).running() as running:
        yield running


@pytest.fixture(params=ENGINES)
def workspace(
    request: pytest.FixtureRequest, server: HttpServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with a_reaching_workspace(tmp_path, server.url, store, LEADSYNC_SERVE_URL=ADDRESS) as opened:
        yield opened


@pytest.fixture
def small(server: HttpServer, tmp_path: Path) -> Iterator[Workspace]:
    """The same on one engine, for what the store has no part in."""
    with a_reaching_workspace(tmp_path, server.url, LEADSYNC_SERVE_URL=ADDRESS) as opened:
        yield opened


def a_polled_column(workspace: Workspace, server: HttpServer, **config: Any) -> Column:
    given: dict[str, Any] = {
        "mode": "poll",
        "method": "POST",
        "params": {},
        "headers": {"X-Key": '{{ secret("CRM_TOKEN") }}'},
        "body": {"email": "{{ email }}"},
        "handle": "body.job.id",
        "poll_url": server.url + "/jobs/{{ handle }}",
        "done": "body.state == 'done'",
        "failed": "body.state == 'failed'",
        "error": "body.why",
        "interval_s": 0.1,
        "price_usd": "0.02",
    }
    return an_http_column(workspace, server.url, **(given | config))


def a_called_column(workspace: Workspace, server: HttpServer, **config: Any) -> Column:
    given: dict[str, Any] = {
        "mode": "callback",
        "method": "POST",
        "params": {},
        "body": {"email": "{{ email }}", "to": "{{ callback_url }}"},
        "interval_s": 0.1,
        "price_usd": "0.02",
    }
    return an_http_column(workspace, server.url, **(given | config))


def drive_until_waiting(workspace: Workspace, *keys: str) -> RunResult:
    """Start a run, and stop as soon as all that is left waits."""
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    run = started(workspace, *keys)
    return drive(workspace, run.id, pace=hasty(), stop=stop, on_event=on_event)


def soon() -> float:
    """A clock by which every cell that waits is due."""
    return time.time() + 1


def receive(
    workspace: Workspace, address: str, body: Any, headers: dict[str, str] | None = None
) -> Receipt:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    token = address.partition(PATH)[2]
    return CallbackReceiver(workspace).receive(token, headers or {}, data)


# polling -----------------------------------------------------------------------------------------
def test_a_result_is_polled_for_and_paid_once(
    workspace: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(workspace, 3)
    a_polled_column(workspace, server)
    jobs.looks = [Reply(body={"state": "working"}), Reply(202, {"state": "queued"})]
    result = enrich(workspace, "asked")
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 3}, 60_000)
    assert cells(workspace, "asked") == [f"About p{n}@company{n}.example" for n in range(3)]
    assert len(jobs.bodies) == 3
    assert len(jobs.polls) == 5
    assert {len(task.meta["callIds"]) for task in tasks(workspace)} == {2}
    assert list(counted_calls(workspace).values()) == [3]
    again = enrich(workspace, "asked", scope=Scope.ALL)
    assert (again.counts, again.cost_usd_micros) == ({Reason.CACHED: 3}, 0)
    assert len(jobs.bodies) == 3


def test_a_result_is_fetched_by_another_process_after_the_first_one_has_left(
    workspace: Workspace, server: HttpServer, jobs: Jobs, tmp_path: Path
) -> None:
    people(workspace, 2)
    a_polled_column(workspace, server)
    jobs.looks = [Reply(body={"state": "working"})] * 50
    left = drive_until_waiting(workspace, "asked")
    assert (left.state, left.left) == (RunState.STOPPED, 2)
    jobs.looks.clear()
    with a_reaching_workspace(tmp_path, server.url, workspace.store.url) as other:
        result = collect(other, left.run_id, pace=hasty())
    assert (result.counts, result.left) == ({Reason.VALUE: 2}, 0)
    assert len(jobs.bodies) == 2


def test_a_batch_is_submitted_and_polled_as_one(
    workspace: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(workspace, 4)
    a_polled_column(
        workspace,
        server,
        batch_size=10,
        item={"email": "{{ email }}"},
        body={"people": "{{ items }}"},
        results="data",
        match={"item": "mail", "field": "email", "compare": "email"},
    )
    planned = plan_of(workspace, "asked").providers[0].calls
    result = enrich(workspace, "asked")
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 4}, 20_000)
    assert [planned] == list(counted_calls(workspace).values()) == [1]
    assert enrich(workspace, "asked", scope=Scope.ALL).counts == {Reason.CACHED: 4}
    assert len(jobs.bodies) == 1
    assert len(jobs.polls) < 4  # for those that are due at a time, on a busy machine not all


def test_a_lead_that_changes_meanwhile_gets_what_it_was_asked_about(
    workspace: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    leads = people(workspace, 3)
    column = a_polled_column(
        workspace,
        server,
        batch_size=10,
        item={"email": "{{ email }}"},
        body={"people": "{{ items }}"},
        results="data",
        match={"item": "mail", "field": "email", "compare": "email"},
    )
    jobs.looks = [Reply(body={"state": "running"})]
    left = drive_until_waiting(workspace, "asked")
    with workspace.store.unit("ada", "address") as unit:
        unit.edit({leads[0]: {"email": "new@company0.example"}})
    result = resume(workspace, left.run_id, pace=hasty())
    assert result.counts == {Reason.VALUE: 3}
    assert cells(workspace, "asked")[0] == "About p0@company0.example"
    assert workspace.store.states(leads, [column.id])[leads[0], column.id].stale
    with workspace.store.unit("ada", "address back") as unit:
        unit.edit({leads[0]: {"email": "p0@company0.example"}})
    assert enrich(workspace, "asked", scope=Scope.ALL).counts == {Reason.CACHED: 3}
    assert len(jobs.bodies) == 1


LOOKS: dict[str, tuple[Reply, dict[str, Any], str]] = {
    "failed": (Reply(body={"state": "failed", "why": "no such person"}), {}, "invalid"),
    "404": (Reply(404, {}), {}, "invalid"),
    "410": (Reply(410, {}), {}, "invalid"),
    "451": (Reply(451, {}), {}, "refused"),
    "401": (Reply(401, {}), {}, "auth"),
    "402": (Reply(402, {}), {}, "exhausted"),
    "no JSON": (Reply(body="soon"), {}, "invalid"),
    "nothing": (Reply(body={"state": "done", "text": None}), {}, "no_match"),
    "no_match": (Reply(body={"state": "none"}), {"no_match": "body.state == 'none'"}, "no_match"),
}


@pytest.mark.parametrize(("look", "config", "end"), LOOKS.values(), ids=LOOKS)
def test_a_look_ends_as_the_table_says(
    look: Reply, config: dict[str, Any], end: str, small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server, **config)
    jobs.looks = [look] * 9
    result = enrich(small, "asked")
    assert reason(result) == end
    assert result.cost_usd_micros == 20_000


def test_trouble_of_a_look_is_no_reason_to_give_up_what_is_paid(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server)
    jobs.looks = [Reply(503, {}), Reply(429, {}), *[Reply(cut=0)] * 4, *[Reply(500, {})] * 8]
    assert reason(enrich(small, "asked")) == Reason.VALUE


def test_a_result_that_cannot_be_asked_for_is_given_up_at_its_end(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server, expires_s=1)
    jobs.looks = [Reply(cut=0)] * 1000
    assert reason(enrich(small, "asked")) == Reason.UNKNOWN


def test_a_result_that_never_comes_is_unknown_and_not_asked_for_again_by_itself(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server, expires_s=1)
    jobs.looks = [Reply(body={"state": "working"})] * 1000
    result = enrich(small, "asked")
    assert reason(result) == Reason.UNKNOWN
    assert "no result came within 1 s" in result.errors[0].detail
    assert enrich(small, "asked").planned == 0


def test_an_answer_without_a_handle_is_invalid(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server, handle="body.task")
    result = enrich(small, "asked")
    assert reason(result) == Reason.INVALID
    assert "no handle at body.task" in result.errors[0].detail


def test_a_handle_cannot_lead_to_another_place(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server, handle="body.id")

    def script(request: Request) -> Reply:
        if request.method == "POST":
            return Reply(202, {"id": "../admin?x=1#"})
        return jobs(request)

    server.script = script
    jobs.looks = [Reply(body={"state": "done", "text": "x"})]
    enrich(small, "asked")
    assert jobs.polls[0].path == "/jobs/..%2Fadmin%3Fx%3D1%23"


def test_a_handle_that_is_an_address_gets_no_key_that_is_not_for_its_host(
    small: Workspace, server: HttpServer
) -> None:
    people(small, 1)
    with HttpServer().running() as other:
        server.script = lambda _request: Reply(202, headers={"Location": f"{other.url}/steal"})
        a_polled_column(small, server, handle="headers.location", poll_url="{{ handle }}")
        result = enrich(small, "asked")
    assert 'the key "CRM_TOKEN" may not be sent' in result.reason
    assert other.requests == []


# callbacks ---------------------------------------------------------------------------------------
def test_a_callback_settles_the_cell_that_waits_for_it_exactly_once(
    workspace: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(workspace, 2)
    a_called_column(workspace, server)
    left = drive_until_waiting(workspace, "asked")
    assert (left.left, left.cost_usd_micros) == (2, 40_000)
    first, second = jobs.bodies
    assert first["to"].startswith(f"{ADDRESS}{PATH}{left.run_id}.")
    answer = {"text": f"Called {first['email']}"}
    assert receive(workspace, first["to"], answer).status == 200
    assert receive(workspace, first["to"], answer).is_repeat
    result = collect(workspace, left.run_id, pace=hasty(now=soon), waits=False)
    assert (result.counts, result.left) == ({Reason.VALUE: 1}, 1)
    assert receive(workspace, first["to"], {"text": "changed"}).status == 200
    assert receive(workspace, second["to"], {"text": "Called too"}).status == 200
    result = collect(workspace, left.run_id, pace=hasty())
    assert (result.state, result.left) == (RunState.DONE, 0)
    assert sorted(cells(workspace, "asked")) == [f"Called {first['email']}", "Called too"]
    by_lead = {task.lead_id: task.meta["callIds"] for task in tasks(workspace)}
    assert {len(ids) for ids in by_lead.values()} == {2}


def test_a_run_that_waits_takes_what_comes_meanwhile(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server)

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            receive(small, jobs.bodies[0]["to"], {"text": "there"})

    run = started(small, "asked")
    result = drive(small, run.id, pace=hasty(), on_event=on_event)
    assert result.counts == {Reason.VALUE: 1}


def test_a_callback_that_is_faster_than_the_answer_is_not_lost(
    small: Workspace, server: HttpServer
) -> None:
    people(small, 1)
    a_called_column(small, server)

    def script(request: Request) -> Reply:
        with a_reaching_again(small) as other:
            assert receive(other, request.json["to"], {"text": "fast"}).status == 200
        return Reply(202, {})

    server.script = script
    assert enrich(small, "asked").counts == {Reason.VALUE: 1}


def a_reaching_again(workspace: Workspace) -> Workspace:
    """The same store, as another process has it."""
    return a_workspace(
        "",
        workspace.config.path.parent,
        workspace.store.url,
        LEADSYNC_CALLBACK_SECRET=CALLBACK_SECRET,
        SIGNING=SIGNING,
    )


def test_a_lost_answer_is_mended_by_the_callback(
    workspace: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(workspace, 3)
    a_called_column(workspace, server)

    def script(request: Request) -> Reply:
        jobs(request)
        return Reply(cut=0)

    server.script = script
    left = drive_until_waiting(workspace, "asked")
    assert (left.cost_usd_micros, left.at_most_usd_micros) == (0, 60_000)
    for body in jobs.bodies[:2]:
        assert receive(workspace, body["to"], {"text": "arrived"}).status == 200
    result = collect(workspace, left.run_id, pace=hasty(now=soon), waits=False)
    assert (result.cost_usd_micros, result.at_most_usd_micros) == (40_000, 20_000)
    receive(workspace, jobs.bodies[2]["to"], {"text": "arrived"})
    result = collect(workspace, left.run_id, pace=hasty())
    assert (result.counts[Reason.VALUE], result.left) == (3, 0)
    assert (result.cost_usd_micros, result.at_most_usd_micros) == (60_000, 0)
    assert len(server.requests) == 3
    (line,) = cost_report(workspace, CostsBy.PROVIDER)
    assert (line.calls, line.cost_usd_micros, line.at_most_usd_micros) == (3, 60_000, 0)


def test_what_came_in_before_serve_was_started_again_is_settled_by_it(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server)
    drive_until_waiting(small, "asked")
    receive(small, jobs.bodies[0]["to"], {"text": "there"})
    ended: list[RunResult] = []

    def on_end(result: RunResult) -> None:
        ended.append(result)
        fetcher.close()

    fetcher = LateFetcher(small, StopSignal(), on_end)
    fetcher.run()
    assert [result.counts for result in ended] == [{Reason.VALUE: 1}]
    assert cells(small, "asked") == ["there"]


def test_states_before_the_last_one_are_taken_and_waited_through(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, done="body.state == 'done'", failed="body.state == 'failed'")
    left = drive_until_waiting(small, "asked")
    to = jobs.bodies[0]["to"]
    assert receive(small, to, {"state": "working"}).status == 200
    assert collect(small, left.run_id, pace=hasty(now=soon), waits=False).left == 1
    assert receive(small, to, {"state": "done", "text": "x"}).status == 200
    assert receive(small, to, {"state": "working"}).is_repeat
    assert collect(small, left.run_id, pace=hasty()).counts == {Reason.VALUE: 1}


def test_without_a_mark_of_the_end_the_first_callback_counts(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server)
    left = drive_until_waiting(small, "asked")
    to = jobs.bodies[0]["to"]
    assert [receive(small, to, {"text": text}).status for text in ("first", "later")] == [200, 200]
    collect(small, left.run_id, pace=hasty())
    assert cells(small, "asked") == ["first"]


def test_an_address_takes_only_so_many_messages(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, done="body.state == 'done'")
    drive_until_waiting(small, "asked")
    to = jobs.bodies[0]["to"]
    statuses = [receive(small, to, {"n": n}).status for n in range(25)]
    assert statuses == [200] * 20 + [429] * 5


def test_a_callback_that_never_comes_is_unknown(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, expires_s=1)
    assert reason(enrich(small, "asked")) == Reason.UNKNOWN
    assert receive(small, jobs.bodies[0]["to"], {"text": "late"}).status == 410


def test_nobody_makes_an_address_without_the_key(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server)
    drive_until_waiting(small, "asked")
    token = jobs.bodies[0]["to"].partition(PATH)[2]
    ticket = read_token(token, CALLBACK_SECRET.encode())
    longer = Ticket(
        ticket.run_id, ticket.column_id, ticket.lead_ids, ticket.until + 9, ticket.nonce
    )
    forged = [
        "",
        "x",
        token[:-1],
        token + "x",
        token.replace(".", "..", 1),
        to_token(longer, CALLBACK_SECRET.encode())[:-22] + token[-22:],
        to_token(ticket, b"another key that is long enough"),
        "9" * 5000,
        "٣.1.1.1.0123456789abcdef." + "A" * 22,
    ]
    for word in forged:
        assert CallbackReceiver(small).receive(word, {}, b"{}").status == 404
    assert read_token(to_token(longer, b"k" * 16), b"k" * 16) == longer


def test_the_address_of_a_callback_stands_in_no_file(
    small: Workspace, server: HttpServer, jobs: Jobs, tmp_path: Path
) -> None:
    people(small, 1)
    a_called_column(small, server)
    left = drive_until_waiting(small, "asked")
    token = jobs.bodies[0]["to"].partition(PATH)[2]
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert token.rpartition(".")[2].encode() not in everything
    (call,) = small.store.calls(run_id=left.run_id)
    assert re.fullmatch(r"\[callback 1-\d+-[0-9a-f]{16}\]", call.request["body"]["to"])


def test_a_callback_of_a_column_that_is_gone_is_refused(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    from leadsync.core.columns.definitions import remove_column

    people(small, 1)
    a_called_column(small, server)
    drive_until_waiting(small, "asked")
    remove_column(small, "asked")
    assert receive(small, jobs.bodies[0]["to"], {"text": "x"}).status == 410


def test_a_callback_that_is_no_json_is_kept_as_text(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, value="")
    left = drive_until_waiting(small, "asked")
    receive(small, jobs.bodies[0]["to"], b"plain words")
    collect(small, left.run_id, pace=hasty())
    assert cells(small, "asked") == ["plain words"]


def test_a_callback_that_is_no_json_does_not_bar_the_right_one(
    workspace: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(workspace, 1)
    a_called_column(workspace, server, callback_secret="SIGNING")
    left = drive_until_waiting(workspace, "asked")
    to, right = jobs.bodies[0]["to"], b'{"text": "right"}'
    for wrong in (b"{{", b""):
        receipt = receive(workspace, to, wrong, signed(wrong))
        assert (receipt.status, receipt.run_id) == (422, 0)
    assert receive(workspace, to, right, signed(right)).status == 200
    collect(workspace, left.run_id, pace=hasty())
    assert cells(workspace, "asked") == ["right"]


def test_a_callback_without_words_is_enough_where_none_are_read(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, value="'delivered'")
    left = drive_until_waiting(small, "asked")
    assert receive(small, jobs.bodies[0]["to"], b"").status == 200
    collect(small, left.run_id, pace=hasty())
    assert cells(small, "asked") == ["delivered"]


def test_a_batch_is_called_back_as_one(small: Workspace, server: HttpServer, jobs: Jobs) -> None:
    people(small, 3)
    a_called_column(
        small,
        server,
        batch_size=10,
        item={"email": "{{ email }}"},
        body={"people": "{{ items }}", "to": "{{ callback_url }}"},
        results="data",
        match={"item": "mail", "field": "email", "compare": "email"},
    )
    left = drive_until_waiting(small, "asked")
    (body,) = jobs.bodies
    data = [{"mail": person["email"], "text": "x"} for person in body["people"][1:]]
    receive(small, body["to"], {"data": data})
    result = collect(small, left.run_id, pace=hasty())
    assert result.counts == {Reason.VALUE: 2, Reason.NO_MATCH: 1}


# who calls ---------------------------------------------------------------------------------------
def signed(
    body: bytes, *, key: str = SIGNING, name: str = "msg_1", age_s: float = 0
) -> dict[str, str]:
    moment = datetime.fromtimestamp(time.time() - age_s, UTC)
    return sign(key, name, moment, body.decode())


def test_a_callback_proves_its_signature_within_five_minutes(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, callback_secret="SIGNING")
    left = drive_until_waiting(small, "asked")
    to, body = jobs.bodies[0]["to"], b'{"text": "signed"}'
    other_key = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    for headers in [
        {},
        signed(body, age_s=301),
        signed(body, age_s=-301),
        signed(body + b" "),
        signed(body, key=other_key),
        signed(body) | {"webhook-id": "msg_2"},
        signed(body) | {"webhook-signature": "v1,???"},
        signed(body) | {"webhook-signature": "nonsense"},
        signed(body) | {"webhook-timestamp": "nan"},
    ]:
        assert receive(small, to, body, headers).status == 401
    assert receive(small, to, b"\xff", signed(b"")).status == 401
    assert receive(small, to, body, signed(body, age_s=290)).status == 200
    assert receive(small, to, body, signed(body)).is_repeat
    collect(small, left.run_id, pace=hasty())
    assert cells(small, "asked") == ["signed"]


def test_a_callback_proves_a_secret_in_a_header(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, callback_secret="SIGNING", callback_header="X-Hook-Secret")
    drive_until_waiting(small, "asked")
    to = jobs.bodies[0]["to"]
    for given in ({}, {"x-hook-secret": ""}, {"x-hook-secret": SIGNING + "x"}):
        assert receive(small, to, {"text": "x"}, given).status == 401
    assert receive(small, to, {"text": "x"}, {"x-hook-secret": SIGNING}).status == 200


def test_a_key_that_is_not_set_here_makes_the_sender_try_again(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_called_column(small, server, callback_secret="NOBODYS_KEY")
    drive_until_waiting(small, "asked")
    assert receive(small, jobs.bodies[0]["to"], {"text": "x"}).status == 503


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LEADSYNC_CALLBACK_SECRET": CALLBACK_SECRET}, "at which address callbacks reach"),
        ({"LEADSYNC_SERVE_URL": ADDRESS}, 'the key "LEADSYNC_CALLBACK_SECRET" is not set'),
        (
            {"LEADSYNC_SERVE_URL": ADDRESS, "LEADSYNC_CALLBACK_SECRET": "short"},
            "fewer than 16 characters",
        ),
    ],
)
def test_nothing_is_sent_before_a_callback_could_be_taken(
    settings: dict[str, str], words: str, server: HttpServer, tmp_path: Path
) -> None:
    with a_workspace("", tmp_path, **settings) as workspace:
        people(workspace, 1)
        a_called_column(workspace, server)
        result = enrich(workspace, "asked")
        assert result.state is RunState.HELD
        assert words in result.reason
        if "at which address" in words:
            assert "LEADSYNC_SERVE_URL" in result.reason
            assert result.remedy == "when that is mended: leadsync runs resume 1"
        assert server.requests == []
        if "LEADSYNC_SERVE_URL" in settings:
            with pytest.raises(AccessError):
                CallbackReceiver(workspace)


def test_a_column_that_changed_while_its_result_was_awaited_still_gets_it(
    small: Workspace, server: HttpServer, jobs: Jobs
) -> None:
    people(small, 1)
    a_polled_column(small, server)
    jobs.looks = [Reply(body={"state": "working"})] * 50
    left = drive_until_waiting(small, "asked")
    jobs.looks.clear()
    edit_column(small, "asked", ColumnChanges(config={"value": "state"}))
    result = resume(small, left.run_id, pace=hasty())
    assert (result.counts, cells(small, "asked")) == ({Reason.VALUE: 1}, ["done"])


def test_the_library_of_others_reads_what_we_sign() -> None:
    headers = signed(b'{"a": "\xc3\xbc"}')
    assert Webhook(SIGNING).verify('{"a": "ü"}', headers) == {"a": "ü"}
