"""Hunter, over a socket: every answer of it ends in its documented outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.engine.running import resume
from leadsync.core.errors import Exit
from leadsync.core.models import Reason, RunState
from tests.providers.finding import a_person_column, cells, leads, opened, priced, recording
from tests.providers.vendor_specs import check_parameters, check_response, needs_specs
from tests.reliability.run_making import enrich, hasty, plan_of
from tests.servers.http_server import Reply
from tests.servers.hunter_server import STILL_AT_IT, HunterServer, company, error, found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

COVERED = {
    "GET /account": "hunter/hunter-account-api-openapi.yml",
    "GET /email-finder": "hunter/hunter-email-finder-api-openapi.yml",
    "GET /companies/find": "hunter/hunter-enrichment-api-openapi.yml",
}
"""Operation -> the vendor's description of it. Verification is covered where it is used."""

ADA = {"name": "Ada Lovelace", "company": "Acme", "domain": "acme.de"}
BOB = {"name": "Bob Babbage", "company": "Acme", "domain": "acme.de"}


@pytest.fixture
def server() -> Iterator[HunterServer]:
    server = HunterServer()
    with server.running():
        yield server


@pytest.fixture
def workspace(server: HunterServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened("hunter", server, tmp_path) as found_workspace:
        yield found_workspace


def test_an_address_is_found_by_name_and_domain_and_costs_a_search(
    server: HunterServer, workspace: Workspace
) -> None:
    leads(workspace, ADA)
    a_person_column(workspace, "email_find", "hunter")
    result = enrich(workspace, "who")
    assert (result.counts, cells(workspace)) == ({Reason.VALUE: 1}, [("ada@acme.de",)])
    assert (result.units, server.charged["searches"]) == ({"search": 1}, 1)
    assert server.asked("/email-finder") == [{"domain": "acme.de", "full_name": "Ada Lovelace"}]
    assert server.requests[0].headers["x-api-key"].startswith("hunter-planted")


WAYS = {
    "first and last name": (
        {"first_name": "Ada", "last_name": "Lovelace", "domain": "https://www.acme.de/about"},
        {"first_name": "Ada", "last_name": "Lovelace", "domain": "acme.de"}),
    "a company without a domain": (
        {"name": "Ada Lovelace", "company": "Acme"},
        {"full_name": "Ada Lovelace", "company": "Acme"}),
    "a web address": (
        {"name": "Ada Lovelace", "website": "http://acme.de"},
        {"full_name": "Ada Lovelace", "domain": "acme.de"}),
    "a profile": (
        {"linkedin_url": "https://de.linkedin.com/in/Ada-L/?x=1", "domain": "acme.de"},
        {"linkedin_handle": "ada-l", "domain": "acme.de"}),
}  # fmt: skip


@pytest.mark.parametrize(("lead", "asked"), WAYS.values(), ids=WAYS)
def test_what_is_known_of_a_lead_decides_what_is_asked(
    lead: dict[str, Any], asked: dict[str, str], server: HunterServer, workspace: Workspace
) -> None:
    leads(workspace, lead)
    a_person_column(workspace, "email_find", "hunter", max_duration=20)
    enrich(workspace, "who")
    assert server.asked("/email-finder") == [asked | {"max_duration": "20"}]


def test_a_lead_without_name_or_employer_is_skipped_and_the_blank_is_named(
    server: HunterServer, workspace: Workspace
) -> None:
    leads(workspace, {"name": "Ada"}, {"company": "Acme", "email": "x@acme.de"})
    a_person_column(workspace, "email_find", "hunter")
    plan = plan_of(workspace, "who")
    assert dict(plan.columns[0].blank) == {"company": 1, "name": 1}
    enrich(workspace, "who")
    assert server.requests == []


@pytest.mark.parametrize("reply", [found(None), error(404)], ids=["null", "404"])
def test_no_address_is_no_match_is_free_and_is_not_asked_again(
    reply: Reply, server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [reply]
    leads(workspace, ADA, dict(ADA))
    a_person_column(workspace, "email_find", "hunter")
    result = enrich(workspace, "who")
    assert (result.counts, result.units) == ({Reason.NO_MATCH: 2}, {})
    assert len(server.asked("/email-finder")) == 1
    leads(workspace, dict(ADA))
    assert plan_of(workspace, "who").columns[0].cached == 1


def test_202_asks_the_same_again_until_it_is_found(
    server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [STILL_AT_IT, STILL_AT_IT, found()]
    leads(workspace, ADA)
    a_person_column(workspace, "email_find", "hunter")
    result = enrich(workspace, "who")
    assert (result.counts, result.units) == ({Reason.VALUE: 1}, {"search": 1})
    assert len(server.asked("/email-finder")) == 3


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_with_nothing_left_holds_the_column_with_the_date(
    status: int, server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [error(status)]
    server.left["searches"] = 0
    leads(workspace, ADA, BOB)
    a_person_column(workspace, "email_find", "hunter")
    result = enrich(workspace, "who", concurrency=1)
    assert (result.state, result.exit_code, result.left) == (RunState.HELD, Exit.HELD, 2)
    assert result.reason == "exhausted: hunter has no searches left until 2026-12-01"
    assert len(server.requests) == 2
    server.says["/email-finder"] = [found()]
    run = max(workspace.store.runs(), key=lambda run: run.id)
    assert resume(workspace, run.id, pace=hasty()).counts == {Reason.VALUE: 2}


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_with_credits_left_is_a_limit_and_is_tried_again(
    status: int, server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [error(status), found()]
    leads(workspace, ADA)
    a_person_column(workspace, "email_find", "hunter")
    assert enrich(workspace, "who").counts == {Reason.VALUE: 1}
    server.says["/email-finder"] = [error(status)]
    leads(workspace, BOB)
    assert enrich(workspace, "who").counts == {Reason.THROTTLED: 1}


def test_many_refusals_together_look_at_the_account_once(
    server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [error(429)] * 4 + [found()]
    leads(workspace, *({**ADA, "name": f"Ada {n}"} for n in range(4)))
    a_person_column(workspace, "email_find", "hunter")
    assert enrich(workspace, "who", concurrency=4).counts == {Reason.VALUE: 4}
    assert len(server.asked("/account")) == 1


ENDS = {
    "451": (error(451, "claimed"), Reason.REFUSED, 1),
    "400": (error(400, "The domain is invalid"), Reason.INVALID, 1),
    "500 for ever": (error(500), Reason.TRANSIENT, 6),
    "222 for ever": (Reply(222, {"errors": []}), Reason.TRANSIENT, 6),
    "no data": (Reply(body={"meta": {}}), Reason.INVALID, 2),
    "no JSON": (Reply(body="it works"), Reason.INVALID, 2),
    "a cut answer": (Reply(body={"data": {}}, cut=30), Reason.UNKNOWN, 2),
}


@pytest.mark.parametrize(("reply", "reason", "requests"), ENDS.values(), ids=ENDS)
def test_what_concerns_one_person_ends_its_cell(
    reply: Reply, reason: Reason, requests: int, server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [reply]
    leads(workspace, ADA)
    a_person_column(workspace, "email_find", "hunter")
    result = enrich(workspace, "who")
    assert (result.counts, len(server.requests)) == ({reason: 1}, requests)


def test_who_asked_hunter_to_be_left_alone_is_proposed_for_suppression(
    server: HunterServer, workspace: Workspace
) -> None:
    server.says["/email-finder"] = [error(451)]
    (lead,) = leads(workspace, ADA)
    column = a_person_column(workspace, "email_find", "hunter")
    enrich(workspace, "who")
    (task,) = workspace.store.tasks([lead], [column.id])
    assert "leadsync suppress add" in task.detail


def test_a_key_that_is_refused_holds_the_column(server: HunterServer, workspace: Workspace) -> None:
    server.says["/email-finder"] = [error(401, "No user found for the API key supplied")]
    leads(workspace, ADA)
    a_person_column(workspace, "email_find", "hunter")
    result = enrich(workspace, "who")
    assert result.reason == "auth: hunter says: No user found for the API key supplied"


def test_a_company_is_told_of_by_its_domain(server: HunterServer, workspace: Workspace) -> None:
    server.says["/companies/find"] = [company(), error(404)]
    leads(workspace, {"email": "ada@acme.de"}, {"email": "ada@gmail.com"}, {"email": "b@x.de"})
    a_person_column(workspace, "company", "hunter")
    result = enrich(workspace, "who", concurrency=1)
    assert result.counts == {Reason.VALUE: 1, Reason.NO_MATCH: 1}
    assert server.asked("/companies/find") == [{"domain": "acme.de"}, {"domain": "x.de"}]
    assert cells(workspace) == [("Machinery",), (None,), (None,)]
    assert result.units == {"enrichment": 1}


def test_a_price_of_the_user_makes_money_of_searches(server: HunterServer, tmp_path: Path) -> None:
    more = priced(tmp_path, "hunter", search=0.034)
    with opened("hunter", server, tmp_path, **more) as workspace:
        leads(workspace, ADA, BOB)
        a_person_column(workspace, "email_find", "hunter")
        plan = plan_of(workspace, "who")
        assert (plan.min_usd_micros, plan.max_usd_micros) == (0, 68_000)
        assert enrich(workspace, "who").cost_usd_micros == 68_000


def test_without_a_price_the_plan_speaks_in_searches(workspace: Workspace) -> None:
    leads(workspace, ADA, BOB)
    a_person_column(workspace, "email_find", "hunter")
    (part,) = plan_of(workspace, "who").providers
    assert (part.max_usd_micros, part.max_units) == (None, {"search": 2})


def test_the_recipe_fits_an_empty_workspace(server: HunterServer, workspace: Workspace) -> None:
    leads(workspace, ADA)
    add_column(workspace, load_recipe("find-email", workspace.config))
    enrich(workspace, "found_email")
    keys = ("found_email", "found_email_score", "found_email_status")
    assert cells(workspace, *keys) == [("ada@acme.de", "97", "valid")]


def test_the_check_of_the_key_says_what_is_left_until_when(
    server: HunterServer, workspace: Workspace
) -> None:
    report = check_key(find_provider("hunter"), workspace.config)
    assert (report.is_accepted, report.detail) == (
        True,
        "ada@leadsync.example: 38 of 50 searches, 97 of 100 verifications, 40 of 50 credits left"
        " until 2026-12-01",
    )
    server.script = lambda _request: error(401, "No user found for the API key supplied")
    report = check_key(find_provider("hunter"), workspace.config)
    assert (report.is_accepted, report.detail) == (False, "No user found for the API key supplied")


@needs_specs
def test_what_is_sent_and_what_the_server_answers_fits_the_vendors_description(
    server: HunterServer, workspace: Workspace
) -> None:
    seen = recording(server)
    leads(workspace, ADA, BOB)
    a_person_column(workspace, "email_find", "hunter", max_duration=5)
    about = ColumnSpec(key="about", kind="company", config={"provider": "hunter"})
    add_column(workspace, about)
    server.says["/email-finder"] = [error(429), found()]
    enrich(workspace, "who", "about")
    asked: set[str] = set()
    for request, reply in seen:
        parts = urlsplit(request.path)
        operation = f"{request.method} {parts.path}"
        asked.add(operation)
        names = {name for name, _ in parse_qsl(parts.query)} | {"api_key"}  # ours is in a header
        check_parameters(COVERED[operation], operation, names)
        check_response(COVERED[operation], operation, reply.status, reply.body)
    assert asked == set(COVERED)
