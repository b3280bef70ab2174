"""Headers map by what they say and by what their cells hold; nothing is guessed."""

from __future__ import annotations

import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.cell_kinds import Kind, kind_of_cell
from leadsync.core.importing.mapping import ColumnMap, header_fingerprint, propose_mapping
from leadsync.core.importing.synonyms import known_field, normalise_header

PROFILE = "https://www.linkedin.com/in/ada"
COMPANY = "https://www.linkedin.com/company/acme"


def mapped(columns: dict[str, list[str]], **options: object) -> dict[str, str | None]:
    return {m.header: m.field for m in maps_of(columns, **options)}


def maps_of(columns: dict[str, list[str]], **options: object) -> list[ColumnMap]:
    sample = [list(row) for row in zip(*columns.values(), strict=True)]
    return propose_mapping(list(columns), sample, **options)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("E-mail 1 - Value", "e mail 1 value"),
        ("firstName", "first name"),
        ("PRÉNOM", "prenom"),
        ("Ｅｍａｉｌ", "email"),
        ("company_name", "company name"),
    ],
)
def test_headers_are_compared_by_their_words(header: str, words: str) -> None:
    assert normalise_header(header) == words


@pytest.mark.parametrize("header", ["E-mail", "EMAIL", "e_mail", "eMail", " Email: ", "Courriel"])
def test_spellings_of_a_known_header_are_known(header: str) -> None:
    assert known_field(header) == "email"


def test_a_misspelt_header_is_suggested_and_not_mapped() -> None:
    found = maps_of({"Emial": ["a@x.example"], "Name": ["Ada"]})[0]
    assert (found.field, found.suggestion) == (None, "email")
    assert "did you mean email" in found.reason


@pytest.mark.parametrize(
    ("header", "suggestion"),
    [
        ("Compny", "company"),
        ("Companyy", "company"),
        ("Conpany", "company"),
        ("# Employees", None),
        ("Unrelated", None),
    ],
)
def test_only_one_slip_of_the_finger_gets_a_suggestion(header: str, suggestion: str | None) -> None:
    assert maps_of({header: ["x"]})[0].suggestion == suggestion


def test_a_misspelt_header_whose_cells_do_not_fit_gets_no_suggestion() -> None:
    assert maps_of({"Emial": ["yes", "no"]})[0].suggestion is None


def test_an_email_column_without_addresses_stays_custom() -> None:
    found = maps_of({"Email": ["yes", "no", "no"]})[0]
    assert found.field is None
    assert found.reason == "kept as it is: only 0 of 3 cells look like email"


def test_an_email_column_stays_one_while_any_cell_is_an_address() -> None:
    found = maps_of({"Email": ["a@x.example", "b at x", "c(at)x"], "Company": ["A", "B", "C"]})[0]
    assert found.field == "email"
    assert found.reason == "header is a known name for email; 1 of 3 cells look like it"


def test_a_column_of_addresses_goes_before_one_that_has_a_few() -> None:
    columns = {"Email": ["yes", "no", "a@x.example"], "Work Email": ["a@x.example"] * 3}
    assert mapped(columns) == {"Email": None, "Work Email": "email"}


def test_the_reason_counts_the_cells() -> None:
    found = maps_of({"Email": ["a@x.example", "b@x.example", "n/a", ""]})[0]
    assert found.reason == "header is a known name for email; 2 of 2 cells look like it"


@pytest.mark.parametrize("header", ["URL", "Website", "LinkedIn", "Profile"])
@pytest.mark.parametrize(
    ("value", "field"), [(PROFILE, "linkedin_url"), (COMPANY, "company_linkedin_url")]
)
def test_an_address_column_is_decided_by_value(header: str, value: str, field: str) -> None:
    assert mapped({header: [value, value]}) == {header: field}


def test_a_linkedin_column_of_other_sites_stays_custom() -> None:
    assert mapped({"LinkedIn": ["https://x.example", "x.example"]}) == {"LinkedIn": None}


def test_a_second_column_for_a_field_keeps_its_name() -> None:
    maps = maps_of({"Email": ["a@x.example"], "Work Email": ["b@x.example"]})
    assert [m.field for m in maps] == ["email", None]
    assert maps[1].reason == 'kept as it is: "Email" fills email'


def test_a_blank_column_does_not_take_a_field_from_a_filled_one() -> None:
    assert mapped({"Phone": [""], "Mobile": ["+1 555 0100"]}) == {"Phone": None, "Mobile": "phone"}


def test_several_alternate_addresses_are_all_used() -> None:
    columns = {"Secondary Email": ["a@x.example"], "Tertiary Email": ["b@x.example"]}
    assert set(mapped(columns).values()) == {"email_alt"}


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [
        ("+44 (0)20 7946-0000", True),
        ("'+1 555 0100 x12", True),
        ("tel:+49 30 000", True),
        ("415.242.9230 (mobile)", True),
        ("2026-01-12", False),
        ("2026-01-12 10:00:00", False),
        ("12 Main Street 12345", False),
        ("1234", False),
    ],
)
def test_phone_numbers_are_known_by_their_look(cell: str, is_one: bool) -> None:
    assert (kind_of_cell(cell) is Kind.PHONE) == is_one


def test_title_is_no_job_when_it_holds_forms_of_address() -> None:
    assert mapped({"Title": ["Mr.", "Mrs", "Dr."]}) == {"Title": None}
    assert mapped({"Title": ["CEO", "Dr.", "Engineer"]}) == {"Title": "title"}


def test_nom_is_the_last_name_only_beside_a_first_name() -> None:
    assert mapped({"Nom": ["Dupont"], "Prénom": ["Zoé"]})["Nom"] == "last_name"
    assert mapped({"Nom": ["Zoé Dupont"]})["Nom"] == "full_name"


def test_name_beside_vorname_is_the_last_name() -> None:
    assert mapped({"Vorname": ["Ada"], "Name": ["Lovelace"]})["Name"] == "last_name"
    assert mapped({"First Name": ["Ada"], "Name": ["Ada Lovelace"]})["Name"] == "full_name"


@pytest.mark.parametrize(
    "header", ["Contact owner", "Email Domain Provider", "Second Email Source"]
)
def test_traps_with_addresses_in_them_are_not_the_email(header: str) -> None:
    assert mapped({header: ["owner@x.example"]})[header] is None


def test_a_word_for_the_person_before_a_known_header_changes_nothing() -> None:
    assert mapped({"Prospect Job Title": ["CEO"]}) == {"Prospect Job Title": "title"}


def test_columns_without_header_are_mapped_by_value() -> None:
    maps = propose_mapping(
        ["column_1", "column_2", "column_3", "column_4", "column_5"],
        [["Ada", "a@x.example", PROFILE, "+44 20 7946 0000", "https://x.example"]],
        has_header=False,
    )
    assert [m.field for m in maps] == [None, "email", "linkedin_url", "phone", "website"]
    assert maps[1].reason == "no header; 1 of 1 cell look like email"


def test_the_user_has_the_last_word() -> None:
    columns = {"Email": ["a@x.example"], "Mail 2": ["b@x.example"], "Junk": ["x"]}
    maps = maps_of(columns, overrides={"mail 2": "email"}, ignored=["Junk"])
    assert [m.field for m in maps] == [None, "email", None]
    assert maps[2].ignored
    assert "fills email" in maps[0].reason


def test_an_unknown_header_in_an_override_names_the_nearest() -> None:
    with pytest.raises(InputError, match='no column "Emial"') as refused:
        maps_of({"Email": ["x"]}, overrides={"Emial": "email"})
    assert "Email" in refused.value.next_step


def test_a_fingerprint_is_of_the_headers_and_their_order() -> None:
    assert header_fingerprint(["E-mail", "Name"]) == header_fingerprint(["e mail", "NAME"])
    assert header_fingerprint(["E-mail", "Name"]) != header_fingerprint(["Name", "E-mail"])
