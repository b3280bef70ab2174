"""A host name in letters and as punycode is one: for the suppression list, identity and caps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.erasure.erasing import erase
from leadsync.core.erasure.tombstones import DOCUMENTS, hash_of
from leadsync.core.errors import InputError
from leadsync.core.identity import email_key, identity_keys
from leadsync.core.leads.duplicates import find_duplicates
from leadsync.core.leads.editing import add_lead, edit_leads
from leadsync.core.leads.finding import find_lead
from leadsync.core.models import ColumnType
from leadsync.core.suppression import SuppressionList, list_suppressions, release, suppress
from tests.contract.importing import a_csv, counts, importing, sheet
from tests.contract.making import a_column, a_lead

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

LETTERS, PUNYCODE = "ada@münchen.example", "ada@xn--mnchen-3ya.example"
BOTH = pytest.mark.parametrize(
    ("stored", "other"), [(LETTERS, PUNYCODE), (PUNYCODE, LETTERS)], ids=["letters", "punycode"]
)


def a_lead_of_before(store: Store, campaign_id: int, email: str, **cells: str) -> int:
    """A lead as versions stored it that had a key for each spelling."""
    fields, row = ["email", *cells], [email, *cells.values()]
    with store.unit("ada", "import leads.csv") as unit:
        return unit.add_leads(campaign_id, fields, [row], keys=[(f"e:{email}",)])[0]


@BOTH
def test_the_suppression_list_covers_both(workspace: Workspace, stored: str, other: str) -> None:
    suppress(workspace, [stored, stored.rpartition("@")[2]])
    entries = SuppressionList(workspace.store)
    assert entries.covers(other)
    assert entries.covers(stored)
    assert entries.covers("bob@mail." + other.rpartition("@")[2])
    assert not entries.covers("ada@munchen.example")


@BOTH
def test_an_entry_is_known_and_let_go_in_both(
    workspace: Workspace, stored: str, other: str
) -> None:
    assert len(suppress(workspace, [stored]).added) == 1
    again = suppress(workspace, [other])
    assert (again.added, again.known) == ((), 1)
    assert [entry.value for entry in list_suppressions(workspace.store)] == [stored]
    release(workspace, [other])
    assert list_suppressions(workspace.store) == []


def test_entries_of_before_in_both_are_let_go_at_once(workspace: Workspace) -> None:
    with workspace.store.unit("ada", "suppress 2") as unit:
        for value in ("münchen.example", "xn--mnchen-3ya.example"):
            unit.put(DOCUMENTS, {"kind": "domain", "value": value, "createdAt": ""})
    assert len(release(workspace, ["münchen.example"])) == 2
    assert not SuppressionList(workspace.store).covers(LETTERS)


def test_names_that_only_older_rules_took_for_one_are_two(workspace: Workspace) -> None:
    suppress(workspace, ["straße.example"])
    entries = SuppressionList(workspace.store)
    assert entries.covers("ada@straße.example")
    assert entries.covers("ada@xn--strae-oqa.example")
    assert not entries.covers("ada@strasse.example")
    assert identity_keys("a@straße.example") != identity_keys("a@strasse.example")


def test_what_an_older_version_put_on_the_list_still_covers(workspace: Workspace) -> None:
    with workspace.store.unit("ada", "suppress strasse.example") as unit:
        unit.put(DOCUMENTS, {"kind": "domain", "value": "bücher-strasse.example", "createdAt": ""})
    assert SuppressionList(workspace.store).covers("ada@bücher-straße.example")


def test_an_import_leaves_out_the_other_spelling(workspace: Workspace) -> None:
    suppress(workspace, ["münchen.example", "bob@xn--bcher-kva.example"])
    report = importing(
        workspace.store, a_csv(["Email"], [PUNYCODE], ["bob@bücher.example"], ["c@x.example"])
    )
    assert counts(report) == {"created": 1, "skipped": 2}


def test_two_rows_of_one_file_are_one_lead(store: Store) -> None:
    report = importing(
        store, a_csv(["Email", "First Name"], [LETTERS, ""], [PUNYCODE, "Ada"], [LETTERS, "Ada"])
    )
    assert counts(report)["created"] == 1
    assert sheet(store, "email", "first_name") == [(LETTERS, "Ada")]


@BOTH
def test_a_row_finds_a_lead_that_was_stored_in_the_other(
    store: Store, inbox: int, stored: str, other: str
) -> None:
    lead_id = a_lead_of_before(store, inbox, stored)
    report = importing(store, a_csv(["Email", "First Name"], [other, "Ada"]))
    assert counts(report) == {"updated": 1}
    assert sheet(store, "id", "email", "first_name") == [(lead_id, stored, "Ada")]
    assert counts(importing(store, a_csv(["Email"], [stored], [other]))) == {"unchanged": 2}


def test_the_other_spelling_is_no_alternate_address(store: Store) -> None:
    a_column(store, "email_alt", type=ColumnType.TEXT)
    header = ["Email", "LinkedIn", "email_alt"]
    importing(store, a_csv(header, [LETTERS, "linkedin.com/in/ada", "ada@x.example"]))
    importing(store, a_csv(header, [PUNYCODE, "linkedin.com/in/ada", "ada@x.example"]))
    assert sheet(store, "email", "email_alt") == [(LETTERS, "ada@x.example")]


@BOTH
def test_leads_that_are_stored_in_both_stay_two_and_are_shown(
    workspace: Workspace, inbox: int, stored: str, other: str
) -> None:
    store = workspace.store
    first = a_lead_of_before(store, inbox, stored)
    second = a_lead_of_before(store, inbox, other)
    assert counts(importing(store, a_csv(["Email"], [other]))) == {"unchanged": 1}
    assert sheet(store, "id", "email") == [(first, stored), (second, other)]
    (group,) = find_duplicates(workspace)
    assert (group.lead_ids, group.reasons, group.is_certain) == ((first, second), ("e-mail",), True)
    assert store.find_by_keys([email_key(stored)], None) == {email_key(stored): first}
    assert store.owners_of([email_key(other)]) == [first, second]


@BOTH
def test_a_lead_is_found_by_both(workspace: Workspace, inbox: int, stored: str, other: str) -> None:
    lead_id = a_lead_of_before(workspace.store, inbox, stored)
    assert find_lead(workspace, other) == find_lead(workspace, stored) == lead_id
    with workspace.store.unit("ada", "look") as unit:
        unit.edit({lead_id: {"name": "Ada"}})
        assert workspace.store.find_by_keys([email_key(other)], inbox) == {
            email_key(other): lead_id
        }


@BOTH
def test_an_address_that_a_lead_has_no_more_finds_it_no_more(
    workspace: Workspace, inbox: int, stored: str, other: str
) -> None:
    lead_id = a_lead_of_before(workspace.store, inbox, stored)
    edit_leads(workspace, [lead_id], {"email": "ada@x.example"})
    assert workspace.store.find_by_keys([email_key(stored)], None) == {}
    assert workspace.store.owners_of([email_key(other)]) == []
    add_lead(workspace, "Inbox", {"email": other})


def test_a_second_lead_by_hand_is_refused(workspace: Workspace, inbox: int) -> None:
    a_lead(workspace.store, inbox, email=LETTERS)
    with pytest.raises(InputError, match=f'the address "{LETTERS}" belongs to lead 1'):
        add_lead(workspace, "Inbox", {"email": PUNYCODE})


def test_the_spelling_of_a_lead_can_be_changed(workspace: Workspace, inbox: int) -> None:
    lead_id = a_lead_of_before(workspace.store, inbox, LETTERS)
    edit_leads(workspace, [lead_id], {"email": PUNYCODE})
    assert sheet(workspace.store, "email") == [(PUNYCODE,)]
    assert find_lead(workspace, LETTERS) == lead_id


@BOTH
def test_an_erasure_finds_leads_of_both(
    workspace: Workspace, inbox: int, stored: str, other: str
) -> None:
    a_lead_of_before(workspace.store, inbox, stored)
    a_lead_of_before(workspace.store, inbox, other)
    assert erase(workspace, other).counts["leads"] == 2
    assert sheet(workspace.store, "id") == []
    entries = SuppressionList(workspace.store)
    assert entries.is_erased(stored)
    assert entries.is_erased(other)


def test_who_was_erased_by_older_rules_stays_so(workspace: Workspace) -> None:
    salt = "00" * 16
    entry = {"kind": "person", "value": hash_of("e:a@strasse.example", salt), "salt": salt}
    workspace.store.save(DOCUMENTS, {**entry, "createdAt": "2026-01-01T00:00:00.000Z"})
    assert SuppressionList(workspace.store).covers("a@straße.example")
