"""The story of a cell: typed by hand, imported, computed, written by a run, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.campaigns import add_campaign
from leadsync.core.columns.definitions import (
    ColumnChanges,
    ColumnSpec,
    add_column,
    edit_column,
)
from leadsync.core.engine.results import result_of
from leadsync.core.errors import NotFound
from leadsync.core.provenance import explain
from tests.contract.making import some_leads
from tests.reliability.run_making import (
    an_ai_column,
    an_outreach_column,
    enrich,
    people,
)
from tests.servers.openai_server import OpenAIServer, error

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


@pytest.fixture
def workspace(on_each_engine: Workspace) -> Workspace:
    return on_each_engine


def test_a_cell_of_a_run_tells_prompt_answer_price_and_inputs(
    server: OpenAIServer, workspace: Workspace
) -> None:
    lead = people(workspace, 2)[1]
    an_outreach_column(workspace)
    result = enrich(workspace, "outreach")
    story = explain(workspace, lead, "pitch")
    assert (story.origin, story.driver_key, story.run_id) == ("run", "outreach", result.run_id)
    assert (story.model, story.source) == ("gpt-6-luna", "openai")
    (call,) = story.calls
    sent = next(r for r in server.requests if "Person 1" in r.prompt)
    assert list(call.messages) == sent.body["messages"]
    assert str(story.value) in str(call.answer)
    assert story.cost_usd_micros == call.cost_usd_micros
    assert call.units["inputTokens"] > 0
    assert story.inputs["title"] == "Head of Sales 1"
    assert story.changed_inputs == {}
    assert story.age_s is not None
    assert story.age_s < 60
    assert [moment.value for moment in story.moments] == [story.value]


def test_a_stale_cell_names_the_input_that_changed(workspace: Workspace) -> None:
    lead = people(workspace, 1)[0]
    an_ai_column(workspace)
    enrich(workspace, "intro")
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead: {"title": "CEO"}}, by_hand=True)
    story = explain(workspace, lead, "intro")
    assert story.state.stale
    assert (story.inputs["title"], story.changed_inputs) == ("Head of Sales 0", {"title": "CEO"})


def test_a_cell_written_by_hand_keeps_what_the_run_wrote_in_its_moments(
    workspace: Workspace,
) -> None:
    lead = people(workspace, 1)[0]
    an_ai_column(workspace)
    enrich(workspace, "intro")
    written = explain(workspace, lead, "intro").value
    with workspace.store.unit("bob", "edit intro") as unit:
        unit.edit({lead: {"intro": "Mine"}}, by_hand=True)
    story = explain(workspace, lead, "intro")
    assert (story.origin, story.state.locked, story.calls) == ("hand", True, ())
    assert [(m.value, m.actor) for m in story.moments] == [
        ("Mine", "bob"),
        (written, workspace.actor),
    ]


def test_imported_typed_computed_and_blank_cells_have_their_story(workspace: Workspace) -> None:
    people(workspace, 1)
    add_column(
        workspace, ColumnSpec(key="hello", kind="template", config={"template": "Hi {{ name }}"})
    )
    inbox = workspace.store.campaigns()[0].id
    (lead,) = some_leads(workspace.store, inbox, [{"name": "Eve", "title": "CTO"}])
    with workspace.store.unit("ada", "edit leads") as unit:
        unit.edit({lead: {"title": "CEO"}}, by_hand=True)
    named, typed = explain(workspace, lead, "name"), explain(workspace, lead, "title")
    assert (named.origin, named.moments[0].label) == ("import", "import leads.csv")
    assert typed.origin == "hand"
    assert [m.value for m in typed.moments] == ["CEO", "CTO"]
    computed = explain(workspace, lead, "hello")
    assert (computed.origin, computed.template) == ("formula", "Hi {{ name }}")
    assert computed.inputs == {"name": "Eve"}
    assert explain(workspace, lead, "company").origin == "blank"
    with pytest.raises(NotFound, match='did you mean "company"'):
        explain(workspace, lead, "compny")


def test_tags_and_campaign_have_the_story_that_history_has(workspace: Workspace) -> None:
    lead = people(workspace, 1)[0]
    with workspace.store.unit("ada", "tag them") as unit:
        unit.tag([lead], add=["vip", "dach"])
    with workspace.store.unit("bob", "untag") as unit:
        unit.tag([lead], drop=["dach"])
    other = add_campaign(workspace, "Q4").id
    with workspace.store.unit("ada", "move leads") as unit:
        unit.move([lead], other)
    tags, campaign = explain(workspace, lead, "tags"), explain(workspace, lead, "campaign")
    assert [(m.value, m.label) for m in tags.moments] == [
        ("vip", "untag"),
        ("dach, vip", "tag them"),
    ]
    assert (tags.origin, tags.at) == ("hand", tags.moments[0].at)
    assert [(m.value, m.label) for m in campaign.moments] == [
        ("Q4", "move leads"),
        ("Inbox", "import leads.csv"),
    ]
    assert explain(workspace, lead, "tags").to_doc()["value"] == ["vip"]


def test_a_cell_that_no_run_asked_for_says_why(workspace: Workspace) -> None:
    lead = people(workspace, 1)[0]
    column = an_ai_column(workspace)
    assert explain(workspace, lead, "intro").blank_because == "no run has come to it"
    edit_column(workspace, column.key, ColumnChanges(condition="title:CEO"))
    unmatched = explain(workspace, lead, "intro")
    assert unmatched.blank_because == "the lead does not match title:CEO"
    edit_column(workspace, column.key, ColumnChanges(condition=""))
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead: {"title": None}}, by_hand=True)
    assert explain(workspace, lead, "intro").blank_because == "title is blank"


def test_a_formula_that_fails_or_lacks_an_input_says_why_it_is_blank(workspace: Workspace) -> None:
    lead = people(workspace, 1)[0]
    formulas = {"ratio": "{{ 1 / 0 }}", "greeting": "Hi {{ company }}"}
    for key, text in formulas.items():
        add_column(workspace, ColumnSpec(key, kind="template", config={"template": text}))
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead: {"company": None}}, by_hand=True)
    assert "division by zero" in explain(workspace, lead, "ratio").blank_because
    assert explain(workspace, lead, "greeting").blank_because == "company is blank"


def test_a_failed_cell_says_why_and_every_story_is_json(
    server: OpenAIServer, workspace: Workspace
) -> None:
    import json

    lead = people(workspace, 1)[0]
    an_ai_column(workspace)
    server.behave = lambda _request: error(400, message="no such thing")
    result = enrich(workspace, "intro")
    story = explain(workspace, lead, "intro")
    assert (story.value, story.state.detail) == (None, "openai says: no such thing")
    assert json.loads(json.dumps(story.to_doc()))["calls"][0]["status"] == 400
    told = result_of(workspace, result.run_id)
    assert (told.errors, told.counts, told.left) == (result.errors, result.counts, 0)
