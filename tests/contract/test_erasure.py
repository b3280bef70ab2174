"""People erased by their address: gone, kept out, and nobody else touched."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.backups import back_up
from leadsync.core.dump_file import read_dump
from leadsync.core.engine.planning import make_plan
from leadsync.core.erasure.dossier import find_dossier
from leadsync.core.erasure.erased_text import advice_lines, erased_lines
from leadsync.core.erasure.erasing import erase
from leadsync.core.errors import BusyError, InputError, StoreError
from leadsync.core.leads.block_edits import edit_block
from leadsync.core.leads.editing import add_lead, edit_leads
from leadsync.core.models import Column
from leadsync.core.restoring import count_dump, restore_backup
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import SuppressionList, release, suppress
from tests.contract.full_disk import no_file_beyond
from tests.contract.importing import a_csv, counts, importing, sheet
from tests.contract.making import (
    a_call,
    a_campaign,
    a_column,
    a_lead,
    a_run,
    an_ai_column,
    cell,
    nobody_is_alive,
    some_leads,
)
from tests.contract.raw_store import raw_content

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

HEADER = ("Email", "Name", "LinkedIn URL", "Company")
ANNA = ("anna@acme.com", "Anna Schmidt", "https://linkedin.com/in/anna-s", "Acme")
BOB = ("bob@acme.com", "Bob Stone", "", "Acme")


def test_a_person_goes_from_all_campaigns_and_the_trash(workspace: Workspace) -> None:
    store = workspace.store
    importing(store, a_csv(HEADER, ANNA, BOB), campaign="Q3")
    importing(store, a_csv(HEADER, ANNA), campaign="Q4")
    with store.unit("ada", "remove") as unit:
        unit.trash([3])
    suppress(workspace, ["anna@acme.com"], reason="asked us to stop")
    add_lead(workspace, "Q4", {"name": "Anna Schmidt", "linkedin_url": ANNA[2]})

    done = erase(workspace, "Anna@ACME.com")

    assert done.lead_ids == (1, 3, 4)
    assert done.counts["leads"] == 3
    assert done.counts["suppressions"] == 1
    assert done.hashes == 2
    assert sheet(store, "name", "email") == [("Bob Stone", "bob@acme.com")]
    content = raw_content(store)
    assert [t for t in (b"anna@acme", b"anna schmidt", b"/in/anna-s") if t in content] == []


def test_who_was_erased_is_refused_at_import_with_a_count(workspace: Workspace) -> None:
    importing(workspace.store, a_csv(HEADER, ANNA))
    erase(workspace, ANNA[0])
    by_profile = ("anna@private.example", "Anna S", "linkedin.com/in/Anna-S/", "")
    by_alternate = ("as@acme.com; Anna@acme.com", "A", "", "")
    rows = a_csv(HEADER, ("ANNA@acme.com", "A S", "", ""), by_profile, by_alternate, BOB)
    report = importing(workspace.store, rows)
    assert counts(report) == {"created": 1, "skipped": 3}
    assert (report.erased, report.suppressed) == (3, 0)
    assert "3 rows refused: these people were erased" in report.warnings
    assert sheet(workspace.store, "email") == [("bob@acme.com",)]


def test_a_lead_that_names_them_again_is_not_planned(workspace: Workspace, inbox: int) -> None:
    store = workspace.store
    importing(store, a_csv(HEADER, ANNA))
    erase(workspace, ANNA[0])
    some_leads(store, inbox, [{"email": "anna@acme.com", "linkedin_url": None},
                              {"email": None, "linkedin_url": ANNA[2]},
                              {"email": "bob@acme.com", "linkedin_url": None}])  # fmt: skip
    a_column(store, "note", kind="ai", config={"prompt": "Hi"})
    (column,) = make_plan(workspace, ["note"], filter_doc={}).columns
    assert column.skipped["suppressed"] == 2
    assert len(column.leads) == 1


def test_they_are_not_typed_in_again(workspace: Workspace, inbox: int) -> None:
    lead_id = a_lead(workspace.store, inbox, email="bob@acme.com")
    importing(workspace.store, a_csv(HEADER, ANNA))
    erase(workspace, ANNA[0])
    with pytest.raises(InputError, match="was erased from this workspace"):
        add_lead(workspace, "Inbox", {"email": "anna@acme.com"})
    with pytest.raises(InputError, match="was erased from this workspace"):
        edit_leads(workspace, [lead_id], {"linkedin_url": ANNA[2]})
    with pytest.raises(InputError, match="was erased from this workspace"):
        edit_block(workspace, {lead_id: {"email": "Anna <anna@acme.com>"}}, "paste")
    assert cell(workspace.store, lead_id, "email") == "bob@acme.com"


def test_the_list_covers_them_and_does_not_let_them_go(workspace: Workspace) -> None:
    importing(workspace.store, a_csv(HEADER, ANNA))
    erase(workspace, ANNA[0])
    entries = SuppressionList(workspace.store)
    assert entries.covers("anna@acme.com")
    assert entries.covers("ANNA@ACME.COM")
    assert not entries.covers("bob@acme.com")
    assert entries.is_erased(None, ANNA[2])
    with pytest.raises(InputError, match="was erased; erased people stay out") as refused:
        release(workspace, ["anna@acme.com"])
    assert refused.value.next_step == "no command takes that off the list"


def test_host_names_are_one_in_letters_and_as_punycode(workspace: Workspace, inbox: int) -> None:
    a_lead(workspace.store, inbox, email="jörg@müller.example", name="Jörg Müller")
    done = erase(workspace, "jörg@müller.example")
    assert done.counts["leads"] == 1
    assert SuppressionList(workspace.store).covers("jörg@xn--mller-kva.example")


def test_equal_people_have_unlike_hashes_in_two_workspaces(
    workspace: Workspace, tmp_path: Path
) -> None:
    from leadsync.core.store.sqlite.store import SqliteStore
    from tests.contract.making import a_workspace

    other = a_workspace(SqliteStore(tmp_path / "other.db"), tmp_path)
    hashes: set[str] = set()
    for place in (workspace, other):
        erase(place, "anna@acme.com")
        hashes |= {document["value"] for document in place.store.documents("suppressions")}
    other.close()
    assert len(hashes) == 2


def test_a_namesake_keeps_their_name(workspace: Workspace, inbox: int) -> None:
    store = workspace.store
    some_leads(store, inbox, [{"email": "anna@acme.com", "name": "Anna Schmidt"},
                              {"email": "a.schmidt@beta.com", "name": "anna schmidt"}])  # fmt: skip
    assert find_dossier(workspace, "anna@acme.com").mentions == {}
    done = erase(workspace, "anna@acme.com")
    assert done.namesakes == ("Anna Schmidt",)
    assert sheet(store, "email", "name") == [("a.schmidt@beta.com", "anna schmidt")]


def test_a_company_keeps_its_name_where_somebody_was_called_so(
    workspace: Workspace, inbox: int
) -> None:
    store = workspace.store
    a_column(store, "company")
    rows = [{"email": f"{who}@acme.com", "name": name, "company": "Acme Works"}
            for who, name in (("info", "ACME Works"), ("bob", "Bob Stone"))]  # fmt: skip
    some_leads(store, inbox, rows)
    assert erase(workspace, "info@acme.com").namesakes == ("ACME Works",)
    assert sheet(store, "name", "company") == [("Bob Stone", "Acme Works")]


def test_who_shares_only_an_alternate_address_stays_and_is_told(
    workspace: Workspace, inbox: int
) -> None:
    store = workspace.store
    a_column(store, "email_alt")
    some_leads(store, inbox, [{"email": "anna@acme.com", "email_alt": "info@acme.com"},
                              {"email": "bob@acme.com", "email_alt": "info@acme.com"}])  # fmt: skip
    done = erase(workspace, "anna@acme.com")
    assert (done.lead_ids, done.related) == ((1,), (2,))
    assert cell(store, 2, "email_alt") == "info@acme.com"
    assert not SuppressionList(store).covers("info@acme.com")


def test_an_own_alternate_address_keeps_them_out_too(workspace: Workspace, inbox: int) -> None:
    a_column(workspace.store, "email_alt")
    a_lead(workspace.store, inbox, email="anna@acme.com", email_alt="anna@home.example")
    done = erase(workspace, "anna@home.example")
    assert done.lead_ids == (1,)
    entries = SuppressionList(workspace.store)
    assert entries.covers("anna@acme.com")
    assert entries.covers("anna@home.example")


def test_somebody_nobody_knows_is_kept_out_from_now_on(workspace: Workspace) -> None:
    done = erase(workspace, "anna@acme.com")
    assert (done.lead_ids, done.counts, done.erased_before) == ((), {}, "")
    assert any("no command takes that off" in line for line in erased_lines(done))
    assert not any("no command takes" in line for line in erased_lines(erase(workspace, ANNA[0])))
    again = erase(workspace, "anna@acme.com")
    assert again.erased_before
    assert len(workspace.store.documents("suppressions")) == 1


def test_a_dry_run_counts_and_keeps_everything(workspace: Workspace) -> None:
    store = workspace.store
    importing(store, a_csv(HEADER, ANNA, BOB))
    store.keep_sent("instantly:c1", {1: {"id": "x"}})
    store.add_calls([a_call(lead_ids=(1,)), a_call("h2", lead_ids=(1, 2), provider="clay")])
    before = list(store.records())
    done = erase(workspace, ANNA[0], dry_run=True)
    assert list(store.records()) == before
    assert done.dry_run
    assert done.who == ("lead 1: Anna Schmidt <anna@acme.com> in Inbox",)
    assert (done.providers, done.destinations) == ({"clay": 1, "hunter": 1}, {"instantly:c1": 1})
    assert done.counts == erase(workspace, ANNA[0]).counts


def test_no_text_tells_who_it_could_be(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="neither an e-mail address nor a LinkedIn profile"):
        erase(workspace, "Anna Schmidt")


def test_a_user_of_the_workspace_is_no_lead(workspace: Workspace) -> None:
    workspace.store.save("users", {"email": "ada@acme.com", "role": "owner"})
    with pytest.raises(InputError, match="is a user of this workspace"):
        erase(workspace, "ada@acme.com")
    assert workspace.store.documents("suppressions") == []


# what is beside the store -----------------------------------------------------------------
def test_logs_are_overwritten_in_place(workspace: Workspace, inbox: int) -> None:
    a_lead(workspace.store, inbox, email="anna@acme.com", name="Anna Schmidt")
    folder = workspace.config.state_folder
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "leadsync.log.1"
    line = "ERROR lead Anna  Schmidt <Anna@acme.com> and joanna@acme.com: ümläut\n"
    log.write_text(line * 3, "utf-8")
    writer = logging.FileHandler(log, encoding="utf-8")  # another process has it open
    done = erase(workspace, "anna@acme.com")
    writer.emit(logging.LogRecord("x", 20, "", 0, "still written", None, None))
    writer.close()
    assert done.logs == (str(log),)
    text = log.read_text("utf-8")
    hidden = line.replace("Anna  Schmidt", "*" * 13).replace("Anna@acme.com", "*" * 13)
    assert text == hidden * 3 + "still written\n"


def test_a_log_that_cannot_be_rewritten_is_told_and_counts_as_none(workspace: Workspace) -> None:
    importing(workspace.store, a_csv(HEADER, ANNA))
    log = workspace.config.state_folder / "leadsync.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("asked anna@acme.com\n" * 200_000, "utf-8")
    with no_file_beyond(3_000_000):
        done = erase(workspace, "anna@acme.com")
    assert (done.logs, done.lead_ids) == ((), (1,))
    told = "\n".join(advice_lines(done))
    assert f"{log} could not be rewritten (File too large) and may still name them" in told
    again = erase(workspace, "anna@acme.com")
    assert again.logs == (str(log),)
    assert "could not be rewritten" not in "\n".join(advice_lines(again))
    assert "anna" not in log.read_text("utf-8")


def test_that_folders_of_others_are_not_reached_is_told(workspace: Workspace, engine: str) -> None:
    from tests.entering import a_user

    importing(workspace.store, a_csv(HEADER, ANNA))
    others = "logs and copied.txt of other users and machines"
    alone = "\n".join(advice_lines(erase(workspace, ANNA[0], dry_run=True)))
    assert (others in alone) == (engine == "mongo")  # which is shared by nature
    a_user(workspace.store)
    for dry_run in (True, False):
        told = "\n".join(advice_lines(erase(workspace, ANNA[0], dry_run=dry_run)))
        assert others in told
        assert str(workspace.config.state_folder) in told


def test_backups_that_still_hold_them_are_named(workspace: Workspace, tmp_path: Path) -> None:
    back_up(workspace, tmp_path / "kept.backup")
    back_up(workspace, tmp_path / "gone.backup")
    (tmp_path / "gone.backup").unlink()
    done = erase(workspace, "anna@acme.com")
    assert [backup.path for backup in done.backups] == [str(tmp_path / "kept.backup")]


def test_hashes_move_with_a_dump(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    erase(workspace, "anna@acme.com")
    records = json.loads(json.dumps(list(store.records())))
    other = SqliteStore(tmp_path / "other.db")
    other.load((kind, document) for kind, document in records)
    assert SuppressionList(other).covers("anna@acme.com")
    other.close()


def test_a_store_that_knows_the_erased_alone_is_not_loaded_into(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    other = SqliteStore(tmp_path / "other.db")
    a_campaign(other)
    dump = tmp_path / "other.jsonl"
    dump.write_text("".join(dump_lines(other.records())), "utf-8")
    other.close()
    erase(workspace, "anna@acme.com")  # nobody has the address: there is a hash, and no unit
    assert store.has_content()
    with pytest.raises(StoreError, match="not empty"):
        count_dump(dump, store)
    with pytest.raises(StoreError, match="not empty"):
        store.load(read_dump(dump))
    assert SuppressionList(store).covers("anna@acme.com")


def test_a_store_that_knows_the_erased_alone_is_kept_by_a_restore(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    other = SqliteStore(tmp_path / "other.db")
    a_campaign(other)
    other.backup(tmp_path / "other.backup")
    other.close()
    erase(workspace, "anna@acme.com")
    done = restore_backup(tmp_path / "other.backup", store.url)
    assert done.kept is not None
    assert SuppressionList(store).covers("anna@acme.com")
    assert [campaign.name for campaign in store.campaigns()] == ["Inbox"]


def test_an_undo_does_not_let_them_in(workspace: Workspace) -> None:
    store = workspace.store
    a_campaign(store)
    erase(workspace, "anna@acme.com")
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units()[0].id)
    assert SuppressionList(store).covers("anna@acme.com")


# who may ----------------------------------------------------------------------------------
def test_only_an_owner_erases_and_everybody_may_be_told(
    store: Store, workspace: Workspace, inbox: int
) -> None:
    from leadsync.core.access.guard import guarded
    from leadsync.core.access.records import TOKENS, entry_from, identity_of
    from leadsync.core.access.rights import Role
    from leadsync.core.erasure.dossier import find_dossier
    from leadsync.core.erasure.retention import expire
    from leadsync.core.errors import AccessError
    from tests.entering import a_token, a_user

    a_lead(store, inbox, email="anna@acme.com")
    for role in (Role.MEMBER, Role.OWNER):
        user = a_user(store, f"{role}@team.example", role)
        a_token(store, user)
        entry = entry_from(TOKENS, store.documents(TOKENS)[-1])
        workspace.store = guarded(store, identity_of(user, entry))
        assert len(find_dossier(workspace, "anna@acme.com").leads) == 1
        if role is Role.MEMBER:
            with pytest.raises(AccessError, match="is a member here and may not"):
                erase(workspace, "anna@acme.com", dry_run=True)
            with pytest.raises(AccessError, match="is a member here and may not"):
                expire(workspace)
    assert erase(workspace, "anna@acme.com").counts["leads"] == 1


def test_where_they_were_sent_is_named_as_its_column_is(workspace: Workspace, inbox: int) -> None:
    store = workspace.store
    lead_id = a_lead(store, inbox, email="anna@acme.com")
    campaign = "0195a9d3-0000-7000-8000-000000000001"
    with store.unit("ada", "add a column") as unit:
        config = {"campaign": campaign}
        unit.add_column(Column(0, "instantly", "Fall outreach", kind="instantly", config=config))
    for place in (f"instantly:{campaign}", "sheets:1q4/Leads"):
        store.keep_sent(place, {lead_id: {"hash": "h"}})
    lines = list(advice_lines(erase(workspace, "anna@acme.com", dry_run=True)))
    expected = f"Fall outreach (instantly:{campaign}), sheets:1q4/Leads"
    assert f"they were sent to {expected}: remove them there, too" in lines


@pytest.fixture
def asked(workspace: Workspace, inbox: int) -> Workspace:
    """Anna, about whom a run is asking now."""
    store = workspace.store
    importing(store, a_csv(HEADER, ANNA))
    column = an_ai_column(store)
    run = store.start_run(a_run(column), nobody_is_alive)
    store.enqueue(run.id, [(1, column.id)])
    now = time.time()
    store.claim(run.id, column.id, limit=1, holder="h", lease_until=now + 60, now=now)
    return workspace


def test_while_a_run_is_asking_nothing_is_done(asked: Workspace) -> None:
    log = asked.config.state_folder / "leadsync.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("asked anna@acme.com\n", "utf-8")
    before = list(asked.store.records())
    with pytest.raises(BusyError, match="run 1 is asking about this person now"):
        erase(asked, ANNA[0])
    assert list(asked.store.records()) == before
    assert not SuppressionList(asked.store).covers(ANNA[0])
    assert log.read_text("utf-8") == "asked anna@acme.com\n"


def test_who_only_looks_does_not_wait_for_a_run(asked: Workspace) -> None:
    plan = erase(asked, ANNA[0], dry_run=True)
    assert plan.counts["leads"] == plan.counts["queue"] == 1
    assert [lead.id for lead in find_dossier(asked, ANNA[0]).leads] == [1]
