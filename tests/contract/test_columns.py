"""Columns: what is checked, and what adding, changing and removing one entails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.applying import apply_columns
from leadsync.core.columns.definitions import (
    ColumnChanges,
    ColumnSpec,
    add_column,
    edit_column,
    remove_column,
)
from leadsync.core.errors import BusyError, InputError, LeadSyncError, NotFound
from leadsync.core.history import redo, undo
from leadsync.core.importing.merge import OnDuplicate
from leadsync.core.leads.editing import edit_leads
from leadsync.core.models import ColumnType
from leadsync.core.views import save_view
from tests.contract.importing import a_csv, importing
from tests.contract.making import a_lead, a_run, a_task, cell, runs_are_alive, some_leads
from tests.plugin.installed import kind_echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with kind_echo():
        yield


def a_formula(key: str, text: str, **more: Any) -> ColumnSpec:
    return ColumnSpec(key, kind="template", config={"template": text}, **more)


def an_echo(key: str, prompt: str, parts: tuple[str, ...] = (), **more: Any) -> ColumnSpec:
    config: dict[str, Any] = {"prompt": prompt}
    return ColumnSpec(
        key, kind="echo", config=config | ({"parts": list(parts)} if parts else {}), **more
    )


def fill(workspace: Workspace, column: Column, lead_id: int, text: str = "Hi") -> None:
    """Settle a cell of a running column, made from the lead's cells as they are now."""
    known = workspace.store.catalog()
    inputs = [key for key in column.inputs if known.find(key)]
    row = workspace.store.rows([lead_id], inputs)[0] if inputs else ()
    task = a_task(column, lead_id, dict(zip(inputs, row, strict=True)))
    with workspace.store.unit("run", "enrich") as unit:
        targets = list(column.outputs.values()) or [column.key]
        unit.settle([task], {lead_id: dict.fromkeys(targets, text)})


def is_stale(workspace: Workspace, column: Column, lead_id: int) -> bool:
    return workspace.store.states([lead_id], [column.id])[lead_id, column.id].stale


def keys(workspace: Workspace) -> list[str]:
    return [column.key for column in workspace.store.columns()]


# what is refused ---------------------------------------------------------------------------
def test_a_column_that_an_import_made_may_run_and_is_told_so(workspace: Workspace) -> None:
    add_column(workspace, ColumnSpec("icebreaker"))
    with pytest.raises(InputError) as caught:
        add_column(workspace, an_echo("icebreaker", "Hi {{ name }}"))
    assert "columns edit icebreaker --kind ai" in (caught.value.next_step or "")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (ColumnSpec("Full Name"), '"full_name" would do'),
        (ColumnSpec("email"), "every lead has"),
        (ColumnSpec("tag"), "every lead has"),
        (ColumnSpec("company"), "already"),
        (ColumnSpec("x", kind="ecko"), 'did you mean "echo"'),
        (ColumnSpec("x", kind="template"), "has no template"),
        (a_formula("x", "{{ compny }}"), 'did you mean "company"'),
        (a_formula("x", "{{ name"), "line 1"),
        (a_formula("x", "{{ tags }}"), "reads cells only"),
        (a_formula("email_alt", "{{ name }}"), "tells leads apart"),
        (a_formula("x", "{{ name }}", condition="name:Ada"), "no use for a condition"),
        (ColumnSpec("x", config={"template": "hi"}), 'no setting "template"'),
        (ColumnSpec("x", config={"options": ["a"]}), "type select only"),
        (ColumnSpec("x", outputs={"a": "b"}), "no use for outputs"),
        (ColumnSpec("x", label="a\nb"), "visible characters"),
        (ColumnSpec("x", kind="echo", config={"promt": "hi"}), "setting"),
        (an_echo("x", "Hi {{ compny }}"), 'did you mean "company"'),
        (an_echo("x", "Hi", condition="compny:x"), 'did you mean "company"'),
        (an_echo("x", "Hi", caps={"usd_pr_day": 1}), 'did you mean "usd_per_day"'),
        (an_echo("x", "Hi", caps={"usd_per_day": "5"}), "amount in dollars"),
        (an_echo("x", "Hi", outputs={"a[": "a"}), "no path into a result"),
        (an_echo("x", "Hi", outputs={"a": "company", "b": "company"}), "one column"),
        (
            an_echo("x", "Hi", outputs={"a": "pitch"}),
            'cannot fill "pitch": that is a column of kind',
        ),
        (an_echo("x", "Hi", outputs={"a": "intro"}), '"outreach" fills it'),
        (an_echo("x", "Hi", outputs={"a": "email"}), "every lead has"),
        (ColumnSpec("status"), "a state of cells in filters"),
        (ColumnSpec("any"), "any column in filters"),
        (an_echo("x", "Hi", ("not a key",)), "needs a column"),
        (a_formula("x", "{{ x }}"), "x → x"),
        (an_echo("intro_2", "{{ intro_2 }}"), "intro_2 → intro_2"),
    ],
)
def test_a_definition_that_does_not_hold_is_refused_and_stores_nothing(
    workspace: Workspace, spec: ColumnSpec, message: str
) -> None:
    add_column(workspace, ColumnSpec("company"))
    add_column(workspace, an_echo("pitch", "Hi {{ name }}"))
    add_column(workspace, an_echo("outreach", "Hi {{ name }}", ("intro",)))
    before = workspace.store.revision()
    with pytest.raises(LeadSyncError, match=re.escape(message)):
        add_column(workspace, spec)
    assert workspace.store.revision() == before


def test_a_circle_of_columns_is_refused_with_its_path(workspace: Workspace) -> None:
    add_column(workspace, a_formula("intro", "{{ name }}"))
    add_column(workspace, an_echo("outreach", "Hi {{ intro }}", ("pitch",)))
    with pytest.raises(InputError, match="pitch → outreach → intro → pitch"):
        edit_column(workspace, "intro", ColumnChanges(config={"template": "{{ pitch or name }}"}))


# formulas ----------------------------------------------------------------------------------
def test_a_new_formula_is_computed_for_all_leads_in_its_unit(
    workspace: Workspace, inbox: int
) -> None:
    live, gone = some_leads(workspace.store, inbox, [{"name": "Ada"}, {"name": "Eve"}])
    with workspace.store.unit("ada", "remove") as unit:
        unit.trash([gone])
    before = len(workspace.store.units())
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    assert cell(workspace.store, live, "greeting") == "Hi Ada"
    assert cell(workspace.store, gone, "greeting") == "Hi Eve"
    assert len(workspace.store.units()) == before + 1


def test_formulas_follow_a_change_by_way_of_others_in_the_same_unit(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, ColumnSpec("employees", type=ColumnType.NUMBER))
    add_column(workspace, a_formula("twice", "{{ employees * 2 }}", type=ColumnType.NUMBER))
    add_column(workspace, a_formula("size", "{% if twice > 50 %}large{% else %}small{% endif %}"))
    lead = a_lead(workspace.store, inbox, email="ada@example.com", employees=20)
    assert workspace.store.rows([lead], ["twice", "size"]) == [(40, "small")]
    before = len(workspace.store.units())
    edit_leads(workspace, [lead], {"employees": "30"})
    assert workspace.store.rows([lead], ["twice", "size"]) == [(60, "large")]
    assert len(workspace.store.units()) == before + 1


def test_an_import_computes_formulas_and_knows_columns_that_it_makes(workspace: Workspace) -> None:
    add_column(workspace, a_formula("greeting", "Hi {{ first_name }} of {{ company }}"))
    importing(
        workspace.store,
        a_csv(["Email", "First Name", "Company"], ["ada@example.com", "Ada", "Initech"]),
    )
    (lead,) = workspace.store.ids({})
    assert cell(workspace.store, lead, "greeting") == "Hi Ada of Initech"
    importing(
        workspace.store,
        a_csv(["Email", "Company"], ["ada@example.com", "Globex"]),
        on_duplicate=OnDuplicate.UPDATE,
    )
    assert cell(workspace.store, lead, "greeting") == "Hi Ada of Globex"


def test_a_formula_without_its_input_or_beyond_its_limits_is_blank(
    workspace: Workspace, inbox: int
) -> None:
    lead = a_lead(workspace.store, inbox, email="ada@example.com", name=None)
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    add_column(workspace, a_formula("sum", "{{ email + 1 }}"))
    add_column(
        workspace,
        a_formula("long", "{% for a in range(9999) %}{% for b in range(9999) %}{{ email }}"
                  "{% endfor %}{% endfor %}"),
    )  # fmt: skip
    assert workspace.store.rows([lead], ["greeting", "sum", "long"]) == [(None, None, None)]


def test_changing_a_formula_computes_it_anew_and_undo_brings_the_old_cells(
    workspace: Workspace, inbox: int
) -> None:
    lead = a_lead(workspace.store, inbox, name="Ada")
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    result = edit_column(workspace, "greeting", ColumnChanges(config={"template": "Ho {{ name }}"}))
    assert (result.changed, result.recomputed) == (True, 1)
    assert cell(workspace.store, lead, "greeting") == "Ho Ada"
    undo(workspace)
    assert cell(workspace.store, lead, "greeting") == "Hi Ada"
    redo(workspace)
    assert cell(workspace.store, lead, "greeting") == "Ho Ada"


def test_undoing_a_changed_formula_computes_it_for_leads_that_came_later(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    edit_column(workspace, "greeting", ColumnChanges(config={"template": "Ho {{ name }}"}))
    changed = workspace.store.units(limit=1)[0].id
    lead = a_lead(workspace.store, inbox, name="Ada")
    edit_leads(workspace, [lead], {"name": "Eve"})
    undo(workspace, changed)
    assert cell(workspace.store, lead, "greeting") == "Hi Eve"


def test_undoing_a_new_formula_takes_the_column_away_and_redo_computes_it(
    workspace: Workspace, inbox: int
) -> None:
    lead = a_lead(workspace.store, inbox, name="Ada")
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    undo(workspace)
    assert "greeting" not in keys(workspace)
    edit_leads(workspace, [lead], {"name": "Eve"})
    redo(workspace)
    assert cell(workspace.store, lead, "greeting") == "Hi Eve"


def test_a_manual_column_that_becomes_a_formula_gets_its_own_cells_back(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, ColumnSpec("greeting"))
    lead = a_lead(workspace.store, inbox, name="Ada", greeting="Dear Ada")
    change = ColumnChanges(kind="template", config={"template": "Hi {{ name }}"})
    edit_column(workspace, "greeting", change)
    assert cell(workspace.store, lead, "greeting") == "Hi Ada"
    undo(workspace)
    assert cell(workspace.store, lead, "greeting") == "Dear Ada"


def test_a_formula_whose_input_was_undone_is_still_computed(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, ColumnSpec("nick"))
    added = workspace.store.units(limit=1)[0].id
    add_column(workspace, a_formula("greeting", "Hi {{ nick or name }}"))
    undo(workspace, added)
    lead = a_lead(workspace.store, inbox, name="Ada")
    assert cell(workspace.store, lead, "greeting") == "Hi Ada"


def test_a_circle_that_undo_brought_about_is_blank_and_hurts_nobody(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, a_formula("one", "{{ name }}"))
    add_column(workspace, a_formula("two", "{{ one }}!"))
    edit_column(workspace, "two", ColumnChanges(config={"template": "{{ name }}?"}))
    freed = workspace.store.units(limit=1)[0].id
    edit_column(workspace, "one", ColumnChanges(config={"template": "{{ two }}"}))
    undo(workspace, freed)
    lead = a_lead(workspace.store, inbox, name="Ada")
    assert workspace.store.rows([lead], ["name", "one", "two"]) == [("Ada", None, None)]


# running columns ---------------------------------------------------------------------------
def test_outputs_make_the_columns_that_are_missing_in_the_same_unit(workspace: Workspace) -> None:
    add_column(workspace, ColumnSpec("pitch"))
    before = len(workspace.store.units())
    outreach = add_column(
        workspace,
        an_echo("outreach", "Hi {{ name }}", ("pitch", "cta"), outputs={"pitch": "pitch"}),
    )
    assert outreach.outputs == {"pitch": "pitch", "cta": "cta"}
    assert workspace.column("cta").type is ColumnType.LONG_TEXT
    assert len(workspace.store.units()) == before + 1
    undo(workspace)
    assert keys(workspace) == ["pitch"]


def test_inputs_are_those_of_the_template_and_the_condition_but_not_its_own_cells(
    workspace: Workspace,
) -> None:
    add_column(workspace, ColumnSpec("city"))
    column = add_column(
        workspace, an_echo("pitch", "Hi {{ name }}", condition="city:Berlin pitch:empty tag:vip")
    )
    assert column.inputs == ("name", "city", "tags")


def test_a_changed_input_makes_the_cell_stale_by_way_of_a_formula_and_back(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    pitch = add_column(workspace, an_echo("pitch", "{{ greeting }}, …"))
    lead = a_lead(workspace.store, inbox, name="Ada")
    fill(workspace, pitch, lead)
    assert not is_stale(workspace, pitch, lead)
    edit_leads(workspace, [lead], {"name": "Eve"})
    assert is_stale(workspace, pitch, lead)
    edit_leads(workspace, [lead], {"name": "Ada"})
    assert not is_stale(workspace, pitch, lead)


def test_tags_and_campaign_make_nothing_stale(workspace: Workspace, inbox: int) -> None:
    pitch = add_column(workspace, an_echo("pitch", "{{ name }} {{ tags | join }} {{ campaign }}"))
    lead = a_lead(workspace.store, inbox, name="Ada")
    fill(workspace, pitch, lead)
    with workspace.store.unit("ada", "tag") as unit:
        unit.tag([lead], add=["vip"])
    assert not is_stale(workspace, pitch, lead)


@pytest.mark.parametrize(
    "change",
    [
        ColumnChanges(config={"prompt": "Ho {{ name }}"}),
        ColumnChanges(condition="name:Ada"),
        ColumnChanges(outputs={"text": "pitch_text"}),
    ],
    ids=["prompt", "condition", "outputs"],
)
def test_a_changed_definition_makes_filled_cells_stale_until_it_is_undone(
    workspace: Workspace, inbox: int, change: ColumnChanges
) -> None:
    pitch = add_column(workspace, an_echo("pitch", "Hi {{ name }}"))
    lead, other = some_leads(workspace.store, inbox, [{"name": "Ada"}, {"name": "Eve"}])
    fill(workspace, pitch, lead)
    assert edit_column(workspace, "pitch", change).stale == 1
    assert is_stale(workspace, pitch, lead)
    assert workspace.store.states([other], [pitch.id]) == {}
    undo(workspace)
    assert not is_stale(workspace, pitch, lead)
    redo(workspace)
    assert is_stale(workspace, pitch, lead)


def test_a_new_label_makes_nothing_stale(workspace: Workspace, inbox: int) -> None:
    pitch = add_column(workspace, an_echo("pitch", "Hi {{ name }}"))
    lead = a_lead(workspace.store, inbox, name="Ada")
    fill(workspace, pitch, lead)
    result = edit_column(workspace, "pitch", ColumnChanges(label="Sales pitch"))
    assert (result.changed, result.stale) == (True, 0)
    assert not is_stale(workspace, pitch, lead)


def test_an_edit_that_changes_nothing_leaves_no_unit(workspace: Workspace) -> None:
    add_column(workspace, an_echo("pitch", "Hi {{ name }}", ("intro",)))
    before = len(workspace.store.units())
    result = edit_column(workspace, "pitch", ColumnChanges(config={"prompt": "Hi {{ name }}"}))
    assert not result.changed
    assert len(workspace.store.units()) == before


def test_an_output_that_the_kind_has_no_more_is_forgotten(workspace: Workspace) -> None:
    add_column(workspace, an_echo("outreach", "Hi", ("pitch", "cta")))
    edited = edit_column(workspace, "outreach", ColumnChanges(config={"parts": ["pitch", "ps"]}))
    assert edited.column.outputs == {"pitch": "pitch", "ps": "ps"}
    assert keys(workspace) == ["pitch", "cta", "outreach", "ps"]


def test_a_cell_that_a_person_writes_into_a_running_column_is_locked(
    workspace: Workspace, inbox: int
) -> None:
    outreach = add_column(workspace, an_echo("outreach", "Hi {{ name }}", ("pitch",)))
    lead = a_lead(workspace.store, inbox, name="Ada")
    fill(workspace, outreach, lead)
    edit_leads(workspace, [lead], {"pitch": "mine"})
    pitch = workspace.column("pitch")
    assert workspace.store.states([lead], [pitch.id])[lead, pitch.id].locked
    fill(workspace, outreach, lead, "theirs")
    assert cell(workspace.store, lead, "pitch") == "mine"
    edit_leads(workspace, [lead], {"pitch": ""})
    assert workspace.store.states([lead], [pitch.id, outreach.id]) == {}


# types -------------------------------------------------------------------------------------
def test_cells_follow_a_changed_type_and_those_that_do_not_fit_stay(
    workspace: Workspace, inbox: int
) -> None:
    add_column(workspace, ColumnSpec("employees"))
    leads = some_leads(
        workspace.store, inbox, [{"name": n, "employees": n} for n in ("12", "many", "7.5")]
    )
    result = edit_column(workspace, "employees", ColumnChanges(type=ColumnType.NUMBER))
    assert (result.converted, result.unfit) == (2, 1)
    assert [cell(workspace.store, i, "employees") for i in leads] == [12, "many", 7.5]
    undo(workspace)
    assert [cell(workspace.store, i, "employees") for i in leads] == ["12", "many", "7.5"]


# removing ----------------------------------------------------------------------------------
def test_a_removed_column_comes_back_with_its_cells(workspace: Workspace, inbox: int) -> None:
    pitch = add_column(workspace, an_echo("pitch", "Hi {{ name }}"))
    lead = a_lead(workspace.store, inbox, name="Ada")
    fill(workspace, pitch, lead)
    remove_column(workspace, "pitch")
    assert keys(workspace) == []
    undo(workspace)
    assert workspace.column("pitch") == pitch
    assert cell(workspace.store, lead, "pitch") == "Hi"
    assert not is_stale(workspace, pitch, lead)


def test_a_column_that_others_need_is_not_removed(workspace: Workspace) -> None:
    add_column(workspace, ColumnSpec("city"))
    add_column(workspace, ColumnSpec("company"))
    add_column(workspace, ColumnSpec("size"))
    add_column(workspace, a_formula("place", "{{ city }}"))
    add_column(workspace, an_echo("outreach", "Hi", ("pitch",), condition="city:Berlin"))
    save_view(workspace, "Large", where="size>100")
    for key, message in (
        ("city", 'read by "place" and "outreach"'),
        ("pitch", 'filled by "outreach"'),
        ("company", "tells leads apart"),
        ("size", 'the view "Large" needs'),
    ):
        with pytest.raises(InputError, match=message):
            remove_column(workspace, key)
    with pytest.raises(NotFound, match='did you mean "place"'):
        remove_column(workspace, "plce")


def test_a_column_that_a_run_is_filling_is_not_removed(workspace: Workspace) -> None:
    pitch = add_column(workspace, an_echo("pitch", "Hi"))
    workspace.store.start_run(a_run(pitch), runs_are_alive)
    with pytest.raises(BusyError, match="is filling"):
        remove_column(workspace, "pitch")


def test_a_column_that_a_run_is_filling_stays_of_its_kind(workspace: Workspace) -> None:
    pitch = add_column(workspace, an_echo("pitch", "Hi"))
    workspace.store.start_run(a_run(pitch), runs_are_alive)
    other = ColumnChanges(kind="template", config={"template": "Hi"})
    with pytest.raises(BusyError, match='run 1 is filling "pitch"'):
        edit_column(workspace, "pitch", other)
    assert edit_column(workspace, "pitch", ColumnChanges(label="Pitch 2")).changed


def test_undo_that_would_make_two_columns_of_one_key_changes_nothing(workspace: Workspace) -> None:
    add_column(workspace, ColumnSpec("city"))
    remove_column(workspace, "city")
    removed = workspace.store.units(limit=1)[0].id
    add_column(workspace, ColumnSpec("city"))
    before = workspace.store.revision()
    with pytest.raises(InputError, match='two columns "city"'):
        undo(workspace, removed)
    assert workspace.store.revision() == before


# column files ------------------------------------------------------------------------------
def test_applying_adds_and_changes_in_one_unit_and_again_does_nothing(
    workspace: Workspace, inbox: int
) -> None:
    lead = a_lead(workspace.store, inbox, name="Ada")
    add_column(workspace, a_formula("greeting", "Hi {{ name }}"))
    add_column(workspace, ColumnSpec("city"))
    specs = [
        an_echo("outreach", "{{ intro }}", ("pitch",)),
        a_formula("intro", "{{ greeting }}!"),
        a_formula("greeting", "Ho {{ name }}"),
        ColumnSpec("city"),
        ColumnSpec("pitch", type=ColumnType.LONG_TEXT),
    ]
    before = len(workspace.store.units())
    done = apply_columns(workspace, specs)
    outcomes = ["added", "added", "changed", "unchanged", "added"]
    assert [(d.key, str(d.outcome)) for d in done] == [
        (spec.key, outcome) for spec, outcome in zip(specs, outcomes, strict=True)
    ]
    assert cell(workspace.store, lead, "intro") == "Ho Ada!"
    assert {str(d.outcome) for d in apply_columns(workspace, specs)} == {"unchanged"}
    assert len(workspace.store.units()) == before + 1
    undo(workspace)
    assert keys(workspace) == ["greeting", "city"]
    assert cell(workspace.store, lead, "greeting") == "Hi Ada"


def test_applying_definitions_that_need_each_other_stores_nothing(workspace: Workspace) -> None:
    specs = [a_formula("one", "{{ two }}"), a_formula("two", "{{ one }}")]
    with pytest.raises(InputError, match="one → two → one"):
        apply_columns(workspace, [ColumnSpec("city"), *specs])
    assert keys(workspace) == []


def test_two_definitions_that_fill_one_column_are_refused(workspace: Workspace) -> None:
    specs = [an_echo("a", "Hi", ("pitch",)), an_echo("b", "Ho", ("pitch",))]
    with pytest.raises(InputError, match='cannot fill "pitch": "a" fills it'):
        apply_columns(workspace, specs)
