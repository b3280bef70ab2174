"""Campaigns and views: names, counts, checks, undo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadsync.core.campaigns import (
    add_campaign,
    archive_campaign,
    ensure_campaign,
    list_campaigns,
    rename_campaign,
    unarchive_campaign,
)
from leadsync.core.columns.definitions import ColumnSpec, add_column, remove_column
from leadsync.core.errors import InputError, LeadSyncError, NotFound
from leadsync.core.history import undo
from leadsync.core.leads.editing import add_lead, trash_leads
from leadsync.core.models import ViewColumn
from leadsync.core.views import (
    list_views,
    parse_columns,
    remove_view,
    save_view,
    view_columns,
)

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


def names(workspace: Workspace, *, archived: bool = False) -> list[tuple[str, int]]:
    return [(c.campaign.name, c.leads) for c in list_campaigns(workspace, archived=archived)]


# campaigns ---------------------------------------------------------------------------------
def test_campaigns_are_listed_with_their_live_leads(workspace: Workspace) -> None:
    assert names(workspace) == []
    for n in range(3):
        lead = add_lead(workspace, "Q4", {"email": f"{n}@x.example"})
    trash_leads(workspace, [lead])
    add_campaign(workspace, "Empty")
    assert names(workspace) == [("Q4", 2), ("Empty", 0)]


def test_a_renamed_campaign_keeps_its_leads_and_undo_its_name(workspace: Workspace) -> None:
    add_lead(workspace, "Q4", {"email": "a@x.example"})
    rename_campaign(workspace, "q4", " Q4 founders ")
    assert names(workspace) == [("Q4 founders", 1)]
    rename_campaign(workspace, "Q4 founders", "Q4 FOUNDERS")
    undo(workspace)
    undo(workspace)
    assert names(workspace) == [("Q4", 1)]


def test_an_archived_campaign_is_left_out_until_it_is_taken_back(workspace: Workspace) -> None:
    add_campaign(workspace, "Q4")
    archive_campaign(workspace, "Q4")
    assert (names(workspace), names(workspace, archived=True)) == ([], [("Q4", 0)])
    unarchive_campaign(workspace, "Q4")
    assert names(workspace) == [("Q4", 0)]


@pytest.mark.parametrize(
    ("name", "message"),
    [("q4 ", "already"), (" ", "has no name"), ("x" * 201, "at most 200"), ("a\nb", "visible")],
)
def test_names_of_campaigns_are_checked(workspace: Workspace, name: str, message: str) -> None:
    add_campaign(workspace, "Q4")
    add_campaign(workspace, "Other")
    for act in (
        lambda: add_campaign(workspace, name),
        lambda: rename_campaign(workspace, "Other", name),
    ):
        with pytest.raises(InputError, match=message):
            act()


def test_a_campaign_is_made_only_where_there_is_none(workspace: Workspace) -> None:
    for _ in range(2):
        with workspace.store.unit("ada", "ensure") as unit:
            made = [
                ensure_campaign(unit, workspace.store.campaigns(), n) for n in ("Inbox", "inbox")
            ]
        assert {campaign.name for campaign in made} == {"Inbox"}
    assert names(workspace) == [("Inbox", 0)]
    with pytest.raises(NotFound, match='did you mean "Inbox"'):
        archive_campaign(workspace, "Inbx")


def test_undo_that_would_make_two_campaigns_of_one_name_changes_nothing(
    workspace: Workspace,
) -> None:
    add_campaign(workspace, "Q4")
    rename_campaign(workspace, "Q4", "Old")
    renamed = workspace.store.units(limit=1)[0].id
    add_campaign(workspace, "q4")
    before = workspace.store.revision()
    with pytest.raises(InputError, match=r'two campaigns "[Qq]4" then'):
        undo(workspace, renamed)
    assert workspace.store.revision() == before
    rename_campaign(workspace, "q4", "New")
    undo(workspace, renamed)
    assert names(workspace) == [("Q4", 0), ("New", 0)]


# views -------------------------------------------------------------------------------------
def test_a_view_is_saved_in_canonical_names_and_replaced_by_its_name(workspace: Workspace) -> None:
    add_campaign(workspace, "Q4")
    add_column(workspace, ColumnSpec("title"))
    view = save_view(
        workspace,
        "Heads",
        where=' title:"head of" ',
        campaign="q4",
        sort=["Created:desc", "title"],
        columns=parse_columns(["name:24", "linkedin", "title", "name"], hidden=["tags"]),
    )
    assert view.sort == ("-created_at", "title")
    assert view.columns == (
        ViewColumn("name", 24, frozen=True),
        ViewColumn("linkedin_url"),
        ViewColumn("title"),
        ViewColumn("tags", hidden=True),
    )
    assert view.shown == ("name", "linkedin_url", "title")
    assert list_views(workspace) == [view]
    changed = save_view(workspace, "heads", where="title:cto")
    assert [(v.id, v.name, v.filter) for v in list_views(workspace)] == [
        (view.id, "heads", "title:cto")
    ]
    assert changed.campaign_id is None
    undo(workspace)
    assert list_views(workspace) == [view]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"where": "titel:x"}, 'did you mean "title"'),
        ({"where": "(title:x"}, "not closed"),
        ({"sort": ["titel"]}, 'did you mean "title"'),
        ({"sort": ["title:up"]}, "is no order"),
        ({"columns": [ViewColumn("titel")]}, 'did you mean "title"'),
        ({"columns": [ViewColumn("title", hidden=True)]}, "shows one column at least"),
        ({"campaign": "Q5"}, 'no campaign "Q5"'),
        ({"name": ""}, "visible characters"),
    ],
)
def test_a_view_that_would_not_work_is_refused(
    workspace: Workspace, parts: dict[str, object], message: str
) -> None:
    add_column(workspace, ColumnSpec("title"))
    with pytest.raises(LeadSyncError, match=re.escape(message)):
        save_view(workspace, **({"name": "Heads"} | parts))  # type: ignore[arg-type]
    assert list_views(workspace) == []


def test_a_view_is_removed_and_brought_back(workspace: Workspace) -> None:
    view = save_view(workspace, "All")
    assert remove_view(workspace, "all") == view
    assert list_views(workspace) == []
    undo(workspace)
    assert list_views(workspace) == [view]


def test_a_view_shows_its_columns_that_are_there_or_all(workspace: Workspace) -> None:
    add_column(workspace, ColumnSpec("title"))
    add_column(workspace, ColumnSpec("city"))
    view = save_view(workspace, "Short", columns=parse_columns(["city", "name"]))
    remove_column(workspace, "city")
    assert view_columns(workspace, view) == ["name"]
    every = ["email", "name", "linkedin_url", "tags", "campaign", "title"]
    assert view_columns(workspace) == view_columns(workspace, save_view(workspace, "A")) == every


def test_a_hidden_column_is_kept_and_not_shown(workspace: Workspace) -> None:
    columns = parse_columns(["email", "name"], frozen=2, hidden=["tags:9"])
    view = save_view(workspace, "Short", columns=columns)
    assert view_columns(workspace, view) == ["email", "name"]
    assert list_views(workspace)[0].columns == (
        ViewColumn("email", frozen=True),
        ViewColumn("name", frozen=True),
        ViewColumn("tags", 9, hidden=True),
    )


def test_a_view_of_before_columns_had_widths_is_read(workspace: Workspace) -> None:
    with workspace.store.unit("ada", "save view Old") as unit:
        unit.put("views", {"name": "Old", "filter": "tag:hot", "columns": ["name", "email"]})
    (view,) = list_views(workspace)
    assert view.columns == (ViewColumn("name", frozen=True), ViewColumn("email"))
    again = save_view(workspace, "Old", where=view.filter, columns=view.columns)
    assert list_views(workspace) == [again]
    assert (again.filter, again.columns) == (view.filter, view.columns)


@pytest.mark.parametrize("text", ["name:", "name:0", "name:-3", "name:wide", "name:201"])
def test_a_width_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="a width is a number of cells from 1 to 200"):
        parse_columns([text])
