"""How long campaigns keep leads, and what a person may be told."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadsync.core.campaign_settings import CampaignSettings, campaign_settings, set_campaign
from leadsync.core.company_caps import CompanyCaps
from leadsync.core.erasure.dossier import find_dossier
from leadsync.core.erasure.dossier_text import dossier_lines
from leadsync.core.erasure.erasing import erase
from leadsync.core.erasure.retention import expire
from leadsync.core.errors import InputError
from leadsync.core.history import undo
from leadsync.core.leads.editing import edit_leads
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import SuppressionList, suppress
from tests.contract.importing import a_csv, counts, importing, sheet
from tests.contract.making import a_call, a_moment_after_now, a_task, a_workspace, an_ai_column
from tests.contract.raw_store import raw_content

if TYPE_CHECKING:
    from array import array
    from pathlib import Path

    from leadsync.core.workspace import Workspace

HEADER = ("Email", "Name")
LATER = datetime.now(UTC) + timedelta(days=31)


@pytest.fixture
def kept(workspace: Workspace) -> Workspace:
    """Two campaigns, of which one keeps its leads for 30 days."""
    importing(workspace.store, a_csv(HEADER, ("anna@acme.com", "Anna Schmidt")), campaign="Q3")
    importing(workspace.store, a_csv(HEADER, ("bob@acme.com", "Bob Stone")), campaign="Q4")
    set_campaign(workspace, "Q3", retention_days=30)
    return workspace


def test_leads_whose_time_is_over_go_for_good(kept: Workspace) -> None:
    suppress(kept, ["anna@acme.com"])
    (expiry,) = expire(kept, now=LATER)
    assert (expiry.campaign, expiry.days, expiry.leads) == ("Q3", 30, 1)
    assert sheet(kept.store, "email") == [("bob@acme.com",)]
    assert b"anna schmidt" not in raw_content(kept.store)
    undo(kept, 1)
    assert sheet(kept.store, "email") == [("bob@acme.com",)]


def test_who_has_expired_may_come_again_but_unsubscribed_ones_may_not(kept: Workspace) -> None:
    suppress(kept, ["carl@acme.com"])
    expire(kept, now=LATER)
    report = importing(kept.store, a_csv(HEADER, ("anna@acme.com", "A"), ("carl@acme.com", "C")))
    assert counts(report) == {"created": 1, "skipped": 1}
    assert SuppressionList(kept.store).covers("carl@acme.com")


def test_a_change_begins_the_time_anew(kept: Workspace) -> None:
    assert expire(kept, now=datetime.now(UTC) + timedelta(days=29))[0].leads == 0
    edit_leads(kept, [1], {"name": "Anna S"})
    assert expire(kept, now=datetime.now(UTC) + timedelta(days=29))[0].leads == 0
    assert len(kept.store.ids({})) == 2


class EditedMeanwhile(SqliteStore):
    """Somebody else edits a lead just after it was found to be old."""

    def unchanged_since(self, campaign_id: int, before: str) -> array[int]:
        found = super().unchanged_since(campaign_id, before)
        with closing(SqliteStore(self.path)) as other, other.unit("grace", "edit") as unit:
            unit.edit({found[0]: {"name": "Anna S"}})
        return found


def test_a_lead_that_is_changed_while_others_expire_stays(tmp_path: Path) -> None:
    with closing(EditedMeanwhile(tmp_path / "leadsync.db")) as store:
        workspace = a_workspace(store, tmp_path)
        people = a_csv(HEADER, ("anna@acme.com", "Anna Schmidt"), ("carl@acme.com", "Carl"))
        importing(store, people, campaign="Q3")
        set_campaign(workspace, "Q3", retention_days=30)
        now = datetime.fromisoformat(a_moment_after_now()) + timedelta(days=30)
        (expiry,) = expire(workspace, now=now)
        assert (expiry.leads, expiry.counts["leads"], expiry.busy) == (1, 1, 0)
        assert sheet(store, "name") == [("Anna S",)]


def test_leads_in_the_trash_expire_too(kept: Workspace) -> None:
    with kept.store.unit("ada", "remove") as unit:
        unit.trash([1])
    assert expire(kept, now=LATER)[0].leads == 1
    assert len(kept.store.ids({}, trashed=True)) == 0


def test_a_dry_run_counts_and_keeps(kept: Workspace) -> None:
    before = list(kept.store.records())
    assert [e.leads for e in expire(kept, now=LATER, dry_run=True)] == [1]
    assert list(kept.store.records()) == before


def test_a_lead_that_is_being_asked_about_waits_for_the_next_time(kept: Workspace) -> None:
    import time

    from tests.contract.making import a_run, nobody_is_alive

    column = an_ai_column(kept.store)
    run = kept.store.start_run(a_run(column), nobody_is_alive)
    kept.store.enqueue(run.id, [(1, column.id)])
    kept.store.claim(
        run.id, column.id, limit=1, holder="h", lease_until=time.time() + 60, now=time.time()
    )
    (expiry,) = expire(kept, now=LATER)
    assert (expiry.leads, expiry.busy) == (0, 1)
    assert len(kept.store.ids({})) == 2


def test_settings_are_kept_changed_and_undone(kept: Workspace) -> None:
    changed = set_campaign(kept, "q3", max_per_company=3, max_per_domain=2)
    assert campaign_settings(changed) == CampaignSettings(30, CompanyCaps(3, 2))
    assert campaign_settings(kept.campaign("Q3")) == campaign_settings(changed)
    set_campaign(kept, "Q3", retention_days=0, max_per_domain=0)
    assert campaign_settings(kept.campaign("Q3")) == CampaignSettings(None, CompanyCaps(3, None))
    undo(kept)
    assert campaign_settings(kept.campaign("Q3")) == CampaignSettings(30, CompanyCaps(3, 2))
    with pytest.raises(InputError, match="-1 days cannot be set"):
        set_campaign(kept, "Q3", retention_days=-1)


# subject access ---------------------------------------------------------------------------
@pytest.fixture
def told(kept: Workspace) -> Workspace:
    """Anna with an answer of a run, an edit, a ledger, and a view that names her."""
    store = kept.store
    column = an_ai_column(store)
    edit_leads(kept, [1], {"name": "Anna Schmidt-Meier"})
    (call_id,) = store.add_calls([a_call(lead_ids=(1,), provider="openai", cost_usd_micros=1500)])
    meta = {"callIds": [call_id], "costUsdMicros": 1500, "runId": 7, "model": "gpt"}
    with store.unit("run 7", "enrich pitch") as unit:
        unit.settle([a_task(column, 1, meta=meta)], {1: {"pitch": "Hi Anna"}})
    store.keep_sent("instantly:c1", {1: {"id": "x1"}})
    store.save("views", {"name": "to her", "filter": "email:anna@acme.com"})
    suppress(kept, ["acme.com"], reason="asked us")
    return kept


def test_everything_that_is_held_is_told_with_its_source(told: Workspace) -> None:
    dossier = find_dossier(told, "anna@acme.com")
    (lead,) = dossier.leads
    origins = {cell.field: (cell.value, cell.origin, cell.label) for cell in lead.cells}
    assert origins["email"] == ("anna@acme.com", "import", "import leads.csv")
    assert origins["name"][:2] == ("Anna Schmidt-Meier", "hand")
    assert origins["pitch"][:2] == ("Hi Anna", "run")
    pitch = next(cell for cell in lead.cells if cell.field == "pitch")
    assert (pitch.source, pitch.model, pitch.cost_usd_micros) == ("openai", "gpt", 1500)
    assert [call.id for call in dossier.calls] == [1]
    assert dossier.sent == (("instantly:c1", 1, {"id": "x1"}),)
    assert [entry.value for entry in dossier.suppressions] == ["acme.com"]
    assert dossier.mentions == {"documents": 1}
    text = "\n".join(dossier_lines(dossier))
    assert 'lead 1 in "Q3"' in text
    assert "import leads.csv by ada" in text
    assert "run 7 asked openai gpt" in text
    assert "suppressed: acme.com (asked us)" in text
    assert dossier.to_doc()["leads"][0]["campaign"] == "Q3"


def test_of_an_erased_person_nothing_but_the_hash_is_told(told: Workspace) -> None:
    erase(told, "anna@acme.com")
    dossier = find_dossier(told, "anna@acme.com")
    assert (dossier.leads, dossier.calls, dossier.sent, dossier.mentions) == ((), (), (), {})
    assert dossier.erased
    assert {entry.kind for entry in dossier.suppressions} == {"domain", "person"}
    assert any("a salted hash keeps them out" in line for line in dossier_lines(dossier))
