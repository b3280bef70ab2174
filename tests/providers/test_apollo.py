"""Apollo, over a socket: every answer of it ends in its documented outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.engine.outcomes import Retry
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.errors import Exit
from leadsync.core.models import Reason, RunState
from leadsync.enrichers.apollo import failure_of, paced
from tests.providers.finding import a_person_column, cells, leads, opened, priced, recording
from tests.providers.vendor_specs import (
    check_parameters,
    check_request,
    check_response,
    needs_specs,
    operation_of,
)
from tests.reliability.run_making import counted_calls, enrich, hasty, plan_of, started
from tests.servers.apollo_server import (
    REQUEST_ID,
    ApolloServer,
    error,
    match,
    organization,
    too_many,
)
from tests.servers.http_server import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.workspace import Workspace

SPEC = "apollo.json"
COVERED = (
    "POST /people/bulk_match",
    "POST /organizations/bulk_enrich",
    "GET /webhook_result/{request_id}",
    "POST /usage_stats/credit_usage_stats",
)
"""`GET /auth/health` has no description."""

ADA = {"name": "Ada Lovelace", "email": "ada@acme.de"}
BULK = "/people/bulk_match"
SERVED = {"LEADSYNC_SERVE_URL": "https://crm.example.com"}


@pytest.fixture
def server() -> Iterator[ApolloServer]:
    server = ApolloServer()
    server.people["ada@acme.de"] = match()
    with server.running():
        yield server


@pytest.fixture
def workspace(server: ApolloServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened("apollo", server, tmp_path) as found:
        yield found


def test_ten_people_are_one_request_and_each_is_a_call_of_its_own(
    server: ApolloServer, workspace: Workspace
) -> None:
    for n in range(10):
        server.people[f"p{n}@acme.de"] = match(f"P{n} X")
    leads(workspace, *({"email": f"p{n}@acme.de", "name": f"P{n}"} for n in range(10)))
    column = a_person_column(workspace, "people", "apollo")
    result = enrich(workspace, "who")
    assert (result.counts, result.units) == ({Reason.VALUE: 10}, {"credit": 10})
    assert len(server.asked(BULK)) == 1
    ids = list(workspace.store.ids({}))
    calls = [task.meta["callIds"] for task in workspace.store.tasks(ids, [column.id])]
    assert len({tuple(ids) for ids in calls}) == 10
    (call,) = workspace.store.calls(call_ids=calls[3])
    assert call.request["body"] == {"details": [{"email": "p3@acme.de", "name": "P3"}]}
    assert (call.units, call.response["body"]["match"]["name"]) == ({"credit": 1.0}, "P3 X")  # type: ignore[index]


def test_a_person_fills_headline_title_company_place_and_the_whole_answer(
    server: ApolloServer, workspace: Workspace
) -> None:
    leads(workspace, ADA)
    outputs = {"headline": "who", "title": "t", "company": "c", "location": "l", "raw.id": "id_"}
    a_person_column(workspace, "people", "apollo", outputs=outputs)
    enrich(workspace, "who")
    told_of = ("Building engines at Acme", "CTO", "Acme", "Berlin, Germany", "id-ada-lovelace")
    assert cells(workspace, *outputs.values()) == [told_of]


def test_a_missed_one_is_null_and_free_and_the_others_are_not_mixed_up(
    server: ApolloServer, workspace: Workspace
) -> None:
    server.people["bob@acme.de"] = match("Bob Babbage", headline="Bob's")
    rows = ({"email": f"{name}@acme.de"} for name in ("nobody", "ada", "none", "bob"))
    leads(workspace, *rows)
    a_person_column(workspace, "people", "apollo")
    result = enrich(workspace, "who")
    assert result.counts == {Reason.VALUE: 2, Reason.NO_MATCH: 2}
    assert cells(workspace) == [(None,), ("Building engines at Acme",), (None,), ("Bob's",)]
    assert result.units == {"credit": 2}
    leads(workspace, {"email": "nobody@acme.de"})
    assert plan_of(workspace, "who").columns[0].cached == 1


def test_credits_are_a_decimal_that_the_found_share(server: ApolloServer, tmp_path: Path) -> None:
    server.price = 0.5
    server.people["bob@acme.de"] = match("Bob Babbage")
    with opened("apollo", server, tmp_path, **priced(tmp_path, "apollo", credit=0.02)) as workspace:
        leads(workspace, ADA, {"email": "bob@acme.de"}, {"email": "x@acme.de"})
        a_person_column(workspace, "people", "apollo")
        assert plan_of(workspace, "who").max_usd_micros == 60_000
        result = enrich(workspace, "who")
        assert (result.units, result.cost_usd_micros) == ({"credit": 1}, 20_000)


EMAILS = {
    "verified": ({"email": "ada@acme.de"}, {Reason.VALUE: 1}, "ada@acme.de"),
    "a guess": ({"email": "a@acme.de", "email_status": "guessed"}, {Reason.VALUE: 1}, "a@acme.de"),
    "a placeholder": ({"email": "email_not_unlocked@domain.com"}, {Reason.NO_MATCH: 1}, None),
    "none": ({"email": None, "email_status": "unavailable"}, {Reason.NO_MATCH: 1}, None),
}


@pytest.mark.parametrize(("told", "counts", "cell"), EMAILS.values(), ids=EMAILS)
def test_an_address_is_found_unless_it_is_a_placeholder(
    told: dict[str, Any],
    counts: dict[Reason, int],
    cell: str | None,
    server: ApolloServer,
    workspace: Workspace,
) -> None:
    server.people["Ada Lovelace"] = match(**told)
    leads(workspace, {"name": "Ada Lovelace", "domain": "acme.de"})
    a_person_column(workspace, "email_find", "apollo")
    assert enrich(workspace, "who").counts == counts
    assert cells(workspace) == [(cell,)]


def test_private_addresses_are_asked_for_only_where_they_are_wanted(
    server: ApolloServer, workspace: Workspace
) -> None:
    server.people["Ada Lovelace"] = match(email=None, personal_emails=["ada@home.example"])
    leads(workspace, {"name": "Ada Lovelace", "domain": "acme.de"})
    a_person_column(workspace, "email_find", "apollo", personal_emails=True)
    enrich(workspace, "who")
    assert cells(workspace) == [("ada@home.example",)]
    assert urlsplit(server.asked(BULK)[0].path).query == "reveal_personal_emails=true"


ENDS = {
    "400": (error(400, "invalid request"), {Reason.INVALID: 2}, 1),
    "422": (error(422, "no implicit conversion"), {Reason.INVALID: 2}, 1),
    "500 for ever": (error(500), {Reason.TRANSIENT: 2}, None),
    "429 for ever": (too_many(**{"Retry-After": "0.01"}), {Reason.THROTTLED: 2}, None),
    "too few": (Reply(body={"matches": [None]}), {Reason.INVALID: 2}, 2),
    "no JSON": (Reply(body="it works"), {Reason.INVALID: 2}, 2),
    "a cut answer": (Reply(body={"matches": []}, cut=30), {Reason.UNKNOWN: 2}, 2),
}


@pytest.mark.parametrize(("reply", "counts", "requests"), ENDS.values(), ids=ENDS)
def test_what_fails_for_all_ends_every_cell_of_the_request(
    reply: Reply,
    counts: dict[Reason, int],
    requests: int | None,
    server: ApolloServer,
    workspace: Workspace,
) -> None:
    server.special = [reply] * 12
    leads(workspace, ADA, {"email": "bob@acme.de"})
    a_person_column(workspace, "people", "apollo")
    result = enrich(workspace, "who", concurrency=1)
    assert result.counts == counts
    assert requests is None or len(server.asked(BULK)) == requests  # retries may go one by one


HOLDS = {
    "401": (Reply(401, b"Invalid API key.", {"Content-Type": "text/plain"}), "auth", "Invalid API"),
    "403": (Reply(403, {"error": "This API key is not authorized", "error_code": "X"}),
            "auth", "not authorized"),
    "422 of credits": (error(422, "You have insufficient credits"), "exhausted", "insufficient"),
    "402": (error(402, "pay"), "exhausted", "pay"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "why", "words"), HOLDS.values(), ids=HOLDS)
def test_what_a_person_has_to_mend_holds_the_column(
    reply: Reply, why: str, words: str, server: ApolloServer, workspace: Workspace
) -> None:
    server.special = [reply]
    leads(workspace, ADA, {"email": "bob@acme.de"})
    a_person_column(workspace, "people", "apollo")
    result = enrich(workspace, "who")
    assert (result.state, result.exit_code, result.left) == (RunState.HELD, Exit.HELD, 2)
    assert result.reason.startswith(f"{why}: ")
    assert words in result.reason


@pytest.mark.parametrize(("window", "pause_s"), [("minute", 60), ("hour", 600), ("day", 3600)])
def test_a_refusal_that_names_its_window_pauses_for_it(window: str, pause_s: int) -> None:
    reply = too_many(window)
    answer = Answer(429, reply.body)
    outcome = failure_of(answer)
    assert isinstance(outcome, Retry)
    assert outcome.after_s == pause_s
    assert paced(answer).headers == {"retry-after": f"{pause_s}.0"}


def test_the_last_request_of_a_minute_pauses_the_limiter() -> None:
    answer = Answer(200, {}, headers={"x-minute-requests-left": "0"})
    assert paced(answer).headers["x-ratelimit-reset-requests"] == "60"
    assert paced(Answer(200, {}, headers={"x-minute-requests-left": "3"})).headers == {
        "x-minute-requests-left": "3"
    }


def test_phone_numbers_without_an_address_of_ours_are_refused_with_the_reason(
    server: ApolloServer, workspace: Workspace
) -> None:
    (lead,) = leads(workspace, ADA)
    column = a_person_column(workspace, "people", "apollo", reveal_phone=True)
    assert enrich(workspace, "who").counts == {Reason.INVALID: 1}
    (task,) = workspace.store.tasks([lead], [column.id])
    assert "LEADSYNC_SERVE_URL" in task.detail
    assert server.requests == []


NUMBER = {"raw_number": "+49 30 1", "sanitized_number": "+49301"}
LATER = Reply(404, {"error_code": "result_pending", "retry_after_seconds": 0.01})


def told(**more: Any) -> Reply:
    result = {"people": [{"id": "id-ada-lovelace", "phone_numbers": [NUMBER]}]}
    body = {
        "request_id": str(REQUEST_ID),
        "webhook_status": "success",
        "request_type": "phone",
        "webhook_result": result,
    }
    return Reply(body=body | more)


PHONES = {
    "pending, then told": ([LATER, LATER, told()], "+49301", 3),
    "in progress, then told": ([told(webhook_status="in_progress"), told()], "+49301", 2),
    "expired": ([Reply(410, {"error_code": "request_id_expired"})], None, 1),
    "not known": ([Reply(404, {"error_code": "request_id_unknown"})], None, 1),
    "trouble, then told": ([error(500), told()], "+49301", 2),
}


@pytest.mark.parametrize(("replies", "phone", "polls"), PHONES.values(), ids=PHONES)
def test_phone_numbers_come_later_and_are_fetched_by_the_exact_id(
    replies: list[Reply], phone: str | None, polls: int, server: ApolloServer, tmp_path: Path
) -> None:
    server.phones = list(replies)
    with opened("apollo", server, tmp_path, **SERVED) as workspace:
        leads(workspace, ADA)
        a_person_column(workspace, "people", "apollo", outputs={"phone": "who"}, reveal_phone=True)
        result = enrich(workspace, "who")
        assert (result.counts, cells(workspace)) == ({Reason.VALUE: 1}, [(phone,)])
    query = dict(parse_qsl(urlsplit(server.asked(BULK)[0].path).query))
    assert query == {
        "reveal_phone_number": "true",
        "webhook_url": "https://crm.example.com",
    }
    assert len(server.asked(f"/webhook_result/{REQUEST_ID}")) == polls
    assert len(server.charged) == 1
    assert counted_calls(workspace) == {"apollo": 1}


def test_a_later_process_fetches_the_numbers_and_pays_nothing_again(
    server: ApolloServer, tmp_path: Path
) -> None:
    server.phones = [Reply(404, {"error_code": "result_pending", "retry_after_seconds": 5})]
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    with opened("apollo", server, tmp_path, LEADSYNC_POLL_BASE_S="0.5", **SERVED) as first:
        leads(first, ADA)
        a_person_column(first, "people", "apollo", outputs={"phone": "who"}, reveal_phone=True)
        run = started(first, "who")
        result = drive(first, run.id, pace=hasty(), stop=stop, on_event=on_event)
    assert (result.state, result.left) == (RunState.STOPPED, 1)
    server.phones = [told()]
    with opened("apollo", server, tmp_path, **SERVED) as later:
        assert resume(later, run.id, pace=hasty()).state is RunState.DONE
        assert cells(later) == [("+49301",)]
    assert len(server.charged) == 1


@pytest.mark.parametrize("drops_misses", [False, True])
def test_companies_are_told_apart_by_their_domain(
    drops_misses: bool, server: ApolloServer, workspace: Workspace
) -> None:
    server.companies = {d: organization(d, industry=d) for d in ("a.de", "c.de")}
    server.drops_misses = drops_misses
    leads(workspace, *({"domain": d} for d in ("b.de", "c.de", "a.de", "www.c.de")))
    a_person_column(workspace, "company", "apollo")
    result = enrich(workspace, "who")
    assert cells(workspace) == [(None,), ("c.de",), ("a.de",), ("c.de",)]
    assert (result.units, len(server.requests)) == ({"credit": 2}, 1)
    assert server.requests[0].json == {
        "details": [{"domain": "b.de"}, {"domain": "c.de"}, {"domain": "a.de"}]
    }


def test_the_check_of_the_key_tells_what_is_left_to_a_master_key(
    server: ApolloServer, workspace: Workspace
) -> None:
    report = check_key(find_provider("apollo"), workspace.config)
    assert (report.is_accepted, report.detail) == (
        True,
        "800 of 1000 credits left until 2026-12-01",
    )
    server.scope = "people"
    report = check_key(find_provider("apollo"), workspace.config)
    assert report.detail == "the key logs in; only a master key may ask what is left"
    server.script = lambda _request: Reply(200, {"healthy": True, "is_logged_in": False})
    assert check_key(find_provider("apollo"), workspace.config).is_accepted is False


@needs_specs
def test_what_is_sent_and_what_the_server_answers_fits_the_vendors_description(
    server: ApolloServer, tmp_path: Path
) -> None:
    seen = recording(server)
    server.phones = [told()]
    server.companies = {"acme.de": organization()}
    with opened("apollo", server, tmp_path, **SERVED) as workspace:
        leads(workspace, {**ADA, "domain": "acme.de"})
        a_person_column(workspace, "people", "apollo", reveal_phone=True, personal_emails=True)
        enrich(workspace, "who")
        check_key(find_provider("apollo"), workspace.config)
    with opened("apollo", server, tmp_path) as workspace:
        about = ColumnSpec(key="about", kind="company", config={"provider": "apollo"})
        add_column(workspace, about)
        enrich(workspace, "about")
    asked: set[str] = set()
    for request, reply in seen:
        parts = urlsplit(request.path)
        if parts.path == "/auth/health":
            continue
        operation = operation_of(SPEC, request.method, parts.path)
        asked.add(operation)
        check_parameters(SPEC, operation, {name for name, _ in parse_qsl(parts.query)})
        if request.body and request.json:
            check_request(SPEC, operation, request.json)
        check_response(SPEC, operation, reply.status, reply.body)
    assert asked == set(COVERED)
