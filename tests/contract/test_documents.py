"""Small documents: campaigns, columns, views and what is saved outside history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import Column, ColumnType
from tests.contract.making import a_campaign, a_column

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store


def test_campaigns_are_listed_by_id(store: Store) -> None:
    first, second = a_campaign(store, "Inbox"), a_campaign(store, "Q4")
    assert [(c.id, c.name) for c in store.campaigns()] == [(first, "Inbox"), (second, "Q4")]


def test_a_column_keeps_its_whole_definition(store: Store) -> None:
    config = {
        "model": "small",
        "prompt": "Hi {{ name }}",
        "schema": {"$ref": "#/a.b", "": 1, "n": None},
    }
    made = a_column(
        store,
        "pitch",
        kind="ai",
        type=ColumnType.LONG_TEXT,
        config=config,
        inputs=("name", "title"),
        outputs={"body.text": "cta", "$.x": "ps"},
        condition="title:head",
        caps={"usd_per_day": 5_000_000},
    )
    (stored,) = store.columns()
    assert stored == made
    assert stored.id == 1
    assert stored.created_unit == store.units(limit=1)[0].id


def test_a_changed_column_keeps_its_id(store: Store) -> None:
    made = a_column(store, "note")
    with store.unit("ada", "rename") as unit:
        changed = unit.add_column(Column(made.id, "remark", "Remark"))
    assert [(c.id, c.key) for c in store.columns()] == [(made.id, "remark")]
    assert changed.id == made.id


def test_a_new_column_can_be_filtered_by_everybody_at_once(store: Store, open_store) -> None:
    elsewhere = open_store()
    assert elsewhere.columns() == []
    made = a_column(store, "note")
    assert [c.key for c in elsewhere.columns()] == ["note"]
    assert elsewhere.catalog().resolve("note").column == made


def test_a_removed_document_is_gone_and_its_id_is_not_given_again(store: Store) -> None:
    with store.unit("ada", "add view") as unit:
        first = unit.put("views", {"name": "Hot", "filter": "tag:hot", "sort": [], "columns": []})
    with store.unit("ada", "remove view") as unit:
        unit.remove("views", first)
    assert store.views() == []
    assert store.get_document("views", first) is None
    with store.unit("ada", "add view") as unit:
        assert unit.put("views", {"name": "Cold"}) > first


def test_documents_saved_outside_history_get_ids_and_are_replaced(store: Store) -> None:
    units = len(store.units())
    first = store.save("mappings", {"header": "a,b", "fields": ["email", "name"]})
    assert store.get_document("mappings", first) == {
        "header": "a,b", "fields": ["email", "name"], "id": first,
    }  # fmt: skip
    assert store.save("mappings", {"id": first, "header": "c"}) == first
    assert store.documents("mappings") == [{"id": first, "header": "c"}]
    assert len(store.units()) == units


def test_an_open_unit_sees_the_documents_that_it_wrote(store: Store) -> None:
    with store.unit("ada", "add") as unit:
        campaign = unit.put("campaigns", {"name": "Q4", "createdAt": "", "settings": {}})
        column = unit.add_column(Column(0, "note", "Note"))
        (lead,) = unit.add_leads(campaign, ["note"], [["x"]])
        assert [c.name for c in store.campaigns()] == ["Q4"]
        assert store.catalog().resolve("note").column == column
        assert store.rows([lead], ["campaign", "note"]) == [("Q4", "x")]


def test_a_document_may_hold_odd_keys_and_values(store: Store) -> None:
    odd = {
        "$set": {"a.b": [1, 2.5, None, True, {"": "empty"}]},
        "50%": "x",
        "%2E": "y",
        "ü": "\u0000",
    }
    saved = store.save("mappings", {"odd": odd})
    assert store.get_document("mappings", saved) == {"odd": odd, "id": saved}
