"""The shipped recipes: they fit an empty workspace, and say what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import list_recipes, load_recipe
from leadsync.core.errors import Exit
from tests.contract.making import a_campaign, some_leads
from tests.reliability.run_making import a_workspace, enrich, filled, people, plan_of
from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

NAMES = ["cta", "icebreaker", "outreach", "pitch", "ps"]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def workspace(server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(server.url, tmp_path) as opened:
        yield opened


def test_five_recipes_are_shipped_with_a_description(workspace: Workspace) -> None:
    found = [recipe for recipe in list_recipes(workspace.config) if recipe.name in NAMES]
    assert [recipe.name for recipe in found] == NAMES
    assert all(len(recipe.description) > 40 for recipe in found)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_fits_a_workspace_without_columns_and_names_what_is_blank(
    name: str, workspace: Workspace, server: OpenAIServer
) -> None:
    inbox = a_campaign(workspace.store)
    some_leads(workspace.store, inbox, [{"name": "Ada", "email": "ada@acme.example"}])
    add_column(workspace, load_recipe(name, workspace.config))
    plan = plan_of(workspace, name)
    assert (plan.cells, dict(plan.columns[0].blank)) == (0, {"title": 1})
    assert server.requests == []


@pytest.mark.parametrize("name", ["cta", "icebreaker", "pitch", "ps"])
def test_a_recipe_of_one_text_fills_its_column_from_name_title_and_company(
    name: str, workspace: Workspace, server: OpenAIServer
) -> None:
    people(workspace, 1)
    add_column(workspace, load_recipe(name, workspace.config))
    assert enrich(workspace, name).exit_code is Exit.DONE
    assert filled(workspace, name) == 1
    system, user = (message["content"] for message in server.requests[0].body["messages"])
    assert "At most" in system
    assert "Nothing is known about the sender" in system
    assert user == (
        "<lead_data>\nName: Person 0\nTitle: Head of Sales 0\nCompany: Company 0\n</lead_data>"
    )


def test_what_is_said_about_the_sender_stands_in_the_fixed_text(
    workspace: Workspace, server: OpenAIServer
) -> None:
    from dataclasses import replace

    people(workspace, 1)
    spec = load_recipe("outreach", workspace.config)
    sender = "Ada sells route planning to hauliers."
    add_column(workspace, replace(spec, config={**spec.config, "sender": sender}))
    enrich(workspace, "outreach")
    assert f"About the sender: {sender}" in server.requests[0].body["messages"][0]["content"]
