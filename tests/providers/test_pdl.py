"""People Data Labs, over a socket: every answer of it ends in its documented outcome."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.errors import Exit
from leadsync.core.models import Reason, RunState
from leadsync.enrichers.pdl import paced, reset_s
from tests.providers.finding import a_person_column, cells, leads, opened, priced, recording
from tests.providers.vendor_specs import check_parameters, check_response, needs_specs
from tests.reliability.run_making import enrich, plan_of
from tests.servers.http_server import Reply
from tests.servers.pdl_server import PdlServer, company, error, failure, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

SPEC = "pdl.yml"
COVERED = ("GET /v5/person/enrich", "GET /v5/company/enrich")
"""`POST /v5/person/bulk` has no description: its parts are checked as those of the first."""

ADA = {"email": "ada@acme.de"}
BULK = "/v5/person/bulk"
COMPANY = "/v5/company/enrich"


@pytest.fixture
def server() -> Iterator[PdlServer]:
    server = PdlServer()
    server.people["ada@acme.de"] = person()
    server.companies["acme.de"] = company()
    with server.running():
        yield server


@pytest.fixture
def workspace(server: PdlServer, tmp_path: Path) -> Iterator[Workspace]:
    more = {"LEADSYNC_PDL_SANDBOX_BASE_URL": server.url}
    with opened("pdl", server, tmp_path, **more) as found:
        yield found


def test_a_hundred_people_are_one_request_whose_answers_may_come_in_any_order(
    server: PdlServer, workspace: Workspace
) -> None:
    server.people = {f"p{n}@acme.de": person(f"P{n} X", headline=f"H{n}") for n in range(0, 120, 2)}
    server.reverses = True
    leads(workspace, *({"email": f"p{n}@acme.de"} for n in range(120)))
    a_person_column(workspace, "people", "pdl")
    result = enrich(workspace, "who")
    assert result.counts == {Reason.VALUE: 60, Reason.NO_MATCH: 60}
    assert cells(workspace) == [(None if n % 2 else f"H{n}",) for n in range(120)]
    assert sorted(len(one.json["requests"]) for one in server.asked(BULK)) == [20, 100]
    assert (result.units, len(server.charged)) == ({"credit": 60}, 60)


def test_what_is_asked_is_sure_and_carries_a_mark(server: PdlServer, workspace: Workspace) -> None:
    leads(
        workspace,
        {"linkedin_url": "linkedin.com/in/ADA/", "name": "Ada L", "company": "Acme"},
        {"first_name": "Bob", "last_name": "Babbage", "domain": "acme.de"},
    )
    a_person_column(workspace, "people", "pdl", required="headline")
    enrich(workspace, "who")
    usual = {"required": "headline", "min_likelihood": 6, "titlecase": True}
    (request,) = server.asked(BULK)
    assert request.json["requests"] == [
        {
            "params": {
                "profile": "https://www.linkedin.com/in/ada",
                "name": "Ada L",
                "company": "Acme",
                **usual,
            },
            "metadata": {"id": "0"},
        },
        {
            "params": {
                "first_name": "Bob",
                "last_name": "Babbage",
                "company": "acme.de",
                **usual,
            },
            "metadata": {"id": "1"},
        },
    ]


def test_the_recipe_writes_who_the_person_is_and_keeps_the_whole_answer(
    server: PdlServer, workspace: Workspace
) -> None:
    leads(workspace, ADA)
    add_column(workspace, load_recipe("linkedin", workspace.config))
    enrich(workspace, "linkedin_profile")
    parts = ("headline", "title", "company", "location", "about")
    assert cells(workspace, *(f"linkedin_{part}" for part in parts)) == [
        ("Building engines", "CTO", "Acme", "Berlin, Germany", "I build engines.")
    ]
    ((whole,),) = cells(workspace, "linkedin_profile")
    assert '"job_title": "CTO"' in str(whole)


PAGES = {
    "https://www.linkedin.com/company/acme": "of a company or school",
    "https://www.linkedin.com/school/mit/": "of a company or school",
    "https://www.linkedin.com/jobs/view/123": "of a page",
    "https://www.linkedin.com/posts/ada_activity-1": "of a page",
    "https://lnkd.in/abc": "short link",
    "https://xing.com/profile/ada": "no LinkedIn address",
}


@pytest.mark.parametrize(("address", "words"), PAGES.items())
def test_a_page_that_is_not_a_person_is_refused_before_it_costs(
    address: str, words: str, server: PdlServer, workspace: Workspace
) -> None:
    (lead,) = leads(workspace, {**ADA, "linkedin_url": address})
    column = a_person_column(workspace, "people", "pdl")
    assert plan_of(workspace, "who").providers == ()
    assert enrich(workspace, "who").counts == {Reason.INVALID: 1}
    (task,) = workspace.store.tasks([lead], [column.id])
    assert words in task.detail
    assert server.requests == []


KEPT_BACK = {
    "an address": ("email_find", {"work_email": True, "emails": True}, Reason.REFUSED),
    "a headline": ("people", {"headline": True, "job_title": True, "job_company_name": True,
                              "full_name": True}, Reason.REFUSED),
    "not what is asked for": ("people", {"mobile_phone": True}, Reason.VALUE),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "reason"), KEPT_BACK.values(), ids=KEPT_BACK)
def test_true_is_available_on_a_higher_plan_and_no_value(
    kind: str, data: dict[str, Any], reason: Reason, server: PdlServer, workspace: Workspace
) -> None:
    server.people["Ada Lovelace"] = person(**data)
    (lead,) = leads(workspace, {"name": "Ada Lovelace", "company": "Acme"})
    column = a_person_column(workspace, kind, "pdl")
    assert enrich(workspace, "who").counts == {reason: 1}
    (task,) = workspace.store.tasks([lead], [column.id])
    assert ("available on a higher plan" in task.detail) is (reason is Reason.REFUSED)
    assert (True,) not in cells(workspace)


def test_what_is_kept_back_is_told_beside_the_values(
    server: PdlServer, workspace: Workspace
) -> None:
    server.people["ada@acme.de"] = person(headline=True, mobile_phone=True)
    leads(workspace, ADA)
    outputs = {"title": "who", "headline": "headline", "note": "note"}
    a_person_column(workspace, "people", "pdl", outputs=outputs)
    enrich(workspace, "who")
    note = "headline, phone: available on a higher plan"
    assert cells(workspace, "who", "headline", "note") == [("CTO", None, note)]


EMAILS = {
    "of work": ({}, {}, "ada@acme.de"),
    "of work, told in a list": (
        {"work_email": None, "emails": [{"address": "a@acme.de", "type": "current_professional"}]},
        {"required": "emails"}, "a@acme.de"),
    "private, and not wanted": ({"work_email": None}, {"required": "emails"}, None),
    "private, and wanted": ({"work_email": None}, {"personal_emails": True}, "ada@home.example"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "config", "email"), EMAILS.values(), ids=EMAILS)
def test_an_address_of_work_goes_before_a_private_one(
    data: dict[str, Any],
    config: dict[str, Any],
    email: str | None,
    server: PdlServer,
    workspace: Workspace,
) -> None:
    server.people["Ada Lovelace"] = person(**data)
    leads(workspace, {"name": "Ada Lovelace", "company": "Acme"})
    a_person_column(workspace, "email_find", "pdl", **config)
    enrich(workspace, "who")
    assert cells(workspace) == [(email,)]


def test_a_person_without_an_address_costs_nothing_where_one_is_wanted(
    server: PdlServer, workspace: Workspace
) -> None:
    server.people["Ada Lovelace"] = person(work_email=None)
    leads(workspace, {"name": "Ada Lovelace", "company": "Acme"})
    a_person_column(workspace, "email_find", "pdl")
    result = enrich(workspace, "who")
    assert (result.counts, result.units, server.charged) == ({Reason.NO_MATCH: 1}, {}, [])
    assert server.asked(BULK)[0].json["requests"][0]["params"]["required"] == "work_email"


@pytest.mark.parametrize(("likelihood", "reason"), [(5, Reason.NO_MATCH), (6, Reason.VALUE)])
def test_who_is_not_sure_enough_is_no_match(
    likelihood: int, reason: Reason, server: PdlServer, workspace: Workspace
) -> None:
    server.people["ada@acme.de"] = person(likelihood=likelihood)
    leads(workspace, ADA)
    a_person_column(workspace, "people", "pdl")
    assert enrich(workspace, "who").counts == {reason: 1}


HOLDS = {
    "401": (error(401, "Request contained a missing or invalid key"), "auth"),
    "402": (error(402, "You have reached your account maximum"), "exhausted"),
}


@pytest.mark.parametrize("kind", ["people", "company"])
@pytest.mark.parametrize(("reply", "why"), HOLDS.values(), ids=HOLDS)
def test_what_a_person_has_to_mend_holds_the_column(
    reply: Reply, why: str, kind: str, server: PdlServer, workspace: Workspace
) -> None:
    server.special = [reply]
    leads(workspace, ADA, {"email": "bob@x.de"})
    a_person_column(workspace, kind, "pdl")
    result = enrich(workspace, "who", concurrency=1)
    assert (result.state, result.exit_code, result.left) == (RunState.HELD, Exit.HELD, 2)
    assert result.reason.startswith(f"{why}: pdl says: ")


def test_402_of_one_of_many_holds_the_column_and_the_others_are_kept(
    server: PdlServer, workspace: Workspace
) -> None:
    server.people["bob@acme.de"] = failure(402, "You have reached your account maximum")
    leads(workspace, ADA, {"email": "bob@acme.de"})
    a_person_column(workspace, "people", "pdl")
    result = enrich(workspace, "who")
    assert (result.state, result.counts, result.left) == (RunState.HELD, {Reason.VALUE: 1}, 1)
    assert result.units == {"credit": 1}


ENDS = {
    "400": (error(400, "missing parameters"), Reason.INVALID, 1),
    "404 of the address itself": (error(404, "no such page"), Reason.INVALID, 1),
    "405": (error(405, "not allowed"), Reason.INVALID, 1),
    "429 for ever": (error(429, "too quickly", **{"Retry-After": "0.01"}), Reason.THROTTLED, 6),
    "503 for ever": (error(503), Reason.TRANSIENT, 6),
    "no data": (Reply(body=[{"status": 200}]), Reason.INVALID, 2),
    "no list": (Reply(body={"what": "is this"}), Reason.INVALID, 2),
    "no JSON": (Reply(body="it works"), Reason.INVALID, 2),
    "a cut answer is not asked for again": (Reply(body=[], cut=30), Reason.UNKNOWN, 1),
}


@pytest.mark.parametrize(("reply", "reason", "requests"), ENDS.values(), ids=ENDS)
def test_what_concerns_the_request_ends_its_cell(
    reply: Reply, reason: Reason, requests: int, server: PdlServer, workspace: Workspace
) -> None:
    server.special = [reply] * 10
    leads(workspace, ADA)
    a_person_column(workspace, "people", "pdl")
    result = enrich(workspace, "who")
    assert (result.counts, len(server.requests)) == ({reason: 1}, requests)


COMPANIES = {
    "a hit": (None, {Reason.VALUE: 1}, {"credit": 1}),
    "404": (error(404), {Reason.NO_MATCH: 1}, {}),
    "no company in it": (Reply(body={"status": 200}), {Reason.INVALID: 1}, {"credit": 2}),
    "a cut answer": (Reply(body={}, cut=20), {Reason.UNKNOWN: 1}, {}),
}


@pytest.mark.parametrize(("reply", "counts", "units"), COMPANIES.values(), ids=COMPANIES)
def test_a_company_is_asked_about_by_its_domain(
    reply: Reply | None,
    counts: dict[Reason, int],
    units: dict[str, float],
    server: PdlServer,
    workspace: Workspace,
) -> None:
    server.special = [reply] * 3 if reply else []
    leads(workspace, ADA, {"email": "x@acme.de"} if reply is None else {"email": "y@gmail.com"})
    a_person_column(workspace, "company", "pdl")
    result = enrich(workspace, "who", limit=1)
    assert (result.counts, result.units) == (counts, units)
    query = dict(parse_qsl(urlsplit(server.asked(COMPANY)[0].path).query))
    assert query == {"website": "acme.de", "titlecase": "true"}


def test_two_leads_of_one_company_are_one_request(server: PdlServer, workspace: Workspace) -> None:
    leads(workspace, ADA, {"email": "bob@acme.de"}, {"email": "eve@acme.de"})
    add_column(workspace, load_recipe("company", workspace.config))
    result = enrich(workspace, "company_industry")
    assert (sum(result.counts.values()), len(server.requests)) == (3, 1)
    keys = ("company_industry", "company_size", "company_employees", "company_founded")
    assert cells(workspace, *keys)[0] == ("machinery", "51-200", "120", "1949")


def test_the_sandbox_is_free(server: PdlServer, tmp_path: Path) -> None:
    sandbox = {"LEADSYNC_PDL_BASE_URL": "https://sandbox.api.peopledatalabs.com"}
    more = priced(tmp_path, "pdl", credit=0.1)
    with opened("pdl", server, tmp_path, **more) as real:
        leads(real, ADA)
        a_person_column(real, "people", "pdl")
        assert plan_of(real, "who").max_usd_micros == 100_000
    with opened("pdl", server, tmp_path, **(more | sandbox)) as free:
        assert plan_of(free, "who").max_usd_micros == 0


@pytest.mark.parametrize("left", ["0", "{'minute': 0}"])
def test_the_rate_headers_pause_the_limiter(left: str) -> None:
    headers = {"x-ratelimit-remaining": left, "x-ratelimit-reset": "7"}
    found = paced(Answer(200, {}, headers=headers)).headers
    assert found["x-ratelimit-remaining-requests"] == "0"
    assert found["x-ratelimit-reset-requests"] == "7.000"
    some_left = {"x-ratelimit-remaining": "12", "x-ratelimit-reset": "7"}
    assert paced(Answer(200, {}, headers=some_left)).headers == some_left


@pytest.mark.parametrize("text", ["1764000060", "2025-11-24T16:01:00Z", "2025-11-24T16:01:00"])
def test_a_reset_may_be_a_moment(text: str) -> None:
    assert reset_s(text, 1_764_000_000.0) == 60
    assert reset_s("soon", time.time()) is None


def test_credits_that_a_call_took_are_read_from_its_header(
    server: PdlServer, workspace: Workspace
) -> None:
    server.headers = {"x-call-credits-spent": "3.0", "x-call-credits-type": "enrich"}
    server.people["bob@acme.de"] = person("Bob Babbage")
    leads(workspace, ADA, {"email": "bob@acme.de"}, {"email": "x@acme.de"})
    a_person_column(workspace, "people", "pdl")
    assert enrich(workspace, "who").units == {"credit": 3}


def test_the_check_of_the_key_asks_where_the_user_says_and_names_it(
    server: PdlServer, tmp_path: Path
) -> None:
    with opened("pdl", server, tmp_path) as workspace:
        assert check_key(find_provider("pdl"), workspace.config).is_accepted
        server.special = [Reply(200, "<html>a portal</html>")]
        report = check_key(find_provider("pdl"), workspace.config)
        assert (report.is_accepted, "is its address right" in report.detail) == (None, True)
    nowhere = {"LEADSYNC_PDL_SANDBOX_BASE_URL": "http://127.0.0.1:9/x"}
    with opened("pdl", server, tmp_path, **nowhere) as workspace:
        report = check_key(find_provider("pdl"), workspace.config)
    assert report.detail == "pdl cannot be reached at http://127.0.0.1:9: ConnectError"


def test_the_check_of_the_key_asks_the_sandbox(server: PdlServer, workspace: Workspace) -> None:
    report = check_key(find_provider("pdl"), workspace.config)
    assert (report.is_accepted, report.detail) == (True, "the key is accepted")
    server.headers = {"x-totallimit-remaining": "88"}
    assert check_key(find_provider("pdl"), workspace.config).detail == "88 credits left"
    server.special = [error(401, "Request contained a missing or invalid key")]
    report = check_key(find_provider("pdl"), workspace.config)
    assert (report.is_accepted, report.detail) == (
        False,
        "Request contained a missing or invalid key",
    )


@needs_specs
def test_what_is_sent_and_what_the_server_answers_fits_the_vendors_description(
    server: PdlServer, workspace: Workspace
) -> None:
    seen = recording(server)
    leads(
        workspace, {**ADA, "linkedin_url": "linkedin.com/in/ada", "name": "Ada L", "domain": "x.de"}
    )
    a_person_column(workspace, "people", "pdl", required="headline")
    about = ColumnSpec(key="about", kind="company", config={"provider": "pdl"})
    add_column(workspace, about)
    server.companies["x.de"] = company()
    enrich(workspace, "who", "about")
    asked: set[str] = set()
    for request, reply in seen:
        parts = urlsplit(request.path)
        if parts.path == BULK:
            operation = COVERED[0]
            for one, told in zip(request.json["requests"], reply.body, strict=True):
                check_parameters(SPEC, operation, set(one["params"]))
                check_response(SPEC, operation, told["status"], told["data"])
        else:
            operation = f"{request.method} {parts.path}"
            check_parameters(SPEC, operation, {name for name, _ in parse_qsl(parts.query)})
            check_response(SPEC, operation, reply.status, reply.body)
        asked.add(operation)
    assert asked == set(COVERED)
