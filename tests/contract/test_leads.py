"""Leads: what reads give back of what units wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.models import Sort
from tests.contract.making import a_campaign, a_column, a_lead, some_leads

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store


def test_new_leads_get_consecutive_small_ids(store: Store, inbox: int) -> None:
    first = some_leads(store, inbox, [{"name": f"Lead {n}"} for n in range(5)])
    second = some_leads(store, inbox, [{"name": "One more"}])
    assert first == [1, 2, 3, 4, 5]
    assert second[0] > 5


def test_the_id_of_an_undone_lead_is_never_given_again(store: Store, inbox: int) -> None:
    gone = a_lead(store, inbox)
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units(limit=1)[0].id)
    assert a_lead(store, inbox) > gone


def test_rows_come_in_the_order_of_the_ids_and_leave_out_the_unknown(
    store: Store, inbox: int
) -> None:
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}, {"name": "Cy"}])
    assert store.rows([ids[2], 999, ids[0]], ["name", "id"]) == [("Cy", ids[2]), ("Ada", ids[0])]


def test_more_ids_than_one_statement_takes_are_read(store: Store, inbox: int) -> None:
    ids = some_leads(store, inbox, [{"name": f"n{n}"} for n in range(6001)])
    rows = store.rows(ids[::-1], ["name"])
    assert len(rows) == 6001
    assert rows[0] == ("n6000",)
    assert rows[-1] == ("n0",)


def test_cells_keep_their_value_and_type(store: Store, inbox: int) -> None:
    a_column(store, "note")
    values = [
        "plain", "007", 7, 7.25, -3, 2**53 + 1, "Zoë Ångström 株式会社 👩‍💻", "$where", "a.b$c",
        "line\nbreak\ttab", "{{ x }}", "[red]", "=1+1", "'; DROP TABLE leads;--", "\u202ertl",
    ]  # fmt: skip
    ids = some_leads(store, inbox, [{"note": value} for value in values])
    found = [row[0] for row in store.rows(ids, ["note"])]
    assert found == values
    assert [type(v) for v in found] == [type(v) for v in values]


def test_a_blank_cell_is_none_whether_it_was_never_written_or_cleared(
    store: Store, inbox: int
) -> None:
    a_column(store, "note")
    lead = a_lead(store, inbox, name="Ada", note="x")
    other = a_lead(store, inbox, name="Bob")
    with store.unit("ada", "clear") as unit:
        unit.edit({lead: {"note": None, "name": None}})
    assert store.rows([lead, other], ["name", "note", "email"]) == [
        (None, None, None),
        ("Bob", None, None),
    ]


def test_own_fields_are_read_under_their_keys(store: Store, inbox: int) -> None:
    lead = some_leads(
        store,
        inbox,
        [
            {
                "email": "a@b.de",
                "name": "Ada",
                "linkedin_url": "https://linkedin.com/in/ada",
                "source": "x.csv",
            }
        ],
        tags=[["vip", "cold", "vip"]],
    )[0]
    fields = ["id", "email", "name", "linkedin_url", "source", "campaign", "tags"]
    assert store.rows([lead], fields) == [
        (lead, "a@b.de", "Ada", "https://linkedin.com/in/ada", "x.csv", "Inbox", ("cold", "vip"))
    ]
    created, updated = store.rows([lead], ["created_at", "updated_at"])[0]
    assert created == updated
    assert created.endswith("Z")


def test_a_lead_without_tags_has_an_empty_tuple_of_tags(store: Store, inbox: int) -> None:
    assert store.rows([a_lead(store, inbox)], ["tags"]) == [((),)]


def test_ids_come_by_id_unless_an_order_is_asked_for(store: Store, inbox: int) -> None:
    ids = some_leads(store, inbox, [{"name": n} for n in ("Cy", "Ada", "Bob")])
    assert list(store.ids({})) == ids
    assert list(store.ids({}, [Sort("name")])) == [ids[1], ids[2], ids[0]]
    assert list(store.ids({}, [Sort("name", descending=True)], limit=2)) == [ids[0], ids[2]]


@pytest.mark.parametrize("descending", [False, True])
def test_blank_cells_stand_last_in_both_directions(
    store: Store, inbox: int, descending: bool
) -> None:
    a_column(store, "size", type="number")
    ids = some_leads(store, inbox, [{"size": n} for n in (None, 3, 20, None)])
    order = list(store.ids({}, [Sort("size", descending=descending)]))
    filled = [ids[2], ids[1]] if descending else [ids[1], ids[2]]
    assert order == [*filled, ids[0], ids[3]]


@pytest.mark.parametrize("kind", ["text", "number"])
def test_a_number_is_ordered_with_cells_that_are_numbers_only(
    store: Store, inbox: int, kind: str
) -> None:
    a_column(store, "employees", type=kind)
    cells = ["1,200", "95", "11-50", "n/a", 300, "0101", None]
    ids = some_leads(store, inbox, [{"employees": cell} for cell in cells])
    assert list(store.ids({"employees": {"$gt": 100}})) == [ids[4], ids[5]]
    assert list(store.ids({"employees": {"$lte": 100}})) == [ids[1]]
    if kind == "number":
        assert list(store.ids({"employees": {"$gt": "100"}})) == [ids[4], ids[5]]


@pytest.mark.parametrize("kind", ["text", "date"])
def test_a_date_is_ordered_with_cells_that_are_dates_only(
    store: Store, inbox: int, kind: str
) -> None:
    a_column(store, "hired", type=kind)
    cells = [
        "2026-03-01", "n/a", "next week", "2025-12-31", "31.01.2026", "2026-05-01T10:00:00",
        "\uff12\uff10\uff12\uff16-04", 20260501, None,
    ]  # fmt: skip
    ids = some_leads(store, inbox, [{"hired": cell} for cell in cells])
    after = [ids[0], ids[5], ids[6]]
    assert list(store.ids({"hired": {"$gt": "2026-01-01"}})) == after
    assert list(store.ids({"hired": {"$not": {"$lt": "2026-01"}}})) == ids[:3] + ids[4:]
    if kind == "date":
        assert list(store.ids({"hired": {"$gte": "2026"}})) == after


def test_of_tags_one_must_be_a_date_in_that_order(store: Store, inbox: int) -> None:
    tags = [["2025-01-01", "vip"], ["2026-02-01", "vip"]]
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}], tags=tags)
    assert list(store.ids({"tags": {"$gt": "2026-01-01"}})) == ids[1:]


def test_a_second_key_of_the_order_decides_between_equals(store: Store, inbox: int) -> None:
    a_column(store, "size", type="number")
    ids = some_leads(
        store, inbox, [{"name": n, "size": s} for n, s in (("B", 1), ("A", 2), ("A", 1))]
    )
    assert list(store.ids({}, [Sort("name"), Sort("size")])) == [ids[2], ids[1], ids[0]]


def test_scan_gives_the_rows_that_ids_and_rows_give(store: Store, inbox: int) -> None:
    some_leads(store, inbox, [{"name": f"n{n % 7}", "email": f"{n}@x.de"} for n in range(1500)])
    order = [Sort("name", descending=True)]
    expected = store.rows(store.ids({}, order), ["email", "name"])
    assert list(store.scan({}, ["email", "name"], order)) == expected
    assert len(list(store.scan({}, ["id"]))) == store.count({}) == 1500


def test_the_trash_is_seen_only_when_it_is_asked_for(store: Store, inbox: int) -> None:
    kept, gone = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}])
    with store.unit("ada", "trash") as unit:
        assert unit.trash([gone]) == 1
    assert list(store.ids({})) == [kept]
    assert list(store.ids({}, trashed=True)) == [gone]
    assert (store.count({}), store.count({}, trashed=True)) == (1, 1)
    assert store.rows([gone], ["name"]) == [("Bob",)]
    assert list(store.scan({}, ["name"], trashed=True)) == [("Bob",)]


def test_an_undone_lead_is_not_in_rows(store: Store, inbox: int) -> None:
    lead = a_lead(store, inbox)
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units(limit=1)[0].id)
    assert store.rows([lead], ["email"]) == []
    assert store.count({}, trashed=True) == 0


def test_value_counts_are_the_most_frequent_first_with_blank_as_none(
    store: Store, inbox: int
) -> None:
    other = a_campaign(store, "Q4")
    rows = [{"name": n} for n in ("Ada", "Bob", "Ada", None, None, None)]
    some_leads(store, inbox, rows, tags=[["x"], ["x", "y"]])
    a_lead(store, other, name="Bob")
    assert store.value_counts({}, "name", limit=2) == [(None, 3), ("Ada", 2)]
    assert store.value_counts({}, "tags", limit=5) == [("x", 2), ("y", 1)]
    assert store.value_counts({}, "campaign", limit=5) == [("Inbox", 6), ("Q4", 1)]


def test_a_lead_is_found_by_its_keys_in_its_campaign_and_in_any(store: Store, inbox: int) -> None:
    other = a_campaign(store, "Q4")
    lead = a_lead(store, inbox, email="Ada@Example.com")
    key = "e:ada@example.com"
    assert store.find_by_keys([key], inbox) == {key: lead}
    assert store.find_by_keys([key], other) == {}
    assert store.find_by_keys([key, "e:none@example.com"], None) == {key: lead}
    assert store.find_by_keys([], None) == {}


def test_of_two_leads_with_one_key_the_older_is_found(store: Store, inbox: int) -> None:
    older, younger = some_leads(store, inbox, [{"email": "a@b.de"}, {"email": "a@b.de"}])
    assert store.find_by_keys(["e:a@b.de"], inbox) == {"e:a@b.de": older}
    with store.unit("ada", "trash") as unit:
        unit.trash([older])
    assert store.find_by_keys(["e:a@b.de"], inbox) == {"e:a@b.de": younger}


def test_keys_follow_edits_moves_and_undo(store: Store, inbox: int) -> None:
    other = a_campaign(store, "Q4")
    lead = a_lead(store, inbox, email="old@b.de")
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"email": "new@b.de"}})
        unit.move([lead], other)
    assert store.find_by_keys(["e:old@b.de", "e:new@b.de"], None) == {"e:new@b.de": lead}
    assert store.find_by_keys(["e:new@b.de"], inbox) == {}
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units(limit=1)[0].id)
    assert store.find_by_keys(["e:old@b.de", "e:new@b.de"], inbox) == {"e:old@b.de": lead}


def test_alternate_addresses_are_keys_of_a_lead(store: Store, inbox: int) -> None:
    a_column(store, "email_alt")
    lead = a_lead(store, inbox, email="a@b.de", email_alt="c@d.de; e@f.de")
    assert store.find_by_keys(["e:e@f.de"], inbox) == {"e:e@f.de": lead}


def test_an_open_unit_finds_its_own_new_and_changed_leads_by_key(store: Store, inbox: int) -> None:
    old = a_lead(store, inbox, email="old@b.de")
    with store.unit("ada", "import") as unit:
        (new,) = unit.add_leads(inbox, ["email"], [["new@b.de"]])
        unit.edit({old: {"email": "changed@b.de"}})
        keys = ["e:new@b.de", "e:changed@b.de", "e:old@b.de"]
        assert store.find_by_keys(keys, inbox) == {keys[0]: new, keys[1]: old}
        assert store.rows([new, old], ["email"]) == [("new@b.de",), ("changed@b.de",)]
        unit.trash([new])
        assert store.find_by_keys(keys, inbox) == {keys[1]: old}
        unit.edit({old: {"email": None}})
        assert store.find_by_keys(keys, inbox) == {}


def test_others_do_not_see_leads_of_a_unit_that_is_still_open(
    store: Store, open_store, inbox: int
) -> None:
    elsewhere = open_store()
    with store.unit("ada", "import") as unit:
        unit.add_leads(inbox, ["email"], [["new@b.de"]])
        assert elsewhere.count({}) == 0
        assert elsewhere.find_by_keys(["e:new@b.de"], inbox) == {}
        assert elsewhere.rows([1], ["email"]) == []
    assert elsewhere.count({}) == 1


def test_the_revision_grows_with_every_commit_and_is_seen_elsewhere(
    store: Store, open_store, inbox: int
) -> None:
    elsewhere = open_store()
    before = elsewhere.revision()
    a_lead(store, inbox)
    assert elsewhere.revision() > before
