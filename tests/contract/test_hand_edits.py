"""Leads written by hand: what fits, what is refused, and that two never become one person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.definitions import ColumnSpec, add_column
from leadsync.core.errors import InputError, LeadSyncError, NotFound
from leadsync.core.history import undo
from leadsync.core.leads.editing import (
    add_lead,
    edit_leads,
    lock_cells,
    move_leads,
    restore_leads,
    tag_leads,
    trash_leads,
)
from leadsync.core.leads.finding import find_lead
from leadsync.core.models import ColumnType
from tests.contract.making import an_ai_column, cell

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


def ada(workspace: Workspace, campaign: str = "Inbox", **cells: str) -> int:
    return add_lead(workspace, campaign, {"email": "ada@example.com", "name": "Ada"} | cells)


def eve(workspace: Workspace, campaign: str = "Inbox") -> int:
    return add_lead(workspace, campaign, {"email": "eve@example.com"})


# adding ------------------------------------------------------------------------------------
def test_a_lead_is_cleaned_as_imports_clean_it(workspace: Workspace) -> None:
    lead = add_lead(
        workspace,
        "Inbox",
        {
            "email": "Ada Lovelace <ADA@Example.com>; ada@home.example",
            "First name": "Ada",
            "last_name": " Lovelace ",
            "company": "Initech",
            "title": "  ",
        },
        tags=["vip", "vip "],
    )
    fields = ["email", "email_alt", "name", "company", "title", "tags", "campaign"]
    assert workspace.store.rows([lead], fields) == [
        (
            "ada@example.com",
            "ada@home.example",
            "Ada Lovelace",
            "Initech",
            None,
            ("vip",),
            "Inbox",
        )
    ]
    assert workspace.column("first_name").label == "First name"


def test_adding_is_one_unit_with_its_campaign_and_columns(workspace: Workspace) -> None:
    ada(workspace, "Q4", company="Initech")
    undo(workspace)
    assert workspace.store.campaigns() == []
    assert workspace.store.columns() == []
    assert workspace.store.count({}) == 0


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"emial": "ada@example.com"}, 'no field "emial"; did you mean "email"'),
        ({"email": "ada at example"}, "is no e-mail address"),
        ({"linkedin_url": "https://example.com/ada"}, "is no LinkedIn profile"),
        ({"name": "Ada"}, "needs an e-mail address"),
        ({"email": "a@b.example", "tags": "vip"}, '"tags" cannot be set by hand'),
        ({"email": "a@b.example", "id": "7"}, '"id" cannot be set by hand'),
        ({"email": "a@b.example", "greeting": "Hi"}, '"greeting" is computed'),
        ({"email": "a@b.example", "employees": "many"}, '"many" is not a number'),
        ({"email": "a@b.example", "since": "soon"}, '"soon" is not a date'),
        ({"email": "a@b.example", "boss": "x@"}, "is no e-mail address, which"),
        ({"email": "a@b.example", "segment": "c"}, '"c" is no choice'),
        ({"email": "Ada@Example.com"}, "belongs to lead 1 (Ada, ada@example.com)"),
        ({"email": "new@b.example; ada@example.com"}, "belongs to lead 1"),
    ],
)
def test_a_lead_that_does_not_fit_is_refused_and_stores_nothing(
    workspace: Workspace, cells: dict[str, str], message: str
) -> None:
    ada(workspace)
    add_column(workspace, ColumnSpec("employees", type=ColumnType.NUMBER))
    add_column(workspace, ColumnSpec("since", type=ColumnType.DATE))
    add_column(workspace, ColumnSpec("boss", type=ColumnType.EMAIL))
    options = {"options": ["a", "b"]}
    add_column(workspace, ColumnSpec("segment", type=ColumnType.SELECT, config=options))
    add_column(
        workspace, ColumnSpec("greeting", kind="template", config={"template": "Hi {{ name }}"})
    )
    before = workspace.store.revision()
    with pytest.raises(LeadSyncError, match=re.escape(message)):
        add_lead(workspace, "Inbox", cells)
    assert workspace.store.revision() == before


def test_one_person_may_be_in_two_campaigns(workspace: Workspace) -> None:
    assert ada(workspace) != ada(workspace, "Q4")


# editing -----------------------------------------------------------------------------------
def test_cells_are_set_by_label_and_converted_to_their_type(workspace: Workspace) -> None:
    add_column(workspace, ColumnSpec("employees", label="Head count", type=ColumnType.NUMBER))
    leads = [ada(workspace), eve(workspace)]
    assert edit_leads(workspace, leads, {"head count": "12", "name": "A"}) == 2
    assert workspace.store.rows(leads, ["employees", "name"]) == [(12, "A"), (12, "A")]
    assert edit_leads(workspace, leads, {"employees": ""}) == 2
    assert workspace.store.rows(leads, ["employees"]) == [(None,), (None,)]


def test_an_edit_that_makes_two_leads_one_is_refused_with_the_others_name(
    workspace: Workspace,
) -> None:
    first, second = ada(workspace), eve(workspace)
    with pytest.raises(InputError, match=r'"ada@example.com".*belongs to lead 1 \(Ada'):
        edit_leads(workspace, [second], {"email": "ADA@example.com"})
    with pytest.raises(InputError, match=r'"x@example\.com" can belong to one lead only'):
        edit_leads(workspace, [first, second], {"email": "x@example.com"})
    assert workspace.store.rows([first, second], ["email"]) == [
        ("ada@example.com",),
        ("eve@example.com",),
    ]


def test_an_edit_may_repeat_what_the_lead_has_and_use_what_the_trash_has(
    workspace: Workspace,
) -> None:
    first, second = ada(workspace), eve(workspace)
    assert edit_leads(workspace, [first], {"email": "ada@example.com"}) == 0
    trash_leads(workspace, [first])
    assert edit_leads(workspace, [second], {"email": "ada@example.com"}) == 1


def test_leads_that_are_not_there_are_named(workspace: Workspace) -> None:
    lead = ada(workspace)
    for act in (
        lambda: edit_leads(workspace, [lead, 99], {"name": "A"}),
        lambda: tag_leads(workspace, [lead, 99], add=["vip"]),
        lambda: trash_leads(workspace, [lead, 99]),
        lambda: restore_leads(workspace, [99]),
        lambda: move_leads(workspace, [99], "Q4"),
        lambda: find_lead(workspace, "99"),
    ):
        with pytest.raises(NotFound, match='no lead "99"'):
            act()


def test_tags_are_added_and_dropped_and_odd_ones_refused(workspace: Workspace) -> None:
    lead = ada(workspace)
    assert tag_leads(workspace, [lead], add=["vip", "warm"]) == 1
    assert tag_leads(workspace, [lead], add=["vip"], drop=["warm"]) == 1
    assert tag_leads(workspace, [lead], add=["vip"]) == 0
    assert cell(workspace.store, lead, "tags") == ("vip",)
    for odd in ("", "a,b", "a;b", "a\nb"):
        with pytest.raises(InputError, match="is no tag"):
            tag_leads(workspace, [lead], add=[odd])


def test_cells_are_locked_and_unlocked(workspace: Workspace) -> None:
    pitch = an_ai_column(workspace.store)
    lead = ada(workspace)
    assert lock_cells(workspace, [lead], "pitch", locked=True) == 1
    assert workspace.store.states([lead], [pitch.id])[lead, pitch.id].locked
    assert lock_cells(workspace, [lead], "pitch", locked=False) == 1
    assert workspace.store.states([lead], [pitch.id]) == {}


# trash and campaigns -----------------------------------------------------------------------
def test_a_lead_whose_place_is_taken_stays_in_the_trash(workspace: Workspace) -> None:
    first = ada(workspace)
    trash_leads(workspace, [first])
    second = ada(workspace)
    with pytest.raises(InputError, match=f"belongs to lead {second} "):
        restore_leads(workspace, [first])
    trash_leads(workspace, [second])
    with pytest.raises(InputError, match="can belong to one lead only"):
        restore_leads(workspace, [first, second])
    assert restore_leads(workspace, [first]) == 1
    assert list(workspace.store.ids({})) == [first]


def test_moving_to_where_the_person_is_already_is_refused(workspace: Workspace) -> None:
    first, second, other = ada(workspace), eve(workspace), ada(workspace, "Q4")
    with pytest.raises(InputError, match=f"belongs to lead {other} "):
        move_leads(workspace, [first, second], "Q4")
    assert move_leads(workspace, [second], "New") == 1
    assert cell(workspace.store, second, "campaign") == "New"
    undo(workspace)
    assert [c.name for c in workspace.store.campaigns()] == ["Inbox", "Q4"]


# finding -----------------------------------------------------------------------------------
def test_a_lead_is_found_by_number_address_and_profile(workspace: Workspace) -> None:
    profile = "https://www.linkedin.com/in/ada-lovelace/"
    lead = ada(workspace, linkedin_url=profile, email_alt="ada@home.example")
    for text in (
        str(lead),
        " ADA@example.com ",
        "ada@home.example",
        "linkedin.com/in/Ada-Lovelace?x=1",
    ):
        assert find_lead(workspace, text) == lead
    trash_leads(workspace, [lead])
    assert find_lead(workspace, str(lead)) == lead
    for text in ("ada@example.com", "Ada", "", "9" * 30):
        with pytest.raises(NotFound, match="no lead"):
            find_lead(workspace, text)
