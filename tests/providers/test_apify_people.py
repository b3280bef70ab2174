"""Kind `people` over Apify: profiles at LinkedIn, found later, never started twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.models import Call, CallState, Reason, RunState, now_iso
from tests.contract.making import a_campaign, some_leads
from tests.providers.test_apify import opened, people, server, url, workspace
from tests.reliability.run_making import enrich, hasty, plan_of, started
from tests.servers.apify_server import ACTOR, ApifyServer, Ends, profile

if TYPE_CHECKING:
    from leadsync.core.engine.events import Event
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

__all__ = ["opened", "server", "workspace"]

OUTPUTS = {
    "headline": "li_headline",
    "title": "li_title",
    "company": "li_company",
    "location": "li_location",
    "about": "li_about",
    "raw.publicIdentifier": "li_slug",
}


def a_column(workspace: Workspace) -> Column:
    spec = ColumnSpec(key="li", kind="people", config={"provider": "apify"}, outputs=OUTPUTS)
    return add_column(workspace, spec)


def test_profiles_fill_headline_title_company_location_and_about(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 3)
    a_column(workspace)
    plan = plan_of(workspace, "li")
    assert (plan.providers[0].calls, plan.max_usd_micros) == (1, 12_000)
    result = enrich(workspace, "li")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 3})
    assert (len(server.runs), result.cost_usd_micros) == (1, 12_000)
    (row, *_) = workspace.store.scan({}, list(OUTPUTS.values()))
    found = ["Person builds engines", "Head of Engines", "Analytical", "London", "About Person"]
    assert list(row) == [*found, "person-0"]


def test_pages_that_are_no_person_cost_nothing(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 1, "https://www.linkedin.com/company/acme", "https://linkedin.com/posts/x")
    a_column(workspace)
    result = enrich(workspace, "li")
    assert result.counts == {Reason.VALUE: 1, Reason.INVALID: 2}
    assert [len(run.given["queries"]) for run in server.runs] == [1]


def test_leads_with_one_profile_are_asked_about_once(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 2, url(0))
    a_column(workspace)
    planned = plan_of(workspace, "li").max_usd_micros
    result = enrich(workspace, "li")
    assert result.counts == {Reason.VALUE: 3}
    assert planned == result.cost_usd_micros == 8_000
    assert [run.given["queries"] for run in server.runs] == [[url(0), url(1)]]


def test_a_lead_without_an_address_is_left_out(workspace: Workspace, server: ApifyServer) -> None:
    some_leads(workspace.store, a_campaign(workspace.store), [{"name": "Ada"}])
    a_column(workspace)
    assert plan_of(workspace, "li").columns[0].blank == {"linkedin_url": 1}


def test_a_profile_that_moved_still_belongs_to_its_lead(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.actor = lambda given: [
        {**profile(address), "linkedinUrl": "https://www.linkedin.com/in/renamed"}
        for address in given["queries"]
    ]
    people(workspace, 1)
    a_column(workspace)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 1}


def test_a_stop_aborts_the_run_and_resume_reads_what_there_is(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.ends = Ends(looks=None)
    people(workspace, 3)
    a_column(workspace)
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    run = started(workspace, "li")
    stopped = drive(workspace, run.id, pace=hasty(), stop=stop, on_event=on_event)
    assert (stopped.state, server.aborted) == (RunState.STOPPED, [server.runs[0].id])
    server.ends = Ends(looks=1)
    result = resume(workspace, run.id, pace=hasty())
    assert result.counts == {Reason.VALUE: 3}
    assert [len(run.items) for run in server.runs] == [1, 2]


@pytest.mark.parametrize("is_answered", [True, False])
def test_what_a_process_that_died_has_started_is_adopted(
    workspace: Workspace, server: ApifyServer, is_answered: bool
) -> None:
    """It died after the start was sent, before or after its answer was written down."""
    leads = people(workspace, 3)
    column = a_column(workspace)
    run = started(workspace, "li")
    given = {
        "profileScraperMode": "Profile details no email ($4 per 1k)",
        "queries": [url(number) for number in range(3)],
    }
    _start_at(server, given)
    call = Call(
        0, "apify", "start actor", "h", CallState.SENT, now_iso(), run_id=run.id,
        column_id=column.id, lead_ids=tuple(leads), units={"maxUsdMicros": 12_000},
        request={
            "path": f"/v2/actors/{ACTOR}/runs", "body": given, "mostUsdMicros": 12_000,
            "leads": {str(lead): f"in/person-{n}" for n, lead in enumerate(leads)},
        },
    )  # fmt: skip
    (call_id,) = workspace.store.add_calls([call])
    call = replace(call, id=call_id, state=CallState.LOST)
    if is_answered:
        body = {"data": server.runs[0].whole()}
        call = replace(
            call, state=CallState.ANSWERED, status=201, response={"body": body},
            cost_usd_micros=12_000, units={},
        )  # fmt: skip
    workspace.store.finish_calls([call])
    result = drive(workspace, run.id, pace=hasty())
    assert (result.counts, len(server.runs)) == ({Reason.VALUE: 3}, 1)
    assert result.cost_usd_micros == 12_000


def _start_at(server: ApifyServer, given: dict[str, object]) -> None:
    import httpx2

    params = {"maxItems": "3", "maxTotalChargeUsd": "0.012"}
    headers = {"Authorization": "Bearer k"}
    address = f"{server.url}/v2/actors/{ACTOR}/runs"
    assert httpx2.post(address, params=params, headers=headers, json=given).status_code == 201
