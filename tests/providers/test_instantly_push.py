"""Pushes to Instantly, over a socket: who is sent, who stays and why, what became of each."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.access.rights import Right, Role
from leadsync.core.campaign_settings import set_campaign
from leadsync.core.columns.definitions import remove_column
from leadsync.core.engine.running import drive
from leadsync.core.engine.stop import StopSignal
from leadsync.core.errors import AccessError, InputError, ProviderError
from leadsync.core.history import undo
from leadsync.core.models import Reason, RunState, Status, to_doc
from leadsync.core.push_policy import set_push_policy
from leadsync.core.store.opening import open_store
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import suppress
from leadsync.core.sync.blocking import plan_blocks, push_blocks
from leadsync.core.sync.push_text import push_lines
from leadsync.core.sync.pushing import start_push, states_there
from leadsync.core.workspace import Workspace
from tests.contract.making import a_column, a_task, cell
from tests.entering import a_token, a_user
from tests.providers.pushing import (
    KEY,
    addressed,
    edit,
    leads,
    opened,
    preview,
    push,
    states,
)
from tests.providers.vendor_specs import check_request, check_response, needs_specs, operation_of
from tests.reliability.run_making import enrich, hasty, plan_of
from tests.servers.http_server import Reply
from tests.servers.instantly_campaigns import CAMPAIGN, CampaignServer
from tests.servers.instantly_server import error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.access.records import User

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
PLACE = f"instantly:{CAMPAIGN}"


@pytest.fixture
def server() -> Iterator[CampaignServer]:
    server = CampaignServer()
    with server.running():
        yield server


@pytest.fixture
def workspace(server: CampaignServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened(server, tmp_path) as found:
        yield found


def there(workspace: Workspace) -> dict[str, int]:
    """What the ledger says became of the leads, as the end of a push tells it."""
    column = workspace.column("instantly")
    return dict(states_there(workspace, column, list(workspace.store.ids({}))))


def sent(server: CampaignServer, path: str) -> list[Any]:
    return [r.json for r in server.requests if r.path.startswith(path)]


# who is sent ------------------------------------------------------------------------------------
def test_a_preview_asks_for_the_campaign_alone_and_stores_nothing(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@acme.example", "bob@acme.example"))
    units = len(workspace.store.units())
    found = preview(workspace, to=CAMPAIGN)
    assert found.to_doc()["create"] == 2
    assert {request.method for request in server.requests} == {"GET"}
    assert len(workspace.store.units()) == units
    assert [column.key for column in workspace.store.columns()].count("instantly") == 0


def test_why_leads_stay_here_is_counted_by_reason(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(
        workspace,
        {"email": "ada@acme.example"},
        {"email": "not-an-address"},
        {"email": "new@acme.example", "verify": None, "verify_reason": None},
        {"email": "info@acme.example", "verify": "risky", "verify_reason": "role"},
        {"email": "all@acme.example", "verify": "risky", "verify_reason": "catch_all"},
        {"email": "gone@acme.example", "verify": "undeliverable",
         "verify_reason": "no_such_mailbox"},
        {"email": "mute@acme.example", "pitch": None},
        {"email": "sue@never.example"},
    )  # fmt: skip
    suppress(workspace, ["never.example"], reason="asked us")
    found = preview(workspace)
    assert dict(found.stays) == {
        "the address is no e-mail address": 1,
        "not verified": 1,
        "verdict risky:role": 1,
        "verdict undeliverable:no_such_mailbox": 1,
        "pitch is blank": 1,
        "suppressed": 1,
    }
    assert found.sends == 2
    assert found.to_doc()["verdicts"] == {"deliverable": 1, "risky:catch_all": 1}
    push(workspace)
    assert sorted(server.taken) == ["ada@acme.example", "all@acme.example"]


def test_the_policy_of_the_campaign_decides_and_a_push_may_allow_more(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(
        workspace,
        {"email": "all@acme.example", "verify": "risky", "verify_reason": "catch_all"},
        {"email": "new@acme.example", "verify": None, "verify_reason": None},
    )
    set_push_policy(workspace, "Q4", ["deliverable"])
    assert preview(workspace).sends == 0
    assert preview(workspace, allow=("unverified",)).sends == 1
    set_push_policy(workspace, "Q4", [])
    assert preview(workspace).sends == 1


def verified(workspace: Workspace, lead_id: int, **fields: Any) -> None:
    """The lead's verdict is that of a run of the column `checked` about its present address."""
    store = workspace.store
    if (column := store.catalog().driver("verify")) is None:
        outputs = {"status": "verify", "reason": "verify_reason"}
        column = a_column(store, "checked", kind="http", inputs=("email",), outputs=outputs)
    email = cell(store, lead_id, "email")
    task = a_task(column, lead_id, {"email": email}, **fields)
    values = {"verify": "deliverable", "verify_reason": "mailbox_exists"}
    with store.unit("ada", "enrich checked") as unit:
        unit.settle([task], {} if fields else {lead_id: values})


def test_a_verdict_about_another_address_lets_nobody_through(
    server: CampaignServer, workspace: Workspace
) -> None:
    blank = {"verify": None, "verify_reason": None}
    ids = leads(workspace, *({"email": f"{who}@acme.example", **blank} for who in "abcde"))
    for lead_id in ids:
        verified(workspace, lead_id)
    assert preview(workspace).sends == 5
    edit(workspace, ids[:1], email="other@acme.example")
    verified(workspace, ids[1], status=Status.ERROR, reason=Reason.TRANSIENT)
    edit(workspace, ids[2:3], email="typed@acme.example", verify="deliverable")
    with workspace.store.unit("ada", "import checked.csv") as unit:
        unit.edit({ids[3]: {"email": "imported@acme.example", "verify": "risky",
                            "verify_reason": "catch_all"}})  # fmt: skip
    found = preview(workspace)
    assert dict(found.stays) == {"verified before it was changed": 2}
    assert preview(workspace, allow=("unverified",)).sends == 5
    push(workspace)
    assert sorted(server.taken) == [
        "e@acme.example", "imported@acme.example", "typed@acme.example"
    ]  # fmt: skip


def test_a_preview_warns_of_texts_that_were_made_from_something_else(
    server: CampaignServer, workspace: Workspace
) -> None:
    rows = [{"email": f"{who}@acme.example", "company": "One", "pitch": None} for who in "ab"]
    ids = leads(workspace, *rows)
    store, outputs = workspace.store, {"text": "pitch"}
    written = a_column(store, "texts", kind="http", inputs=("company",), outputs=outputs)
    with store.unit("ada", "enrich texts") as unit:
        tasks = [a_task(written, lead_id, {"company": "One"}) for lead_id in ids]
        unit.settle(tasks, {lead_id: {"pitch": "Hello One."} for lead_id in ids})
    assert preview(workspace).plan.columns[0].to_doc()["stale"] == {}
    edit(workspace, ids[:1], company="Two")
    found = preview(workspace)
    assert (found.sends, found.plan.columns[0].to_doc()["stale"]) == (2, {"texts": 1})
    said = "\n".join(push_lines(found))
    assert "what texts wrote for 1 of these is stale, the lead has changed" in said


def test_caps_per_company_count_who_was_pushed_before(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, {"email": "a@one.example", "company": "One"})
    push(workspace)
    leads(
        workspace,
        {"email": "b@one.example", "company": "ONE"},
        {"email": "c@one.example", "company": "one"},
        {"email": "d@two.example", "company": "Two"},
    )
    with workspace.store.unit("ada", "caps") as unit:
        campaign = workspace.campaign("Q4")
        settings = {**campaign.settings, "caps": {"perCompany": 2}}
        unit.put("campaigns", to_doc(dataclasses.replace(campaign, settings=settings)))
    found = preview(workspace)
    assert (found.sends, dict(found.stays)) == (2, {"over the cap of its company": 1})
    push(workspace)
    assert sorted(server.taken) == ["a@one.example", "b@one.example", "d@two.example"]


def test_a_cap_per_domain_reads_the_column_that_imports_make(
    server: CampaignServer, workspace: Workspace
) -> None:
    a_column(workspace.store, "domain")
    leads(workspace, {"email": "a@gmail.com", "domain": "acme.example"})
    push(workspace)
    leads(
        workspace,
        {"email": "b@work.example", "domain": "www.acme.example"},
        {"email": "c@gmail.com", "domain": "beta.example"},
    )
    set_campaign(workspace, "Q4", max_per_domain=1)
    found = preview(workspace)
    assert (found.sends, dict(found.stays)) == (1, {"over the cap of its company": 1})
    push(workspace)
    assert sorted(server.taken) == ["a@gmail.com", "c@gmail.com"]


def test_each_campaign_has_its_caps_and_who_is_there_is_read_once(
    server: CampaignServer, workspace: Workspace, tmp_path: Path
) -> None:
    for name, cap in {"Q4": 2, "Q5": 1, "Q6": 1}.items():
        leads(workspace, {"email": f"a@{name}.example", "company": "One"}, campaign=name)
        push(workspace, campaign=name)
        more = [{"email": f"{who}@{name}.example", "company": "One"} for who in "bc"]
        leads(workspace, *more, campaign=name)
        set_campaign(workspace, name, max_per_company=cap)
    with closing(SqliteStore(tmp_path / "leadsync.db")) as store:
        asked: list[str] = []
        store._read().set_trace_callback(asked.append)
        (part,) = plan_of(Workspace(store, workspace.config), "instantly").columns
        store._read().set_trace_callback(None)
    assert dict(part.left_out) == {"over the cap of its company": 5}
    (left,) = workspace.store.rows(part.leads, ["email"])
    assert left == ("b@Q4.example",)
    assert sum("l.presence < 2 AND l.id IN" in text for text in asked) == 1


def test_a_run_from_the_grid_keeps_to_the_policy_too(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, {"email": "ada@acme.example"})
    push(workspace)
    leads(workspace, {"email": "new@acme.example", "verify": None, "verify_reason": None})
    (part,) = plan_of(workspace, "instantly").columns
    assert (len(part.leads), dict(part.left_out)) == (0, {"not verified": 1})
    leads(workspace, {"email": "bob@acme.example"})
    assert enrich(workspace, "instantly").counts == {Reason.VALUE: 1}
    assert list(server.taken) == ["ada@acme.example", "bob@acme.example"]


def test_a_lead_that_lost_its_verdict_after_the_plan_is_not_sent(
    server: CampaignServer, workspace: Workspace
) -> None:
    ids = leads(workspace, *addressed("ada@acme.example", "bob@acme.example"))
    run = start_push(workspace, preview(workspace))
    edit(workspace, ids[:1], verify="undeliverable", verify_reason="no_such_mailbox")
    suppress(workspace, ["bob@acme.example"])
    result = drive(workspace, run.id, pace=hasty())
    assert result.skipped == {"verdict undeliverable:no_such_mailbox": 1, "suppressed": 1}
    assert server.additions == 0


def test_a_lead_that_came_after_the_preview_is_not_sent(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@acme.example"))
    shown = preview(workspace)
    leads(workspace, *addressed("bob@acme.example"))
    run = start_push(workspace, shown)
    assert (run.planned, drive(workspace, run.id, pace=hasty()).counts) == (1, {"value": 1})
    assert list(server.taken) == ["ada@acme.example"]
    push(workspace)
    assert list(server.taken) == ["ada@acme.example", "bob@acme.example"]


# what is sent -----------------------------------------------------------------------------------
def test_fields_go_by_their_usual_names_and_the_variables_of_the_sequences(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, {"email": "ada@acme.example", "company": "Acme"})
    push(workspace)
    (body,) = sent(server, "/api/v2/leads/add")
    assert body == {
        "campaign_id": CAMPAIGN,
        "leads": [
            {
                "email": "ada@acme.example", "first_name": "Ada", "company_name": "Acme",
                "custom_variables": {"pitch": "Hello."},
            }
        ],
    }  # fmt: skip


def test_a_mapping_is_remembered_for_the_campaign(
    server: CampaignServer, workspace: Workspace
) -> None:
    server.texts = [("Hi", "{{ice_breaker}}")]
    leads(workspace, {"email": "ada@acme.example"})
    with pytest.raises(InputError, match="ice_breaker") as refused:
        preview(workspace)
    assert "--map FIELD=ice_breaker" in refused.value.next_step
    push(workspace, mapping={"pitch": "ice_breaker", "company": ""})
    leads(workspace, {"email": "bob@acme.example", "company": "Acme"})
    push(workspace)
    first, second = sent(server, "/api/v2/leads/add")
    assert first["leads"][0]["custom_variables"] == {"ice_breaker": "Hello."}
    assert second["leads"][0] == {
        "email": "bob@acme.example", "first_name": "Ada",
        "custom_variables": {"ice_breaker": "Hello."},
    }  # fmt: skip


def test_a_preview_with_other_settings_counts_each_lead_once(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(
        workspace,
        {"email": "ada@a.example"},
        {"email": "mute@a.example", "pitch": None},
        {"email": "new@a.example", "verify": None, "verify_reason": None},
    )
    push(workspace)
    found = preview(workspace, allow=("unverified",), mapping={"company": ""})
    assert (found.sends, found.unchanged, dict(found.stays)) == (1, 1, {"pitch is blank": 1})


def test_missing_variables_may_be_allowed(server: CampaignServer, workspace: Workspace) -> None:
    server.texts = [("{{firstName}}", "{{pitch}} {{cta}} {{title|there}} {{RANDOM | a | b}}")]
    leads(workspace, {"email": "ada@acme.example", "pitch": None})
    with pytest.raises(InputError, match="cta"):
        preview(workspace)
    assert preview(workspace, allow_missing=True).sends == 1


@pytest.mark.parametrize(
    ("cell", "join", "stays", "value"),
    [
        ('["a", "b"]', "", {'"pitch" holds a list; say what joins it: --join ", "': 1}, None),
        ('["a", "b"]', ", ", {}, "a, b"),
        ('{"a": 1}', ", ", {'"pitch" holds an object, which Instantly does not take': 1}, None),
        ("[Hi] there", "", {}, "[Hi] there"),
    ],
)
def test_lists_are_joined_or_refused_and_objects_are_refused(
    cell: str,
    join: str,
    stays: dict[str, int],
    value: str | None,
    server: CampaignServer,
    workspace: Workspace,
) -> None:
    leads(workspace, {"email": "ada@acme.example", "pitch": cell})
    found = preview(workspace, join=join)
    assert dict(found.stays) == stays
    if value is not None:
        push(workspace, join=join)
        assert server.lead("ada@acme.example")["payload"] == {"pitch": value}


# what became of them ----------------------------------------------------------------------------
def test_each_lead_says_what_became_of_it(server: CampaignServer, workspace: Workspace) -> None:
    emails = ["new@a.example", "there@a.example", "bad@a.example", "no@b.example", "x@c.example"]
    leads(workspace, *addressed(*emails))
    server.put("there@a.example")
    server.invalid = {"bad@a.example"}
    server.blocked = {"b.example", "x@c.example"}
    result = push(workspace)
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 5})
    assert states(workspace) == {
        "new@a.example": "created",
        "there@a.example": "duplicate",
        "bad@a.example": "invalid",
        "no@b.example": "blocked",
        "x@c.example": "blocked",
    }
    assert workspace.store.count(workspace.filter("instantly:blocked")) == 2


def test_a_later_preview_names_those_that_are_not_there_as_they_are_here(
    server: CampaignServer, workspace: Workspace
) -> None:
    emails = ["new@a.example", "there@a.example", "bad@a.example", "no@b.example"]
    leads(workspace, *addressed(*emails))
    server.put("there@a.example")
    server.invalid, server.blocked = {"bad@a.example"}, {"b.example"}
    push(workspace)
    found = preview(workspace)
    assert (found.sends, found.unchanged, found.plan.cells) == (0, 1, 0)
    assert dict(found.stays) == {
        "duplicate when it was pushed": 1,
        "invalid when it was pushed": 1,
        "blocked when it was pushed": 1,
    }
    assert found.to_doc()["unchanged"] == 1
    undo(workspace)  # the cells are written down anew, and nobody is sent
    again = preview(workspace)
    assert (again.sends, again.unchanged, again.plan.cells) == (0, 1, 4)
    assert again.stays == found.stays
    server.leads.clear()
    edit(workspace, [1], pitch="Better.")
    push(workspace)
    assert preview(workspace).stays["gone when it was pushed"] == 1


def test_who_is_elsewhere_in_the_workspace_may_be_skipped(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("old@a.example"))
    push(workspace)
    leads(workspace, *addressed("other@a.example", "bad@a.example", "new@a.example"))
    server.put("other@a.example", campaign="0195a9d3-5b6a-7a11-8f0e-0000000000ff")
    server.invalid = {"bad@a.example"}
    column = workspace.column("instantly")
    from leadsync.core.columns.definitions import ColumnChanges, edit_column

    edit_column(
        workspace,
        "instantly",
        ColumnChanges(config={**column.config, "skip_if_in_workspace": True}),
    )
    push(workspace)
    assert states(workspace) == {
        "old@a.example": "created",
        "other@a.example": "skipped",
        "bad@a.example": "invalid",
        "new@a.example": "created",
    }


def test_a_second_push_sends_nothing_and_a_third_what_was_edited(
    server: CampaignServer, workspace: Workspace
) -> None:
    ids = leads(workspace, *addressed(*(f"p{n}@a.example" for n in range(30))))
    push(workspace)
    before = len(server.requests)
    found = preview(workspace)
    assert (found.sends, found.unchanged, found.plan.cells) == (0, 30, 0)
    edit(workspace, ids[:10], pitch="Better.")
    edit(workspace, ids[10:12], verify_reason="checked again")
    found = preview(workspace)
    assert (found.to_doc()["create"], found.to_doc()["update"]) == (0, 10)
    push(workspace)
    assert sorted(server.changed) == sorted(f"p{n}@a.example" for n in range(10))
    assert server.lead("p3@a.example")["payload"] == {"pitch": "Better."}
    assert server.additions == 1
    patches = [r for r in server.requests[before:] if r.method == "PATCH"]
    assert len(patches) == 10
    assert states(workspace)["p3@a.example"] == "updated"


def test_a_blank_clears_what_is_there(server: CampaignServer, workspace: Workspace) -> None:
    (lead,) = leads(workspace, {"email": "ada@a.example", "company": "Acme"})
    push(workspace)
    edit(workspace, [lead], company=None)
    push(workspace)
    assert server.lead("ada@a.example")["company_name"] is None
    patch = next(r.json for r in server.requests if r.method == "PATCH")
    assert patch == {
        "first_name": "Ada", "company_name": None, "custom_variables": {"pitch": "Hello."},
    }  # fmt: skip


def test_what_was_removed_at_instantly_is_not_added_again(
    server: CampaignServer, workspace: Workspace
) -> None:
    (lead,) = leads(workspace, {"email": "ada@a.example"})
    push(workspace)
    server.leads.clear()
    edit(workspace, [lead], pitch="Better.")
    push(workspace)
    assert states(workspace) == {"ada@a.example": "gone"}
    assert preview(workspace).sends == 0


def test_undo_does_not_unsend_and_the_next_push_sends_nothing(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example"))
    push(workspace)
    undo(workspace)
    assert states(workspace) == {"ada@a.example": None}
    found = preview(workspace)
    assert (found.sends, found.unchanged, found.plan.cells) == (0, 1, 1)
    push(workspace)
    assert states(workspace) == {"ada@a.example": "created"}
    assert server.additions == 1


def test_a_removed_column_forgets_nothing(server: CampaignServer, workspace: Workspace) -> None:
    leads(workspace, *addressed("ada@a.example"))
    push(workspace)
    remove_column(workspace, "instantly")
    push(workspace)
    assert (server.additions, states(workspace)) == (1, {"ada@a.example": "created"})


# what goes wrong --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "spoil",
    [
        lambda reply: dataclasses.replace(reply, cut=10),
        lambda _reply: error(502, "Bad Gateway"),
        lambda _reply: Reply(504, "<html>"),
    ],
    ids=["cut", "502", "504"],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_after_a_lost_answer_what_is_there_is_found_and_not_sent_again(
    engine: str,
    spoil: Any,
    request: pytest.FixtureRequest,
    server: CampaignServer,
    tmp_path: Path,
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    server.after_add = lambda number, reply: spoil(reply) if number == 1 else reply
    with opened(server, tmp_path, store) as workspace:
        server.put("there@a.example")
        server.now = "2099-01-01T00:00:00Z"
        leads(workspace, *addressed("ada@a.example", "bob@a.example", "there@a.example"))
        server.blocked = {"bob@a.example"}
        result = push(workspace)
        assert (result.state, result.left) == (RunState.DONE, 0)
        assert states(workspace) == {
            "ada@a.example": "created", "bob@a.example": "blocked",
            "there@a.example": "duplicate",
        }  # fmt: skip
        assert server.taken == {"ada@a.example": 1}


HOLDS = {
    "402": (error(402, "Workspace does not have an active paid plan"), "exhausted"),
    "401": (error(401, "Missing Authorization header"), "auth"),
    "403": (error(403, "Requires scope leads:create"), "auth"),
}


@pytest.mark.parametrize(("reply", "why"), HOLDS.values(), ids=HOLDS)
def test_what_a_person_has_to_mend_holds_the_push(
    reply: Reply, why: str, server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example"))
    server.after_add = lambda _number, _reply: reply
    result = push(workspace)
    assert (result.state, result.left) == (RunState.HELD, 1)
    assert result.reason.startswith(f"{why}: ")
    assert "resume" in result.remedy
    assert there(workspace) == {"not taken": 1}
    assert preview(workspace).to_doc()["doubtful"] == 0


def test_what_instantly_refused_is_known_and_sent_when_it_is_mended(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example", "bob@a.example"))
    server.after_add = lambda _number, _reply: error(400, "body/leads is odd")
    server.remaining = 0
    result = push(workspace)
    assert result.counts == {Reason.INVALID: 2}
    assert there(workspace) == {"not taken": 2}
    server.after_add, server.remaining = (lambda _number, reply: reply), 1
    before = len(server.requests)
    push(workspace)
    assert there(workspace) == {"created": 1, "not taken": 1}
    first = next(r for r in server.requests[before:] if r.method != "GET")
    assert first.path == "/api/v2/leads/add"  # nobody is looked for


def test_a_preview_says_who_was_sent_and_never_answered(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example", "bob@a.example"))
    run = start_push(workspace, preview(workspace))
    stop = StopSignal()

    def stopping(_number: int, reply: Reply) -> Reply:
        stop.request()
        stop.request()
        return dataclasses.replace(reply, delay_s=30)

    server.after_add = stopping
    drive(workspace, run.id, stop=stop, pace=hasty())
    assert there(workspace) == {"not known yet": 2}
    found = preview(workspace)
    assert (found.to_doc()["create"], found.to_doc()["doubtful"]) == (2, 2)
    assert "2 of these were sent before, and no answer came" in "\n".join(push_lines(found))


def test_a_plan_without_uploads_holds_the_rest(
    server: CampaignServer, workspace: Workspace
) -> None:
    server.remaining = 1
    leads(workspace, *addressed("ada@a.example", "bob@a.example"))
    result = push(workspace)
    assert (result.state, result.left) == (RunState.HELD, 1)
    assert "no uploads are left" in result.reason


def test_an_hour_is_not_waited_for_without_a_word(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@acme.example"))
    server.special = [error(429, **{"Retry-After": "3600"})]
    with pytest.raises(ProviderError) as refused:
        preview(workspace)
    assert refused.value.next_step == "say it again in 60 minutes: the provider asks for that"


def test_429_is_waited_for(server: CampaignServer, workspace: Workspace) -> None:
    leads(workspace, *addressed("ada@a.example"))
    replies = iter([error(429)])
    server.after_add = lambda _number, reply: next(replies, reply)
    server.leads.clear()
    assert push(workspace).state is RunState.DONE


def test_a_campaign_that_is_not_there_and_a_missing_key_are_told(
    server: CampaignServer, workspace: Workspace, tmp_path: Path
) -> None:
    leads(workspace, *addressed("ada@a.example"))
    with pytest.raises(InputError, match='called "Spring"'):
        preview(workspace, to="Spring")
    with pytest.raises(InputError, match=r"no campaign .* at Instantly"):
        preview(workspace, to=CAMPAIGN.replace("c", "e"))
    server.special = [error(500)] * 10
    with pytest.raises(ProviderError, match="answers with 500"):
        preview(workspace)
    server.special = []
    with (
        opened(server, tmp_path, INSTANTLY_API_KEY="") as keyless,
        pytest.raises(AccessError, match="INSTANTLY_API_KEY"),
    ):
        preview(keyless)


def test_who_may_not_push_sends_nothing(server: CampaignServer, tmp_path: Path) -> None:
    with opened(server, tmp_path) as workspace:
        leads(workspace, *addressed("ada@a.example"))
        reader = a_user(workspace.store, "eve@team.example", Role.VIEWER)
        member = a_user(workspace.store, "bob@team.example", Role.MEMBER)
        tokens = [
            a_token(workspace.store, reader),
            a_token(workspace.store, member, Right.READ, Right.ENRICH),
            a_token(workspace.store, member, Right.READ, Right.PUSH),
        ]
    for token in tokens:
        with (
            opened(server, tmp_path, LEADSYNC_TOKEN=token) as workspace,
            pytest.raises(AccessError, match=r'is a viewer|no scope "(push|enrich)"'),
        ):
            push(workspace)
    assert server.additions == 0
    able = a_token_of(tmp_path, server, member)
    with opened(server, tmp_path, LEADSYNC_TOKEN=able) as workspace:
        push(workspace)
    assert server.taken == {"ada@a.example": 1}


def a_token_of(folder: Path, server: CampaignServer, user: User) -> str:
    with closing(open_store(f"sqlite:///{folder}/leadsync.db")) as store:
        return a_token(store, user, Right.READ, Right.EDIT, Right.ENRICH, Right.PUSH)


def test_all_requests_are_in_the_journal_without_the_key(
    server: CampaignServer, workspace: Workspace
) -> None:
    leads(workspace, *addressed("ada@a.example"))
    push(workspace)
    records = [record for kind, record in workspace.store.records() if kind == "calls"]
    assert len(records) == len(server.requests)
    assert [r["operation"] for r in records] == [
        "find campaign", "look at campaign", "add leads",
    ]  # fmt: skip
    assert KEY not in str(list(workspace.store.records()))
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"


# the block list ---------------------------------------------------------------------------------
def test_our_block_list_goes_to_instantly_once(
    server: CampaignServer, workspace: Workspace
) -> None:
    suppress(workspace, [f"u{n}@a.example" for n in range(1200)] + ["never.example"])
    plan = plan_blocks(workspace, "instantly")
    assert (len(plan.values), server.requests) == (1201, [])
    assert push_blocks(workspace, plan) == 1201
    assert [len(body["bl_values"]) for body in sent(server, "/api/v2/block-lists")] == [1000, 201]
    assert {"u7@a.example", "never.example"} <= server.blocked
    suppress(workspace, ["more.example"])
    assert plan_blocks(workspace, "instantly").values == ("more.example",)


# the vendor's description -----------------------------------------------------------------------
COVERED = {
    "GET /api/v2/campaigns",
    "GET /api/v2/campaigns/{id}",
    "POST /api/v2/leads/add",
    "POST /api/v2/leads/list",
    "PATCH /api/v2/leads/{id}",
    "GET /api/v2/block-lists-entries",
    "POST /api/v2/block-lists-entries/bulk-create",
}


@needs_specs
def test_what_is_sent_and_what_the_server_answers_fits_the_vendors_description(
    server: CampaignServer, workspace: Workspace
) -> None:
    answers: list[tuple[int, Any]] = []
    answer = server.script

    def keep(request: Any) -> Reply:
        reply = answer(request)
        answers.append((reply.status, reply.body))
        return reply

    server.script = keep
    emails = ["new@a.example", "there@a.example", "bad@a.example", "no@b.example"]
    ids = leads(workspace, *addressed(*emails))
    server.put("there@a.example")
    server.invalid = {"bad@a.example"}
    server.blocked = {"b.example"}
    push(workspace)
    edit(workspace, ids[:1], pitch=None, company="Acme")
    push(workspace, allow_missing=True)
    suppress(workspace, ["never.example", "sue@a.example"])
    push_blocks(workspace, plan_blocks(workspace, "instantly"))
    seen: set[str] = set()
    for request, (status, body) in zip(server.requests, answers, strict=True):
        operation = operation_of("instantly.json", request.method, request.path.partition("?")[0])
        seen.add(operation)
        if request.body:
            check_request("instantly.json", operation, request.json)
        check_response("instantly.json", operation, status, body)
    assert seen == COVERED
