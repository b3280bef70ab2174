"""What is chosen about an import, one thing at a time."""

from __future__ import annotations

import io

import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.inspection import Inspection, inspect_file
from leadsync.core.importing.mapping import OWN_COLUMN
from leadsync.core.importing.options import ImportOptions
from leadsync.tui import import_draft as drafts

FILE = b"Email,Firm,Company,Junk\na@x.example,Acme,Acme Ltd,1\n"


def looked_at(options: ImportOptions) -> Inspection:
    return inspect_file(io.BytesIO(FILE), options)


def mapped(*choices: tuple[str, str]) -> dict[str, str]:
    """What the columns become after these choices, one after another."""
    options = ImportOptions()
    for header, target in choices:
        options = drafts.map_column(options, looked_at(options), header, target)
    return {c.header: drafts.becomes(c) for c in looked_at(options).columns}


def test_a_field_goes_to_the_column_that_was_chosen_last() -> None:
    found = mapped(("Firm", "company"), ("Junk", "company"))
    assert found["Junk"] == "company (new)"
    assert found["Firm"] == "firm (new)"


def test_a_column_is_left_out_and_taken_in_again() -> None:
    assert mapped(("Junk", drafts.LEFT_OUT))["Junk"] == "(left out)"
    assert mapped(("Junk", drafts.LEFT_OUT), ("Junk", drafts.PROPOSED))["Junk"] == "junk (new)"


def test_a_column_of_its_own_takes_nothing_from_others() -> None:
    found = mapped(("Company", OWN_COLUMN), ("Firm", "company"))
    assert found["Firm"] == "company (new)"
    assert found["Company"] not in ("company", "company (new)")


def test_a_header_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no column"):
        mapped(("Compny", "company"))


def test_typed_settings_are_read_and_shown_as_they_are_typed() -> None:
    options = ImportOptions()
    for name, text in (("tags", " a, b ,"), ("campaign", " "), ("source", "fair"), ("sheet", "")):
        options = drafts.with_text(options, name, text)
    assert (options.tags, options.campaign, options.source, options.sheet) == (
        ("a", "b"), "Inbox", "fair", None,
    )  # fmt: skip
    assert drafts.text_of(options, "tags") == "a, b"
    assert drafts.with_text(options, "delimiter", "\t").delimiter == "\t"
    with pytest.raises(InputError, match="no tag"):
        drafts.with_text(options, "tags", "a;b")
