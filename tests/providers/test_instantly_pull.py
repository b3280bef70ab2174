"""Pulls from Instantly, over a socket: what became of leads, as columns of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.access.rights import Right, Role
from leadsync.core.erasure.erasing import erase
from leadsync.core.errors import AccessError
from leadsync.core.history import undo
from leadsync.core.models import ColumnType
from leadsync.core.provenance import explain
from leadsync.core.suppression import list_suppressions
from leadsync.core.sync.pulling import pull
from leadsync.core.sync.push_text import pull_lines
from tests.entering import a_token, a_user
from tests.providers.pushing import addressed, edit, leads, opened, preview, push
from tests.providers.vendor_specs import check_request, check_response, needs_specs
from tests.servers.instantly_campaigns import CAMPAIGN, CampaignServer
from tests.servers.instantly_server import error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

REPLIED = "2026-11-20T08:30:00.000Z"


@pytest.fixture
def server() -> Iterator[CampaignServer]:
    server = CampaignServer()
    with server.running():
        yield server


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def workspace(
    request: pytest.FixtureRequest, server: CampaignServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with opened(server, tmp_path, store) as found:
        yield found


def answered(server: CampaignServer) -> None:
    """Ada has replied, bob bounced, sue wants no more; dan is of somebody else."""
    server.lead("ada@a.example").update(
        {"email_reply_count": 2, "email_open_count": 3, "lt_interest_status": 1,
         "timestamp_last_reply": REPLIED, "status": 3, "verification_status": 1}
    )  # fmt: skip
    server.lead("bob@a.example").update({"status": -1, "verification_status": -1})
    server.lead("sue@a.example").update({"status": -2, "lt_interest_status": 0})
    server.put("dan@b.example", status=-1)


def test_what_became_of_leads_stands_in_columns_of_the_right_type(
    server: CampaignServer, workspace: Workspace
) -> None:
    ids = leads(workspace, *addressed("ada@a.example", "bob@a.example", "sue@a.example"))
    push(workspace)
    answered(server)
    pulled = pull(workspace, "instantly", CAMPAIGN)
    assert pulled.to_doc() == {
        "from": {"id": CAMPAIGN, "name": "Fall outreach"},
        "found": 4, "matched": 3, "changed": 3, "replied": 1, "suppressed": 3,
        "strangers": 1,
        "statuses": {"completed": 1, "bounced": 1, "unsubscribed": 1},
    }  # fmt: skip
    fields = ["instantly_status", "instantly_interest", "instantly_replied_at", "instantly_opens",
              "instantly_verification"]  # fmt: skip
    assert workspace.store.rows(ids, fields) == [
        ("completed", "interested", REPLIED, 3, "verified"),
        ("bounced", None, None, None, "invalid"),
        ("unsubscribed", "out of office", None, None, None),
    ]
    kinds = {column.key: column.type for column in workspace.store.columns()}
    assert list(pull_lines(pulled))[1:] == [
        "  1 completed, 1 bounced, 1 unsubscribed; 1 replied",
        "  3 addresses bounced or unsubscribed, 1 of them not yours: on the suppression list now",
    ]
    assert kinds["instantly_replied_at"] is ColumnType.DATE
    assert kinds["instantly_opens"] is ColumnType.NUMBER
    assert "instantly_clicks" not in kinds
    assert workspace.store.count(workspace.filter("instantly_replied_at>2026-11-01")) == 1


def test_who_bounced_or_unsubscribed_is_suppressed_and_never_pushed_again(
    server: CampaignServer, workspace: Workspace
) -> None:
    ids = leads(workspace, *addressed("ada@a.example", "bob@a.example", "sue@a.example"))
    push(workspace)
    answered(server)
    pull(workspace, "instantly", "Fall outreach")
    assert [(e.value, e.reason, e.source) for e in list_suppressions(workspace.store)] == [
        ("bob@a.example", "bounced", "instantly"),
        ("dan@b.example", "bounced", "instantly"),
        ("sue@a.example", "unsubscribed", "instantly"),
    ]
    edit(workspace, ids, pitch="Better.")
    assert preview(workspace).sends == 1
    assert dict(preview(workspace).stays) == {"suppressed": 2}


def test_a_pull_is_one_step_that_undo_takes_back_and_why_tells(
    server: CampaignServer, workspace: Workspace
) -> None:
    (ada,) = leads(workspace, *addressed("ada@a.example"))
    push(workspace)
    server.lead("ada@a.example")["status"] = 3
    pull(workspace, "instantly", "Fall outreach")
    assert workspace.store.units(limit=1)[0].label == "pull instantly Fall outreach"
    assert pull(workspace, "instantly", "Fall outreach").changed == 0
    story = explain(workspace, ada, "instantly_status")
    assert "pull instantly Fall outreach" in str(story)
    undo(workspace)
    assert "instantly_status" not in {column.key for column in workspace.store.columns()}


def test_the_journal_keeps_of_a_lead_what_is_read_of_it(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example"))
    server.put("dan@b.example", first_name="Daniel", phone="+49 30 123", payload={"pitch": "Psst"})
    pull(workspace, "instantly", CAMPAIGN)
    calls = [record for kind, record in workspace.store.records() if kind == "calls"]
    (listed,) = [call for call in calls if call["operation"] == "list leads"]
    assert "dan@b.example" in str(listed)
    assert not [word for word in ("Daniel", "+49", "Psst") if word in str(listed)]


def test_who_was_erased_here_does_not_come_back_with_a_pull(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example", "bob@a.example", "sue@a.example"))
    push(workspace)
    answered(server)
    erase(workspace, "bob@a.example")
    assert set(workspace.store.sent(f"instantly:{CAMPAIGN}")) == {1, 3}
    pulled = pull(workspace, "instantly", CAMPAIGN)
    assert (pulled.found, pulled.matched) == (4, 2)
    assert "bob@a.example" not in pulled.suppressed
    assert "bob@a.example" not in str(list(workspace.store.records()))


def test_a_dry_run_writes_nothing(server: CampaignServer, workspace: Workspace) -> None:
    leads(workspace, *addressed("ada@a.example", "bob@a.example", "sue@a.example"))
    push(workspace)
    answered(server)
    units = len(workspace.store.units())
    pulled = pull(workspace, "instantly", "Fall outreach", dry_run=True)
    assert (pulled.matched, pulled.changed, len(pulled.suppressed)) == (3, 3, 3)
    assert len(workspace.store.units()) == units
    assert list_suppressions(workspace.store) == []


def test_leads_of_other_campaigns_are_left_alone_and_pages_are_followed(
    server: CampaignServer, workspace: Workspace
) -> None:
    emails = [f"p{n}@a.example" for n in range(230)]
    leads(workspace, *addressed(*emails))
    leads(workspace, *addressed("p1@a.example"), campaign="Q3")
    for email in emails:
        server.put(email)
    replies = iter([None, None, None, error(429), error(500)])
    answer = server.script
    server.script = lambda request: next(replies, None) or answer(request)
    told: list[int] = []
    pulled = pull(workspace, "instantly", "Fall outreach", campaign="Q4", on_page=told.append)
    assert (pulled.found, pulled.matched, told) == (230, 230, [100, 200, 230])
    assert workspace.store.count(workspace.filter("instantly_status:active")) == 230


@needs_specs
def test_requests_and_answers_of_a_pull_fit_the_vendors_description(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example", "bob@a.example", "sue@a.example"))
    push(workspace)
    answered(server)
    pull(workspace, "instantly", "Fall outreach")
    listed = server.requests[-1]
    check_request("instantly.json", "POST /api/v2/leads/list", listed.json)
    reply = server.script(listed)
    check_response("instantly.json", "POST /api/v2/leads/list", reply.status, reply.body)


def test_who_may_only_push_pulls_nothing(server: CampaignServer, tmp_path: Path) -> None:
    with opened(server, tmp_path) as workspace:
        leads(workspace, *addressed("ada@a.example"))
        push(workspace)
        member = a_user(workspace.store, "bob@team.example", Role.MEMBER)
        token = a_token(workspace.store, member, Right.READ, Right.PUSH)
        able = a_token(workspace.store, member, Right.READ, Right.PUSH, Right.EDIT)
    server.lead("ada@a.example").update({"status": -1})
    with opened(server, tmp_path, LEADSYNC_TOKEN=token) as workspace:
        assert pull(workspace, "instantly", CAMPAIGN, dry_run=True).matched == 1
        with pytest.raises(AccessError, match='no scope "edit"'):
            pull(workspace, "instantly", CAMPAIGN)
        assert list_suppressions(workspace.store) == []
    with opened(server, tmp_path, LEADSYNC_TOKEN=able) as workspace:
        assert pull(workspace, "instantly", CAMPAIGN).changed == 1
