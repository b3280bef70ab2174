"""What comes in by itself: leads of forms, events and results of providers, each with one effect."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from leadsync.core.campaigns import add_campaign
from leadsync.core.columns.definitions import remove_column
from leadsync.core.config import load_config
from leadsync.core.erasure.dossier import find_dossier
from leadsync.core.erasure.dossier_text import dossier_lines
from leadsync.core.erasure.erasing import erase
from leadsync.core.errors import InputError, NotFound
from leadsync.core.history import undo
from leadsync.core.inbound.hook_settings import HookSettings
from leadsync.core.inbound.hooks import add_hook, list_hooks, remove_hook, renew_hook
from leadsync.core.inbound.receipts import KEPT_S
from leadsync.core.inbound.receiving import HookReceiver, keys_not_set
from leadsync.core.leads.editing import edit_leads, trash_leads
from leadsync.core.provenance import explain
from leadsync.core.suppression import list_suppressions, suppress
from leadsync.core.workspace import Workspace
from tests.contract.importing import a_csv, importing, sheet
from tests.contract.making import a_column, an_ai_column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadsync.core.inbound.hooks import NewHook
    from leadsync.core.inbound.receiving import HookReceipt
    from leadsync.core.store.protocol import Store

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
ADA = {"email": "ada@lovelace.example", "first_name": "Ada", "company": "Analytical"}
KEY = "whsec_bm90LWEtcmVhbC1zZWNyZXQtMDAwMA=="
NOW = 1_800_000_000.0


class Clock:
    """A moment that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_hook(workspace: Workspace, kind: str = "form", **settings: Any) -> NewHook:
    campaign = settings.pop("campaign", "")
    return add_hook(workspace, f"a {kind}", kind, HookSettings(**settings), campaign=campaign)


def send(
    workspace: Workspace,
    hook: NewHook,
    message: Any,
    headers: dict[str, str] = JSON,
    clock: Callable[[], float] = lambda: NOW,
) -> HookReceipt:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    receiver = HookReceiver(workspace, now=clock, clock=clock)
    return receiver.receive(hook.path.removeprefix("/in/"), headers, body)


def labels(store: Store) -> list[str]:
    return [unit.label for unit in store.units()]


# forms ---------------------------------------------------------------------------------------
def test_a_form_post_is_a_lead_with_its_source(workspace: Workspace) -> None:
    hook = a_hook(workspace, campaign="Site leads")
    assert send(workspace, hook, ADA).status == 200
    found = sheet(workspace.store, "email", "name", "company", "source", "campaign")
    assert found == [("ada@lovelace.example", "Ada", "Analytical", "form a form", "Site leads")]
    assert labels(workspace.store)[0] == "import form a form"


def test_what_a_page_posts_is_taken_and_leads_to_the_next_page(workspace: Workspace) -> None:
    hook = a_hook(workspace, thanks="https://example.com/thanks")
    body = urlencode({"E-Mail": "ada@lovelace.example", "Full Name": "Ada Lovelace"}).encode()
    receipt = send(workspace, hook, body, FORM)
    assert (receipt.status, receipt.headers) == (303, {"Location": "https://example.com/thanks"})
    assert sheet(workspace.store, "email", "name") == [("ada@lovelace.example", "Ada Lovelace")]


def test_the_same_post_has_one_effect_also_later_and_after_an_undo(
    workspace: Workspace, open_store: Callable[[], Store], clock: Clock, tmp_path: Path
) -> None:
    hook = a_hook(workspace)
    assert send(workspace, hook, ADA).taken.created == 1
    undo(workspace)
    again = Workspace(open_store(), workspace.config)
    receipt = send(again, hook, ADA)
    assert receipt.status == 200
    assert receipt.taken.is_repeat
    assert workspace.store.count({}) == 0
    clock.now += KEPT_S + 1
    assert send(again, hook, ADA, clock=clock).taken.created == 1


def test_a_post_that_changes_nothing_counts_as_taken_too(workspace: Workspace) -> None:
    hook = a_hook(workspace)
    file = a_csv(("Email", "Title"), ("ada@lovelace.example", "CTO"))
    importing(workspace.store, file, source="a fair")
    post = {"email": "ada@lovelace.example", "title": "CEO"}
    assert send(workspace, hook, post).taken.updated == 0
    (lead_id,) = workspace.store.ids({})
    edit_leads(workspace, [lead_id], {"title": ""})
    assert send(workspace, hook, post).taken.is_repeat
    assert sheet(workspace.store, "title") == [(None,)]


def test_a_form_fills_blanks_and_changes_nothing_unless_it_was_said(workspace: Workspace) -> None:
    importing(workspace.store, a_csv(("Email", "Title"), ("ada@lovelace.example", "CTO")))
    fills = a_hook(workspace)
    post = {"email": "ADA@lovelace.example", "title": "CEO", "company": "Analytical"}
    send(workspace, fills, post)
    assert sheet(workspace.store, "title", "company") == [("CTO", "Analytical")]
    updates = add_hook(workspace, "ours", "form", HookSettings(on_duplicate="update"))
    send(workspace, updates, post)
    assert sheet(workspace.store, "title") == [("CEO",)]


def test_suppressed_people_do_not_come_back_and_nobody_is_told(workspace: Workspace) -> None:
    hook = a_hook(workspace)
    suppress(workspace, ["lovelace.example"])
    receipt = send(workspace, hook, ADA)
    assert (receipt.status, receipt.words) == (200, "taken")
    assert receipt.taken is not None
    assert receipt.taken.kept_out == 1  # for whoever runs it
    assert workspace.store.count({}) == 0


def test_who_was_erased_does_not_come_back_by_any_door(workspace: Workspace) -> None:
    form, events = a_hook(workspace), a_hook(workspace, "instantly")
    send(workspace, form, ADA)
    erase(workspace, "ada@lovelace.example")
    assert send(workspace, form, {**ADA, "title": "CEO"}).status == 200
    assert send(workspace, events, an_event("email_bounced")).taken.suppressed == 0
    assert workspace.store.count({}) == 0
    assert "lovelace" not in json.dumps(list(workspace.store.records())).casefold()


def test_strangers_make_no_columns_and_fill_nothing_of_ours(workspace: Workspace) -> None:
    an_ai_column(workspace.store, "pitch")
    a_column(workspace.store, "grade")
    hook = a_hook(workspace)
    before = [column.key for column in workspace.store.columns()]
    post = {**ADA, "tags": "vip", "Pitch": "Buy", "grade": "A", "x": 1, "id": 7, "source": "ad"}
    assert send(workspace, hook, post).status == 200
    assert sheet(workspace.store, "pitch", "grade", "tags", "source") == [
        (None, None, (), "form a form")
    ]
    made = {column.key for column in workspace.store.columns()} - {*before}
    assert made <= {"first_name", "company", "email_alt", "email_invalid"}


def test_a_mapping_opens_further_fields(workspace: Workspace) -> None:
    hook = a_hook(workspace, fields={"Team size": "employees"})
    assert send(workspace, hook, {**ADA, "Team size": "12"}).taken.created == 1
    assert sheet(workspace.store, "employees") == [("12",)]


def test_a_column_that_was_removed_costs_its_field_and_no_lead(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    hook = a_hook(workspace, fields={"Team size": "crew", "title": "role"})
    for key in ("crew", "role"):
        remove_column(workspace, key)
    post = {**ADA, "Team size": "12", "title": "CTO"}
    assert send(workspace, hook, post).taken.created == 1
    assert not {"crew", "role", "team_size", "title"} & {c.key for c in workspace.store.columns()}
    assert 'hook a form: the column "crew", which "Team size" fills, is gone' in caplog.text


def test_why_a_post_is_refused_is_in_the_log_without_its_words(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    hook = a_hook(workspace)
    caplog.set_level("INFO")
    assert send(workspace, hook, {"email": "nobody"}).status == 422
    told = [(r.levelname, r.getMessage()) for r in caplog.records if "hook a form" in r.message]
    assert told == [("INFO", 'hook a form: a post is refused: no row of "form a form" is a lead')]


def test_many_leads_come_in_one_unit_and_those_that_are_none_are_left_out(
    workspace: Workspace,
) -> None:
    hook = a_hook(workspace)
    posts = [{"email": f"p{n}@firm{n}.example"} for n in range(50)]
    receipt = send(workspace, hook, [*posts, {"email": "nobody"}])
    assert (receipt.taken.created, receipt.taken.left_out) == (50, 1)
    assert len(workspace.store.units()) == 2
    assert not list(workspace.config.path.parent.glob("*.rejects.csv"))


@pytest.mark.parametrize(
    "message",
    [
        b"", b"{", b"[]", b"7", b'"x"', b"null", b"[1]", b'[{"email": 1e999}]', b"[" * 60_000,
        b'{"email": NaN}', b"\xff\xfe", b'{"email": "nobody"}', b'{"x": "a@b.example"}',
        b'{"email": {"a": 1}}', b'{"email": "\\ud800"}', b'{"": ""}',
    ],
)  # fmt: skip
def test_what_is_no_lead_is_refused_without_effect(workspace: Workspace, message: bytes) -> None:
    hook = a_hook(workspace)
    units = len(workspace.store.units())
    assert send(workspace, hook, message).status == 422
    assert send(workspace, hook, message, {}).status == 422
    assert (workspace.store.count({}), len(workspace.store.units())) == (0, units)
    assert workspace.store.documents("receipts") == []


def test_a_post_of_two_leads_is_left_out_each_time_and_nobody_is_told(
    workspace: Workspace,
) -> None:
    hook = a_hook(workspace)
    profile = "https://www.linkedin.com/in/charles"
    rows = (("ada@lovelace.example", ""), ("charles@babbage.example", profile))
    importing(workspace.store, a_csv(("Email", "LinkedIn URL"), *rows))
    both = {"email": "ada@lovelace.example", "linkedin_url": profile}
    first, second = send(workspace, hook, both), send(workspace, hook, both)
    assert (first.status, first.words) == (second.status, second.words) == (200, "taken")
    assert (first.taken.left_out, second.taken.is_repeat) == (1, True)
    assert workspace.store.count({}) == 2


@pytest.mark.parametrize("levels", [101, 700, 60_000])
def test_what_is_nested_too_deep_is_refused(workspace: Workspace, levels: int) -> None:
    body = b'{"email": "ada@lovelace.example", "company": %b}' % (b"[" * levels + b"]" * levels)
    form, table = a_hook(workspace), a_hook(workspace, "clay", fields={"company": "company"})
    for hook in (form, table):
        receipt = send(workspace, hook, body)
        assert (receipt.status, "nested too deep" in receipt.words) == (422, True)
    assert workspace.store.count({}) == 0


def test_other_types_than_json_and_forms_are_refused(workspace: Workspace) -> None:
    hook = a_hook(workspace)
    receipt = send(workspace, hook, ADA, {"content-type": "multipart/form-data; boundary=x"})
    assert (receipt.status, FORM["content-type"] in receipt.words) == (415, True)
    assert send(workspace, hook, b"%zz=%f", FORM).status == 422
    assert send(workspace, hook, ADA, FORM).taken.created == 1  # as curl -d posts it


# who may -------------------------------------------------------------------------------------
def test_only_the_secret_opens_and_the_store_does_not_know_it(workspace: Workspace) -> None:
    hook = a_hook(workspace, header="X-Hook-Secret")
    secret = hook.path.removeprefix("/in/")
    assert send(workspace, hook, ADA).words == "the secret in the header is missing"
    refused = send(workspace, hook, ADA, {**JSON, "x-hook-secret": secret})
    assert (refused.status, refused.words) == (401, "the secret in the header is another one")
    right = {**JSON, "x-hook-secret": hook.header_secret}
    assert send(workspace, hook, ADA, right).status == 200
    kept = json.dumps(list(workspace.store.records()))
    assert secret not in kept
    assert hook.header_secret not in kept
    for guess in ("", "x", secret[:-1], secret + "x", secret.swapcase(), hook.hook.secret_hash):
        receipt = HookReceiver(workspace).receive(guess, right, b"{}")
        assert (receipt.status, receipt.words) == (404, "nothing is here")


def test_a_renewed_or_removed_hook_opens_nothing_more(workspace: Workspace) -> None:
    old = a_hook(workspace)
    new = renew_hook(workspace, "A Form")
    assert (send(workspace, old, ADA).status, send(workspace, new, ADA).status) == (404, 200)
    remove_hook(workspace, "a form")
    assert send(workspace, new, {**ADA, "title": "CEO"}).status == 404
    assert list_hooks(workspace.store) == []


def test_a_signed_message_is_taken_once_and_within_five_minutes(
    store: Store, tmp_path: Path
) -> None:
    from standardwebhooks import Webhook

    environment = {"LEADSYNC_HOME": str(tmp_path), "USER": "ada", "SITE_KEY": KEY}
    workspace = Workspace(store, load_config({}, environment))
    hook = a_hook(workspace, signed_with="SITE_KEY")
    body, moment = json.dumps(ADA).encode(), datetime.now(UTC)

    def signed(message_id: str, at: datetime, text: bytes = body) -> dict[str, str]:
        return {
            **JSON, "webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(KEY).sign(message_id, at, text.decode()),
        }  # fmt: skip

    old = datetime.fromtimestamp(moment.timestamp() - 301, UTC)
    forged = {**signed("m1", moment), "webhook-id": "m2"}
    for headers in (JSON, signed("m1", old), forged, signed("m1", moment, b"{}")):
        assert send(workspace, hook, body, headers).status == 401
    assert send(workspace, hook, body, signed("m1", moment)).taken.created == 1
    assert send(workspace, hook, body, signed("m1", moment)).taken.is_repeat
    other = json.dumps({"email": "b@c.example"}).encode()
    assert send(workspace, hook, other, signed("m1", moment, other)).taken.is_repeat
    assert workspace.store.count({}) == 1


def test_a_key_that_is_not_set_is_our_fault(workspace: Workspace) -> None:
    hook = a_hook(workspace, signed_with="NOT_SET")
    assert send(workspace, hook, ADA).status == 503
    (problem,) = keys_not_set(workspace)
    assert problem.message == 'hook "a form" takes nothing, because the key "NOT_SET" is not set'


def test_a_hook_takes_so_many_a_minute(workspace: Workspace, clock: Clock) -> None:
    hook = a_hook(workspace, per_minute=2)
    receiver = HookReceiver(workspace, now=clock, clock=clock)
    secret = hook.path.removeprefix("/in/")
    found = [receiver.receive(secret, JSON, b"{}") for _ in range(3)]
    assert [receipt.status for receipt in found] == [422, 422, 429]
    assert found[2].headers == {"Retry-After": "30"}
    clock.now += 30
    assert receiver.receive(secret, JSON, b"{}").status == 422


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("form", {"header": "X Y"}, "is no name of a header"),
        ("form", {"signed_with": "whsec_x"}, "is no name of a key"),
        ("form", {"on_duplicate": "create"}, "is no way to treat a lead"),
        ("form", {"per_minute": 0}, "1 to 60,000"),
        ("form", {"thanks": "javascript:alert(1)"}, "is no address of a page"),
        ("form", {"thanks": "https://x.example/\r\nSet-Cookie: a"}, "is no address of a page"),
        ("form", {"fields": {"x": "Bad Key"}}, "cannot be a key"),
        ("form", {"fields": {"x": "pitch"}}, "is filled by itself"),
        ("clay", {}, "which result fills which column"),
        ("clay", {"fields": {"c": "city", "e": "email"}}, '"e" cannot fill email'),
        ("clay", {"fields": {"l": "linkedin"}}, '"l" cannot fill linkedin_url'),
        ("instantly", {"fields": {"x": "title"}}, "takes no --map"),
    ],
)
def test_settings_that_do_not_fit_are_refused_when_they_are_made(
    workspace: Workspace, kind: str, settings: dict[str, Any], says: str
) -> None:
    an_ai_column(workspace.store, "pitch")
    with pytest.raises(InputError, match=says):
        a_hook(workspace, kind, **settings)
    assert list_hooks(workspace.store) == []


def test_a_name_is_given_once_also_where_two_make_it_at_once(
    workspace: Workspace, open_store: Callable[[], Store]
) -> None:
    both, told = threading.Barrier(2), list[str]()

    def make(mine: Workspace) -> None:
        both.wait()
        try:
            told.append(add_hook(mine, "Website", "form", HookSettings()).hook.name)
        except InputError as error:
            told.append(error.message)

    threads = [
        threading.Thread(target=make, args=(Workspace(open_store(), workspace.config),))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["Website", 'there is a hook "Website" already']
    assert [hook.name for hook in list_hooks(workspace.store)] == ["Website"]


def test_a_kind_that_is_not_installed_is_named(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match='did you mean "instantly"'):
        a_hook(workspace, "instanty")


@pytest.mark.parametrize("dry_run", [False, True])
def test_leads_are_looked_for_in_a_campaign_that_is_there(
    workspace: Workspace, *, dry_run: bool
) -> None:
    importing(workspace.store, a_csv(("Email",), ("ada@lovelace.example",)), campaign="Q4 founders")
    units = len(workspace.store.units())
    settings = HookSettings(fields={"city": "city"})
    with pytest.raises(NotFound, match='no campaign "Q4 foundrs"; did you mean "Q4 founders"'):
        add_hook(workspace, "a", "clay", settings, campaign="Q4 foundrs", dry_run=dry_run)
    assert (list_hooks(workspace.store), len(workspace.store.units())) == ([], units)
    made = add_hook(workspace, "a", "clay", settings, campaign="q4 FOUNDERS", dry_run=dry_run)
    assert made.hook.campaign_id == workspace.campaign("Q4 founders").id


# Instantly -----------------------------------------------------------------------------------
def an_event(event: str, at: str = "2026-03-01T10:00:00.000Z", **more: Any) -> dict[str, Any]:
    return {
        "event_type": event, "timestamp": at, "campaign_id": "c-1", "workspace": "w-1",
        "lead_email": "ada@lovelace.example", "step": 1, **more,
    }  # fmt: skip


INSTANTLY = (
    "instantly_status",
    "instantly_contacted_at",
    "instantly_replied_at",
    "instantly_interest",
)


@pytest.fixture
def ada(workspace: Workspace) -> int:
    importing(workspace.store, a_csv(("Email", "Title"), ("ada@lovelace.example", "CTO")))
    return workspace.store.ids({})[0]


def test_events_become_cells_whatever_their_order(workspace: Workspace, ada: int) -> None:
    hook = a_hook(workspace, "instantly")
    for event, at in (
        ("reply_received", "2026-03-03T10:00:00.000Z"),
        ("lead_interested", "2026-03-04T10:00:00.000Z"),
        ("email_sent", "2026-03-02T11:00:00+01:00"),
        ("email_sent", "2026-03-01T10:00:00.000Z"),
        ("lead_neutral", "2026-03-03T12:00:00.000Z"),
    ):
        assert send(workspace, hook, an_event(event, at)).status == 200
    assert sheet(workspace.store, *INSTANTLY) == [
        ("active", "2026-03-02T10:00:00.000Z", "2026-03-03T10:00:00.000Z", "interested")
    ]
    assert "hook a instantly: reply_received" in labels(workspace.store)


@pytest.mark.parametrize(
    "at", ["garbage", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", None, 7]
)
def test_an_event_without_a_moment_is_taken(workspace: Workspace, ada: int, at: Any) -> None:
    hook = a_hook(workspace, "instantly")
    assert send(workspace, hook, an_event("reply_received", at)).status == 200
    assert send(workspace, hook, an_event("lead_interested", at)).status == 200
    assert sheet(workspace.store, "instantly_interest") == [("interested",)]
    assert "instantly_replied_at" not in {column.key for column in workspace.store.columns()}


def test_who_bounced_or_unsubscribed_is_suppressed_once(workspace: Workspace, ada: int) -> None:
    hook = a_hook(workspace, "instantly")
    assert send(workspace, hook, an_event("email_bounced")).taken.suppressed == 1
    assert send(workspace, hook, an_event("email_bounced")).taken.is_repeat
    reordered = dict(reversed(an_event("email_bounced").items()))
    assert send(workspace, hook, reordered).taken.is_repeat
    send(workspace, hook, an_event("email_sent"))
    gone = an_event("lead_unsubscribed", lead_email="gone@b.example")
    receipt = send(workspace, hook, gone)
    assert (receipt.taken.missing, receipt.taken.suppressed) == (1, 1)
    found = [(e.value, e.reason, e.source) for e in list_suppressions(workspace.store)]
    assert found == [
        ("ada@lovelace.example", "bounced", "instantly"),
        ("gone@b.example", "unsubscribed", "instantly"),
    ]
    assert sheet(workspace.store, "instantly_status") == [("bounced",)]


def test_what_is_no_event_of_a_lead_changes_nothing(workspace: Workspace, ada: int) -> None:
    hook = a_hook(workspace, "instantly")
    units = len(workspace.store.units())
    assert send(workspace, hook, an_event("account_error")).status == 200
    assert send(workspace, hook, an_event("a_new_kind")).status == 200
    for broken in ([], "x", {}, {"event_type": 7}, an_event("email_sent", lead_email=None)):
        assert send(workspace, hook, broken).status == 422
    assert len(workspace.store.units()) == units


def test_typed_cells_stay_and_people_in_the_trash_are_no_leads(
    workspace: Workspace, ada: int
) -> None:
    hook = a_hook(workspace, "instantly")
    send(workspace, hook, an_event("email_sent"))
    edit_leads(workspace, [ada], {"instantly_status": "ours"})
    send(workspace, hook, an_event("email_bounced"))
    assert sheet(workspace.store, "instantly_status") == [("ours",)]
    trash_leads(workspace, [ada])
    receipt = send(workspace, hook, an_event("reply_received"))
    assert (receipt.taken.missing, receipt.taken.updated) == (1, 0)


def test_of_two_leads_the_one_that_was_sent_there_is_meant(workspace: Workspace) -> None:
    for campaign in ("One", "Two"):
        importing(workspace.store, a_csv(("Email",), ("ada@lovelace.example",)), campaign=campaign)
    first, second = workspace.store.ids({})
    workspace.store.keep_sent("instantly:c-1", {second: {"id": "x"}})
    send(workspace, a_hook(workspace, "instantly"), an_event("email_sent"))
    assert sheet(workspace.store, "id", "instantly_status") == [(first, None), (second, "active")]


# Clay ----------------------------------------------------------------------------------------
def test_results_go_to_the_lead_whose_id_travelled_along(workspace: Workspace, ada: int) -> None:
    hook = a_hook(workspace, "clay", fields={"Head count": "employees", "firm.city": "city"})
    result = {"leadsync_id": str(ada), "Head count": 12, "firm": {"city": "London"}, "x": 1}
    assert send(workspace, hook, result).taken.updated == 1
    assert send(workspace, hook, result).taken.is_repeat
    assert sheet(workspace.store, "employees", "city", "title") == [("12", "London", "CTO")]
    assert explain(workspace, ada, "employees").origin == "hook"
    dossier = "\n".join(dossier_lines(find_dossier(workspace, "ada@lovelace.example")))
    assert "    hook a clay: results by ada at " in dossier
    send(workspace, hook, {"leadsync_id": ada, "Head count": "", "firm": None})
    assert sheet(workspace.store, "employees") == [("12",)]


def test_results_of_nobody_change_nothing(workspace: Workspace, ada: int) -> None:
    add_campaign(workspace, "Elsewhere")
    hook = a_hook(workspace, "clay", fields={"city": "city"}, campaign="Elsewhere")
    for whose in (ada, 4711, "4711", 2**60, -1, 0, True, "x", None, [], 1.0):
        receipt = send(workspace, hook, {"leadsync_id": whose, "city": "London"})
        assert receipt.status == 422 or receipt.taken.missing == 1
    assert "leadsync_id is the id of no lead" in send(workspace, hook, {"leadsync_id": "x"}).words
    assert "leadsync_id is missing" in send(workspace, hook, {"city": "London"}).words
    assert sheet(workspace.store, "city") == [(None,)]


def test_nothing_that_comes_in_fills_what_runs(workspace: Workspace, ada: int) -> None:
    hook = a_hook(workspace, "clay", fields={"p": "pitch_text"})
    column = an_ai_column(workspace.store, "pitch")
    with workspace.store.unit("ada", "fill another") as unit:
        from dataclasses import replace

        unit.add_column(replace(column, outputs={"text": "pitch_text"}))
    send(workspace, hook, {"leadsync_id": ada, "p": "Buy"})
    assert sheet(workspace.store, "pitch_text") == [(None,)]
