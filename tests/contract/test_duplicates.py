"""Duplicates: which leads are one person, and that merging loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.errors import InputError, NotFound
from leadsync.core.history import undo
from leadsync.core.leads.duplicates import DuplicateGroup, find_duplicates
from leadsync.core.leads.editing import edit_leads
from leadsync.core.leads.merging import merge_all, merge_leads
from tests.contract.making import (
    a_campaign,
    a_column,
    a_task,
    an_ai_column,
    cell,
    snapshot,
    some_leads,
)

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace

PROFILE = "https://www.linkedin.com/in/ada"


def groups(workspace: Workspace, *args: Any, **options: Any) -> list[tuple[Any, ...]]:
    found = find_duplicates(workspace, *args, **options)
    return [(g.lead_ids, g.reasons, g.is_certain) for g in found]


def test_leads_that_share_keys_are_one_group_also_by_way_of_a_third(
    workspace: Workspace, inbox: int
) -> None:
    a_column(workspace.store, "email_alt")
    some_leads(
        workspace.store,
        inbox,
        [
            {"email": "ada@example.com", "linkedin_url": None, "email_alt": None},
            {"email": "eve@example.com", "linkedin_url": None, "email_alt": None},
            {"email": None, "linkedin_url": PROFILE, "email_alt": None},
            {"email": "a@x.example", "linkedin_url": PROFILE, "email_alt": "ada@example.com"},
        ],
    )
    assert groups(workspace) == [((4, 1, 3), ("e-mail", "LinkedIn profile"), True)]


def test_the_first_of_a_group_is_the_fullest_then_the_oldest(
    workspace: Workspace, inbox: int
) -> None:
    some_leads(
        workspace.store,
        inbox,
        [{"email": "ada@example.com", "name": name} for name in (None, "Ada", "Ada L.")],
    )
    assert find_duplicates(workspace)[0].lead_ids == (2, 3, 1)


def test_campaigns_are_apart_unless_asked(workspace: Workspace, inbox: int) -> None:
    other = a_campaign(workspace.store, "Q4")
    for campaign in (inbox, other, other):
        some_leads(workspace.store, campaign, [{"email": "ada@example.com"}])
    assert groups(workspace) == [((2, 3), ("e-mail",), True)]
    assert groups(workspace, across=True) == [((1, 2, 3), ("e-mail",), True)]
    assert groups(workspace, "Inbox") == []
    assert groups(workspace, "q4") == [((2, 3), ("e-mail",), True)]
    with pytest.raises(NotFound, match='no campaign "Q5"'):
        find_duplicates(workspace, "Q5")


def test_similar_addresses_and_names_with_companies_are_hints_only(
    workspace: Workspace, inbox: int
) -> None:
    a_column(workspace.store, "company")
    some_leads(
        workspace.store,
        inbox,
        [
            {"email": "ada.love@gmail.com", "name": "Ada", "company": "A"},
            {"email": "adalove+x@googlemail.com", "name": "Ada", "company": "B"},
            {"email": "eve@example.com", "name": "Eve", "company": "Initech"},
            {"email": None, "name": "EVE", "company": "initech"},
            {"email": "bob@example.com", "name": "Bob", "company": None},
            {"email": "bob@other.example", "name": "Bob", "company": None},
        ],
    )
    assert groups(workspace) == [
        ((1, 2), ("similar e-mail",), False),
        ((3, 4), ("name and company",), False),
    ]
    assert groups(workspace, hints=False) == []


def test_leads_in_the_trash_are_nobodys_duplicate(workspace: Workspace, inbox: int) -> None:
    first, _ = some_leads(workspace.store, inbox, [{"email": "ada@example.com"}] * 2)
    with workspace.store.unit("ada", "remove") as unit:
        unit.trash([first])
    assert groups(workspace) == []


# merging -----------------------------------------------------------------------------------
def a_pair(workspace: Workspace, inbox: int) -> tuple[int, int]:
    a_column(workspace.store, "title")
    one, two = some_leads(
        workspace.store,
        inbox,
        [
            {"email": "ada@example.com", "name": "Ada", "linkedin_url": None, "title": None},
            {"email": "ada@home.example", "name": "A.", "linkedin_url": PROFILE, "title": "CEO"},
        ],
        tags=[["vip"], ["vip", "warm"]],
    )
    return one, two


def test_the_survivor_keeps_its_cells_and_gets_what_it_lacked(
    workspace: Workspace, inbox: int
) -> None:
    one, two = a_pair(workspace, inbox)
    merged = merge_leads(workspace, one, [two])
    fields = ["email", "email_alt", "name", "linkedin_url", "title", "tags"]
    assert workspace.store.rows([one], fields) == [
        ("ada@example.com", "ada@home.example", "Ada", PROFILE, "CEO", ("vip", "warm"))
    ]
    assert list(workspace.store.ids({}, trashed=True)) == [two]
    assert workspace.store.find_by_keys(["e:ada@home.example"], None) == {"e:ada@home.example": one}
    assert (merged.tags, merged.sources) == (
        ("warm",),
        dict.fromkeys(["email_alt", "linkedin_url", "title"], two),
    )


def test_undo_of_a_merge_brings_both_leads_back_as_they_were(
    workspace: Workspace, inbox: int
) -> None:
    one, two = a_pair(workspace, inbox)
    fields = ["email", "name", "linkedin_url", "title", "tags"]
    before = workspace.store.rows([one, two], fields)
    merge_leads(workspace, one, [two])
    undo(workspace)
    assert workspace.store.rows([one, two], fields) == before
    assert list(workspace.store.ids({})) == [one, two]


def test_a_cell_that_a_person_wrote_stays_locked_in_the_survivor(
    workspace: Workspace, inbox: int
) -> None:
    pitch = an_ai_column(workspace.store)
    one, two, three = some_leads(workspace.store, inbox, [{"name": n} for n in "abc"])
    edit_leads(workspace, [two], {"pitch": "mine"})
    with workspace.store.unit("run", "enrich") as unit:
        unit.settle([a_task(pitch, three, {"name": "c"})], {three: {"pitch": "theirs"}})
    merge_leads(workspace, one, [two, three])
    assert cell(workspace.store, one, "pitch") == "mine"
    assert workspace.store.states([one], [pitch.id])[one, pitch.id].locked


def test_merging_all_is_one_unit_and_a_dry_run_none(workspace: Workspace, inbox: int) -> None:
    emails = ["a@x.example", "b@x.example"] * 2 + ["a@x.example"]
    some_leads(workspace.store, inbox, [{"email": email} for email in emails])
    found = find_duplicates(workspace)
    before = snapshot(workspace.store)
    planned = merge_all(workspace, found, dry_run=True)
    assert snapshot(workspace.store) == before
    units = len(workspace.store.units())
    assert merge_all(workspace, found) == planned
    assert len(workspace.store.units()) == units + 1
    assert list(workspace.store.ids({})) == [1, 2]
    assert find_duplicates(workspace) == []
    undo(workspace)
    assert workspace.store.count({}) == 5


@pytest.mark.parametrize(
    ("survivor", "others", "message"),
    [
        (1, [1], "two or more different"),
        (1, [], "two or more different"),
        (1, [2, 2], "two or more different"),
        (3, [1], "in the trash"),
    ],
)
def test_leads_that_cannot_be_merged_are_refused(
    workspace: Workspace, inbox: int, survivor: int, others: list[int], message: str
) -> None:
    some_leads(workspace.store, inbox, [{"email": f"{n}@x.example"} for n in range(3)])
    with workspace.store.unit("ada", "remove") as unit:
        unit.trash([3])
    with pytest.raises(InputError, match=message):
        merge_leads(workspace, survivor, others)


def test_merging_names_leads_that_are_gone_or_in_two_groups(
    workspace: Workspace, inbox: int
) -> None:
    some_leads(workspace.store, inbox, [{"email": f"{n}@x.example"} for n in range(3)])
    with pytest.raises(NotFound, match='no lead "9"'):
        merge_leads(workspace, 1, [9])
    overlapping = [DuplicateGroup((1, 2), ("e-mail",), True), DuplicateGroup((2, 3), (), True)]
    with pytest.raises(InputError, match="lead 2 is in two groups"):
        merge_all(workspace, overlapping)
