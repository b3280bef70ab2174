"""Importing a file: what becomes of rows, leads, columns and history."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.importer import import_file
from leadsync.core.importing.merge import OnDuplicate
from leadsync.core.importing.options import ImportOptions, MatchScope
from leadsync.core.models import Column, ColumnType
from leadsync.core.query.parse import parse_filter
from tests.contract.importing import a_csv, counts, importing, sheet
from tests.contract.making import (
    FullName,
    a_campaign,
    a_column,
    a_lead,
    an_ai_column,
    assert_history_matches_cells,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadsync.core.store.protocol import Store

ADA = ("ada@x.example", "Ada", "Lovelace", "Analytical")
BOB = ("bob@x.example", "Bob", "Hope", "")
HEADER = ("Email", "First Name", "Last Name", "Company")
PEOPLE = a_csv(HEADER, ADA, BOB)


def test_rows_become_leads_with_the_columns_of_the_file(store: Store) -> None:
    report = importing(store, PEOPLE)
    assert counts(report) == {"created": 2}
    assert sheet(store, "email", "name", "first_name", "company", "campaign") == [
        ("ada@x.example", "Ada Lovelace", "Ada", "Analytical", "Inbox"),
        ("bob@x.example", "Bob Hope", "Bob", None, "Inbox"),
    ]
    assert {c.key: c.label for c in store.columns()} == {
        "first_name": "First name",
        "last_name": "Last name",
        "company": "Company",
    }
    assert report.unit == store.units()[0].id
    assert store.units()[0].label == "import leads.csv"


def test_headers_named_like_states_of_cells_leave_filters_their_words(store: Store) -> None:
    file = a_csv(["Email", "Status", "Stale"], ["a@x.example", "active", "6"])
    importing(store, file)
    assert sheet(store, "lead_status", "lead_stale") == [("active", "6")]
    assert {c.key: c.label for c in store.columns()} == {
        "lead_status": "Lead status",
        "lead_stale": "Stale",
    }
    assert counts(importing(store, file)) == {"unchanged": 1}


def test_a_column_that_is_named_like_a_state_still_takes_its_cells(store: Store) -> None:
    with store.unit("ada", "a column of old") as unit:
        unit.add_column(Column(0, "status", "Stage"))
    importing(store, a_csv(["Email", "status"], ["a@x.example", "active"]))
    assert sheet(store, "status") == [("active",)]
    query = parse_filter("customFields.status:active -status:error", store.catalog())
    assert store.count(query) == 1


def test_a_second_import_is_unchanged_and_makes_no_unit(store: Store) -> None:
    importing(store, PEOPLE)
    before = snapshot(store)
    report = importing(store, PEOPLE)
    assert counts(report) == {"unchanged": 2}
    assert report.unit is None
    assert snapshot(store) == before


def test_undo_takes_an_import_back_with_its_columns_and_campaign(store: Store) -> None:
    importing(store, PEOPLE, campaign="Q4")
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units()[0].id)
    assert store.count({}) == 0
    assert store.columns() == []
    assert store.campaigns() == []
    assert counts(importing(store, PEOPLE, campaign="Q4")) == {"created": 2}


def test_undo_of_a_merging_import_brings_the_old_cells_back(store: Store) -> None:
    importing(store, PEOPLE)
    before = sheet(store, "email", "name", "company", "tags")
    newer = a_csv(HEADER, ("ada@x.example", "Ada", "Byron", "Byron Ltd"))
    importing(store, newer, on_duplicate=OnDuplicate.UPDATE, tags=("vip",))
    assert sheet(store, "company", "tags")[0] == ("Byron Ltd", ("vip",))
    assert_history_matches_cells(store)
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units()[0].id)
    assert sheet(store, "email", "name", "company", "tags") == before


def test_fill_writes_blank_cells_only(store: Store) -> None:
    importing(store, PEOPLE)
    newer = a_csv(HEADER, ("BOB@x.example ", "Robert", "", "Hope Inc"))
    assert counts(importing(store, newer)) == {"updated": 1}
    assert sheet(store, "first_name", "last_name", "company")[1] == ("Bob", "Hope", "Hope Inc")


def test_update_lets_filled_cells_of_the_file_win_and_blanks_never(store: Store) -> None:
    importing(store, PEOPLE)
    newer = a_csv(HEADER, ("ada@x.example", "Augusta", "", ""))
    assert counts(importing(store, newer, on_duplicate=OnDuplicate.UPDATE)) == {"updated": 1}
    assert sheet(store, "first_name", "last_name", "company")[0] == (
        "Augusta", "Lovelace", "Analytical",
    )  # fmt: skip


def test_columns_to_keep_and_to_overwrite_go_before_the_policy(store: Store) -> None:
    importing(store, PEOPLE)
    newer = a_csv(HEADER, ("ada@x.example", "Augusta", "Byron", "Byron Ltd"))
    importing(store, newer, overwrite=frozenset({"company"}))
    assert sheet(store, "first_name", "company")[0] == ("Ada", "Byron Ltd")
    importing(store, newer, on_duplicate=OnDuplicate.UPDATE, keep=frozenset({"last_name", "name"}))
    assert sheet(store, "first_name", "last_name", "name")[0] == (
        "Augusta", "Lovelace", "Ada Lovelace",
    )  # fmt: skip


def test_skip_leaves_known_leads_alone_and_makes_new_ones(store: Store) -> None:
    importing(store, a_csv(HEADER, BOB))
    report = importing(store, PEOPLE, on_duplicate=OnDuplicate.SKIP, tags=("new",))
    assert counts(report) == {"created": 1, "skipped": 1}
    assert sheet(store, "email", "tags") == [("bob@x.example", ()), ("ada@x.example", ("new",))]


def test_create_makes_a_lead_of_every_row(store: Store) -> None:
    importing(store, PEOPLE)
    assert counts(importing(store, PEOPLE, on_duplicate=OnDuplicate.CREATE)) == {"created": 2}
    assert store.count({"email": "ada@x.example"}) == 2


def test_two_rows_with_one_key_are_one_lead_and_the_later_fills_the_earlier(store: Store) -> None:
    twice = a_csv(HEADER, ("ada@x.example", "Ada", "", ""), ADA, ADA)
    report = importing(store, twice)
    assert counts(report) == {"created": 1, "updated": 1, "unchanged": 1}
    assert sheet(store, "first_name", "last_name") == [("Ada", "Lovelace")]
    for policy in (OnDuplicate.FILL, OnDuplicate.UPDATE):
        assert counts(importing(store, twice, on_duplicate=policy)) == {"unchanged": 3}


def test_rows_of_one_file_that_contradict_each_other_settle_at_once(store: Store) -> None:
    torn = a_csv(HEADER, ("ada@x.example", "Ada", "", ""), ("ada@x.example", "Augusta", "", ""))
    importing(store, torn)
    assert counts(importing(store, torn, on_duplicate=OnDuplicate.UPDATE)) == {"unchanged": 2}
    assert sheet(store, "first_name") == [("Ada",)]


def test_a_row_finds_its_lead_by_profile_and_its_address_is_kept_beside_the_first(
    store: Store,
) -> None:
    header = ("Email", "LinkedIn")
    profile = "https://www.linkedin.com/in/ada"
    importing(store, a_csv(header, ("ada@x.example", profile)))
    other = a_csv(header, ("ada@work.example", "linkedin.com/in/Ada/?trk=1"))
    assert counts(importing(store, other)) == {"updated": 1}
    assert sheet(store, "email", "email_alt", "linkedin_url") == [
        ("ada@x.example", "ada@work.example", profile)
    ]
    assert counts(importing(store, a_csv(("Email",), ("ada@work.example",)))) == {"unchanged": 1}


def test_an_updated_address_moves_the_old_one_to_the_alternates(store: Store) -> None:
    header = ("Email", "LinkedIn")
    importing(store, a_csv(header, ("ada@x.example", "linkedin.com/in/ada")))
    newer = a_csv(header, ("ada@work.example", "linkedin.com/in/ada"))
    importing(store, newer, on_duplicate=OnDuplicate.UPDATE)
    assert sheet(store, "email", "email_alt") == [("ada@work.example", "ada@x.example")]
    again = importing(store, newer, on_duplicate=OnDuplicate.UPDATE)
    assert counts(again) == {"unchanged": 1}


def test_a_row_that_belongs_to_two_leads_changes_nothing_and_is_rejected(
    store: Store, tmp_path: Path
) -> None:
    header = ("Email", "LinkedIn", "Remark")
    rejects = tmp_path / "r.csv"
    file = a_csv(
        header,
        ("ada@x.example", "", ""),
        ("", "linkedin.com/in/bob", ""),
        ("ada@x.example", "linkedin.com/in/bob", "who?"),
    )
    report = importing(store, file, rejects=rejects)
    assert counts(report) == {"created": 2, "conflicts": 1}
    assert sheet(store, "remark") == [(None,), (None,)]
    assert "belongs to more than one lead" in rejects.read_text()
    assert report.rejects_file == str(rejects)
    assert counts(importing(store, file, rejects=rejects)) == {"unchanged": 2, "conflicts": 1}


def test_keys_that_a_lead_did_not_take_over_still_find_it_within_the_file(store: Store) -> None:
    header = ("Email", "LinkedIn")
    file = a_csv(
        header,
        ("ada@x.example", "linkedin.com/in/ada"),
        ("ada@x.example", "linkedin.com/in/ada-2"),
        ("", "linkedin.com/in/ada-2"),
    )
    assert counts(importing(store, file)) == {"created": 1, "unchanged": 2}
    assert counts(importing(store, file)) == {"unchanged": 3}


def test_people_without_address_are_known_by_name_with_company(store: Store) -> None:
    file = a_csv(("Full Name", "Company"), ("Ada Lovelace", "Analytical"))
    assert counts(importing(store, file)) == {"created": 1}
    other_case = a_csv(("Full Name", "Company"), ("ADA  Lovelace", "analytical"))
    assert counts(importing(store, other_case)) == {"unchanged": 1}


def test_leads_of_other_campaigns_are_found_only_in_the_whole_workspace(store: Store) -> None:
    importing(store, PEOPLE, campaign="Q3")
    report = importing(store, PEOPLE, campaign="Q4", match=MatchScope.WORKSPACE)
    assert counts(report) == {"unchanged": 2}
    assert [c.name for c in store.campaigns()] == ["Q3"]
    assert counts(importing(store, PEOPLE, campaign="Q4")) == {"created": 2}


def test_a_rehearsal_counts_alike_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    importing(store, a_csv(HEADER, BOB))
    before = snapshot(store)
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE + b",,,\r\nnobody,,,\r\n")
    options = {"campaign": "New", "mapping": {"Last Name": "last_name"}, "tags": ("x",)}
    rehearsal = importing(store, path, dry_run=True, **options)
    assert snapshot(store) == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".csv") == ["people.csv"]
    real = importing(store, path, **options)
    assert counts(rehearsal) == counts(real) == {"created": 2, "rejected": 1}
    assert rehearsal.new_columns == real.new_columns


def test_leads_in_the_trash_never_block_an_import(store: Store) -> None:
    importing(store, PEOPLE)
    with store.unit("ada", "trash") as unit:
        unit.trash([store.ids({"email": "ada@x.example"})[0]])
    report = importing(store, PEOPLE)
    assert counts(report) == {"created": 1, "unchanged": 1}
    assert report.in_trash == 1
    assert any(
        "1 lead made anew is in the trash" in warning and "leadsync leads merge 3 1" in warning
        for warning in report.warnings
    )


def test_suppressed_people_are_skipped_and_counted(store: Store) -> None:
    store.save("suppressions", {"kind": "email", "value": "Ada@x.example"})
    store.save("suppressions", {"kind": "domain", "value": "acme.example"})
    rows = [ADA, BOB, ("c@mail.acme.example", "Cy", "", ""), ("d@notacme.example", "Di", "", "")]
    report = importing(store, a_csv(HEADER, *rows))
    assert counts(report) == {"created": 2, "skipped": 2}
    assert report.suppressed == 2
    assert "2 rows skipped: on the suppression list" in report.warnings


def test_cells_written_by_hand_win_unless_the_import_is_forced(store: Store) -> None:
    importing(store, PEOPLE)
    ada = store.ids({"email": "ada@x.example"})[0]
    with store.unit("ada", "edit") as unit:
        unit.edit({ada: {"company": "Mine"}}, by_hand=True)
    newer = a_csv(HEADER, ("ada@x.example", "Augusta", "", "Theirs"))
    importing(store, newer, on_duplicate=OnDuplicate.UPDATE)
    assert sheet(store, "first_name", "company")[0] == ("Augusta", "Mine")
    importing(store, newer, on_duplicate=OnDuplicate.UPDATE, force=True)
    assert sheet(store, "company")[0] == ("Theirs",)


def test_a_cell_that_a_later_import_wrote_is_no_longer_of_a_hand(store: Store) -> None:
    importing(store, PEOPLE)
    ada = store.ids({"email": "ada@x.example"})[0]
    with store.unit("ada", "edit") as unit:
        unit.edit({ada: {"company": "Mine"}}, by_hand=True)
    for company in ("Theirs", "Newer"):
        importing(
            store, a_csv(HEADER, ("ada@x.example", "", "", company)),
            on_duplicate=OnDuplicate.UPDATE, force=company == "Theirs",
        )  # fmt: skip
    assert sheet(store, "company")[0] == ("Newer",)


def test_locked_cells_of_running_columns_win_over_update(store: Store) -> None:
    importing(store, PEOPLE)
    an_ai_column(store)
    ada = store.ids({"email": "ada@x.example"})[0]
    with store.unit("ada", "edit") as unit:
        unit.edit({ada: {"pitch": "mine"}}, by_hand=True)
    file = a_csv(("Email", "Pitch"), ("ada@x.example", "theirs"), ("bob@x.example", "theirs"))
    importing(store, file, on_duplicate=OnDuplicate.UPDATE)
    assert sheet(store, "pitch") == [("mine",), ("theirs",)]


def test_computed_columns_are_left_out_and_computed(store: Store) -> None:
    store.set_formulas(FullName)
    a_column(store, "full", kind="template")
    report = importing(store, a_csv(("Email", "Full", "Company"), ("a@x.example", "no", "Acme")))
    assert '"Full" is computed; its cells are left out' in report.warnings
    assert report.mapping["Full"] is None
    assert sheet(store, "full") == [("Acme",)]
    again = importing(store, a_csv(("Email", "Full"), ("a@x.example", "no")))
    assert counts(again) == {"unchanged": 1}


def test_unknown_headers_become_columns_under_their_own_name(store: Store) -> None:
    file = a_csv(
        ("Email", "Lead Score!", "Lead-Score", "役職名", "Created At", "2nd Note"),
        ("a@x.example", "1", "2", "3", "4", "5"),
    )
    report = importing(store, file)
    columns = {c.label: c.key for c in store.columns()}
    assert (
        columns
        == {
            "Lead Score!": "lead_score",
            "Lead-Score": "lead_score_2",
            "役職名": "column",
            "id": "id_2",
            "2nd Note": "_2nd_note",
        }
        or "id" not in columns
    )
    assert report.mapping["Lead-Score"] == "lead_score_2"
    assert counts(importing(store, file)) == {"unchanged": 1}
    assert len(store.columns()) == len(columns)


def test_columns_are_found_by_label_and_by_key(store: Store) -> None:
    a_column(store, "score", type=ColumnType.NUMBER)
    with store.unit("ada", "label") as unit:
        unit.add_column(replace(store.columns()[0], label="My score"))
    importing(store, a_csv(("Email", "My score"), ("a@x.example", "7")))
    importing(store, a_csv(("Email", "Score"), ("b@x.example", "8")))
    assert sheet(store, "score") == [(7,), (8,)]


def test_cells_that_do_not_fit_their_columns_type_stay_text(store: Store) -> None:
    a_column(store, "score", type=ColumnType.NUMBER)
    file = a_csv(("Email", "Score"), ("a@x.example", "7"), ("b@x.example", "many"))
    report = importing(store, file)
    assert sheet(store, "score") == [(7,), ("many",)]
    assert '1 cell of "score" does not fit its type: stays text' in report.warnings
    assert counts(importing(store, file)) == {"unchanged": 2}


def test_cells_that_fit_a_column_of_dates_are_those_that_dates_find(store: Store) -> None:
    a_column(store, "due", type=ColumnType.DATE)
    due = ("2026-05-01", "2026-05-01 10:00", "20260501", "2026-W18-5", "1.5.2026")
    rows = [(f"{n}@x.example", day) for n, day in enumerate(due)]
    report = importing(store, a_csv(("Email", "Due"), *rows))
    assert '3 cells of "due" do not fit its type: stay text' in report.warnings
    assert sheet(store, "due", due={"$gt": "2026"}) == [(due[0],), (due[1],)]


def test_tags_of_the_file_and_of_the_user_join_those_that_a_lead_has(store: Store) -> None:
    importing(store, a_csv(("Email", "Tags"), ("a@x.example", "vip, cold")), tags=("list",))
    report = importing(store, a_csv(("Email", "Tags"), ("a@x.example", "vip;warm")))
    assert counts(report) == {"updated": 1}
    assert sheet(store, "tags") == [(("cold", "list", "vip", "warm"),)]
    again = importing(store, a_csv(("Email", "Tags"), ("a@x.example", "warm")), tags=("list",))
    assert counts(again) == {"unchanged": 1}


def test_the_source_of_the_user_fills_where_the_file_says_none(store: Store) -> None:
    file = a_csv(("Email", "Source"), ("a@x.example", "fair"), ("b@x.example", ""))
    importing(store, file, source="apollo")
    assert sheet(store, "source") == [("fair",), ("apollo",)]


def test_possible_duplicates_are_counted_and_never_merged(store: Store) -> None:
    addresses = ["ada@gmail.com", "a.da@gmail.com", "ada+x@googlemail.com", "bob+y@x.example"]
    report = importing(store, a_csv(("Email",), *((a,) for a in addresses)))
    assert counts(report) == {"created": 4}
    assert report.possible_duplicates == 2
    assert any("leadsync leads dupes" in warning for warning in report.warnings)


def test_a_mapping_is_remembered_for_files_with_the_same_headers(store: Store) -> None:
    file = a_csv(("Anschrift", "Junk"), ("a@x.example", "1"))
    importing(store, file, mapping={"Anschrift": "email"}, ignore=("Junk",))
    units = len(store.units())
    other = importing(store, a_csv(("ANSCHRIFT", "junk"), ("b@x.example", "2")))
    assert sheet(store, "email") == [("a@x.example",), ("b@x.example",)]
    assert any("remembered" in warning for warning in other.warnings)
    assert [c.key for c in store.columns()] == []
    assert len(store.units()) == units + 1
    with pytest.raises(InputError):
        importing(store, file, remember=False)


def test_one_remembered_choice_is_taken_back_and_the_others_stay(store: Store) -> None:
    rows = ("Anschrift", "Junk", "Title"), ("a@x.example", "1", "CTO")
    importing(store, a_csv(*rows), mapping={"Anschrift": "email"}, ignore=("Junk", "Title"))
    report = importing(store, a_csv(*rows), proposed=("Title",))
    assert sheet(store, "title") == [("CTO",)]
    told = next(warning for warning in report.warnings if "remembered" in warning)
    assert told.endswith('Anschrift=email, "Junk" left out')
    importing(store, a_csv(*rows))
    assert [c.key for c in store.columns()] == ["title"]


@pytest.mark.parametrize("second", ["title", "Job title"])
def test_two_headers_are_not_mapped_to_one_field(store: Store, second: str) -> None:
    a_column(store, "title")
    with store.unit("ada", "label") as unit:
        unit.add_column(replace(store.columns()[0], label="Job title"))
    file = a_csv(("Email", "Foo", "Bar"), ("a@x.example", "foo", "bar"))
    with pytest.raises(InputError, match='"Foo" and "Bar" are both mapped to title') as refused:
        importing(store, file, mapping={"Foo": "title", "Bar": second})
    assert '--map "Bar=+"' in refused.value.next_step
    assert store.count({}) == 0
    importing(store, file, mapping={"Foo": "tags", "Bar": "tags"})
    assert [sorted(tags) for (tags,) in sheet(store, "tags")] == [["bar", "foo"]]


def test_a_header_gives_way_to_the_one_that_is_mapped_to_its_column(store: Store) -> None:
    a_column(store, "score")
    rows = ("Email", "Score", "Points", "Name", "Alias"), ("a@x.example", "1", "2", "Ada", "Lady")
    for expected in ("created", "unchanged"):
        report = importing(store, a_csv(*rows), mapping={"Points": "score", "Alias": "name"})
        assert counts(report) == {expected: 1}
    assert sheet(store, "name", "name_2", "score", "score_2") == [("Lady", "Ada", "2", "1")]
    assert importing(store, a_csv(*rows), mapping={"Score": "score"}).mapping["Points"] == "points"


def test_an_override_may_name_a_column_but_not_a_misspelt_one(store: Store) -> None:
    a_column(store, "pitch")
    importing(store, a_csv(("Email", "X"), ("a@x.example", "hi")), mapping={"X": "pitch"})
    assert sheet(store, "pitch") == [("hi",)]
    with pytest.raises(InputError, match='no field or column "ptich"') as refused:
        importing(store, a_csv(("Email", "X"), ("a@x.example", "hi")), mapping={"X": "ptich"})
    assert "pitch" in refused.value.next_step


def test_a_file_without_a_usable_row_is_refused_and_names_the_headers(
    store: Store, tmp_path: Path
) -> None:
    before = snapshot(store)
    path = tmp_path / "cities.csv"
    path.write_bytes(a_csv(("Town", "Mayor"), ("Bonn", "Ada"), ("Ulm", "Bob")))
    with pytest.raises(InputError, match='"Town", "Mayor"') as refused:
        importing(store, path)
    assert "Email" in refused.value.next_step
    assert snapshot(store) == before
    assert [p.name for p in tmp_path.glob("*.csv")] == ["cities.csv"]


def test_rejected_rows_are_written_beside_the_file_and_import_once_mended(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    rows = [ADA, BOB, ("eve@x,example", "=Eve()", "", ""), ("", "", "=1+1", "Acme")]
    path.write_bytes(a_csv(HEADER, *rows))
    report = importing(store, path)
    rejects = tmp_path / "people.rejects.csv"
    assert counts(report) == {"created": 3, "rejected": 1}
    assert report.rejects_file == str(rejects)
    lines = rejects.read_text().splitlines()
    assert lines[0] == "Email,First Name,Last Name,Company,_line,_reason"
    assert lines[1].startswith('"eve@x,example",\'=Eve(),,,4,')
    rejects.write_text(rejects.read_text().replace("eve@x,example", "eve@x.example"))
    assert counts(importing(store, rejects)) == {"created": 1}
    assert sheet(store, "first_name")[-1] == ("=Eve()",)
    assert not any(c.key.endswith(("line", "reason")) for c in store.columns())
    assert not (tmp_path / "people.rejects.rejects.csv").exists()


def test_no_rejects_leave_no_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE)
    assert importing(store, path).rejects_file is None
    assert [p.name for p in tmp_path.glob("*.csv")] == ["people.csv"]


def test_cells_beyond_the_header_are_kept_in_a_column_of_their_own(store: Store) -> None:
    file = b"Email,Name\na@x.example,Ada,more,cells\nb@x.example,Bob\n"
    report = importing(store, file)
    assert sheet(store, "_extra") == [("more,cells",), (None,)]
    assert any("beyond the header" in warning for warning in report.warnings)
    assert counts(importing(store, file)) == {"unchanged": 2}


def test_an_invalid_address_is_kept_where_the_row_has_another_identity(store: Store) -> None:
    file = a_csv(("Email", "LinkedIn"), ("a@b", "linkedin.com/in/ada"), ("ok@x.example", ""))
    importing(store, file, mapping={"Email": "email"})
    assert sheet(store, "email", "email_invalid") == [(None, "a@b"), ("ok@x.example", None)]
    assert counts(importing(store, file, mapping={"Email": "email"})) == {"unchanged": 2}


def test_a_lead_made_by_hand_is_found_by_its_address(store: Store) -> None:
    a_lead(store, a_campaign(store), email=" Ada@X.example ")
    report = importing(store, PEOPLE)
    assert counts(report) == {"created": 1, "updated": 1}


def test_progress_is_told_up_to_the_whole_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(a_csv(("Email",), *((f"p{n}@x.example",) for n in range(2500))))
    told: list[tuple[int, int]] = []
    import_file(
        store, path, ImportOptions(), actor="ada", progress=lambda a, b: told.append((a, b))
    )
    assert len(told) == 3
    assert told[-1] == (path.stat().st_size,) * 2
    assert told == sorted(told)


def test_an_interrupted_import_leaves_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(
        a_csv(("Email", "Note"), *((f"p{n}@x.example", "x") for n in range(2500)), ("", "nobody"))
    )
    before = snapshot(store)

    def stop(read: int, _total: int) -> None:
        if read:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(store, path, ImportOptions(campaign="Q4"), actor="ada", progress=stop)
    assert snapshot(store) == before
    assert [p.name for p in tmp_path.glob("*people*")] == ["people.csv"]
    assert counts(importing(store, path)) == {"created": 2500, "rejected": 1}


def test_two_imports_at_once_make_one_lead_a_person_and_one_column_a_header(
    open_store: Callable[[], Store],
) -> None:
    stores = [open_store(), open_store()]
    with ThreadPoolExecutor() as pool:
        reports = list(pool.map(lambda store: importing(store, PEOPLE, campaign="Q4"), stores))
    assert sorted((r.created, r.unchanged) for r in reports) == [(0, 2), (2, 0)]
    assert sorted(c.key for c in stores[0].columns()) == ["company", "first_name", "last_name"]
    assert [c.name for c in stores[0].campaigns()] == ["Q4"]


def test_a_campaign_is_found_whatever_its_case(store: Store) -> None:
    importing(store, PEOPLE, campaign="Q4")
    report = importing(store, PEOPLE, campaign=" q4 ")
    assert counts(report) == {"unchanged": 2}
    assert report.campaign == "Q4"


def test_columns_to_keep_may_be_named_by_label_and_must_be_known(store: Store) -> None:
    importing(store, PEOPLE)
    newer = a_csv(HEADER, ("ada@x.example", "Augusta", "", "Byron Ltd"))
    importing(store, newer, on_duplicate=OnDuplicate.UPDATE, keep=frozenset({"First Name"}))
    assert sheet(store, "first_name", "company")[0] == ("Ada", "Byron Ltd")
    with pytest.raises(InputError, match='column "Comapny"') as refused:
        importing(store, newer, keep=frozenset({"Comapny"}))
    assert "Company" in refused.value.next_step


def test_a_misspelt_header_is_kept_and_asked_about_once(store: Store) -> None:
    file = a_csv(("Email", "Compny"), ("a@x.example", "Acme"))
    first = importing(store, file)
    assert any('--map "Compny=company"' in warning for warning in first.warnings)
    assert sheet(store, "compny") == [("Acme",)]
    assert importing(store, file).warnings == []


def test_rejects_of_a_file_without_header_import_once_mended(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    rows = [f"p{n}@x.example,P{n},https://x{n}.example" for n in range(5)] + ["p@x,Eve,"]
    path.write_text("\n".join(rows))
    assert counts(importing(store, path)) == {"created": 5, "rejected": 1}
    rejects = tmp_path / "bare.rejects.csv"
    rejects.write_text(rejects.read_text().replace("p@x,", "p@x.example,"))
    assert counts(importing(store, rejects)) == {"created": 1}
    assert sheet(store, "email", "column_2")[-1] == ("p@x.example", "Eve")


def test_a_stream_is_imported_like_a_file(store: Store, tmp_path: Path) -> None:
    options = ImportOptions(rejects=tmp_path / "r.csv", name="pasted")
    report = import_file(store, io.BytesIO(PEOPLE + b"x,y,,"), options, actor="ada")
    assert (report.file, report.created, report.rejected) == ("pasted", 2, 1)


def test_many_batches_find_leads_of_earlier_ones(store: Store) -> None:
    people = [(f"p{n % 1500}@x.example", f"note {n}") for n in range(3000)]
    report = importing(store, a_csv(("Email", "Remark"), *people))
    assert counts(report) == {"created": 1500, "unchanged": 1500}
    filled = [("", "linkedin.com/in/ada"), *((p[0], "") for p in people[:1200])]
    filled += [("p7@x.example", "linkedin.com/in/ada"), ("p8@x.example", "linkedin.com/in/bob")]
    report = importing(store, a_csv(("Email", "LinkedIn"), *filled))
    assert counts(report) == {"created": 1, "updated": 1, "unchanged": 1200, "conflicts": 1}
