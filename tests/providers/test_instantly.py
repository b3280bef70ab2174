"""Instantly, over a socket: every answer of its verification ends in its documented outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.engine.plan_text import plan_lines
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.errors import Exit
from leadsync.core.models import Reason, RunState
from tests.contract.making import a_campaign, some_leads
from tests.providers.vendor_specs import (
    check_request,
    check_response,
    needs_specs,
    operation_of,
)
from tests.reliability.run_making import (
    a_workspace,
    counted_calls,
    enrich,
    hasty,
    plan_of,
    started,
)
from tests.servers.http_server import Reply
from tests.servers.instantly_server import PENDING, InstantlyServer, error, verified

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.workspace import Workspace

SPEC = "instantly.json"
COVERED = (
    "GET /api/v2/workspaces/current",
    "POST /api/v2/email-verification",
    "GET /api/v2/email-verification/{email}",
)
KEY = "instantly-planted-4hJ29dKs8Q"
ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]


@pytest.fixture
def server() -> Iterator[InstantlyServer]:
    server = InstantlyServer()
    with server.running():
        yield server


def opened(server: InstantlyServer, folder: Path, store: str = "", **more: str) -> Workspace:
    settings = {
        "LEADSYNC_INSTANTLY_BASE_URL": server.url,
        "INSTANTLY_API_KEY": KEY,
        "LEADSYNC_POLL_BASE_S": "0.01",
    }
    return a_workspace("", folder, store, **(settings | more))


@pytest.fixture
def workspace(server: InstantlyServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened(server, tmp_path) as found:
        yield found


def leads(workspace: Workspace, *emails: str) -> list[int]:
    inbox = a_campaign(workspace.store)
    return some_leads(workspace.store, inbox, [{"email": email} for email in emails])


def a_column(workspace: Workspace) -> None:
    outputs = {"status": "check", "reason": "check_reason", "flags.catch_all": "check_catch_all"}
    spec = ColumnSpec(key="check", kind="instantly_verify", outputs=outputs)
    add_column(workspace, spec)


def verdict(workspace: Workspace) -> str:
    (row,) = workspace.store.scan({}, ["check", "check_reason"])
    return " ".join(row)


VERDICTS = {
    "verified": ([verified("verified")], "deliverable mailbox_exists"),
    "invalid": ([verified("invalid")], "undeliverable no_such_mailbox"),
    "verified where all is taken": ([verified("verified", True)], "risky catch_all"),
    "pending, then verified": ([PENDING, PENDING, verified("verified")],
                               "deliverable mailbox_exists"),
    "pending, then invalid": ([PENDING, verified("invalid")], "undeliverable no_such_mailbox"),
    "verified while catch-all is pending": (
        [verified("verified", "pending"), verified("verified", True)], "risky catch_all"),
    "status says error and the verdict is there": (
        [verified("invalid") | {"status": "error"}], "undeliverable no_such_mailbox"),
    "status says success and the verdict is not": (
        [PENDING | {"status": "success"}, verified("verified")], "deliverable mailbox_exists"),
    "pending for ever": ([PENDING], "unknown provider_unsure"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), VERDICTS.values(), ids=VERDICTS)
def test_what_instantly_says_of_an_address(
    words: list[dict[str, Any]], expected: str, server: InstantlyServer, workspace: Workspace
) -> None:
    server.says["ada@acme.de"] = words
    leads(workspace, "ada@acme.de")
    a_column(workspace)
    result = enrich(workspace, "check")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 1})
    assert verdict(workspace) == expected
    assert (server.charged, result.units) == (["ada@acme.de"], {"credit": 1})
    assert counted_calls(workspace) == {"instantly": 1}


HOLDS = {
    "402": (error(402, "Workspace does not have an active paid plan"), "exhausted", "paid plan"),
    "401": (error(401, "Missing Authorization header"), "auth", "Missing Authorization"),
    "403 of a scope": (
        error(403, "Requires scope email_verifications:create"), "auth",
        "email_verifications:create"),
    "credits in words": (error(400, "You have no credits"), "exhausted", "no credits"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "why", "words"), HOLDS.values(), ids=HOLDS)
def test_what_a_person_has_to_mend_holds_the_column(
    reply: Reply, why: str, words: str, server: InstantlyServer, workspace: Workspace
) -> None:
    server.special = [reply]
    leads(workspace, "ada@acme.de", "bob@acme.de")
    a_column(workspace)
    result = enrich(workspace, "check", concurrency=1)
    assert (result.state, result.exit_code, result.left) == (RunState.HELD, Exit.HELD, 2)
    assert result.reason.startswith(f"{why}: ")
    assert words in result.reason
    assert len(server.requests) == 1


ENDS = {
    "400": (error(400, "body must have required property 'email'"), Reason.INVALID, 1),
    "404 of the question": (error(404), Reason.INVALID, 1),
    "429 for ever": (error(429), Reason.THROTTLED, 6),
    "500 for ever": (error(500), Reason.TRANSIENT, 6),
    "no verdict in it": (Reply(body={"status": "success"}), Reason.INVALID, 2),
    "another word": (Reply(body=verified("sure")), Reason.INVALID, 2),
    "no JSON": (Reply(body="it works"), Reason.INVALID, 2),
    "a cut answer": (Reply(body=verified("verified"), cut=90), Reason.UNKNOWN, 2),
    "nothing": (Reply(body={}), Reason.NO_MATCH, 1),
}


@pytest.mark.parametrize(("reply", "reason", "requests"), ENDS.values(), ids=ENDS)
def test_what_concerns_one_address_ends_its_cell(
    reply: Reply, reason: Reason, requests: int, server: InstantlyServer, workspace: Workspace
) -> None:
    server.special = [reply] * 10
    leads(workspace, "ada@acme.de")
    a_column(workspace)
    result = enrich(workspace, "check")
    assert (result.counts, len(server.requests)) == ({reason: 1}, requests)


def test_trouble_while_it_is_looked_for_does_not_lose_what_was_paid(
    server: InstantlyServer, workspace: Workspace
) -> None:
    replies = iter([None, error(404), error(500), error(429)])
    answer = server.script
    server.script = lambda request: next(replies, None) or answer(request)
    server.says["ada@acme.de"] = [PENDING, verified("verified")]
    leads(workspace, "ada@acme.de")
    a_column(workspace)
    assert enrich(workspace, "check").counts == {Reason.VALUE: 1}
    assert (verdict(workspace), len(server.charged)) == ("deliverable mailbox_exists", 1)


def test_a_text_that_is_no_address_is_not_asked_about(
    server: InstantlyServer, workspace: Workspace
) -> None:
    leads(workspace, "ada@acme.test")
    a_column(workspace)
    assert plan_of(workspace, "check").providers == ()
    enrich(workspace, "check")
    assert (verdict(workspace), server.requests) == ("undeliverable reserved_domain", [])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_later_process_fetches_what_was_pending_and_pays_nothing_again(
    engine: str, request: pytest.FixtureRequest, server: InstantlyServer, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    server.says["ada@acme.de"] = [PENDING, verified("verified")]
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    with opened(server, tmp_path, store, LEADSYNC_POLL_BASE_S="0.5") as first:
        leads(first, "ada@acme.de")
        a_column(first)
        run = started(first, "check")
        result = drive(first, run.id, pace=hasty(), stop=stop, on_event=on_event)
    assert (result.state, result.left) == (RunState.STOPPED, 1)
    with opened(server, tmp_path, store) as later:
        result = resume(later, run.id, pace=hasty())
        assert (result.state, verdict(later)) == (RunState.DONE, "deliverable mailbox_exists")
        assert server.charged == ["ada@acme.de"]
        leads(later, "ada@acme.de")
        assert plan_of(later, "check").columns[0].cached == 1


def test_a_price_of_the_user_makes_money_of_credits(
    server: InstantlyServer, tmp_path: Path
) -> None:
    (tmp_path / "prices.toml").write_text("[units.instantly]\ncredit = 0.0025\n")
    with opened(server, tmp_path, LEADSYNC_PRICES=str(tmp_path / "prices.toml")) as workspace:
        leads(workspace, "ada@acme.de", "bob@acme.de")
        a_column(workspace)
        plan = plan_of(workspace, "check")
        assert (plan.min_usd_micros, plan.max_usd_micros) == (5000, 5000)
        assert enrich(workspace, "check").cost_usd_micros == 5000


def test_an_answer_that_cannot_be_read_counts_as_maybe_billed(
    server: InstantlyServer, tmp_path: Path
) -> None:
    (tmp_path / "prices.toml").write_text("[units.instantly]\ncredit = 0.0025\n")
    server.special = [Reply(body="<html>"), Reply(body="<html>")]
    with opened(server, tmp_path, LEADSYNC_PRICES=str(tmp_path / "prices.toml")) as workspace:
        leads(workspace, "ada@acme.de")
        a_column(workspace)
        plan = plan_of(workspace, "check")
        assert "a lost or broken answer may be asked for once more" in "\n".join(plan_lines(plan))
        result = enrich(workspace, "check")
        assert (result.cost_usd_micros, result.at_most_usd_micros) == (0, 5000)


def test_without_a_price_the_plan_speaks_in_credits(workspace: Workspace) -> None:
    leads(workspace, "ada@acme.de", "bob@acme.de")
    a_column(workspace)
    (part,) = plan_of(workspace, "check").providers
    assert (part.max_usd_micros, part.max_units, part.per_s) == (None, {"credit": 2}, 100)


def test_the_recipe_fits_an_empty_workspace(server: InstantlyServer, workspace: Workspace) -> None:
    server.says["ada@acme.de"] = [verified("verified", True)]
    leads(workspace, "ada@acme.de")
    add_column(workspace, load_recipe("instantly_verify", workspace.config))
    enrich(workspace, "instantly_check")
    fields = ["instantly_check", "instantly_reason", "instantly_catch_all"]
    assert list(workspace.store.scan({}, fields)) == [("risky", "catch_all", "true")]


def test_the_check_of_the_key_names_the_workspace(
    server: InstantlyServer, workspace: Workspace
) -> None:
    report = check_key(find_provider("instantly"), workspace.config)
    assert (report.is_accepted, report.detail) == (True, 'workspace "Ada\'s workspace"')
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    server.special = [error(403, f"key {KEY} needs the scope workspaces:read")]
    report = check_key(find_provider("instantly"), workspace.config)
    assert report.is_accepted is False
    assert "workspaces:read" in report.detail
    assert KEY not in report.detail


@needs_specs
def test_what_is_sent_and_what_the_server_answers_fits_the_vendors_description(
    server: InstantlyServer, workspace: Workspace
) -> None:
    answers: list[tuple[int, Any]] = []
    answer = server.script

    def keep(request: Any) -> Reply:
        reply = answer(request)
        answers.append((reply.status, reply.body))
        return reply

    server.script = keep
    server.says["a+b@acme.de"] = [PENDING, PENDING, verified("verified", True)]
    leads(workspace, "a+b@acme.de")
    a_column(workspace)
    check_key(find_provider("instantly"), workspace.config)
    enrich(workspace, "check")
    server.special = [error(402)]
    leads(workspace, "bob@acme.de")
    enrich(workspace, "check")
    seen: set[str] = set()
    for request, (status, body) in zip(server.requests, answers, strict=True):
        operation = operation_of(SPEC, request.method, request.path)
        seen.add(operation)
        if request.body:
            check_request(SPEC, operation, request.json)
        check_response(SPEC, operation, status, body)
    assert seen == set(COVERED)
